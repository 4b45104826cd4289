"""How a visit goes on: every step that the table allows, by whoever may take it, and no other."""

from datetime import datetime

import pytest
from sqlalchemy import Connection, select, update

from core import models
from core.errors import AppointmentChanged, IllegalStatusChange, SlotTaken, StaffOnly
from core.models.appointments import AppointmentStatus as Status
from core.scheduling.appointments import Actor, Appointment, get
from core.scheduling.booking import book
from core.scheduling.moving import cancel, move
from core.scheduling.progress import change_status, say_arrived, say_late
from tests.builders import NOW, Clinic, a_patient
from tests.core.scheduling.words import (
    PATIENT,
    RECEPTIONIST,
    a_slot,
    at,
    book_slot,
    events,
    offered,
    rows,
)

AFTERWARDS = at("17:00")


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> Appointment:
    return book_slot(connection, clinic, a_slot(clinic, "10:00"))


def bring(
    connection: Connection,
    visit: Appointment,
    status: Status,
    actor: Actor = RECEPTIONIST,
    now: datetime = AFTERWARDS,
) -> Appointment:
    seen = get(connection, visit.public_id)
    return change_status(connection, visit.id, status, version=seen.version, actor=actor, now=now)


def test_a_visit_on_its_ordinary_way(visit: Appointment, connection: Connection) -> None:
    bring(connection, visit, Status.CONFIRMED, PATIENT, NOW)
    bring(connection, visit, Status.ARRIVED, now=at("09:50"))
    done = bring(connection, visit, Status.COMPLETED)
    assert (done.status, done.version) == (Status.COMPLETED, 4)
    assert events(connection, visit.id) == ["booked", "confirmed", "arrived", "completed"]


def test_the_clinic_approves(clinic: Clinic, connection: Connection) -> None:
    connection.execute(update(models.visit_types).values(needs_approval=True))
    waits = book_slot(connection, clinic, a_slot(clinic, "10:00"))
    assert waits.status is Status.PENDING
    assert bring(connection, waits, Status.SCHEDULED, now=NOW).status is Status.SCHEDULED
    assert events(connection, waits.id) == ["booked", "approved"]


def test_a_patient_can_only_confirm(visit: Appointment, connection: Connection) -> None:
    for status in (Status.ARRIVED, Status.COMPLETED, Status.NO_SHOW, Status.ENTERED_IN_ERROR):
        with pytest.raises(StaffOnly):
            bring(connection, visit, status, PATIENT)


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.NO_SHOW])
def test_what_has_not_begun_is_neither_over_nor_missed(
    visit: Appointment, connection: Connection, status: Status
) -> None:
    with pytest.raises(IllegalStatusChange):
        bring(connection, visit, status, now=at("09:59"))


@pytest.mark.parametrize("status", [Status.HELD, Status.PENDING, Status.EXPIRED, Status.CANCELLED])
def test_what_has_a_function_of_its_own_is_no_step(
    visit: Appointment, connection: Connection, status: Status
) -> None:
    with pytest.raises(IllegalStatusChange):
        bring(connection, visit, status)


def test_a_cancelled_visit_does_not_rise_by_a_step(
    visit: Appointment, connection: Connection
) -> None:
    cancel(connection, visit.id, version=1, actor=PATIENT, now=NOW, catalogue=offered(connection))
    before = rows(connection)
    for status in (Status.SCHEDULED, Status.CONFIRMED, Status.ARRIVED):
        with pytest.raises(IllegalStatusChange):
            bring(connection, visit, status)
    assert rows(connection) == before


def test_who_was_marked_absent_and_came_after_all_needs_the_time(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    bring(connection, visit, Status.NO_SHOW, now=at("10:10"))
    other = book(
        connection,
        a_slot(clinic, "10:00"),
        patient_id=a_patient(connection),
        actor=RECEPTIONIST,
        now=at("10:11"),
        catalogue=offered(connection),
        open_visits_limit=None,
        override="came early",
    )
    with pytest.raises(SlotTaken):
        bring(connection, visit, Status.ARRIVED, now=at("10:12"))
    cancel(
        connection,
        other.id,
        version=1,
        actor=RECEPTIONIST,
        now=at("10:13"),
        catalogue=offered(connection),
    )
    assert bring(connection, visit, Status.ARRIVED, now=at("10:14")).status is Status.ARRIVED


def test_a_stale_step_is_refused(visit: Appointment, connection: Connection) -> None:
    bring(connection, visit, Status.CONFIRMED, PATIENT, NOW)
    with pytest.raises(AppointmentChanged):
        change_status(connection, visit.id, Status.ARRIVED, version=1, actor=RECEPTIONIST, now=NOW)


# What patients say on their way.


def test_a_patients_word_that_they_are_there_is_noted_once_and_marks_nothing(
    visit: Appointment, connection: Connection
) -> None:
    for _ in range(2):
        say_arrived(connection, visit.id, actor=PATIENT, now=at("09:50"))
    assert events(connection, visit.id) == ["booked", "said_arrived"]
    assert get(connection, visit.public_id) == visit


def test_how_late_a_patient_will_be_is_kept_until_they_say_otherwise(
    visit: Appointment, connection: Connection
) -> None:
    for minutes in (10, 25, None):
        say_late(connection, visit.id, minutes, actor=PATIENT, now=at("09:50"))
        row = connection.execute(select(models.appointments)).one()
        assert (row.late_minutes, row.version) == (minutes, visit.version)
    assert events(connection, visit.id) == ["booked", "said_late", "said_late", "said_on_time"]


def test_a_visit_that_moved_is_not_late_any_more(
    visit: Appointment, clinic: Clinic, connection: Connection
) -> None:
    say_late(connection, visit.id, 25, actor=PATIENT, now=NOW)
    move(
        connection,
        visit.id,
        a_slot(clinic, "11:00"),
        version=visit.version,
        actor=PATIENT,
        now=NOW,
        catalogue=offered(connection),
    )
    assert connection.scalar(select(models.appointments.c.late_minutes)) is None


def test_nobody_is_late_for_a_visit_that_is_called_off(
    visit: Appointment, connection: Connection
) -> None:
    cancel(
        connection,
        visit.id,
        version=visit.version,
        actor=PATIENT,
        now=NOW,
        catalogue=offered(connection),
    )
    with pytest.raises(IllegalStatusChange):
        say_late(connection, visit.id, 5, actor=PATIENT, now=NOW)
    with pytest.raises(IllegalStatusChange):
        say_arrived(connection, visit.id, actor=PATIENT, now=NOW)
