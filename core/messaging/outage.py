"""That something which runs by itself has stopped: one task for staff, from when it is seen until
it runs again."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from core.messaging.tasks import close_task, open_task
from core.models import organizations, tasks
from core.models.messaging import TaskKind


def _waiting(connection: Connection) -> tuple[int, str] | None:
    waits = tasks.c.kind == TaskKind.UPKEEP, tasks.c.closed_at.is_(None)
    row = connection.execute(select(tasks.c.id, tasks.c.note).where(*waits).limit(1)).first()
    return (row.id, row.note) if row else None


def begin(connection: Connection, note: str, now: datetime) -> int | None:
    """Put it before staff and return the task; None if it waits there already, whose note is
    brought up to date."""
    # Of several processes that see it at once, one opens the task.
    connection.execute(select(organizations.c.id).with_for_update())
    waiting = _waiting(connection)
    if waiting is None:
        return open_task(connection, TaskKind.UPKEEP, note=note, now=now)
    task_id, noted = waiting
    if noted != note:
        changed = update(tasks).where(tasks.c.id == task_id)
        connection.execute(changed.values(note=note, updated_at=now))
    return None


def end(connection: Connection, now: datetime) -> bool:
    """It runs again; True if staff had been told that it did not."""
    waiting = _waiting(connection)
    if waiting is not None:
        close_task(connection, waiting[0], outcome="runs again", now=now)
    return waiting is not None
