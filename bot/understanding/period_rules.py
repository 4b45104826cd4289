"""The rules of periods that the calendar names: weeks, weekends, months, years and parts of them.

A calendar week runs from Monday to Sunday. The end of a week are its last two working days, its
beginning the first two; a month has three parts of ten days.
"""

from collections.abc import Callable
from datetime import date

from bot.understanding.date_rules import named_day
from bot.understanding.days import Day, Stretch, every, find, named_month
from bot.understanding.moment import (
    Moment,
    days_in,
    months_later,
    next_day_of_month,
    nth_weekday,
    shifted,
)
from bot.understanding.patterns import Slots

Rule = Callable[[Slots, Moment], Day | Stretch | None]


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
    return _whole_week(every(slots, "day")[0].date)


def week_of_number(slots: Slots, at: Moment) -> Stretch | None:
    """ "La semana de 18": the week of the next day of a month with this number."""
    day = next_day_of_month(at.today, find(slots, "dayno") or 0)
    return _whole_week(day) if day else None


def period_after_day(slots: Slots, at: Moment) -> Day | Stretch | None:
    """ "The week after Christmas", "the day after Easter": the next whole one, as the calendar
    has it; "a week after Christmas" is another matter."""
    del at
    day = every(slots, "day")[0].date
    match find(slots, "unit"):
        case "day":
            return Day(shifted(day, 1))
        case "week":
            return _whole_week(shifted(day, 7))
        case "month":
            return _whole_month(months_later(day.replace(day=1), 1))
    return None


def period_before_day(slots: Slots, at: Moment) -> Day | Stretch | None:
    """ "The week before Christmas": the last whole one. Before a Sunday, as Easter is, that is the
    week which the Sunday ends."""
    del at
    day = every(slots, "day")[0].date
    match find(slots, "unit"):
        case "day":
            return Day(shifted(day, -1))
        case "week":
            monday = shifted(day, -6 - shifted(day, 1).weekday())
            return Stretch(monday, min(shifted(monday, 6), shifted(day, -1)))
        case "month":
            return _whole_month(months_later(day.replace(day=1), -1))
    return None


def _whole_week(day: date) -> Stretch:
    monday = shifted(day, -day.weekday())
    return Stretch(monday, shifted(monday, 6))


def _whole_month(first: date) -> Stretch:
    return Stretch(first, first.replace(day=days_in(first.year, first.month)))


def week_of_holiday(slots: Slots, at: Moment) -> Stretch | None:
    """ "Thanksgiving week"."""
    day = named_day(slots, at)
    return week_of_day((("day", day),), at) if day else None


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


def week_of_month(slots: Slots, at: Moment) -> Stretch | None:
    """ "The first week of December": a week belongs to the month that has most of its days."""
    first = named_month(at, find(slots, "month"))
    thursday = nth_weekday(first.year, first.month, find(slots, "ordinal", "dayno") or 1, 3)
    return Stretch(shifted(thursday, -3), shifted(thursday, 3)) if thursday else None


def last_week_of_month(slots: Slots, at: Moment) -> Stretch:
    first = named_month(at, find(slots, "month"))
    thursday = nth_weekday(first.year, first.month, -1, 3) or first
    return Stretch(shifted(thursday, -3), shifted(thursday, 3))


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


def weekend_of_day(slots: Slots, at: Moment) -> Stretch:
    """ "Labor Day weekend": the weekend nearest to the day, and the day if it is next to it."""
    del at
    day = every(slots, "day")[0].date
    saturday = shifted(day, (5 - day.weekday() + 3) % 7 - 3)
    sunday = shifted(saturday, 1)
    touches = -1 <= (day - saturday).days <= 2
    return Stretch(min(saturday, day), max(sunday, day)) if touches else Stretch(saturday, sunday)


def month(ahead: int, start: int = 1, end: int = 31) -> Rule:
    """A part of a month: the one named, else the one so many months ahead."""

    def rule(slots: Slots, at: Moment) -> Stretch:
        first = named_month(at, find(slots, "month"), ahead, find(slots, "year"))
        last = days_in(first.year, first.month)
        return Stretch(first.replace(day=start), first.replace(day=min(end, last)))

    return rule


def month_of_next_year(slots: Slots, at: Moment) -> Stretch:
    return _whole_month(named_month(at, find(slots, "month"), year=at.today.year + 1))


def month_in_figures(slots: Slots, at: Moment) -> Stretch | None:
    """ "11/2026"."""
    del at
    year, number = next((value for name, value in slots if name == "month_figures"), (0, 0))
    year, number = find(slots, "year") or year, find(slots, "dayno") or number
    if not 1 <= number <= 12:
        return None
    return _whole_month(date(year, number, 1))


def year(ahead: int) -> Rule:
    def rule(slots: Slots, at: Moment) -> Stretch:
        del slots
        number = min(at.today.year + ahead, date.max.year)
        return Stretch(date(number, 1, 1), date(number, 12, 31))

    return rule


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
    "next_week": week(1),
    "early_next_week": week(1, 0, 1),
    "middle_of_next_week": week(1, 2, 2),
    "late_next_week": week(1, 3, 4),
    "working_days_of_next_week": week(1, 0, 4),
    "week_after_next": week(2),
    "week_in_units": week_in_units,
    "week_of_day": week_of_day,
    "week_of_number": week_of_number,
    "period_after_day": period_after_day,
    "period_before_day": period_before_day,
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
}
