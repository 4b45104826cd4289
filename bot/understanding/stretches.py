"""The rules of stretches of days: weeks, months, "from Monday to Friday", "after the 5th".

A calendar week runs from Monday to Sunday. The end of a week are its last two working days, its
beginning the first two; a month has three parts of ten days.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from bot.understanding.day_rules import named_day
from bot.understanding.days import Day, Unclear, every, find, moved, named_month
from bot.understanding.moment import (
    Moment,
    days_in,
    months_later,
    next_day_of_month,
    next_such,
    nth_weekday,
    shifted,
    valid_date,
)
from bot.understanding.patterns import Slots


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one day to another, both included; an open end is None."""

    kind: ClassVar[str] = "stretch"
    first: date | None = None
    last: date | None = None
    till: bool = False  # "Till Friday": of a visit that is put off, the new day itself.


Rule = Callable[[Slots, Moment], Stretch | Unclear | None]


def week(weeks: int, first: int = 0, last: int = 6) -> Rule:
    """A part of a calendar week, counted from the present one; 0 is Monday."""

    def rule(slots: Slots, at: Moment) -> Stretch:
        del slots
        monday = at.monday(weeks)
        return Stretch(shifted(monday, first), shifted(monday, last))

    return rule


def this_week(slots: Slots, at: Moment) -> Stretch:
    """What is left of this week; on its last day the week to come."""
    del slots
    if at.today.weekday() == 6:
        return Stretch(at.monday(1), shifted(at.monday(1), 6))
    return Stretch(at.today, shifted(at.monday(), 6))


def current_week(slots: Slots, at: Moment) -> Stretch:
    """The whole of this week, on its last day of the week to come."""
    if at.today.weekday() == 6:
        return this_week(slots, at)
    return Stretch(at.monday(), shifted(at.monday(), 6))


def coming_week(first: int, last: int) -> Rule:
    """A part of this calendar week, or of the next one once it is over."""

    def rule(slots: Slots, at: Moment) -> Stretch:
        del slots
        monday = at.monday() if shifted(at.monday(), last) >= at.today else at.monday(1)
        return Stretch(shifted(monday, first), shifted(monday, last))

    return rule


def coming_days(slots: Slots, at: Moment) -> Stretch:
    """ "In the coming days": a week at most."""
    del slots
    return Stretch(at.today, at.day(7))


def rest_of_this_week(slots: Slots, at: Moment) -> Stretch:
    del slots
    return Stretch(at.today, shifted(at.monday(), 6))


def rest_of_this_month(slots: Slots, at: Moment) -> Stretch:
    del slots
    last = days_in(at.today.year, at.today.month)
    return Stretch(at.today, at.today.replace(day=last))


def week_in_units(slots: Slots, at: Moment) -> Stretch:
    monday = at.monday(min(find(slots, "number") or 1, 500))
    return Stretch(monday, shifted(monday, 6))


def week_of_day(slots: Slots, at: Moment) -> Stretch:
    del at
    day = every(slots, "day")[0].date
    monday = shifted(day, -day.weekday())
    return Stretch(monday, shifted(monday, 6))


def week_of_number(slots: Slots, at: Moment) -> Stretch | None:
    """ "La semana de 18": the week of the next day of a month with this number."""
    day = next_day_of_month(at.today, find(slots, "dayno") or 0)
    if day is None:
        return None
    monday = shifted(day, -day.weekday())
    return Stretch(monday, shifted(monday, 6))


def week_after_day(slots: Slots, at: Moment) -> Stretch:
    """ "The week after Christmas"."""
    del at
    day = every(slots, "day")[0].date
    monday = shifted(day, 7 - day.weekday())
    return Stretch(monday, shifted(monday, 6))


def week_of_holiday(slots: Slots, at: Moment) -> Stretch | None:
    """ "Thanksgiving week"."""
    day = named_day(slots, at)
    return week_of_day((("day", day),), at) if day else None


def coming_weekend(slots: Slots, at: Moment) -> Stretch:
    """The next Saturday and Sunday that have not begun."""
    del slots
    saturday = shifted(at.monday(), 5)
    saturday = saturday if saturday > at.today else shifted(saturday, 7)
    return Stretch(saturday, shifted(saturday, 1))


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


def month_of_next_year(slots: Slots, at: Moment) -> Stretch:
    first = named_month(at, find(slots, "month"), year=at.today.year + 1)
    return Stretch(first, first.replace(day=days_in(first.year, first.month)))


def year(ahead: int) -> Rule:
    def rule(slots: Slots, at: Moment) -> Stretch:
        del slots
        number = min(at.today.year + ahead, date.max.year)
        return Stretch(date(number, 1, 1), date(number, 12, 31))

    return rule


