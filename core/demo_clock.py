"""A demo's clock can be moved ahead: it shows the real time plus a row that all processes read.

Leases run in real time, however the clock jumps: they say whether a process is still alive. So the
ends of those that run are moved along, in the transaction that moves the clock. When each tick last
ran is noted in real time anyway (`bot.worker`).
"""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Connection, func, select, update

import core.clock
from core.clock import Clock
from core.database.connect import Database
from core.errors import ClinicError
from core.models import leases, messages, organizations, reminders
from core.models.messaging import MessageStatus
from core.models.occasions import ReminderState
from core.setup import WrongKindOfClinic

# Beyond, the made-up clinic has neither visits nor, some day, holidays.
FURTHEST = timedelta(days=365)


class TooFarAhead(ClinicError):  # noqa: N818
    """The clock of a demo is not moved further than that."""


def clock_of(database: Database, real: Clock = core.clock.now) -> Clock:
    """Return the clock of this database: `real`; on a demo, and where there is no clinic yet, one
    that looks how far it is ahead whenever it is asked."""
    with database.reading() as connection:
        is_demo = connection.scalar(select(organizations.c.is_demo))
    if is_demo is False:
        return real

    def moved() -> datetime:
        with database.reading() as connection:
            return real() + ahead(connection)

    return moved


def ahead(connection: Connection) -> timedelta:
    """Return how far the database's clock is ahead of the real one."""
    seconds = connection.scalar(select(organizations.c.clock_offset_seconds))
    return timedelta(seconds=seconds or 0)


def move_ahead(connection: Connection, by: timedelta) -> None:
    """Move the demo's clock ahead, by whole seconds (rounded up), for all processes.

    Raises ValueError where that is not ahead, WrongKindOfClinic on a database that is not marked as
    a demo, TooFarAhead beyond a year.
    """
    seconds = ceil(by.total_seconds())
    if seconds <= 0:
        raise ValueError("a clock is only moved ahead: expected at least one second")
    row = connection.execute(
        select(organizations.c.is_demo, organizations.c.clock_offset_seconds).with_for_update()
    ).one_or_none()
    if row is None or not row.is_demo:
        raise WrongKindOfClinic("only a demo's clock can be moved")
    if (moved := row.clock_offset_seconds + seconds) > FURTHEST.total_seconds():
        raise TooFarAhead("the demo's clock is not moved further than a year; begin anew instead")
    connection.execute(update(organizations).values(clock_offset_seconds=moved))
    _prolong_leases(connection, timedelta(seconds=seconds))


def next_reminder_at(connection: Connection, now: datetime) -> datetime | None:
    """Return when the next reminder is due that is planned for later than `now`; None: none is."""
    planned = reminders.c.state == ReminderState.PLANNED
    first = select(func.min(reminders.c.due_at)).where(planned, reminders.c.due_at > now)
    due_at: datetime | None = connection.scalar(first)
    return due_at


def _prolong_leases(connection: Connection, by: timedelta) -> None:
    sending = messages.c.status == MessageStatus.SENDING
    for table, key, until, which in (
        (messages, messages.c.id, messages.c.lease_until, sending),
        (leases, leases.c.name, leases.c.until, leases.c.until.is_not(None)),
    ):
        running = select(key.label("key"), until.label("until")).where(which)
        for row in connection.execute(running.with_for_update()).all():
            later = update(table).where(key == row.key)
            connection.execute(later.values({until.name: row.until + by}))
