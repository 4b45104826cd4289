"""When somebody would like to come: what was said of days and hours, and how words change it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from bot.dialogue.values import Near, SearchWindow, Slot
from bot.understanding.values import Entities, Flexible, PartOfDay

NOON = 12 * 60
# When each part of the day begins and ends, in minutes after midnight.
PARTS = {
    PartOfDay.MORNING: (0, NOON),
    PartOfDay.AFTERNOON: (NOON, 17 * 60),
    PartOfDay.EVENING: (17 * 60, 21 * 60),
    PartOfDay.NIGHT: (20 * 60, 24 * 60),
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
    any_day: bool = False
    # Relative to what was offered: "anything sooner?", "later".
    after: datetime | None = None
    before: datetime | None = None

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
            or self.after
            or self.before
        )

    @property
    def names_exact_time(self) -> bool:
        """A certain minute was asked for, not "around" it or a stretch."""
        return self.minute is not None and self.minute_from is None and self.minute_until is None

    def told(self, said: Entities, offered: Iterable[Slot] = ()) -> "When":
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
                not_days=(*when.not_days, *said.not_dates),
                not_weekdays=(*when.not_weekdays, *said.not_weekdays),
                days=tuple(
                    day
                    for day in when.days
                    if day not in said.not_dates and day.weekday() not in said.not_weekdays
                ),
                any_day=True,
            )
        return when._with_flexibility(said, tuple(offered), names)

    def _with_days(self, said: Entities) -> "When":
        days = said.dates or ((said.date,) if said.date else ())
        weekdays = said.weekdays or ((said.weekday,) if said.weekday is not None else ())
        return replace(
            self,
            days=days,
            day_from=said.date_from,
            day_to=said.date_to,
            weekdays=() if days else weekdays,
            earliest=False,
            any_day=False,
            after=None,
            before=None,
        )

    def _with_times(self, said: Entities) -> "When":
        begin = None if said.time_from is None else minutes(said.time_from)
        until = None if said.time_to is None else minutes(said.time_to)
        if said.part_of_day and begin is None and until is None and said.time is None:
            begin, until = PARTS[said.part_of_day]
        return replace(
            self,
            minute=None if said.time is None else minutes(said.time),
            minute_from=begin,
            minute_until=until,
            after=None,
            before=None,
        )

    def _with_flexibility(
        self, said: Entities, offered: tuple[Slot, ...], names: frozenset[str]
    ) -> "When":
        starts = [slot.starts_at for slot in offered]
        match said.flexible:
            case Flexible.EARLIEST if names & (DAY_FIELDS | TIME_FIELDS):
                return replace(self, earliest=True)
            case Flexible.EARLIEST:
                return When(earliest=True, not_days=self.not_days, not_weekdays=self.not_weekdays)
            case Flexible.ANY if names & DAY_FIELDS or self.names_day:
                return replace(self, minute=None, minute_from=None, minute_until=None)
            case Flexible.ANY:
                return replace(self, any_day=True)
            case Flexible.SOONER if starts and not names & (DAY_FIELDS | TIME_FIELDS):
                return When(before=min(starts), not_weekdays=self.not_weekdays)
            case Flexible.LATER if starts and not names & (DAY_FIELDS | TIME_FIELDS):
                return When(after=max(starts), not_weekdays=self.not_weekdays)
        return self

    def shifted(self, start: datetime, by: int) -> "When":
        """Return the wish `by` minutes from a wall-clock start: "an hour later"."""
        wished = start + timedelta(minutes=by)
        return When(days=(wished.date(),), minute=minutes(wished.time()))

    def windows(self, today: date, horizon: date) -> tuple[SearchWindow, ...]:
        """Return the stretches that fit; empty means any time from now on."""
        begin, until = self._hours()
        if self.days:
            return tuple(SearchWindow(day, day, begin, until) for day in self.days)
        if self.day_from or self.day_to:
            return (SearchWindow(self.day_from or today, self.day_to or horizon, begin, until),)
        if (begin, until) == (0, 24 * 60) and not self.weekdays:
            return ()
        return (SearchWindow(today, horizon, begin, until),)

    def _hours(self) -> tuple[int, int]:
        if self.names_exact_time and self.minute is not None:
            return self.minute, self.minute + 1
        until = 24 * 60 if self.minute_until is None else self.minute_until
        return self.minute_from or 0, until

    def near(self, today: date) -> Near:
        """Return what the nearest slots should be near to, when nothing fits."""
        day = self.days[0] if self.days else self.day_from
        if day is None and self.weekdays:
            day = min(
                today + timedelta(days=(weekday - today.weekday()) % 7 or 7)
                for weekday in self.weekdays
            )
        minute = self.minute
        if minute is None and self.minute_from is not None:
            minute = self.minute_from
        return Near(day, minute)
