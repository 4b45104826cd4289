"""The rules of stretches: "from Monday to Friday", "after the 5th", "within two weeks"."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from bot.understanding.days import Day, Stretch, Unclear, every, find, moved, named_month
from bot.understanding.moment import (
    Moment,
    months_later,
    next_day_of_month,
    next_such,
    shifted,
    valid_date,
)
from bot.understanding.patterns import Slots

Rule = Callable[[Slots, Moment], Stretch | Unclear | None]


def coming_days(slots: Slots, at: Moment) -> Stretch:
    """ "In the coming days": a week at most."""
    del slots
    return Stretch(at.today, at.day(7))


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
    ends = _in_one_order([value for name, value in slots if name in ("day", "stretch")], at)
    first = ends[0].date if isinstance(ends[0], Day) else ends[0].first
    last = ends[1].date if isinstance(ends[1], Day) else ends[1].last
    if first is None or last is None:
        return None
    if isinstance(ends[0], Day) and isinstance(ends[1], Day):
        first = _in_year_of(ends[1], ends[0])
    if isinstance(ends[1], Day):
        last = _next_from(first, ends[1]) or last
    return Stretch(first, last) if first <= last else None


def day_to_number(slots: Slots, at: Moment) -> Stretch | None:
    """ "De 23 de dezembro a 4": until the next day of that number."""
    number = find(slots, "dayno") or 0
    last = next_day_of_month(every(slots, "day")[0].date, number)
    if every(slots, "day")[0].weekday is not None or last is None:
        return None  # "De segunda a 4" may be until four.
    return between_days((*slots, ("day", Day(last, number=number))), at)


def _in_one_order(ends: list[Day | Stretch], at: Moment) -> list[Day | Stretch]:
    """ "From 23/12 to 4/1": the one that can be read in one order only decides for the other."""
    figures = [end.numeric for end in ends if isinstance(end, Day) and end.numeric]
    orders = {each.second > 12 for each in figures if max(each.first, each.second) > 12}
    if len(figures) < len(ends) or len(orders) != 1:
        return ends
    at = replace(at, month_first=orders.pop())
    return [each.date(at) or end for each, end in zip(figures, ends, strict=True)]


def _next_from(first: date, said: Day) -> date | None:
    """Return the next day from a first one on that may be meant: "from 23 December to the 4th",
    "10 August 2027 to 12 September"."""
    if said.dated or said.date >= first:
        return said.date
    if said.weekday is not None:
        return shifted(said.date, 7)
    if said.number is not None:
        return next_day_of_month(first, said.number)
    return next_such(first, said.date.month, said.date.day)


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
    "coming_days": coming_days,
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
    "day_to_number": day_to_number,
    "after_day": after_day,
    "from_day": from_day,
    "before_day": before_day,
    "until_day": until_day,
    "till_day": till_day,
}
