"""The busy clinic's calendars in our own migrated tables, with all their guards in place."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from core.database.connect import Database
from core.models import absences, patients
from core.models.people import Standing
from core.people.names import fold
from tests.benchmarks.busy_clinic import (
    BREAKS,
    CLOSES,
    OPENS,
    PATIENTS_EACH,
    VISIT_MINUTES,
    ZONE,
    Calendar,
    Extent,
    calendars,
    midnight,
    wall_time,
)
from tests.benchmarks.made_up_names import made_up_names
from tests.builders import (
    a_break,
    a_location,
    a_practitioner,
    a_schedule,
    a_specialty,
    a_visit_type,
    an_organization,
)

_SECONDS = 1_000_000  # An instant on SQLite is a number of microseconds.


def fill(database: Database, extent: Extent, today: date, *, newcomers: int = 0) -> range:
    """Set up the clinic and write its calendars, as of that day, into an empty database.

    Practitioners have their calendars' numbers as ids; returns the ids of as many patients without
    a visit as were asked for.
    """
    stamp = datetime.combine(today, time(), UTC)
    known = extent.practitioners * PATIENTS_EACH
    with database.transaction() as connection:
        an_organization(connection)
        location_id = a_location(connection, zone=ZONE.key)
        visit_type_id = a_visit_type(connection)
        _practitioners(connection, extent.practitioners, location_id)
        _patients(connection, known + newcomers, stamp)
        _absences(connection, calendars(extent, today), stamp)
        write = _write_sqlite if database.is_sqlite else _write_postgresql
        visits = _visits(calendars(extent, today))
        write(connection, visits, (location_id, visit_type_id, stamp))
    _analyze(database)
    return range(known + 1, known + newcomers + 1)


def _practitioners(connection: Connection, count: int, location_id: int) -> None:
    specialty_id = a_specialty(connection)
    for number in range(1, count + 1):
        a_practitioner(
            connection,
            f"Number {number}",
            id=number,
            specialty_id=specialty_id,
            slot_minutes=VISIT_MINUTES,
        )
        a_schedule(connection, number, location_id, wall_time(OPENS), wall_time(CLOSES))
        for starts, ends in BREAKS:
            a_break(connection, number, location_id, wall_time(starts), wall_time(ends))


def _patients(connection: Connection, count: int, stamp: datetime) -> None:
    rows = [
        {
            "id": number,
            "public_id": f"patient-{number}",
            "first_name": first_name,
            "last_name": last_name,
            "search_name": fold(f"{first_name} {last_name}"),
            "date_of_birth": date(1940, 1, 1) + timedelta(days=number * 7919 % 30_000),
            "standing": Standing.ACTIVE,
            "created_at": stamp,
            "updated_at": stamp,
        }
        for number, (first_name, last_name) in enumerate(made_up_names(count), 1)
    ]
    connection.execute(insert(patients), rows)


def _absences(connection: Connection, made_up: Iterable[Calendar], stamp: datetime) -> None:
    rows: list[dict[str, Any]] = []
    for calendar in made_up:
        common = {"practitioner_id": calendar.number, "created_at": stamp, "updated_at": stamp}
        whole = common | {"starts": None, "ends": None, "whole_day": True}
        rows += [whole | {"date_from": day, "date_to": day} for day in calendar.days_off]
        day, since, until = calendar.away
        part = common | {"starts": wall_time(since), "ends": wall_time(until), "whole_day": False}
        rows.append(part | {"date_from": day, "date_to": day})
    connection.execute(insert(absences), rows)


# Practitioner, patient, and the second since 1970 at which it starts.
Visit = tuple[int, int, int]


def _visits(made_up: Iterable[Calendar]) -> Iterator[Visit]:
    for calendar in made_up:
        first_patient = (calendar.number - 1) * PATIENTS_EACH + 1
        midnights = {day: midnight(day) for day in {day for day, _ in calendar.visits}}
        for index, (day, minute) in enumerate(calendar.visits):
            patient = first_patient + index % PATIENTS_EACH
            yield calendar.number, patient, midnights[day] + minute * 60


_COLUMNS = """public_id, practitioner_id, patient_id, location_id, visit_type_id, starts_at,
    ends_at, occupied_from, occupied_until, status, booked_through, booked_by, version, created_at,
    updated_at"""
# Nobody has marked the past visits as completed: the most that the indexes may have to hold.
_STATE = "'scheduled', 'phone', 'patient', 1"
Constants = tuple[int, int, datetime]


def _write_sqlite(connection: Connection, visits: Iterator[Visit], constants: Constants) -> None:
    location_id, visit_type_id, stamp = constants
    made_at = int(stamp.timestamp()) * _SECONDS
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.executemany(
        f"""INSERT INTO appointments ({_COLUMNS}) VALUES ('visit-' || ?1, ?2, ?3, {location_id},
            {visit_type_id}, ?4, ?5, ?4, ?5, {_STATE}, {made_at}, {made_at})""",
        (
            (number, practitioner, patient, start * _SECONDS, (start + length) * _SECONDS)
            for length in [VISIT_MINUTES * 60]
            for number, (practitioner, patient, start) in enumerate(visits)
        ),
    )


def _write_postgresql(
    connection: Connection, visits: Iterator[Visit], constants: Constants
) -> None:
    location_id, visit_type_id, stamp = constants
    driver = connection.connection.driver_connection
    assert driver is not None
    cursor = driver.cursor()
    cursor.execute(
        "CREATE TEMPORARY TABLE made_up (practitioner int, patient int, start bigint)"
        " ON COMMIT DROP"
    )
    with cursor.copy("COPY made_up FROM STDIN") as copy:
        for visit in visits:
            copy.write_row(visit)
    cursor.execute(
        f"""INSERT INTO appointments ({_COLUMNS})
            SELECT 'visit-' || row_number() OVER (), practitioner, patient, {location_id},
                {visit_type_id}, to_timestamp(start), to_timestamp(start) + length,
                to_timestamp(start), to_timestamp(start) + length, {_STATE}, %(stamp)s, %(stamp)s
            FROM made_up, make_interval(mins => {VISIT_MINUTES}) AS length""",
        {"stamp": stamp},
    )


def _analyze(database: Database) -> None:
    """PostgreSQL's own housekeeping would do so a while later; SQLite has none, and none here."""
    if not database.is_sqlite:
        options = {"isolation_level": "AUTOCOMMIT"}
        with database.engine.connect().execution_options(**options) as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
