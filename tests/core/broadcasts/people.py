"""Patients with phones, and a broadcast to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core.broadcasts import keeping
from core.broadcasts.group import Filter, Group
from core.broadcasts.keeping import Broadcast
from core.broadcasts.reach import Reach, reach
from core.models.broadcasts import BroadcastPurpose
from core.models.staff import Role
from core.staff.rights import Sphere
from tests.builders import Clinic, a_colleague, a_link, a_patient, an_address, an_appointment
from tests.core.scheduling.words import MONDAY, at

CARE, OPERATION = BroadcastPurpose.CARE, BroadcastPurpose.OPERATION
MARKETING = BroadcastPurpose.MARKETING
WHOLE = Sphere(Role.ADMIN, everywhere=True)
MORNING = at("10:00")
EVERYBODY = Filter(Group(), WHOLE)


def somebody(
    connection: Connection, name: str = "Nora", *, channel: str = "sms", **changes: Any
) -> tuple[int, int]:
    """A patient and their phone."""
    address_id = an_address(connection, channel, **changes.pop("phone", {}))
    patient_id = a_patient(connection, name, **changes)
    a_link(connection, patient_id, address_id)
    return patient_id, address_id


def a_visit(connection: Connection, clinic: Clinic, patient_id: int, **changes: Any) -> int:
    values: dict[str, Any] = {
        "patient_id": patient_id,
        "practitioner_id": clinic.patel_id,
        "location_id": clinic.location_id,
        "visit_type_id": clinic.visit_type_id,
        "starts_at": at("10:00", MONDAY),
    }
    return an_appointment(connection, **(values | changes))


def reached(
    connection: Connection,
    group: Group | None = None,
    purpose: BroadcastPurpose = CARE,
    *,
    sphere: Sphere = WHOLE,
    now: datetime = MORNING,
    **more: Any,
) -> Reach:
    return reach(connection, Filter(group or Group(), sphere), purpose, now, **more)


def whom(found: Reach) -> list[int]:
    return sorted(way.patient_id for way in found.ways)


def a_broadcast(
    connection: Connection,
    meant: Filter = EVERYBODY,
    purpose: BroadcastPurpose = OPERATION,
    text: str = "We are closed on Friday.",
) -> Broadcast:
    staff_id = a_colleague(connection, "anna", None, address_id=None)
    return keeping.draft(connection, meant, text, staff_id=staff_id, purpose=purpose, now=MORNING)


def agreed(
    connection: Connection,
    meant: Filter = EVERYBODY,
    purpose: BroadcastPurpose = OPERATION,
    *,
    now: datetime = MORNING,
) -> int:
    """One that is to go out at once."""
    made = a_broadcast(connection, meant, purpose)
    ways = reach(connection, meant, purpose, now).ways
    keeping.agree(connection, made.id, ways, starts_at=now, now=now)
    return made.id
