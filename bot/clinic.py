"""The clinic as conversations see it, read from the database and kept until its set-up changes."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from bot.directory import Directory, Location, Practitioner, Specialty, VisitType
from core.models import (
    locations,
    organizations,
    practitioner_specialties,
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

    def get(self, connection: Connection, setup_version: int, now: datetime) -> Clinic:
        clinic = self._clinic
        if clinic is None or not clinic.catalogue.covers(setup_version, now):
            clinic = read_clinic(connection, now)
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
        former_locations=_locations(connection, active=False),
        former_practitioners=_practitioners(connection, active=False),
        former_visit_types=_visit_types(connection, active=False),
    )


def _locations(connection: Connection, *, active: bool = True) -> tuple[Location, ...]:
    rows = connection.execute(
        select(locations).where(locations.c.is_active.is_(active)).order_by(locations.c.position)
    )
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
        )
        for row in rows
    )


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
        )
        for row in rows
    )


def _specialties(connection: Connection) -> tuple[Specialty, ...]:
    rows = connection.execute(
        select(specialties).where(specialties.c.is_active).order_by(specialties.c.id)
    )
    return tuple(Specialty(row.code, json.loads(row.names), _words(row.words)) for row in rows)


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
        )
        for row in rows
    )
