"""Hours as a clinic writes them: `mon-fri = "09:00-17:00"`, `sat = ["09:00-12:00", ...]`."""

import re
from collections.abc import Iterator, Mapping
from datetime import time
from itertools import groupby, pairwise
from typing import NamedTuple

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = {name: day for names in (DAYS, _LONG_DAYS) for day, name in enumerate(names)}
_STRETCH = re.compile(r"\s*(\d{1,2}):(\d\d)\s*[-\u2013]\s*(\d{1,2}):(\d\d)\s*", re.ASCII)

EXPECTED_DAYS = 'days such as mon, mon-fri or "mon, wed"'
EXPECTED_HOURS = 'hours such as "09:00-17:00"'


class Stretch(NamedTuple):
    """From `starts` until just before `ends`, wall time of one day."""

    starts: time
    ends: time

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}-{self.ends:%H:%M}"

    def overlaps(self, other: "Stretch") -> bool:
        return self.starts < other.ends and other.starts < self.ends

    def covers(self, other: "Stretch") -> bool:
        return self.starts <= other.starts and other.ends <= self.ends


Week = Mapping[int, tuple[Stretch, ...]]  # 0 = Monday; a day without stretches is absent.


def parse_days(text: str) -> tuple[int, ...] | None:
    """Return the weekdays of "mon-fri", "sat" or "mon, wed"; None if it is not that."""
    days: list[int] = []
    for part in text.lower().split(","):
        first, _, last = (name.strip() for name in part.partition("-"))
        if first not in _WEEKDAYS or (last or first) not in _WEEKDAYS:
            return None
        span = range(_WEEKDAYS[first], _WEEKDAYS[last or first] + 1)
        if not span:
            return None
        days.extend(span)
    return tuple(days)


def parse_stretch(text: object) -> Stretch | None:
    """Return the hours of "09:00-17:00"; None if it is not that. The end may come first."""
    found = _STRETCH.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    first_hour, first_minute, last_hour, last_minute = map(int, found.groups())
    try:
        return Stretch(time(first_hour, first_minute), time(last_hour, last_minute))
    except ValueError:
        return None


def first_overlap(stretches: tuple[Stretch, ...]) -> tuple[Stretch, Stretch] | None:
    ordered = sorted(stretches)
    for one, other in pairwise(ordered):
        if one.overlaps(other):
            return one, other
    return None


def days_in_common(one: Week, other: Week) -> list[str]:
    """Return the names of the days on which hours of the two weeks overlap."""
    return [
        DAYS[day]
        for day, stretches in other.items()
        if first_overlap((*one.get(day, ()), *stretches))
    ]


def worded_week(week: Week) -> str:
    """Return "mon-fri 09:00-17:00, sat 09:00-12:00 and 14:00-16:00"."""
    if not week:
        return "none"
    return ", ".join(
        f"{days} {' and '.join(map(str, stretches))}" for days, stretches in _runs(week)
    )


def _runs(week: Week) -> Iterator[tuple[str, tuple[Stretch, ...]]]:
    """Put neighbouring days with the same hours together."""
    for stretches, days in groupby(range(7), lambda day: tuple(sorted(week.get(day, ())))):
        names = [DAYS[day] for day in days]
        if stretches:
            yield (names[0] if len(names) == 1 else f"{names[0]}-{names[-1]}"), stretches
