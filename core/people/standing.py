"""How the clinic stands to a patient, as staff say: one who has died is left in peace from that
moment on, whoever else hears of their visits too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, update

from core.clock import instant
from core.database.guards import lock_calendars
from core.errors import StaffOnly
from core.messaging.candidates import PROMPTED, WAITING
from core.messaging.second_look import DECEASED, unsay
from core.messaging.tasks import close_tasks_of_patient
from core.models import appointments, messages, occasions, patients, recalls, reminders
from core.models.messaging import MessageStatus, TaskKind
from core.models.occasions import OccasionState, RecallState, ReminderState
from core.models.people import Standing
from core.people.deciding import DIED, note, stands
from core.people.restricted import name_only
from core.scheduling.appointments import Actor, Appointment, Untold, upcoming
from core.scheduling.catalogue import Catalogue
from core.scheduling.moving import cancel
from core.waitlist.entries import leave, waiting

_UNTOLD = Untold("they have died")


@dataclass(frozen=True, slots=True)
class Ends:
    """What a death would end, as it is at this moment."""

    visits: tuple[Appointment, ...]
    reminders: int
    waits: int
    recalls: int
    occasions: int  # Surveys, news and offers that are planned
    messages: int  # That wait to be sent


def what_ends(connection: Connection, patient_id: int, *, now: datetime) -> Ends:
    """Return what `record_death` would withdraw; nothing is changed."""
    at = instant(now)

    def count(rows: Select[Any]) -> int:
        return connection.scalar(select(func.count()).select_from(rows.subquery())) or 0

    return Ends(
        _ahead(connection, patient_id, at),
        count(select(reminders.c.id).where(*_planned_reminders(patient_id))),
        len(waiting(connection, patient_ids=[patient_id], now=at)),
        count(select(recalls.c.id).where(*_awaited_recalls(patient_id))),
        count(select(occasions.c.id).where(*_planned_occasions(patient_id))),
        count(_queued(patient_id)),
    )


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
    before = stands(connection, patient_id)
    _mark(connection, patient_id, actor, why, at)
    if before.standing is Standing.RESTRICTED and actor.id is not None:
        # Nobody was named for it: without a name it would be open to all from now on.
        named = before.named or (actor.id,)
        name_only(connection, patient_id, named, by=f"{actor.kind} {actor.id}", now=at)
    released = [
        _release(connection, visit, actor, at, catalogue)
        for visit in _ahead(connection, patient_id, at)
    ]
    entries = waiting(connection, patient_ids=[patient_id], now=at)
    for entry in entries:
        leave(connection, entry.id, actor=actor, now=at)
    _take_back(connection, patient_id, at)
    withdrawn = _withdraw_plans(connection, patient_id, at)
    note(
        connection,
        patient_id,
        DIED,
        before,
        why=why,
        actor=actor,
        now=at,
        visits=[visit.id for visit in released],
        waits=[entry.id for entry in entries],
        recalls=withdrawn,
    )
    for kind, outcome in ((TaskKind.CALL, DECEASED), (TaskKind.DECEASED, "confirmed")):
        close_tasks_of_patient(connection, patient_id, kind, outcome=outcome, now=at)
    return released


def _ahead(connection: Connection, patient_id: int, at: datetime) -> tuple[Appointment, ...]:
    visits = upcoming(connection, patient_ids=[patient_id], now=at)
    return tuple(visit for visit in visits if visit.starts_at > at)


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
    connection.execute(update(patients).where(patients.c.id == patient_id).values(values))


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


# What is the patient's, and would still be said


def _visits(patient_id: int) -> Select[Any]:
    return select(appointments.c.id).where(appointments.c.patient_id == patient_id)


def _planned_reminders(patient_id: int) -> Sequence[ColumnElement[bool]]:
    theirs = reminders.c.appointment_id.in_(_visits(patient_id))
    return theirs, reminders.c.state == ReminderState.PLANNED


def _planned_occasions(patient_id: int) -> Sequence[ColumnElement[bool]]:
    return occasions.c.patient_id == patient_id, occasions.c.state == OccasionState.PLANNED


def _awaited_recalls(patient_id: int) -> Sequence[ColumnElement[bool]]:
    awaited = recalls.c.state.in_((RecallState.PLANNED, RecallState.DUE))
    return recalls.c.patient_id == patient_id, awaited


def _queued(patient_id: int) -> Select[Any]:
    visits = _visits(patient_id)
    reminded = select(reminders.c.message_id).where(reminders.c.appointment_id.in_(visits))
    told = select(occasions.c.message_id).where(occasions.c.patient_id == patient_id)
    return select(messages.c.id).where(
        WAITING,
        messages.c.status == MessageStatus.QUEUED,
        messages.c.kind.not_in(PROMPTED),
        or_(
            messages.c.appointment_id.in_(visits),
            messages.c.id.in_(reminded.where(reminders.c.message_id.is_not(None))),
            messages.c.id.in_(told.where(occasions.c.message_id.is_not(None))),
        ),
    )


def _withdraw_plans(
    connection: Connection, patient_id: int, now: datetime
) -> list[tuple[int, str]]:
    """Return the recalls that were awaited, each with how it stood."""
    noted = {"note": DECEASED, "updated_at": now}
    connection.execute(
        update(reminders)
        .where(*_planned_reminders(patient_id))
        .values(state=ReminderState.WITHDRAWN, **noted)
    )
    connection.execute(
        update(occasions)
        .where(*_planned_occasions(patient_id))
        .values(state=OccasionState.WITHDRAWN, **noted)
    )
    theirs = _awaited_recalls(patient_id)
    awaited = connection.execute(select(recalls.c.id, recalls.c.state).where(*theirs)).all()
    withdrawn = [(row.id, row.state) for row in awaited]
    connection.execute(
        update(recalls).where(*theirs).values(state=RecallState.WITHDRAWN, updated_at=now)
    )
    return withdrawn


def _take_back(connection: Connection, patient_id: int, now: datetime) -> None:
    """Nothing that was queued is sent; what it said of others as well is said to them anew."""
    locked = _queued(patient_id).order_by(messages.c.id).with_for_update()
    unsay(connection, dict.fromkeys(connection.scalars(locked), DECEASED), now)
