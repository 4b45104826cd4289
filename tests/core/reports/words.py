"""What the tests of this room say often: who asks, what is counted, for whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core.models.staff import Role
from core.reports.numbers import Numbers, numbers
from core.reports.period import Period
from core.staff.rights import Sphere
from tests.builders import NOW, Clinic, a_patient, an_appointment
from tests.core.scheduling.words import MONDAY, at, offered

ROLE = Role.ADMIN
ALL = Sphere(ROLE, everywhere=True)
WEEK = Period.week(MONDAY)


def counted(
    connection: Connection,
    sphere: Sphere = ALL,
    period: Period = WEEK,
    now: datetime = NOW,
    *,
    practitioner_id: int | None = None,
    location_id: int | None = None,
) -> Numbers:
    """All of the clinic in the week from Monday on, unless it says otherwise."""
    return numbers(
        connection,
        sphere,
        period,
        catalogue=offered(connection),
        now=now,
        practitioner_id=practitioner_id,
        location_id=location_id,
    )


def a_visit(connection: Connection, clinic: Clinic, text: str = "10:00", **changes: Any) -> int:
    """On Monday with Dr Patel, of somebody new, unless it says otherwise."""
    values: dict[str, Any] = {
        "practitioner_id": clinic.patel_id,
        "location_id": clinic.location_id,
        "visit_type_id": clinic.visit_type_id,
        "patient_id": a_patient(connection, "Ana"),
        "starts_at": at(text),
    }
    return an_appointment(connection, **values | changes)
