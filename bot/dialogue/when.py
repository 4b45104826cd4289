"""When somebody would like to come: what was said of days and hours, and how words change it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.dialogue.values import Near, SearchWindow
from bot.understanding.values import Entities, Flexible, PartOfDay

NOON = 12 * 60
DAY = 24 * 60
# Between these most people like to come; a wish for the morning is near to its waking half.
EARLY, LATE = 8 * 60, 20 * 60
# When each part of the day begins and ends, in minutes after midnight.
PARTS = {
    PartOfDay.MORNING: (0, NOON),
    PartOfDay.AFTERNOON: (NOON, 17 * 60),
    PartOfDay.EVENING: (17 * 60, 21 * 60),
    PartOfDay.NIGHT: (20 * 60, DAY),
}
DAY_FIELDS = frozenset({"date", "date_from", "date_to", "dates", "weekday", "weekdays"})
TIME_FIELDS = frozenset({"time", "time_from", "time_to", "part_of_day"})


def minutes(at: time) -> int:
    return at.hour * 60 + at.minute


@dataclass(frozen=True, slots=True)
class When:
    days: tuple[date, ...] = ()
    day_from: date | None = None
    day_to: date | None = None
    weekdays: tuple[int, ...] = ()
    not_days: tuple[date, ...] = ()
    not_weekdays: tuple[int, ...] = ()
    minute: int | None = None  # The wished start
    minute_from: int | None = None
    minute_until: int | None = None
    earliest: bool = False  # The first there is, within what else was said
    latest: bool = False  # The last of a day
    any_day: bool = False
    # Relative to what was offered, as the clock on the wall there shows it: "anything sooner?",
    # "later", and "other days" than this one.
    after: datetime | None = None
    before: datetime | None = None
    beside: date | None = None

    @property
    def names_day(self) -> bool:
        """Enough was said to search; a mere hour is not."""
        return bool(
            self.days
            or self.day_from
            or self.day_to
            or self.weekdays
            or self.earliest
            or self.any_day
            or self.is_relative
        )

    def on_any_day(self) -> "When":
        """Hours that leave a choice are enough to search: "after school", "mornings only"."""
        return replace(self, any_day=True) if self.has_hours and not self.names_day else self

    @property
    def is_relative(self) -> bool:
        """The wish goes out from what was offered: what is nearest to that comes first."""
        return bool(self.after or self.before or self.beside)

    @property
    def has_hours(self) -> bool:
        """Hours were said that leave a choice: "after three", "in the morning"."""
        return self.minute_from is not None or self.minute_until is not None

    @property
    def names_exact_time(self) -> bool:
        """A certain minute was asked for, not "around" it or a stretch."""
        return self.minute is not None and not self.has_hours

    def told(self, said: Entities) -> "When":
        """Return the wish after these words: a new day replaces the day, a new hour the hour,
        and what was not mentioned stays."""
        names = said.said()
        when = self
        if names & DAY_FIELDS:
            when = when._with_days(said)
        if names & TIME_FIELDS:
            when = when._with_times(said)
        if said.not_dates or said.not_weekdays:
            when = replace(
                when,
                not_days=tuple(dict.fromkeys((*when.not_days, *said.not_dates))),
                not_weekdays=tuple(dict.fromkeys((*when.not_weekdays, *said.not_weekdays))),
                days=tuple(
                    day
                    for day in when.days
                    if day not in said.not_dates and day.weekday() not in said.not_weekdays
                ),
                any_day=True,
            )
        return when._with_flexibility(said, names)

    def _with_days(self, said: Entities) -> "When":
        days = said.dates or ((said.date,) if said.date else ())
        weekdays = said.weekdays or ((said.weekday,) if said.weekday is not None else ())
        named = {day.weekday() for day in days} | set(weekdays)
        return replace(
            self,
            # A day that is named now is wanted now, whatever was said of it before.
            not_days=tuple(day for day in self.not_days if day not in days),
            not_weekdays=tuple(day for day in self.not_weekdays if day not in named),
            days=days,
            day_from=said.date_from,
            day_to=said.date_to,
            weekdays=() if days else weekdays,
            earliest=False,
            latest=False,
            any_day=False,
            after=None,
            before=None,
            beside=None,
        )

    def _with_times(self, said: Entities) -> "When":
        begin = None if said.time_from is None else minutes(said.time_from)
        until = None if said.time_to is None else minutes(said.time_to)
        if said.part_of_day and begin is None and until is None and said.time is None:
            begin, until = PARTS[said.part_of_day]
        return replace(
            self,
            latest=False,
            minute=None if said.time is None else minutes(said.time),
            minute_from=begin,
            minute_until=until,
        )

    def _with_flexibility(self, said: Entities, names: frozenset[str]) -> "When":
        match said.flexible:
            case Flexible.EARLIEST if names & (DAY_FIELDS | TIME_FIELDS):
                return replace(self, earliest=True)
            case Flexible.EARLIEST:
                return When(earliest=True, not_days=self.not_days, not_weekdays=self.not_weekdays)
            case Flexible.LATEST if names & TIME_FIELDS:
                return replace(self, latest=True, earliest=False, minute=None)
            case Flexible.LATEST:
                free = replace(self, minute=None, minute_from=None, minute_until=None)
                return replace(free, latest=True, earliest=False)
            case Flexible.ANY if names & TIME_FIELDS:
                return replace(self, any_day=True)  # "Any day, after three."
            case Flexible.ANY if names & DAY_FIELDS or self.names_day:
                return replace(self, minute=None, minute_from=None, minute_until=None)
            case Flexible.ANY:
                return replace(self, any_day=True)
        return self

    def sooner(self, start: datetime) -> "When":
        """Return the wish for something before that start on the wall, else as it was."""
        return replace(self._loosened(), before=start, after=None)

    def later(self, start: datetime) -> "When":
        return replace(self._loosened(), after=start, before=None)

    def on_other_days(self, shown: Iterable[date]) -> "When":
        """Return the wish for other days than those, the nearest to them first; the hours stay,
        and so does a stretch of days, or a choice of them, that has others."""
        days = tuple(dict.fromkeys(shown))
        kept = tuple(day for day in self.days if day not in days) if len(self.days) > 1 else ()
        unwanted = days if kept else (*self.days, *days)
        return replace(
            self._loosened(),
            days=kept,
            weekdays=self.weekdays if len(self.weekdays) > 1 else (),
            not_days=tuple(dict.fromkeys((*self.not_days, *unwanted))),
            after=None,
            before=None,
            beside=min(days, default=None),
        )

    def _loosened(self) -> "When":
        """An exact minute was that of what is not wanted."""
        minute = None if self.names_exact_time else self.minute
        return replace(self, minute=minute, earliest=False, latest=False, beside=None)

    def anywhen(self) -> "When":
        """Return the wish without its days and hours: only before or after what was offered."""
        return When(
            any_day=True,
            after=self.after,
            before=self.before,
            beside=self.beside,
            not_days=self.not_days,
            not_weekdays=self.not_weekdays,
        )

    def shifted(self, start: datetime, by: int) -> "When":
        """Return the wish `by` minutes from a wall-clock start: "an hour later"."""
        wished = start + timedelta(minutes=by)
        return When(
            days=(wished.date(),),
            minute=minutes(wished.time()),
            not_days=self.not_days,
            not_weekdays=self.not_weekdays,
        )

    def windows(self, today: date, horizon: date) -> tuple[SearchWindow, ...]:
        """Return the stretches that fit; empty means any time from now on."""
        begin, until = self.hours()
        whole_day = (begin, until) == (0, DAY)
        if self.days:
            stretches = [SearchWindow(day, day, begin, until) for day in self.days]
        elif self.day_from or self.day_to:
            first, last = self.day_from or today, self.day_to or horizon
            stretches = [SearchWindow(first, last, begin, until)]
        elif whole_day and not self.weekdays and not (self.after or self.before):
            return ()
        else:
            stretches = [SearchWindow(today, horizon, begin, until)]
        for start, is_before in ((self.before, True), (self.after, False)):
            if start is not None:
                stretches = [
                    part for each in stretches for part in _parts(each, start, is_before=is_before)
                ]
        return tuple(stretches) or (SearchWindow(horizon, today),)  # Nothing fits at all.

    def admits(self, day: date) -> bool:
        """Tell whether a day is among those that were said, if any were."""
        if self.days:
            return day in self.days
        is_within = (self.day_from or day) <= day <= (self.day_to or day)
        return is_within and (not self.weekdays or day.weekday() in self.weekdays)

    def without_days(self) -> "When":
        """On none of the days that were said is anything free: the hours are left of the wish."""
        return replace(self, days=(), day_from=None, day_to=None, weekdays=())

    def is_over(self, now: datetime) -> bool:
        """Tell whether all that was said has passed: "today at eight", at nine."""
        until = self.hours()[1] - (1 if self.names_exact_time else 0)
        today, minute = now.date(), minutes(now.time())
        return bool(self.days) and all(
            day < today or (day == today and until <= minute) for day in self.days
        )

    def fits(self, start: datetime) -> bool:
        """Tell whether a start on the wall is at a wished weekday and hour."""
        begin, until = self.hours()
        hour = minutes(start.time())
        return begin <= hour < until and (not self.weekdays or start.weekday() in self.weekdays)

    def hours(self) -> tuple[int, int]:
        """Return from which minute of a day on and until which one a visit may start."""
        if self.names_exact_time and self.minute is not None:
            return self.minute, self.minute + 1
        until = DAY if self.minute_until is None else self.minute_until
        return self.minute_from or 0, until

    def near(self, today: date) -> Near:
        """Return what the nearest slots should be near to, when nothing fits."""
        shown = self.before or self.after
        if shown is not None:
            return Near(shown.date(), minutes(shown.time()))
        day = self.days[0] if self.days else self.beside or self.day_from or self.day_to
        if day is None and self.weekdays:
            day = min(
                today + timedelta(days=(weekday - today.weekday()) % 7 or 7)
                for weekday in self.weekdays
            )
        return Near(day, self._middle())

    def _middle(self) -> int | None:
        """Return the minute to come near to: the wished one, or the middle of wished hours."""
        begin, until = self.minute_from, self.minute_until
        if self.minute is not None or (begin is None and until is None):
            return self.minute
        if begin is None or until is None:
            return begin or until
        return (max(begin, EARLY) + min(until, LATE)) // 2 if begin < LATE else begin


def _parts(window: SearchWindow, start: datetime, *, is_before: bool) -> list[SearchWindow]:
    """Return what of a window lies before (or after) that start."""
    day, minute = start.date(), minutes(start.time())
    one_day = timedelta(days=1)
    if is_before:
        days = replace(window, day_to=min(window.day_to, day - one_day))
        hours = replace(window, minute_until=min(window.minute_until, minute))
    else:
        days = replace(window, day_from=max(window.day_from, day + one_day))
        hours = replace(window, minute_from=max(window.minute_from, minute + 1))
    parts = [days] if days.day_from <= days.day_to else []
    on_that_day = window.day_from <= day <= window.day_to
    if on_that_day and hours.minute_from < hours.minute_until:
        parts.append(replace(hours, day_from=day, day_to=day))
    return parts
