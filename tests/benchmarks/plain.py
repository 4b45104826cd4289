"""The yardstick of search and booking: the least that could do the job, on the same database.

Plain tables with the same visits; a search of three queries and one sweep over SQLAlchemy Core; a
booking that is one lock, one check, one visit and two further rows, with nothing but the driver. No
rules, no zones but one, no seats, no events, no encryption.
"""

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from sqlalchemy import Connection, bindparam
from sqlalchemy.engine import URL

from core.database.connect import LOCK_TIMEOUT_SECONDS, SQLITE_PRAGMAS, Database
from tests.benchmarks.busy_clinic import (
    VISIT_MINUTES,
    WORKDAYS,
    ZONE,
    Extent,
    calendars,
    midnight,
    working_hours,
)

VISIT = VISIT_MINUTES * 60  # Everything here is in seconds since 1970.
LONGEST = 4 * 60 * 60

metadata = sa.MetaData()
_PRIMARY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
plain_practitioners = sa.Table(
    "plain_practitioners", metadata, sa.Column("id", sa.Integer, primary_key=True)
)
plain_hours = sa.Table(
    "plain_hours",
    metadata,
    sa.Column("practitioner_id", sa.Integer, index=True),
    sa.Column("weekday", sa.Integer),
    sa.Column("starts", sa.Integer),  # Minutes of wall time
    sa.Column("ends", sa.Integer),
)
plain_absences = sa.Table(
    "plain_absences",
    metadata,
    sa.Column("practitioner_id", sa.Integer),
    sa.Column("starts_at", sa.BigInteger),
    sa.Column("ends_at", sa.BigInteger),
    sa.Index("plain_absences_ends", "practitioner_id", "ends_at"),
)
plain_visits = sa.Table(
    "plain_visits",
    metadata,
    sa.Column("id", _PRIMARY, primary_key=True),
    sa.Column("practitioner_id", sa.Integer, nullable=False),
    sa.Column("patient_id", sa.Integer),
    sa.Column("starts_at", sa.BigInteger, nullable=False),
    sa.Column("ends_at", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Text, nullable=False, server_default="booked"),
    sa.Index("plain_visits_starts", "practitioner_id", "starts_at"),
)
plain_outbox = sa.Table(
    "plain_outbox",
    metadata,
    sa.Column("id", _PRIMARY, primary_key=True),
    sa.Column("visit_id", sa.BigInteger),
    sa.Column("due_at", sa.BigInteger),
    sa.Column("status", sa.Text),
)

_COPY_VISITS = """INSERT INTO plain_visits (id, practitioner_id, patient_id, starts_at, ends_at)
    SELECT id, practitioner_id, patient_id, {start}, {start} + {length} FROM appointments"""
_POSTGRESQL = (
    """ALTER TABLE plain_visits ADD CONSTRAINT plain_visits_overlap EXCLUDE USING gist (
        practitioner_id WITH =, int8range(starts_at, ends_at) WITH &&) WHERE (status = 'booked')""",
    "SELECT setval(pg_get_serial_sequence('plain_visits', 'id'), max(id)) FROM plain_visits",
)


def fill_plain(database: Database, extent: Extent, today: date) -> None:
    """Copy what `fill` has written into plain tables, as far as they have a place for it."""
    start = "starts_at / 1000000" if database.is_sqlite else "extract(epoch FROM starts_at)"
    numbers = range(1, extent.practitioners + 1)
    with database.transaction() as connection:
        metadata.create_all(connection)
        connection.execute(plain_practitioners.insert(), [{"id": number} for number in numbers])
        connection.execute(plain_hours.insert(), list(_hours(numbers)))
        connection.execute(plain_absences.insert(), list(_absences(extent, today)))
        connection.exec_driver_sql(_COPY_VISITS.format(start=start, length=VISIT))
        for statement in () if database.is_sqlite else _POSTGRESQL:
            connection.exec_driver_sql(statement)
    options = {"isolation_level": "AUTOCOMMIT"}
    with database.engine.connect().execution_options(**options) as connection:
        for table in metadata.tables:
            connection.exec_driver_sql(f"ANALYZE {table}")


def _hours(numbers: Iterable[int]) -> Iterable[dict[str, int]]:
    for number in numbers:
        for weekday in WORKDAYS:
            for starts, ends in working_hours():
                row = {"practitioner_id": number, "weekday": weekday}
                yield row | {"starts": starts, "ends": ends}


def _absences(extent: Extent, today: date) -> Iterable[dict[str, int]]:
    for calendar in calendars(extent, today):
        away, since, until = calendar.away
        stretches = [(day, 0, 24 * 60) for day in calendar.days_off]
        for day, starts, ends in [*stretches, (away, since, until)]:
            row = {"practitioner_id": calendar.number}
            base = midnight(day)
            yield row | {"starts_at": base + starts * 60, "ends_at": base + ends * 60}


