"""What contenders do, as values: they can be sent to another process."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Pool

from core.database.connect import Database
from core.scheduling.appointments import Appointment
from core.scheduling.booking import book, book_anyone
from core.scheduling.catalogue import Catalogue
from core.scheduling.loading import load_catalogue
from core.scheduling.moving import move
from core.scheduling.search import Search, Slot
from tests.builders import NOW, Clinic, a_patient
from tests.concurrency.rush import Attempt
from tests.core.scheduling.words import (
    PATIENT,
    TUESDAY,
    a_slot,
)

# By pool, for a database that is given to test after test has a new one each time.
_kept: WeakKeyDictionary[Pool, Catalogue] = WeakKeyDictionary()


def kept_catalogue(connection: Connection) -> Catalogue:
    """What this process knows of the clinic: read once, as the desk does. Whether it still holds
    is for the booking to see."""
    known = _kept.get(connection.engine.pool)
    if known is None:
        known = _kept[connection.engine.pool] = load_catalogue(connection, now=NOW)
    return known


@dataclass(frozen=True)
class BookSlot:
    """Each contender books the slot for a patient of their own; a value, so that it can be sent to
    another process."""

    slot: Slot
    patient_ids: tuple[int, ...]
    open_visits_limit: int | None = None

    def __call__(self, connection: Connection, number: int) -> object:
        return book(
            connection,
            self.slot,
            patient_id=self.patient_ids[number % len(self.patient_ids)],
            actor=PATIENT,
            now=NOW,
            catalogue=kept_catalogue(connection),
            open_visits_limit=self.open_visits_limit,
        )


@dataclass(frozen=True)
class BookAnyone:
    """Each contender books whoever is free for a patient of their own."""

    search: Search
    patient_ids: tuple[int, ...]

    def __call__(self, connection: Connection, number: int) -> object:
        return book_anyone(
            connection,
            self.search,
            patient_id=self.patient_ids[number % len(self.patient_ids)],
            actor=PATIENT,
            now=NOW,
            catalogue=kept_catalogue(connection),
            open_visits_limit=None,
        )


@dataclass(frozen=True)
class OneOf:
    """Each contender does another of these."""

    attempts: tuple[Any, ...]

    def __call__(self, connection: Connection, number: int) -> object:
        attempt: Attempt = self.attempts[number % len(self.attempts)]
        return attempt(connection, number)


@dataclass(frozen=True)
class MoveTo:
    """Move the visit."""

    visit: Appointment
    slot: Slot

    def __call__(self, connection: Connection, number: int) -> object:  # noqa: ARG002
        return move(
            connection,
            self.visit.id,
            self.slot,
            version=self.visit.version,
            actor=PATIENT,
            now=NOW,
            catalogue=kept_catalogue(connection),
        )


def some_patients(database: Database, count: int) -> tuple[int, ...]:
    with database.transaction() as connection:
        return tuple(a_patient(connection, f"P{number}") for number in range(count))


def slots_of_a_day(clinic: Clinic, count: int) -> list[Slot]:
    """Return that many slots, none overlapping: nine a day from Tuesday on."""
    return [
        a_slot(clinic, f"{9 + index % 9 // 3:02}:{index % 3 * 20:02}", day)
        for index in range(count)
        for day in [TUESDAY + timedelta(days=(index // 9) % 4 + index // 36 * 7)]
    ]
