"""When a practitioner could see someone: interval arithmetic, no database and no clock.

Intervals are half-open pairs of whole microseconds: of the day's wall time while schedules, breaks
and absences are put together, since 1970 in UTC afterwards. The zone is asked once per day.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from zoneinfo import ZoneInfo

from core.database.types import to_microseconds

Interval = tuple[int, int]

SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE
_until = itemgetter(1)
_NEVER = (1 << 62, 1 << 62)


@dataclass(frozen=True, slots=True)
class Hours:
    """Wall time on one weekday, between two dates (both included; None: open)."""

    starts: int
    ends: int
    valid_from: date | None = None
    valid_to: date | None = None

    def count_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Absence:
    """Wall time on each day from one date to another (both included); whole days by default."""

    date_from: date
    date_to: date
    starts: int = 0
    ends: int = DAY


@dataclass(frozen=True, slots=True, eq=False)
class Workplace:
    """One practitioner at one location: hours and breaks by weekday, 0 = Monday.

    It is what it is, not what it equals: `workday` remembers it by that.
    """

    practitioner_id: int
    location_id: int
    zone: ZoneInfo
    schedules: Mapping[int, Sequence[Hours]]
    breaks: Mapping[int, Sequence[Hours]]
    absences: Sequence[Absence] = ()
    holidays: frozenset[date] = frozenset()
    # Patients may book these only shortly before; the grid does not care.
    same_day: Mapping[int, Sequence[Hours]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pattern:
    """How visits are laid into an opening: one may start every `step`, lasts `length`, and keeps
    `before` and `after` clear of other visits (breaks and closing time need no such distance)."""

    step: int
    length: int
    before: int = 0
    after: int = 0


def wall(value: time) -> int:
    """Return microseconds since midnight; the last microsecond of the day stands for its end, which
    a time of day cannot say."""
    if value == time.max:
        return DAY
    minutes = value.hour * 60 + value.minute
    return minutes * MINUTE + value.second * SECOND + value.microsecond


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the union, sorted; intervals that overlap or touch become one."""
    merged: list[Interval] = []
    last = None
    for start, end in sorted(intervals):
        if last is not None and start <= last:
            if end > last:
                merged[-1] = (merged[-1][0], end)
                last = end
        else:
            merged.append((start, end))
            last = end
    return merged


def subtract(intervals: Iterable[Interval], cuts: Iterable[Interval]) -> list[Interval]:
    """Return what of the sorted `intervals` lies in none of the `cuts`."""
    left = list(intervals)
    for cut_start, cut_end in cuts:
        pieces = []
        for start, end in left:
            if cut_end <= start or end <= cut_start:
                pieces.append((start, end))
                continue
            if start < cut_start:
                pieces.append((start, cut_start))
            if cut_end < end:
                pieces.append((cut_end, end))
        left = pieces
    return left


def opening_hours(place: Workplace, day: date) -> list[Interval]:
    """Return the wall time of the day's working intervals: schedules without breaks.

    Each is a grid of its own: after a break the grid starts again. None on a holiday. Absences
    are left to `absent_hours`: like visits, they take time and leave the grid where it is.
    """
    schedules = place.schedules.get(day.weekday())
    if not schedules or day in place.holidays:
        return []
    hours = merge([(item.starts, item.ends) for item in schedules if item.count_on(day)])
    breaks = place.breaks.get(day.weekday())
    if not breaks:
        return hours
    return subtract(hours, [(item.starts, item.ends) for item in breaks if item.count_on(day)])


def absent_hours(place: Workplace, day: date) -> list[Interval]:
    """Return the wall time at which the practitioner is away on that day."""
    return [
        (item.starts, item.ends) for item in place.absences if item.date_from <= day <= item.date_to
    ]


@dataclass(frozen=True, slots=True)
class _LocalDay:
    """Instant = `base` + wall time; after the instant `turn`, when the clocks change on that day,
    `later_base` + wall time."""

    base: int
    turn: int | None = None
    later_base: int = 0


@lru_cache(maxsize=8192)
def _local_day(day: date, zone: ZoneInfo) -> _LocalDay:
    midnight = datetime.combine(day, time(), zone)
    offset = midnight.utcoffset() or timedelta()
    # A midnight that comes twice ends the day when it comes again (fold=1): a minute past twelve,
    # the clocks may go back into the evening.
    later_offset = (midnight + timedelta(days=1)).replace(fold=1).utcoffset() or timedelta()
    base = to_microseconds(datetime.combine(day, time(), UTC) - offset)
    if offset == later_offset:
        return _LocalDay(base)
    later_base = to_microseconds(datetime.combine(day, time(), UTC) - later_offset)
    # The clocks change at a whole second between the first and the last midnight: find it.
    before, turn = base // SECOND - 1, (max(base, later_base) + DAY) // SECOND
    while turn - before > 1:
        middle = (before + turn) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            before = middle
        else:
            turn = middle
    return _LocalDay(base, turn * SECOND, later_base)


def day_start(day: date, zone: ZoneInfo) -> int:
    """Return the first instant of that calendar day."""
    return _local_day(day, zone).base


