"""How much waits, in numbers: read from small indexes only, however long the log is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, text

from core.messaging.candidates import WAITING
from core.models import messages, tasks
from core.models.messaging import UNSETTLED, Direction, MessageStatus


@dataclass(frozen=True, slots=True)
class Outbox:
    """`waiting`: queued and sending, by channel and status; `unsettled`: lost or unknown, which
    the worker has yet to take up, likewise; `oldest_due_at`: since when the message waits that
    could have been sent the longest, None: none could."""

    waiting: dict[tuple[str, str], int]
    unsettled: dict[tuple[str, str], int]
    oldest_due_at: datetime | None


def outbox(connection: Connection, now: datetime) -> Outbox:
    outgoing = messages.c.direction == Direction.OUT
    by = (messages.c.channel, messages.c.status)
    counted = select(*by, func.count()).where(outgoing).group_by(*by)
    waiting = connection.execute(counted.where(WAITING)).all()
    unsettled = connection.execute(counted.where(text(UNSETTLED))).all()
    oldest = select(func.min(messages.c.due_at)).where(
        WAITING, messages.c.status == MessageStatus.QUEUED, messages.c.due_at <= now
    )
    return Outbox(
        {(channel, status): count for channel, status, count in waiting},
        {(channel, status): count for channel, status, count in unsettled},
        connection.scalar(oldest),
    )


def open_tasks_by_kind(connection: Connection) -> dict[str, int]:
    """Return how many tasks nobody has closed, by kind; a kind without any is left out."""
    counted = select(tasks.c.kind, func.count().label("number")).where(tasks.c.closed_at.is_(None))
    rows = connection.execute(counted.group_by(tasks.c.kind).order_by(tasks.c.kind))
    return {row.kind: row.number for row in rows}
