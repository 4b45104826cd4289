"""A visit that is too near to be moved or given up by message: said as soon as it is chosen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.dialogue.tasks.visits import closed
from bot.dialogue.values import Refusal, Visit
from bot.messages import Asked
from tests.bot.dialogue.pretend import SITUATION, TEN, PretendClinic, Talk, a_slot, a_visit, keys
from tests.bot.understanding.clinic import SUNDAY

OVER = SUNDAY - timedelta(seconds=1)
NEAR = replace(a_visit(), changeable_until=OVER)
FAR = replace(a_visit(a_slot(TEN + timedelta(days=1))), key=10, public_id="ten")
ASKING = {"FindSlots", "HoldSlot", "MoveVisit", "CancelVisit"}


@pytest.mark.parametrize(
    "wish", ["move my visit", "move my visit to tuesday at 11", "cancel my visit"]
)
def test_it_is_said_at_once_and_nothing_else_is_tried(wish: str) -> None:
    talk = Talk(PretendClinic(visits=(NEAR,)))
    answer = talk.says(wish)
    assert keys(answer) == ["refused_too_late"]
    assert (answer.asked, talk.state.draft) == (None, None)
    assert not ASKING & set(talk.clinic.kinds())
    # The control: until then it goes its way.
    until = replace(NEAR, changeable_until=SUNDAY)
    assert Talk(PretendClinic(visits=(until,))).says(wish).asked in (Asked.DATE_TIME, Asked.YES_NO)


@pytest.mark.parametrize("wish", ["move my visit", "cancel my visit"])
def test_of_two_visits_the_other_one_may_still_be_changed(wish: str) -> None:
    talk = Talk(PretendClinic(visits=(NEAR, FAR)))
    assert talk.says(wish).asked is Asked.APPOINTMENT
    assert keys(talk.says("1")) == ["refused_too_late"]
    talk.says(wish)
    assert talk.says("2").asked in (Asked.DATE_TIME, Asked.YES_NO)


def test_a_visit_that_becomes_too_near_while_they_choose_is_refused_then() -> None:
    talk = Talk(PretendClinic(visits=(replace(NEAR, changeable_until=SUNDAY),)))
    assert talk.says("move my visit").asked is Asked.DATE_TIME
    talk.situation = replace(talk.situation, now=SUNDAY + timedelta(minutes=1))
    assert keys(talk.says("tuesday at 11")) == ["refused_too_late"]


@pytest.mark.parametrize(
    ("visit", "why"),
    [
        (replace(NEAR, changeable_until=SUNDAY), None),  # The bound is included, as in the core.
        (NEAR, Refusal.TOO_LATE),
        (replace(NEAR, changeable_until=None), None),  # Written down before that was known.
        (replace(NEAR, starts_at=SUNDAY, changeable_until=SUNDAY), Refusal.BEGUN),
        (replace(NEAR, starts_at=SUNDAY, changeable_until=None), Refusal.BEGUN),
    ],
)
def test_until_when_a_visit_may_be_changed(visit: Visit, why: Refusal | None) -> None:
    assert closed(visit, SITUATION) is why
