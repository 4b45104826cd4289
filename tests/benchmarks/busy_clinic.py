"""A busy clinic's calendar, made up from a seed: the same for whoever asks, in whatever process.

Nothing but the standard library, so that a peer's own environment can import it too. Practitioner
so-and-so has the same calendar however many colleagues there are, and the same days ahead with and
without a history.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

SEED = 20261122
ZONE = ZoneInfo("Europe/London")
WORKDAYS = range(5)
OPENS, CLOSES = 8 * 60, 18 * 60  # Minutes of wall time, here and below
BREAKS = ((12 * 60, 13 * 60), (15 * 60 + 20, 15 * 60 + 40))
VISIT_MINUTES = 20
# Nobody else's patients, so that no patient is in two rooms at once.
PATIENTS_EACH = 400
PAST_FILL, SOON_FILL, LATER_FILL = 0.8, 0.6, 0.4
SOON, LATER = timedelta(days=14), timedelta(days=30)
PAST_DAYS_OFF_A_YEAR = 20


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a calendar: practitioners, and days around today."""

    practitioners: int
    days_back: int
    days_ahead: int


# About half a million appointments, and ten times as many.
BUSY = Extent(practitioners=50, days_back=730, days_ahead=60)
LARGE = Extent(practitioners=500, days_back=730, days_ahead=60)


@dataclass(frozen=True, slots=True)
class Calendar:
    """One practitioner's: visits and the part-day absence by (day, minute)."""

    number: int
    days_off: tuple[date, ...]
    away: tuple[date, int, int]
    visits: tuple[tuple[date, int], ...]


def working_hours() -> list[tuple[int, int]]:
    """Return the stretches of a workday between its breaks."""
    marks = [OPENS, *(minute for pause in BREAKS for minute in pause), CLOSES]
    return list(zip(marks[::2], marks[1::2], strict=True))


def grid() -> list[int]:
    """Return the minutes at which a visit may start."""
    return [
        minute
        for starts, ends in working_hours()
        for minute in range(starts, ends - VISIT_MINUTES + 1, VISIT_MINUTES)
    ]


def calendars(extent: Extent, today: date) -> Iterator[Calendar]:
    """Yield each practitioner's calendar, numbered from 1 on; nothing is booked today."""
    for number in range(1, extent.practitioners + 1):
        yield _calendar(number, extent, today)


def _calendar(number: int, extent: Extent, today: date) -> Calendar:
    # Two sources, so that the days ahead do not depend on how much lies behind.
    past, ahead = Random(f"{SEED} {number} past"), Random(f"{SEED} {number} ahead")
    behind = _workdays(today - timedelta(days=extent.days_back), today)
    coming = _workdays(today + timedelta(days=1), today + timedelta(days=extent.days_ahead + 1))
    soon = [day for day in coming if day <= today + SOON]
    later = [day for day in coming if today + SOON < day <= today + LATER]
    off_soon, off_later = ahead.choice(soon), ahead.choice(later or soon)
    away_day = ahead.choice([day for day in soon if day not in (off_soon, off_later)])
    away = (away_day, 14 * 60, 15 * 60)
    count = extent.days_back * PAST_DAYS_OFF_A_YEAR // 365
    days_off = {off_soon, off_later, *past.sample(behind, min(count, len(behind)))}
    minutes = grid()
    visits = [
        (day, minute)
        for day in (*behind, *coming)
        if day not in days_off
        for minute in minutes
        if _is_booked(day, today, past, ahead) and not _overlaps(day, minute, away)
    ]
    return Calendar(number, tuple(sorted(days_off)), away, tuple(visits))


def _workdays(since: date, until: date) -> list[date]:
    days = (since + timedelta(days=number) for number in range((until - since).days))
    return [day for day in days if day.weekday() in WORKDAYS]


def _is_booked(day: date, today: date, past: Random, ahead: Random) -> bool:
    if day < today:
        return past.random() < PAST_FILL
    return ahead.random() < (SOON_FILL if day <= today + SOON else LATER_FILL)


def _overlaps(day: date, minute: int, away: tuple[date, int, int]) -> bool:
    return day == away[0] and away[1] < minute + VISIT_MINUTES and minute < away[2]


def midnight(day: date) -> int:
    """Return the second since 1970 to which a wall time of working hours is added: the clocks
    never change between 08:00 and 18:00."""
    noon = datetime.combine(day, time(12), ZONE)
    return int(noon.timestamp()) - 12 * 60 * 60


def wall_time(minute: int) -> time:
    return time(minute // 60, minute % 60)
