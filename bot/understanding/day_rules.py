"""The rules of days: what each pattern of the lexicon for one day means.

A rule gets what its pattern's slots stood for and the moment of speaking, and returns a `Day`
or None where there is no such day. Rules know no word of any language.

A date without a year is the next such day, today included. A weekday is the coming one; today's
name means a week from today unless "today" or "this" is said.

"Next Tuesday" is the Tuesday of the next calendar week, Monday to Sunday. Patients use "next" for
"not this week's": on a Monday "next Tuesday" is eight days off (tomorrow would be "tomorrow" or
"Tuesday"), on a Sunday it is in two days, since that Tuesday is in next week. The answer always
names the full date, so that a patient who meant the other one sees it.
"""

from collections.abc import Callable

from bot.understanding.days import (
    Day,
    Numeric,
    Unclear,
    coming,
    every,
    find,
    get,
    moved,
    named_month,
    this_or_coming,
)
from bot.understanding.moment import (
    Moment,
    days_in,
    first_after,
    months_later,
    next_day_of_month,
    next_such,
    shifted,
    valid_date,
)
from bot.understanding.patterns import Slots

Rule = Callable[[Slots, Moment], Day | Unclear | None]


def relative_day(slots: Slots, at: Moment) -> Day:
    return Day(at.day(get(slots, "relday")))


def coming_weekday(slots: Slots, at: Moment) -> Day:
    weekday = get(slots, "weekday")
    return Day(coming(at.today, weekday), weekday)


def this_weekday(slots: Slots, at: Moment) -> Day:
    return Day(this_or_coming(at.today, get(slots, "weekday")))


def this_part(slots: Slots, at: Moment) -> Day:
    """ "This afternoon": today; the part of day is found beside it."""
    del slots
    return Day(at.today)


def nth_weekday_from_now(slots: Slots, at: Moment) -> Day:
    weekday = find(slots, "weekdays", "weekday") or 0
    return Day(shifted(coming(at.today, weekday), 7 * (min(get(slots, "number"), 500) - 1)))


def next_weekday(slots: Slots, at: Moment) -> Day:
    return Day(shifted(at.monday(1), get(slots, "weekday")))


def weekday_after_next(slots: Slots, at: Moment) -> Day:
    return Day(shifted(at.monday(2), get(slots, "weekday")))


def weekday_of_this_week(slots: Slots, at: Moment) -> Day:
    return Day(shifted(at.monday(), get(slots, "weekday")))


def week_after_weekday(slots: Slots, at: Moment) -> Day:
    weeks = find(slots, "number") or 1
    return Day(shifted(coming(at.today, get(slots, "weekday")), 7 * weeks))


def fortnight_after_weekday(slots: Slots, at: Moment) -> Day:
    return Day(shifted(coming(at.today, get(slots, "weekday")), 14))


def weekday_in_weeks(slots: Slots, at: Moment) -> Day:
    weeks = find(slots, "number") or 1
    return Day(shifted(at.monday(min(weeks, 500)), get(slots, "weekday")))


def in_units(slots: Slots, at: Moment) -> Day:
    return Day(moved(at.today, find(slots, "number") or 1, str(find(slots, "unit"))))


def units_after_day(slots: Slots, at: Moment) -> Day:
    start: Day = every(slots, "day")[0]
    del at
    return Day(moved(start.date, find(slots, "number") or 1, str(find(slots, "unit"))))


def units_after_offer(slots: Slots, at: Moment) -> Day | Unclear:
    """ "The day after", "a week later": counted from what was offered, else unclear."""
    return _from_offer((find(slots, "number") or 1, str(find(slots, "unit") or "day")), at)


def units_before_offer(slots: Slots, at: Moment) -> Day | Unclear:
    return _from_offer((-(find(slots, "number") or 1), str(find(slots, "unit") or "day")), at)


def _from_offer(steps: tuple[int, str], at: Moment) -> Day | Unclear:
    if at.offered_day is None:
        return Unclear(steps)
    return Day(moved(at.offered_day, *steps), steps=steps)


def day_before(slots: Slots, at: Moment) -> Day:
    del at
    return Day(shifted(every(slots, "day")[0].date, -1))


def day_of_month(slots: Slots, at: Moment) -> Day | None:
    found = next_day_of_month(at.today, find(slots, "ordinal", "ordinal_figure", "dayno") or 0)
    return Day(found) if found else None


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


