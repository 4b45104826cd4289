"""How much of the time in which somebody could be seen is taken."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from core.models import practitioners
from core.reports.numbers import numbers
from core.reports.period import Period
from core.reports.share import Share
from core.scheduling.loading import load_catalogue
from core.staff.rights import Sphere
from tests.builders import (
    NOW,
    Clinic,
    a_holiday,
    a_location,
    a_practitioner,
    a_schedule,
    an_absence,
)
from tests.core.reports.words import ALL, ROLE, a_visit, counted
from tests.core.scheduling.words import MONDAY

DAY = 7 * 60  # Nine to five, without the break at noon
EACH_OF_TWO = 2


def capacity(connection: Connection, period: Period, **narrowed: Any) -> Share:
    return counted(connection, period=period, **narrowed).capacity


def test_working_minutes_are_schedules_without_breaks(
    clinic: Clinic, connection: Connection
) -> None:
    assert capacity(connection, Period.day(MONDAY)) == Share(0, EACH_OF_TWO * DAY)
    assert capacity(connection, Period.week(MONDAY)) == Share(0, EACH_OF_TWO * 5 * DAY)
    only = capacity(connection, Period.week(MONDAY), practitioner_id=clinic.patel_id)
    assert only == Share(0, 5 * DAY)


def test_absences_and_holidays_are_no_working_time_also_once_they_are_over(
    clinic: Clinic, connection: Connection
) -> None:
    an_absence(connection, clinic.patel_id, MONDAY)
    an_absence(connection, clinic.okafor_id, MONDAY, starts=time(11), ends=time(14))
    a_holiday(connection, clinic.location_id, MONDAY + timedelta(days=1))
    expected = Share(0, 5 * 60 + 3 * EACH_OF_TWO * DAY)
    assert capacity(connection, Period.week(MONDAY)) == expected
    much_later = NOW + timedelta(days=300)
    catalogue = load_catalogue(connection, now=much_later)
    found = numbers(connection, ALL, Period.week(MONDAY), catalogue=catalogue, now=much_later)
    assert found.capacity == expected


def test_whoever_sees_several_at_a_time_has_the_time_of_several(
    clinic: Clinic, connection: Connection
) -> None:
    is_patel = practitioners.c.id == clinic.patel_id
    connection.execute(update(practitioners).where(is_patel).values(capacity=3))
    assert capacity(connection, Period.day(MONDAY)) == Share(0, (3 + 1) * DAY)


def test_a_day_on_which_the_clocks_change_has_the_minutes_that_pass(
    clinic: Clinic, connection: Connection
) -> None:
    nights = a_practitioner(connection, "Moss")
    a_schedule(connection, nights, clinic.location_id, time(0), time(6), weekdays=[6])
    for sunday, hours in ((date(2026, 11, 1), 7), (date(2026, 3, 8), 5), (date(2026, 3, 15), 6)):
        assert capacity(connection, Period.day(sunday)) == Share(0, hours * 60)


@pytest.mark.parametrize(
    ("status", "is_taken"),
    [
        *((status, True) for status in ("pending", "scheduled", "confirmed", "arrived")),
        *((status, True) for status in ("completed", "no_show")),
        *((status, False) for status in ("cancelled", "expired", "entered_in_error")),
    ],
)
def test_what_was_cancelled_or_never_meant_takes_no_time(
    clinic: Clinic, connection: Connection, status: str, is_taken: bool
) -> None:
    a_visit(connection, clinic, "10:00", minutes=50, status=status)
    assert capacity(connection, Period.day(MONDAY)).count == 50 * is_taken


def test_visits_with_whoever_has_no_hours_there_are_no_part_of_it(
    clinic: Clinic, connection: Connection
) -> None:
    harbor = a_location(connection, "Harbor")
    a_visit(connection, clinic, "10:00", location_id=harbor)
    a_visit(connection, clinic, "11:00", minutes=30)
    assert capacity(connection, Period.day(MONDAY)) == Share(30, EACH_OF_TWO * DAY)
    assert capacity(connection, Period.day(MONDAY), location_id=harbor) == Share(0, 0)


def test_only_the_hours_in_a_sphere_count(clinic: Clinic, connection: Connection) -> None:
    harbor = a_location(connection, "Harbor")
    a_schedule(connection, clinic.patel_id, harbor, time(18), time(20))
    monday, patel = Period.day(MONDAY), clinic.patel_id
    for sphere, minutes in (
        (ALL, 2 * DAY + 120),
        (Sphere(ROLE, practitioners=frozenset({patel})), DAY + 120),
        (Sphere(ROLE, locations=frozenset({harbor})), 120),
        (Sphere(ROLE, posts=frozenset({(patel, clinic.location_id)})), DAY),
        (Sphere(ROLE), 0),
    ):
        assert counted(connection, sphere, monday).capacity == Share(0, minutes)
