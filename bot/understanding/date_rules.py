"""The rules of dates, days that the calendar names: "the 5th", "2 May", "Christmas", "12/05/2026".

A date without a year is the next such day, today included.
"""

from collections.abc import Callable

from bot.understanding.days import (
    Day,
    Days,
    Numeric,
    Unclear,
    every,
    find,
    full_year,
    get,
    named_month,
)
from bot.understanding.moment import (
    Moment,
    days_in,
    easter,
    first_after,
    months_later,
    next_day_of_month,
    next_such,
    nth_weekday,
    shifted,
    valid_date,
)
from bot.understanding.patterns import Slots

Rule = Callable[[Slots, Moment], Day | Days | Unclear | None]
_NEAR = 45  # Days: no further off is "Friday 15" a day rather than a time.
_FAR = 100  # Days: nobody names a day of the month so far ahead without its month.


def day_of_month(slots: Slots, at: Moment) -> Day | None:
    number = find(slots, "ordinal", "ordinal_figure", "dayno", "day_figure") or 0
    found = next_day_of_month(at.today, number)
    return Day(found, number=number) if found else None


def day_of_this_month(slots: Slots, at: Moment) -> Day | None:
    found = valid_date(
        at.today.year, at.today.month, find(slots, "ordinal", "ordinal_figure", "dayno") or 0
    )
    return Day(found) if found else None


def day_of_next_month(slots: Slots, at: Moment) -> Day | None:
    month = months_later(at.today.replace(day=1), 1)
    found = valid_date(
        month.year, month.month, find(slots, "ordinal", "ordinal_figure", "dayno") or 0
    )
    return Day(found) if found else None


def day_and_month(slots: Slots, at: Moment) -> Day | Unclear:
    month = find(slots, "month", "short_month") or 0
    day, year = find(slots, "ordinal", "ordinal_figure", "dayno") or 0, find(slots, "year")
    found = next_such(at.today, month, day) if year is None else valid_date(year, month, day)
    if found is None:
        return Unclear((0, "day"))  # "31 February" is asked back, never all of February.
    return Day(found, dated=year is not None)


def days_of_month(slots: Slots, at: Moment) -> Days | None:
    """ "Dias 5, 6 e 7", "dia 5 ou 6 de dezembro"."""
    month = find(slots, "month")
    numbers = [value for name, value in slots if name in ("ordinal", "dayno")]
    found = [
        next_day_of_month(at.today, number) if month is None else next_such(at.today, month, number)
        for number in numbers
    ]
    return Days(tuple(Day(day) for day in found if day)) if all(found) else None


def day_and_month_number(slots: Slots, at: Moment) -> Day | None:
    """ "On the 27. 11.", "the seventh of the fourth": the second number is the month."""
    numbers = [value for name, value in slots if name in ("ordinal", "dayno")]
    year = find(slots, "year")
    return _of_numbers(numbers[0], numbers[1], year, at)


