"""What a clinic's rows allow, worked out the plain way: five minutes after five minutes on the
clock on the wall, one row after the other, and nothing of the code that it judges.

All times of the tables and of the wishes must be multiples of five minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from json import loads
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from core import models
from core.rules import defaults

GRAIN = timedelta(minutes=5)
_TABLES = (
    models.locations,
    models.visit_types,
    models.holidays,
    models.settings,
    models.resources,
    models.practitioners,
    models.practitioner_visit_types,
    models.offered_at,
    models.schedules,
    models.breaks,
    models.same_day_hours,
    models.absences,
)
_RULES = defaults()


@dataclass(frozen=True, slots=True)
class Moment:
    """Five minutes of a day at a location, for one practitioner."""

    is_open: bool
    is_away: bool
    is_kept: bool  # For those who need to be seen soon


@dataclass(eq=False)
class Rows:
    """The tables that say what the clinic offers, as they are stored."""

    tables: dict[str, list[Row[Any]]]
    # What was asked before: the tables never change.
    _found: dict[object, list[Row[Any]]] = field(default_factory=dict)
    _days: dict[tuple[int, int, date], dict[datetime, Moment]] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: Connection) -> "Rows":
        return cls(
            {
                table.name: list(connection.execute(select(table).order_by(table.c.id)))
                for table in _TABLES
            }
        )

    def all(self, table: str, **values: object) -> list[Row[Any]]:
        """Return the rows that hold these values."""
        key = (table, *values.items())
        if key not in self._found:
            self._found[key] = [
                row
                for row in self.tables[table]
                if all(getattr(row, name) == value for name, value in values.items())
            ]
        return self._found[key]

    def one(self, table: str, row_id: int) -> Row[Any]:
        (row,) = self.all(table, id=row_id)
        return row

    def rule(self, key: str, location_id: int) -> int:
        for place in (location_id, None):
            for row in self.all("settings", key=key, location_id=place, is_active=True):
                value: int = loads(row.value)
                return value
        default = _RULES[key]
        assert isinstance(default, int)
        return default

    def own_or_rule(self, visit_type: Row[Any], key: str, location_id: int) -> int:
        """Return what the visit type says, else the rule of that name."""
        own: int | None = getattr(visit_type, key)
        return self.rule(key, location_id) if own is None else own

    def zone(self, location_id: int) -> ZoneInfo:
        return ZoneInfo(self.one("locations", location_id).zone)

    def day_of(self, at: datetime, location_id: int) -> date:
        return at.astimezone(self.zone(location_id)).date()

    def bounds(self, day: date, location_id: int) -> tuple[datetime, datetime]:
        """Return when that day begins and ends there."""
        zone = self.zone(location_id)
        first, last = (datetime.combine(each, time(), zone) for each in (day, day + _ONE_DAY))
        return first.astimezone(UTC), last.astimezone(UTC)

    def moments(self, practitioner_id: int, location_id: int, day: date) -> dict[datetime, Moment]:
        """Return that day of the practitioner's there, by the instant at which each begins;
        nothing when they do not work."""
        key = (practitioner_id, location_id, day)
        if key not in self._days:
            self._days[key] = dict(self._moments(*key))
        return self._days[key]

    def _moments(
        self, practitioner_id: int, location_id: int, day: date
    ) -> Iterator[tuple[datetime, Moment]]:
        owner = {"practitioner_id": practitioner_id, "location_id": location_id}
        hours, breaks, kept = (
            [row for row in self.all(table, weekday=day.weekday(), **owner) if _counts(row, day)]
            for table in ("schedules", "breaks", "same_day_hours")
        )
        absences = self._absences(practitioner_id, day)
        if not hours or self.all("holidays", location_id=location_id, day=day):
            return
        zone = self.zone(location_id)
        at, until = self.bounds(day, location_id)
        while at < until:
            clock = at.astimezone(zone).time()
            works = _shows(clock, hours) and not _shows(clock, breaks)
            yield at, Moment(works, _shows(clock, absences), _shows(clock, kept))
            at += GRAIN

    def is_away(self, practitioner_id: int, location_id: int, at: datetime) -> bool:
        """Tell whether the practitioner is away at that moment, on a day of work or another."""
        local = at.astimezone(self.zone(location_id))
        return _shows(local.time(), self._absences(practitioner_id, local.date()))

    def _absences(self, practitioner_id: int, day: date) -> list[Row[Any]]:
        return [
            row
            for row in self.all("absences", practitioner_id=practitioner_id)
            if row.date_from <= day <= row.date_to
        ]


_ONE_DAY = timedelta(days=1)


def _counts(row: Row[Any], day: date) -> bool:
    return (row.valid_from is None or row.valid_from <= day) and (
        row.valid_to is None or day <= row.valid_to
    )


def _shows(clock: time, rows: list[Row[Any]]) -> bool:
    """Tell whether a clock that shows this is within the hours of one of the rows."""
    return any(row.starts is None or row.starts <= clock < row.ends for row in rows)


def span(since: datetime, until: datetime) -> Iterator[datetime]:
    while since < until:
        yield since
        since += GRAIN


@dataclass(frozen=True, slots=True)
class Lengths:
    """How a practitioner offers a visit type."""

    new: timedelta
    known: timedelta
    step: timedelta
    before: timedelta
    after: timedelta


def lengths(rows: Rows, practitioner_id: int, visit_type_id: int) -> Lengths:
    person = rows.one("practitioners", practitioner_id)
    visit_type = rows.one("visit_types", visit_type_id)
    listed = rows.all(
        "practitioner_visit_types", practitioner_id=practitioner_id, visit_type_id=visit_type_id
    )
    own = listed[0].minutes if listed else None
    minutes = (
        own or visit_type.minutes_new_patient or person.slot_minutes,
        own or visit_type.minutes_known_patient or person.slot_minutes,
        person.slot_minutes,
        visit_type.buffer_before_minutes,
        visit_type.buffer_after_minutes,
    )
    return Lengths(*(timedelta(minutes=each) for each in minutes))


def is_inside(
    rows: Rows, practitioner_id: int, location_id: int, starts: datetime, ends: datetime
) -> bool:
    """Tell whether the practitioner works there all that time, on one day."""
    day = rows.moments(practitioner_id, location_id, rows.day_of(starts, location_id))
    return all(
        (moment := day.get(at)) is not None and moment.is_open and not moment.is_away
        for at in span(starts, ends)
    )


def is_offered(rows: Rows, practitioner_id: int, visit_type_id: int) -> bool:
    """Whoever lists nothing offers everything."""
    listed = rows.all("practitioner_visit_types", practitioner_id=practitioner_id)
    return not listed or any(row.visit_type_id == visit_type_id for row in listed)


def stands(
    rows: Rows, practitioner_id: int, visit_type_id: int, location_id: int, day: date
) -> bool:
    """Tell whether it is offered there on that weekday; what names no place holds everywhere."""
    places = [
        place
        for offer in rows.all(
            "practitioner_visit_types",
            practitioner_id=practitioner_id,
            visit_type_id=visit_type_id,
        )
        for place in rows.all("offered_at", practitioner_visit_type_id=offer.id)
    ]
    return not places or any(
        place.location_id in (None, location_id) and place.weekday in (None, day.weekday())
        for place in places
    )


def is_on_grid(
    rows: Rows, practitioner_id: int, location_id: int, starts: datetime, step: timedelta
) -> bool:
    """Tell whether a whole number of steps lies between the opening's begin and the start."""
    day = rows.moments(practitioner_id, location_id, rows.day_of(starts, location_id))
    begin = starts
    while (before := day.get(begin - GRAIN)) is not None and before.is_open:
        begin -= GRAIN
    return (starts - begin) % step == timedelta()
