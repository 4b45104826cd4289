"""Rows of `appointments` as anybody with the password may write them: plain SQL, and nothing of
ours between."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.database.guards import PATIENT_BUSY, RESOURCE_TAKEN, SLOT_TAKEN, violated_guard
from core.database.types import to_microseconds
from tests.builders import NOW, Clinic, a_conversation, a_patient
from tests.core.scheduling.words import AFTER_THE_TERM

# What two visits at one time may not share, and what refuses them.
SHARED = {SLOT_TAKEN: "practitioner_id", PATIENT_BUSY: "patient_id", RESOURCE_TAKEN: "resource_id"}


@dataclass(frozen=True, slots=True)
class Sql:
    """An expression, written as it stands."""

    text: str


Value = str | int | datetime | Sql | None
Row = Mapping[str, Value]
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Scene:
    """Two practitioners, two patients and two rooms."""

    connection: Connection
    clinic: Clinic
    patients: tuple[int, int]
    rooms: tuple[int, int]

    def visit(self, starts_at: datetime, minutes: int = 20, /, **columns: Value) -> Row:
        """A visit of the first three."""
        ends_at = starts_at + timedelta(minutes=minutes)
        row: dict[str, Value] = {
            "public_id": f"visit {next(_numbers)}",
            "patient_id": self.patients[0],
            "practitioner_id": self.clinic.patel_id,
            "resource_id": self.rooms[0],
            "location_id": self.clinic.location_id,
            "visit_type_id": self.clinic.visit_type_id,
            "starts_at": starts_at,
            "ends_at": ends_at,
            "occupied_from": starts_at,
            "occupied_until": ends_at,
            "status": "scheduled",
            "booked_through": "sms",
            "booked_by": "patient",
            "version": 1,
            "created_at": NOW,
            "updated_at": NOW,
        }
        return {**row, **self._term(columns), **columns}

    def other(
        self,
        starts_at: datetime,
        minutes: int = 20,
        /,
        *,
        shares: str | None = None,
        **columns: Value,
    ) -> Row:
        """A visit of the second three, but for what it shares with the first."""
        others = {
            "patient_id": self.patients[1],
            "practitioner_id": self.clinic.okafor_id,
            "resource_id": self.rooms[1],
        }
        own = {name: value for name, value in others.items() if name != shares}
        return self.visit(starts_at, minutes, **{**own, **columns})

    def _term(self, columns: Row) -> Row:
        if columns.get("status") != "held":
            return {}
        return {
            "hold_expires_at": AFTER_THE_TERM,
            "conversation_id": a_conversation(self.connection),
        }

    def insert(self, *rows: Row, how: str = "INSERT", otherwise: str = "") -> None:
        """Write the rows, which have the same columns, in one statement."""
        values = ", ".join(
            f"({', '.join(_literal(self.connection, value) for value in row.values())})"
            for row in rows
        )
        names = ", ".join(rows[0])
        self.write(f"{how} INTO appointments ({names}) VALUES {values} {otherwise}")

    def update(self, *rows: Row, **columns: Value) -> None:
        """Change the rows in one statement."""
        values = ", ".join(
            f"{name} = {_literal(self.connection, value)}" for name, value in columns.items()
        )
        names = ", ".join(f"'{row['public_id']}'" for row in rows)
        self.write(f"UPDATE appointments SET {values} WHERE public_id IN ({names})")

    def write(self, statement: str) -> None:
        self.connection.exec_driver_sql(statement)

    def count(self) -> int:
        return int(
            self.connection.exec_driver_sql("SELECT count(*) FROM appointments").scalar_one()
        )

    @contextmanager
    def refused(self, *names: str) -> Iterator[None]:
        """What is written inside is refused under one of these names, and nothing has changed."""
        before = self.count()
        with pytest.raises(DBAPIError) as caught, self.connection.begin_nested():
            yield
        assert _name(caught.value) in names
        assert self.count() == before


def a_scene(connection: Connection, clinic: Clinic) -> Scene:
    rooms = [
        connection.exec_driver_sql(
            "INSERT INTO resources (location_id, kind, name, is_active, created_at, updated_at)"
            f" VALUES ({clinic.location_id}, 'room', 'Room {number}', true, {now}, {now})"
            " RETURNING id"
        ).scalar_one()
        for number in (1, 2)
        for now in [_literal(connection, NOW)]
    ]
    return Scene(
        connection, clinic, (clinic.patient_id, a_patient(connection, "Omar")), (rooms[0], rooms[1])
    )


def _literal(connection: Connection, value: Value) -> str:
    match value:
        case None:
            return "NULL"
        case Sql():
            return value.text
        case datetime():
            is_sqlite = connection.dialect.name == "sqlite"
            return str(to_microseconds(value)) if is_sqlite else f"'{value.isoformat()}'"
        case str():
            return f"'{value}'"
        case _:
            return str(value)


def _name(error: DBAPIError) -> str:
    """Return what refused the row: a guard, a constraint, or the code of what else was wrong."""
    name = violated_guard(error) if isinstance(error, IntegrityError) else None
    if name is not None:
        return name
    sqlstate: str | None = getattr(error.orig, "sqlstate", None)
    return sqlstate or str(error.orig).rpartition(": ")[2]


@contextmanager
def without(connection: Connection, *names: str) -> Iterator[None]:
    """Inside, these guards and checks are gone. Afterwards they are back, and what was written
    meanwhile is not."""
    part = connection.begin_nested()
    for name in names:
        _drop(connection, name)
    try:
        yield
    finally:
        part.rollback()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


def _drop(connection: Connection, name: str) -> None:
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"ALTER TABLE appointments DROP CONSTRAINT {name}")
    elif name.startswith("ck_"):
        # There, a table's checks can't be dropped, only all of them ignored.
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
    else:
        for moment in ("insert", "update"):
            connection.exec_driver_sql(f"DROP TRIGGER {name}_{moment}")
