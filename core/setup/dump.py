"""The clinic as it is, written as a clinic file: applied to an empty database it gives the same
clinic, applied to its own it changes nothing.

Left out are those who were added at the desk, for no file has them, and what is deactivated.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from core.models import (
    departments,
    holidays,
    locations,
    organizations,
    phrases,
    resources,
    settings,
    specialties,
    staff,
    visit_types,
)
from core.models.staff import StaffSource
from core.rules import defaults
from core.setup.by_staff import name_of_actor
from core.setup.changeable import PLACE_TEXTS, Key, column, subject
from core.setup.changes import week_of
from core.setup.dump_people import (
    hours_by_staff,
    money,
    practitioners_of,
    staff_of,
    without_nothing,
    written_week,
)
from core.setup.toml import as_toml

Values = dict[str, Any]


def dump(connection: Connection, now: datetime) -> str:
    """Return the file's text. The connection's keys must be there where staff are told of alarms:
    where, is encrypted."""
    own = connection.execute(select(organizations)).one()
    places = connection.execute(
        select(locations).where(locations.c.is_active).order_by(locations.c.position)
    ).all()
    values = {
        "organization": {
            "name": own.name,
            "country": own.country,
            "currency": own.currency,
            "languages": json.loads(own.languages),
        },
        "rules": _rules(connection, None),
        "locations": [_location(connection, row, own.country) for row in places],
        "specialties": [_specialty(row) for row in _active(connection, specialties)],
        "visit_types": [_visit_type(row) for row in _active(connection, visit_types)],
        "practitioners": practitioners_of(connection, own.default_language),
        "staff": staff_of(connection),
        "phrases": _phrases(connection),
        "whatsapp": without_nothing({"templates": json.loads(own.whatsapp_templates or "{}")}),
    }
    head = [
        f"{own.name}, as it was on {now:%Y-%m-%d %H:%M} UTC; written by `frontdesk setup --dump`.",
        *_remarks(connection),
    ]
    return "".join(f"# {line}\n" for line in head) + "\n" + as_toml(without_nothing(values))


def _remarks(connection: Connection) -> Iterator[str]:
    """Yield what the file itself can't say."""
    changed = connection.execute(
        select(settings)
        .where(settings.c.source == "chat", settings.c.is_active)
        .order_by(settings.c.id)
    ).all()
    hours = hours_by_staff(connection)
    if changed or hours:
        yield "Changed by staff in chat:"
    for row in changed:
        key = Key(row.key, row.location_id)
        what = " ".join(filter(None, (subject(connection, key), column(key).replace("_", " "))))
        who = name_of_actor(connection, row.updated_by)
        yield f"  {what}, by {who} on {row.updated_at:%Y-%m-%d}"
    for what, by, at in hours:
        yield f"  {what}, by {name_of_actor(connection, by)} on {at:%Y-%m-%d}"
    added = connection.scalars(
        select(staff.c.username)
        .where(staff.c.is_active, staff.c.source == StaffSource.DESK)
        .order_by(staff.c.id)
    ).all()
    if added:
        yield f"Added by `frontdesk staff add`, and so in no file: {', '.join(added)}"


def _active(connection: Connection, table: Any, *conditions: Any) -> list[Row[Any]]:
    wanted = select(table).where(table.c.is_active, *conditions).order_by(table.c.id)
    return list(connection.execute(wanted))


def _rules(connection: Connection, location_id: int | None) -> Values:
    rows = connection.execute(
        select(settings.c.key, settings.c.value).where(
            settings.c.is_active,
            settings.c.key.in_(defaults()),
            settings.c.location_id.is_not_distinct_from(location_id),
        )
    )
    found = {row.key: json.loads(row.value) for row in rows}
    return {key: found[key] for key in defaults() if key in found}


def _location(connection: Connection, row: Row[Any], country: str) -> Values:
    plain = ("short_name", "discreet_name", "address", "city", "state", "postal_code", "zone")
    numbers = ("phone", "after_hours_phone", "emergency_number", "crisis_number")
    return without_nothing(
        {
            "name": row.name,
            "country": None if row.country == country else row.country,
            **{key: getattr(row, key) for key in (*plain, *numbers)},
            **{key: json.loads(getattr(row, key) or "null") for key in PLACE_TEXTS},
            "languages": json.loads(row.languages or "null"),
            "senders": json.loads(row.senders or "null"),
            "rules": _rules(connection, row.id),
            "departments": [
                without_nothing({"name": each.name, "phone": each.phone})
                for each in _active(connection, departments, departments.c.location_id == row.id)
            ],
            "resources": [
                {"kind": each.kind, "name": each.name}
                for each in _active(connection, resources, resources.c.location_id == row.id)
            ],
            "holidays": [
                {"date": day, "name": name}
                for day, name in connection.execute(
                    select(holidays.c.day, holidays.c.name)
                    .where(holidays.c.location_id == row.id)
                    .order_by(holidays.c.day)
                )
            ],
        }
    ) | {"opening_hours": written_week(week_of(row.opening_hours))}


def _specialty(row: Row[Any]) -> Values:
    return without_nothing(
        {
            "code": row.code,
            "names": json.loads(row.names),
            "words": json.loads(row.words),
            "sensitive": row.is_sensitive or None,
            "age_from": row.age_from,
            "age_until": row.age_until,
        }
    )


def _visit_type(row: Row[Any]) -> Values:
    values = without_nothing(
        {
            "code": row.code,
            "names": json.loads(row.names),
            "kind": row.kind,
            "default": row.is_default or None,
            "minutes_new_patient": row.minutes_new_patient,
            "minutes_known_patient": row.minutes_known_patient,
            "buffer_before_minutes": row.buffer_before_minutes or None,
            "buffer_after_minutes": row.buffer_after_minutes or None,
            "minimum_notice_minutes": row.minimum_notice_minutes,
            "horizon_days": row.horizon_days,
            "cancellation_notice_hours": row.cancellation_notice_hours,
            "price": money(row.price_cents),
            "booked_by": None if row.booked_by == "patient" else row.booked_by,
            "needs_approval": row.needs_approval or None,
            "new_patients": None if row.new_patients else False,
            "age_from": row.age_from,
            "age_until": row.age_until,
            "needs_referral": row.needs_referral or None,
            "resource_kind": row.resource_kind,
            "preparation": json.loads(row.preparation or "null"),
        }
    )
    return values if row.reminders is None else {**values, "reminders": json.loads(row.reminders)}


def _phrases(connection: Connection) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    wanted = select(phrases).where(phrases.c.is_active).order_by(phrases.c.language, phrases.c.id)
    for row in connection.execute(wanted):
        found.setdefault(row.language, {})[row.key] = row.text
    return found
