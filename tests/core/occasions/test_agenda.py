"""What is to be said: the longest due first, nothing too late, and one worker at a time."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select

from core.database.connect import Database
from core.models import occasions
from core.models.occasions import OccasionKind
from core.occasions import agenda
from core.scheduling.appointments import Appointment
from tests.builders import NOW, Clinic, a_conversation, an_occasion
from tests.core.scheduling.words import TUESDAY, a_slot, book_slot

MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.usefixtures("clinic")


def visit_of(connection: Connection, clinic: Clinic) -> Appointment:
    return book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY))


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> Appointment:
    return visit_of(connection, clinic)


def due(connection: Connection, limit: int = 10) -> list[int]:
    return [each.id for each in agenda.due(connection, NOW, limit)]


def row_of(connection: Connection, occasion_id: int) -> Row[Any]:
    return connection.execute(select(occasions).where(occasions.c.id == occasion_id)).one()


def test_the_longest_due_comes_first_and_what_is_not_due_waits(
    connection: Connection, visit: Appointment
) -> None:
    an_occasion(connection, "moved", visit.id, due_at=NOW + MINUTE)
    second = an_occasion(connection, "visit_over", visit.id, due_at=NOW)
    first = an_occasion(connection, "visit_missed", visit.id, due_at=NOW - MINUTE)
    assert due(connection) == [first, second]
    assert due(connection, 1) == [first]


def test_what_is_too_late_is_dropped_and_says_why(
    connection: Connection, visit: Appointment
) -> None:
    late = an_occasion(connection, "visit_over", visit.id, valid_until=NOW - MINUTE)
    timely = an_occasion(connection, "visit_missed", visit.id, valid_until=NOW)
    assert due(connection) == [timely]
    assert (row_of(connection, late).state, row_of(connection, late).note) == (
        "dropped",
        agenda.TOO_LATE,
    )


def test_what_was_planned_is_read_back_as_it_was(
    connection: Connection, visit: Appointment
) -> None:
    there = a_conversation(connection)
    an_occasion(connection, "visit_over", visit.id, conversation_id=there)
    [planned] = agenda.due(connection, NOW, 10)
    assert planned.kind is OccasionKind.VISIT_OVER
    assert (planned.patient_id, planned.appointment_id) == (visit.patient_id, visit.id)
    assert (planned.offer_id, planned.conversation_id, planned.due_at) == (None, there, NOW)
    assert agenda.still_planned(connection, planned.id) == planned


def test_what_is_put_off_comes_again(connection: Connection, visit: Appointment) -> None:
    one = an_occasion(connection, "visit_over", visit.id)
    agenda.postpone(connection, one, NOW + MINUTE, NOW)
    assert due(connection) == []
    agenda.leave_out(connection, one, NOW)  # It is put off, and so it is not left out.
    assert [each.id for each in agenda.due(connection, NOW + MINUTE, 10)] == [one]


def test_what_could_not_be_said_is_not_tried_for_ever(
    connection: Connection, visit: Appointment
) -> None:
    one = an_occasion(connection, "visit_over", visit.id)
    agenda.leave_out(connection, one, NOW)
    assert due(connection) == []
    assert row_of(connection, one).note == agenda.NOTHING_TO_SAY


@pytest.mark.parametrize("state", ["said", "withdrawn", "dropped"])
def test_what_is_settled_stays_settled(
    connection: Connection, visit: Appointment, state: str
) -> None:
    one = an_occasion(connection, "visit_over", visit.id, state=state)
    agenda.postpone(connection, one, NOW, NOW)
    agenda.drop(connection, one, "no use", NOW)
    agenda.leave_out(connection, one, NOW)
    assert (row_of(connection, one).state, due(connection)) == (state, [])
    assert agenda.still_planned(connection, one) is None


def test_what_one_worker_looks_at_is_left_to_it(
    clinic: Clinic, postgresql_database: Database, database: Database
) -> None:
    if database is not postgresql_database:
        pytest.skip("only PostgreSQL has several who write")
    with database.transaction() as connection:
        visit = visit_of(connection, clinic)
        ours = an_occasion(connection, "visit_over", visit.id, due_at=NOW - MINUTE)
        theirs = an_occasion(connection, "visit_missed", visit.id)
    with database.transaction() as one, database.transaction() as other:
        assert due(one, 1) == [ours]
        assert due(other) == [theirs]
    with database.transaction() as connection:
        assert due(connection) == [ours, theirs]
