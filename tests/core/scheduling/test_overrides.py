"""Staff go beyond the rules: allowed, with a reason that is kept; and patients who just come."""

from datetime import timedelta

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
from core.scheduling.availability import Search, find_slots
from core.scheduling.booking import walk_in
from core.scheduling.moving import move
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
