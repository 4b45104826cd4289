"""Rows with sensible defaults: a test names only what it is about. Each returns the row's id."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from core import models
from core.database.types import keyring_of
from core.models import new_public_id
from core.models.appointments import ActorKind, AppointmentStatus
from core.models.people import AddressState, Standing, Trust
from core.people.names import fold

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)  # A Sunday
ZONE = "America/Los_Angeles"
_numbers = count(1)


def _row(connection: Connection, table: Table, **values: Any) -> int:
    if "created_at" in table.c:
        values = {"created_at": NOW, "updated_at": NOW} | values
    key = connection.execute(insert(table), values).inserted_primary_key
    assert key is not None
    return int(key[0])


def an_organization(connection: Connection, **changes: Any) -> int:
    values: dict[str, Any] = {
        "name": "Harbor Health",
        "country": "US",
        "currency": "USD",
        "default_language": "en",
        "languages": json.dumps(["en", "es"]),
        "setup_version": 1,
        "is_demo": True,
    }
    return _row(connection, models.organizations, **values | changes)


def a_location(connection: Connection, name: str = "Downtown", **changes: Any) -> int:
    values: dict[str, Any] = {
        "organization_id": 1,
        "position": next(_numbers),
        "name": name,
        "address": "400 Market Street",
        "country": "US",
        "zone": ZONE,
        "phone": "+14155550100",
        "emergency_number": "911",
        "crisis_number": "988",
        "opening_hours": "{}",
    }
    return _row(connection, models.locations, **values | changes)


def a_specialty(connection: Connection, code: str = "general_practice", **changes: Any) -> int:
    values: dict[str, Any] = {"code": code, "names": json.dumps({"en": code}), "words": "{}"}
    return _row(connection, models.specialties, **values | changes)


def a_visit_type(connection: Connection, code: str = "consultation", **changes: Any) -> int:
    values: dict[str, Any] = {
        "code": code,
        "names": json.dumps({"en": code}),
        "kind": "consultation",
        "is_default": code == "consultation",
        "booked_by": "patient",
        "needs_approval": False,
        "new_patients": True,
        "needs_referral": False,
    }
    return _row(connection, models.visit_types, **values | changes)


def a_practitioner(
    connection: Connection,
    last_name: str = "Patel",
    *,
    specialty_id: int | None = None,
    **changes: Any,
) -> int:
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "title": "Dr",
        "titles": json.dumps({"en": "Dr"}),
        "first_name": "Anita",
        "last_name": last_name,
        "languages": "[]",
        "slot_minutes": 20,
    }
    practitioner_id = _row(connection, models.practitioners, **values | changes)
    if specialty_id is not None:
        ids = {"practitioner_id": practitioner_id, "specialty_id": specialty_id}
        _row(connection, models.practitioner_specialties, **ids)
    return practitioner_id


def _a_week(
    connection: Connection,
    table: Table,
    practitioner_id: int,
    location_id: int,
    starts: time,
    ends: time,
    *,
    weekdays: Iterable[int] = range(5),
    **changes: Any,
) -> None:
    changes |= {"practitioner_id": practitioner_id, "location_id": location_id}
    for weekday in weekdays:
        _row(connection, table, weekday=weekday, starts=starts, ends=ends, **changes)


def a_schedule(
    connection: Connection,
    practitioner_id: int,
    location_id: int,
    starts: time = time(9),
    ends: time = time(17),
    **changes: Any,
) -> None:
    """Monday to Friday, unless `weekdays` says otherwise."""
    _a_week(connection, models.schedules, practitioner_id, location_id, starts, ends, **changes)


def a_break(
    connection: Connection,
    practitioner_id: int,
    location_id: int,
    starts: time = time(12),
    ends: time = time(13),
    **changes: Any,
) -> None:
    _a_week(connection, models.breaks, practitioner_id, location_id, starts, ends, **changes)


def same_day_hours(
    connection: Connection,
    practitioner_id: int,
    location_id: int,
    starts: time = time(9),
    ends: time = time(10),
    **changes: Any,
) -> None:
    _a_week(
        connection, models.same_day_hours, practitioner_id, location_id, starts, ends, **changes
    )


def a_resource(
    connection: Connection, location_id: int, name: str = "Ultrasound 1", kind: str = "ultrasound"
) -> int:
    return _row(connection, models.resources, location_id=location_id, name=name, kind=kind)


def an_absence(
    connection: Connection,
    practitioner_id: int,
    day: date,
    until: date | None = None,
    *,
    starts: time | None = None,
    ends: time | None = None,
) -> int:
    return _row(
        connection,
        models.absences,
        practitioner_id=practitioner_id,
        date_from=day,
        date_to=until or day,
        starts=starts,
        ends=ends,
        whole_day=starts is None,
    )


def a_holiday(connection: Connection, location_id: int, day: date) -> int:
    return _row(connection, models.holidays, location_id=location_id, day=day, name="Holiday")


def an_offer(
    connection: Connection,
    practitioner_id: int,
    visit_type_id: int,
    minutes: int | None = None,
    *,
    places: Iterable[tuple[int | None, int | None]] = (),
) -> int:
    """The practitioner offers that visit type, and from now on only what is listed so; at those
    locations and weekdays, if there are any (None: every one)."""
    ids = {"practitioner_id": practitioner_id, "visit_type_id": visit_type_id}
    offer_id = _row(connection, models.practitioner_visit_types, minutes=minutes, **ids)
    for location_id, weekday in places:
        where = {"location_id": location_id, "weekday": weekday}
        _row(connection, models.offered_at, practitioner_visit_type_id=offer_id, **where)
    return offer_id


def a_setting(
    connection: Connection, key: str, value: int | str, location_id: int | None = None
) -> int:
    """A rule of the clinic, or of one location."""
    values = {"key": key, "value": json.dumps(value), "location_id": location_id}
    return _row(
        connection,
        models.settings,
        description="",
        source="file",
        updated_by="a test",
        **values,
    )


def a_patient(connection: Connection, first_name: str = "Maria", **changes: Any) -> int:
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "first_name": first_name,
        "last_name": "Lopez",
        "search_name": fold(f"{first_name} {changes.get('last_name', 'Lopez')}"),
        "date_of_birth": date(1985, 3, 12),
        "standing": Standing.ACTIVE,
    }
    return _row(connection, models.patients, **values | changes)


def an_address(connection: Connection, channel: str = "sms", **changes: Any) -> int:
    number = next(_numbers)
    values: dict[str, Any] = {
        "channel": channel,
        "address": f"+1415555{number:04}",
        "address_hash": f"hash {number}".encode(),
        "state": AddressState.GOOD,
    }
    return _row(connection, models.addresses, **values | changes)


def a_colleague(
    connection: Connection, username: str, alarms: int | None = 1, **changes: Any
) -> int:
    """Somebody of staff; unless `address_id` says otherwise, with a phone of their own."""
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "username": username,
        "first_name": username.title(),
        "last_name": "Weber",
        "alarm_position": alarms,
    }
    if "address_id" not in changes:
        changes["address_id"] = an_address(connection)
    return _row(connection, models.staff, **values | changes)


def a_link(
    connection: Connection,
    patient_id: int,
    address_id: int,
    trust: str = Trust.PROVED,
    **changes: Any,
) -> int:
    """The address may speak for the patient."""
    values: dict[str, Any] = {
        "patient_id": patient_id,
        "address_id": address_id,
        "relation": "self",
        "trust": trust,
        "may_book": True,
        "may_see": True,
        "is_told": True,
        "since": NOW,
    }
    return _row(connection, models.patient_addresses, **values | changes)


def a_phone(
    connection: Connection, patient_id: int, number: str, channel: str = "sms", **link: Any
) -> None:
    """A number that the patient can be found by."""
    digest = keyring_of(connection.dialect).hash_address((channel, number))
    address_id = an_address(connection, channel, address=number, address_hash=digest)
    a_link(connection, patient_id, address_id, **link)


def a_conversation(connection: Connection, address_id: int | None = None, **changes: Any) -> int:
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "address_id": address_id or an_address(connection),
        "our_address": "+14155550100",
        "version": 0,
        "is_simulated": False,
    }
    return _row(connection, models.conversations, **values | changes)


def an_appointment(
    connection: Connection,
    *,
    patient_id: int | None,
    practitioner_id: int,
    location_id: int,
    visit_type_id: int,
    starts_at: datetime,
    minutes: int = 20,
    **changes: Any,
) -> int:
    """A row as raw as the tables take it: no rule of ours is asked, only the database's guards."""
    ends_at = starts_at + timedelta(minutes=minutes)
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "patient_id": patient_id,
        "practitioner_id": practitioner_id,
        "location_id": location_id,
        "visit_type_id": visit_type_id,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "occupied_from": starts_at,
        "occupied_until": ends_at,
        "status": AppointmentStatus.SCHEDULED,
        "booked_through": "sms",
        "booked_by": ActorKind.PATIENT,
        "version": 1,
    }
    return _row(connection, models.appointments, **values | changes)


