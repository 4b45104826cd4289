"""Days on the wall of each place: the database numbers them as a clock on that wall does."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from core.clock import instant
from core.models import appointments
from core.scheduling.local_days import LocalDays, local_days
from tests.builders import ZONE, Clinic, a_location, a_practitioner, an_appointment
from tests.core.scheduling.words import MONDAY

# In the first days the clocks change in San Francisco, in the next in Sydney, in the last nowhere.
FIRST_DAYS = (date(2026, 10, 30), date(2026, 10, 2), MONDAY)
SYDNEY, KOLKATA = "Australia/Sydney", "Asia/Kolkata"
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def zones(clinic: Clinic, connection: Connection) -> dict[int, ZoneInfo]:
    """Four places, of which two have the same clock."""
    found = {clinic.location_id: ZoneInfo(ZONE)}
    for name, zone in (("Sydney", SYDNEY), ("Kolkata", KOLKATA), ("Harbor", ZONE)):
        found[a_location(connection, name, zone=zone)] = ZoneInfo(zone)
    return found


def numbered(connection: Connection, days: LocalDays) -> dict[int, int]:
    rows = connection.execute(
        select(appointments.c.id, days.number_of().label("number")).where(days.contain())
    )
    return {row.id: row.number for row in rows}


@pytest.mark.parametrize("first", FIRST_DAYS)
@pytest.mark.parametrize("count", [1, 2, 5, 7])
def test_each_visit_is_of_the_day_that_the_clock_there_shows(
    clinic: Clinic, connection: Connection, zones: dict[int, ZoneInfo], first: date, count: int
) -> None:
    expected: dict[int, int] = {}
    for location_id, zone in zones.items():
        doctor = a_practitioner(connection, f"Moss {location_id}")
        for number in range(-1, count + 1):
            midnight = instant(datetime.combine(first + timedelta(days=number), time(), zone))
            for starts_at in (midnight - HALF_HOUR, midnight, midnight + HALF_HOUR):
                visit = an_appointment(
                    connection,
                    patient_id=None,
                    status="expired",
                    practitioner_id=doctor,
                    location_id=location_id,
                    visit_type_id=clinic.visit_type_id,
                    starts_at=starts_at,
                )
                day = (starts_at.astimezone(zone).date() - first).days
                expected |= {visit: day} if 0 <= day < count else {}
    days = local_days(connection, first, count)
    assert numbered(connection, days) == expected
    assert len(expected) == 4 * 3 * count  # Two after each midnight, one before the next
    assert dict(days.zones) == zones
    begins = instant(datetime.combine(first, time(), ZoneInfo(ZONE)))
    assert days.bounds(clinic.location_id)[0] == begins
    within = connection.scalars(
        select(appointments.c.id).where(days.may_contain(appointments.c.starts_at))
    )
    assert expected.keys() <= set(within)


def test_only_the_places_that_were_asked_for_are_looked_at(
    clinic: Clinic, connection: Connection, zones: dict[int, ZoneInfo]
) -> None:
    sydney = next(place for place, zone in zones.items() if zone.key == SYDNEY)
    days = local_days(connection, MONDAY, 1, location_ids=[sydney])
    assert dict(days.zones) == {sydney: ZoneInfo(SYDNEY)}
    noon = instant(datetime.combine(MONDAY, time(12), ZoneInfo(SYDNEY)))
    visits = [
        an_appointment(
            connection,
            patient_id=None,
            status="expired",
            practitioner_id=clinic.patel_id,
            location_id=place,
            visit_type_id=clinic.visit_type_id,
            starts_at=noon,
        )
        for place in (sydney, clinic.location_id)
    ]
    assert numbered(connection, days) == {visits[0]: 0}
    nowhere = local_days(connection, MONDAY, 1, location_ids=[])
    assert connection.scalars(select(appointments.c.id).where(nowhere.contain())).all() == []


def test_the_clinics_first_place_comes_first(clinic: Clinic, connection: Connection) -> None:
    first = a_location(connection, "Sydney", zone=SYDNEY, position=-1)
    assert list(local_days(connection, MONDAY, 1).zones) == [first, clinic.location_id]
