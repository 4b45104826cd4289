"""Visits that get another time: always one row, never in their own way."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from core import models
from core.errors import (
    AppointmentChanged,
    IllegalStatusChange,
    OutsideSchedule,
    PatientBusy,
    SlotTaken,
    VisitBegun,
)
from core.models.appointments import AppointmentStatus
from core.scheduling.appointments import Appointment, get
from core.scheduling.moving import cancel, move
from core.scheduling.search import Slot
from tests.builders import NOW, Clinic, a_conversation, a_patient, a_visit_type
from tests.core.scheduling.words import (
    AFTER_THE_TERM,
    PATIENT,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    events,
    hold_slot,
    offered,
    rows,
)


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> Appointment:
    """The patient's visit on Monday at ten, with Dr Patel."""
    return book_slot(connection, clinic, a_slot(clinic, "10:00"))


def move_to(
    connection: Connection, clinic: Clinic, visit: Appointment, slot: Slot, version: int = 1
) -> Appointment:
    return move(
        connection,
        visit.id,
        slot,
        version=version,
        actor=PATIENT,
        now=NOW,
        catalogue=offered(connection),
        why="a meeting",
        conversation_id=clinic.conversation_id,
    )


def test_a_move_keeps_the_row(clinic: Clinic, connection: Connection, visit: Appointment) -> None:
    moved = move_to(connection, clinic, visit, a_slot(clinic, "09:00", TUESDAY))
    assert (moved.id, moved.public_id, moved.version) == (visit.id, visit.public_id, 2)
    assert (moved.starts_at, moved.moved_from) == (at("09:00", TUESDAY), at("10:00"))
    assert get(connection, visit.public_id) == moved
    assert events(connection, visit.id) == ["booked", "rescheduled"]
    last = connection.execute(
        select(models.appointment_events).order_by(models.appointment_events.c.id.desc())
    ).first()
    assert last is not None
    assert "2026-11-23T18:00" in last.state_from
    assert "2026-11-24T17:00" in last.state_to
    assert last.why == "a meeting"