def an_occasion(connection: Connection, kind: str, appointment_id: int, **changes: Any) -> int:
    """To be said at once, of the patient of that visit."""
    whose = select(models.appointments.c.patient_id).where(
        models.appointments.c.id == appointment_id
    )
    values: dict[str, Any] = {
        "public_id": new_public_id(),
        "kind": kind,
        "patient_id": connection.scalar(whose) or 1,
        "appointment_id": appointment_id,
        "due_at": NOW,
        "state": "planned",
    }
    return _row(connection, models.occasions, **values | changes)


@dataclass(frozen=True, slots=True)
class Clinic:
    """The ids of a small clinic in San Francisco with two practitioners and one patient.

    Dr Patel and Dr Okafor: general practice, Monday to Friday, 09:00 to 17:00, a break at noon,
    a slot every 20 minutes.
    """

    location_id: int
    specialty_id: int
    visit_type_id: int
    patel_id: int
    okafor_id: int
    patient_id: int
    address_id: int
    conversation_id: int


def a_clinic(connection: Connection) -> Clinic:
    an_organization(connection)
    location_id = a_location(connection)
    specialty_id = a_specialty(connection)
    visit_type_id = a_visit_type(connection)
    practitioner_ids = []
    for first_name, last_name in (("Anita", "Patel"), ("Samuel", "Okafor")):
        names = {"first_name": first_name, "last_name": last_name}
        practitioner_id = a_practitioner(connection, specialty_id=specialty_id, **names)
        a_schedule(connection, practitioner_id, location_id)
        a_break(connection, practitioner_id, location_id)
        practitioner_ids.append(practitioner_id)
    patient_id, address_id = a_patient(connection), an_address(connection)
    a_link(connection, patient_id, address_id)
    return Clinic(
        location_id=location_id,
        specialty_id=specialty_id,
        visit_type_id=visit_type_id,
        patel_id=practitioner_ids[0],
        okafor_id=practitioner_ids[1],
        patient_id=patient_id,
        address_id=address_id,
        conversation_id=a_conversation(connection, address_id),
    )
