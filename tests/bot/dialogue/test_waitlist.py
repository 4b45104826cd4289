"""The waitlist in a talk: what is asked, what is said before the yes, what is taken back."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.state import Task
from bot.dialogue.values import KnownPerson, Refusal
from bot.dialogue.wait import Part, Wait, parts
from bot.dialogue.when import When
from bot.understanding.values import Person
from tests.bot.dialogue.pretend import PATEL, TEN, PretendClinic, Talk, a_slot, a_visit, keys

JOHN = KnownPerson(5, "John Smith", Person.SELF)
VISIT = a_visit(a_slot(TEN + timedelta(days=7)))
WAIT = Wait(5, "John Smith", PATEL, None, key=7)
OTHER = Wait(5, "John Smith", None, "dermatology", key=8)


def talk(**clinic: object) -> Talk:
    return Talk(PretendClinic(people=(JOHN,), **clinic))  # type: ignore[arg-type]


def joined(here: Talk) -> list[Wait]:
    return [each.wait for each in here.clinic.asked if isinstance(each, ask.JoinWaitlist)]


def test_nobody_joins_without_a_yes_to_the_whole_sentence() -> None:
    here = talk()
    assert keys(here.says("put me on the waitlist for Dr Patel, Tuesday mornings")) == [
        "confirm_wait"
    ]
    assert joined(here) == []
    assert keys(here.says("yes")) == ["waitlisted"]
    assert [(wait.practitioner, wait.patient) for wait in joined(here)] == [(PATEL, 5)]


def test_whom_and_when_are_asked_for() -> None:
    here = talk()
    assert keys(here.says("put me on the waitlist")) == ["ask_specialty"]
    assert keys(here.says("dermatology")) == ["ask_when_to_wait"]
    assert keys(here.says("any")) == ["confirm_wait"]


def test_any_answer_may_change_what_was_said() -> None:
    here = talk()
    here.says("put me on the waitlist for Dr Patel, mornings", "actually in the afternoon")
    assert keys(here.says("yes")) == ["waitlisted"]
    assert [wait.when.minute_from for wait in joined(here)] == [12 * 60]


def test_something_sooner_than_the_visit_there_is() -> None:
    here = talk(visits=(VISIT,))
    assert keys(here.says("let me know if something earlier comes free")) == ["confirm_wait_sooner"]
    here.says("yes")
    assert [wait.sooner_than for wait in joined(here)] == [VISIT]


def test_of_several_visits_it_is_asked_which_would_move_up() -> None:
    later = replace(VISIT, key=12, starts_at=VISIT.starts_at + timedelta(days=1))
    here = talk(visits=(VISIT, later))
    assert keys(here.says("let me know if something earlier comes free")) == ["ask_which_sooner"]
    assert keys(here.says("2")) == ["confirm_wait_sooner"]
    here.says("yes")
    assert [wait.sooner_than for wait in joined(here)] == [later]


def test_a_wish_for_later_days_moves_no_visit_up() -> None:
    here = talk(visits=(a_visit(),))
    here.says("put me on the waitlist for Dr Patel next month", "yes")
    assert [wait.sooner_than for wait in joined(here)] == [None]


@pytest.mark.parametrize("answer", ["put me on the waitlist", "waitlist", "1"])
def test_after_nothing_was_free_the_wish_is_known(answer: str) -> None:
    here = talk(free=())
    here.says("Dr Patel on Tuesday")
    assert keys(here.says(answer)) == ["confirm_wait"]
    assert keys(here.says("yes")) == ["waitlisted"]
    assert [wait.practitioner for wait in joined(here)] == [PATEL]
    assert here.state.draft is None


def test_too_many_are_refused_and_nothing_is_left_to_undo() -> None:
    here = talk(refusals={ask.JoinWaitlist: Refusal.TOO_MANY_WAITS})
    here.says("put me on the waitlist for Dr Patel, any day")
    assert keys(here.says("yes")) == ["refused_too_many_waits"]
    assert keys(here.says("undo")) == ["nothing_to_undo"]


def test_joining_is_undone_by_leaving() -> None:
    here = talk()
    here.says("put me on the waitlist for Dr Patel, any day", "yes")
    assert keys(here.says("undo")) == ["undone_waitlisted"]
    assert here.clinic.asked[-1] == ask.LeaveWaitlist(1)


def test_the_only_entry_is_left_at_once_and_comes_back_when_undone() -> None:
    here = talk(waits=(WAIT,))
    assert keys(here.says("take me off the waitlist")) == ["left_waitlist"]
    assert here.clinic.asked[-1] == ask.LeaveWaitlist(7)
    assert keys(here.says("undo")) == ["undone_left_waitlist"]
    assert joined(here) == [WAIT]


@pytest.mark.parametrize(
    ("answer", "left"), [("2", [8]), ("both", [7, 8]), ("dermatology", [8]), ("3", [7, 8])]
)
def test_of_several_entries_it_is_asked_which(answer: str, left: list[int]) -> None:
    here = talk(waits=(WAIT, OTHER))
    assert keys(here.says("take me off the waitlist")) == ["ask_which_wait"]
    here.says(answer)
    gone = [each.key for each in here.clinic.asked if isinstance(each, ask.LeaveWaitlist)]
    assert gone == left


def test_looking_at_the_list_in_the_middle_of_joining() -> None:
    here = talk(waits=(OTHER,))
    here.says("put me on the waitlist for Dr Patel, any day")
    assert keys(here.says("am I on the waitlist?")) == ["waits_one", "wait_line"]


@pytest.mark.parametrize("text", ["take me off the waitlist", "am I on the waitlist?"])
def test_who_is_not_on_it_hears_so(text: str) -> None:
    here = talk()
    assert keys(here.says(text)) == ["no_waits"]


def test_back_gives_up_the_days() -> None:
    here = talk()
    here.says("put me on the waitlist for Dr Patel, any day")
    assert keys(here.says("back")) == ["ask_when_to_wait"]
    assert here.state.draft
    assert here.state.draft.task is Task.WAITLIST


DAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (When(), [Part("wish_any_day")]),
        (When(days=(DAY,)), [Part("wish_day", DAY)]),
        (
            When(days=tuple(DAY + timedelta(days=n) for n in range(4))),
            [Part("wish_between", DAY, DAY + timedelta(days=3))],
        ),
        (When(day_from=DAY), [Part("wish_from_day", DAY)]),
        (When(day_to=DAY), [Part("wish_until_day", None, DAY)]),
        (When(weekdays=(3, 1)), [Part("weekdays_1"), Part("weekdays_3")]),
        (When(not_weekdays=(0,)), [Part("not_weekdays_0")]),
        (When(minute_from=0, minute_until=720), [Part("wish_morning")]),
        (When(minute=600), [Part("wish_at", time(10))]),
        (When(minute_from=600), [Part("wish_from_hour", time(10))]),
        (When(minute_until=600), [Part("wish_until_hour", None, time(10))]),
        (
            When(minute_from=600, minute_until=660),
            [Part("wish_between_hours", time(10), time(11))],
        ),
    ],
)
def test_a_wish_in_words(when: When, said: list[Part]) -> None:
    assert list(parts(when)) == said
