"""Working hours that staff change in chat: another week from some day on, and hours added on a day.

Their word holds over the clinic file's, which is kept beside it: taken back, the file's holds
again, and a set-up lays what staff said over what the file says (`core.setup.kept_hours`).
Everything is a part of the caller's transaction.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select, update

from core import models
from core.clock import instant
from core.errors import ImpossibleHours
from core.models import absences, holidays, hours_changes, locations, schedules
from core.scheduling.appointments import Appointment
from core.scheduling.hours import NothingToRemove, followed, locked, place_named, record
from core.scheduling.overlay import (
    WEEKS,
    Change,
    Part,
    Weekday,
    open_ended,
    opened,
    overlaid,
    restored,
    stored,
)
from core.scheduling.stranded import visits_outside_hours
from core.scheduling.week import Stretch, first_overlap, impossible_stretch, worded_rows
from core.waitlist.opening import hours_added

_TABLES: Mapping[str, Table] = {
    "hours": schedules,
    "breaks": models.breaks,
    "same_day_hours": models.same_day_hours,
}
_YEAR = 366  # Days ahead in which time that comes to the week is offered to those who wait.


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """Whose weekday it is, and at which place; 0 = Monday."""

    practitioner_id: int
    location_id: int
    weekday: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A change that stands. `by`: "staff 7"; `at`: when it was said."""

    id: int
    where: Where
    change: Change
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why hours can't be added. `location_id`: where they work then, or which place is closed;
    `hours`: when, None for the whole day; `name`: the holiday's; `absence_id`: why they are not
    there."""

    location_id: int | None = None
    hours: Stretch | None = None
    name: str | None = None
    absence_id: int | None = None


def standing(
    connection: Connection, *, practitioner_id: int | None = None, ids: Iterable[int] = ()
) -> list[Standing]:
    """Return the changes that stand, the earliest first: somebody's, or these."""
    wanted = select(hours_changes).order_by(hours_changes.c.id)
    if practitioner_id is None:
        wanted = wanted.where(hours_changes.c.id.in_(list(ids)))
    else:
        wanted = wanted.where(hours_changes.c.practitioner_id == practitioner_id)
    rows = connection.execute(wanted)
    return [_standing(row) for row in rows]


def _standing(row: Row[Any]) -> Standing:
    stretches = tuple(
        Stretch(time.fromisoformat(starts), time.fromisoformat(ends))
        for starts, ends in json.loads(row.hours)
    )
    return Standing(
        row.id,
        Where(row.practitioner_id, row.location_id, row.weekday),
        Change(stretches, row.since, row.until, row.is_extra),
        row.changed_by,
        row.created_at,
    )


def weekday_of(connection: Connection, where: Where) -> Weekday:
    """Return what holds now on somebody's weekday at a place."""
    weeks = (map(part_of, _rows(connection, _TABLES[name], where)) for name in WEEKS)
    return Weekday(*(tuple(sorted(parts)) for parts in weeks))


def weekday_with(connection: Connection, where: Where, change: Change) -> Weekday:
    """Return what would hold with one more change."""
    changes = [each.change for each in _standing_on(connection, where)]
    return overlaid(_in_file(connection, where), [*changes, change])


def part_of(row: Mapping[Any, Any]) -> Part:
    """Return what a row of the tables of hours says."""
    stretch = Stretch(row["starts"], row["ends"])
    return Part(stretch, row["valid_from"] or date.min, row["valid_to"] or date.max)


def obstacles(connection: Connection, where: Where, change: Change) -> list[Obstacle]:
    """Return what stands against a change: hours at another place; of hours that are added also
    those that there are, a holiday, and an absence."""
    found = []
    for row in connection.execute(_WORKED, {"person": where.practitioner_id}).mappings():
        part, place = part_of(row), row["location_id"]
        is_other = change.is_extra or place != where.location_id
        holds = part.since <= (change.until or date.max) and change.since <= part.until
        if row["weekday"] == where.weekday and is_other and holds and _meets(change, part.stretch):
            found.append(Obstacle(place, part.stretch))
    return [*found, *_closed(connection, where, change), *_away(connection, where, change)]


_WORKED = (
    select(schedules)
    .join(locations, locations.c.id == schedules.c.location_id)
    .where(locations.c.is_active, schedules.c.practitioner_id == bindparam("person"))
    .order_by(schedules.c.starts, schedules.c.id)
)


