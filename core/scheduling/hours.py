"""What staff do to hours: schedules, absences, holidays.

Each is a part of the caller's transaction and writes its event. The practitioner's calendar is
locked first, and a booking looks at the hours only once it has that lock: a visit either meets the
new hours or is among those returned. Nothing cancels or hides a visit: whoever lies outside is
kept as booked until somebody decides, for which staff get a task.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select

from core import models
from core.clock import instant
from core.database.guards import lock_calendars
from core.errors import ClinicError, ImpossibleHours, UnknownLocation, UnknownPractitioner
from core.models import absences, holidays, locations, practitioners, schedules, setting_events
from core.scheduling.appointments import Appointment
from core.scheduling.stranded import have_decided, visits_outside_hours
from core.scheduling.week import (
    DAYS,
    Stretch,
    Week,
    impossible,
    impossible_stretch,
    worded_rows,
    worded_span,
)
from core.waitlist.opening import absence_withdrawn, holiday_withdrawn

NONE: Week = MappingProxyType({})
_DAY = timedelta(days=1)


class NothingToRemove(ClinicError):  # noqa: N818 - named for what happened, as in core.errors
    """There is no such absence or holiday (any more)."""


def replace_hours(
    connection: Connection,
    practitioner_id: int,
    location_id: int,
    hours: Week,
    breaks: Week = NONE,
    same_day: Week = NONE,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
    actor: str,
    now: datetime,
) -> list[Appointment]:
    """Make these the practitioner's hours at that location, from one day to another (both included;
    None: open). Hours that held before hold on for all other days.

    Returns the practitioner's visits ahead that lie outside their hours now. Raises
    UnknownPractitioner, UnknownLocation, ImpossibleHours, NaiveDatetime.
    """
    at = instant(now)
    _require(impossible(hours, breaks, same_day))
    _require_dates(valid_from, valid_to)
    person = locked(connection, practitioner_id)
    place = place_named(connection, location_id)
    period = (valid_from or date.min, valid_to or date.max)
    _require(_elsewhere(connection, practitioner_id, location_id, hours, period))
    stranded = visits_outside_hours(connection, at, practitioner_id=practitioner_id)
    owner = {"practitioner_id": practitioner_id, "location_id": location_id}
    dates = {"valid_from": valid_from, "valid_to": valid_to, "created_at": at, "updated_at": at}
    for what, table, week in (
        ("hours", schedules, hours),
        ("breaks", models.breaks, breaks),
        ("same-day hours", models.same_day_hours, same_day),
    ):
        old = _rows(connection, table, owner)
        _make_room(connection, table, owner, period)
        _put(connection, table, week, owner | dates)
        new = _rows(connection, table, owner)
        was, is_now = (worded_rows(rows, {location_id: place}) for rows in (old, new))
        if was != is_now:
            record(connection, f"{what} of {person}", was, is_now, actor, at, location_id)
    return followed(connection, stranded, at, practitioner_id=practitioner_id)


def add_absence(
    connection: Connection,
    practitioner_id: int,
    date_from: date,
    date_to: date | None = None,
    hours: Stretch | None = None,
    *,
    reason: str | None = None,
    actor: str,
    now: datetime,
) -> list[Appointment]:
    """Let the practitioner be away from one day to another (both included; None: that one day), the
    whole day or during `hours` of each.

    Returns the practitioner's visits ahead that lie outside their hours now. Raises
    UnknownPractitioner, ImpossibleHours, NaiveDatetime.
    """
    at = instant(now)
    _require_dates(date_from, date_to)
    _require(impossible_stretch(hours) if hours else ())
    person = locked(connection, practitioner_id)
    stranded = visits_outside_hours(connection, at, practitioner_id=practitioner_id)
    row = {
        "practitioner_id": practitioner_id,
        "date_from": date_from,
        "date_to": date_to or date_from,
        "starts": hours.starts if hours else None,
        "ends": hours.ends if hours else None,
        "whole_day": hours is None,
        "reason": reason,
        "source": "chat",
    }
    connection.execute(insert(absences).values(**row, created_at=at, updated_at=at))
    record(connection, f"absence of {person}", None, _worded_absence(row), actor, at)
    return followed(connection, stranded, at, practitioner_id=practitioner_id)


def remove_absence(
    connection: Connection, absence_id: int, *, actor: str, now: datetime
) -> list[Appointment]:
    """Let the practitioner be there after all.

    Returns the practitioner's visits ahead that lie outside their hours still. Raises
    NothingToRemove, UnknownPractitioner, NaiveDatetime.
    """
    at = instant(now)
    mine = absences.c.id == absence_id
    practitioner_id = connection.scalar(select(absences.c.practitioner_id).where(mine))
    if practitioner_id is None:
        raise NothingToRemove("there is no such absence")
    person = locked(connection, practitioner_id)
    row = connection.execute(select(absences).where(mine)).mappings().first()
    if row is None:
        raise NothingToRemove("the absence has been removed already")
    stranded = visits_outside_hours(connection, at, practitioner_id=practitioner_id)
    connection.execute(delete(absences).where(mine))
    before = _worded_absence(dict(row))
    record(connection, f"absence of {person}", before, None, actor, at)
    absence_withdrawn(connection, dict(row), now=at)
    return followed(connection, stranded, at, practitioner_id=practitioner_id)


def add_holiday(
    connection: Connection, location_id: int, day: date, name: str, *, actor: str, now: datetime
) -> list[Appointment]:
    """Close the location on that day.

    Returns the visits ahead at that location that lie outside the hours now. Raises
    UnknownLocation, ImpossibleHours (that day twice), NaiveDatetime.
    """
    at = instant(now)
    _require_dates(day, None)
    place = place_named(connection, location_id)
    _lock_everybody(connection)
    owner = {"location_id": location_id, "day": day}
    known = connection.scalar(select(holidays.c.name).where(*_of(holidays, owner)))
    if known is not None:
        raise ImpossibleHours(f"expected each holiday once, got {day} again ({known})")
    stranded = visits_outside_hours(connection, at, location_id=location_id)
    row = {**owner, "name": name, "source": "chat", "created_at": at, "updated_at": at}
    connection.execute(insert(holidays).values(row))
    record(connection, f"holiday of {place}", None, f"{name} on {day}", actor, at, location_id)
    return followed(connection, stranded, at, location_id=location_id)


def remove_holiday(
    connection: Connection, location_id: int, day: date, *, actor: str, now: datetime
) -> list[Appointment]:
    """Open the location on that day after all.

    Returns the visits ahead at that location that lie outside the hours still. Raises
    UnknownLocation, NothingToRemove, NaiveDatetime.
    """
    at = instant(now)
    place = place_named(connection, location_id)
    _lock_everybody(connection)
    stranded = visits_outside_hours(connection, at, location_id=location_id)
    mine = _of(holidays, {"location_id": location_id, "day": day})
    name = connection.scalar(delete(holidays).where(*mine).returning(holidays.c.name))
    if name is None:
        raise NothingToRemove(f"{day} is no holiday of {place}")
    record(connection, f"holiday of {place}", f"{name} on {day}", None, actor, at, location_id)
    holiday_withdrawn(connection, location_id, day, now=at)
    return followed(connection, stranded, at, location_id=location_id)


def followed(
    connection: Connection, before: list[Appointment], now: datetime, **whose: int
) -> list[Appointment]:
    """Return the visits that lie outside the hours now; staff get a task for each that did not
    before, and have none left for those that fit again."""
    after = visits_outside_hours(connection, now, **whose)
    have_decided(connection, before, after, now)
    return after


def _require(problems: Iterator[str] | tuple[()]) -> None:
    found = list(problems)
    if found:
        raise ImpossibleHours("; ".join(found))


def _require_dates(since: date | None, until: date | None) -> None:
    for day in (since, until):
        if isinstance(day, datetime):
            raise ImpossibleHours(f"expected a date, got the instant {day.isoformat()}")
    if since and until and until < since:
        raise ImpossibleHours(f"expected a last day not before the first, got {since} to {until}")


def locked(connection: Connection, practitioner_id: int) -> str:
    """Lock the practitioner's calendar and return their name. Raises UnknownPractitioner."""
    lock_calendars(connection, [practitioner_id], None)
    row = connection.execute(
        select(practitioners).where(
            practitioners.c.id == practitioner_id, practitioners.c.is_active
        )
    ).first()
    if row is None:
        raise UnknownPractitioner("expected one of the clinic's practitioners")
    return f"{row.title} {row.first_name} {row.last_name}".strip()


