"""Hours as a clinic writes them: `mon-fri = "09:00-17:00"`, `sat = ["09:00-12:00", ...]`."""

import re
from datetime import time

from core.scheduling.week import DAYS, END_OF_DAY, Stretch

_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = {name: day for names in (DAYS, _LONG_DAYS) for day, name in enumerate(names)}
_STRETCH = re.compile(r"\s*(\d{1,2}:\d\d)\s*[-\u2013]\s*(\d{1,2}:\d\d)\s*", re.ASCII)

EXPECTED_DAYS = 'days such as mon, mon-fri or "mon, wed"'
EXPECTED_HOURS = 'hours such as "09:00-17:00"'
EXPECTED_END = 'an end after the start, "24:00" at the latest'


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
    """Return the hours of "09:00-17:00" or "18:00-24:00"; None if it is not that. The end may come
    first."""
    found = _STRETCH.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        return Stretch(_time(found[1]), END_OF_DAY if found[2] == "24:00" else _time(found[2]))
    except ValueError:
        return None


def _time(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))