def _meets(change: Change, other: Stretch) -> bool:
    return any(part.overlaps(other) for part in change.stretches)


def _closed(connection: Connection, where: Where, change: Change) -> list[Obstacle]:
    if not change.is_extra:
        return []
    names = select(holidays.c.name).where(
        holidays.c.location_id == where.location_id, holidays.c.day == change.since
    )
    return [Obstacle(where.location_id, name=name) for name in connection.scalars(names)]


def _away(connection: Connection, where: Where, change: Change) -> list[Obstacle]:
    if not change.is_extra:
        return []
    rows = connection.execute(
        select(absences)
        .where(
            absences.c.practitioner_id == where.practitioner_id,
            absences.c.date_from <= change.since,
            absences.c.date_to >= change.since,
        )
        .order_by(absences.c.starts, absences.c.id)
    )
    hours = [(row.id, None if row.whole_day else Stretch(row.starts, row.ends)) for row in rows]
    return [
        Obstacle(hours=part, absence_id=absence_id)
        for absence_id, part in hours
        if part is None or _meets(change, part)
    ]


def enter_hours(
    connection: Connection,
    practitioner_id: int,
    changes: Sequence[tuple[Where, Change]],
    *,
    actor: str,
    now: datetime,
) -> list[int]:
    """Let these hold from now on, and return their ids. Time that comes to the week is offered to
    those who wait; visits that lie outside are kept as booked, a task each.

    Raises ImpossibleHours (also where something stands against it), UnknownPractitioner,
    UnknownLocation.
    """
    for where, change in changes:
        _require(where, change)
    before = _before(connection, practitioner_id, [where for where, _ in changes], now)
    ids = [_enter(connection, where, change, actor, before.at) for where, change in changes]
    _follow(connection, before, actor)
    return ids


def withdraw_hours(
    connection: Connection,
    practitioner_id: int,
    ids: Sequence[int],
    *,
    actor: str,
    now: datetime,
) -> list[Standing]:
    """Let these changes be as if they had never been said, and return them. What follows of it is
    as in `enter_hours`. Raises NothingToRemove where one of them is none of the practitioner's, or
    does not stand any more; UnknownPractitioner."""
    found = standing(connection, ids=ids)
    if any(each.where.practitioner_id != practitioner_id for each in found):
        raise NothingToRemove("there is no such change of these hours")
    before = _before(connection, practitioner_id, [each.where for each in found], now)
    gone = connection.execute(delete(hours_changes).where(hours_changes.c.id.in_(list(ids))))
    if gone.rowcount != len(ids):
        raise NothingToRemove("the hours have been taken back already")
    _follow(connection, before, actor)
    return found


@dataclass(frozen=True, slots=True)
class _Before:
    """What there is before hours are changed; their calendar is locked."""

    at: datetime
    practitioner_id: int
    name: str
    stranded: list[Appointment]
    weekdays: Mapping[Where, Weekday]
    in_file: Mapping[Where, Weekday]
    worded: Mapping[int, str]  # By place


def _before(
    connection: Connection, practitioner_id: int, wheres: Iterable[Where], now: datetime
) -> _Before:
    at = instant(now)
    keys = sorted(set(wheres))
    return _Before(
        at,
        practitioner_id,
        locked(connection, practitioner_id),
        visits_outside_hours(connection, at, practitioner_id=practitioner_id),
        {where: weekday_of(connection, where) for where in keys},
        {where: _in_file(connection, where) for where in keys},
        {where.location_id: _worded(connection, where) for where in keys},
    )


def _follow(connection: Connection, before: _Before, actor: str) -> None:
    """Bring the hours to what is said of them now, and do all that follows of it."""
    at, places = before.at, {}
    for where, in_file in before.in_file.items():
        _replace(connection, where, lay_over(connection, where, in_file, at), at)
        places[where.location_id] = where
    for place, where in places.items():
        was, is_now = before.worded[place], _worded(connection, where)
        if was != is_now:
            record(connection, f"hours of {before.name}", was, is_now, actor, at, place)
    followed(connection, before.stranded, at, practitioner_id=before.practitioner_id)
    for where, weekday in before.weekdays.items():
        _offer(connection, where, weekday, at)