def _lock_everybody(connection: Connection) -> None:
    """Lock all calendars: a holiday is everybody's."""
    lock_calendars(connection, connection.scalars(select(practitioners.c.id)).all(), None)


def place_named(connection: Connection, location_id: int) -> str:
    """Return the name of one of the clinic's locations. Raises UnknownLocation."""
    name: str | None = connection.scalar(
        select(locations.c.name).where(locations.c.id == location_id, locations.c.is_active)
    )
    if name is None:
        raise UnknownLocation("expected one of the clinic's locations")
    return name


def _elsewhere(
    connection: Connection,
    practitioner_id: int,
    location_id: int,
    hours: Week,
    period: tuple[date, date],
) -> Iterator[str]:
    """Nobody is at two places at one time."""
    rows = connection.execute(
        select(schedules, locations.c.name)
        .join(locations, locations.c.id == schedules.c.location_id)
        .where(schedules.c.practitioner_id == practitioner_id, locations.c.is_active)
        .where(schedules.c.location_id != location_id)
        .order_by(schedules.c.id)
    )
    for row in rows:
        if (row.valid_from or date.min) > period[1] or (row.valid_to or date.max) < period[0]:
            continue
        other = Stretch(row.starts, row.ends)
        for part in hours.get(row.weekday, ()):
            if part.overlaps(other):
                day = DAYS[row.weekday]
                yield f"expected one place at a time, got {day} {part} and {other} at {row.name}"


