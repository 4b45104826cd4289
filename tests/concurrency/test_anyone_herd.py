"""Many want whoever is free at one moment: as many get a visit as there are people, the others
hear that nobody is left, and nobody waits for ever.

The controls choose before the calendars are locked, and get it wrong.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from core.database.connect import Database
from core.database.guards import SLOT_TAKEN
from core.models import appointments, practitioners
from core.scheduling import booking
from core.scheduling.availability import find_slots
from core.scheduling.calendar import Place
from core.scheduling.loading import load_catalogue
from core.scheduling.search import Search, Slot, Window
from core.scheduling.statuses import OPEN
from tests.builders import NOW, ZONE, Clinic, a_clinic, a_patient, a_practitioner, a_schedule
from tests.concurrency.attempts import (
    BookAnyone,
    BookSlot,
    MoveTo,
    OneOf,
    slots_of_a_day,
    some_patients,
)
from tests.concurrency.rush import WON, Attempt, double_bookings, rush, rush_of_processes
from tests.concurrency.test_herd import drop_guard
from tests.core.scheduling.words import TUESDAY, a_slot, book_slot

stress = pytest.mark.stress
THREADS = [pytest.param(12, 3, id="some"), pytest.param(200, 30, id="200", marks=stress)]
# A PostgreSQL as it is installed takes a hundred connections.
PROCESSES = [pytest.param(3, 4, 5, id="some"), pytest.param(8, 10, 30, id="8", marks=stress)]


def then(slot: Slot) -> Search:
    """Whoever is free at the slot's time."""
    begin = slot.starts_at.astimezone(ZoneInfo(ZONE))
    day, end = begin.date(), begin + timedelta(minutes=1)
    return Search(windows=(Window(day, day, begin.time(), end.time()),))


def people_of(database: Database, clinic: Clinic) -> list[int]:
    """Let a third practitioner work beside the clinic's two, and return all."""
    with database.transaction() as connection:
        third = a_practitioner(connection, "Lopez", first_name="Eva")
        a_schedule(connection, third, clinic.location_id)
    return [clinic.patel_id, clinic.okafor_id, third]


def some_of(contenders: int, winners: int) -> Counter[str]:
    return Counter({WON: winners, "SlotTaken": contenders - winners})


def who_sees_patients(database: Database, slot: Slot) -> list[int]:
    at = (appointments.c.starts_at == slot.starts_at, appointments.c.status.in_(OPEN))
    with database.reading() as connection:
        return sorted(connection.scalars(select(appointments.c.practitioner_id).where(*at)))


@pytest.mark.parametrize(("contenders", "rounds"), THREADS)
def test_as_many_of_a_herd_get_anyone_as_there_are_people(
    database: Database, clinic: Clinic, contenders: int, rounds: int
) -> None:
    people = people_of(database, clinic)
    patients = some_patients(database, contenders)
    for slot in slots_of_a_day(clinic, rounds):
        outcome = rush(database, contenders, BookAnyone(then(slot), patients))
        assert outcome == some_of(contenders, 3)
        assert who_sees_patients(database, slot) == people
    assert double_bookings(database) == 0


@pytest.mark.parametrize(("processes", "threads", "rounds"), PROCESSES)
def test_as_many_of_a_herd_of_processes_get_anyone_as_there_are_people(
    database: Database, clinic: Clinic, processes: int, threads: int, rounds: int
) -> None:
    people_of(database, clinic)
    contenders = processes * threads
    patients = some_patients(database, contenders)
    slots = slots_of_a_day(clinic, rounds)
    attempts: list[Attempt] = [BookAnyone(then(slot), patients) for slot in slots]
    outcomes = rush_of_processes(database, processes, threads, attempts)
    assert outcomes == [some_of(contenders, 3)] * rounds
    assert double_bookings(database) == 0


def test_who_sees_two_at_a_time_counts_twice(database: Database, clinic: Clinic) -> None:
    people = people_of(database, clinic)
    with database.transaction() as connection:
        for_two = update(practitioners).where(practitioners.c.id == people[1])
        connection.execute(for_two.values(capacity=2))
    slot = a_slot(clinic, "10:00", TUESDAY)
    outcome = rush(database, 12, BookAnyone(then(slot), some_patients(database, 12)))
    assert outcome == some_of(12, 4)
    assert who_sees_patients(database, slot) == sorted([*people, people[1]])


