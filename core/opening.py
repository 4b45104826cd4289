"""When a location is open: in its own wall time, closed on its holidays."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from core.models import holidays, locations
from core.scheduling.week import DAYS, END_OF_DAY, Stretch, Week

FAR = 60  # Days. A place that does not open for longer is not waited for.
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Instants are aware. A place without any hours is known never to open."""

    zone: ZoneInfo
    week: Week
    holidays: frozenset[date] = frozenset()

    @property
    def are_known(self) -> bool:
        return any(self.week.values())

    def is_open(self, at: datetime) -> bool:
        return any(starts <= at < ends for starts, ends in self._stretches(at, at + DAY))

    def opens_on(self, day: date) -> bool:
        """Tell whether it opens on that day, by its own clock."""
        return any(True for _ in self._of_day(day))

    def next_opening(self, at: datetime) -> datetime | None:
        """Return when it opens next, after `at`; None if that is not in sight."""
        later = (starts for starts, _ in self._stretches(at, at + FAR * DAY) if starts > at)
        return next(later, None)

    def closes(self, at: datetime) -> datetime | None:
        """Return when it closes today for good; None when it has, or does not open."""
        day = at.astimezone(self.zone).date()
        ends = [end for _, end in self._of_day(day) if end > at]
        return max(ends, default=None)

    def open_between(self, since: datetime, until: datetime) -> timedelta:
        """Return for how long it was open in between."""
        parts = self._stretches(since, until)
        open_for = (min(ends, until) - max(starts, since) for starts, ends in parts)
        return sum((part for part in open_for if part > timedelta()), timedelta())

    def _stretches(self, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield what may touch that time, in order."""
        day, last = since.astimezone(self.zone).date() - DAY, until.astimezone(self.zone).date()
        while day <= last:
            yield from self._of_day(day)
            day += DAY

    def _of_day(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        if day in self.holidays:
            return
        for part in sorted(self.week.get(day.weekday(), ())):
            yield self._at(day, part.starts), self._at(day, part.ends)

    def _at(self, day: date, wall: time) -> datetime:
        if wall == END_OF_DAY:
            day, wall = day + DAY, time()
        return datetime.combine(day, wall, tzinfo=self.zone).astimezone(UTC)


def load_opening_hours(
    connection: Connection, location_id: int | None, now: datetime
) -> OpeningHours:
    """Return those of a location, of the clinic's first for None, as they hold from `now` on."""
    wanted = select(locations).order_by(locations.c.position, locations.c.id).limit(1)
    if location_id is None:
        wanted = wanted.where(locations.c.is_active)
    else:
        wanted = wanted.where(locations.c.id == location_id)
    place = connection.execute(wanted).one()
    closed = select(holidays.c.day).where(
        holidays.c.location_id == place.id, holidays.c.day >= now.date() - 7 * DAY
    )
    week = {
        DAYS.index(day): tuple(
            Stretch(time.fromisoformat(starts), time.fromisoformat(ends)) for starts, ends in parts
        )
        for day, parts in json.loads(place.opening_hours).items()
    }
    return OpeningHours(ZoneInfo(place.zone), week, frozenset(connection.scalars(closed)))
