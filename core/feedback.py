"""What patients say of a visit afterwards: a rating, and perhaps a comment."""

from datetime import datetime

from sqlalchemy import Connection, update

from core.clock import instant
from core.database.upsert import insert_new
from core.messaging.tasks import open_task
from core.models import feedback
from core.models.messaging import TaskKind
from core.models.waitlist import Moderation
from core.scheduling.appointments import Actor, by_id
from core.scheduling.history import note

# In halves of a mark, of five marks: from here down staff are asked to look.
BAD = 4


def rate(
    connection: Connection,
    appointment_id: int,
    halves: int,
    *,
    conversation_id: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Store what the visit is rated, in halves of a mark from 2 to 10; another rating of the same
    visit replaces the first. A bad one opens a task for staff. Raises AppointmentNotFound."""
    now = instant(now)
    visit = by_id(connection, appointment_id)
    values = {
        "appointment_id": visit.id,
        "patient_id": visit.patient_id,
        "practitioner_id": visit.practitioner_id,
        "overall_halves": halves,
        "is_anonymous": False,
        "is_verified": True,  # It comes from an address of the patient, about their own visit.
        "moderation": Moderation.NEW,
        "created_at": now,
        "updated_at": now,
    }
    if insert_new(connection, feedback, values) is None:
        _change(connection, visit.id, now, overall_halves=halves)
    note(connection, visit, "rated", actor=actor, now=now)
    if halves <= BAD:
        open_task(
            connection,
            TaskKind.FEEDBACK,
            conversation_id=conversation_id,
            patient_id=visit.patient_id,
            appointment_id=visit.id,
            now=now,
        )


def comment(connection: Connection, appointment_id: int, text: str, *, now: datetime) -> None:
    """Add the patient's words to their rating."""
    _change(connection, appointment_id, instant(now), text=text, moderation=Moderation.NEW)


def _change(connection: Connection, appointment_id: int, now: datetime, **values: object) -> None:
    rated = feedback.c.appointment_id == appointment_id
    connection.execute(update(feedback).where(rated).values(updated_at=now, **values))
