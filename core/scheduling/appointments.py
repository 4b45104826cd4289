"""Appointments as values, and how they are looked up."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, bindparam, exists, select

from core.clock import instant
from core.database.types import Instant
from core.errors import AppointmentNotFound, ReasonMissing
from core.models import appointments, new_public_id, patient_addresses
from core.models.appointments import ActorKind, AppointmentStatus
from core.scheduling.search import Slot
from core.scheduling.statuses import COMPLETED, OPEN


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a patient's address, a member of staff, or the clinic's own clockwork."""

    kind: ActorKind
    id: int | None
    channel: str

    @classmethod
    def patient(cls, address_id: int, channel: str) -> Self:
        """Whoever writes from that address."""
        return cls(ActorKind.PATIENT, address_id, channel)

    @property
    def is_staff(self) -> bool:
        return self.kind in (ActorKind.PRACTITIONER, ActorKind.ADMIN)


SYSTEM = Actor(ActorKind.SYSTEM, None, "system")


@dataclass(frozen=True, slots=True)
class Untold:
    """Why the patient is not told of what staff do to a visit: they have been called, or have died.
    Raises ReasonMissing where no reason is given."""

    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ReasonMissing("expected why the patient is not told, got no reason")


@dataclass(frozen=True, slots=True)
class Appointment:
    """A row of `appointments`, without its encrypted texts."""

    id: int
    public_id: str
    patient_id: int | None
    practitioner_id: int
    location_id: int
    visit_type_id: int
    starts_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    version: int
    booked_by_address_id: int | None
    moved_from: datetime | None
    hold_expires_at: datetime | None
    conversation_id: int | None
    moves_id: int | None
    seat: int
    occupied_from: datetime
    occupied_until: datetime
    resource_id: int | None
    is_confidential: bool = False  # Absent from what relatives see and are told.


def draft(
    slot: Slot,
    status: AppointmentStatus,
    *,
    seat: int,
    occupied: tuple[datetime, datetime],
    patient_id: int | None,
    conversation_id: int | None,
    booked_by_address_id: int | None = None,
    hold_expires_at: datetime | None = None,
    moves_id: int | None = None,
    resource_id: int | None = None,
    is_confidential: bool = False,
) -> Appointment:
    """Return an appointment that is not stored yet (its id is 0)."""
    return Appointment(
        id=0,
        public_id=new_public_id(),
        patient_id=patient_id,
        practitioner_id=slot.practitioner_id,
        location_id=slot.location_id,
        visit_type_id=slot.visit_type_id,
        starts_at=instant(slot.starts_at),
        ends_at=instant(slot.ends_at),
        status=status,
        version=1,
        booked_by_address_id=booked_by_address_id,
        moved_from=None,
        hold_expires_at=hold_expires_at,
        conversation_id=conversation_id,
        moves_id=moves_id,
        seat=seat,
        occupied_from=occupied[0],
        occupied_until=occupied[1],
        resource_id=resource_id,
        is_confidential=is_confidential,
    )


COLUMNS = [appointments.c[name] for name in Appointment.__dataclass_fields__]
_STATUS = list(Appointment.__dataclass_fields__).index("status")
_STATUSES = {status.value: status for status in AppointmentStatus}


def from_row(row: Sequence[Any]) -> Appointment:
    """Return the appointment in a row of COLUMNS."""
    values = list(row)
    values[_STATUS] = _STATUSES[values[_STATUS]]
    return Appointment(*values)


_BY_PUBLIC_ID = select(*COLUMNS).where(appointments.c.public_id == bindparam("public_id"))
_BY_ID = select(*COLUMNS).where(appointments.c.id == bindparam("id"))
_BY_ID_LOCKED = _BY_ID.with_for_update(key_share=True)


def get(connection: Connection, public_id: str) -> Appointment:
    """Return the appointment of that name, whatever its status; raises AppointmentNotFound."""
    row = connection.execute(_BY_PUBLIC_ID, {"public_id": public_id}).first()
    if row is None:
        raise AppointmentNotFound("no appointment has that name")
    return from_row(row)


def by_id(connection: Connection, appointment_id: int, *, lock: bool = False) -> Appointment:
    """Return the appointment, locked against changes if asked; raises AppointmentNotFound."""
    statement = _BY_ID_LOCKED if lock else _BY_ID
    row = connection.execute(statement, {"id": appointment_id}).first()
    if row is None:
        raise AppointmentNotFound("no appointment has that id")
    return from_row(row)


_UPCOMING = (
    select(*COLUMNS)
    .where(appointments.c.patient_id.in_(bindparam("patients", expanding=True)))
    .where(appointments.c.status.in_(OPEN))
    .where(appointments.c.ends_at > bindparam("now", type_=Instant))
    .order_by(appointments.c.starts_at, appointments.c.id)
)
# What was booked there while an earlier link held is nothing to whoever is there now.
_BOOKED_BY = (
    appointments.c.booked_by_address_id == bindparam("address"),
    exists().where(
        patient_addresses.c.patient_id == appointments.c.patient_id,
        patient_addresses.c.address_id == bindparam("address"),
        patient_addresses.c.since <= appointments.c.created_at,
    ),
)
_UPCOMING_BOOKED_BY = _UPCOMING.where(*_BOOKED_BY)
# Not every clinic marks who came: a visit that was not cancelled or missed took place.
_LATEST = (
    select(*COLUMNS)
    .where(
        appointments.c.patient_id.in_(bindparam("patients", expanding=True)),
        appointments.c.status.in_((*OPEN, COMPLETED)),
        appointments.c.starts_at <= bindparam("now", type_=Instant),
    )
    .order_by(appointments.c.starts_at.desc())
    .limit(10)
)
_LATEST_BOOKED_BY = _LATEST.where(*_BOOKED_BY)


def upcoming(
    connection: Connection,
    *,
    patient_ids: Collection[int],
    now: datetime,
    booked_by_address_id: int | None = None,
) -> list[Appointment]:
    """Return the visits of these patients that are not over yet, the next one first; with an
    address, only those that it booked itself (all that a `claimed` address may see)."""
    parameters = {"patients": list(patient_ids), "now": instant(now)}
    if booked_by_address_id is None:
        rows = connection.execute(_UPCOMING, parameters)
    else:
        rows = connection.execute(
            _UPCOMING_BOOKED_BY, parameters | {"address": booked_by_address_id}
        )
    return [from_row(row) for row in rows]


def latest(
    connection: Connection,
    *,
    patient_ids: Collection[int],
    now: datetime,
    booked_by_address_id: int | None = None,
) -> list[Appointment]:
    """Return the last few visits of these patients that have begun, the last one first; with an
    address, only those that it booked itself."""
    parameters: dict[str, Any] = {"patients": list(patient_ids), "now": instant(now)}
    query = _LATEST
    if booked_by_address_id is not None:
        query = _LATEST_BOOKED_BY
        parameters["address"] = booked_by_address_id
    return [from_row(row) for row in connection.execute(query, parameters)]
