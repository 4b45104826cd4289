"""What tests of hours have in common: a Monday, visits on it, and a look at rows."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, select

from core import models
from tests import builders
from tests.builders import Clinic

MONDAY = date(2026, 11, 23)
BY: dict[str, Any] = {"actor": "staff 3", "now": builders.NOW}


def rows(connection: Connection, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    query = select(*(table.c[column] for column in columns)).order_by(table.c.id)
    return [tuple(row) for row in connection.execute(query)]


def book(connection: Connection, clinic: Clinic, hour: int, **changes: Any) -> int:
    """Monday, at that hour in San Francisco, with Dr Patel."""
    values: dict[str, Any] = {
        "patient_id": builders.a_patient(connection),
        "practitioner_id": clinic.patel_id,
        "location_id": clinic.location_id,
        "visit_type_id": clinic.visit_type_id,
        "starts_at": datetime.combine(MONDAY, time(hour), ZoneInfo(builders.ZONE)),
    }
    return builders.an_appointment(connection, **values | changes)


def events(connection: Connection) -> list[tuple[Any, ...]]:
    return rows(connection, models.setting_events, "key", "actor", "value_from", "value_to")
