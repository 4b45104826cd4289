"""Feedback: one rating for each visit, a bad one before staff, comments encrypted."""

import pytest
from sqlalchemy import Connection, select, text

from core import feedback
from core.errors import AppointmentNotFound
from core.models import feedback as stored
from core.models import tasks
from core.models.appointments import AppointmentStatus
from core.models.messaging import TaskKind
from tests.builders import NOW, Clinic, an_appointment
from tests.core.scheduling.words import PATIENT, events


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> int:
    return an_appointment(
        connection,
        patient_id=clinic.patient_id,
        practitioner_id=clinic.patel_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=NOW.replace(hour=1),
        status=AppointmentStatus.COMPLETED,
    )


def rate(connection: Connection, visit: int, halves: int) -> None:
    feedback.rate(connection, visit, halves, conversation_id=None, actor=PATIENT, now=NOW)


def test_a_rating_is_kept_with_its_visit(
    clinic: Clinic, visit: int, connection: Connection
) -> None:
    rate(connection, visit, 9)
    row = connection.execute(select(stored)).one()
    assert (row.appointment_id, row.patient_id) == (visit, clinic.patient_id)
    assert (row.practitioner_id, row.overall_halves) == (clinic.patel_id, 9)
    assert events(connection, visit) == ["rated"]


def test_another_rating_of_the_same_visit_replaces_the_first(
    visit: int, connection: Connection
) -> None:
    rate(connection, visit, 9)
    rate(connection, visit, 6)
    assert list(connection.scalars(select(stored.c.overall_halves))) == [6]


@pytest.mark.parametrize(("halves", "is_bad"), [(2, True), (4, True), (5, False), (10, False)])
def test_a_bad_rating_is_put_before_staff_once(
    visit: int, connection: Connection, halves: int, is_bad: bool
) -> None:
    rate(connection, visit, halves)
    rate(connection, visit, halves)
    kinds = list(connection.scalars(select(tasks.c.kind)))
    assert kinds == ([TaskKind.FEEDBACK] if is_bad else [])


def test_a_comment_is_encrypted(visit: int, connection: Connection) -> None:
    rate(connection, visit, 9)
    feedback.comment(connection, visit, "The nurse was kind.", now=NOW)
    assert connection.scalar(select(stored.c.text)) == "The nurse was kind."
    raw = connection.execute(text("SELECT text FROM feedback")).scalar_one()
    assert b"nurse" not in (raw if isinstance(raw, bytes) else str(raw).encode())


@pytest.mark.usefixtures("clinic")
def test_a_visit_that_there_is_not_cannot_be_rated(connection: Connection) -> None:
    with pytest.raises(AppointmentNotFound):
        rate(connection, 77, 9)
