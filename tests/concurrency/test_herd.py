"""Many want the same: one gets it, the others hear why not, and nobody waits for ever.

No attempt is repeated here: with one order of locks there is no deadlock to repeat after. Each
promise has its control, in which the guards are gone and the double booking does happen.
"""

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, text

from core.database.connect import Database
from core.database.guards import PATIENT_BUSY, SLOT_TAKEN
from core.scheduling.appointments import Appointment
from core.scheduling.calendar import Place
from core.scheduling.holds import expire_holds, hold
from core.scheduling.moving import move
from core.scheduling.search import Slot
from tests.builders import NOW, Clinic, a_clinic, a_conversation, a_visit_type
from tests.concurrency.attempts import (
    BookSlot,
    MoveTo,
    OneOf,
    kept_catalogue,
    slots_of_a_day,
    some_patients,
)
from tests.concurrency.rush import WON, Attempt, double_bookings, rush, rush_of_processes
from tests.core.scheduling.words import (
    AFTER_THE_TERM,
    MONDAY,
    PATIENT,
    a_slot,
    book_slot,
    hold_slot,
)

stress = pytest.mark.stress
THREADS = [pytest.param(12, 3, id="some"), pytest.param(200, 100, id="200", marks=stress)]
# A PostgreSQL as it is installed takes a hundred connections.
PROCESSES = [pytest.param(3, 4, 5, id="some"), pytest.param(8, 10, 40, id="8", marks=stress)]


def one_of(contenders: int, error: str) -> Counter[str]:
    return Counter({WON: 1, error: contenders - 1})


@pytest.mark.parametrize(("contenders", "rounds"), THREADS)
def test_one_of_a_herd_gets_the_slot(
    database: Database, clinic: Clinic, contenders: int, rounds: int
) -> None:
    patients = some_patients(database, contenders)
    for slot in slots_of_a_day(clinic, rounds):
        outcome = rush(database, contenders, BookSlot(slot, patients))
        assert outcome == one_of(contenders, "SlotTaken")
    assert double_bookings(database) == 0


@pytest.mark.parametrize(("processes", "threads", "rounds"), PROCESSES)
def test_one_of_a_herd_of_processes_gets_the_slot(
    database: Database, clinic: Clinic, processes: int, threads: int, rounds: int
) -> None:
    contenders = processes * threads
    patients = some_patients(database, contenders)
    attempts: list[Attempt] = [BookSlot(slot, patients) for slot in slots_of_a_day(clinic, rounds)]
    outcomes = rush_of_processes(database, processes, threads, attempts)
    assert outcomes == [one_of(contenders, "SlotTaken")] * rounds
    assert double_bookings(database) == 0


@pytest.mark.usefixtures("blind")
def test_control_without_its_guard_the_whole_herd_gets_the_slot(own_database: Database) -> None:
    with own_database.transaction() as connection:
        clinic = a_clinic(connection)
        drop_guard(connection, SLOT_TAKEN)
    patients = some_patients(own_database, 12)
    outcome = rush(own_database, 12, BookSlot(a_slot(clinic, "10:00"), patients))
    assert outcome == {WON: 12}
    assert double_bookings(own_database) == 12 * 11 / 2


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code no longer sees for itself, under its lock, that a slot is taken: what is left is
    the database's guard."""
    monkeypatch.setattr(Place, "require_free", lambda *_: None)


@pytest.mark.usefixtures("blind")
@pytest.mark.parametrize(("contenders", "rounds"), THREADS[:1])
def test_the_guard_alone_keeps_the_promise(
    database: Database, clinic: Clinic, contenders: int, rounds: int
) -> None:
    patients = some_patients(database, contenders)
    for slot in slots_of_a_day(clinic, rounds):
        outcome = rush(database, contenders, BookSlot(slot, patients))
        assert outcome == one_of(contenders, "SlotTaken")
    assert double_bookings(database) == 0


def drop_guard(connection: Connection, guard: str) -> None:
    if connection.dialect.name == "sqlite":
        for moment in ("insert", "update"):
            connection.execute(text(f"DROP TRIGGER {guard}_{moment}"))
    else:
        connection.execute(text(f"ALTER TABLE appointments DROP CONSTRAINT {guard}"))


