"""A change of hours and a booking never miss each other, whichever comes first."""

from datetime import datetime, time
from threading import Thread
from zoneinfo import ZoneInfo

import pytest

from core.database.connect import Database
from core.errors import OutsideSchedule
from core.models.appointments import ActorKind
from core.scheduling.appointments import Actor
from core.scheduling.availability import find_slots
from core.scheduling.booking import book
from core.scheduling.catalogue import Catalogue
from core.scheduling.hours import add_absence, add_holiday
from core.scheduling.loading import load_catalogue
from core.scheduling.search import Search, Slot, Window
from tests import builders
from tests.builders import Clinic
from tests.core.scheduling.roster import BY, MONDAY

TEN = datetime.combine(MONDAY, time(10), ZoneInfo(builders.ZONE))
BY_PHONE = Actor(ActorKind.PATIENT, None, "phone")
# Long enough for whoever is not made to wait to be done.
A_MOMENT = 0.5


class Scene:
    """Somebody wants Dr Patel on Monday at ten, from a process that read the clinic before."""

    def __init__(self, database: Database, clinic: Clinic) -> None:
        self.database = database
        self.clinic = clinic
        with database.reading() as connection:
            self.catalogue: Catalogue = load_catalogue(connection, now=builders.NOW)
            search = Search(
                practitioner_ids=frozenset({clinic.patel_id}), windows=(Window(MONDAY, MONDAY),)
            )
            slots = find_slots(connection, search, catalogue=self.catalogue, now=builders.NOW)
        self.slot: Slot = next(slot for slot in slots if slot.starts_at == TEN)
        self.heard: list[object] = []

    def book(self) -> None:
        try:
            with self.database.transaction() as connection:
                visit = book(
                    connection,
                    self.slot,
                    patient_id=self.clinic.patient_id,
                    actor=BY_PHONE,
                    now=builders.NOW,
                    catalogue=self.catalogue,
                    open_visits_limit=None,
                )
                self.heard.append(visit.id)
        except OutsideSchedule as error:
            self.heard.append(type(error))

    def change(self, what: str) -> None:
        with self.database.transaction() as connection:
            if what == "absence":
                found = add_absence(connection, self.clinic.patel_id, MONDAY, **BY)
            else:
                found = add_holiday(connection, self.clinic.location_id, MONDAY, "Flood", **BY)
            self.heard.append([visit.id for visit in found])


@pytest.fixture
def scene(database: Database, clinic: Clinic) -> Scene:
    return Scene(database, clinic)


@pytest.fixture
def postgresql_scene(postgresql_database: Database) -> Scene:
    with postgresql_database.transaction() as connection:
        clinic = builders.a_clinic(connection)
    return Scene(postgresql_database, clinic)


@pytest.mark.parametrize("what", ["absence", "holiday"])
def test_whoever_books_while_hours_change_hears_of_it(scene: Scene, what: str) -> None:
    booking = Thread(target=scene.book)
    with scene.database.transaction() as connection:
        if what == "absence":
            assert add_absence(connection, scene.clinic.patel_id, MONDAY, **BY) == []
        else:
            assert add_holiday(connection, scene.clinic.location_id, MONDAY, "Flood", **BY) == []
        booking.start()
        booking.join(A_MOMENT)
    booking.join()
    assert scene.heard == [OutsideSchedule]


@pytest.mark.parametrize("what", ["absence", "holiday"])
def test_whoever_changes_hours_hears_of_a_booking_that_was_first(scene: Scene, what: str) -> None:
    changing = Thread(target=scene.change, args=(what,))
    with scene.database.transaction() as connection:
        visit = book(
            connection,
            scene.slot,
            patient_id=scene.clinic.patient_id,
            actor=BY_PHONE,
            now=builders.NOW,
            catalogue=scene.catalogue,
            open_visits_limit=None,
        )
        changing.start()
        changing.join(A_MOMENT)
    changing.join()
    assert scene.heard == [[visit.id]]


def test_without_the_lock_they_miss_each_other(
    postgresql_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.scheduling.hours.lock_calendars", lambda *_: None)
    booking = Thread(target=postgresql_scene.book)
    with postgresql_scene.database.transaction() as connection:
        assert add_absence(connection, postgresql_scene.clinic.patel_id, MONDAY, **BY) == []
        booking.start()
        booking.join()
    (visit,) = postgresql_scene.heard
    assert isinstance(visit, int)  # Booked, on a day off, and nobody was told.