def spaced_date(slots: Slots, at: Moment) -> Day | None:
    """ "20 02 27", "31 10": figures apart, where no hour can be meant."""
    day, month, *years = (int(value) for name, value in slots if name in ("day_figure", "number"))
    if not years:
        return _of_numbers(day, month, None, at) if day > 24 and month <= 12 else None
    found = valid_date(at.today.year // 100 * 100 + years[0], month, day)
    near = found is not None and at.today <= found <= shifted(at.today, 2 * 365)
    return Day(found, dated=True) if found and near else None


def day_of_next_year(slots: Slots, at: Moment) -> Day | None:
    day = find(slots, "ordinal", "ordinal_figure", "dayno") or 0
    found = valid_date(at.today.year + 1, get(slots, "month"), day)
    return Day(found) if found else None


def dotted_date(slots: Slots, at: Moment) -> Day | None:
    """ "5.12.": with a dot the day comes first, wherever the clinic is."""
    figures: Numeric = next(value for name, value in slots if name == "dotted")
    year = find(slots, "year")
    if figures.year is not None:
        year = full_year(figures.year, at.today)
    return _of_numbers(figures.first, figures.second, year, at)


def dotted_past_hours(slots: Slots, at: Moment) -> Day | None:
    """ "24.11" alone is a day where it can be no time that the clinic is open at."""
    figures: Numeric = next(value for name, value in slots if name == "dotted")
    return dotted_date(slots, at) if figures.first > at.closes.hour else None


def _of_numbers(day: int, month: int, year: int | None, at: Moment) -> Day | None:
    found = next_such(at.today, month, day) if year is None else valid_date(year, month, day)
    return Day(found, dated=year is not None) if found else None


def weekday_and_number(slots: Slots, at: Moment) -> Day | None:
    """ "Monday the 5th", "Sunday 31": the next day that is both."""
    weekday, number = get(slots, "weekday"), find(slots, "ordinal", "ordinal_figure", "dayno") or 0
    ordinal = find(slots, "ordinal", "ordinal_figure") is not None
    if not ordinal and number <= 12:
        return None  # "Tuesday 3" is a time of day.
    found = next_day_of_month(at.today, number, weekday)
    if found is None:
        return None
    if not ordinal and number <= at.closes.hour and (found - at.today).days > _NEAR:
        return None  # "Friday 15" is 15:00 unless a Friday the 15th is near.
    return Day(found)


def weekday_and_day_of_month(slots: Slots, at: Moment) -> Day | None:
    """Where a bare number after a weekday is never an hour; a pair far ahead is asked back."""
    number = find(slots, "ordinal", "ordinal_figure", "dayno") or 0
    found = next_day_of_month(at.today, number, get(slots, "weekday"))
    if found is None:
        return None
    return Day(found, conflict=(found - at.today).days > _FAR)


def weekday_and_day(slots: Slots, at: Moment) -> Day | None:
    """ "El martes 3": a day where hours have words of their own, unless none such is near."""
    number = find(slots, "ordinal", "ordinal_figure", "dayno") or 0
    found = next_day_of_month(at.today, number, get(slots, "weekday"))
    is_near = found is not None and (found - at.today).days <= _NEAR
    return Day(found) if found and (is_near or number > at.closes.hour) else None


def weekday_and_high_number(slots: Slots, at: Moment) -> Day | None:
    """ "Friday 27", where "Friday 20" may be an hour."""
    return weekday_and_number(slots, at) if get(slots, "dayno") > 24 else None


def weekday_and_day_number(slots: Slots, at: Moment) -> Day | None:
    """ "Monday 9", where an hour would be said otherwise: unclear unless such a Monday is near."""
    weekday, number = get(slots, "weekday"), find(slots, "ordinal", "ordinal_figure", "dayno") or 0
    found = next_day_of_month(at.today, number, weekday)
    if found is not None and (found - at.today).days <= 100:
        return Day(found)
    found = next_day_of_month(at.today, number)
    return Day(found, conflict=True) if found else None


def weekday_and_date(slots: Slots, at: Moment) -> Day | None:
    """ "Saturday 5 December": both must agree, in this year or, without a year, a later one."""
    weekday, said = get(slots, "weekday"), every(slots, "day")[0]
    is_past = said.dated and said.date < at.today
    if said.weekday is not None or (is_past and slots[0][0] == "day"):
        return None  # "Born on 3 March 1982, Wednesday at ten": two days.
    if said.date.weekday() == weekday:
        return Day(said.date, dated=said.dated)
    if not said.dated:
        later = next_such(at.today, said.date.month, said.date.day, weekday)
        if later and (later - at.today).days < 400:
            return Day(later)
    return Day(said.date, dated=said.dated, conflict=True)


def nth_weekday_of_month(slots: Slots, at: Moment) -> Day | None:
    nth = find(slots, "ordinal", "dayno") or 1
    weekday, month = get(slots, "weekday"), find(slots, "month")
    if month is not None and (year := find(slots, "year")) is not None:
        found = nth_weekday(year, month, nth, weekday)
        return Day(found, dated=True) if found else None
    months = (months_later(at.today.replace(day=1), ahead) for ahead in range(13))
    days = (
        nth_weekday(first.year, first.month, nth, weekday)
        for first in months
        if month in (None, first.month)
    )
    found = first_after(at.today, days)
    return Day(found) if found else None


def last_weekday_of_month(slots: Slots, at: Moment) -> Day | None:
    weekday, month = get(slots, "weekday"), find(slots, "month")
    if month is not None and (year := find(slots, "year")) is not None:
        last = nth_weekday(year, month, -1, weekday)
        return Day(last, dated=True) if last else None
    ends = (shifted(months_later(at.today.replace(day=1), ahead), -1) for ahead in range(1, 14))
    days = (
        shifted(end, -((end.weekday() - weekday) % 7)) for end in ends if month in (None, end.month)
    )
    found = first_after(at.today, days)
    return Day(found) if found else None


def last_day_of_month(slots: Slots, at: Moment) -> Day:
    first = named_month(at, find(slots, "month"), year=find(slots, "year"))
    return Day(first.replace(day=days_in(first.year, first.month)))


def named_day(slots: Slots, at: Moment) -> Day | None:
    """A holiday: always on the same date, the nth weekday of a month, or so far from Easter."""
    named = next(value for name, value in slots if name == "named_day")
    if isinstance(named, str):
        month, day = (int(part) for part in named.split("-"))
        found = next_such(at.today, month, day)
    elif isinstance(named, int):
        years = range(at.today.year, min(at.today.year + 2, 9999))
        found = first_after(at.today, (shifted(easter(year), named) for year in years))
    else:
        month, nth, weekday = named
        years = range(at.today.year, min(at.today.year + 2, 9999))
        found = first_after(at.today, (nth_weekday(year, month, nth, weekday) for year in years))
    return Day(found) if found else None


def in_figures(slots: Slots, at: Moment) -> Day | None:
    figures: Numeric = next(value for name, value in slots if name == "figures")
    return figures.date(at)


def with_dash(slots: Slots, at: Moment) -> Day | None:
    """ "11-27" is a day, since it is no stretch of hours; "9-12" and "10-4" are hours."""
    first, last = (value for name, value in slots if name == "dayno")
    hours = range(at.opens.hour, at.closes.hour + 1)
    is_window = first < last and first in hours and last in hours
    if max(first, last) <= 12 or is_window:
        return None
    return Numeric(first, last).date(at)


def iso_date(slots: Slots, at: Moment) -> Day:
    del at
    return Day(next(value for name, value in slots if name == "iso"), dated=True)


RULES: dict[str, Rule] = {
    "day_of_month": day_of_month,
    "day_of_this_month": day_of_this_month,
    "day_of_next_month": day_of_next_month,
    "day_and_month": day_and_month,
    "days_of_month": days_of_month,
    "day_and_month_number": day_and_month_number,
    "spaced_date": spaced_date,
    "day_of_next_year": day_of_next_year,
    "dotted_date": dotted_date,
    "dotted_past_hours": dotted_past_hours,
    "weekday_and_number": weekday_and_number,
    "weekday_and_day": weekday_and_day,
    "weekday_and_day_of_month": weekday_and_day_of_month,
    "weekday_and_high_number": weekday_and_high_number,
    "weekday_and_day_number": weekday_and_day_number,
    "weekday_and_date": weekday_and_date,
    "nth_weekday_of_month": nth_weekday_of_month,
    "last_weekday_of_month": last_weekday_of_month,
    "last_day_of_month": last_day_of_month,
    "named_day": named_day,
    "in_figures": in_figures,
    "with_dash": with_dash,
    "iso_date": iso_date,
}
