"""Which reminders went out, and what patients did on them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from core.models import reminders
from core.models.appointments import AppointmentStatus
from core.reports.period import Period
from core.reports.reminders import Reminded
from core.reports.share import Share
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.moving import cancel, move
from core.scheduling.progress import change_status, say_late
from tests.builders import NOW, Clinic
from tests.core.messaging.waiting import a_waiting_message
from tests.core.reports.words import counted
from tests.core.scheduling.words import PATIENT, RECEPTIONIST, TUESDAY, a_slot, book_slot, offered

BOOKED = NOW - timedelta(days=1)
SOON = NOW + timedelta(minutes=5)
TODAY = Period.day(NOW.date())


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> Appointment:
    """On Tuesday; the patient is reminded on Sunday."""
    return book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY), now=BOOKED)


def reminds(connection: Connection, visit: Appointment, stage: str = "2d", **changes: Any) -> None:
    values: dict[str, Any] = {"kind": "reminder", "status": "delivered"}
    message_id = a_waiting_message(connection, **values | {"appointment_id": visit.id} | changes)
    carried(connection, visit, message_id, stage)


def carried(connection: Connection, visit: Appointment, message_id: int, stage: str) -> None:
    values = {
        "appointment_id": visit.id,
        "appointment_version": visit.version,
        "starts_at": visit.starts_at,
        "stage": f"as {stage}",
        "due_at": NOW,
        "state": "queued",
        "message_id": message_id,
        "created_at": NOW,
        "updated_at": NOW,
    }
    connection.execute(insert(reminders), values)


def found(connection: Connection, **only: Any) -> Reminded:
    return counted(connection, period=TODAY, **only).reminders


def confirms(connection: Connection, visit: Appointment, actor: Actor, **at: Any) -> None:
    change_status(
        connection,
        visit.id,
        AppointmentStatus.CONFIRMED,
        version=visit.version,
        actor=actor,
        **{"now": SOON} | at,
    )


def moves(connection: Connection, visit: Appointment, actor: Actor, clinic: Clinic) -> Appointment:
    return move(
        connection,
        visit.id,
        a_slot(clinic, "14:00", TUESDAY),
        version=visit.version,
        actor=actor,
        now=SOON,
        catalogue=offered(connection),
    )


def cancels(connection: Connection, visit: Appointment, actor: Actor) -> None:
    asked = offered(connection)
    cancel(connection, visit.id, version=visit.version, actor=actor, now=SOON, catalogue=asked)


@pytest.mark.parametrize(
    ("deed", "expected"),
    [
        ("nothing", Reminded(1, 0, 0, 0)),
        ("confirm", Reminded(1, 1, 0, 0)),
        ("move", Reminded(1, 0, 1, 0)),
        ("cancel", Reminded(1, 0, 0, 1)),
        ("say late", Reminded(1, 0, 0, 0)),
    ],
)
@pytest.mark.parametrize("actor", [PATIENT, RECEPTIONIST], ids=["patient", "staff"])
def test_an_answer_is_what_the_patient_does_about_the_visit(
    clinic: Clinic,
    visit: Appointment,
    connection: Connection,
    deed: str,
    actor: Actor,
    expected: Reminded,
) -> None:
    reminds(connection, visit)
    match deed:
        case "confirm":
            confirms(connection, visit, actor)
        case "move":
            moves(connection, visit, actor, clinic)
        case "cancel":
            cancels(connection, visit, actor)
        case "say late":
            say_late(connection, visit.id, 10, actor=actor, now=SOON)
    assert found(connection) == (expected if actor is PATIENT else Reminded(1, 0, 0, 0))


def test_what_was_done_before_is_no_answer(visit: Appointment, connection: Connection) -> None:
    confirms(connection, visit, PATIENT, now=NOW - timedelta(minutes=1))
    reminds(connection, visit)
    assert found(connection) == Reminded(1, 0, 0, 0)


def test_the_first_answer_counts(visit: Appointment, connection: Connection) -> None:
    reminds(connection, visit)
    confirms(connection, visit, PATIENT, now=NOW)
    confirmed = by_id(connection, visit.id)
    cancels(connection, confirmed, PATIENT)
    assert found(connection) == Reminded(1, 1, 0, 0)


def test_after_staff_have_moved_the_visit_nothing_answers_the_old_reminder(
    clinic: Clinic, visit: Appointment, connection: Connection
) -> None:
    reminds(connection, visit)
    moved = moves(connection, visit, RECEPTIONIST, clinic)
    confirms(connection, moved, PATIENT, now=SOON + timedelta(minutes=1))
    assert found(connection) == Reminded(1, 0, 0, 0)


def test_of_two_reminders_the_later_one_is_answered(
    visit: Appointment, connection: Connection
) -> None:
    reminds(connection, visit)
    reminds(connection, visit, "1d", created_at=NOW + timedelta(minutes=2))
    confirms(connection, visit, PATIENT)
    answered = found(connection)
    assert answered == Reminded(sent=2, confirmed=1, moved=0, cancelled=0)
    assert answered.answered_share == answered.confirmed_share == Share(1, 2)


def test_a_later_one_that_did_not_go_out_takes_no_answer_away(
    visit: Appointment, connection: Connection
) -> None:
    reminds(connection, visit)
    later = NOW + timedelta(minutes=2)
    reminds(connection, visit, "1d", created_at=later, status="failed")
    confirms(connection, visit, PATIENT)
    assert found(connection) == Reminded(1, 1, 0, 0)


def test_one_message_may_remind_of_several_visits(
    clinic: Clinic, visit: Appointment, connection: Connection
) -> None:
    other = book_slot(connection, clinic, a_slot(clinic, "15:00", TUESDAY), now=BOOKED)
    both = a_waiting_message(connection, kind="reminder", status="read", appointment_id=visit.id)
    for each in (visit, other):
        carried(connection, each, both, "2d")
    cancels(connection, other, PATIENT)
    assert found(connection) == Reminded(2, 0, 0, 1)


def test_reminders_of_other_days_and_of_others_visits_are_left_out(
    clinic: Clinic, visit: Appointment, connection: Connection
) -> None:
    reminds(connection, visit)
    reminds(connection, visit, "3d", created_at=NOW - timedelta(days=1))
    reminds(connection, visit, "1d", created_at=NOW + timedelta(days=1))
    assert found(connection).sent == 1
    assert found(connection, practitioner_id=clinic.patel_id).sent == 1
    assert found(connection, practitioner_id=clinic.okafor_id).sent == 0
