"""The rules of days counted from today or another day: "tomorrow", "next Tuesday", "a week later".

Each pattern of the lexicon names its rule. A rule gets what the pattern's slots stood for and the
moment of speaking, and returns a `Day`, or None where there is no such day. Rules know no word of
any language.

A weekday is the coming one; today's name means a week from today unless "today" or "this" is said.

"Next Tuesday" is the Tuesday of the next calendar week, Monday to Sunday. Patients use "next" for
"not this week's": on a Monday "next Tuesday" is eight days off (tomorrow would be "tomorrow" or
"Tuesday"), on a Sunday it is in two days, since that Tuesday is in next week. The answer always
names the full date, so that a patient who meant the other one sees it.
"""

from collections.abc import Callable
from datetime import date

from bot.understanding.days import Day, Unclear, coming, every, find, get, moved, this_or_coming
from bot.understanding.moment import Moment, shifted
from bot.understanding.patterns import Slots

Rule = Callable[[Slots, Moment], Day | Unclear]


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


def week_after_weekday(slots: Slots, at: Moment) -> Day:
    weeks = find(slots, "number") or 1
    return Day(shifted(coming(at.today, get(slots, "weekday")), 7 * weeks))


def fortnight_after_weekday(slots: Slots, at: Moment) -> Day:
    return Day(shifted(coming(at.today, get(slots, "weekday")), 14))


def weeks_after_this_weekday(weeks: int) -> Rule:
    """Counted from the coming such weekday, or from today if it is one: "mardi en huit"."""

    def rule(slots: Slots, at: Moment) -> Day:
        return Day(shifted(this_or_coming(at.today, get(slots, "weekday")), 7 * weeks))

    return rule


def weekday_in_weeks(slots: Slots, at: Moment) -> Day:
    weeks = find(slots, "number") or 1
    return Day(shifted(at.monday(min(weeks, 500)), get(slots, "weekday")))


def in_units(slots: Slots, at: Moment) -> Day:
    return Day(moved(at.today, find(slots, "number") or 1, str(find(slots, "unit"))))


def units_after_day(slots: Slots, at: Moment) -> Day:
    start: Day = every(slots, "day")[0]
    del at
    return Day(moved(start.date, find(slots, "number") or 1, str(find(slots, "unit"))))


def in_several_units(slots: Slots, at: Moment) -> Day:
    """ "In two weeks and three days"."""
    return Day(_moved_by_all(at.today, slots))


def several_units_after_day(slots: Slots, at: Moment) -> Day:
    del at
    return Day(_moved_by_all(every(slots, "day")[0].date, slots))


def _moved_by_all(day: date, slots: Slots) -> date:
    number = 1
    for name, value in slots:
        if name == "number":
            number = value
        elif name == "unit":
            day, number = moved(day, number, str(value)), 1
    return day


def units_before_day(slots: Slots, at: Moment) -> Day:
    del at
    day: Day = every(slots, "day")[0]
    return Day(moved(day.date, -(find(slots, "number") or 1), str(find(slots, "unit"))))


def units_after_relday(slots: Slots, at: Moment) -> Day:
    """ "Tomorrow week", "a week today"."""
    unit = str(find(slots, "unit") or "week")
    return Day(moved(at.day(get(slots, "relday")), find(slots, "number") or 1, unit))


def weekday_in_week_of_day(slots: Slots, at: Moment) -> Day:
    """ "The Monday of the week of the 7th"."""
    del at
    day = every(slots, "day")[0].date
    return Day(shifted(day, get(slots, "weekday") - day.weekday()))


def weekday_after_day(slots: Slots, at: Moment) -> Day:
    """ "The Monday after Thanksgiving"."""
    del at
    return Day(coming(every(slots, "day")[0].date, get(slots, "weekday")))


def weekday_before_day(slots: Slots, at: Moment) -> Day:
    del at
    day = shifted(every(slots, "day")[0].date, -1)
    return Day(shifted(day, -((day.weekday() - get(slots, "weekday")) % 7)))


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


def day_after(slots: Slots, at: Moment) -> Day:
    del at
    return Day(shifted(every(slots, "day")[0].date, 1))


RULES: dict[str, Rule] = {
    "relative_day": relative_day,
    "coming_weekday": coming_weekday,
    "this_weekday": this_weekday,
    "this_part": this_part,
    "nth_weekday_from_now": nth_weekday_from_now,
    "next_weekday": next_weekday,
    "weekday_after_next": weekday_after_next,
    "week_after_weekday": week_after_weekday,
    "fortnight_after_weekday": fortnight_after_weekday,
    "week_after_this_weekday": weeks_after_this_weekday(1),
    "fortnight_after_this_weekday": weeks_after_this_weekday(2),
    "weekday_in_weeks": weekday_in_weeks,
    "in_units": in_units,
    "units_after_day": units_after_day,
    "in_several_units": in_several_units,
    "several_units_after_day": several_units_after_day,
    "units_before_day": units_before_day,
    "units_after_relday": units_after_relday,
    "weekday_in_week_of_day": weekday_in_week_of_day,
    "weekday_after_day": weekday_after_day,
    "weekday_before_day": weekday_before_day,
    "units_after_offer": units_after_offer,
    "units_before_offer": units_before_offer,
    "day_before": day_before,
    "day_after": day_after,
}
