"""How a visit goes on once it is booked: approved, confirmed, arrived, completed, missed; and what
patients say of it on their way."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, update

from core.clock import instant
from core.database.guards import lock_calendars
from core.errors import IllegalStatusChange, StaffOnly
from core.models import appointments
from core.models.appointments import AppointmentStatus
from core.scheduling.appointments import Actor, Appointment, Untold, by_id
from core.scheduling.history import change, last_event, note
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
    OPEN,
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
    untold: Untold | None = None,
) -> Appointment:
    """Bring the appointment to `status`; a patient can only confirm. Of what was entered in error
    the patient is told, unless there is a reason why not (`untold`).

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
        if old.status in (NO_SHOW, COMPLETED) and status is ARRIVED:
            _make_way(connection, old, actor, now)
        return change(
            connection,
            old,
            _EVENTS[status],
            actor=actor,
            now=now,
            why=why,
            untold=untold,
            status=status,
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


def say_arrived(
    connection: Connection, appointment_id: int, *, actor: Actor, now: datetime
) -> Appointment:
    """Record that the patient says they are there: a word only, the visit is marked as arrived by
    staff, who see them. Said again it changes nothing.

    Raises AppointmentNotFound, IllegalStatusChange (nobody is expected for it).
    """
    visit = _expected(connection, appointment_id)
    if last_event(connection, visit.id).type != "said_arrived":
        note(connection, visit, "said_arrived", actor=actor, now=instant(now))
    return visit


def say_late(
    connection: Connection, appointment_id: int, minutes: int | None, *, actor: Actor, now: datetime
) -> Appointment:
    """Record by how much the patient says they will be late; None: not at all, after all.

    Raises AppointmentNotFound, IllegalStatusChange (nobody is expected for it).
    """
    now = instant(now)
    visit = _expected(connection, appointment_id)
    said = {"late_minutes": minutes, "updated_at": now}
    connection.execute(update(appointments).where(appointments.c.id == visit.id).values(said))
    event, why = ("said_on_time", None) if minutes is None else ("said_late", f"{minutes} minutes")
    note(connection, visit, event, actor=actor, now=now, why=why)
    return visit


def _expected(connection: Connection, appointment_id: int) -> Appointment:
    """Lock a visit that somebody is expected for."""
    visit = by_id(connection, appointment_id, lock=True)
    if visit.status not in OPEN:
        raise IllegalStatusChange(f"nobody is expected for a visit that is {visit.status}")
    return visit
