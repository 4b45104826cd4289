"""The clinic's people as a clinic file has them: who sees patients, where and when; and staff."""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from core.models import (
    absences,
    addresses,
    breaks,
    departments,
    hours_changes,
    locations,
    offered_at,
    practitioner_departments,
    practitioner_specialties,
    practitioner_visit_types,
    practitioners,
    same_day_hours,
    schedules,
    specialties,
    staff,
    staff_roles,
    visit_types,
)
from core.models.staff import StaffSource
from core.scheduling.week import DAYS, Stretch, Week, worded_days
from core.setup.changes import name_of

Values = dict[str, Any]
_WEEKS = {"hours": schedules, "breaks": breaks, "same_day_hours": same_day_hours}


def money(cents: int | None) -> int | Decimal | None:
    """Return cents as the clinic file writes money: 120, or 120.50."""
    if cents is None:
        return None
    return Decimal(cents).scaleb(-2) if cents % 100 else cents // 100


def written_week(week: Week) -> dict[str, str | list[str]]:
    """Return { mon-fri = "09:00-17:00", ... }: days of the same hours side by side as one span."""
    written: dict[str, str | list[str]] = {}
    for day, parts in sorted(week.items()):
        hours = [str(part) for part in sorted(parts)]
        written[DAYS[day]] = hours[0] if len(hours) == 1 else hours
    return _in_spans(written)


def _in_spans(written: Mapping[str, str | list[str]]) -> dict[str, str | list[str]]:
    """Return the days of the same hours under one name."""
    alike: dict[str, list[int]] = defaultdict(list)
    for day, hours in written.items():
        alike[json.dumps(hours)].append(DAYS.index(day))
    return {worded_days(days): json.loads(hours) for hours, days in alike.items()}


def without_nothing(values: Mapping[str, Any]) -> Values:
    """Leave out what is absent or empty."""
    return {key: value for key, value in values.items() if value not in (None, [], {})}


def practitioners_of(connection: Connection, language: str) -> list[Values]:
    """Return `[[practitioners]]`. `language`: the clinic's first."""
    wanted = select(practitioners).where(practitioners.c.is_active).order_by(practitioners.c.id)
    names = {row.id: row.name for row in connection.execute(select(locations))}
    return [_practitioner(connection, row, language, names) for row in connection.execute(wanted)]


def _practitioner(
    connection: Connection, row: Row[Any], language: str, places: Mapping[int, str]
) -> Values:
    titles = {code: title for code, title in json.loads(row.titles).items() if code != language}
    parts = _working_hours(connection, row.id, places)
    return without_nothing(
        {
            "title": row.title,
            "titles": titles,
            "first_name": row.first_name,
            "last_name": row.last_name,
            "email": row.email,
            "phone": row.phone,
            "licence_number": row.licence_number,
            "licence_state": row.licence_state,
            "specialties": _linked(
                connection, row.id, practitioner_specialties, specialties.c.code
            ),
            "departments": list(
                dict.fromkeys(
                    _linked(connection, row.id, practitioner_departments, departments.c.name)
                )
            ),
            "years_of_experience": row.years_of_experience,
            "fee": money(row.fee_cents),
            "bio": row.bio,
            "photo": row.photo,
            "languages": json.loads(row.languages),
            "gender": row.gender,
            "slot_minutes": row.slot_minutes,
            "capacity": row.capacity if row.capacity > 1 else None,
            "visits_a_day": row.visits_a_day,
            "visit_types": _offers(connection, row.id, places),
            **(parts[0] if parts else {}),
            "further_hours": parts[1:],
            "absences": _absences(connection, row.id),
        }
    )


def _linked(connection: Connection, practitioner_id: int, links: Table, column: Any) -> list[str]:
    """Return what a practitioner stands for, as far as it is still there."""
    wanted = (
        select(column)
        .select_from(links.join(column.table))
        .where(links.c.practitioner_id == practitioner_id, column.table.c.is_active)
        .order_by(links.c.id)
    )
    return [str(name) for name in connection.scalars(wanted)]


def _working_hours(
    connection: Connection, practitioner_id: int, places: Mapping[int, str]
) -> list[Values]:
    """Return the weeks, one for each place and time for which it holds, in the order of hours."""
    weeks: dict[tuple[Any, ...], dict[str, dict[int, tuple[Stretch, ...]]]] = {}
    for name, table in _WEEKS.items():
        rows = connection.execute(
            select(table).where(table.c.practitioner_id == practitioner_id).order_by(table.c.id)
        )
        for row in rows:
            holds = (row.location_id, row.valid_from, row.valid_to)
            week = weeks.setdefault(holds, {}).setdefault(name, {})
            week[row.weekday] = (*week.get(row.weekday, ()), Stretch(row.starts, row.ends))
    return [
        without_nothing(
            {
                "location": places[location_id],
                "valid_from": since,
                "valid_to": until,
                **{name: written_week(found[name]) for name in _WEEKS if name in found},
            }
        )
        for (location_id, since, until), found in weeks.items()
    ]