def _enter(connection: Connection, where: Where, change: Change, actor: str, at: datetime) -> int:
    if obstacles(connection, where, change):
        raise ImpossibleHours("expected hours that nothing stands against")
    place_named(connection, where.location_id)
    row = {
        "practitioner_id": where.practitioner_id,
        "location_id": where.location_id,
        "weekday": where.weekday,
        "since": change.since,
        "until": change.until,
        "hours": json.dumps([list(map(str, part)) for part in change.stretches]),
        "is_extra": change.is_extra,
        "file_value": stored(_in_file(connection, where)),
        "changed_by": actor,
        "created_at": at,
        "updated_at": at,
    }
    added = insert(hours_changes).values(row).returning(hours_changes.c.id)
    return int(connection.execute(added).scalar_one())


def _require(where: Where, change: Change) -> None:
    problems = [problem for part in change.stretches for problem in impossible_stretch(part)]
    if problems or first_overlap(change.stretches):
        raise ImpossibleHours("; ".join(problems) or "expected hours that do not overlap")
    if change.until is not None and change.until < change.since:
        raise ImpossibleHours("expected a last day not before the first")
    if change.is_extra and (change.since.weekday() != where.weekday or not change.stretches):
        raise ImpossibleHours("expected hours on that one day")


def _in_file(connection: Connection, where: Where) -> Weekday:
    """Return the weekday as it is without what staff say."""
    kept = connection.scalars(select(hours_changes.c.file_value).where(*_of(hours_changes, where)))
    value = kept.first()
    return weekday_of(connection, where) if value is None else restored(value)


def lay_over(connection: Connection, where: Where, in_file: Weekday, now: datetime) -> Weekday:
    """Return the weekday as it is with what staff say, and remember what the file says of it."""
    value, mine = stored(in_file), _of(hours_changes, where)
    kept = update(hours_changes).where(*mine, hours_changes.c.file_value != value)
    connection.execute(kept.values(file_value=value, updated_at=now))
    return overlaid(in_file, [each.change for each in _standing_on(connection, where)])


def _standing_on(connection: Connection, where: Where) -> list[Standing]:
    wanted = select(hours_changes).where(*_of(hours_changes, where)).order_by(hours_changes.c.id)
    return [_standing(row) for row in connection.execute(wanted)]


def _replace(connection: Connection, where: Where, weekday: Weekday, now: datetime) -> None:
    owner = {
        "practitioner_id": where.practitioner_id,
        "location_id": where.location_id,
        "weekday": where.weekday,
    }
    for name in WEEKS:
        table = _TABLES[name]
        connection.execute(delete(table).where(*_of(table, where)))
        rows = [{**owner, **columns(part)} for part in getattr(weekday, name)]
        if rows:
            times = {"created_at": now, "updated_at": now}
            connection.execute(insert(table), [{**row, **times} for row in rows])


def columns(part: Part) -> dict[str, Any]:
    """Return what the tables of hours hold of it."""
    since, until = open_ended(part)
    stretch = part.stretch
    return {
        "starts": stretch.starts,
        "ends": stretch.ends,
        "valid_from": since,
        "valid_to": until,
    }


def _offer(connection: Connection, where: Where, before: Weekday, now: datetime) -> None:
    """Offer what has come to the week to those who wait for it."""
    first = now.date() - timedelta(days=1)  # Somewhere it is still yesterday.
    days = (first + timedelta(days=count) for count in range(_YEAR))
    mine = [day for day in days if day.weekday() == where.weekday]
    added = opened(before, weekday_of(connection, where), mine)
    hours_added(connection, (where.practitioner_id, where.location_id), added, now=now)


def _rows(connection: Connection, table: Table, where: Where) -> list[dict[str, Any]]:
    query = select(table).where(*_of(table, where)).order_by(table.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _of(table: Table, where: Where) -> list[Any]:
    return [
        table.c.practitioner_id == where.practitioner_id,
        table.c.location_id == where.location_id,
        table.c.weekday == where.weekday,
    ]


def _worded(connection: Connection, where: Where) -> str:
    """Return all of their hours at that place, for the history."""
    mine = (
        schedules.c.practitioner_id == where.practitioner_id,
        schedules.c.location_id == where.location_id,
    )
    rows = connection.execute(select(schedules).where(*mine).order_by(schedules.c.id)).mappings()
    return worded_rows(
        map(dict, rows), {where.location_id: place_named(connection, where.location_id)}
    )
