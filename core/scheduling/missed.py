"""Visits that a patient missed, or cancelled too late for anybody else: counted over 12 months."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection, bindparam, exists, or_, select

from core.clock import instant
from core.database.types import Instant
from core.errors import IllegalStatusChange, StaffOnly
from core.models import appointment_events, appointments
from core.models.appointments import ActorKind
from core.rules import Rules
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.catalogue import Catalogue
from core.scheduling.history import note
from core.scheduling.statuses import CANCELLED, NO_SHOW

COUNTED = timedelta(days=365)
FORGIVEN = "forgiven"


class Step(IntEnum):
    """What follows from missed visits, the mildest first."""

    NONE = 0
    REMIND = 1  # The patient is told how many.
    APPROVAL = 2  # The clinic approves each booking.
    STAFF_ONLY = 3  # Only staff book.


@dataclass(frozen=True, slots=True)
class Missed:
    count: int

    def step(self, rules: Rules) -> Step:
        """Return what the clinic's rules say of so many; a rule that is 0 says nothing."""
        thresholds = (
            (rules.staff_only_from_missed_visits, Step.STAFF_ONLY),
            (rules.approve_from_missed_visits, Step.APPROVAL),
            (rules.remind_from_missed_visits, Step.REMIND),
        )
        return next((step for at, step in thresholds if 0 < at <= self.count), Step.NONE)


_COUNTED = (
    select(
        appointments.c.location_id,
        appointments.c.status,
        appointments.c.starts_at,
        appointments.c.cancelled_at,
    )
    .where(appointments.c.starts_at > bindparam("since", type_=Instant))
    .where(
        or_(
            appointments.c.status == NO_SHOW,
            (appointments.c.status == CANCELLED)
            & (appointments.c.cancelled_by == ActorKind.PATIENT),
        )
    )
    .where(
        ~exists()
        .where(appointment_events.c.appointment_id == appointments.c.id)
        .where(appointment_events.c.type == FORGIVEN)
    )
)
_MISSED = _COUNTED.where(appointments.c.patient_id == bindparam("patient"))


def missed_visits(
    connection: Connection, patient_id: int, *, catalogue: Catalogue, now: datetime
) -> Missed:
    """Return how many visits of the last 12 months the patient missed without being forgiven."""
    parameters = {"patient": patient_id, "since": instant(now) - COUNTED}
    rows = connection.execute(_MISSED, parameters).all()
    return Missed(sum(_counts(row, catalogue.rules_at(row.location_id)) for row in rows))


def missed_among(
    connection: Connection, patient_ids: Collection[int], *, catalogue: Catalogue, now: datetime
) -> Mapping[int, int]:
    """Return how many visits each of these patients missed so; nobody who missed none."""
    among = _COUNTED.add_columns(appointments.c.patient_id).where(
        appointments.c.patient_id.in_(patient_ids)
    )
    rows = connection.execute(among, {"since": instant(now) - COUNTED})
    return Counter(
        row.patient_id for row in rows if _counts(row, catalogue.rules_at(row.location_id))
    )


def _counts(row: Any, rules: Rules) -> bool:
    if row.status == NO_SHOW:
        return True
    late = row.starts_at - timedelta(hours=rules.late_cancellation_hours)
    return rules.late_cancellation_hours > 0 and row.cancelled_at > late


def forgive(
    connection: Connection, appointment_id: int, *, actor: Actor, now: datetime, why: str
) -> Appointment:
    """Record that a missed visit no longer counts; the visit stays as it is.

    Raises StaffOnly, AppointmentNotFound, and IllegalStatusChange for a visit that was not missed.
    """
    if not actor.is_staff:
        raise StaffOnly("only staff may forgive a missed visit")
    missed = by_id(connection, appointment_id, lock=True)
    if missed.status not in (NO_SHOW, CANCELLED):
        raise IllegalStatusChange("expected a visit that was missed or cancelled")
    note(connection, missed, FORGIVEN, actor=actor, now=instant(now), why=why)
    return missed
