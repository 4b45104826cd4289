"""Absences and holidays that are still to come, each as somebody of staff may take it back."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from core.models import absences, holidays
from core.scheduling.hours import NothingToRemove
from core.scheduling.week import Stretch

_IN_FILE = "file"


@dataclass(frozen=True, slots=True)
class Absence:
    """From `first` to `last`, both included; `hours`: of each day, None for the whole day.
    `is_in_file`: a set-up brings it again as long as the clinic file has it."""

    id: int
    practitioner_id: int
    first: date
    last: date
    hours: Stretch | None
    reason: str | None
    is_in_file: bool


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which a place is closed; `is_in_file` as of an absence."""

    location_id: int
    day: date
    name: str
    is_in_file: bool


def absences_ahead(connection: Connection, practitioner_id: int, today: date) -> list[Absence]:
    """Return somebody's absences of today and later, the earliest first."""
    rows = connection.execute(
        select(absences)
        .where(absences.c.practitioner_id == practitioner_id, absences.c.date_to >= today)
        .order_by(absences.c.date_from, absences.c.id)
    )
    return [_absence(row) for row in rows]


def absence_of(connection: Connection, absence_id: int) -> Absence:
    """Return an absence; raises NothingToRemove where it is not there any more."""
    row = connection.execute(select(absences).where(absences.c.id == absence_id)).first()
    if row is None:
        raise NothingToRemove("there is no such absence")
    return _absence(row)


def _absence(row: Row[Any]) -> Absence:
    return Absence(
        row.id,
        row.practitioner_id,
        row.date_from,
        row.date_to,
        None if row.whole_day else Stretch(row.starts, row.ends),
        row.reason,
        row.source == _IN_FILE,
    )


def holidays_ahead(
    connection: Connection, location_ids: list[int], first: date, last: date
) -> list[Holiday]:
    """Return the holidays of these places from one day to another, the earliest first."""
    rows = connection.execute(
        select(holidays)
        .where(holidays.c.location_id.in_(location_ids), holidays.c.day.between(first, last))
        .order_by(holidays.c.day, holidays.c.location_id)
    )
    return [_holiday(row) for row in rows]


def holiday_of(connection: Connection, location_id: int, day: date) -> Holiday:
    """Return a holiday; raises NothingToRemove where that day is none any more."""
    mine = (holidays.c.location_id == location_id, holidays.c.day == day)
    row = connection.execute(select(holidays).where(*mine)).first()
    if row is None:
        raise NothingToRemove("that day is no holiday there")
    return _holiday(row)


def _holiday(row: Row[Any]) -> Holiday:
    return Holiday(row.location_id, row.day, row.name, row.source == _IN_FILE)
