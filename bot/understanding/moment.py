"""The moment a message is read in: what "tomorrow", "3" and "5/12" mean here and now."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.directory import Directory
from bot.understanding.values import Context

# Month-first numeric dates, by CLDR: the United States and the few that follow it.
MONTH_FIRST = frozenset({"US", "PH", "FM", "PW", "MH", "GU", "AS", "PR", "VI", "MP", "BZ"})
# When the clinic's hours are not known: no practice opens before or closes after.
USUAL_HOURS = (time(7), time(19))


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything besides words that decides a day or a time."""

    now: datetime
    month_first: bool
    opens: time
    closes: time
    offered: tuple[datetime, ...] = ()  # Wall time of what the patient has been shown.

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def offered_day(self) -> date | None:
        """The day that "the day after" counts from; None unless all offers are of one day."""
        days = {moment.date() for moment in self.offered}
        return days.pop() if len(days) == 1 else None

    def day(self, days: int) -> date:
        return shifted(self.today, days)

    def monday(self, weeks: int = 0) -> date:
        """Return the Monday of this calendar week, or of one so many weeks later."""
        return shifted(self.today, 7 * weeks - self.today.weekday())

    @classmethod
    def of(cls, context: Context, hours: tuple[time, time]) -> "Moment":
        opens, closes = hours
        region = (context.locale or "").replace("_", "-").partition("-")[2].upper()
        return cls(
            now=context.now,
            month_first=(region or context.directory.country) in MONTH_FIRST,
            opens=opens,
            closes=closes,
            offered=tuple(slot.starts_at for slot in context.offer),
        )


def opening(directory: Directory) -> tuple[time, time]:
    """Return when the first of the clinic's places opens and the last one closes on any day."""
    stretches = [
        stretch
        for place in directory.locations
        for hours in place.opening_hours.values()
        for stretch in hours
    ]
    if not stretches:
        return USUAL_HOURS
    return min(opens for opens, _ in stretches), max(closes for _, closes in stretches)


def shifted(day: date, days: int) -> date:
    """Return the day so many days later; the end of the calendar if there is none."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or that month's last ("31 January" + 1)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        return date.max if months > 0 else date.min
    return date(year, month, min(day.day, days_in(year, month)))


def days_in(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def valid_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_such(today: date, month: int, day: int, weekday: int | None = None) -> date | None:
    """Return the next such day of the year, today included; eight years reach any 29 February."""
    years = range(today.year, min(today.year + 9, 9999))
    return first_after(today, (valid_date(year, month, day) for year in years), weekday)


def next_day_of_month(today: date, day: int, weekday: int | None = None) -> date | None:
    """Return the next month's day of this number, today included, on that weekday if one is said.

    Two years hold every pairing of weekday and number that people mean.
    """
    starts = (months_later(today.replace(day=1), ahead) for ahead in range(25))
    return first_after(today, (valid_date(m.year, m.month, day) for m in starts), weekday)


def nth_weekday(year: int, month: int, nth: int, weekday: int) -> date | None:
    """Return the first, second, ... such weekday of a month; -1 is its last."""
    if nth < 0:
        last = date(year, month, days_in(year, month))
        return shifted(last, -((last.weekday() - weekday) % 7))
    first = date(year, month, 1)
    return valid_date(year, month, 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1))


def easter(year: int) -> date:
    """Return Easter Sunday (the anonymous Gregorian computus)."""
    golden, century, years = year % 19, year // 100, year % 100
    shift = (8 * century + 13) // 25
    moon = (19 * golden + century - century // 4 - shift + 15) % 30
    sunday = (32 + 2 * (century % 4) + 2 * (years // 4) - moon - years % 4) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def first_after(
    today: date, days: Iterable[date | None], weekday: int | None = None
) -> date | None:
    fitting = (day for day in days if day and day >= today and weekday in (None, day.weekday()))
    return next(fitting, None)
