"""Undo: the last step back, for whoever took it, for a while, and never over somebody else."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from core import models
from core.errors import (
    AppointmentChanged,
    NothingToUndo,
    PatientBusy,
    SlotInPast,
    SlotTaken,
)
from core.models.appointments import ActorKind, AppointmentStatus
from core.scheduling.appointments import Actor, Appointment, get
from core.scheduling.holds import hold
from core.scheduling.moving import cancel, move
from core.scheduling.search import Slot
from core.scheduling.undoing import Undone, undo
from tests.builders import NOW, Clinic, a_conversation, a_patient
from tests.core.scheduling.words import (
    PATIENT,
    RECEPTIONIST,
    RULES,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    events,
    offered,
    rows,
)

SOON = NOW + timedelta(minutes=RULES.undo_minutes)
SOMEBODY_ELSE = Actor(ActorKind.PATIENT, 2, "sms")


def take_back(
    connection: Connection, visit: Appointment, actor: Actor = PATIENT, now: datetime = SOON
) -> Undone:
    seen = get(connection, visit.public_id)
    return undo(
        connection,
        visit.id,
        version=seen.version,
        actor=actor,
        now=now,
        catalogue=offered(connection),
    )


def cancelled(connection: Connection, visit: Appointment) -> Appointment:
    known = offered(connection)
    return cancel(connection, visit.id, version=1, actor=PATIENT, now=NOW, catalogue=known)


def moved(connection: Connection, visit: Appointment, slot: Slot) -> Appointment:
    known = offered(connection)
    return move(connection, visit.id, slot, version=1, actor=PATIENT, now=NOW, catalogue=known)


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> Appointment:
    return book_slot(connection, clinic, a_slot(clinic, "10:00"))


def test_a_booking_was_never_meant(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    undone = take_back(connection, visit)
    assert (undone.appointment.status, undone.of) == (AppointmentStatus.ENTERED_IN_ERROR, "booked")
    assert events(connection, visit.id) == ["booked", "undone"]
    assert book_slot(connection, clinic, a_slot(clinic, "10:00"), patient_id=a_patient(connection))


def test_a_move_goes_back(clinic: Clinic, connection: Connection, visit: Appointment) -> None:
    okafor = a_slot(clinic, "15:00", TUESDAY, practitioner_id=clinic.okafor_id)
    moved(connection, visit, okafor)
    undone = take_back(connection, visit).appointment
    assert (undone.starts_at, undone.practitioner_id) == (visit.starts_at, visit.practitioner_id)
    assert (undone.occupied_until, undone.version) == (visit.occupied_until, 3)
    assert book_slot(connection, clinic, okafor, patient_id=a_patient(connection))


def test_a_cancelled_visit_stands_again(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    cancelled(connection, visit)
    undone = take_back(connection, visit)
    assert (undone.appointment.status, undone.of) == (AppointmentStatus.SCHEDULED, "cancelled")
    stored = connection.execute(select(models.appointments)).one()
    assert (stored.cancelled_at, stored.cancelled_by, stored.cancellation_reason) == (None,) * 3
    with pytest.raises(SlotTaken):
        book_slot(connection, clinic, a_slot(clinic, "10:00"), patient_id=a_patient(connection))


def test_what_somebody_else_has_taken_is_not_taken_back(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    cancelled(connection, visit)
    book_slot(connection, clinic, a_slot(clinic, "10:00"), patient_id=a_patient(connection))
    before = rows(connection)
    with pytest.raises(SlotTaken):
        take_back(connection, visit)
    assert rows(connection) == before


def test_the_patient_may_be_elsewhere_by_now(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    cancelled(connection, visit)
    book_slot(connection, clinic, a_slot(clinic, "10:00", practitioner_id=clinic.okafor_id))
    with pytest.raises(PatientBusy):
        take_back(connection, visit)


def test_a_hold_is_in_the_way_until_its_term_is_over(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    cancelled(connection, visit)
    hold(
        connection,
        a_slot(clinic, "10:00"),
        conversation_id=a_conversation(connection),
        patient_id=None,
        actor=SOMEBODY_ELSE,
        now=NOW,
        catalogue=offered(connection),
    )
    with pytest.raises(SlotTaken):
        take_back(connection, visit, now=NOW + timedelta(minutes=1))
    assert take_back(connection, visit).appointment.status is AppointmentStatus.SCHEDULED


def test_only_ones_own_last_step_and_only_for_a_while(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    with pytest.raises(NothingToUndo):
        take_back(connection, visit, SOMEBODY_ELSE)
    with pytest.raises(NothingToUndo):
        take_back(connection, visit, RECEPTIONIST)
    with pytest.raises(NothingToUndo):
        take_back(connection, visit, now=SOON + timedelta(microseconds=1))
    moved(connection, visit, a_slot(clinic, "11:00"))
    take_back(connection, visit)
    with pytest.raises(NothingToUndo):  # An undo is not undone.
        take_back(connection, visit)


def test_no_visit_goes_back_into_the_past(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    known = offered(connection)
    late = at("09:55")
    move(
        connection,
        visit.id,
        a_slot(clinic, "15:00"),
        version=1,
        actor=PATIENT,
        now=late,
        catalogue=known,
    )
    with pytest.raises(SlotInPast):
        take_back(connection, visit, now=at("10:00"))


def test_a_stale_undo_is_refused(visit: Appointment, connection: Connection) -> None:
    with pytest.raises(AppointmentChanged):
        undo(
            connection,
            visit.id,
            version=7,
            actor=PATIENT,
            now=SOON,
            catalogue=offered(connection),
        )
