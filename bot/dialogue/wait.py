"""A wish for a time that is not free yet: what the waitlist keeps, and what it is in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from bot.dialogue.values import Visit
from bot.dialogue.when import DAY, PARTS, When
from bot.understanding.values import PartOfDay

_PARTS = {PARTS[part]: part for part in PartOfDay}
# More days than these are told by the first and the last of them.
_MOST_DAYS = 3


@dataclass(frozen=True, slots=True)
class Wait:
    """Who would like to see whom, and when. `sooner_than` is the visit that would move up; `key` is
    0 as long as it is not on the waitlist."""

    patient: int
    patient_name: str
    practitioner: int | None
    specialty: str | None
    location: int | None = None
    visit_type: int | None = None
    when: When = field(default_factory=When)
    sooner_than: Visit | None = None
    key: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a wish in words: the name of a sentence in the phrasebooks, and what it speaks
    of."""

    key: str
    first: date | time | None = None
    last: date | time | None = None


def parts(when: When) -> tuple[Part, ...]:
    """Return the days and hours of a wish, each part with the name of its words."""
    return (*_days(when), *_not_days(when), *_hours(when)) or (Part("wish_any_day"),)


def _days(when: When) -> tuple[Part, ...]:
    days = tuple(sorted(when.days))
    if len(days) > _MOST_DAYS:
        return (Part("wish_between", days[0], days[-1]),)
    if days:
        return tuple(Part("wish_day", day) for day in days)
    stretch: tuple[Part, ...] = ()
    if when.day_from and when.day_to:
        stretch = (Part("wish_between", when.day_from, when.day_to),)
    elif when.day_from:
        stretch = (Part("wish_from_day", when.day_from),)
    elif when.day_to:
        stretch = (Part("wish_until_day", None, when.day_to),)
    return (*stretch, *(Part(f"weekdays_{weekday}") for weekday in sorted(when.weekdays)))


def _not_days(when: When) -> tuple[Part, ...]:
    not_weekdays = (Part(f"not_weekdays_{weekday}") for weekday in sorted(when.not_weekdays))
    return (*(_not_within(*run) for run in _runs(when.not_days)), *not_weekdays)


def _not_within(first: date, last: date) -> Part:
    return Part("wish_not_day", first) if first == last else Part("wish_not_between", first, last)


def _runs(days: Iterable[date]) -> list[tuple[date, date]]:
    """Return the first and the last of days that follow each other: who is away says only these."""
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][1] <= timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _hours(when: When) -> tuple[Part, ...]:
    begin, until = when.minute_from, when.minute_until
    until = None if until == DAY and begin else until  # "After five" ends with the day.
    if (part := _PARTS.get((begin or 0, until or 0))) is not None:
        return (Part(f"wish_{part}"),)
    if when.names_exact_time:
        return (Part("wish_at", _clock(when.minute)),)
    if begin and until:
        return (Part("wish_between_hours", _clock(begin), _clock(until)),)
    if begin:
        return (Part("wish_from_hour", _clock(begin)),)
    if until and until < DAY:
        return (Part("wish_until_hour", None, _clock(until)),)
    return ()


def _clock(minute: int | None) -> time:
    hour, rest = divmod(minute or 0, 60)
    return time(hour % 24, rest)
