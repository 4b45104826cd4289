"""The alarm when a channel takes nothing from us: one for each channel that is in trouble, to the
first of staff who is reached by another one.

That there is trouble is a task (`core.messaging.troubles`), opened where it is met and closed when
a message passes again; here it is told.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.alarms import tell_first
from bot.clinic import ClinicCache
from bot.messages import Channel
from bot.refusals import fault_of
from bot.senders.faults import Alarm
from bot.staff.talks import CHANNELS
from core.clock import Clock
from core.database.connect import Database
from core.messaging import troubles
from core.messaging.tasks import StaffTask, assign, find_task

# Of a channel as a whole. What is about one text staff find among their tasks.
_OF_CHANNEL = (Alarm.UNTIL_ACCEPTED, Alarm.UNTIL_DELIVERED)
WORTH_TELLING = timedelta(hours=1)


class ChannelAlarms:
    """`ours`: our own address on each channel, for colleagues who have never written to us."""

    def __init__(self, database: Database, clock: Clock, ours: Mapping[str, str]) -> None:
        self._database = database
        self._clock = clock
        self._ours = ours
        self._clinics = ClinicCache()

    def look(self) -> int:
        """Tell of what nobody was told of; return how many alarms that were."""
        with self._database.reading() as connection:
            if not _in_trouble(connection):
                return 0
        with self._database.transaction() as connection:
            return self._tell(connection, self._clock())

    def _tell(self, connection: Connection, now: datetime) -> int:
        found = _in_trouble(connection)
        told = {channel for channel, tasks in found.items() if any(map(_is_told, tasks))}
        alarms = 0
        for channel, tasks in found.items():
            for task in (each for each in tasks if not _is_told(each)):
                if channel in told:  # Another fault of the same channel: it is known to be out.
                    assign(connection, task, None, now)
                    continue
                is_told = tell_first(
                    connection,
                    self._clinics.newest(connection, now),
                    task,
                    self._ours,
                    now,
                    until=now + WORTH_TELLING,
                    but_not_by=found.keys(),
                    channel=CHANNELS[channel],
                )
                alarms += is_told
                told |= {channel} if is_told else set()
        return alarms


def _in_trouble(connection: Connection) -> Mapping[Channel, list[StaffTask]]:
    """Return the open tasks of each channel that takes nothing."""
    found: dict[Channel, list[StaffTask]] = defaultdict(list)
    for key, task_id in troubles.open_troubles(connection).items():
        channel, _, code = key.partition(" ")
        if fault_of(Channel(channel), code).alarm in _OF_CHANNEL:
            found[Channel(channel)].append(find_task(connection, task_id))
    return found


def _is_told(task: StaffTask) -> bool:
    return task.assigned_at is not None or task.acknowledged_at is not None
