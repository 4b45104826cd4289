"""The clinic as conversations see it, read from the database and kept until its set-up changes."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from bot.directory import Directory, Location, Practitioner, Specialty, VisitType
from bot.phrases import own
from bot.understanding.clinic import prepare
from core.models import (
    holidays,
    locations,
    organizations,
    phrases,
    practitioner_specialties,
    practitioner_visit_types,
    practitioners,
    schedules,
    specialties,
    visit_types,
)
from core.phone import for_reading
from core.rules import Rules
from core.scheduling.catalogue import Catalogue
from core.scheduling.loading import load_catalogue

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Clinic:
    directory: Directory  # What people call things
    catalogue: Catalogue  # What can be booked

    @property
    def rules(self) -> Rules:
        """The rules that belong to no place."""
        return self.catalogue.rules.general


class ClinicCache:
    """One process's copy of the clinic; never older than the `setup_version` it is asked for, which
    the database itself raises whenever anything changes that the copy is made of."""

    def __init__(self) -> None:
        self._clinic: Clinic | None = None
        self._lock = Lock()

    def newest(self, connection: Connection, now: datetime) -> Clinic:
        """Return the clinic as it is; raises NoResultFound on a database without one."""
        version = connection.execute(select(organizations.c.setup_version)).scalar_one()
        return self.get(connection, version, now)

    def get(self, connection: Connection, setup_version: int, now: datetime) -> Clinic:
        clinic = self._clinic
        if clinic is None or not clinic.catalogue.covers(setup_version, now):
            clinic = read_clinic(connection, now)
            prepare(clinic.directory)
            with self._lock:
                self._clinic = clinic
        return clinic


def read_clinic(connection: Connection, now: datetime) -> Clinic:
    """Read the clinic as it is set up, and what it offers from `now` on; raises NoClinic."""
    catalogue = load_catalogue(connection, now=now)
    return Clinic(read_directory(connection), catalogue)


def read_directory(connection: Connection) -> Directory:
    """Read what people call things; raises NoResultFound on a database without a clinic."""
    organization = connection.execute(select(organizations)).one()
    return Directory(
        clinic=organization.name,
        country=organization.country,
        languages=tuple(json.loads(organization.languages)),
        locations=_locations(connection),
        practitioners=_practitioners(connection),
        specialties=_specialties(connection),
        visit_types=_visit_types(connection),
        version=organization.setup_version,
        currency=organization.currency,
        phrases=own.sound(own_phrases(connection)),
        former_locations=_locations(connection, active=False),
        former_practitioners=_practitioners(connection, active=False),
        former_visit_types=_visit_types(connection, active=False),
    )


def own_phrases(connection: Connection) -> dict[str, dict[str, str]]:
    """Return the clinic's own sentences as they are stored: language -> name -> words."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in connection.execute(select(phrases).where(phrases.c.is_active)):
        found[row.language][row.key] = row.text
    return found


def _locations(connection: Connection, *, active: bool = True) -> tuple[Location, ...]:
    rows = connection.execute(
        select(locations).where(locations.c.is_active.is_(active)).order_by(locations.c.position)
    )
    closed = _holidays(connection)
    return tuple(
        Location(
            key=row.id,
            name=row.name,
            zone=ZoneInfo(row.zone),
            address=", ".join(filter(None, (row.address, row.city))),
            phone=for_reading(row.phone),
            emergency_number=row.emergency_number,
            crisis_number=row.crisis_number,
            opening_hours=_opening_hours(json.loads(row.opening_hours)),
            city=row.city or "",
            holidays=closed[row.id],
            directions=_told(row.directions),
            parking=_told(row.parking),
            insurance=_told(row.insurance),
            what_to_bring=_told(row.what_to_bring),
            discreet_name=row.discreet_name or "",
        )
        for row in rows
    )


def _told(stored: str | None) -> dict[str, str]:
    texts: dict[str, str] = json.loads(stored) if stored else {}
    return texts


def _holidays(connection: Connection) -> Mapping[int, Mapping[date, str]]:
    found: dict[int, dict[date, str]] = defaultdict(dict)
    for location_id, day, name in connection.execute(
        select(holidays.c.location_id, holidays.c.day, holidays.c.name).order_by(holidays.c.day)
    ):
        found[location_id][day] = name
    return found


def _opening_hours(stored: dict[str, list[list[str]]]) -> dict[int, tuple[tuple[time, time], ...]]:
    return {
        WEEKDAYS.index(day): tuple(
            (time.fromisoformat(start), time.fromisoformat(end)) for start, end in stretches
        )
        for day, stretches in stored.items()
    }


def _practitioners(connection: Connection, *, active: bool = True) -> tuple[Practitioner, ...]:
    codes: dict[int, list[str]] = defaultdict(list)
    for practitioner_id, code in connection.execute(
        select(practitioner_specialties.c.practitioner_id, specialties.c.code)
        .join(specialties)
        .order_by(practitioner_specialties.c.id)
    ):
        codes[practitioner_id].append(code)
    places: dict[int, list[int]] = defaultdict(list)
    for practitioner_id, location_id in connection.execute(
        select(schedules.c.practitioner_id, schedules.c.location_id).order_by(schedules.c.id)
    ):
        if location_id not in places[practitioner_id]:
            places[practitioner_id].append(location_id)
    fees = _own_fees(connection)
    rows = connection.execute(
        select(practitioners)
        .where(practitioners.c.is_active.is_(active))
        .order_by(practitioners.c.id)
    )
    return tuple(
        Practitioner(
            key=row.id,
            name=" ".join(filter(None, (row.title, row.first_name, row.last_name))),
            first_name=row.first_name,
            last_name=row.last_name,
            specialties=tuple(codes[row.id]),
            locations=tuple(places[row.id]),
            languages=tuple(json.loads(row.languages)),
            titles=json.loads(row.titles),
            gender=row.gender,
            fee_cents=row.fee_cents or 0,
            own_fees=fees[row.id],
        )
        for row in rows
    )


def _own_fees(connection: Connection) -> Mapping[int, Mapping[int, int]]:
    offers = practitioner_visit_types.c
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for practitioner_id, visit_type_id, cents in connection.execute(
        select(offers.practitioner_id, offers.visit_type_id, offers.fee_cents).where(
            offers.fee_cents.is_not(None)
        )
    ):
        found[practitioner_id][visit_type_id] = cents
    return found


def _specialties(connection: Connection) -> tuple[Specialty, ...]:
    rows = connection.execute(
        select(specialties).where(specialties.c.is_active).order_by(specialties.c.id)
    )
    return tuple(
        Specialty(
            code=row.code,
            names=json.loads(row.names),
            words=_words(row.words),
            is_sensitive=row.is_sensitive,
            age_from=row.age_from,
            age_until=row.age_until,
        )
        for row in rows
    )


def _words(stored: str) -> dict[str, tuple[str, ...]]:
    words: dict[str, Any] = json.loads(stored)
    return {language: tuple(listed) for language, listed in words.items()}


def _visit_types(connection: Connection, *, active: bool = True) -> tuple[VisitType, ...]:
    rows = connection.execute(
        select(visit_types).where(visit_types.c.is_active.is_(active)).order_by(visit_types.c.id)
    )
    return tuple(
        VisitType(
            key=row.id,
            code=row.code,
            names=json.loads(row.names),
            for_patients=row.booked_by == "patient",
            is_default=row.is_default,
            price_cents=row.price_cents,
            preparation=_told(row.preparation),
            needs_referral=row.needs_referral,
            new_patients=row.new_patients,
        )
        for row in rows
    )
