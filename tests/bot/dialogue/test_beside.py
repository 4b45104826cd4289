"""A second visit much like one that the patient has already: asked about, never refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.state import Task
from bot.dialogue.turn import Answer, Pressed
from bot.dialogue.values import Refusal, Visit
from bot.messages import Asked
from bot.understanding.values import Intent
from tests.bot.dialogue.pretend import TEN, PretendClinic, Talk, a_slot, a_visit, keys, meant
from tests.bot.understanding.clinic import SUNDAY

ALREADY = a_visit(a_slot(TEN + timedelta(days=2)))
CHANGES = {"BookVisit", "MoveVisit", "CancelVisit"}


def asked_about(beside: Visit | None = ALREADY) -> Talk:
    """A talk that has come to the question whether to book this one as well."""
    talk = Talk(PretendClinic(beside=beside, visits=(ALREADY,)))
    talk.says("dr patel tuesday at 10", "John Smith", "4 May 1980")
    return talk


def codes(talk: Talk) -> tuple[str, ...]:
    assert talk.state.question is not None
    return talk.state.question.options


def test_the_question_says_both_and_gives_three_choices() -> None:
    talk = Talk(PretendClinic(beside=ALREADY))
    answer = talk.says("dr patel tuesday at 10", "John Smith", "4 May 1980")
    assert keys(answer) == ["confirm_beside"]
    assert answer.says[0].values["visit"] == ALREADY
    assert answer.asked is Asked.YES_NO
    assert codes(talk) == ("yes", "instead", "other_time")


def test_without_such_a_visit_it_is_the_plain_question() -> None:
    """The control."""
    talk = asked_about(None)
    assert codes(talk) == ("yes", "other_time")


@pytest.mark.parametrize("text", ["yes", "1", "yes please", "as well", "book it", "yes, as well"])
def test_a_yes_books_it_as_well(text: str) -> None:
    talk = asked_about()
    assert "booked" in keys(talk.says(text))
    assert [kind for kind in talk.clinic.kinds() if kind in CHANGES] == ["BookVisit"]


@pytest.mark.parametrize("text", ["no", "no thanks", "nope"])
def test_a_no_leaves_it_at_the_one_there_is(text: str) -> None:
    talk = asked_about()
    assert keys(talk.says(text)) == ["dropped"]
    assert not CHANGES & set(talk.clinic.kinds())
    assert talk.clinic.kinds()[-1] == "ReleaseHold"
    # The control: at the plain question they may want another time.
    assert keys(asked_about(None).says(text)) == ["ask_other_time"]


def test_a_time_by_its_order_is_no_yes() -> None:
    """It was the first of the times, not of these three choices."""
    talk = Talk(PretendClinic(beside=ALREADY, visits=(ALREADY,)))
    assert talk.says("dr patel on tuesday").asked is Asked.SLOT
    draft = talk.state.draft
    assert draft is not None
    talk.says("2", "John Smith", "4 May 1980")
    answer = talk.says("the earliest")
    assert keys(answer) == ["confirm_beside"]
    assert not CHANGES & set(talk.clinic.kinds())
    assert talk.state.held is not None
    assert talk.state.held.slot == draft.offer[0]


@pytest.mark.parametrize("text", ["3", "another time", "something else"])
def test_another_time_may_be_named(text: str) -> None:
    talk = asked_about()
    answer = talk.says(text)
    assert keys(answer) == ["ask_other_time"]
    assert not CHANGES & set(talk.clinic.kinds())


def moves_on(talk: Talk, answer: Answer) -> None:
    """The other visit is to move: asked in a full sentence, and done at a clear yes."""
    assert keys(answer) == ["confirm_move"]
    assert (answer.says[0].values["visit"], answer.says[0].values["slot"]) == (ALREADY, a_slot())
    assert talk.clinic.asked[-1:] == [ask.HoldSlot(a_slot(), None, ALREADY, a_slot())]
    assert not CHANGES & set(talk.clinic.kinds())
    assert "moved" in keys(talk.says("yes"))
    assert talk.clinic.asked[-1:] == [ask.MoveVisit(ALREADY, a_slot())]
    assert (talk.state.draft, talk.state.held) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "2",
        "the second one",
        "move that one",
        "move that visit",
        "move my visit",
        "move my visit instead",
    ],
)
def test_that_one_moves_instead(text: str) -> None:
    talk = asked_about()
    moves_on(talk, talk.says(text))


def test_a_button_says_the_same() -> None:
    talk = asked_about()
    assert talk.state.question is not None
    moves_on(talk, talk.hears(Pressed(talk.state.question.list_id, 2)))


def test_the_second_one_is_of_these_choices_even_after_a_list_of_slots() -> None:
    talk = Talk(PretendClinic(beside=ALREADY, visits=(ALREADY,)))
    talk.says("dr patel tuesday", "1", "John Smith", "4 May 1980")
    assert keys(talk.says("the second one")) == ["confirm_move"]
    # The control: where there is a list and a plain question, it corrects the choice of a slot.
    talk = Talk(PretendClinic())
    talk.says("dr patel tuesday", "1", "John Smith", "4 May 1980")
    assert keys(talk.says("the second one")) == ["confirm_booking"]


def test_after_that_another_time_is_one_for_the_visit_that_moves() -> None:
    talk = asked_about()
    assert keys(talk.says("move that one", "another time")) == ["ask_other_time"]
    assert keys(talk.says("tuesday at 11")) == ["confirm_move"]
    assert talk.state.draft is not None
    assert talk.state.draft.task is Task.RESCHEDULE


def test_one_that_is_too_near_is_named_but_not_offered_to_move() -> None:
    talk = asked_about(replace(ALREADY, changeable_until=SUNDAY - timedelta(seconds=1)))
    assert codes(talk) == ("yes", "other_time")
    answer = talk.says("move that visit")
    assert keys(answer) == ["that_one_stands", "confirm_beside"]
    assert "booked" in keys(talk.says("yes"))


def test_one_that_has_become_too_near_meanwhile_stands() -> None:
    talk = asked_about(replace(ALREADY, changeable_until=SUNDAY + timedelta(minutes=1)))
    assert codes(talk) == ("yes", "instead", "other_time")
    talk.situation = replace(talk.situation, now=SUNDAY + timedelta(minutes=2))
    assert keys(talk.says("2"))[0] == "that_one_stands"


def test_one_that_staff_moved_meanwhile_is_looked_at_again() -> None:
    talk = asked_about()
    talk.clinic.refusals[ask.HoldSlot] = Refusal.CHANGED
    assert keys(talk.says("move that one")) == ["refused_changed"]


def test_the_question_is_asked_again_after_something_else() -> None:
    talk = asked_about()
    for text in ("help", "what appointments do I have?", "asdfgh"):
        answer = talk.says(text)
        assert keys(answer)[-1] == "confirm_beside"
    assert "booked" in keys(talk.says("yes"))


def test_a_repeat_needs_no_new_hold() -> None:
    talk = asked_about()
    talk.clinic.asked.clear()
    talk.says("help")
    assert "HoldSlot" not in talk.clinic.kinds()


def test_a_wish_to_move_without_such_a_question_is_about_the_slot_in_hand() -> None:
    """The control: as it was before."""
    talk = asked_about(None)
    talk.hears(meant(Intent.RESCHEDULE))
    assert talk.state.draft is not None
    assert talk.state.draft.task is Task.BOOK


# What is said of missed visits.


@pytest.mark.parametrize(
    ("missed", "said"),
    [(0, ["booked"]), (1, ["booked", "missed_once"]), (3, ["booked", "missed_often"])],
)
def test_missed_visits_are_mentioned_once_it_is_booked(missed: int, said: list[str]) -> None:
    talk = Talk(PretendClinic(missed=missed))
    talk.says("dr patel tuesday at 10", "John Smith", "4 May 1980")
    assert keys(talk.says("yes")) == said