def test_the_old_time_is_free_for_others(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    move_to(connection, clinic, visit, a_slot(clinic, "11:00"))
    book_slot(connection, clinic, a_slot(clinic, "10:00"), patient_id=a_patient(connection, "Next"))


def test_a_move_may_change_the_practitioner(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    slot = a_slot(clinic, "10:00", practitioner_id=clinic.okafor_id)
    assert move_to(connection, clinic, visit, slot).practitioner_id == clinic.okafor_id


def test_the_old_visit_is_not_in_the_way(clinic: Clinic, connection: Connection) -> None:
    long = a_visit_type(connection, "long", minutes_new_patient=60)
    visit = book_slot(connection, clinic, a_slot(clinic, "10:00", minutes=60, visit_type_id=long))
    slot = a_slot(clinic, "10:20", minutes=60, visit_type_id=long)
    kept = hold_slot(connection, clinic, slot, moves_id=visit.id)
    assert (kept.patient_id, kept.starts_at) == (None, at("10:20"))
    # Only what the old visit does not occupy already.
    assert (kept.occupied_from, kept.occupied_until) == (at("11:00"), at("11:20"))
    moved = move_to(connection, clinic, visit, slot)
    assert (moved.occupied_from, moved.occupied_until) == (at("10:20"), at("11:20"))
    assert get(connection, kept.public_id).status is AppointmentStatus.EXPIRED
    earlier = a_slot(clinic, "09:40", minutes=60, visit_type_id=long)
    kept = hold_slot(connection, clinic, earlier, moves_id=visit.id)
    assert (kept.occupied_from, kept.occupied_until) == (at("09:40"), at("10:20"))


def test_a_move_within_the_old_time_needs_no_more_time(
    clinic: Clinic, connection: Connection
) -> None:
    long = a_visit_type(connection, "long", minutes_new_patient=60)
    visit = book_slot(connection, clinic, a_slot(clinic, "10:00", minutes=60, visit_type_id=long))
    kept = hold_slot(connection, clinic, a_slot(clinic, "10:20"), moves_id=visit.id)
    assert kept.occupied_from == kept.occupied_until
    assert move_to(connection, clinic, visit, a_slot(clinic, "10:20")).ends_at == at("10:40")


def test_a_move_to_a_longer_visit_round_the_old_one(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    long = a_visit_type(connection, "long", minutes_new_patient=60)
    slot = a_slot(clinic, "09:40", minutes=60, visit_type_id=long)
    hold_slot(connection, clinic, slot, moves_id=visit.id)
    moved = move_to(connection, clinic, visit, slot)
    assert (moved.starts_at, moved.ends_at) == (at("09:40"), at("10:40"))


def test_what_a_moves_hold_keeps_is_kept(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    slot = a_slot(clinic, "11:00")
    hold_slot(connection, clinic, slot, moves_id=visit.id)
    other = a_patient(connection, "Other")
    for text in ("10:00", "11:00"):
        with pytest.raises(SlotTaken):
            book_slot(connection, clinic, a_slot(clinic, text), patient_id=other)
    move_to(connection, clinic, visit, slot)
    book_slot(connection, clinic, a_slot(clinic, "10:00"), patient_id=other)


def test_with_seats_a_move_keeps_a_seat_for_all_of_its_time(
    clinic: Clinic, connection: Connection
) -> None:
    patel = update(models.practitioners).where(models.practitioners.c.id == clinic.patel_id)
    connection.execute(patel.values(capacity=2))
    long = a_visit_type(connection, "long", minutes_new_patient=40)
    visit = book_slot(connection, clinic, a_slot(clinic, "10:00", minutes=40, visit_type_id=long))
    other = a_patient(connection, "Other")
    book_slot(connection, clinic, a_slot(clinic, "10:40"), patient_id=other)  # Behind, seat 0
    slot = a_slot(clinic, "10:20", minutes=40, visit_type_id=long)
    kept = hold_slot(connection, clinic, slot, moves_id=visit.id)
    assert (kept.seat, kept.occupied_from) == (1, at("10:20"))
    assert move_to(connection, clinic, visit, slot).seat == 1


def test_a_move_to_a_taken_slot_changes_nothing(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    other = a_patient(connection, "Other")
    book_slot(connection, clinic, a_slot(clinic, "11:00"), patient_id=other)
    stored = rows(connection)
    with pytest.raises(SlotTaken):
        move_to(connection, clinic, visit, a_slot(clinic, "11:00"))
    with pytest.raises(SlotTaken):
        hold_slot(connection, clinic, a_slot(clinic, "11:00"), moves_id=visit.id)
    with pytest.raises(OutsideSchedule):
        move_to(connection, clinic, visit, a_slot(clinic, "12:00"))
    with pytest.raises(AppointmentChanged):
        move_to(connection, clinic, visit, a_slot(clinic, "13:00"), version=2)
    assert rows(connection) == stored


def test_the_patients_other_visits_are_in_the_way(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    elsewhere = a_slot(clinic, "11:00", practitioner_id=clinic.okafor_id)
    book_slot(connection, clinic, elsewhere)
    with pytest.raises(PatientBusy):
        hold_slot(connection, clinic, a_slot(clinic, "11:00"), moves_id=visit.id)
    with pytest.raises(PatientBusy):
        move_to(connection, clinic, visit, a_slot(clinic, "11:00"))


def test_a_move_takes_over_an_overdue_hold(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    conversation = a_conversation(connection)
    kept = hold_slot(connection, clinic, a_slot(clinic, "11:00"), conversation_id=conversation)
    with pytest.raises(SlotTaken):
        move_to(connection, clinic, visit, a_slot(clinic, "11:00"))
    move(
        connection,
        visit.id,
        a_slot(clinic, "11:00"),
        version=1,
        actor=PATIENT,
        now=AFTER_THE_TERM,
        catalogue=offered(connection),
    )
    assert events(connection, kept.id) == ["held", "expired"]


def test_a_confirmed_visit_that_moves_is_to_be_confirmed_again(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    connection.execute(update(models.appointments).values(status=AppointmentStatus.CONFIRMED))
    moved = move_to(connection, clinic, visit, a_slot(clinic, "11:00"))
    assert moved.status is AppointmentStatus.SCHEDULED


def test_what_is_cancelled_or_has_begun_does_not_move(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    with pytest.raises(VisitBegun):
        move(
            connection,
            visit.id,
            a_slot(clinic, "10:00", TUESDAY),
            version=1,
            actor=PATIENT,
            now=at("10:00") + timedelta(minutes=1),
            catalogue=offered(connection),
        )
    cancel(connection, visit.id, version=1, actor=PATIENT, now=NOW, catalogue=offered(connection))
    with pytest.raises(IllegalStatusChange):
        move_to(connection, clinic, visit, a_slot(clinic, "11:00"), version=2)
    with pytest.raises(IllegalStatusChange):
        hold_slot(connection, clinic, a_slot(clinic, "11:00"), moves_id=visit.id)


def test_a_hold_for_a_move_does_not_become_a_new_visit(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    slot = a_slot(clinic, "11:00")
    kept = hold_slot(connection, clinic, slot, moves_id=visit.id)
    booked = book_slot(connection, clinic, slot, conversation_id=clinic.conversation_id)
    assert booked.id != kept.id
    assert (booked.occupied_from, booked.occupied_until) == (slot.starts_at, slot.ends_at)