def instants(day: date, hours: Iterable[Interval], zone: ZoneInfo) -> list[Interval]:
    """Return the instants at which a clock on the wall shows one of `hours` on that day.

    Where the clock skips, what does not exist is left out: a visit that would begin inside the gap
    begins at its end. Where it runs twice, both runs count.

    What follows without a pause is one opening, and its grid goes on as the minutes pass, not as
    the clock shows them: 45-minute visits from midnight begin at 00:00, 00:45, 01:30 and, where the
    clock skips from two to three, at 03:15. Hours that begin or end within what runs twice are two
    openings, each with a grid of its own.
    """
    local = _local_day(day, zone)
    if local.turn is None:
        base = local.base
        return [(base + start, base + end) for start, end in hours]
    pieces = []
    for start, end in hours:
        pieces.append((local.base + start, min(local.base + end, local.turn)))
        pieces.append((max(local.later_base + start, local.turn), local.later_base + end))
    return merge(piece for piece in pieces if piece[0] < piece[1])


@dataclass(frozen=True, slots=True)
class Workday:
    """One day of a workplace, in instants."""

    stretches: Sequence[Interval]  # Each is a grid of its own.
    absent: Sequence[Interval]  # The days beside included: buffers may reach there.
    same_day: Sequence[Interval]


@lru_cache(maxsize=32_768)
def workday(place: Workplace, day: date) -> Workday | None:
    """Return what the practitioner does there on that day; None when they do not work."""
    hours = opening_hours(place, day)
    stretches = instants(day, hours, place.zone) if hours else []
    if not stretches:
        return None
    kept = [
        (item.starts, item.ends)
        for item in place.same_day.get(day.weekday(), ())
        if item.count_on(day)
    ]
    days = (day - timedelta(days=1), day, day + timedelta(days=1))
    absent = [instants(each, absent_hours(place, each), place.zone) for each in days]
    return Workday(
        stretches,
        merge(chain.from_iterable(absent)),
        merge(instants(day, kept, place.zone)),
    )


def free_starts(
    opening: Interval, pattern: Pattern, busy: Sequence[Interval], earliest: int
) -> list[int]:
    """Return the starts on the opening's grid, not before `earliest`, whose visit ends before the
    opening does and stays clear of `busy` (merged and sorted)."""
    start, closes = opening
    step, length, after = pattern.step, pattern.length, pattern.after
    if start < earliest:
        start += -(-(earliest - start) // step) * step
    if start + length > closes:
        return []
    starts = list(range(start, closes - length + 1, step))
    before = pattern.before
    index, count = bisect_right(busy, start - before, key=_until), len(busy)
    if index == count or busy[index][0] >= starts[-1] + length + after:
        return starts
    free = []
    busy_from, busy_until = busy[index]
    for start in starts:
        while busy_until <= start - before:
            index += 1
            busy_from, busy_until = busy[index] if index < count else _NEVER
        if busy_from >= start + length + after:
            free.append(start)
    return free


def seat_diaries(
    seats: Collection[Sequence[Interval]], absent: Sequence[Interval], capacity: int
) -> list[list[Interval]]:
    """Return what `starts_with_a_seat` needs: each seat's taken time, absences included.

    `seats` holds the visits of each seat that has any. Visits on seats beyond the capacity, from
    a time when it was larger, take a place as well.
    """
    if capacity == 1:
        return [merge([*chain.from_iterable(seats), *absent])]
    if len(seats) < capacity:  # One seat at least is empty: only absences matter.
        return [merge(absent)]
    return [merge([*taken, *absent]) for taken in seats]


def starts_with_a_seat(
    opening: Interval,
    pattern: Pattern,
    diaries: Sequence[Sequence[Interval]],
    capacity: int,
    earliest: int,
) -> list[int]:
    """Like `free_starts`, where up to `capacity` visits may run at one time."""
    if len(diaries) == 1:
        return free_starts(opening, pattern, diaries[0], earliest)
    free = Counter(
        start for taken in diaries for start in free_starts(opening, pattern, taken, earliest)
    )
    return sorted(start for start, seats in free.items() if len(diaries) - seats < capacity)


def inside(starts: Iterable[int], stretches: Sequence[Interval]) -> list[int]:
    """Return the starts that lie in one of the stretches."""
    return [start for start in starts if any(since <= start < until for since, until in stretches)]


def released_starts(
    starts: Iterable[int], length: int, kept: Sequence[Interval], released: int
) -> list[int]:
    """Return the starts whose visit touches none of the `kept` hours, or begins no later than
    `released`: by then they are anybody's."""
    return [
        start
        for start in starts
        if start <= released
        or not any(since < start + length and start < until for since, until in kept)
    ]


def has_room(start: int, pattern: Pattern, rooms: Iterable[Sequence[Interval]]) -> bool:
    """Tell whether one room at least is free for the visit and its buffers; `rooms` holds the
    taken time of each, merged and sorted."""
    since, until = start - pattern.before, start + pattern.length + pattern.after
    for taken in rooms:
        index = bisect_right(taken, since, key=_until)
        if index == len(taken) or taken[index][0] >= until:
            return True
    return False
