"""The calendar as staff read it: the visits of a day, who is next, what nobody has marked. A
constant number of queries, however many visits there are."""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, case, false, or_, select, true

from core.clock import instant
from core.models import appointments, locations, patients
from core.models.appointments import AppointmentStatus
from core.occasions.unreached import EXPECTED as MAY_BE_REACHED
from core.occasions.unreached import Reached, how_reached
from core.people.restricted import is_restricted
from core.scheduling.availability import Search, Window, find_slots
from core.scheduling.catalogue import Catalogue
from core.scheduling.local_days import local_days
from core.scheduling.statuses import ARRIVED, COMPLETED, NO_SHOW, OPEN
from core.staff.rights import Sphere

SHOWN = (*OPEN, COMPLETED, NO_SHOW)
LONGEST_WAIT = timedelta(hours=12)  # Of who has arrived; of earlier days somebody forgot to mark.


@dataclass(frozen=True, slots=True)
class DayVisit:
    """A visit of somebody, and what staff want to know beside it. `is_restricted`: whose record it
    is not everybody sees. `reached` is None where nobody need be."""

    id: int
    version: int
    status: AppointmentStatus
    starts_at: datetime
    ends_at: datetime
    practitioner_id: int
    location_id: int
    department_id: int | None
    visit_type_id: int
    late_minutes: int | None
    patient_id: int
    first_name: str
    last_name: str
    date_of_birth: date | None
    standing: str
    is_restricted: bool
    needs: tuple[str, ...] = ()
    reached: Reached | None = None


_STATUSES = {status.value: status for status in SHOWN}
# In the order of the fields above.
_VISITS = (
    select(
        appointments.c.id,
        appointments.c.version,
        appointments.c.status,
        appointments.c.starts_at,
        appointments.c.ends_at,
        appointments.c.practitioner_id,
        appointments.c.location_id,
        appointments.c.department_id,
        appointments.c.visit_type_id,
        appointments.c.late_minutes,
        appointments.c.patient_id,
        patients.c.first_name,
        patients.c.last_name,
        patients.c.date_of_birth,
        patients.c.standing,
        is_restricted().label("is_restricted"),
        patients.c.needs,
    )
    .select_from(appointments.join(patients, patients.c.id == appointments.c.patient_id))
    .where(appointments.c.status.in_(SHOWN))
)


def within(sphere: Sphere, table: Table = appointments) -> ColumnElement[bool]:
    """The appointments that lie in somebody's sphere, or what else a `table` holds of one
    practitioner at one place."""
    if sphere.everywhere:
        return true()
    parts = [
        and_(table.c.practitioner_id == person, table.c.location_id == place)
        for person, place in sorted(sphere.posts)
    ]
    if sphere.practitioners:
        parts.append(table.c.practitioner_id.in_(sphere.practitioners))
    if sphere.locations:
        parts.append(table.c.location_id.in_(sphere.locations))
    return or_(false(), *parts)


def visits_of_day(
    connection: Connection,
    sphere: Sphere,
    day: date,
    *,
    location_ids: Collection[int],
    practitioner_id: int | None = None,
) -> list[DayVisit]:
    """Return the visits of that day, by the clock of each place, the earliest first."""
    days = local_days(connection, day, 1, location_ids=location_ids)
    condition = [within(sphere), days.contain()]
    if practitioner_id is not None:
        condition.append(appointments.c.practitioner_id == practitioner_id)
    return _read(connection, *condition)


def visits_of_week(
    connection: Connection,
    sphere: Sphere,
    first: date,
    *,
    location_ids: Collection[int],
    practitioner_id: int | None = None,
    days: int = 7,
) -> dict[date, list[DayVisit]]:
    """Return the visits of so many days from `first` on, by day of the clock of each place."""
    week = local_days(connection, first, days, location_ids=location_ids)
    condition = [within(sphere), week.contain()]
    if practitioner_id is not None:
        condition.append(appointments.c.practitioner_id == practitioner_id)
    found: dict[date, list[DayVisit]] = defaultdict(list)
    for visit in _read(connection, *condition):
        zone = week.zones[visit.location_id]
        found[visit.starts_at.astimezone(zone).date()].append(visit)
    return found


