"""Booking: what is stored afterwards, and that nothing is after an error."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from core import models
from core.errors import (
    OutsideSchedule,
    PatientBusy,
    SlotInPast,
    SlotTaken,
    TooManyOpenVisits,
    UnknownLocation,
    UnknownPractitioner,
    UnknownVisitType,
)
from core.models.appointments import AppointmentStatus
from core.scheduling.appointments import get
from core.scheduling.booking import book
from tests.builders import (
    NOW,
    Clinic,
    a_conversation,
    a_patient,
    a_visit_type,
    an_absence,
    an_appointment,
)
from tests.core.scheduling.words import (
    AFTER_THE_TERM,
    MONDAY,
    PATIENT,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    events,
    hold_slot,
    offered,
    rows,
)


def test_booking_fresh_stores_the_visit_and_its_event(
    clinic: Clinic, connection: Connection
) -> None:
    booked = book_slot(connection, clinic, a_slot(clinic, "09:00"))
    assert booked.status is AppointmentStatus.SCHEDULED
    assert (booked.version, booked.patient_id) == (1, clinic.patient_id)
    assert get(connection, booked.public_id) == booked
    event = connection.execute(select(models.appointment_events)).one()
    assert (event.type, event.at, event.state_from) == ("booked", NOW, None)
    assert (event.actor_kind, event.actor_id, event.channel) == ("patient", 1, "sms")
    assert json.loads(event.state_to) == {
        "starts_at": "2026-11-23T17:00:00+00:00",
        "ends_at": "2026-11-23T17:20:00+00:00",
        "occupied_from": "2026-11-23T17:00:00+00:00",
        "occupied_until": "2026-11-23T17:20:00+00:00",
        "practitioner_id": clinic.patel_id,
        "location_id": clinic.location_id,
        "visit_type_id": clinic.visit_type_id,
        "resource_id": None,
        "seat": 0,
        "status": "scheduled",
    }


def test_the_reason_is_stored_and_not_readable(clinic: Clinic, connection: Connection) -> None:
    book(
        connection,
        a_slot(clinic, "09:00"),
        patient_id=clinic.patient_id,
        actor=PATIENT,
        now=NOW,
        catalogue=offered(connection),
        reason="my knee hurts",
        open_visits_limit=None,
    )
    assert connection.scalar(select(models.appointments.c.reason)) == "my knee hurts"
    (raw,) = connection.exec_driver_sql("SELECT reason FROM appointments").one()
    assert b"knee" not in bytes(raw)


def test_the_hold_becomes_the_visit(clinic: Clinic, connection: Connection) -> None:
    slot = a_slot(clinic, "09:00")
    kept = hold_slot(connection, clinic, slot)
    booked = book_slot(connection, clinic, slot, conversation_id=clinic.conversation_id)
    assert (booked.id, booked.public_id) == (kept.id, kept.public_id)
    assert (booked.patient_id, booked.hold_expires_at) == (clinic.patient_id, None)
    assert get(connection, booked.public_id) == booked
    assert events(connection, booked.id) == ["held", "booked"]


def test_a_late_yes_books_if_the_time_is_still_free(clinic: Clinic, connection: Connection) -> None:
    slot = a_slot(clinic, "09:00")
    kept = hold_slot(connection, clinic, slot)
    late = AFTER_THE_TERM + timedelta(hours=1)
    booked = book_slot(connection, clinic, slot, conversation_id=clinic.conversation_id, now=late)
    assert (booked.starts_at, booked.status) == (kept.starts_at, AppointmentStatus.SCHEDULED)


def test_a_late_yes_hears_that_somebody_was_quicker(clinic: Clinic, connection: Connection) -> None:
    slot = a_slot(clinic, "09:00")
    kept = hold_slot(connection, clinic, slot)
    other = a_patient(connection, "Quick")
    quick = book_slot(connection, clinic, slot, patient_id=other, now=AFTER_THE_TERM)
    assert quick.id != kept.id
    assert events(connection, kept.id) == ["held", "expired"]
    with pytest.raises(SlotTaken):
        book_slot(
            connection,
            clinic,
            slot,
            conversation_id=clinic.conversation_id,
            now=AFTER_THE_TERM,
        )


def test_a_yes_within_the_term_counts_even_when_the_notice_has_passed(
    clinic: Clinic, connection: Connection
) -> None:
    slot = a_slot(clinic, "10:00")
    hold_slot(connection, clinic, slot, now=at("09:00"))
    booked = book_slot(
        connection, clinic, slot, now=at("09:04"), conversation_id=clinic.conversation_id
    )
    assert booked.status is AppointmentStatus.SCHEDULED


def test_a_yes_after_the_term_and_within_the_notice_is_too_late(
    clinic: Clinic, connection: Connection
) -> None:
    slot = a_slot(clinic, "10:00")
    hold_slot(connection, clinic, slot, now=at("09:00"))
    with pytest.raises(SlotInPast):
        book_slot(connection, clinic, slot, now=at("09:05"), conversation_id=clinic.conversation_id)


def test_a_hold_does_not_outweigh_an_absence(clinic: Clinic, connection: Connection) -> None:
    slot = a_slot(clinic, "09:00")
    hold_slot(connection, clinic, slot)
    an_absence(connection, clinic.patel_id, MONDAY)
    with pytest.raises(OutsideSchedule):
        book_slot(connection, clinic, slot, conversation_id=clinic.conversation_id)


def test_booking_another_slot_gives_back_what_was_held(
    clinic: Clinic, connection: Connection
) -> None:
    kept = hold_slot(connection, clinic, a_slot(clinic, "09:00"))
    other = a_slot(clinic, "09:20", practitioner_id=clinic.okafor_id)
    booked = book_slot(connection, clinic, other, conversation_id=clinic.conversation_id)
    assert booked.id != kept.id
    assert events(connection, kept.id) == ["held", "released"]


def test_somebody_elses_hold_keeps_the_slot(clinic: Clinic, connection: Connection) -> None:
    hold_slot(connection, clinic, a_slot(clinic, "09:00"))
    with pytest.raises(SlotTaken):
        book_slot(
            connection,
            clinic,
            a_slot(clinic, "09:00"),
            conversation_id=a_conversation(connection),
        )


def test_overlapping_visits_of_other_lengths_are_refused(
    clinic: Clinic, connection: Connection
) -> None:
    long_visit = a_visit_type(connection, "long", minutes_new_patient=60)
    book_slot(connection, clinic, a_slot(clinic, "10:00"))
    other = a_patient(connection, "Other")
    for text in ("09:20", "09:40", "10:00"):
        slot = a_slot(clinic, text, minutes=60, visit_type_id=long_visit)
        with pytest.raises(SlotTaken):
            book_slot(connection, clinic, slot, patient_id=other)
    slot = a_slot(clinic, "09:00", minutes=60, visit_type_id=long_visit)
    book_slot(connection, clinic, slot, patient_id=other)


def test_buffers_are_kept_as_of_booking(clinic: Clinic, connection: Connection) -> None:
    surgery = a_visit_type(connection, "surgery", buffer_before_minutes=10, buffer_after_minutes=15)
    booked = book_slot(connection, clinic, a_slot(clinic, "10:00", visit_type_id=surgery))
    assert (booked.occupied_from, booked.occupied_until) == (at("09:50"), at("10:35"))
    with pytest.raises(SlotTaken):
        book_slot(
            connection, clinic, a_slot(clinic, "10:20"), patient_id=a_patient(connection, "Next")
        )


def test_a_patient_is_not_booked_twice_at_one_time(clinic: Clinic, connection: Connection) -> None:
    book_slot(connection, clinic, a_slot(clinic, "09:00"))
    with pytest.raises(PatientBusy):
        book_slot(connection, clinic, a_slot(clinic, "09:00", practitioner_id=clinic.okafor_id))
    later = a_slot(clinic, "09:20", practitioner_id=clinic.okafor_id)
    assert book_slot(connection, clinic, later)


def test_each_seat_is_given_once(clinic: Clinic, connection: Connection) -> None:
    patel = update(models.practitioners).where(models.practitioners.c.id == clinic.patel_id)
    connection.execute(patel.values(capacity=2))
    slot = a_slot(clinic, "09:00")
    seats = [
        book_slot(connection, clinic, slot, patient_id=a_patient(connection, name)).seat
        for name in ("One", "Two")
    ]
    assert seats == [0, 1]
    with pytest.raises(SlotTaken):
        book_slot(connection, clinic, slot, patient_id=a_patient(connection, "Three"))


def test_fewer_seats_than_there_were_are_not_given_anew(
    clinic: Clinic, connection: Connection
) -> None:
    an_appointment(
        connection,
        patient_id=a_patient(connection, "Early"),
        practitioner_id=clinic.patel_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=at("09:00"),
        seat=1,
    )
    with pytest.raises(SlotTaken):
        book_slot(connection, clinic, a_slot(clinic, "09:00"))


def test_open_visits_are_limited_and_holds_do_not_count(
    clinic: Clinic, connection: Connection
) -> None:
    book_slot(connection, clinic, a_slot(clinic, "09:00"), limit=1)
    hold_slot(
        connection,
        clinic,
        a_slot(clinic, "11:00"),
        conversation_id=a_conversation(connection),
        patient_id=clinic.patient_id,
    )
    with pytest.raises(TooManyOpenVisits):
        book_slot(connection, clinic, a_slot(clinic, "10:00"), limit=1)
    book_slot(connection, clinic, a_slot(clinic, "10:00"), limit=2)
    assert book_slot(connection, clinic, a_slot(clinic, "10:20"), limit=None)


def test_past_visits_do_not_count(clinic: Clinic, connection: Connection) -> None:
    book_slot(connection, clinic, a_slot(clinic, "09:00"), limit=1)
    book_slot(connection, clinic, a_slot(clinic, "09:00", TUESDAY), limit=1, now=at("12:00"))


def test_what_needs_approval_waits_for_it(clinic: Clinic, connection: Connection) -> None:
    laser = a_visit_type(connection, "laser", needs_approval=True)
    slot = a_slot(clinic, "09:00", visit_type_id=laser)
    assert book_slot(connection, clinic, slot).status is AppointmentStatus.PENDING
    later = a_slot(clinic, "10:00", visit_type_id=laser)
    booked = book_slot(connection, clinic, later, actor=RECEPTIONIST)
    assert booked.status is AppointmentStatus.SCHEDULED


def test_what_the_clinic_does_not_have_is_named(clinic: Clinic, connection: Connection) -> None:
    slot = a_slot(clinic, "09:00")
    for unknown, error in (
        (slot._replace(practitioner_id=999), UnknownPractitioner),
        (slot._replace(location_id=999), UnknownLocation),
        (slot._replace(visit_type_id=999), UnknownVisitType),
    ):
        with pytest.raises(error):
            book_slot(connection, clinic, unknown)
    assert rows(connection) == []
