"""Looking for slots at the counter: in a row, at some ages, as usual, on both sides of a wish."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Near, Refusal, SearchWindow, Slot
from bot.reception import Reception
from bot.reception.finding import in_a_row
from core.models import specialties
from core.scheduling.availability import Slot as FreeSlot
from tests.bot.counter import (
    TUESDAY_TEN,
    a_slot,
    booked,
    counter,
    found,
    looked_for,
    prove,
    refusal,
    registered,
    seen,
)
from tests.builders import Clinic, an_absence

TUESDAY = TUESDAY_TEN.date()
AT_TEN = SearchWindow(TUESDAY, TUESDAY, 600, 601)
LENGTH = timedelta(minutes=20)


def children_only(connection: Connection) -> None:
    connection.execute(update(specialties).values(age_until=17))


# In a row.


def free(*minutes: int, practitioner: int = 1) -> list[FreeSlot]:
    starts = (TUESDAY_TEN + timedelta(minutes=each) for each in minutes)
    return [FreeSlot(practitioner, 1, 1, start, start + LENGTH) for start in starts]


def test_a_row_is_of_one_practitioner_and_without_a_long_wait() -> None:
    slots = [*free(0, 20, 80), *free(40, practitioner=2)]
    assert in_a_row(slots, 2) == [free(0, 20)]
    assert in_a_row(free(0, 20, 40, 60), 3) == [free(0, 20, 40), free(20, 40, 60)]


def test_a_few_minutes_between_two_are_no_long_wait() -> None:
    assert in_a_row(free(0, 30), 2) == [free(0, 30)]
    assert in_a_row(free(0, 40), 2) == []


def test_only_the_first_of_a_row_begins_at_the_wished_hour(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection)
    outcome = looked_for(reception, practitioner=clinic.patel_id, windows=(AT_TEN,), in_a_row=2)
    assert isinstance(outcome, told.SlotsFound)
    assert outcome.slots == (a_slot(clinic),)
    assert outcome.following == ((a_slot(clinic, TUESDAY_TEN + LENGTH),),)


def test_a_time_with_nothing_after_it_is_no_answer(clinic: Clinic, connection: Connection) -> None:
    reception = counter(connection)
    patient = registered(reception)
    booked(reception, a_slot(clinic, TUESDAY_TEN + LENGTH), patient)
    wish: dict[str, Any] = {"practitioner": clinic.patel_id, "windows": (AT_TEN,)}
    outcome = looked_for(reception, in_a_row=2, **wish)
    assert isinstance(outcome, told.SlotsFound)
    assert not outcome.exact
    assert all(len(others) == 1 for others in outcome.following)
    assert found(looked_for(reception, **wish))  # Alone it would do.


# Ages.


def test_an_adult_does_not_get_the_childrens_doctor(clinic: Clinic, connection: Connection) -> None:
    children_only(connection)
    reception = counter(connection)
    patient = registered(reception)
    wish: dict[str, Any] = {"practitioner": clinic.patel_id}
    assert refusal(looked_for(reception, patient, **wish)) is Refusal.SEES_OTHER_AGES
    hold = reception.perform(ask.HoldSlot(a_slot(clinic), patient))
    assert refusal(hold) is Refusal.SEES_OTHER_AGES
    book = reception.perform(ask.BookVisit(a_slot(clinic), patient))
    assert refusal(book) is Refusal.SEES_OTHER_AGES


def test_nor_by_moving_a_visit_to_them(clinic: Clinic, connection: Connection) -> None:
    reception = counter(connection)
    visit = booked(reception, a_slot(clinic), registered(reception))
    children_only(connection)
    reception = counter(connection)
    other = a_slot(clinic, TUESDAY_TEN + 2 * LENGTH, practitioner=clinic.okafor_id)
    assert refusal(reception.perform(ask.MoveVisit(visit, other))) is Refusal.SEES_OTHER_AGES
    assert (
        refusal(reception.perform(ask.HoldSlot(other, visit.patient, visit)))
        is Refusal.SEES_OTHER_AGES
    )
    same = a_slot(clinic, TUESDAY_TEN + 2 * LENGTH)  # Who has seen them so far goes on.
    assert isinstance(reception.perform(ask.MoveVisit(visit, same)), told.VisitMoved)


def test_of_somebody_unknown_nothing_is_said(clinic: Clinic, connection: Connection) -> None:
    children_only(connection)
    assert found(looked_for(counter(connection), practitioner=clinic.patel_id))


# The usual.


def last(
    reception: Reception, patient: int | None = None, specialty: str | None = None
) -> Slot | None:
    outcome = reception.perform(ask.FindUsual(patient, specialty))
    assert isinstance(outcome, told.UsualFound)
    return outcome.last


def test_the_usual_is_the_last_visit_there_was(clinic: Clinic, connection: Connection) -> None:
    seen(connection, clinic, 60, practitioner_id=clinic.patel_id)
    seen(connection, clinic, 30)
    reception = counter(connection)
    patient = registered(reception)
    prove(connection, patient)
    reception.insight.forget()
    usual = last(reception, patient)
    assert usual is not None
    assert usual.practitioner == clinic.okafor_id
    assert last(reception) == usual
    assert last(reception, patient, "general_practice") == usual


def test_who_merely_says_who_they_are_learns_nothing_of_it(
    clinic: Clinic, connection: Connection
) -> None:
    seen(connection, clinic)
    reception = counter(connection)
    patient = registered(reception)
    assert last(reception, patient) is None


def test_a_visit_that_did_not_take_place_is_no_usual(
    clinic: Clinic, connection: Connection
) -> None:
    seen(connection, clinic, status="no_show")
    reception = counter(connection)
    patient = registered(reception)
    prove(connection, patient)
    reception.insight.forget()
    assert last(reception, patient) is None


# Near misses.


@pytest.mark.parametrize("day", [TUESDAY, TUESDAY + timedelta(days=2)])
def test_near_misses_lie_on_both_sides(clinic: Clinic, connection: Connection, day: date) -> None:
    an_absence(connection, clinic.patel_id, day)
    outcome = looked_for(
        counter(connection),
        practitioner=clinic.patel_id,
        windows=(SearchWindow(day, day),),
        near=Near(day, None),
    )
    assert isinstance(outcome, told.SlotsFound)
    assert not outcome.exact
    days = {slot.starts_at.date() for slot in outcome.slots}
    assert min(days) < day < max(days)


def test_only_what_fits_is_given_where_only_that_is_wanted(
    clinic: Clinic, connection: Connection
) -> None:
    an_absence(connection, clinic.patel_id, TUESDAY)
    wish: dict[str, Any] = {
        "practitioner": clinic.patel_id,
        "windows": (AT_TEN,),
        "near": Near(TUESDAY, 600),
    }
    assert found(looked_for(counter(connection), exactly=True, **wish)) == ()
    assert found(looked_for(counter(connection), **wish))


def test_whoever_is_not_wanted_is_not_found(clinic: Clinic, connection: Connection) -> None:
    slots = found(looked_for(counter(connection), not_practitioners=(clinic.patel_id,)))
    assert {slot.practitioner for slot in slots} == {clinic.okafor_id}
