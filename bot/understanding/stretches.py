"""The rules of stretches of days: weeks, months, "from Monday to Friday", "after the 5th".

A calendar week runs from Monday to Sunday. The end of a week are its last two working days, its
beginning the first two; a month has three parts of ten days.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from bot.understanding.days import Day, every, find, moved, named_month
from bot.understanding.moment import Moment, days_in, next_day_of_month, shifted, valid_date
from bot.understanding.patterns import Slots


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one day to another, both included; an open end is None."""

    kind: ClassVar[str] = "stretch"
    first: date | None = None
    last: date | None = None


Rule = Callable[[Slots, Moment], Stretch | None]


def week(weeks: int, first: int = 0, last: int = 6) -> Rule:
    """A part of a calendar week, counted from the present one; 0 is Monday."""

    def rule(slots: Slots, at: Moment) -> Stretch:
        del slots
        monday = at.monday(weeks)
        return Stretch(shifted(monday, first), shifted(monday, last))

    return rule


def rest_of_this_week(slots: Slots, at: Moment) -> Stretch:
    del slots
    return Stretch(at.today, shifted(at.monday(), 6))


def week_in_units(slots: Slots, at: Moment) -> Stretch:
    monday = at.monday(min(find(slots, "number") or 1, 500))
    return Stretch(monday, shifted(monday, 6))


def week_of_day(slots: Slots, at: Moment) -> Stretch:
    del at
    day = every(slots, "day")[0].date
    monday = shifted(day, -day.weekday())
    return Stretch(monday, shifted(monday, 6))


def this_weekend(slots: Slots, at: Moment) -> Stretch:
    """Saturday and Sunday; on a Sunday only what is left of it."""
    del slots
    monday = at.monday()
    return Stretch(max(shifted(monday, 5), at.today), shifted(monday, 6))


def month(ahead: int, start: int = 1, end: int = 31) -> Rule:
    """A part of a month: the one named, else the one so many months ahead."""

    def rule(slots: Slots, at: Moment) -> Stretch:
        first = named_month(at, find(slots, "month"), ahead, find(slots, "year"))
        last = days_in(first.year, first.month)
        return Stretch(first.replace(day=start), first.replace(day=min(end, last)))

    return rule


def next_units(slots: Slots, at: Moment) -> Stretch:
    """ "The next three days", "within two weeks": from today on."""
    last = moved(at.today, find(slots, "number") or 1, str(find(slots, "unit")))
    return Stretch(at.today, last)


def month_days(slots: Slots, at: Moment) -> Stretch | None:
    """ "July 13 to 15", "from the 5th to the 8th of May": two numbers, one month or none."""
    numbers = [value for name, value in slots if name in ("ordinal", "dayno")]
    named = find(slots, "month")
    if numbers[1] < numbers[0] and named is not None:
        return None
    if named is None:
        start = next_day_of_month(at.today, numbers[0])
        end = next_day_of_month(start, numbers[1]) if start else None
    else:
        year = find(slots, "year")
        first = named_month(at, named, year=year)
        end = valid_date(first.year, first.month, numbers[1])
        if end and end < at.today and year is None:
            first = first.replace(year=first.year + 1)
            end = valid_date(first.year, first.month, numbers[1])
        start = valid_date(first.year, first.month, numbers[0])
    return Stretch(start, end) if start and end else None


def between_days(slots: Slots, at: Moment) -> Stretch | None:
    """Two days or stretches; the second is the first such day after the first."""
    del at
    ends = [value for name, value in slots if name in ("day", "stretch")]
    first = ends[0].date if isinstance(ends[0], Day) else ends[0].first
    last = ends[1].date if isinstance(ends[1], Day) else ends[1].last
    if first is None or last is None:
        return None
    if last < first and isinstance(ends[1], Day) and not ends[1].dated:
        step = 7 if ends[1].weekday is not None else 0
        last = last + timedelta(days=step) if step else last
    return Stretch(first, last) if first <= last else None


def after_day(slots: Slots, at: Moment) -> Stretch:
    del at
    return Stretch(first=shifted(_end(slots), 1))


def from_day(slots: Slots, at: Moment) -> Stretch:
    del at
    return Stretch(first=_start(slots))


def before_day(slots: Slots, at: Moment) -> Stretch:
    del at
    return Stretch(last=shifted(_start(slots), -1))


def until_day(slots: Slots, at: Moment) -> Stretch:
    del at
    return Stretch(last=_end(slots))


def _start(slots: Slots) -> date:
    value = next(value for name, value in slots if name in ("day", "stretch"))
    return value.date if isinstance(value, Day) else value.first or value.last


def _end(slots: Slots) -> date:
    value = next(value for name, value in slots if name in ("day", "stretch"))
    return value.date if isinstance(value, Day) else value.last or value.first


RULES: dict[str, Rule] = {
    "this_week": week(0),
    "rest_of_this_week": rest_of_this_week,
    "early_this_week": week(0, 0, 1),
    "middle_of_this_week": week(0, 2, 2),
    "late_this_week": week(0, 3, 4),
    "next_week": week(1),
    "early_next_week": week(1, 0, 1),
    "middle_of_next_week": week(1, 2, 2),
    "late_next_week": week(1, 3, 4),
    "working_days_of_next_week": week(1, 0, 4),
    "week_after_next": week(2),
    "week_in_units": week_in_units,
    "week_of_day": week_of_day,
    "this_weekend": this_weekend,
    "next_weekend": week(1, 5, 6),
    "this_month": month(0),
    "next_month": month(1),
    "early_month": month(0, 1, 10),
    "middle_of_month": month(0, 11, 20),
    "late_month": month(0, 21, 31),
    "early_next_month": month(1, 1, 10),
    "middle_of_next_month": month(1, 11, 20),
    "late_next_month": month(1, 21, 31),
    "next_units": next_units,
    "month_days": month_days,
    "between_days": between_days,
    "after_day": after_day,
    "from_day": from_day,
    "before_day": before_day,
    "until_day": until_day,
}
