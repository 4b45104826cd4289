"""A small clinic for the chat's tests."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, insert, select

from core.database.connect import Database
from core.models import (
    addresses,
    appointment_events,
    appointments,
    breaks,
    locations,
    new_public_id,
    organizations,
    patient_addresses,
    patients,
    practitioner_specialties,
    practitioners,
    schedules,
    specialties,
    visit_types,
)

DOWNTOWN = ZoneInfo("America/Los_Angeles")
MONDAY = date(2026, 3, 2)
MONDAY_NOON = datetime.combine(MONDAY, time(11, 40), DOWNTOWN).astimezone(UTC)
DOCTORS = (
    ("Anita", "Patel", "general practice", 20),
    ("Samuel", "Okafor", "general practice", 20),
    ("Sarah", "Johnson", "cardiology", 30),
    ("Elena", "García", "dermatology", 15),
    ("Michael", "Chen", "dentistry", 30),
)
OPEN = json.dumps({day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})


def add(connection: Connection, table: Table, **values: Any) -> int:
    now = {name: MONDAY_NOON for name in ("created_at", "updated_at") if name in table.c}
    if "public_id" in table.c:
        now["public_id"] = new_public_id()  # type: ignore[assignment]
    if "is_active" in table.c:
        now["is_active"] = True  # type: ignore[assignment]
    key = connection.execute(insert(table).values(**now | values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def make_clinic(database: Database, *, is_demo: bool) -> None:
    with database.transaction() as connection:
        add(
            connection,
            organizations,
            id=1,
            name="Harbor Health",
            country="US",
            currency="USD",
            default_language="en",
            languages='["en", "es"]',
            setup_version=1,
            is_demo=is_demo,
        )
        places = [_location(connection, 1, "Downtown", DOWNTOWN.key, "+14155550100")]
        places.append(_location(connection, 2, "Phoenix", "America/Phoenix", "+16025550100"))
        visit_type = _visit_type(connection)
        for first, last, specialty, minutes in DOCTORS:
            doctor = _doctor(connection, places[0], first, last, specialty, minutes)
            _visits_of(connection, places[0], doctor, visit_type, minutes)
        doctor = _doctor(connection, places[1], "David", "Kim", "orthopaedics", 30)


def _location(connection: Connection, position: int, name: str, zone: str, phone: str) -> int:
    return add(
        connection,
        locations,
        organization_id=1,
        position=position,
        name=name,
        address="400 Market Street",
        country="US",
        zone=zone,
        phone=phone,
        emergency_number="911",
        crisis_number="988",
        opening_hours=OPEN,
    )


def _visit_type(connection: Connection) -> int:
    return add(
        connection,
        visit_types,
        code="consultation",
        names='{"en": "consultation"}',
        kind="consultation",
        is_default=True,
        booked_by="patient",
        needs_approval=False,
        new_patients=True,
        needs_referral=False,
    )


def _doctor(
    connection: Connection, place: int, first: str, last: str, specialty: str, minutes: int
) -> int:
    doctor = add(
        connection,
        practitioners,
        title="Dr",
        titles='{"en": "Dr"}',
        first_name=first,
        last_name=last,
        languages="[]",
        slot_minutes=minutes,
    )
    known = connection.scalar(select(specialties.c.id).where(specialties.c.code == specialty))
    names = json.dumps({"en": specialty})
    known = known or add(connection, specialties, code=specialty, names=names, words="{}")
    add(connection, practitioner_specialties, practitioner_id=doctor, specialty_id=known)
    for weekday in range(5):
        if last == "Johnson" and weekday % 2:
            continue
        hours = {"practitioner_id": doctor, "location_id": place, "weekday": weekday}
        add(connection, schedules, **hours, starts=time(9), ends=time(17))
        if last in ("Patel", "Okafor"):
            add(connection, breaks, **hours, starts=time(12), ends=time(13))
    return doctor


def _visits_of(
    connection: Connection, place: int, doctor: int, visit_type: int, minutes: int
) -> None:
    """A few visits of made-up patients on the Monday."""
    for number, (hour, status) in enumerate(
        ((9, "completed"), (10, "confirmed"), (14, "scheduled"))
    ):
        patient = a_patient(connection, "Jonah", f"Marsh{doctor}{number}")
        starts = datetime.combine(MONDAY, time(hour, minutes), DOWNTOWN).astimezone(UTC)
        an_appointment(connection, doctor, patient, starts, minutes, status, place, visit_type)


def a_patient(connection: Connection, first: str, last: str) -> int:
    return add(
        connection,
        patients,
        first_name=first,
        last_name=last,
        search_name=f"{first} {last}".lower(),
        standing="active",
    )


def an_appointment(
    connection: Connection,
    doctor: int,
    patient: int,
    starts_at: datetime,
    minutes: int,
    status: str = "scheduled",
    place: int = 1,
    visit_type: int = 1,
) -> int:
    ends_at = starts_at + timedelta(minutes=minutes)
    appointment = add(
        connection,
        appointments,
        patient_id=patient,
        practitioner_id=doctor,
        location_id=place,
        visit_type_id=visit_type,
        starts_at=starts_at,
        ends_at=ends_at,
        occupied_from=starts_at,
        occupied_until=ends_at,
        status=status,
        booked_through="web",
        booked_by="patient",
        version=1,
    )
    add(
        connection,
        appointment_events,
        appointment_id=appointment,
        at=MONDAY_NOON,
        type="booked",
        actor_kind="patient",
    )
    return appointment


def a_patient_with_address(database: Database, first: str, last: str, phone: str) -> None:
    assert database.keyring is not None
    with database.transaction() as connection:
        patient = a_patient(connection, first, last)
        address = add(
            connection,
            addresses,
            channel="sms",
            address=phone,
            address_hash=database.keyring.hash_address(("sms", phone)),
            state="good",
        )
        add(
            connection,
            patient_addresses,
            patient_id=patient,
            address_id=address,
            relation="self",
            trust="proved",
            may_book=True,
            may_see=True,
            is_told=True,
            since=MONDAY_NOON,
        )
