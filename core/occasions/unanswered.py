"""Whoever a sick day gave another time is asked whether it suits. By a set hour they have said so,
or staff call: nobody is found at the old time, and nobody is forgotten at the new one."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from core.messaging.tasks import close_task, open_task
from core.models import appointments, occasions, tasks
from core.models.appointments import ActorKind, AppointmentStatus
from core.models.messaging import TaskKind
from core.models.occasions import OccasionKind
from core.scheduling.appointments import Actor, Appointment

NOTE = "no answer to the new time"  # By this the calls of this page are known.
_BEFORE = timedelta(hours=1)  # The visit, as it was or as it is: there must be time to call.
_AT_LEAST = timedelta(minutes=15)


def expect(
    connection: Connection, visit: Appointment, hours: int, now: datetime
) -> datetime | None:
    """Have staff call whoever has not answered so many hours after their visit was given another
    time, or an hour before the old or the new time; return when that is. None: the time is the
    same, they are told nothing, or `hours` is 0. To be called in the transaction of the move."""
    row = connection.execute(
        select(occasions.c.id, occasions.c.was_starts_at).where(
            occasions.c.kind == OccasionKind.MOVED,
            occasions.c.appointment_id == visit.id,
            occasions.c.appointment_version == visit.version,
        )
    ).one_or_none()
    if row is None or not hours or row.was_starts_at in (None, visit.starts_at):
        return None
    latest = min(row.was_starts_at, visit.starts_at) - _BEFORE
    answer_by: datetime = max(now + _AT_LEAST, min(now + timedelta(hours=hours), latest))
    this = update(occasions).where(occasions.c.id == row.id)
    connection.execute(this.values(answer_by=answer_by, updated_at=now))
    return answer_by


def call_unanswered(connection: Connection, now: datetime, limit: int) -> int:
    """Have staff call whoever has not answered in time, each once; return how many calls were
    opened."""
    due = connection.execute(
        select(
            occasions.c.id,
            occasions.c.patient_id,
            occasions.c.appointment_id,
            occasions.c.appointment_version,
            appointments.c.version,
            appointments.c.status,
            appointments.c.starts_at,
        )
        .join(appointments, appointments.c.id == occasions.c.appointment_id)
        .where(occasions.c.answer_by <= now)
        .order_by(occasions.c.answer_by, occasions.c.id)
        .limit(limit)
        .with_for_update(of=occasions, skip_locked=True)
    ).all()
    opened = 0
    for row in due:
        is_as_told = row.version == row.appointment_version
        is_open = is_as_told and row.status == AppointmentStatus.SCHEDULED and row.starts_at > now
        opened += is_open and _call(connection, row.patient_id, row.appointment_id, now)
    seen = update(occasions).where(occasions.c.id.in_([row.id for row in due]))
    connection.execute(seen.values(answer_by=None, updated_at=now))
    return opened


def _call(connection: Connection, patient_id: int, appointment_id: int, now: datetime) -> bool:
    opened = open_task(
        connection,
        TaskKind.CALL,
        patient_id=patient_id,
        appointment_id=appointment_id,
        note=NOTE,
        now=now,
    )
    return opened is not None


def follow(connection: Connection, after: Appointment, *, actor: Actor, now: datetime) -> None:
    """The patient has done something to the visit: nobody need call them about it any more."""
    if actor.kind is not ActorKind.PATIENT:
        return
    calls = connection.execute(
        select(tasks.c.id, tasks.c.note).where(
            tasks.c.appointment_id == after.id,
            tasks.c.kind == TaskKind.CALL,
            tasks.c.closed_at.is_(None),
        )
    ).all()
    for call in calls:
        if call.note == NOTE:
            close_task(connection, call.id, outcome="answered", now=now)