def _of(table: Table, owner: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [table.c[column] == value for column, value in owner.items()]


def _rows(connection: Connection, table: Table, owner: Mapping[str, Any]) -> list[dict[str, Any]]:
    query = select(table).where(*_of(table, owner)).order_by(table.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _make_room(
    connection: Connection, table: Table, owner: Mapping[str, Any], period: tuple[date, date]
) -> None:
    """Leave of the owner's rows only what lies before and after the period."""
    first, last = period
    for row in _rows(connection, table, owner):
        since, until = row["valid_from"] or date.min, row["valid_to"] or date.max
        if last < since or until < first:
            continue
        connection.execute(delete(table).where(table.c.id == row.pop("id")))
        if since < first:
            connection.execute(insert(table), row | {"valid_to": first - _DAY})
        if last < until:
            connection.execute(insert(table), row | {"valid_from": last + _DAY})


def _put(connection: Connection, table: Table, week: Week, common: Mapping[str, Any]) -> None:
    rows = [
        {**common, "weekday": day, "starts": part.starts, "ends": part.ends}
        for day, stretches in week.items()
        for part in stretches
    ]
    if rows:
        connection.execute(insert(table), rows)


def _worded_absence(row: Mapping[str, Any]) -> str:
    span = worded_span(row["date_from"], row["date_to"])
    return span if row["whole_day"] else f"{span} {Stretch(row['starts'], row['ends'])}"


def record(
    connection: Connection,
    key: str,
    before: str | None,
    after: str | None,
    actor: str,
    at: datetime,
    location_id: int | None = None,
) -> None:
    """Write down what was changed, in words, and who did it."""
    connection.execute(
        insert(setting_events).values(
            key=key,
            location_id=location_id,
            at=at,
            actor=actor,
            value_from=before,
            value_to=after,
        )
    )