def visit_of(connection: Connection, sphere: Sphere, appointment_id: int) -> DayVisit | None:
    """Return one visit, None if there is none for them."""
    found = _read(connection, within(sphere), appointments.c.id == appointment_id)
    return found[0] if found else None


def visits_among(
    connection: Connection, sphere: Sphere, appointment_ids: Collection[int]
) -> list[DayVisit]:
    """Return those of these visits that are theirs to see, the earliest first."""
    ids = appointments.c.id.in_(list(appointment_ids))
    return _read(connection, within(sphere), ids) if appointment_ids else []


def next_visit(
    connection: Connection,
    sphere: Sphere,
    now: datetime,
    *,
    practitioner_id: int | None = None,
) -> DayVisit | None:
    """Return whose turn it is: of those who have arrived whoever was to come first, else who is
    expected next."""
    now = instant(now)
    waits = and_(appointments.c.status == ARRIVED, appointments.c.starts_at > now - LONGEST_WAIT)
    comes = and_(appointments.c.status.in_(MAY_BE_REACHED), appointments.c.starts_at >= now)
    condition = [
        within(sphere),
        # Of each place: said so that the visits are read by place and time.
        appointments.c.location_id.in_(select(locations.c.id)),
        appointments.c.starts_at > now - LONGEST_WAIT,
        appointments.c.starts_at < now + LONGEST_WAIT,
        or_(waits, comes),
    ]
    if practitioner_id is not None:
        condition.append(appointments.c.practitioner_id == practitioner_id)
    arrived_first = case((appointments.c.status == ARRIVED, 0), else_=1)
    found = _read(connection, *condition, first=[arrived_first], limit=1)
    return found[0] if found else None


def unmarked(
    connection: Connection,
    sphere: Sphere,
    day: date,
    now: datetime,
    *,
    location_ids: Collection[int],
) -> list[DayVisit]:
    """Return the visits of that day that are over, and of which nobody has said how."""
    days = local_days(connection, day, 1, location_ids=location_ids)
    is_over = appointments.c.ends_at <= instant(now)
    is_open = appointments.c.status.in_(OPEN)
    return _read(connection, within(sphere), days.contain(), is_over, is_open)


@dataclass(frozen=True, slots=True)
class Openings:
    """What is free with one practitioner at one place on one day: visits of the usual kind."""

    practitioner_id: int
    location_id: int
    starts: tuple[datetime, ...]


def openings(
    connection: Connection,
    catalogue: Catalogue,
    sphere: Sphere,
    first: date,
    now: datetime,
    *,
    location_id: int | None = None,
    practitioner_id: int | None = None,
    days: int = 1,
) -> dict[date, list[Openings]]:
    """Return what is free on so many days from `first` on, as staff may book it: by day of the
    clock of each place. One search, whatever the number of days."""
    search = Search(
        practitioner_ids=None if practitioner_id is None else frozenset({practitioner_id}),
        location_id=location_id,
        windows=(Window(first, first + timedelta(days=days - 1)),),
    )
    slots = find_slots(connection, search, catalogue=catalogue, now=now, for_staff=True)
    free: dict[date, dict[tuple[int, int], list[datetime]]] = defaultdict(dict)
    for slot in slots:
        whose = (slot.practitioner_id, slot.location_id)
        if sphere.covers(*whose):
            day = slot.starts_at.astimezone(catalogue.zones[slot.location_id]).date()
            free[day].setdefault(whose, []).append(slot.starts_at)
    return {
        day: [Openings(*whose, tuple(starts)) for whose, starts in sorted(people.items())]
        for day, people in free.items()
    }


def _read(
    connection: Connection,
    *conditions: ColumnElement[bool],
    first: Sequence[ColumnElement[Any]] = (),
    limit: int | None = None,
) -> list[DayVisit]:
    order = (*first, appointments.c.starts_at, appointments.c.id)
    rows = connection.execute(_VISITS.where(*conditions).order_by(*order).limit(limit)).all()
    statuses = {row.id: row.status for row in rows if row.status in MAY_BE_REACHED}
    reached = how_reached(connection, statuses)
    return [
        DayVisit(
            *(
                visit_id,
                version,
                _STATUSES[status],
                *columns,
                tuple(json.loads(needs)) if needs else (),
                reached[visit_id][0] if visit_id in reached else None,
            )
        )
        for visit_id, version, status, *columns, needs in rows
    ]
