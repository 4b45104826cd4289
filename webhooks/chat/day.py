"""One day of one location, as a wall calendar would show it. Demo only; patients as initials."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, or_, select

from core.models import (
    absences,
    appointment_events,
    appointments,
    breaks,
    holidays,
    locations,
    patients,
    practitioner_specialties,
    practitioners,
    schedules,
    specialties,
)
from core.models.appointments import AppointmentStatus
from webhooks.chat.refusal import Refused

# What takes or took the practitioner's time; a hold counts while its term runs.
SHOWN = ("pending", "scheduled", "confirmed", "arrived", "completed", "no_show")
DAYS_LOOKED_AHEAD = 14
YEARS = range(1900, 2200)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_day(connection: Connection, now: datetime, day: str, location: str) -> dict[str, Any]:
    """Return the day at the named location ("": the first), or its next open day for "".

    Raises Refused when there is no such day or place.
    """
    places = connection.execute(
        select(locations).where(locations.c.is_active).order_by(locations.c.position)
    ).all()
    place = next((row for row in places if row.name == (location or places[0].name)), None)
    if place is None:
        raise Refused(400, "There is no such location.")
    here = now.astimezone(ZoneInfo(place.zone))
    that_day = _date(day) if day else _next_open_day(connection, place, here.date())
    closed = connection.scalar(
        select(holidays.c.name).where(
            holidays.c.location_id == place.id, holidays.c.day == that_day
        )
    )
    return {
        "date": that_day.isoformat(),
        "today": here.date().isoformat(),
        "now": here.strftime("%H:%M"),
        "location": place.name,
        "locations": [row.name for row in places],
        "zone": place.zone,
        "closed": closed,
        "practitioners": _columns(connection, place, that_day, now),
        "latest": _latest(connection),
    }


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused(400, "Write the day like 2026-03-02.") from None
    if day.year not in YEARS:  # Before and after them arithmetic with days fails.
        raise Refused(400, "There is no calendar for that year.")
    return day


def _next_open_day(connection: Connection, place: Row[Any], today: date) -> date:
    opening = json.loads(place.opening_hours)
    closed = set(
        connection.scalars(select(holidays.c.day).where(holidays.c.location_id == place.id))
    )
    for ahead in range(DAYS_LOOKED_AHEAD):
        day = today + timedelta(days=ahead)
        if day not in closed and opening.get(WEEKDAYS[day.weekday()]):
            return day
    return today


def _columns(
    connection: Connection, place: Row[Any], day: date, now: datetime
) -> list[dict[str, Any]]:
    """One column for each practitioner who ever works there, in the clinic's own order."""
    hours = _weekly(connection, schedules, place.id, day)
    pauses = _weekly(connection, breaks, place.id, day)
    away = _absences(connection, day)
    visits = _visits(connection, place, day, now)
    fields = _specialties(connection)
    people = connection.execute(
        select(practitioners)
        .where(
            practitioners.c.is_active,
            practitioners.c.id.in_(
                select(schedules.c.practitioner_id).where(schedules.c.location_id == place.id)
            ),
        )
        .order_by(practitioners.c.id)
    )
    return [
        {
            "name": f"{person.title} {person.first_name} {person.last_name}".strip(),
            "specialty": fields.get(person.id, ""),
            "hours": hours[person.id],
            "breaks": pauses[person.id],
            "absences": away[person.id],
            "appointments": visits[person.id],
        }
        for person in people
    ]


Stretches = dict[int, list[tuple[str, str]]]  # Practitioner -> wall times, "09:00" to "17:00".


def _weekly(connection: Connection, table: Table, location_id: int, day: date) -> Stretches:
    query = (
        select(table.c.practitioner_id, table.c.starts, table.c.ends)
        .where(
            table.c.location_id == location_id,
            table.c.weekday == day.weekday(),
            or_(table.c.valid_from.is_(None), table.c.valid_from <= day),
            or_(table.c.valid_to.is_(None), table.c.valid_to >= day),
        )
        .order_by(table.c.starts)
    )
    return _grouped(connection.execute(query))


def _absences(connection: Connection, day: date) -> Stretches:
    query = select(absences.c.practitioner_id, absences.c.starts, absences.c.ends).where(
        absences.c.date_from <= day, absences.c.date_to >= day
    )
    return _grouped(connection.execute(query))


def _grouped(rows: Iterable[Row[Any]]) -> Stretches:
    grouped: Stretches = defaultdict(list)
    for row in rows:
        starts = _clock(row.starts) if row.starts else "00:00"
        grouped[row.practitioner_id].append((starts, _until(row.ends)))
    return grouped


def _clock(at: time | datetime) -> str:
    return at.strftime("%H:%M")


def _until(ends: time | None) -> str:
    return "24:00" if ends in (None, time.max) else _clock(ends)


def _specialties(connection: Connection) -> dict[int, str]:
    query = select(practitioner_specialties.c.practitioner_id, specialties.c.names).join(
        specialties, specialties.c.id == practitioner_specialties.c.specialty_id
    )
    return {person: json.loads(names).get("en", "") for person, names in connection.execute(query)}


def _visits(
    connection: Connection, place: Row[Any], day: date, now: datetime
) -> dict[int, list[dict[str, Any]]]:
    zone = ZoneInfo(place.zone)
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    next_midnight = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    query = (
        select(appointments, patients.c.first_name, patients.c.last_name)
        .outerjoin(patients, patients.c.id == appointments.c.patient_id)
        .where(
            appointments.c.location_id == place.id,
            appointments.c.starts_at >= midnight,
            appointments.c.starts_at < next_midnight,
            _takes_time(now),
        )
        .order_by(appointments.c.starts_at)
    )
    visits: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(query):
        ends = row.ends_at.astimezone(zone)
        visits[row.practitioner_id].append(
            {
                "id": row.public_id,
                "version": row.version,
                "start": _clock(row.starts_at.astimezone(zone)),
                "end": _clock(ends) if ends.date() == day else "24:00",
                "status": row.status,
                "patient": _initials(row),
            }
        )
    return visits


def _takes_time(now: datetime) -> ColumnElement[bool]:
    held = and_(
        appointments.c.status == AppointmentStatus.HELD, appointments.c.hold_expires_at > now
    )
    return or_(appointments.c.status.in_(SHOWN), held)


def _initials(row: Row[Any]) -> str:
    return "".join(name[:1].upper() for name in (row.first_name, row.last_name) if name)


def _latest(connection: Connection) -> dict[str, Any] | None:
    """The last thing that happened to any visit, so that the page can turn to its day."""
    query = (
        select(
            appointment_events.c.id.label("event"),
            appointment_events.c.type,
            appointments.c.public_id,
            appointments.c.starts_at,
            locations.c.name,
            locations.c.zone,
        )
        .join(appointments, appointments.c.id == appointment_events.c.appointment_id)
        .join(locations, locations.c.id == appointments.c.location_id)
        .order_by(appointment_events.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    return {
        "event": row.event,
        "type": row.type,
        "id": row.public_id,
        "location": row.name,
        "date": row.starts_at.astimezone(ZoneInfo(row.zone)).date().isoformat(),
    }