@pytest.mark.parametrize("contenders", [12, pytest.param(200, marks=stress)])
def test_a_herd_fills_the_days_from_their_beginning(
    database: Database, clinic: Clinic, contenders: int
) -> None:
    """Whoever comes next gets the next time: nobody leaves a gap, nobody is sent away."""
    people_of(database, clinic)
    patients = some_patients(database, contenders)
    search = Search(windows=(Window(TUESDAY, TUESDAY + timedelta(days=7)),))
    with database.reading() as connection:
        catalogue = load_catalogue(connection, now=NOW)
        first = replace(search, limit=contenders)
        free = find_slots(connection, first, catalogue=catalogue, now=NOW)
    assert rush(database, contenders, BookAnyone(search, patients)) == {WON: contenders}
    with database.reading() as connection:
        starts = connection.scalars(select(appointments.c.starts_at).order_by("starts_at")).all()
    assert starts == [slot.starts_at for slot in free]
    assert double_bookings(database) == 0


@pytest.mark.parametrize(("contenders", "rounds"), THREADS)
def test_who_wants_anyone_and_who_wants_one_share_the_people(
    database: Database, clinic: Clinic, contenders: int, rounds: int
) -> None:
    people = people_of(database, clinic)
    patients = some_patients(database, contenders)
    for slot in slots_of_a_day(clinic, rounds):
        singles = [BookSlot(slot._replace(practitioner_id=one), patients) for one in people]
        anyone = BookAnyone(then(slot), patients)
        outcome = rush(database, contenders, OneOf((anyone, *singles)))
        assert outcome == some_of(contenders, 3)
        assert who_sees_patients(database, slot) == people


@pytest.mark.parametrize(("contenders", "rounds"), THREADS)
def test_who_wants_anyone_and_who_moves_there_share_the_people(
    database: Database, clinic: Clinic, contenders: int, rounds: int
) -> None:
    people = people_of(database, clinic)
    patients = some_patients(database, contenders)
    for slot in slots_of_a_day(clinic, rounds):
        later = slot._replace(
            starts_at=slot.starts_at + timedelta(hours=4), ends_at=slot.ends_at + timedelta(hours=4)
        )
        attempts: list[Attempt] = [BookAnyone(then(slot), patients)] * (contenders - 3)
        for one, other in zip(people, people[1:] + people[:1], strict=True):
            with database.transaction() as connection:
                old = later._replace(practitioner_id=other)
                patient_id = a_patient(connection)
                visit = book_slot(connection, clinic, old, patient_id=patient_id)
            attempts.insert(0, MoveTo(visit, slot._replace(practitioner_id=one)))
        outcome = rush(database, contenders, OneOf(tuple(attempts)))
        assert outcome == some_of(contenders, 3)
        assert who_sees_patients(database, slot) == people
    assert double_bookings(database) == 0


def choose_hastily(monkeypatch: pytest.MonkeyPatch, slot: Slot) -> None:
    """All choose before the calendars are locked, when this was the first that was free."""
    monkeypatch.setattr(booking, "find_slots", lambda *_, **__: [slot])


def test_control_a_hasty_choice_sends_most_away(
    database: Database, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    people_of(database, clinic)
    slot = a_slot(clinic, "10:00", TUESDAY)
    choose_hastily(monkeypatch, slot)
    outcome = rush(database, 12, BookAnyone(then(slot), some_patients(database, 12)))
    assert outcome == some_of(12, 1)  # Though three are free.


def test_control_a_hasty_choice_without_the_guard_books_one_for_all(
    own_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_database.transaction() as connection:
        clinic = a_clinic(connection)
        drop_guard(connection, SLOT_TAKEN)
    people_of(own_database, clinic)
    slot = a_slot(clinic, "10:00", TUESDAY)
    choose_hastily(monkeypatch, slot)
    monkeypatch.setattr(Place, "require_free", lambda *_: None)
    outcome = rush(own_database, 12, BookAnyone(then(slot), some_patients(own_database, 12)))
    assert outcome == {WON: 12}
    assert double_bookings(own_database) == 12 * 11 / 2
