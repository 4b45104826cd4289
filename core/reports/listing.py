"""The visits of some days one by one, as they go into a file."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from core.models import appointments, patients
from core.people.restricted import is_restricted
from core.reports.selection import Selection
from core.reports.visits import COUNTED


@dataclass(frozen=True, slots=True)
class ListedVisit:
    """`is_restricted`: whose record it is not everybody sees."""

    id: int
    public_id: str
    status: str
    starts_at: datetime
    ends_at: datetime
    practitioner_id: int
    location_id: int
    visit_type_id: int
    booked_through: str
    booked_at: datetime
    cancelled_by: str | None
    patient_id: int
    first_name: str
    last_name: str
    is_restricted: bool


def list_visits(connection: Connection, chosen: Selection, limit: int) -> list[ListedVisit]:
    """Return the visits that a report of those days counts, the earliest first, at most so many."""
    rows = connection.execute(
        select(
            appointments.c.id,
            appointments.c.public_id,
            appointments.c.status,
            appointments.c.starts_at,
            appointments.c.ends_at,
            appointments.c.practitioner_id,
            appointments.c.location_id,
            appointments.c.visit_type_id,
            appointments.c.booked_through,
            appointments.c.created_at.label("booked_at"),
            appointments.c.cancelled_by,
            appointments.c.patient_id,
            patients.c.first_name,
            patients.c.last_name,
            is_restricted().label("is_restricted"),
        )
        .join(patients, patients.c.id == appointments.c.patient_id)
        .where(chosen.days.contain(), chosen.among(), appointments.c.status.in_(COUNTED))
        .order_by(appointments.c.starts_at, appointments.c.id)
        .limit(limit)
    )
    return [ListedVisit(**row) for row in rows.mappings()]
