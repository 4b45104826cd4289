"""What is wrong with a whole channel: one task for staff, opened once and closed when it is over.

A trouble is known by its key ("sms 20003"), the first word of the task's note.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from core.messaging.tasks import close_task, open_task
from core.models import organizations, tasks
from core.models.messaging import TaskKind


def key_of(channel: str, code: str) -> str:
    return f"{channel} {code}"


def open_troubles(connection: Connection) -> dict[str, int]:
    """Return key -> task of those that are not over."""
    of_channels = (
        tasks.c.kind == TaskKind.DELIVERY,
        tasks.c.conversation_id.is_(None),
        tasks.c.closed_at.is_(None),
    )
    rows = connection.execute(select(tasks.c.id, tasks.c.note).where(*of_channels)).all()
    return {row.note.partition(":")[0]: row.id for row in rows if row.note}


def raise_trouble(connection: Connection, key: str, note: str, now: datetime) -> bool:
    """Put it before staff, unless it waits there already."""
    # Of several workers that meet the same trouble at once, one opens the task.
    connection.execute(select(organizations.c.id).with_for_update())
    if key in open_troubles(connection):
        return False
    open_task(connection, TaskKind.DELIVERY, note=f"{key}: {note}", now=now)
    return True


def end_troubles(connection: Connection, keys: Collection[str], now: datetime) -> int:
    """The channel works again."""
    over = [task for key, task in open_troubles(connection).items() if key in keys]
    for task_id in over:
        close_task(connection, task_id, outcome="works again", now=now)
    return len(over)