_WHOSE: sa.BindParameter[int] = bindparam("practitioner")
_HOURS = sa.select(plain_hours.c.weekday, plain_hours.c.starts, plain_hours.c.ends).where(
    plain_hours.c.practitioner_id == _WHOSE
)
_ABSENCES = sa.select(plain_absences.c.starts_at, plain_absences.c.ends_at).where(
    plain_absences.c.practitioner_id == _WHOSE,
    plain_absences.c.ends_at > bindparam("since"),
    plain_absences.c.starts_at < bindparam("until"),
)
_VISITS = sa.select(plain_visits.c.starts_at, plain_visits.c.ends_at).where(
    plain_visits.c.practitioner_id == _WHOSE,
    plain_visits.c.starts_at > bindparam("reach"),
    plain_visits.c.starts_at < bindparam("until"),
    plain_visits.c.status != "cancelled",
)


def free_starts(
    connection: Connection, practitioner_id: int, first: date, days: int
) -> list[datetime]:
    """Return when a visit could start on the days from `first` on, in the clinic's zone."""
    since, until = midnight(first), midnight(first + timedelta(days=days))
    window = {"practitioner": practitioner_id, "since": since, "until": until}
    hours: dict[int, list[tuple[int, int]]] = {}
    for weekday, starts, ends in connection.execute(_HOURS, {"practitioner": practitioner_id}):
        hours.setdefault(weekday, []).append((starts * 60, ends * 60))
    rows = [tuple(row) for row in connection.execute(_ABSENCES, window)]
    rows += [
        tuple(row)
        for row in connection.execute(
            _VISITS, {"practitioner": practitioner_id, "reach": since - LONGEST, "until": until}
        )
    ]
    return _sweep(hours, sorted(rows), first, days)


def _sweep(
    hours: dict[int, list[tuple[int, int]]], busy: list[tuple[int, ...]], first: date, days: int
) -> list[datetime]:
    """Walk the grid and the busy stretches side by side, both in the order of time."""
    free = []
    index, taken_until = 0, 0
    for day in (first + timedelta(days=number) for number in range(days)):
        stretches = hours.get(day.weekday())
        if not stretches:
            continue
        base = midnight(day)
        for opens, closes in stretches:
            for start in range(base + opens, base + closes - VISIT + 1, VISIT):
                while index < len(busy) and busy[index][0] < start + VISIT:
                    taken_until = max(taken_until, busy[index][1])
                    index += 1
                if taken_until <= start:
                    free.append(datetime.fromtimestamp(start, ZONE))
    return free


class BareDesk(Protocol):
    """One client's own connection, over which it books."""

    def book(self, practitioner_id: int, start: int) -> bool:
        """Book the visit that starts then; False if another one overlaps."""

    def close(self) -> None: ...


def open_bare_desk(url: URL) -> BareDesk:
    return _BareSqlite(url) if url.get_backend_name() == "sqlite" else _BarePostgresql(url)


class _BareSqlite:
    def __init__(self, url: URL) -> None:
        self._connection = sqlite3.connect(
            str(url.database),
            isolation_level=None,
            timeout=LOCK_TIMEOUT_SECONDS * 4,
            check_same_thread=False,
        )
        for pragma in SQLITE_PRAGMAS:  # The same mode as ours, synchronous=FULL above all.
            self._connection.execute(f"PRAGMA {pragma}").close()

    def book(self, practitioner_id: int, start: int) -> bool:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        taken = execute(
            "SELECT 1 FROM plain_visits WHERE practitioner_id = ?1 AND starts_at > ?2 - ?4"
            " AND starts_at < ?3 AND ends_at > ?2 AND status = 'booked' LIMIT 1",
            (practitioner_id, start, start + VISIT, LONGEST),
        ).fetchone()
        if taken:
            execute("ROLLBACK")
            return False
        visit = execute(
            "INSERT INTO plain_visits (practitioner_id, patient_id, starts_at, ends_at)"
            " VALUES (?, 1, ?, ?)",
            (practitioner_id, start, start + VISIT),
        ).lastrowid
        execute(
            "INSERT INTO plain_outbox (visit_id, due_at, status)"
            " VALUES (?1, ?2, 'due'), (?1, ?2, 'due')",
            (visit, start),
        )
        execute("COMMIT")
        return True

    def close(self) -> None:
        self._connection.close()


class _BarePostgresql:
    def __init__(self, url: URL) -> None:
        address = url.set(drivername="postgresql").difference_update_query(["prepare_threshold"])
        self._connection: psycopg.Connection[Any] = psycopg.connect(
            address.render_as_string(hide_password=False), autocommit=True
        )

    def book(self, practitioner_id: int, start: int) -> bool:
        execute = self._connection.execute
        try:
            with self._connection.transaction():
                execute(
                    "SELECT id FROM plain_practitioners WHERE id = %s FOR NO KEY UPDATE",
                    (practitioner_id,),
                )
                row = execute(
                    "INSERT INTO plain_visits (practitioner_id, patient_id, starts_at, ends_at)"
                    " VALUES (%s, 1, %s, %s) RETURNING id",
                    (practitioner_id, start, start + VISIT),
                ).fetchone()
                assert row is not None
                execute(
                    "INSERT INTO plain_outbox (visit_id, due_at, status)"
                    " VALUES (%s, %s, 'due'), (%s, %s, 'due')",
                    (row[0], start, row[0], start),
                )
        except psycopg.errors.ExclusionViolation:
            return False
        return True

    def close(self) -> None:
        self._connection.close()
