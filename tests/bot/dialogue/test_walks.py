"""Random walks: whatever is said in whatever order, nobody is left without an answer, and nothing
is booked, moved or called off without a clear yes to a full sentence."""

import random
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from bot.memory import Memory
from bot.messages import Asked, Channel
from bot.speaking import Handled
from core.database.connect import Database
from tests.bot.talking import Patient, text_of, types_of

TEXTS = (
    "hi",
    "book",
    "dr patel",
    "dr okafor tuesday at 10",
    "a skin doctor thursday morning",
    "my knee hurts, earliest you have",
    "i need a dentist",
    "next week",
    "friday afternoon",
    "at three",
    "10",
    "sooner",
    "later",
    "something else",
    "the second one",
    "the last one",
    "any day",
    "not monday",
    "with the other doctor",
    "actually for my daughter",
    "it's for me",
    "John Smith",
    "Ann",
    "4 May 1980",
    "31/02/1999",
    "yes",
    "yes please",
    "no",
    "no, thursday",
    "ok",
    "back",
    "undo",
    "skip",
    "again",
    "more",
    "move my appointment",
    "move it to friday at 2",
    "cancel it",
    "cancel",
    "my appointments",
    "confirm",
    "what are your hours",
    "do you take insurance",
    "thanks",
    "bye",
    "help",
    "a person please",
    "chest pain, can't breathe",
    "asdfgh",
    "¿qué?",
    "🦷",
    "",
    "1",
    "2",
    "3",
    "7",
    "-1",
    "start over",
    "/start",
    "please stop texting me",
    "start",
)
CHANGES = {"booked", "rescheduled", "cancelled"}
# What may be taken for a yes: these words, and the first choice of a confirmation.
YES = {
    "yes",
    "yes please",
    "ok",
    "confirm",
    "1",
    "-1",  # A dash before the number of a choice is a bullet.
    "book",
    "cancel",
    "cancel it",
    "move my appointment",
}


# What helps on: without it a walk would hardly ever come to a question with a yes.
SENSIBLE = {
    None: ("dr patel tuesday at 10", "cancel my appointment", "move my appointment"),
    Asked.DATE_TIME: ("tuesday morning",),
    Asked.DATE: ("tuesday",),
    Asked.SLOT: ("2",),
    Asked.APPOINTMENT: ("1",),
    Asked.NAME: ("John Smith",),
    Asked.DATE_OF_BIRTH: ("4 May 1980",),
    Asked.YES_NO: ("yes",),
}


@dataclass
class Walker:
    patient: Patient
    dice: random.Random
    done: list[str] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)
    with_person: bool = False

    def step(self) -> None:
        patient, dice = self.patient, self.dice
        patient.clock.passes(seconds=dice.choice((5, 40, 200)))
        if dice.random() < 0.02:
            patient.clock.passes(hours=dice.choice((1, 25)))
        asked = self.open_question()
        what = dice.random()
        if what < 0.15 and patient.choices:
            number = dice.randrange(len(patient.choices)) + 1
            said, handled = f"[{number}]", patient.presses(number)
        elif self.with_person and what < 0.5:
            said, handled = "start over", patient.says("start over")
        elif what < 0.2:
            said, handled = "[x]", patient.presses_value(dice.choice(("1:1", "x", "3:2", "")))
        else:
            helpful = asked in SENSIBLE and dice.random() < 0.4
            said = dice.choice(SENSIBLE[asked] if helpful else TEXTS)
            handled = patient.says(said)
        self.done.append(said)
        self.check(asked, said, handled)

    def open_question(self) -> Asked | None:
        question = Memory.from_json(self.patient.conversation.state).state.question
        return question.asked if question else None

    def check(self, asked: Asked | None, said: str, handled: Handled) -> None:
        trace = " / ".join(self.done[-12:])
        happened = types_of(handled)
        self.happened += happened
        # On SMS the carrier answers STOP and START by itself, and takes nothing in between.
        carriers = self.patient.channel is Channel.SMS and (
            "opted_in" in happened or self.patient.own_address.opted_in is False
        )
        # Somebody of the clinic answers: there is nothing for us to say.
        self.with_person = handled.task == "handoff"
        assert text_of(handled) or carriers or self.with_person, trace
        changes = [each for each in happened if each in CHANGES]
        if changes:
            assert asked is Asked.YES_NO, trace
            assert said in YES or said == "[1]", trace
            # Two of them only where it was asked whether both are to be called off.
            assert len(changes) == 1 or changes == ["cancelled", "cancelled"], trace


def walk(database: Database, seed: int, steps: int, channel: Channel) -> Walker:
    patient = Patient(database, channel, f"+1415555{seed % 10_000:04}")
    walker = Walker(patient, random.Random(seed))
    patient.says("hi")
    for _ in range(steps):
        walker.step()
    return walker


def test_walks_do_come_to_bookings_moves_and_cancellations(demo: Database) -> None:
    """The control: else the walks would show nothing."""
    happened = {event for seed in (2, 3) for event in walk(demo, seed, 120, Channel.WEB).happened}
    assert happened >= CHANGES


def in_the_end_it_can_be_begun_anew(walker: Walker) -> None:
    patient = walker.patient
    patient.clock.passes(minutes=10)
    handled = patient.says("start over")
    assert (handled.task, handled.asked) == (None, None)
    assert patient.incoming[-1].status == "received"
    assert {row.status for row in patient.incoming} <= {"received", "ignored"}
    assert len(patient.conversation.state) < 5_120


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_is_said_there_is_an_answer_and_nothing_happens_without_a_yes(
    demo: Database, seed: int, channel: Channel
) -> None:
    in_the_end_it_can_be_begun_anew(walk(demo, seed, 25, channel))


@pytest.mark.stress
@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("seed", range(100, 110))
def test_the_same_for_long_walks(demo: Database, seed: int, channel: Channel) -> None:
    in_the_end_it_can_be_begun_anew(walk(demo, seed, 400, channel))


def test_a_booking_without_a_yes_would_be_noticed(demo: Database) -> None:
    """The control: the walker is told that something else was asked, or said."""
    patient = Patient(demo)
    patient.says("dr patel tuesday at 10am", "John Smith", "4 May 1980")
    walker = Walker(patient, random.Random(0))
    assert walker.open_question() is Asked.YES_NO
    handled = patient.says("yes")
    walker.check(Asked.YES_NO, "yes", handled)
    for asked, said in ((None, "yes"), (Asked.YES_NO, "hello")):
        with pytest.raises(AssertionError):
            walker.check(asked, said, handled)


# What the long walks have found.


def test_the_hour_alone_is_no_yes(demo: Database) -> None:
    patient = Patient(demo)
    patient.says("dr patel tuesday at 10am", "John Smith", "4 May 1980")
    assert types_of(patient.says("10")) == []


def test_saying_for_whom_is_no_yes(demo: Database) -> None:
    patient = Patient(demo)
    patient.says("dr patel tuesday at 10am", "John Smith", "4 May 1980", "yes")
    patient.says("move my visit to tuesday at 11")
    assert types_of(patient.says("it's for me")) == []


def test_a_visit_that_has_begun_cannot_be_called_off_and_that_is_said(demo: Database) -> None:
    patient = Patient(demo)
    patient.says("dr patel tuesday at 10am", "John Smith", "4 May 1980", "yes")
    patient.clock.at = datetime.fromisoformat("2026-11-24T09:55-08:00")
    patient.says("cancel my visit")
    patient.clock.passes(minutes=10)
    assert "call us" in text_of(patient.says("yes"))