@pytest.mark.parametrize(("contenders", "rounds"), THREADS)
def test_one_of_many_overlapping_slots_of_other_lengths_is_given(
    database: Database, clinic: Clinic, contenders: int, rounds: int
) -> None:
    patients = some_patients(database, contenders)
    with database.transaction() as connection:
        lengths = {
            minutes: a_visit_type(connection, f"of_{minutes}", minutes_new_patient=minutes)
            for minutes in (20, 45, 70)
        }
    for index in range(rounds):
        day = MONDAY + timedelta(days=index // 5 * 7 + index % 5)
        choices = OneOf(
            tuple(
                BookSlot(
                    a_slot(clinic, start, day, minutes=length, visit_type_id=lengths[length]),
                    patients,
                )
                # Whatever is chosen, somebody sits there from 10:00 to 10:05.
                for start, length in (("10:00", 20), ("09:20", 45), ("09:00", 70), ("10:00", 70))
            )
        )
        assert rush(database, contenders, choices) == one_of(contenders, "SlotTaken")
    assert double_bookings(database) == 0


@pytest.mark.parametrize(("contenders", "rounds"), THREADS)
def test_a_move_and_bookings_of_its_target_never_both_succeed(
    database: Database, clinic: Clinic, contenders: int, rounds: int
) -> None:
    patients = some_patients(database, contenders)
    for slot in slots_of_a_day(clinic, rounds):
        with database.transaction() as connection:
            old = slot._replace(practitioner_id=clinic.okafor_id)
            visit = book_slot(connection, clinic, old)
        choices = OneOf((MoveTo(visit, slot), BookSlot(slot, patients)))
        outcome = rush(database, contenders, choices)
        assert outcome[WON] == 1
        # A second move of the same visit hears that it has moved already.
        assert set(outcome) <= {WON, "SlotTaken", "AppointmentChanged"}
    assert double_bookings(database) == 0


@pytest.mark.usefixtures("blind")
def test_control_without_its_guard_a_move_lands_on_a_booking(own_database: Database) -> None:
    with own_database.transaction() as connection:
        clinic = a_clinic(connection)
        visit = book_slot(connection, clinic, a_slot(clinic, "09:00"))
        drop_guard(connection, SLOT_TAKEN)
    slot = a_slot(clinic, "10:00")
    both = OneOf((MoveTo(visit, slot), BookSlot(slot, some_patients(own_database, 2))))
    assert rush(own_database, 2, both) == {WON: 2}
    assert double_bookings(own_database) == 1


@pytest.mark.parametrize(("contenders", "rounds"), THREADS)
def test_a_patient_gets_one_of_two_visits_at_one_time(
    database: Database, clinic: Clinic, contenders: int, rounds: int
) -> None:
    for slot in slots_of_a_day(clinic, rounds):
        (patient,) = some_patients(database, 1)
        elsewhere = slot._replace(practitioner_id=clinic.okafor_id)
        both = OneOf((BookSlot(slot, (patient,)), BookSlot(elsewhere, (patient,))))
        outcome = rush(database, contenders, both)
        assert outcome[WON] == 1
        assert set(outcome) <= {WON, "SlotTaken", "PatientBusy"}


@pytest.mark.usefixtures("blind")
def test_control_without_its_guard_the_patient_is_booked_twice(own_database: Database) -> None:
    with own_database.transaction() as connection:
        clinic = a_clinic(connection)
        drop_guard(connection, PATIENT_BUSY)
    slot = a_slot(clinic, "10:00")
    elsewhere = slot._replace(practitioner_id=clinic.okafor_id)
    patient = (clinic.patient_id,)
    both = OneOf((BookSlot(slot, patient), BookSlot(elsewhere, patient)))
    assert rush(own_database, 2, both) == {WON: 2}


def test_the_limit_of_open_visits_holds_in_a_herd(database: Database, clinic: Clinic) -> None:
    """No guard but the patient's lock: the slots are all different."""
    attempts = [
        BookSlot(slot, (clinic.patient_id,), open_visits_limit=2)
        for slot in slots_of_a_day(clinic, 12)
    ]
    outcome = rush(database, 12, OneOf(tuple(attempts)))
    assert outcome == {WON: 2, "TooManyOpenVisits": 10}


@pytest.mark.parametrize(("contenders", "rounds"), THREADS)
def test_one_of_a_herd_takes_over_an_overdue_hold(
    database: Database, clinic: Clinic, contenders: int, rounds: int
) -> None:
    """While the worker tidies it up."""
    with database.transaction() as connection:
        conversations = [a_conversation(connection) for _ in range(contenders)]
    for slot in slots_of_a_day(clinic, rounds):
        with database.transaction() as connection:
            hold_slot(connection, clinic, slot)

        def take_over(connection: Connection, number: int, slot: Slot = slot) -> object:
            if number == 0:
                return expire_holds(connection, now=AFTER_THE_TERM, limit=10)
            return hold(
                connection,
                slot,
                conversation_id=conversations[number],
                patient_id=None,
                actor=PATIENT,
                now=AFTER_THE_TERM,
                catalogue=kept_catalogue(connection),
            )

        outcome = rush(database, contenders, take_over)
        assert outcome == {WON: 2, "SlotTaken": contenders - 2}  # One of them the worker.


@pytest.mark.parametrize(
    ("contenders", "rounds"),
    [pytest.param(8, 4, id="some"), pytest.param(24, 200, id="24", marks=stress)],
)
def test_moves_back_and_forth_between_practitioners_do_not_deadlock(
    database: Database, clinic: Clinic, contenders: int, rounds: int
) -> None:
    """Each contender moves its own visit between both practitioners, each at its own time."""
    patients = some_patients(database, contenders)
    slots = slots_of_a_day(clinic, contenders)
    with database.transaction() as connection:
        visits = [
            book_slot(connection, clinic, slot, patient_id=patient)
            for slot, patient in zip(slots, patients, strict=True)
        ]

    def wander(connection: Connection, number: int) -> None:
        visit = visits[number]
        to = clinic.okafor_id if visit.practitioner_id == clinic.patel_id else clinic.patel_id
        slot = slots[number]._replace(practitioner_id=to)
        visits[number] = move(
            connection,
            visit.id,
            slot,
            version=visit.version,
            actor=PATIENT,
            now=NOW,
            catalogue=kept_catalogue(connection),
        )

    for _ in range(rounds):
        assert rush(database, contenders, wander) == {WON: contenders}
    assert double_bookings(database) == 0


@pytest.mark.parametrize(
    ("contenders", "rounds"),
    [pytest.param(8, 4, id="some"), pytest.param(40, 60, id="40", marks=stress)],
)
def test_whatever_many_do_at_random_nobody_is_booked_twice(
    database: Database, clinic: Clinic, contenders: int, rounds: int
) -> None:
    """Few slots, two practitioners, few patients: all that can go wrong, and nothing unforeseen."""
    random = Random(20261122)
    patients = some_patients(database, 4)
    slots = slots_of_a_day(clinic, 3)
    expected = {WON, "SlotTaken", "PatientBusy", "AppointmentChanged"}
    visits: list[Appointment] = []
    for _ in range(rounds):
        attempts: list[Any] = []
        for _ in range(contenders):
            person = random.choice([clinic.patel_id, clinic.okafor_id])
            slot = random.choice(slots)._replace(practitioner_id=person)
            if visits and random.random() < 0.5:
                attempts.append(MoveTo(random.choice(visits), slot))
            else:
                attempts.append(BookSlot(slot, (random.choice(patients),)))
        made: list[Appointment] = []

        def act(
            connection: Connection,
            number: int,
            attempts: list[Any] = attempts,
            made: list[Appointment] = made,
        ) -> None:
            made.append(attempts[number](connection, number))

        assert set(rush(database, contenders, act)) <= expected
        known = {visit.id: visit for visit in (*visits, *made)}
        visits = list(known.values())
        assert double_bookings(database) == 0
