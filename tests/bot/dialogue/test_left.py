"""What was begun days ago is named to whoever comes back, and can be taken up again."""

from datetime import date, timedelta

import pytest

from bot.dialogue import left
from bot.dialogue.state import Draft, Proving, State, Task
from bot.dialogue.when import When
from bot.messages import Asked
from bot.understanding.values import Intent, Person
from tests.bot.dialogue.pretend import (
    PATEL,
    PretendClinic,
    Talk,
    a_slot,
    a_visit,
    keys,
    meant,
)
from tests.bot.understanding.clinic import SUNDAY

TODAY = SUNDAY.date()
LAST = SUNDAY - timedelta(days=3)
BOOKING = Draft(Task.BOOK, practitioner=PATEL, when=When(days=(TODAY + timedelta(days=2),)))


def back_with(draft: Draft, clinic: PretendClinic | None = None) -> Talk:
    return Talk(clinic or PretendClinic(), left.fresh(State(draft=draft), LAST, SUNDAY))


def test_nothing_is_left_of_whom_it_was_for_and_of_what_was_offered() -> None:
    draft = Draft(
        Task.BOOK,
        practitioner=PATEL,
        person=Person.DAUGHTER,
        patient=5,
        patient_name="Ann Smith",
        name="Ann Smith",
        date_of_birth=date(2015, 1, 1),
        offer=(a_slot(),),
        slot=a_slot(),
    )
    state = left.fresh(State(draft=draft, visits=(a_visit(),)), LAST, SUNDAY)
    assert state == State(left=Draft(Task.BOOK, practitioner=PATEL, person=Person.DAUGHTER))


@pytest.mark.parametrize("draft", [None, Draft(Task.VERIFY, proving=Proving.OFFERED)])
def test_where_nothing_was_begun_nothing_is_left(draft: Draft | None) -> None:
    assert left.fresh(State(draft=draft), LAST, SUNDAY) == State()


@pytest.mark.parametrize("intent", [Intent.GREET, Intent.REPEAT, Intent.THANKS])
def test_who_only_comes_back_is_asked_whether_to_go_on(intent: Intent) -> None:
    answer = back_with(BOOKING).hears(meant(intent))
    assert keys(answer) == ["rested_book", "take_up"]
    assert answer.asked is Asked.YES_NO


def test_yes_goes_on_with_it() -> None:
    talk = back_with(BOOKING)
    talk.hears(meant(Intent.GREET))
    talk.says("yes")
    assert talk.state.draft is not None
    assert talk.state.draft.practitioner == PATEL
    assert talk.state.draft.offer
    assert talk.state.left is None


def test_yes_but_changes_it() -> None:
    talk = back_with(BOOKING)
    talk.hears(meant(Intent.GREET))
    talk.hears(meant(Intent.YES, practitioner="Dr Samuel Okafor"))
    assert talk.state.draft is not None
    assert talk.state.draft.practitioner == 2
    assert talk.state.draft.when == BOOKING.when


def test_no_leaves_it() -> None:
    talk = back_with(BOOKING)
    talk.hears(meant(Intent.GREET))
    assert keys(talk.says("no")) == ["not_that"]
    assert (talk.state.draft, talk.state.left) == (None, None)


def test_who_comes_back_with_a_wish_hears_only_that_the_old_one_was_not_done() -> None:
    talk = back_with(BOOKING)
    answer = talk.says("dr okafor tomorrow at 10")
    assert keys(answer)[0] == "rested"
    assert talk.state.left is None
    assert "rested" not in keys(talk.says("hm"))


def test_days_that_have_passed_are_wished_for_no_more() -> None:
    talk = back_with(Draft(Task.BOOK, practitioner=PATEL, when=When(days=(TODAY - timedelta(1),))))
    talk.hears(meant(Intent.GREET))
    assert keys(talk.says("yes")) == ["ask_when"]


@pytest.mark.parametrize("task", [Task.RESCHEDULE, Task.CANCEL])
def test_a_visit_is_looked_up_anew(task: Task) -> None:
    talk = back_with(Draft(task, visit=a_visit()), PretendClinic(visits=(a_visit(),)))
    assert keys(talk.hears(meant(Intent.GREET)))[0] == f"rested_{task}"
    talk.says("yes")
    assert "FindVisits" in talk.clinic.kinds()
    assert talk.state.draft is not None
    assert talk.state.draft.visit == a_visit()


def test_an_answer_to_something_else_takes_nothing_up() -> None:
    talk = back_with(BOOKING)
    talk.hears(meant(Intent.GREET))
    talk.hears(meant(Intent.CANCEL, visit_date=TODAY))
    assert talk.state.draft is None or talk.state.draft.task is not Task.BOOK
