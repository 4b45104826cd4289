"""How a visit goes on once it is booked: approved, confirmed, arrived, completed, missed."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from core.clock import instant
from core.database.guards import lock_calendars
from core.errors import IllegalStatusChange, StaffOnly
from core.models.appointments import AppointmentStatus
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.history import change
from core.scheduling.holds import make_way
from core.scheduling.looking import look
from core.scheduling.moving import lock_at
from core.scheduling.statuses import (
    ARRIVED,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    ENTERED_IN_ERROR,
    NO_SHOW,
    PENDING,
    SCHEDULED,
    require_change,
)
from core.scheduling.whole import all_or_nothing

# Each with the name of its event. What gives a visit another time, or frees it, has a function of
# its own in `booking`, `moving` and `undoing`.
_EVENTS: Mapping[AppointmentStatus, str] = {
    SCHEDULED: "approved",
    CONFIRMED: "confirmed",
    ARRIVED: "arrived",
    COMPLETED: "completed",
    NO_SHOW: "missed",
    ENTERED_IN_ERROR: "entered_in_error",
}
_FROM_PENDING_ONLY = SCHEDULED
_ONCE_BEGUN = (COMPLETED, NO_SHOW)


def change_status(
    connection: Connection,
    appointment_id: int,
    status: AppointmentStatus,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    why: str | None = None,
) -> Appointment:
    """Bring the appointment to `status`; a patient can only confirm.

    Raises AppointmentNotFound, AppointmentChanged (it is not at `version` any more),
    IllegalStatusChange (the table of statuses forbids it, or the visit has not begun), StaffOnly;
    SlotTaken when a visit that was over is live again and its time is not free.
    """
    now = instant(now)
    if status is not CONFIRMED and not actor.is_staff:
        raise StaffOnly("only staff may mark a visit so")
    if status not in _EVENTS:
        raise IllegalStatusChange(f"{status} is not a step of a booked visit")
    with all_or_nothing(connection):
        seen = by_id(connection, appointment_id)
        lock_calendars(connection, [seen.practitioner_id], seen.patient_id)
        old = lock_at(connection, appointment_id, version)
        require_change(old.status, status)
        if old.status is CANCELLED and status is not ENTERED_IN_ERROR:
            raise IllegalStatusChange("a cancelled visit stands again only by undoing")
        if status is _FROM_PENDING_ONLY and old.status is not PENDING:
            raise IllegalStatusChange(f"{status} may only follow {PENDING} so")
        if status is CONFIRMED and old.status is not SCHEDULED:
            raise IllegalStatusChange(f"{status} may only follow {SCHEDULED} so")
        if status in _ONCE_BEGUN and now < old.starts_at:
            raise IllegalStatusChange(f"{status} before the visit has begun")
        if old.status is NO_SHOW and status is ARRIVED:
            _make_way(connection, old, actor, now)
        return change(
            connection, old, _EVENTS[status], actor=actor, now=now, why=why, status=status
        )


def _make_way(connection: Connection, visit: Appointment, actor: Actor, now: datetime) -> None:
    """End holds whose term is over where a visit takes its time again."""
    seen = look(
        connection,
        visit.practitioner_id,
        (visit.occupied_from, visit.occupied_until),
        [] if visit.resource_id is None else [visit.resource_id],
        patient_id=visit.patient_id,
        conversation_id=None,
        now=now,
    )
    make_way(connection, seen.around, None, actor=actor, now=now)
