"""How the clinic stands to a patient, as staff say: one who has died is left in peace from that
moment on, whoever else hears of their visits too."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select, update

from core.clock import instant
from core.database.guards import lock_calendars
from core.errors import PatientNotFound, StaffOnly
from core.messaging.candidates import PROMPTED, WAITING
from core.messaging.second_look import DECEASED, unsay
from core.messaging.tasks import close_tasks_of_patient
from core.models import appointments, messages, occasions, patients, recalls, reminders
from core.models.messaging import MessageStatus, TaskKind
from core.models.occasions import OccasionState, RecallState, ReminderState
from core.models.people import Standing
from core.people.events import record
from core.scheduling.appointments import Actor, Appointment, Untold, upcoming
from core.scheduling.catalogue import Catalogue
from core.scheduling.moving import cancel
from core.waitlist.entries import leave, waiting

_UNTOLD = Untold("they have died")


def record_death(
    connection: Connection,
    patient_id: int,
    *,
    actor: Actor,
    why: str | None = None,
    now: datetime,
    catalogue: Catalogue,
) -> list[Appointment]:
    """Staff have made sure that the patient has died: every visit ahead is released, and its time
    offered on; every reminder, notice, offer, survey and recall is withdrawn, and what waits to be
    sent is dropped. Nobody is told. `why`: how they know; it is encrypted.

    Returns the visits that were released. Raises PatientNotFound, StaffOnly.
    """
    at = instant(now)
    if not actor.is_staff:
        raise StaffOnly("only staff may say that a patient has died")
    seen = upcoming(connection, patient_ids=[patient_id], now=at)
    lock_calendars(connection, {visit.practitioner_id for visit in seen}, patient_id)
    _mark(connection, patient_id, actor, why, at)
    released = [
        _release(connection, visit, actor, at, catalogue)
        for visit in upcoming(connection, patient_ids=[patient_id], now=at)
        if visit.starts_at > at
    ]
    for entry in waiting(connection, patient_ids=[patient_id], now=at):
        leave(connection, entry.id, actor=actor, now=at)
    _take_back(connection, patient_id, at)
    _withdraw_plans(connection, patient_id, at)
    for kind, outcome in ((TaskKind.CALL, DECEASED), (TaskKind.DECEASED, "confirmed")):
        close_tasks_of_patient(connection, patient_id, kind, outcome=outcome, now=at)
    return released


def _mark(
    connection: Connection, patient_id: int, actor: Actor, why: str | None, now: datetime
) -> None:
    values = {
        "standing": Standing.DECEASED,
        "standing_since": now,
        "standing_by": f"{actor.kind} {actor.id}",
        "standing_why": why,
        "updated_at": now,
    }
    marked = update(patients).where(patients.c.id == patient_id).values(values)
    if not connection.execute(marked).rowcount:
        raise PatientNotFound("there is no such patient")
    record(connection, patient_id, "deceased", actor=actor, now=now, detail=why)


def _release(
    connection: Connection, visit: Appointment, actor: Actor, now: datetime, catalogue: Catalogue
) -> Appointment:
    return cancel(
        connection,
        visit.id,
        version=visit.version,
        actor=actor,
        now=now,
        catalogue=catalogue,
        why=DECEASED,
        untold=_UNTOLD,
    )


def _theirs(patient_id: int) -> ColumnElement[bool]:
    return appointments.c.patient_id == patient_id


def _withdraw_plans(connection: Connection, patient_id: int, now: datetime) -> None:
    visits = select(appointments.c.id).where(_theirs(patient_id))
    connection.execute(
        update(reminders)
        .where(reminders.c.appointment_id.in_(visits), reminders.c.state == ReminderState.PLANNED)
        .values(state=ReminderState.WITHDRAWN, note=DECEASED, updated_at=now)
    )
    connection.execute(
        update(occasions)
        .where(occasions.c.patient_id == patient_id, occasions.c.state == OccasionState.PLANNED)
        .values(state=OccasionState.WITHDRAWN, note=DECEASED, updated_at=now)
    )
    awaited = recalls.c.state.in_((RecallState.PLANNED, RecallState.DUE))
    connection.execute(
        update(recalls)
        .where(recalls.c.patient_id == patient_id, awaited)
        .values(state=RecallState.WITHDRAWN, updated_at=now)
    )


def _take_back(connection: Connection, patient_id: int, now: datetime) -> None:
    """Nothing that was queued is sent; what it said of others as well is said to them anew."""
    visits = select(appointments.c.id).where(_theirs(patient_id))
    reminded = select(reminders.c.message_id).where(reminders.c.appointment_id.in_(visits))
    told = select(occasions.c.message_id).where(occasions.c.patient_id == patient_id)
    queued = connection.scalars(
        select(messages.c.id)
        .where(
            WAITING,
            messages.c.status == MessageStatus.QUEUED,
            messages.c.kind.not_in(PROMPTED),
            or_(
                messages.c.appointment_id.in_(visits),
                messages.c.id.in_(reminded.where(reminders.c.message_id.is_not(None))),
                messages.c.id.in_(told.where(occasions.c.message_id.is_not(None))),
            ),
        )
        .order_by(messages.c.id)
        .with_for_update()
    ).all()
    unsay(connection, dict.fromkeys(queued, DECEASED), now)
