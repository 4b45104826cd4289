"""Whatever is typed or pressed, in whatever order: there is a next step, nothing is booked without
a yes, nothing fails, and nobody reads of anybody else.

What is typed are fragments of all transcripts, in four languages and out of place, nonsense, and
the buttons of old messages.
"""

import random
import re
import sqlite3
import string
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from bot.memory import Memory
from bot.messages import Asked, Channel
from bot.phrases import languages
from bot.speaking import Handled
from bot.understanding import understand
from bot.understanding.values import Context, Intent
from core.database.connect import Database
from core.keys import Keyring
from tests.bot.talking import Patient, text_of, types_of
from tests.bot.understanding.clinic import a_directory
from tests.builders import NOW, a_link, a_patient
from tests.dialogues.transcript import PATIENTS

TRANSCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))
CHANGES = {"booked", "rescheduled", "cancelled"}
# Nobody types these names: each is known at one address only.
SECRET_NAMES = {
    Channel.SMS: ("Xanthippe", "Vrubelova"),
    Channel.WHATSAPP: ("Ottokar", "Zschiesche"),
    Channel.TELEGRAM: ("Eleuterio", "Nwachukwu"),
    Channel.WEB: ("Quirijn", "Abercrombie"),
}
STATE_BYTES = 4_096
HELPFUL = {
    None: ("dr patel tuesday at 10", "dr kim on friday", "cancel my appointment", "move my visit"),
    Asked.DATE_TIME: ("tuesday morning", "el jueves", "vendredi", "amanhã"),
    Asked.DATE: ("tuesday",),
    Asked.SLOT: ("2", "1"),
    Asked.APPOINTMENT: ("1",),
    Asked.PERSON: ("1",),
    Asked.NAME: ("John Smith",),
    Asked.DATE_OF_BIRTH: ("4 May 1980",),
    Asked.YES_NO: ("yes", "1"),
}


def lines_typed() -> list[str]:
    """Return all that a patient types in a transcript."""
    theirs = (path for path in TRANSCRIPTS if not path.stem.startswith(("staff_", "es_personal_")))
    lines = (line for path in theirs for line in path.read_text("utf-8").splitlines())
    typed = (line[1:].strip() for line in lines if line.startswith(">"))
    return sorted({line for line in typed if not re.fullmatch(r"\[\d+\]", line)})


@cache
def says_yes(text: str) -> bool:
    """Whether the words agree in any language that is talked: a yes, or the wish once more."""
    contexts = (
        Context(NOW, a_directory(), Asked.YES_NO, labels=("A", "B"), language=code)
        for code in languages()
    )
    heard = [understand(text, context) for context in contexts]
    return any(found.intent in AGREES or found.entities.choice == 1 for found in heard)


AGREES = {Intent.YES, Intent.CONFIRM, Intent.BOOK, Intent.RESCHEDULE, Intent.CANCEL}
SIGNS = (string.printable, "àéîõüñçß¿¡", "日本語العربية🙂🦷👍🏽", "0123456789/:.-", " \t\n")
LINES = lines_typed()


def nonsense(dice: random.Random) -> str:
    signs = dice.choice(SIGNS)
    return "".join(dice.choice(signs) for _ in range(dice.randrange(1, 40)))


def fragment(dice: random.Random) -> str:
    """Return a line of a transcript, a piece of one, or pieces of two."""
    words = dice.choice(LINES).split()
    if dice.random() < 0.5 or len(words) < 3:
        return " ".join(words)
    piece = words[: dice.randrange(1, len(words))]
    return " ".join(piece + (dice.choice(LINES).split()[-2:] if dice.random() < 0.3 else []))


@dataclass
class Typist:
    """Somebody at one address; the clinic knows them, and has proved it."""

    patient: Patient
    dice: random.Random
    buttons: list[str] = field(default_factory=list)  # All that were ever shown.
    done: list[str] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)

    @property
    def memory(self) -> Memory:
        return Memory.from_json(self.patient.conversation.state)

    def step(self) -> None:
        patient, dice = self.patient, self.dice
        patient.clock.passes(seconds=dice.choice((5, 40, 200)))
        if dice.random() < 0.02:
            patient.clock.passes(hours=dice.choice((1, 25)))
        question = self.memory.state.question
        asked = question.asked if question else None
        what = dice.random()
        if what < 0.12 and patient.choices:
            number = dice.randrange(len(patient.choices)) + 1
            said, handled = f"[{number}]", patient.presses(number)
        elif what < 0.2 and self.buttons:
            said, handled = "[old]", patient.presses_value(dice.choice(self.buttons))
        else:
            said = self._words(asked)
            handled = patient.says(said)
        self.done.append(said)
        self.buttons += [choice.value for reply in handled.replies for choice in reply.choices]
        self.check(asked, said, handled)

    def _words(self, asked: Asked | None) -> str:
        what = self.dice.random()
        if what < 0.35 and asked in HELPFUL:
            return self.dice.choice(HELPFUL[asked])
        return nonsense(self.dice) if what < 0.45 else fragment(self.dice)

    def check(self, asked: Asked | None, said: str, handled: Handled) -> None:
        trace = " / ".join(self.done[-12:])
        answer, happened = text_of(handled), types_of(handled)
        self.happened += happened
        assert answer or self.may_be_silent(happened), trace
        assert not others_in(answer, self.patient.channel), trace
        changes = [each for each in happened if each in CHANGES]
        if changes:
            assert asked is Asked.YES_NO, trace
            assert said.startswith("[") or says_yes(said), trace
        assert len(self.memory.state.to_json().encode()) < STATE_BYTES, trace

    def may_be_silent(self, happened: list[str]) -> bool:
        """A carrier answers STOP by itself, and takes nothing after it; somebody of the clinic
        answers; too much at once; an insult after the one warning."""
        carriers = self.patient.channel is Channel.SMS and (
            "opted_in" in happened or self.patient.own_address.opted_in is False
        )
        ignored = self.patient.incoming[-1].status == "ignored"
        with_person = self.patient.conversation.person_wanted_at is not None
        return bool(carriers or ignored or with_person or self.memory.state.warned)


