"""What the clinic's rules say of patients, as an address hears it: early, and changing nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot.dialogue import commands as ask
from bot.dialogue.turn import Situation
from bot.dialogue.values import Refusal
from bot.dialogue.visits import closed
from bot.understanding.values import Person
from core.models import appointments, practitioners, visit_types
from core.models.appointments import AppointmentStatus
from tests.bot.counter import (
    TUESDAY_TEN,
    a_slot,
    booked,
    counter,
    found,
    looked_for,
    prove,
    refusal,
    registered,
    seen,
    visits_of,
)
from tests.bot.understanding.clinic import a_directory
from tests.builders import (
    Clinic,
    a_patient,
    a_resource,
    a_setting,
    an_appointment,
    same_day_hours,
)

MISSED = AppointmentStatus.NO_SHOW
Set = Callable[[Connection, Clinic], None]


# What is said of a slot.


def _fill_the_day(connection: Connection, clinic: Clinic) -> None:
    connection.execute(update(practitioners).values(visits_a_day=1))
    an_appointment(
        connection,
        patient_id=a_patient(connection, "Ben"),
        practitioner_id=clinic.patel_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=TUESDAY_TEN + timedelta(hours=4),
    )


def _keep_it_for_urgent_cases(connection: Connection, clinic: Clinic) -> None:
    hours = (TUESDAY_TEN.time(), (TUESDAY_TEN + timedelta(hours=1)).time())
    same_day_hours(connection, clinic.patel_id, clinic.location_id, *hours)


def _need_the_only_room(connection: Connection, clinic: Clinic) -> None:
    room = a_resource(connection, clinic.location_id, kind="room")
    connection.execute(update(visit_types).values(resource_kind="room"))
    an_appointment(
        connection,
        patient_id=a_patient(connection, "Ben"),
        practitioner_id=clinic.okafor_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=TUESDAY_TEN,
        resource_id=room,
    )


def _let_her_leave(connection: Connection, clinic: Clinic) -> None:
    left = practitioners.c.id == clinic.patel_id
    connection.execute(update(practitioners).where(left).values(is_active=False))


@pytest.mark.parametrize(
    ("happen", "expected"),
    [
        (_fill_the_day, Refusal.DAY_FULL),
        (_keep_it_for_urgent_cases, Refusal.NOT_RELEASED),
        (_need_the_only_room, Refusal.SLOT_TAKEN),
        (_let_her_leave, Refusal.NOT_OFFERED),
    ],
)
def test_a_slot_that_cannot_be_had_is_refused_when_it_is_to_be_kept(
    clinic: Clinic, connection: Connection, happen: Set, expected: Refusal
) -> None:
    patient = registered(counter(connection))
    kept = counter(connection).perform(ask.HoldSlot(a_slot(clinic), patient))
    assert isinstance(kept, ask.SlotHeld)  # The control: before that it can.
    counter(connection).perform(ask.ReleaseHold())
    happen(connection, clinic)
    before = connection.execute(select(appointments)).all()
    for command in (ask.HoldSlot(a_slot(clinic), patient), ask.BookVisit(a_slot(clinic), patient)):
        assert refusal(counter(connection).perform(command)) is expected
    assert connection.execute(select(appointments)).all() == before


# What is said of a patient: as soon as it is known who they are.


def _restrict_ages(connection: Connection, _: Clinic) -> None:
    connection.execute(update(visit_types).values(age_until=17))


def _take_no_new_patients(connection: Connection, _: Clinic) -> None:
    connection.execute(update(visit_types).values(new_patients=False))


def _miss_two(connection: Connection, clinic: Clinic) -> None:
    for days in (20, 40):
        seen(connection, clinic, days, status=MISSED)


@pytest.mark.parametrize(
    ("happen", "rules", "expected"),
    [
        (_restrict_ages, {}, Refusal.OTHER_AGE),
        (_take_no_new_patients, {}, Refusal.NO_NEW_PATIENTS),
        (_miss_two, {"staff_only_from_missed_visits": 2}, Refusal.MUST_CALL),
        (lambda *_: None, {"open_visits_claimed": 0}, Refusal.TOO_MANY_VISITS),
    ],
)
def test_a_patient_who_may_not_book_hears_it_when_the_slot_is_kept_for_them(
    clinic: Clinic, connection: Connection, happen: Set, rules: dict[str, Any], expected: Refusal
) -> None:
    happen(connection, clinic)
    reception = counter(connection, **rules)
    # The control: as long as nobody is named, it is kept.
    assert isinstance(reception.perform(ask.HoldSlot(a_slot(clinic))), ask.SlotHeld)
    patient = registered(reception)
    before = connection.execute(select(appointments)).all()
    again = ask.HoldSlot(a_slot(clinic), patient, held=a_slot(clinic))
    for command in (again, ask.BookVisit(a_slot(clinic), patient)):
        assert refusal(reception.perform(command)) is expected
    assert connection.execute(select(appointments)).all() == before


def test_of_an_age_that_gets_no_such_visit_it_is_said_before_times_are_offered(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection)
    patient = registered(reception)
    _restrict_ages(connection, clinic)
    assert refusal(looked_for(counter(connection), patient)) is Refusal.OTHER_AGE
    assert found(looked_for(counter(connection)))  # The control: nobody is named.


@pytest.mark.usefixtures("clinic")
def test_who_comes_of_age_is_offered_the_days_from_then_on(connection: Connection) -> None:
    connection.execute(update(visit_types).values(age_from=42))
    reception = counter(connection)
    command = ask.RegisterPatient("Ann", "Abel", date(1984, 11, 27), Person.OTHER)
    outcome = reception.perform(command)
    assert isinstance(outcome, ask.PatientRegistered)
    slots = found(looked_for(reception, outcome.person.key))
    assert min(slot.starts_at for slot in slots).date() == date(2026, 11, 27)


def test_new_patients_are_told_at_once_where_none_are_taken(
    clinic: Clinic, connection: Connection
) -> None:
    _take_no_new_patients(connection, clinic)
    assert refusal(looked_for(counter(connection))) is Refusal.NO_NEW_PATIENTS
    patient = registered(counter(connection))
    assert refusal(looked_for(counter(connection), patient)) is Refusal.NO_NEW_PATIENTS
    # The control: who has been here, and proved it, is offered times, and may have them.
    seen(connection, clinic)
    prove(connection, patient)
    reception = counter(connection)
    slot = found(looked_for(reception, patient))[0]
    assert isinstance(reception.perform(ask.HoldSlot(slot, patient)), ask.SlotHeld)
    # Also as long as they have not said that it is for them.
    assert found(looked_for(counter(connection)))


def test_a_visit_that_there_is_may_move_where_no_new_patients_are_taken(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection)
    patient = registered(reception)
    visit = booked(reception, a_slot(clinic), patient)
    _take_no_new_patients(connection, clinic)
    reception = counter(connection)
    slots = found(looked_for(reception, patient, moves=visit))
    later = next(slot for slot in slots if slot.starts_at > TUESDAY_TEN)
    assert isinstance(reception.perform(ask.HoldSlot(later, moves=visit)), ask.SlotHeld)
    assert isinstance(reception.perform(ask.MoveVisit(visit, later)), ask.VisitMoved)


def test_the_rules_of_the_visits_own_location_count(clinic: Clinic, connection: Connection) -> None:
    a_setting(connection, "open_visits_claimed", 0)
    reception = counter(connection)
    patient = registered(reception)
    kept = ask.HoldSlot(a_slot(clinic), patient)
    assert refusal(reception.perform(kept)) is Refusal.TOO_MANY_VISITS
    a_setting(connection, "open_visits_claimed", 1, clinic.location_id)
    assert isinstance(counter(connection).perform(kept), ask.SlotHeld)


# Missed visits.


def test_after_missed_visits_a_booking_waits_for_the_clinics_word(
    clinic: Clinic, connection: Connection
) -> None:
    seen(connection, clinic, status=MISSED)
    for missed, waits in ((2, False), (1, True)):
        reception = counter(connection, approve_from_missed_visits=missed)
        patient = registered(reception)
        slot = a_slot(clinic, TUESDAY_TEN + timedelta(hours=3 + missed))
        outcome = reception.perform(ask.BookVisit(slot, patient))
        assert isinstance(outcome, ask.VisitBooked)
        assert outcome.needs_approval is waits
        moved = reception.perform(
            ask.MoveVisit(
                outcome.visit, a_slot(clinic, TUESDAY_TEN + timedelta(hours=3 + missed, days=1))
            )
        )
        assert isinstance(moved, ask.VisitMoved)
        assert moved.needs_approval is waits


@pytest.mark.parametrize(
    ("proved", "rule", "mentioned"),
    [(True, 1, 2), (True, 2, 2), (True, 3, 0), (True, 0, 0), (False, 1, 0)],
)
def test_only_a_proved_address_is_reminded_of_missed_visits(
    clinic: Clinic, connection: Connection, proved: bool, rule: int, mentioned: int
) -> None:
    _miss_two(connection, clinic)
    patient = registered(counter(connection))
    if proved:
        prove(connection, patient)
    reception = counter(connection, remind_from_missed_visits=rule)
    outcome = reception.perform(ask.BookVisit(a_slot(clinic), patient))
    assert isinstance(outcome, ask.VisitBooked)
    assert outcome.missed == mentioned


# The notice for cancelling and moving.


@pytest.mark.parametrize("own_hours", [None, 30])
def test_the_dialogue_and_the_clinic_agree_on_the_last_moment(
    clinic: Clinic, connection: Connection, own_hours: int | None
) -> None:
    connection.execute(update(visit_types).values(cancellation_notice_hours=own_hours))
    hours = own_hours or 24
    rule: dict[str, Any] = {"cancellation_notice_hours": 24}
    for second, may in ((0, True), (1, False)):
        reception = counter(connection)
        patient = registered(reception)
        visit = booked(reception, a_slot(clinic), patient)
        then = TUESDAY_TEN - timedelta(hours=hours) + timedelta(seconds=second)
        reception = counter(connection, now=then, **rule)
        [visit] = visits_of(reception)
        assert visit.changeable_until == TUESDAY_TEN - timedelta(hours=hours)
        assert (closed(visit, Situation(then, a_directory())) is None) is may
        later = a_slot(clinic, TUESDAY_TEN + timedelta(days=2))
        before = connection.execute(select(appointments)).all()
        if may:
            assert isinstance(reception.perform(ask.CancelVisit(visit)), ask.VisitCancelled)
        else:
            for command in (ask.CancelVisit(visit), ask.MoveVisit(visit, later)):
                assert refusal(reception.perform(command)) is Refusal.TOO_LATE
            assert connection.execute(select(appointments)).all() == before
