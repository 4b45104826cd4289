"""Which coming visits the hours no longer cover, and how that is said without a patient's name."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from sqlalchemy import Connection, delete, update

from core import models
from core.scheduling.stranded import (
    outside_in_words,
    visits_outside_hours,
    visits_without_resource,
    without_resource_in_words,
)
from tests import builders
from tests.builders import NOW, Clinic
from tests.core.scheduling.roster import MONDAY, book


def outside(connection: Connection, **scope: int) -> list[int]:
    return [visit.id for visit in visits_outside_hours(connection, NOW, **scope)]


def _away(connection: Connection, clinic: Clinic) -> None:
    builders.an_absence(connection, clinic.patel_id, MONDAY, starts=time(9), ends=time(10, 1))


def _pause(connection: Connection, clinic: Clinic) -> None:
    builders.a_break(connection, clinic.patel_id, clinic.location_id, time(10, 19), time(10, 30))


def _closed(connection: Connection, clinic: Clinic) -> None:
    builders.a_holiday(connection, clinic.location_id, MONDAY)


def _shorter(connection: Connection, clinic: Clinic) -> None:
    mine = models.schedules.c.practitioner_id == clinic.patel_id
    connection.execute(update(models.schedules).where(mine).values(starts=time(10, 1)))


def _over(connection: Connection, clinic: Clinic) -> None:
    mine = models.schedules.c.practitioner_id == clinic.patel_id
    until = MONDAY - timedelta(days=1)
    connection.execute(update(models.schedules).where(mine).values(valid_to=until))


def _none(connection: Connection, clinic: Clinic) -> None:
    mine = models.schedules.c.practitioner_id == clinic.patel_id
    connection.execute(delete(models.schedules).where(mine))


def _left(connection: Connection, clinic: Clinic) -> None:
    mine = models.practitioners.c.id == clinic.patel_id
    connection.execute(update(models.practitioners).where(mine).values(is_active=False))


def _given_up(connection: Connection, clinic: Clinic) -> None:
    here = models.locations.c.id == clinic.location_id
    connection.execute(update(models.locations).where(here).values(is_active=False))


CHANGES = [_away, _pause, _closed, _shorter, _over, _none, _left, _given_up]


@pytest.mark.parametrize("change", CHANGES)
def test_a_visit_outside_the_hours_is_found(
    clinic: Clinic, connection: Connection, change: Callable[[Connection, Clinic], None]
) -> None:
    visit = book(connection, clinic, 10)
    assert outside(connection) == []
    change(connection, clinic)
    assert outside(connection) == [visit]


def test_what_only_touches_is_no_matter(clinic: Clinic, connection: Connection) -> None:
    book(connection, clinic, 10)
    where = (clinic.patel_id, clinic.location_id)
    builders.an_absence(connection, clinic.patel_id, MONDAY, starts=time(9), ends=time(10))
    builders.a_break(connection, *where, time(10, 20), time(10, 30))
    mine = models.schedules.c.practitioner_id == clinic.patel_id
    connection.execute(update(models.schedules).where(mine).values(starts=time(10)))
    assert outside(connection) == []


def test_only_visits_that_somebody_is_expected_for_count(
    clinic: Clinic, connection: Connection
) -> None:
    builders.a_holiday(connection, clinic.location_id, MONDAY)
    expected = [
        book(connection, clinic, hour, status=status)
        for hour, status in enumerate(("pending", "scheduled", "confirmed", "arrived"), start=9)
    ]
    book(connection, clinic, 13, status="cancelled")
    book(connection, clinic, 14, override_reason="An emergency, Dr Patel agreed.")
    term = NOW + timedelta(minutes=5)
    book(
        connection,
        clinic,
        15,
        status="held",
        hold_expires_at=term,
        conversation_id=clinic.conversation_id,
    )
    book(connection, clinic, 10, starts_at=NOW - timedelta(days=2))
    assert outside(connection) == expected


def test_one_practitioner_s_or_one_location_s_may_be_asked_for(
    clinic: Clinic, connection: Connection
) -> None:
    valley = builders.a_location(connection, "Valley")
    mine = book(connection, clinic, 7)
    at_valley = book(connection, clinic, 10, location_id=valley)
    theirs = book(connection, clinic, 8, practitioner_id=clinic.okafor_id)
    assert outside(connection) == [mine, theirs, at_valley]
    assert outside(connection, practitioner_id=clinic.patel_id) == [mine, at_valley]
    assert outside(connection, location_id=clinic.location_id) == [mine, theirs]
    assert outside(connection, location_id=valley) == [at_valley]


def test_visits_are_measured_by_the_clock_of_their_place(
    clinic: Clinic, connection: Connection
) -> None:
    # Monday, the first day after the clocks went forward: nine o'clock is an hour earlier.
    after = date(2027, 3, 15)
    book(connection, clinic, 9, starts_at=_utc(after, 16))
    early = book(connection, clinic, 9, starts_at=_utc(after, 15))
    assert outside(connection) == [early]


def _utc(day: date, hour: int) -> object:
    return NOW.replace(year=day.year, month=day.month, day=day.day, hour=hour)


def test_they_are_counted_without_a_patient_s_name(clinic: Clinic, connection: Connection) -> None:
    book(connection, clinic, 7)
    book(connection, clinic, 8)
    book(connection, clinic, 8, practitioner_id=clinic.okafor_id)
    assert outside_in_words(connection, visits_outside_hours(connection, NOW)) == [
        "2 coming visits of Dr Anita Patel no longer inside the hours; kept as booked",
        "1 coming visit of Dr Samuel Okafor no longer inside the hours; kept as booked",
    ]
    assert outside_in_words(connection, []) == []


def test_visits_whose_device_has_gone_are_found(clinic: Clinic, connection: Connection) -> None:
    device = builders.a_resource(connection, clinic.location_id)
    visit = book(connection, clinic, 10, resource_id=device)
    book(connection, clinic, 11)
    assert visits_without_resource(connection, NOW) == []
    connection.execute(update(models.resources).values(is_active=False))
    found = visits_without_resource(connection, NOW)
    assert [each.id for each in found] == [visit]
    assert without_resource_in_words(connection, found) == [
        "1 coming visit with Ultrasound 1 (Downtown), which is no longer there; kept as booked"
    ]