def others_in(answer: str, channel: Channel) -> list[str]:
    """Return the names of others that stand in an answer."""
    others = (names for other, names in SECRET_NAMES.items() if other is not channel)
    return [name for names in others for name in names if name.casefold() in answer.casefold()]


def typist(database: Database, channel: Channel, seed: int) -> Typist:
    patient = Patient(database, channel, PATIENTS[channel])
    patient.says("hi")
    first, last = SECRET_NAMES[channel]
    with database.transaction() as connection:
        patient_id = a_patient(
            connection, first, last_name=last, search_name=f"{first} {last}".casefold()
        )
        a_link(connection, patient_id, patient.own_address.id)
    return Typist(patient, random.Random(seed))


def all_type(database: Database, steps: int, seed: int) -> list[Typist]:
    """Four people at four channels of one clinic, in turns."""
    typists = [typist(database, channel, seed + number) for number, channel in enumerate(Channel)]
    for _ in range(steps):
        for one in typists:
            one.step()
    return typists


def test_nonsense_is_answered_and_changes_nothing_by_itself(demo: Database) -> None:
    all_type(demo, steps=40, seed=1)


@pytest.mark.stress
def test_the_same_for_ten_thousand_turns(demo: Database) -> None:
    typists = all_type(demo, steps=2_500, seed=100)
    # The control: else they would show nothing.
    assert {event for one in typists for event in one.happened} >= CHANGES


def test_the_name_of_somebody_else_would_be_noticed() -> None:
    """The control: an answer with the name of a patient of another address."""
    assert others_in("Your visit, Ottokar", Channel.SMS) == ["Ottokar"]
    assert others_in("Your visit, Xanthippe", Channel.SMS) == []


def test_agreeing_is_told_from_all_else() -> None:
    """The control of what may book."""
    assert all(map(says_yes, ("yes", "sí", "d'accord", "isso", "1", "quero")))
    assert not any(map(says_yes, ("no", "hello", "asdf", "thanks", "2", "4 May 1980", "")))


# From any state that is reached on the way.


def copy_of(database: Database, path: Path) -> Database:
    there = str(database.url.database)
    with closing(sqlite3.connect(there)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    return Database(f"sqlite:///{path}", Keyring.demo())


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.stress)])
def test_from_any_state_start_over_and_a_person_work(
    demo: Database, tmp_path: Path, seed: int
) -> None:
    ways = [typist(demo, channel, seed) for channel in (Channel.WEB, Channel.SMS)]
    for step in range(40):
        for one in ways:
            one.step()
            if step % 4 == seed % 4:
                begins_anew(one, tmp_path / f"{one.patient.channel} {step} anew.db")
                gets_a_person(one, tmp_path / f"{one.patient.channel} {step} person.db")


def begins_anew(one: Typist, path: Path) -> None:
    there = elsewhere(one, path)
    there.clock.passes(minutes=10)
    handled = there.says("start over")
    assert (handled.task, handled.asked) == (None, None), one.done[-12:]
    assert handled.replies, one.done[-12:]
    assert there.says("dr kim on friday").asked is not None, one.done[-12:]
    there.database.dispose()


def gets_a_person(one: Typist, path: Path) -> None:
    there = elsewhere(one, path)
    there.clock.passes(minutes=10)
    before = there.conversation.person_wanted_at
    handled = there.says("a person please")
    assert "handed_over" in types_of(handled) or before is not None, one.done[-12:]
    assert there.conversation.person_wanted_at is not None, one.done[-12:]
    there.database.dispose()


def elsewhere(one: Typist, path: Path) -> Patient:
    """The same patient in a copy of the clinic, so that the way goes on undisturbed."""
    copied = copy_of(one.patient.database, path)
    there = Patient(copied, one.patient.channel, one.patient.address)
    there.clock.at = one.patient.clock.at
    if there.channel is Channel.SMS and there.own_address.opted_in is False:
        there.says("START")  # Until then the carrier takes nothing for this number.
    return there
