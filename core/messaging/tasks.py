"""What waits for staff: opened in the transaction that made it necessary, closed by a person."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from core.models import new_public_id, tasks
from core.models.messaging import TaskKind


def open_task(
    connection: Connection,
    kind: TaskKind,
    *,
    conversation_id: int | None = None,
    message_id: int | None = None,
    now: datetime,
) -> None:
    """Open a task, unless the same one already waits for this conversation; an alarm (emergency,
    self-harm) is opened each time, because each may be a new event."""
    alarm = kind in (TaskKind.EMERGENCY, TaskKind.SELF_HARM)
    if not alarm and conversation_id is not None:
        waiting = select(tasks.c.id).where(
            tasks.c.kind == kind,
            tasks.c.conversation_id == conversation_id,
            tasks.c.closed_at.is_(None),
        )
        if connection.scalar(waiting) is not None:
            return
    connection.execute(
        insert(tasks),
        {
            "public_id": new_public_id(),
            "kind": kind,
            "conversation_id": conversation_id,
            "message_id": message_id,
            "opened_at": now,
            "due_at": now,
            "created_at": now,
            "updated_at": now,
        },
    )