def week_of_year(slots: Slots, at: Moment) -> Stretch | None:
    """ "Week 49", counted as ISO 8601 does; without a year the next one of that number."""
    number, said = find(slots, "number") or 0, find(slots, "year")
    for calendar_year in (said,) if said else (at.today.year, at.today.year + 1):
        try:
            monday = date.fromisocalendar(calendar_year, number, 1)
        except ValueError:
            continue
        if said or shifted(monday, 6) >= at.today:
            return Stretch(monday, shifted(monday, 6))
    return None


def next_units(slots: Slots, at: Moment) -> Stretch:
    """ "The next three days", "within two weeks": from today on."""
    last = moved(at.today, find(slots, "number") or 1, str(find(slots, "unit")))
    return Stretch(at.today, last)


def month_days(slots: Slots, at: Moment) -> Stretch | None:
    """ "July 13 to 15", "from the 5th to the 8th of May": two numbers, one month or none."""
    numbers = [value for name, value in slots if name in ("ordinal", "dayno")]
    named = find(slots, "month")
    if numbers[1] < numbers[0] and named is not None:
        start = next_such(at.today, named, numbers[0]) if find(slots, "dayno") is None else None
        end = next_day_of_month(start, numbers[1]) if start else None
        return Stretch(start, end) if start and end else None
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


def days_no_hours(slots: Slots, at: Moment) -> Stretch | None:
    """ "De 23 a 27": days, where a number is too high for an hour; else hours are meant."""
    numbers = [value for name, value in slots if name == "dayno"]
    return month_days(slots, at) if max(numbers) > 24 else None


def month_days_ahead(ahead: int) -> Rule:
    """ "From the 4th to the 23rd of next month"."""

    def rule(slots: Slots, at: Moment) -> Stretch | None:
        first, last = (value for name, value in slots if name in ("ordinal", "dayno"))
        month = months_later(at.today.replace(day=1), ahead)
        start = valid_date(month.year, month.month, first)
        end = valid_date(month.year, month.month, last)
        return Stretch(start, end) if start and end and start <= end else None

    return rule


def month_in_figures(slots: Slots, at: Moment) -> Stretch | None:
    """ "11/2026"."""
    del at
    year, number = next((value for name, value in slots if name == "month_figures"), (0, 0))
    year, number = find(slots, "year") or year, find(slots, "dayno") or number
    if not 1 <= number <= 12:
        return None
    return Stretch(date(year, number, 1), date(year, number, days_in(year, number)))


def week_of_month(slots: Slots, at: Moment) -> Stretch | None:
    """ "The first week of December": a week belongs to the month that has most of its days."""
    first = named_month(at, find(slots, "month"))
    thursday = nth_weekday(first.year, first.month, find(slots, "ordinal", "dayno") or 1, 3)
    return Stretch(shifted(thursday, -3), shifted(thursday, 3)) if thursday else None


def last_week_of_month(slots: Slots, at: Moment) -> Stretch:
    first = named_month(at, find(slots, "month"))
    thursday = nth_weekday(first.year, first.month, -1, 3) or first
    return Stretch(shifted(thursday, -3), shifted(thursday, 3))


def weekend_of_day(slots: Slots, at: Moment) -> Stretch:
    """ "Labor Day weekend": the weekend nearest to the day, and the day if it is next to it."""
    del at
    day = every(slots, "day")[0].date
    saturday = shifted(day, (5 - day.weekday() + 3) % 7 - 3)
    sunday = shifted(saturday, 1)
    touches = -1 <= (day - saturday).days <= 2
    return Stretch(min(saturday, day), max(sunday, day)) if touches else Stretch(saturday, sunday)


def in_units_to_units(slots: Slots, at: Moment) -> Stretch | None:
    """ "In two or three weeks"."""
    numbers = [value for name, value in slots if name == "number"]
    first, last = (moved(at.today, number, str(find(slots, "unit"))) for number in numbers)
    return Stretch(first, last) if first <= last else None


def two_month_days(slots: Slots, at: Moment) -> Stretch | Unclear | None:
    """ "The 5th and 6th of May" are a stretch; of "the 5th or the 20th of May" one is asked."""
    dotted = next((value for name, value in slots if name == "dotted"), None)
    numbers = [value for name, value in slots if name in ("ordinal", "dayno")]
    month_said = find(slots, "month")
    if dotted is not None:
        numbers, month_said = [*numbers, dotted.first], dotted.second
    year = find(slots, "year")
    found = [
        next_such(at.today, month_said or 0, number)
        if year is None
        else valid_date(year, month_said or 0, number)
        for number in numbers
    ]
    days = [day for day in found if day is not None]
    if len(days) < len(numbers):
        return None
    in_a_row = all(shifted(days[0], index) == day for index, day in enumerate(days))
    return Stretch(days[0], days[-1]) if in_a_row else Unclear((0, "day"))


