"""Days on the wall of each place, as conditions on instants: everywhere it is another moment when
Monday begins."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Integer, and_, case, false, literal, or_, select

from core.clock import instant
from core.models import appointments, locations


@dataclass(frozen=True, slots=True)
class LocalDays:
    """So many days from `first` on. `zones`: of the places that are looked at, by location, the
    clinic's first place first."""

    first: date
    days: int
    zones: Mapping[int, ZoneInfo]

    def bounds(self, location_id: int) -> tuple[datetime, datetime]:
        """Return when they begin and end at one of the places."""
        begins, *_, ends = _midnights(self.zones[location_id], self.first, self.days)
        return begins, ends

    def contain(self, at: ColumnElement[Any] = appointments.c.starts_at) -> ColumnElement[bool]:
        """The appointments, or what is joined to them, of which `at` lies in these days."""
        parts = (
            and_(appointments.c.location_id.in_(places), at >= midnights[0], at < midnights[-1])
            for midnights, places in self._clocks().items()
        )
        return or_(false(), *parts)

    def may_contain(self, at: ColumnElement[Any]) -> ColumnElement[bool]:
        """What lies in these days at one of the places at least: a condition on `at` alone."""
        clocks = list(self._clocks())
        begins = min(midnights[0] for midnights in clocks)
        return and_(at >= begins, at < max(midnights[-1] for midnights in clocks))

    def number_of(self, at: ColumnElement[Any] = appointments.c.starts_at) -> ColumnElement[int]:
        """Which of these days it is, 0 for the first, of an appointment that they `contain`."""
        *others, (_, last) = (
            (appointments.c.location_id.in_(places), _numbered(at, midnights[:-1]))
            for midnights, places in self._clocks().items()
        )
        return case(*others, else_=last) if others else last

    def _clocks(self) -> Mapping[tuple[datetime, ...], list[int]]:
        """Places with the same clock are looked at together."""
        together: dict[tuple[datetime, ...], list[int]] = defaultdict(list)
        for location_id, zone in self.zones.items():
            together[_midnights(zone, self.first, self.days)].append(location_id)
        return together


def local_days(
    connection: Connection,
    first: date,
    days: int,
    *,
    location_ids: Collection[int] | None = None,
) -> LocalDays:
    """Return these days at those places, None: at all that the clinic has or had."""
    query = select(locations.c.id, locations.c.zone)
    if location_ids is not None:
        query = query.where(locations.c.id.in_(location_ids))
    rows = connection.execute(query.order_by(locations.c.position, locations.c.id))
    return LocalDays(first, days, {row.id: ZoneInfo(row.zone) for row in rows})


def _midnights(zone: ZoneInfo, first: date, days: int) -> tuple[datetime, ...]:
    """Return when each of these days begins, and when the last one ends."""
    return tuple(
        instant(datetime.combine(first + timedelta(days=number), time(), zone))
        for number in range(days + 1)
    )


def _numbered(
    at: ColumnElement[Any], begins: Sequence[datetime], number: int = 0
) -> ColumnElement[int]:
    """Halve the days until one is left: for a month five comparisons a row, not thirty."""
    if len(begins) == 1:
        return literal(number, Integer)
    half = len(begins) // 2
    earlier = _numbered(at, begins[:half], number)
    return case((at < begins[half], earlier), else_=_numbered(at, begins[half:], number + half))
