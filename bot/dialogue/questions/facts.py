"""What the clinic tells to those who ask: hours, prices, people, as frozen values.

Numbers are keys of the `Directory`; how a value is put into words is `bot.phrases`' affair.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

Stretch = tuple[int, int]  # From one minute after midnight until just before another; wall time.
Week = tuple[tuple[Stretch, ...], ...]  # One entry a weekday, Monday first; none: closed.


@dataclass(frozen=True, slots=True)
class Hours:
    """Of one day."""

    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Weekly:
    """Of a usual week."""

    week: Week


@dataclass(frozen=True, slots=True)
class Presence:
    """When a practitioner sees patients at one location: in a usual week, on the day that was asked
    about, and on the next one after it."""

    practitioner: int
    location: int
    week: Week
    hours: tuple[Stretch, ...] = ()
    next_day: date | None = None
    next_hours: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a visit takes with one practitioner: a new patient's, and one that is known."""

    practitioner: int
    visit_type: int
    minutes_new: int
    minutes_known: int


@dataclass(frozen=True, slots=True)
class Prices:
    """Of visit types, in hundredths of the clinic's currency."""

    items: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class People:
    """Practitioners, by specialty; of those `elsewhere` their place is named."""

    practitioners: tuple[int, ...]
    elsewhere: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Specialties:
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Holidays to come, with their names."""

    days: tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True)
class Lasting:
    """A length of time: so many minutes, or from so many to so many."""

    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class Language:
    code: str


@dataclass(frozen=True, slots=True)
class VisitKind:
    visit_type: int


@dataclass(frozen=True, slots=True)
class Text:
    """The clinic's own words, by language."""

    told: Mapping[str, str]


Fact = (
    Hours
    | Weekly
    | Prices
    | People
    | Specialties
    | ClosedDays
    | Lasting
    | Language
    | VisitKind
    | Text
)
