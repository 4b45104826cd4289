"""Clock times as values: what the rules of times (`time_rules`) find, and how they are read.

A time without am or pm is the one inside opening hours: "3" is 15:00 and "9" is 09:00, whatever
the patient calls it. "After 3" has only a beginning and "before noon" only an end. "Around 3" is
15:00 with an hour of room on either side: `time` says what was named, `time_from` and `time_to`
what will do, so that 14:30 may be offered without asking again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import ClassVar

from bot.understanding.moment import Moment
from bot.understanding.values import PartOfDay

ROOM_AROUND = 60  # Minutes.
_LATE_PARTS = (PartOfDay.AFTERNOON, PartOfDay.EVENING)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time as said. `sure` when am, pm or 24 hours leave nothing to decide; `half` tells that it
    was am or pm.
    """

    kind: ClassVar[str] = "clock"
    hour: int
    minute: int = 0
    sure: bool = False
    half: bool = field(default=False, compare=False)

    def readings(self) -> tuple[time, ...]:
        if self.sure or not 1 <= self.hour <= 12:
            return (time(self.hour, self.minute),)
        return (
            time(self.hour % 12, self.minute),
            time(self.hour % 12 + 12, self.minute),
        )

    def at(self, at: Moment, part: PartOfDay | None = None, after: time | None = None) -> time:
        """Return the one reading meant: by part of day, after a beginning, inside hours."""
        readings = self.readings()
        if len(readings) == 1:
            return readings[0]
        morning, later = readings
        if part is PartOfDay.MORNING and self.hour < 12:  # "The morning, from 9 to 12": till noon.
            return morning
        if part in _LATE_PARTS:
            return later
        if part is PartOfDay.NIGHT:
            return later if 6 <= self.hour < 12 else morning
        if after is not None:
            return next((reading for reading in readings if reading > after), later)
        return min(readings, key=lambda reading: (_minutes_outside(reading, at), reading))


def _minutes_outside(reading: time, at: Moment) -> int:
    """Return how far outside opening hours a time lies; closing time itself is outside."""
    minute, opens, closes = (_minutes(moment) for moment in (reading, at.opens, at.closes))
    if minute < opens:
        return opens - minute
    return max(0, minute - closes + 1)


def _minutes(moment: time) -> int:
    return 60 * moment.hour + moment.minute


@dataclass(frozen=True, slots=True)
class Window:
    """From one time to another; an open end is None. `named` is the time it lies around.

    `outside` says that the times wanted are those before its `last` and those after its `first`;
    `inside` that it is one stretch ("between 2 and 4"), never an old time and a new one.
    """

    kind: ClassVar[str] = "window"
    first: Clock | None = None
    last: Clock | None = None
    named: Clock | None = None
    outside: bool = False
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Instant:
    """A day and a time at once: "in two hours"."""

    kind: ClassVar[str] = "instant"
    moment: datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """So many minutes later, or earlier, than what was offered."""

    kind: ClassVar[str] = "shift"
    minutes: int


def spread(moment: time) -> tuple[time, time]:
    """Return the room round a time that was only said roughly, within the same day."""
    first, last = _minutes(moment) - ROOM_AROUND, _minutes(moment) + ROOM_AROUND
    first, last = max(first, 0), min(last, 24 * 60 - 1)
    return time(first // 60, first % 60), time(last // 60, last % 60)


def bounds(moments: Iterable[time]) -> tuple[time, time]:
    ordered = sorted(moments)
    return ordered[0], ordered[-1]