def day_and_month(slots: Slots, at: Moment) -> Day | None:
    month, day = get(slots, "month"), find(slots, "ordinal", "ordinal_figure", "dayno") or 0
    year = find(slots, "year")
    found = next_such(at.today, month, day) if year is None else valid_date(year, month, day)
    return Day(found, dated=year is not None) if found else None


def weekday_and_number(slots: Slots, at: Moment) -> Day | None:
    """ "Monday the 5th", "Sunday 31": the next day that is both."""
    weekday, number = get(slots, "weekday"), find(slots, "ordinal", "ordinal_figure", "dayno") or 0
    if find(slots, "ordinal") is None and number <= 12:
        return None  # "Tuesday 3" is a time of day.
    found = next_day_of_month(at.today, number, weekday)
    if found is None:
        return None
    if find(slots, "ordinal") is None and number <= 24 and (found - at.today).days > 45:
        return None  # "Friday 15" is 15:00 unless a Friday the 15th is near.
    return Day(found)


def weekday_and_date(slots: Slots, at: Moment) -> Day | None:
    """ "Saturday 5 December": both must agree, in this year or, without a year, a later one."""
    weekday, said = get(slots, "weekday"), every(slots, "day")[0]
    if said.weekday is not None:
        return None
    if said.date.weekday() == weekday:
        return Day(said.date, dated=said.dated)
    if not said.dated:
        later = next_such(at.today, said.date.month, said.date.day, weekday)
        if later and (later - at.today).days < 400:
            return Day(later)
    return Day(said.date, dated=said.dated, conflict=True)


def nth_weekday_of_month(slots: Slots, at: Moment) -> Day | None:
    nth, weekday, month = get(slots, "ordinal"), get(slots, "weekday"), find(slots, "month")
    months = (months_later(at.today.replace(day=1), ahead) for ahead in range(13))
    days = (
        valid_date(first.year, first.month, 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1))
        for first in months
        if month in (None, first.month)
    )
    found = first_after(at.today, days)
    return Day(found) if found else None


def last_weekday_of_month(slots: Slots, at: Moment) -> Day | None:
    weekday, month = get(slots, "weekday"), find(slots, "month")
    ends = (shifted(months_later(at.today.replace(day=1), ahead), -1) for ahead in range(1, 14))
    days = (
        shifted(end, -((end.weekday() - weekday) % 7)) for end in ends if month in (None, end.month)
    )
    found = first_after(at.today, days)
    return Day(found) if found else None


def last_day_of_month(slots: Slots, at: Moment) -> Day:
    first = named_month(at, find(slots, "month"))
    return Day(first.replace(day=days_in(first.year, first.month)))


def named_day(slots: Slots, at: Moment) -> Day | None:
    month, day = (int(part) for part in str(find(slots, "named_day")).split("-"))
    found = next_such(at.today, month, day)
    return Day(found) if found else None


def in_figures(slots: Slots, at: Moment) -> Day | None:
    figures: Numeric = next(value for name, value in slots if name == "figures")
    return figures.date(at)


def iso_date(slots: Slots, at: Moment) -> Day:
    del at
    return Day(next(value for name, value in slots if name == "iso"), dated=True)


RULES: dict[str, Rule] = {
    "relative_day": relative_day,
    "coming_weekday": coming_weekday,
    "this_weekday": this_weekday,
    "this_part": this_part,
    "nth_weekday_from_now": nth_weekday_from_now,
    "next_weekday": next_weekday,
    "weekday_after_next": weekday_after_next,
    "weekday_of_this_week": weekday_of_this_week,
    "week_after_weekday": week_after_weekday,
    "fortnight_after_weekday": fortnight_after_weekday,
    "weekday_in_weeks": weekday_in_weeks,
    "in_units": in_units,
    "units_after_day": units_after_day,
    "units_after_offer": units_after_offer,
    "units_before_offer": units_before_offer,
    "day_before": day_before,
    "day_of_month": day_of_month,
    "day_of_this_month": day_of_this_month,
    "day_of_next_month": day_of_next_month,
    "day_and_month": day_and_month,
    "weekday_and_number": weekday_and_number,
    "weekday_and_date": weekday_and_date,
    "nth_weekday_of_month": nth_weekday_of_month,
    "last_weekday_of_month": last_weekday_of_month,
    "last_day_of_month": last_day_of_month,
    "named_day": named_day,
    "in_figures": in_figures,
    "iso_date": iso_date,
}
