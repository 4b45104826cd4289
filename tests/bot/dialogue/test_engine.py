"""The engine as a pure function: a small clinic of values, and nothing else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.dialogue import commands as ask
from bot.dialogue import engine
from bot.dialogue.engine import MOST_COMMANDS, TooManyCommands, converse
from bot.dialogue.state import State, Task
from bot.dialogue.turn import Answer, Heard, Pressed, Steps, Unreadable
from bot.dialogue.values import Alert, Refusal
from bot.messages import Asked
from bot.understanding import understand
from bot.understanding.values import Context, EmergencyKind, Intent
from tests.bot.dialogue.pretend import (
    DIRECTORY,
    SITUATION,
    TEN,
    PretendClinic,
    Talk,
    a_slot,
    a_visit,
    keys,
    meant,
)
from tests.bot.understanding.clinic import SUNDAY

# Bounds.


def test_a_turn_that_goes_round_in_circles_ends_with_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def circle(*_: object) -> Steps[Answer]:
        while True:
            yield ask.FindPeople()

    monkeypatch.setattr(engine, "respond", circle)
    clinic = PretendClinic()
    with pytest.raises(TooManyCommands, match="FindPeople"):
        converse(State(), meant(Intent.BOOK), SITUATION, clinic.perform)
    assert len(clinic.asked) == MOST_COMMANDS


def test_an_honest_turn_is_far_from_that_bound() -> None:
    talk = Talk()
    for text in ("dr patel tuesday at 10", "John Smith", "4 May 1980", "yes"):
        talk.clinic.asked.clear()
        talk.says(text)
        assert len(talk.clinic.asked) <= MOST_COMMANDS / 2


def test_the_dialogue_changes_nothing_by_itself() -> None:
    """The same state, event and outcomes give the same answer; the old state stays as it was."""
    talk = Talk()
    talk.says("dr patel tuesday at 10", "John Smith")
    before = talk.state.to_json()
    event = meant(Intent.INFORM, date_of_birth=datetime(1980, 5, 4, tzinfo=UTC).date())
    answers = [converse(talk.state, event, SITUATION, PretendClinic().perform) for _ in range(2)]
    assert answers[0] == answers[1]
    assert talk.state.to_json() == before


# Nothing happens without a clear yes.

CHANGES = {"BookVisit", "MoveVisit", "CancelVisit"}


def test_before_the_yes_nothing_is_booked() -> None:
    talk = Talk()
    answer = talk.says("dr patel tuesday at 10", "John Smith", "4 May 1980")
    assert answer.asked is Asked.YES_NO
    assert not CHANGES & set(talk.clinic.kinds())
    assert "booked" in keys(talk.says("yes"))
    assert talk.clinic.kinds().count("BookVisit") == 1


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "maybe",
        "hello",
        "thanks",
        "what?",
        "wednesday",
        "another time",
        "start over",
        "my visits",
        "talk to a person",
        "2",
        "9",
        "help",
        "asdf",
        "",
    ],
)
def test_whatever_else_is_said_at_the_confirmation_books_nothing(text: str) -> None:
    talk = Talk()
    talk.says("dr patel tuesday at 10", "John Smith", "4 May 1980", text)
    assert "BookVisit" not in talk.clinic.kinds()


def test_a_yes_that_nobody_asked_for_does_nothing() -> None:
    for texts in (("yes",), ("dr patel", "yes"), ("dr patel tuesday at 10", "yes")):
        talk = Talk()
        talk.says(*texts)
        assert not CHANGES & set(talk.clinic.kinds())


def test_one_yes_books_once() -> None:
    talk = Talk()
    talk.says("dr patel tuesday at 10", "John Smith", "4 May 1980", "yes", "yes", "yes", "1")
    assert talk.clinic.kinds().count("BookVisit") == 1


def test_a_visit_is_moved_and_called_off_only_by_a_yes() -> None:
    for wish, change in (
        ("move my visit to tuesday at 11", "MoveVisit"),
        ("cancel my visit", "CancelVisit"),
    ):
        talk = Talk(PretendClinic(visits=(a_visit(),)))
        assert talk.says(wish).asked is Asked.YES_NO
        assert change not in talk.clinic.kinds()
        talk.says("yes")
        assert talk.clinic.kinds().count(change) == 1


# What the clinic refuses.


ABOUT_A_SLOT = {
    Refusal.SLOT_TAKEN,
    Refusal.PATIENT_BUSY,
    Refusal.TOO_SOON,
    Refusal.TOO_FAR,
    Refusal.NOT_OFFERED,
    Refusal.NOT_RELEASED,
    Refusal.DAY_FULL,
}
ABOUT_A_PATIENT = {
    Refusal.NO_NEW_PATIENTS,
    Refusal.OTHER_AGE,
    Refusal.TOO_MANY_VISITS,
    Refusal.MUST_CALL,
    Refusal.BLOCKED,
}
ABOUT_A_VISIT = {Refusal.NOT_FOUND, Refusal.CHANGED, Refusal.BEGUN}
# Command -> why the clinic may refuse it (bot.reception and the core's booking).
REFUSED = {
    ask.FindSlots: {
        Refusal.NO_NEW_PATIENTS,
        Refusal.OTHER_AGE,
        Refusal.SEES_OTHER_AGES,
        Refusal.NOT_OFFERED,
    },
    ask.RegisterPatient: {Refusal.TOO_MANY_PATIENTS},
    ask.SendCode: {Refusal.TOO_MANY_CODES},
    ask.HoldSlot: ABOUT_A_SLOT | ABOUT_A_PATIENT | ABOUT_A_VISIT,
    ask.BookVisit: ABOUT_A_SLOT | ABOUT_A_PATIENT | {Refusal.NOT_FOUND},
    ask.MoveVisit: ABOUT_A_SLOT | ABOUT_A_VISIT | {Refusal.TOO_LATE},
    ask.CancelVisit: ABOUT_A_VISIT | {Refusal.TOO_LATE},
    ask.ConfirmVisit: ABOUT_A_VISIT | {Refusal.PENDING},
    ask.ReportArrival: {Refusal.NOT_FOUND, Refusal.CHANGED},
    ask.NoteDelay: {Refusal.NOT_FOUND, Refusal.CHANGED},
    ask.JoinWaitlist: {Refusal.NOT_FOUND, Refusal.BLOCKED, Refusal.TOO_MANY_WAITS},
    ask.LeaveWaitlist: {Refusal.WAIT_NOT_FOUND},
    ask.AcceptOffer: {Refusal.OFFER_GONE},
    ask.UndoLast: ABOUT_A_SLOT | ABOUT_A_VISIT | {Refusal.NOTHING_TO_UNDO},
}


def refused(*commands: type) -> list[tuple[type, Refusal]]:
    return [(command, refusal) for command in commands for refusal in sorted(REFUSED[command])]


def test_every_refusal_is_some_commands() -> None:
    assert set().union(*REFUSED.values()) == set(Refusal)


@pytest.mark.parametrize(
    ("command", "refusal"),
    refused(ask.FindSlots, ask.HoldSlot, ask.BookVisit, ask.RegisterPatient),
)
def test_every_refusal_of_a_booking_is_answered_and_talked_on_from(
    command: type, refusal: Refusal
) -> None:
    talk = Talk(PretendClinic(refusals={command: refusal}))
    answer = talk.says("dr patel tuesday at 10")
    for text in ("John Smith", "4 May 1980", "yes"):
        if answer.asked is Asked.SLOT:
            answer = talk.says("1")
        answer = talk.says(text)
        assert answer.says
    talk.clinic.refusals.clear()
    talk.says("start over", "dr patel tuesday at 10", "John Smith", "4 May 1980")
    assert "booked" in keys(talk.says("yes"))


@pytest.mark.parametrize(
    ("command", "refusal"), refused(ask.FindSlots, ask.HoldSlot, ask.MoveVisit, ask.CancelVisit)
)
def test_every_refusal_of_a_change_is_answered(command: type, refusal: Refusal) -> None:
    clinic = PretendClinic(visits=(a_visit(),), refusals={command: refusal})
    for wish in ("move my visit to tuesday at 11", "cancel my visit"):
        talk = Talk(clinic)
        assert talk.says(wish, "yes").says


@pytest.mark.parametrize("command", [ask.HoldSlot, ask.BookVisit])
@pytest.mark.parametrize("refusal", sorted(ABOUT_A_SLOT))
def test_when_a_slot_cannot_be_had_others_are_offered(command: type, refusal: Refusal) -> None:
    talk = Talk(PretendClinic(refusals={command: refusal}))
    answer = talk.says("dr patel tuesday at 10")
    if command is ask.BookVisit:
        answer = talk.says("John Smith", "4 May 1980", "yes")
    assert answer.asked is Asked.SLOT
    assert [command for command in talk.clinic.asked if isinstance(command, ask.FindSlots)][
        -1
    ].around


@pytest.mark.parametrize("command", [ask.HoldSlot, ask.BookVisit])
@pytest.mark.parametrize("refusal", sorted(ABOUT_A_PATIENT))
def test_when_no_other_time_helps_none_is_offered(command: type, refusal: Refusal) -> None:
    talk = Talk(PretendClinic(refusals={command: refusal}))
    answer = talk.says("dr patel tuesday at 10")
    if command is ask.BookVisit:
        answer = talk.says("John Smith", "4 May 1980", "yes")
    if "offer_proof" in keys(answer):  # Whoever proves who they are may book more.
        answer = talk.says("no thanks")
        assert keys(answer) == ["proof_declined"]
    else:
        assert keys(answer) == [f"refused_{refusal}"]
    assert (answer.asked, talk.state.draft, talk.state.held) == (None, None, None)


def test_whoever_would_see_anyone_may_get_the_same_time_with_somebody_else() -> None:
    for wish, avoided in (
        ("a general practitioner tuesday at 10", ()),
        ("dr patel tuesday at 10", (TEN,)),
    ):
        talk = Talk(PretendClinic(refusals={ask.HoldSlot: Refusal.SLOT_TAKEN}))
        talk.says(wish)
        assert talk.state.draft is not None
        assert talk.state.draft.refused == avoided


# From anywhere back to the start.


def every_state() -> Iterator[tuple[str, Callable[[], Talk]]]:
    """Each stand that a talk comes to on its way."""
    ways = {
        "book": ("dr patel tuesday", "1", "John Smith", "4 May 1980", "yes"),
        "specialty": ("I need an appointment", "1", "tuesday", "1"),
        "move": ("move my visit", "tuesday", "1", "yes"),
        "cancel": ("cancel my visit", "yes"),
        "lost": ("asdf", "qwer", "zxcv", "asdf"),
        "aside": ("hi", "help", "thanks", "my visits"),
        "confirm": ("I'll be there friday", "no"),
        "waitlist": ("put me on the waitlist", "1", "any", "John Smith", "4 May 1980", "yes"),
        "emergency": ("dr patel tuesday", "chest pain, can't breathe"),
    }
    for name, way in ways.items():
        for length in range(1, len(way) + 1):

            def walk(way: tuple[str, ...] = way[:length]) -> Talk:
                talk = Talk(PretendClinic(visits=(a_visit(),)))
                talk.says(*way)
                return talk

            yield f"{name} {length}", walk


STATES = dict(every_state())


@pytest.mark.parametrize("walk", STATES.values(), ids=STATES)
def test_start_over_leads_back_to_the_start_from_anywhere(walk: Callable[[], Talk]) -> None:
    talk = walk()
    answer = talk.says("start over")
    assert keys(answer) == ["restarted"]
    assert (talk.state.draft, talk.state.question) == (None, None)
    assert "booked" in keys(talk.says("dr patel tuesday at 10", "John Smith", "4 May 1980", "yes"))


@pytest.mark.parametrize("walk", STATES.values(), ids=STATES)
def test_an_emergency_is_answered_first_from_anywhere_and_changes_nothing(
    walk: Callable[[], Talk],
) -> None:
    talk = walk()
    before = talk.state
    answer = talk.says("I have chest pain and can't breathe")
    assert keys(answer) == ["emergency"]
    assert answer.urgent
    assert talk.clinic.asked[-1] == ask.AlertStaff(Alert.EMERGENCY)
    changed = replace(before, alarmed=EmergencyKind.MEDICAL, said=talk.state.said)
    assert talk.state == changed


@pytest.mark.parametrize("walk", STATES.values(), ids=STATES)
@pytest.mark.parametrize("event", [Unreadable(), Unreadable(too_long=True), Pressed("x", 1)])
def test_what_cannot_be_read_is_answered_and_the_task_goes_on(
    walk: Callable[[], Talk], event: Unreadable | Pressed
) -> None:
    talk = walk()
    before = talk.state.draft
    answer = talk.hears(event)
    assert answer.says
    task = talk.state.draft.task if talk.state.draft else None
    assert task == (before.task if before else None)


@pytest.mark.parametrize("walk", STATES.values(), ids=STATES)
def test_help_a_person_and_the_list_are_there_in_every_state(walk: Callable[[], Talk]) -> None:
    for text, key in (
        ("help", "help_keyword"),
        ("talk to a person", "handed_over_soon"),
        ("what appointments do I have", "visits_one"),
    ):
        assert key in keys(walk().says(text))


# How large a state becomes.


def test_after_a_long_talk_the_state_is_still_small() -> None:
    """Encrypted and written at every turn, so it must stay one small row."""
    free = tuple(a_slot(TEN + timedelta(minutes=20 * number)) for number in range(60))
    clinic = PretendClinic(free=free)
    situation = replace(SITUATION, offers=6)
    state = State()
    for number in range(60):
        texts = ("dr patel tuesday", "something else", "later", "no", "other times", "sooner")
        understanding = understand(
            texts[number % len(texts)], Context(now=SUNDAY, directory=DIRECTORY, asked="slot")
        )
        state = converse(state, Heard(understanding), situation, clinic.perform).state
        assert len(state.to_json()) < 4_096


def test_with_as_many_visits_as_one_may_have_too() -> None:
    visits = tuple(
        replace(a_visit(a_slot(TEN + timedelta(days=day))), key=day, public_id="x" * 16)
        for day in range(5)
    )
    free = tuple(a_slot(TEN + timedelta(minutes=20 * number)) for number in range(60))
    # Six offers at once, as on WhatsApp, Telegram and the web.
    talk = Talk(PretendClinic(free=free, visits=visits), situation=replace(SITUATION, offers=6))
    for text in ("my visits", "move my visit", "2", "tuesday", *["something else"] * 12):
        talk.says(text)
        assert len(talk.state.to_json()) < 4_096
    assert talk.state.draft is not None
    assert talk.state.draft.task is Task.RESCHEDULE
    assert len(talk.state.draft.refused) > 20
