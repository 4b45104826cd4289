"""What staff changed of somebody's hours, laid over what the clinic file says: values, no database.

All of it is of one practitioner at one place on one weekday. A change of the week takes the place
of what there was on its days; breaks and same-day hours stay as far as they lie inside. Hours that
are added on one day come beside whatever holds then.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import NamedTuple

from core.scheduling.week import Stretch

_DAY = timedelta(days=1)


class Part(NamedTuple):
    """Hours on that weekday, from one date to another (both included; the first and the last date
    that there are stand for an open end)."""

    stretch: Stretch
    since: date = date.min
    until: date = date.max

    def holds_on(self, day: date) -> bool:
        return self.since <= day <= self.until


@dataclass(frozen=True, slots=True)
class Weekday:
    """One weekday of somebody at one place, in the words of the clinic file."""

    hours: tuple[Part, ...] = ()
    breaks: tuple[Part, ...] = ()
    same_day_hours: tuple[Part, ...] = ()

    def on(self, day: date) -> tuple[Stretch, ...]:
        """Return the hours that hold on a day of that weekday, the earliest first."""
        return tuple(sorted(part.stretch for part in self.hours if part.holds_on(day)))

    def breaks_on(self, day: date) -> tuple[Stretch, ...]:
        return tuple(sorted(part.stretch for part in self.breaks if part.holds_on(day)))


@dataclass(frozen=True, slots=True)
class Change:
    """What staff say of one weekday, from one date on until another (included; None: for good).
    Without `stretches` nobody works then. `is_extra`: it is added on that one date."""

    stretches: tuple[Stretch, ...]
    since: date
    until: date | None = None
    is_extra: bool = False


def overlaid(weekday: Weekday, changes: Iterable[Change]) -> Weekday:
    """Return the weekday with the changes, the earliest first; what is added on a day is added to
    the week as it is in the end."""
    listed = list(changes)
    for change in listed:
        if not change.is_extra:
            weekday = _changed(weekday, change)
    for change in listed:
        if change.is_extra:
            weekday = _with_extra(weekday, change)
    return weekday


def _changed(weekday: Weekday, change: Change) -> Weekday:
    first, last = change.since, change.until or date.max
    inner = (*weekday.breaks, *weekday.same_day_hours)
    hours = tuple(
        Part(stretch, *span) for span in _spans(first, last, inner) for stretch in change.stretches
    )
    return Weekday(
        (*_beside(weekday.hours, first, last), *hours),
        *(
            (*_beside(parts, first, last), *_inside(parts, hours))
            for parts in (weekday.breaks, weekday.same_day_hours)
        ),
    )


def _spans(first: date, last: date, parts: Iterable[Part]) -> list[tuple[date, date]]:
    """Return these days, parted where a break begins or ends: what the clinic file has of one
    time has its hours and breaks side by side."""
    turns = {first}
    for part in parts:
        turns.add(part.since)
        if part.until < date.max:
            turns.add(part.until + _DAY)
    begins = sorted(turn for turn in turns if first <= turn <= last)
    return list(zip(begins, (*(turn - _DAY for turn in begins[1:]), last), strict=True))


def _beside(parts: Iterable[Part], first: date, last: date) -> Iterator[Part]:
    """Yield what holds before and after these days."""
    for part in parts:
        if part.until < first or last < part.since:
            yield part
            continue
        if part.since < first:
            yield part._replace(until=first - _DAY)
        if last < part.until:
            yield part._replace(since=last + _DAY)


def _inside(parts: Iterable[Part], hours: Sequence[Part]) -> Iterator[Part]:
    """Yield what of the parts lies in these hours and on their days."""
    for part in parts:
        for whole in hours:
            since, until = max(part.since, whole.since), min(part.until, whole.until)
            starts = max(part.stretch.starts, whole.stretch.starts)
            ends = min(part.stretch.ends, whole.stretch.ends)
            if since <= until and starts < ends:
                yield Part(Stretch(starts, ends), since, until)


def _with_extra(weekday: Weekday, change: Change) -> Weekday:
    """What the week has then already, it has not twice."""
    day, known = change.since, weekday.on(change.since)
    added = (part for stretch in change.stretches for part in minus(stretch, known))
    return replace(weekday, hours=(*weekday.hours, *(Part(part, day, day) for part in added)))


def minus(stretch: Stretch, others: Iterable[Stretch]) -> list[Stretch]:
    """Return what of a stretch lies in none of the others."""
    left = [stretch]
    for other in others:
        left = [
            Stretch(*piece)
            for part in left
            for piece in (
                (part.starts, min(part.ends, other.starts)),
                (max(part.starts, other.ends), part.ends),
            )
            if piece[0] < piece[1]
        ]
    return left


def joined(weekday: Weekday) -> Weekday:
    """Return it with the same hours of dates that follow each other as one part: what can be
    compared."""
    return Weekday(
        *(
            tuple(_joined(parts))
            for parts in (weekday.hours, weekday.breaks, weekday.same_day_hours)
        )
    )


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    last: Part | None = None
    for part in sorted(set(parts)):
        if last is None:
            last = part
        elif last.stretch == part.stretch and _follows(last, part):
            last = last._replace(until=max(last.until, part.until))
        else:
            yield last
            last = part
    if last is not None:
        yield last


def _follows(one: Part, other: Part) -> bool:
    return one.until == date.max or other.since <= one.until + _DAY


def opened(before: Weekday, after: Weekday, days: Iterable[date]) -> Iterator[tuple[date, Stretch]]:
    """Yield what of these days is worked in `after` alone."""
    for day in days:
        known = before.on(day)
        for stretch in after.on(day):
            yield from ((day, part) for part in minus(stretch, known))


# As it is kept in the database


def stored(weekday: Weekday) -> str:
    """Return it as JSON."""
    return json.dumps(
        {
            name: [
                [str(part.stretch.starts), str(part.stretch.ends), *_dates(part)]
                for part in getattr(weekday, name)
            ]
            for name in WEEKS
        }
    )


def restored(value: str) -> Weekday:
    """Return what `stored` has made JSON of."""
    kept = json.loads(value)
    return Weekday(
        *(
            tuple(
                Part(
                    Stretch(time.fromisoformat(starts), time.fromisoformat(ends)),
                    date.min if since is None else date.fromisoformat(since),
                    date.max if until is None else date.fromisoformat(until),
                )
                for starts, ends, since, until in kept[name]
            )
            for name in WEEKS
        )
    )


WEEKS = ("hours", "breaks", "same_day_hours")


def _dates(part: Part) -> tuple[str | None, str | None]:
    since, until = (None if day is None else str(day) for day in open_ended(part))
    return since, until


def open_ended(part: Part) -> tuple[date | None, date | None]:
    """Return from when until when it holds, None for an open end: as the tables have it."""
    return (
        None if part.since == date.min else part.since,
        None if part.until == date.max else part.until,
    )
