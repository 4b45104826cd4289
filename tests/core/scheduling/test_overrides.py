"""Staff go beyond the rules: allowed, with a reason that is kept; and patients who just come."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from core import models
from core.errors import (
    BeyondHorizon,
    NotOffered,
    OutsideSchedule,
    PatientBusy,
    SlotInPast,
    SlotTaken,
    StaffOnly,
    UnknownPractitioner,
)
from core.models.appointments import AppointmentStatus
from core.rules import Rules
from core.scheduling.appointments import Appointment
from core.scheduling.availability import Search, find_slots
from core.scheduling.booking import book, walk_in
from core.scheduling.calendar import AFTERWARDS
from core.scheduling.moving import move
from core.scheduling.search import Slot
from core.scheduling.undoing import undo
from tests.builders import NOW, Clinic, a_patient, a_visit_type, an_absence, an_offer
from tests.core.scheduling.words import (
    MONDAY,
    PATIENT,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    events,
    offered,
    rows,
    times,
)

WHY = "the referring doctor asked for it"


def stored_reason(connection: Connection) -> str | None:
    query = select(models.appointments.c.override_reason).order_by(models.appointments.c.id.desc())
    return connection.scalars(query).first()


def test_staff_book_outside_the_hours_with_a_reason(clinic: Clinic, connection: Connection) -> None:
    early = a_slot(clinic, "07:10")
    with pytest.raises(OutsideSchedule):
        book_slot(connection, clinic, early, actor=RECEPTIONIST)
    booked = book_slot(connection, clinic, early, actor=RECEPTIONIST, override=WHY)
    assert (booked.starts_at, stored_reason(connection)) == (early.starts_at, WHY)


def test_an_absence_a_far_day_and_an_unlisted_visit_type_are_overridden_alike(
    clinic: Clinic, connection: Connection
) -> None:
    an_absence(connection, clinic.patel_id, TUESDAY)
    an_offer(connection, clinic.okafor_id, clinic.visit_type_id)
    scan = a_visit_type(connection, "scan")
    for slot, error in (
        (a_slot(clinic, "10:00", TUESDAY), OutsideSchedule),
        (a_slot(clinic, "10:00", MONDAY + timedelta(days=364)), BeyondHorizon),
        (
            a_slot(clinic, "10:00", practitioner_id=clinic.okafor_id, visit_type_id=scan),
            NotOffered,
        ),
    ):
        with pytest.raises(error):
            book_slot(connection, clinic, slot, actor=RECEPTIONIST)
        assert book_slot(connection, clinic, slot, actor=RECEPTIONIST, override=WHY)


def test_an_overbooking_takes_a_new_seat(clinic: Clinic, connection: Connection) -> None:
    slot = a_slot(clinic, "10:00")
    book_slot(connection, clinic, slot)
    with pytest.raises(SlotTaken):
        book_slot(connection, clinic, slot, patient_id=a_patient(connection), actor=RECEPTIONIST)
    seats = [
        book_slot(
            connection,
            clinic,
            slot,
            patient_id=a_patient(connection, f"P{number}"),
            actor=RECEPTIONIST,
            override=WHY,
        ).seat
        for number in range(2)
    ]
    assert seats == [1, 2]
    patel = Search(practitioner_ids=frozenset({clinic.patel_id}), limit=4)
    found = find_slots(connection, patel, catalogue=offered(connection), now=NOW)
    assert times(found) == ["Mon 09:00", "Mon 09:20", "Mon 09:40", "Mon 10:20"]


def test_nobody_is_in_two_places_whatever_staff_say(clinic: Clinic, connection: Connection) -> None:
    book_slot(connection, clinic, a_slot(clinic, "10:00"))
    with pytest.raises(PatientBusy):
        book_slot(
            connection,
            clinic,
            a_slot(clinic, "10:10", practitioner_id=clinic.okafor_id),
            actor=RECEPTIONIST,
            override=WHY,
        )


def test_an_override_is_for_staff_and_for_what_exists(
    clinic: Clinic, connection: Connection
) -> None:
    slot = a_slot(clinic, "10:00")
    for wrong, actor, error in (
        (slot, PATIENT, StaffOnly),
        (a_slot(clinic, "01:00", MONDAY - timedelta(days=2)), RECEPTIONIST, SlotInPast),
        (slot._replace(practitioner_id=999), RECEPTIONIST, UnknownPractitioner),
    ):
        with pytest.raises(error):
            book_slot(connection, clinic, wrong, actor=actor, override=WHY)
    assert rows(connection) == []


def test_staff_move_a_visit_beyond_the_rules(clinic: Clinic, connection: Connection) -> None:
    booked = book_slot(connection, clinic, a_slot(clinic, "10:00"))
    evening = a_slot(clinic, "18:30")
    moved = move(
        connection,
        booked.id,
        evening,
        version=1,
        actor=RECEPTIONIST,
        now=NOW,
        catalogue=offered(connection),
        override=WHY,
    )
    assert (moved.starts_at, stored_reason(connection)) == (evening.starts_at, WHY)


def test_a_walk_in_has_arrived_even_where_all_seats_are_taken(
    clinic: Clinic, connection: Connection
) -> None:
    slot = a_slot(clinic, "10:00")
    book_slot(connection, clinic, slot)
    came = walk_in(
        connection,
        slot,
        patient_id=a_patient(connection),
        actor=RECEPTIONIST,
        now=at("10:05"),
        catalogue=offered(connection),
        reason="a cut finger",
    )
    assert (came.status, came.seat) == (AppointmentStatus.ARRIVED, 1)
    assert events(connection, came.id) == ["walked_in"]
    assert stored_reason(connection) == "walk-in"


def test_patients_do_not_walk_in_by_themselves(clinic: Clinic, connection: Connection) -> None:
    with pytest.raises(StaffOnly):
        walk_in(
            connection,
            a_slot(clinic, "10:00"),
            patient_id=clinic.patient_id,
            actor=PATIENT,
            now=NOW,
            catalogue=offered(connection),
        )


def test_capacity_that_shrinks_keeps_what_was_booked(
    clinic: Clinic, connection: Connection
) -> None:
    slot = a_slot(clinic, "10:00")
    both = update(models.practitioners).values(capacity=2)
    connection.execute(both)
    for number in range(2):
        book_slot(connection, clinic, slot, patient_id=a_patient(connection, f"P{number}"))
    connection.execute(both.values(capacity=1))
    with pytest.raises(SlotTaken):
        book_slot(connection, clinic, slot)


def entered(
    clinic: Clinic, connection: Connection, slot: Slot, *, now: datetime, **changes: Any
) -> Appointment:
    """What a receptionist copies from paper."""
    values: dict[str, Any] = {
        "patient_id": clinic.patient_id,
        "actor": RECEPTIONIST,
        "open_visits_limit": None,
        "afterwards": True,
    }
    catalogue = offered(connection, now)
    return book(connection, slot, now=now, catalogue=catalogue, **values | changes)


def test_staff_enter_afterwards_what_was_on_paper_and_nobody_is_told(
    clinic: Clinic, connection: Connection
) -> None:
    slot, now = a_slot(clinic, "07:10"), at("10:00", TUESDAY)
    booked = entered(clinic, connection, slot, now=now)
    assert (booked.starts_at, booked.status) == (slot.starts_at, AppointmentStatus.SCHEDULED)
    assert stored_reason(connection) == AFTERWARDS
    why = connection.scalars(select(models.appointment_events.c.why)).all()
    assert why == [AFTERWARDS]
    for table in (models.reminders, models.occasions, models.waitlist_rounds, models.messages):
        assert connection.execute(select(table)).all() == []


def test_who_walked_in_then_has_arrived_on_a_seat_of_their_own_only_with_a_reason(
    clinic: Clinic, connection: Connection
) -> None:
    slot, now = a_slot(clinic, "10:00"), at("10:00", TUESDAY)
    book_slot(connection, clinic, slot)
    came: dict[str, Any] = {
        "patient_id": a_patient(connection),
        "actor": RECEPTIONIST,
        "now": now,
        "catalogue": offered(connection, now),
        "afterwards": True,
    }
    with pytest.raises(SlotTaken):
        walk_in(connection, slot, **came)
    visit = walk_in(connection, slot, override=WHY, **came)
    assert (visit.status, visit.seat) == (AppointmentStatus.ARRIVED, 1)
    assert stored_reason(connection) == WHY


def test_what_is_entered_afterwards_is_bound_by_what_is_impossible(
    clinic: Clinic, connection: Connection
) -> None:
    slot, now = a_slot(clinic, "10:00"), at("10:00", TUESDAY)
    book_slot(connection, clinic, slot)
    there = a_slot(clinic, "10:10", practitioner_id=clinic.okafor_id)
    with pytest.raises(PatientBusy):
        entered(clinic, connection, there, now=now)
    with pytest.raises(SlotTaken):
        entered(clinic, connection, slot, now=now, patient_id=a_patient(connection))
    with pytest.raises(StaffOnly):
        entered(clinic, connection, a_slot(clinic, "11:00"), now=now, actor=PATIENT)


def test_only_a_few_days_back_and_the_clinic_says_how_many(
    clinic: Clinic, connection: Connection
) -> None:
    slot = a_slot(clinic, "10:00")
    days = timedelta(days=Rules().back_entry_days)
    with pytest.raises(SlotInPast):
        entered(clinic, connection, slot, now=slot.starts_at + days + timedelta(days=1))
    assert entered(clinic, connection, slot, now=slot.starts_at + days)


def test_for_a_time_that_is_ahead_afterwards_says_nothing(
    clinic: Clinic, connection: Connection
) -> None:
    with pytest.raises(OutsideSchedule):
        entered(clinic, connection, a_slot(clinic, "07:10"), now=NOW)
    entered(clinic, connection, a_slot(clinic, "10:00"), now=NOW)
    assert stored_reason(connection) is None


def test_what_was_entered_afterwards_is_taken_back_though_it_is_over(
    clinic: Clinic, connection: Connection
) -> None:
    now = at("10:00", TUESDAY)
    booked = entered(clinic, connection, a_slot(clinic, "10:00"), now=now)
    undone = undo(
        connection,
        booked.id,
        version=1,
        actor=RECEPTIONIST,
        now=now + timedelta(minutes=1),
        catalogue=offered(connection, now),
    )
    assert undone.appointment.status is AppointmentStatus.ENTERED_IN_ERROR
    assert connection.execute(select(models.occasions)).all() == []