def from_day_of_month(slots: Slots, at: Moment) -> Stretch | None:
    first = next_day_of_month(at.today, find(slots, "ordinal", "dayno") or 0)
    return Stretch(first=first) if first else None


def number_to_day(slots: Slots, at: Moment) -> Stretch | None:
    """ "From the 28th to 3 January": the last day of that number before the other."""
    del at
    number, last = find(slots, "ordinal", "dayno") or 0, every(slots, "day")[0]
    if last.weekday is not None:
        return None
    first = valid_date(last.date.year, last.date.month, number)
    if first is None or first > last.date:
        earlier = shifted(last.date.replace(day=1), -1)
        first = valid_date(earlier.year, earlier.month, number)
    return Stretch(first, last.date) if first else None


def _in_year_of(last: Day, first: Day) -> date:
    """ "10 August to 12 September 2027": the year said at the end holds for both."""
    if not last.dated or first.dated or first.weekday is not None:
        return first.date
    found = valid_date(last.date.year, first.date.month, first.date.day)
    return found if found and found <= last.date else first.date


def between_days(slots: Slots, at: Moment) -> Stretch | None:
    """Two days or stretches; the second is the first such day after the first."""
    del at
    ends = [value for name, value in slots if name in ("day", "stretch")]
    first = ends[0].date if isinstance(ends[0], Day) else ends[0].first
    last = ends[1].date if isinstance(ends[1], Day) else ends[1].last
    if first is None or last is None:
        return None
    if isinstance(ends[0], Day) and isinstance(ends[1], Day):
        first = _in_year_of(ends[1], ends[0])
    if last < first and isinstance(ends[1], Day) and not ends[1].dated:
        if ends[1].weekday is not None:
            last = shifted(last, 7)
        elif isinstance(ends[0], Day) and ends[0].dated:  # "10 August 2027 to 12 September"
            last = next_such(first, last.month, last.day) or last
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


def till_day(slots: Slots, at: Moment) -> Stretch:
    del at
    return Stretch(last=_end(slots), till=True)


def _start(slots: Slots) -> date:
    value = next(value for name, value in slots if name in ("day", "stretch"))
    return value.date if isinstance(value, Day) else value.first or value.last


def _end(slots: Slots) -> date:
    value = next(value for name, value in slots if name in ("day", "stretch"))
    return value.date if isinstance(value, Day) else value.last or value.first


RULES: dict[str, Rule] = {
    "this_week": this_week,
    "current_week": current_week,
    "rest_of_this_week": rest_of_this_week,
    "rest_of_this_month": rest_of_this_month,
    "early_this_week": week(0, 0, 1),
    "middle_of_this_week": week(0, 2, 2),
    "late_this_week": week(0, 3, 4),
    "early_coming_week": coming_week(0, 1),
    "middle_of_coming_week": coming_week(2, 2),
    "late_coming_week": coming_week(3, 4),
    "coming_days": coming_days,
    "next_week": week(1),
    "early_next_week": week(1, 0, 1),
    "middle_of_next_week": week(1, 2, 2),
    "late_next_week": week(1, 3, 4),
    "working_days_of_next_week": week(1, 0, 4),
    "week_after_next": week(2),
    "week_in_units": week_in_units,
    "week_of_day": week_of_day,
    "week_of_number": week_of_number,
    "week_after_day": week_after_day,
    "week_of_holiday": week_of_holiday,
    "coming_weekend": coming_weekend,
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
    "month_after_next": month(2),
    "first_half_of_month": month(0, 1, 15),
    "second_half_of_month": month(0, 16, 31),
    "month_in_figures": month_in_figures,
    "week_of_month": week_of_month,
    "last_week_of_month": last_week_of_month,
    "weekend_of_day": weekend_of_day,
    "month_of_next_year": month_of_next_year,
    "this_year": year(0),
    "next_year": year(1),
    "week_of_year": week_of_year,
    "next_units": next_units,
    "days_no_hours": days_no_hours,
    "month_days": month_days,
    "month_days_of_this_month": month_days_ahead(0),
    "month_days_of_next_month": month_days_ahead(1),
    "in_units_to_units": in_units_to_units,
    "two_month_days": two_month_days,
    "from_day_of_month": from_day_of_month,
    "number_to_day": number_to_day,
    "between_days": between_days,
    "after_day": after_day,
    "from_day": from_day,
    "before_day": before_day,
    "until_day": until_day,
    "till_day": till_day,
}
