"""The demo's made-up life: three months behind it, and four weeks ahead that are partly booked.

Always leaves room: at least a third of every hour of every practitioner, and 10:00 on Tuesdays and
Thursdays, which docs and tests like to ask for. The same seed and day give the same history.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from core.clock import instant
from core.database.connect import Database
from core.database.types import EPOCH, MICROSECOND
from core.models import (
    appointment_events,
    appointments,
    locations,
    organizations,
    patients,
    practitioner_specialties,
    practitioners,
    specialties,
    visit_types,
)
from core.models.appointments import ActorKind, AppointmentStatus
from core.scheduling.loading import load_catalogue
from core.scheduling.slots import (
    MINUTE,
    Workplace,
    absent_hours,
    instants,
    opening_hours,
    subtract,
)
from core.setup.clinic import WrongKindOfClinic
from core.setup.made_up import made_up_patients

DAYS_BEHIND = 91
DAYS_AHEAD = 28
HOUR = 60 * MINUTE
KEPT_FREE = {(1, 10 * HOUR), (3, 10 * HOUR)}  # (weekday, wall time)
PAST_FILL = 0.7
CHANCE_OF_ALL = 0.65  # That an hour is filled as far as it may be; about 55 % of all in the end.

CHANNELS = ("sms", "whatsapp", "telegram", "web", "phone", "counter")
PAST = {
    AppointmentStatus.COMPLETED: 86,
    AppointmentStatus.CANCELLED: 9,
    AppointmentStatus.NO_SHOW: 5,
}
AHEAD = {AppointmentStatus.SCHEDULED: 70, AppointmentStatus.CONFIRMED: 30}
OFFERED = {"consultation": 6, "follow_up": 3, "check_up": 1}


@dataclass(frozen=True, slots=True)
class Person:
    """A practitioner, as far as the made-up calendar needs one."""

    id: int
    slot: int  # Microseconds
    sees_children: bool


def add_history(database: Database, now: datetime, seed: int = 1) -> int:
    """Fill the demo's calendar; return how many appointments were added. None where there is any
    already: what was booked before is kept, and a second call adds nothing.

    Raises WrongKindOfClinic on a database that is not marked as a demo.
    """
    now = instant(now)
    with database.transaction() as connection:
        if not connection.scalar(select(organizations.c.is_demo)):
            raise WrongKindOfClinic("made-up appointments belong in a demo database only")
        if connection.scalar(select(appointments.c.id).limit(1)):
            return 0
        visits = _Calendar(connection, now, seed).visits()
        _write(connection, visits)
        return len(visits)


class _Calendar:
    """One history, while it is made up."""

    def __init__(self, connection: Connection, now: datetime, seed: int) -> None:
        self.connection = connection
        self.now = now
        first_zone = select(locations.c.zone).order_by(locations.c.position).limit(1)
        self.today = now.astimezone(ZoneInfo(connection.scalars(first_zone).one())).date()
        self.random = Random(f"{seed} {self.today}")  # noqa: S311 - nothing secret is drawn
        types = {row.code: row.id for row in connection.execute(select(visit_types))}
        self.visit_types = [types[code] for code in OFFERED]
        self.adults = self._patients(children=False)
        self.children = self._patients(children=True)

    def _patients(self, *, children: bool) -> Iterator[int]:
        """In turn, so that nobody comes twice on a day or has more visits ahead than allowed."""
        rows = made_up_patients(self.random, self.today, children=children)
        times = {"created_at": self.now, "updated_at": self.now}
        self.connection.execute(insert(patients), [row | times for row in rows])
        mine = patients.c.external_id.in_([row["external_id"] for row in rows])
        ids = self.connection.scalars(select(patients.c.id).where(mine).order_by(patients.c.id))
        return cycle(ids.all())

    def visits(self) -> list[dict[str, Any]]:
        people = self._people()
        days = [self.today + timedelta(n) for n in range(-DAYS_BEHIND, DAYS_AHEAD + 1)]
        catalogue = load_catalogue(self.connection, now=self.now - timedelta(DAYS_BEHIND))
        places = [place for person in people for place in catalogue.workplaces.get(person, ())]
        places.sort(key=lambda place: (place.practitioner_id, place.location_id))
        return [
            self._visit(people[place.practitioner_id], place, day, start)
            for day in days
            for place in places
            for start in self._starts(people[place.practitioner_id], place, day)
        ]

    def _people(self) -> dict[int, Person]:
        trained = practitioner_specialties
        children = (
            select(trained.c.practitioner_id)
            .join(specialties, specialties.c.id == trained.c.specialty_id)
            .where(specialties.c.code == "paediatrics")
        )
        seeing_children = set(self.connection.scalars(children))
        return {
            row.id: Person(row.id, row.slot_minutes * MINUTE, row.id in seeing_children)
            for row in self.connection.execute(select(practitioners))
        }

    def _starts(self, person: Person, place: Workplace, day: date) -> list[int]:
        """Return the wall times of that day that are taken."""
        by_hour: dict[int, list[int]] = {}
        for start in _slots(person, place, day):
            by_hour.setdefault(start // HOUR, []).append(start)
        taken: list[int] = []
        for starts in by_hour.values():
            free = [start for start in starts if (day.weekday(), start) not in KEPT_FREE]
            if day < self.today:
                taken += [start for start in free if self.random.random() < PAST_FILL]
            else:
                most = len(starts) * 2 // 3
                if most > 1 and self.random.random() > CHANCE_OF_ALL:
                    most -= 1
                taken += self.random.sample(free, min(most, len(free)))
        return sorted(taken)

    def _visit(self, person: Person, place: Workplace, day: date, start: int) -> dict[str, Any]:
        ((starts, ends),) = instants(day, [(start, start + person.slot)], place.zone)
        starts_at, ends_at = EPOCH + starts * MICROSECOND, EPOCH + ends * MICROSECOND
        chances = PAST if day < self.today else AHEAD
        (status,) = self.random.choices(list(chances), list(chances.values()))
        channel = self.random.choice(CHANNELS)
        patient = next(self.children if person.sees_children else self.adults)
        latest = min(starts_at, datetime.combine(self.today, time(), UTC))
        created_at = latest - timedelta(minutes=self.random.randrange(60, 14 * 24 * 60))
        cancelled = status == AppointmentStatus.CANCELLED
        changed_at = ends_at if day < self.today else created_at
        if cancelled:
            changed_at = created_at + (starts_at - created_at) / 2
        return {
            "public_id": base64.urlsafe_b64encode(self.random.randbytes(12)).decode(),
            "patient_id": patient,
            "practitioner_id": person.id,
            "location_id": place.location_id,
            "visit_type_id": self.random.choices(self.visit_types, list(OFFERED.values()))[0],
            "starts_at": starts_at,
            "ends_at": ends_at,
            "occupied_from": starts_at,
            "occupied_until": ends_at,
            "status": status,
            "booked_through": channel,
            "booked_by": ActorKind.ADMIN if channel in ("phone", "counter") else ActorKind.PATIENT,
            "version": 1 if status == AppointmentStatus.SCHEDULED else 2,
            "cancelled_at": changed_at if cancelled else None,
            "cancelled_by": ActorKind.PATIENT if cancelled else None,
            "created_at": created_at,
            "updated_at": changed_at,
        }


def _slots(person: Person, place: Workplace, day: date) -> Iterator[int]:
    """Yield the wall times at which a visit may start."""
    for opens, closes in subtract(opening_hours(place, day), absent_hours(place, day)):
        yield from range(opens, closes - person.slot + 1, person.slot)


# Who brought a status about that came after the booking; the event has the status' name.
_OUTCOMES = {
    AppointmentStatus.COMPLETED: ActorKind.ADMIN,
    AppointmentStatus.NO_SHOW: ActorKind.ADMIN,
    AppointmentStatus.CANCELLED: ActorKind.PATIENT,
    AppointmentStatus.CONFIRMED: ActorKind.PATIENT,
}


def _write(connection: Connection, visits: list[dict[str, Any]]) -> None:
    connection.execute(insert(appointments), visits)
    rows = connection.execute(select(appointments.c.public_id, appointments.c.id))
    ids = {row.public_id: row.id for row in rows}
    events = [event for visit in visits for event in _events(visit, ids[visit["public_id"]])]
    connection.execute(insert(appointment_events), events)


def _events(visit: dict[str, Any], appointment_id: int) -> Iterator[dict[str, Any]]:
    """As `core.scheduling.history` writes them."""
    booked = _state(visit, AppointmentStatus.SCHEDULED)
    common = {"appointment_id": appointment_id, "channel": visit["booked_through"]}
    yield common | {
        "at": visit["created_at"],
        "type": "booked",
        "actor_kind": visit["booked_by"],
        "state_from": None,
        "state_to": booked,
    }
    status = visit["status"]
    if status in _OUTCOMES:
        yield common | {
            "at": visit["updated_at"],
            "type": str(status),
            "actor_kind": _OUTCOMES[status],
            "state_from": booked,
            "state_to": _state(visit, status),
        }


def _state(visit: dict[str, Any], status: AppointmentStatus) -> str:
    return json.dumps(
        {
            "starts_at": visit["starts_at"].isoformat(),
            "ends_at": visit["ends_at"].isoformat(),
            "practitioner_id": visit["practitioner_id"],
            "status": status,
        }
    )
