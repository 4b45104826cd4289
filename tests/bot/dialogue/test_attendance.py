"""Confirming, being there, being late: what the dialogue asks of the clinic, and what it says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.state import DeedKind, Task
from bot.dialogue.values import Refusal, Visit
from bot.understanding.values import Intent
from tests.bot.dialogue.pretend import (
    SITUATION,
    TEN,
    PretendClinic,
    Talk,
    a_slot,
    a_visit,
    keys,
    meant,
)

TUESDAY = a_visit()
WEDNESDAY = replace(a_visit(a_slot(TEN + timedelta(days=1))), key=10)
TODAY = replace(a_visit(a_slot(SITUATION.now + timedelta(hours=1))), key=11)


def talk(*visits: Visit, **changes: object) -> Talk:
    return Talk(PretendClinic(visits=visits, **changes))  # type: ignore[arg-type]


# Confirming


def test_the_only_visit_is_confirmed_at_once() -> None:
    here = talk(TUESDAY)
    assert keys(here.says("I confirm my appointment")) == ["confirmed"]
    assert here.clinic.asked[-1] == ask.ConfirmVisit(TUESDAY)
    assert here.state.draft is None
    assert here.state.done
    assert here.state.done.kind is DeedKind.CONFIRMED


def test_a_day_that_is_not_the_visits_is_no_word_for_it() -> None:
    here = talk(TUESDAY)
    assert keys(here.says("I'll be there Thursday")) == ["ask_will_come"]
    assert "ConfirmVisit" not in here.clinic.kinds()
    assert keys(here.says("yes")) == ["confirmed"]


def test_who_will_not_come_then_moves_the_visit() -> None:
    here = talk(TUESDAY)
    here.says("I'll be there Thursday", "no")
    assert here.state.draft is not None
    assert here.state.draft.task is Task.RESCHEDULE
    [search] = [each for each in here.clinic.asked if isinstance(each, ask.FindSlots)][:1]
    assert {window.day_from.weekday() for window in search.windows} == {3}  # Thursday, as said.


@pytest.mark.parametrize(
    ("answer", "confirmed"),
    [("2", [WEDNESDAY]), ("the one on Wednesday", [WEDNESDAY]), ("both", [TUESDAY, WEDNESDAY])],
)
def test_of_several_visits_it_is_asked_which(answer: str, confirmed: list[Visit]) -> None:
    here = talk(TUESDAY, WEDNESDAY)
    assert keys(here.says("I confirm my appointment")) == ["ask_which_to_confirm"]
    here.says(answer)
    done = [each.visit for each in here.clinic.asked if isinstance(each, ask.ConfirmVisit)]
    assert done == confirmed


def test_both_may_be_said_at_once_and_undone_at_once() -> None:
    here = talk(TUESDAY, WEDNESDAY)
    assert keys(here.says("confirm both")) == ["confirmed", "confirmed"]
    assert keys(here.says("undo")) == ["undone_confirmed", "undone_confirmed"]
    assert here.clinic.kinds()[-2:] == ["UndoLast", "UndoLast"]


def test_a_visit_that_waits_for_the_clinic_is_not_confirmed() -> None:
    here = talk(TUESDAY, refusals={ask.ConfirmVisit: Refusal.PENDING})
    assert keys(here.says("I confirm my appointment")) == ["refused_pending"]
    assert here.state.done is None


def test_what_has_begun_is_not_confirmed_any_more() -> None:
    begun = replace(TUESDAY, starts_at=SITUATION.now - timedelta(minutes=5))
    assert keys(talk(begun).says("I confirm my appointment")) == ["no_visits"]


# Being there


def test_whoever_is_there_is_announced_for_the_visit_of_now() -> None:
    here = talk(TODAY, TUESDAY)
    assert keys(here.says("I'm here")) == ["arrived"]
    assert here.clinic.asked[-1] == ask.ReportArrival(TODAY)


@pytest.mark.parametrize(
    ("visits", "said"), [((), "arrived_unknown"), ((TUESDAY,), "arrived_not_now")]
)
def test_staff_are_told_even_without_a_visit(visits: tuple[Visit, ...], said: str) -> None:
    here = talk(*visits)
    assert keys(here.says("I'm here")) == [said]
    assert here.clinic.asked[-1] == ask.ReportArrival(None)


# Being late


@pytest.mark.parametrize("text", ["15 minutes late", "late 15", "I'll be a quarter hour late"])
def test_a_little_late_is_waited_for(text: str) -> None:
    here = talk(TODAY)
    assert keys(here.says(text)) == ["late_noted"]
    assert here.clinic.asked[-1] == ask.NoteDelay(TODAY, 15)


@pytest.mark.parametrize(
    ("answer", "minutes"), [("1", 10), ("3", 30), ("12", 12), ("half an hour", 30)]
)
def test_the_minutes_are_asked_for(answer: str, minutes: int) -> None:
    here = talk(TODAY)
    assert keys(here.says("running late")) == ["ask_how_late"]
    here.says(answer)
    assert ask.NoteDelay(TODAY, minutes) in here.clinic.asked


def test_an_hour_of_arrival_says_how_late() -> None:
    here = talk(TODAY)
    here.says("I'll be there at 11:10 instead")
    assert here.clinic.asked[-1] == ask.NoteDelay(TODAY, 10)


def test_beyond_the_grace_another_time_is_offered_and_the_visit_stands() -> None:
    here = talk(TODAY)
    assert keys(here.says("I'll be 40 minutes late"))[0] == "late_too_much"
    assert here.state.draft
    assert here.state.draft.task is Task.RESCHEDULE
    assert here.state.draft.visit == TODAY
    assert not {"MoveVisit", "CancelVisit"} & set(here.clinic.kinds())


def test_a_visit_that_has_begun_can_only_be_called_about() -> None:
    begun = replace(TODAY, starts_at=SITUATION.now - timedelta(minutes=5))
    assert keys(talk(begun).says("I'll be 40 minutes late")) == ["late_too_much_call"]


def test_late_undone_is_on_time() -> None:
    here = talk(TODAY)
    assert keys(here.says("late 10", "undo"))[-1] == "undone_late"
    assert here.clinic.asked[-1] == ask.NoteDelay(TODAY, None)


@pytest.mark.parametrize(("visits", "said"), [((), "late_unknown"), ((TUESDAY,), "late_not_today")])
def test_without_a_visit_today_nothing_is_noted(visits: tuple[Visit, ...], said: str) -> None:
    here = talk(*visits)
    assert keys(here.says("running late")) == [said]
    assert "NoteDelay" not in here.clinic.kinds()


def test_late_on_another_day_is_a_move() -> None:
    here = talk(TUESDAY)
    assert keys(here.says("I'll be late on Tuesday"))[0] == "late_other_day"
    assert here.state.draft
    assert here.state.draft.task is Task.RESCHEDULE


def test_data_are_never_told_but_a_day_is_named() -> None:
    here = talk(TUESDAY)
    answer = here.hears(meant(Intent.MY_DATA, topic="copy"))
    assert keys(answer)[0] == "my_data_copy"
    assert ask.RequestData("copy") in here.clinic.asked


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("I confirm my appointment", ask.ConfirmVisit),
        ("I'm here", ask.ReportArrival),
        ("late 10", ask.NoteDelay),
    ],
)
@pytest.mark.parametrize("refusal", [Refusal.NOT_FOUND, Refusal.CHANGED])
def test_a_visit_that_changed_just_now_is_answered_for(
    text: str, command: type, refusal: Refusal
) -> None:
    here = talk(TODAY, refusals={command: refusal})
    assert here.says(text).says
    assert here.state.draft is None
    assert here.state.done is None