def hours_by_staff(connection: Connection) -> list[tuple[str, str, datetime]]:
    """Return "hours of Dr Anita Patel, mon" for each weekday that staff changed, with who changed
    it last, and when."""
    rows = connection.execute(
        select(hours_changes, practitioners.c.title, practitioners.c.first_name)
        .add_columns(practitioners.c.last_name)
        .join(practitioners, practitioners.c.id == hours_changes.c.practitioner_id)
        .where(practitioners.c.is_active)
        .order_by(hours_changes.c.id)
    )
    found = {
        f"hours of {name_of(row)}, {DAYS[row.weekday]}": (row.changed_by, row.created_at)
        for row in rows
    }
    return [(what, *last) for what, last in sorted(found.items())]


def _offers(
    connection: Connection, practitioner_id: int, places: Mapping[int, str]
) -> list[str | Values]:
    links = practitioner_visit_types
    rows = connection.execute(
        select(links, visit_types.c.code)
        .join(visit_types, visit_types.c.id == links.c.visit_type_id)
        .where(links.c.practitioner_id == practitioner_id, visit_types.c.is_active)
        .order_by(links.c.id)
    )
    return [
        offer if len(offer) > 1 else offer["code"]
        for row in rows
        for offer in _offer(connection, row, places)
    ]


def _offer(connection: Connection, row: Row[Any], places: Mapping[int, str]) -> list[Values]:
    """Return an entry for each place to which it is limited; one where it is not."""
    days: dict[int | None, set[int]] = {}
    limits = select(offered_at).where(offered_at.c.practitioner_visit_type_id == row.id)
    for limit in connection.execute(limits.order_by(offered_at.c.id)):
        days.setdefault(limit.location_id, set()).update(
            () if limit.weekday is None else (limit.weekday,)
        )
    return [
        without_nothing(
            {
                "code": row.code,
                "minutes": row.minutes,
                "fee": money(row.fee_cents),
                "location": places[place] if place is not None else None,
                "days": worded_days(on) or None,
            }
        )
        for place, on in (days or {None: set()}).items()
    ]


def _absences(connection: Connection, practitioner_id: int) -> list[Values]:
    rows = connection.execute(
        select(absences)
        .where(absences.c.practitioner_id == practitioner_id)
        .order_by(absences.c.date_from, absences.c.starts, absences.c.id)
    )
    return [
        without_nothing(
            {
                "date_from": row.date_from,
                "date_to": row.date_to if row.date_to != row.date_from else None,
                "hours": None if row.whole_day else str(Stretch(row.starts, row.ends)),
                "reason": row.reason,
            }
        )
        for row in rows
    ]


def staff_of(connection: Connection) -> list[Values]:
    """Return `[[staff]]`; whoever was added at the desk stands in no file."""
    wanted = (
        select(staff, practitioners.c.first_name.label("as_first"))
        .add_columns(
            practitioners.c.last_name.label("as_last"), addresses.c.channel, addresses.c.address
        )
        .outerjoin(practitioners, practitioners.c.id == staff.c.practitioner_id)
        .outerjoin(addresses, addresses.c.id == staff.c.address_id)
        .where(staff.c.is_active, staff.c.source == StaffSource.FILE)
        .order_by(staff.c.id)
    )
    return [
        without_nothing(
            {
                "username": row.username,
                "first_name": row.first_name,
                "last_name": row.last_name,
                "email": row.email,
                "phone": row.address if row.channel == "sms" else None,
                "telegram": row.address if row.channel == "telegram" else None,
                "language": row.language,
                "alarms": row.alarm_position,
                "roles": _roles(connection, row.id),
                "practitioner": row.as_last and f"{row.as_first} {row.as_last}",
            }
        )
        for row in connection.execute(wanted)
    ]


def _roles(connection: Connection, staff_id: int) -> list[str | Values]:
    rows = connection.execute(
        select(staff_roles.c.role, locations.c.name.label("place"), departments.c.name)
        .select_from(staff_roles)
        .outerjoin(departments, departments.c.id == staff_roles.c.department_id)
        .outerjoin(
            locations,
            (locations.c.id == staff_roles.c.location_id)
            | (locations.c.id == departments.c.location_id),
        )
        .where(staff_roles.c.staff_id == staff_id)
        .order_by(staff_roles.c.id)
    )
    return [
        without_nothing({"role": row.role, "location": row.place, "department": row.name})
        if row.place
        else row.role
        for row in rows
    ]
