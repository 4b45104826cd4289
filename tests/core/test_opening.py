"""When a place is open: its wall time, its holidays, its clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from core.opening import OpeningHours, load_opening_hours
from core.scheduling.week import END_OF_DAY, Stretch
from tests.builders import NOW, Clinic, a_holiday, a_location

WEEKDAYS = range(5)
ZONE = ZoneInfo("America/Los_Angeles")
DAY = (Stretch(time(9), time(12)), Stretch(time(13), time(17)))
HOURS = OpeningHours(ZONE, dict.fromkeys(WEEKDAYS, DAY))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T08:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T12:00", False),
        ("2026-11-23T16:59", True),
        ("2026-11-23T17:00", False),
        ("2026-11-22T10:00", False),
    ],
)
def test_a_place_is_open_in_its_own_wall_time(moment: str, is_open: bool) -> None:
    assert HOURS.is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-20T18:00", "2026-11-23T09:00"),
        ("2026-11-23T08:00", "2026-11-23T09:00"),
        ("2026-11-23T12:30", "2026-11-23T13:00"),
        ("2026-11-23T09:00", "2026-11-23T13:00"),
    ],
)
def test_the_next_opening_is_the_next_time_that_doors_open(moment: str, opens: str) -> None:
    assert HOURS.next_opening(at(moment)) == at(opens)


def test_a_holiday_is_closed_though_the_weekday_is_not() -> None:
    closed = OpeningHours(ZONE, HOURS.week, frozenset({date(2026, 11, 26)}))
    assert not closed.is_open(at("2026-11-26T10:00"))
    assert closed.next_opening(at("2026-11-25T18:00")) == at("2026-11-27T09:00")
    assert HOURS.is_open(at("2026-11-26T10:00"))  # The control.


def test_a_place_closes_when_its_last_stretch_of_the_day_ends() -> None:
    assert HOURS.closes(at("2026-11-23T10:00")) == at("2026-11-23T17:00")
    assert HOURS.closes(at("2026-11-23T12:30")) == at("2026-11-23T17:00")
    assert HOURS.closes(at("2026-11-23T17:00")) is None


def test_only_open_minutes_count() -> None:
    assert HOURS.open_between(at("2026-11-23T11:50"), at("2026-11-23T13:05")) == timedelta(
        minutes=15
    )
    assert HOURS.open_between(at("2026-11-20T16:55"), at("2026-11-23T09:05")) == timedelta(
        minutes=10
    )
    assert HOURS.open_between(at("2026-11-23T10:00"), at("2026-11-23T10:00")) == timedelta()


def test_the_night_of_a_clock_change_is_as_long_as_it_is() -> None:
    always = OpeningHours(ZONE, dict.fromkeys(range(7), (Stretch(time(), END_OF_DAY),)))
    assert always.open_between(at("2026-11-01T00:00"), at("2026-11-02T00:00")) == timedelta(
        hours=25
    )
    assert always.is_open(at("2026-11-01T23:59"))


def test_a_place_without_hours_is_known_never_to_open() -> None:
    nothing = OpeningHours(ZONE, {})
    assert not nothing.are_known
    assert not nothing.is_open(NOW)
    assert nothing.next_opening(NOW) is None


def test_hours_and_holidays_are_those_of_the_place(clinic: Clinic, connection: Connection) -> None:
    phoenix = a_location(
        connection, "Phoenix", zone="America/Phoenix", opening_hours='{"mon": [["08:00", "12:00"]]}'
    )
    a_holiday(connection, phoenix, date(2026, 11, 23))
    hours = load_opening_hours(connection, phoenix, NOW)
    assert hours.zone.key == "America/Phoenix"
    assert hours.next_opening(NOW) == datetime(2026, 11, 30, 15, tzinfo=UTC)
    first = load_opening_hours(connection, None, NOW)
    assert first == load_opening_hours(connection, clinic.location_id, NOW)
    assert not first.are_known
