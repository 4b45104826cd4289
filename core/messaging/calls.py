"""The call list: patients with a visit ahead whom no message may tell of it."""

from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from core.messaging.tasks import close_tasks_of, open_task
from core.models import appointments, patient_addresses, tasks
from core.models.appointments import AppointmentStatus
from core.models.messaging import TaskKind
from core.models.people import Trust

_AHEAD = (AppointmentStatus.PENDING, AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED)


def list_visits(
    connection: Connection, conversation_id: int, address_id: int, now: datetime
) -> None:
    """Put the visits ahead of those whom this address speaks for on the list, each once; of
    somebody whom it only claims to speak for, those that it has booked."""
    link = patient_addresses
    visits = (
        select(appointments.c.id, appointments.c.patient_id)
        .join(link, link.c.patient_id == appointments.c.patient_id)
        .where(
            link.c.address_id == address_id,
            link.c.is_told,
            link.c.suspended_at.is_(None),
            ~link.c.is_barred,
            or_(link.c.until.is_(None), link.c.until > now),
            or_(
                link.c.trust != Trust.CLAIMED,
                appointments.c.booked_by_address_id == address_id,
            ),
            appointments.c.status.in_(_AHEAD),
            appointments.c.starts_at > now,
        )
        .order_by(appointments.c.starts_at)
    )
    for visit in connection.execute(visits).all():
        open_task(
            connection,
            TaskKind.CALL,
            conversation_id=conversation_id,
            patient_id=visit.patient_id,
            appointment_id=visit.id,
            now=now,
        )


def call_about(
    connection: Connection,
    appointment_id: int,
    *,
    patient_id: int,
    message_id: int,
    note: str,
    due_at: datetime,
    now: datetime,
) -> None:
    """Put one visit on the list, unless it stands there; then by that time at the latest."""
    listed = tasks.c.kind == TaskKind.CALL, tasks.c.appointment_id == appointment_id
    waiting = connection.execute(
        select(tasks.c.id, tasks.c.due_at).where(*listed, tasks.c.closed_at.is_(None))
    ).first()
    if waiting is None:
        open_task(
            connection,
            TaskKind.CALL,
            patient_id=patient_id,
            appointment_id=appointment_id,
            message_id=message_id,
            note=note,
            due_at=due_at,
            now=now,
        )
    elif waiting.due_at is None or waiting.due_at > due_at:
        sooner = update(tasks).where(tasks.c.id == waiting.id)
        connection.execute(sooner.values(due_at=due_at, updated_at=now))


def strike_off(connection: Connection, conversation_id: int, now: datetime) -> None:
    """Messages reach them again."""
    close_tasks_of(connection, conversation_id, TaskKind.CALL, outcome="opted in again", now=now)
