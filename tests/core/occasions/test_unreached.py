"""Each visit of tomorrow ends as one of a few things, and staff call whom nobody has reached."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, select, update

from core import models
from core.models import new_public_id
from core.occasions.unreached import Reached, call_tomorrows, reach_of_day
from core.rules import load_rules
from tests.builders import Clinic, a_setting, an_appointment
from tests.core.scheduling.words import MONDAY, at

AFTERNOON = at("15:00", MONDAY - timedelta(days=1))


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> int:
    """Tomorrow at ten."""
    return an_appointment(
        connection,
        patient_id=clinic.patient_id,
        practitioner_id=clinic.patel_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=at("10:00"),
    )


def _insert(connection: Connection, table: Table, row: dict[str, Any]) -> int:
    added: int = connection.execute(insert(table).returning(table.c.id), row).scalar_one()
    return added


def a_reminder(connection: Connection, visit: int, **values: Any) -> int:
    row = {
        "appointment_id": visit,
        "appointment_version": 1,
        "starts_at": at("10:00"),
        "stage": "1d",
        "due_at": at("10:00", MONDAY - timedelta(days=1)),
        "state": "queued",
        "created_at": AFTERNOON,
        "updated_at": AFTERNOON,
    }
    return int(
        connection.execute(
            insert(models.reminders).returning(models.reminders.c.id), row | values
        ).scalar_one()
    )


def a_message(connection: Connection, clinic: Clinic, status: str, **values: Any) -> int:
    row = {
        "public_id": new_public_id(),
        "conversation_id": clinic.conversation_id,
        "direction": "out",
        "channel": "sms",
        "kind": "reminder",
        "status": status,
        "is_simulated": False,
        "created_at": AFTERNOON,
        "updated_at": AFTERNOON,
    }
    return int(
        connection.execute(
            insert(models.messages).returning(models.messages.c.id), row | values
        ).scalar_one()
    )


def outcome(connection: Connection, clinic: Clinic) -> tuple[Reached, str | None]:
    [reach] = reach_of_day(connection, clinic.location_id, MONDAY)
    return reach.outcome, reach.why


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("queued", None, (Reached.ON_ITS_WAY, None)),
        ("sending", None, (Reached.ON_ITS_WAY, None)),
        ("sent", None, (Reached.DELIVERED, None)),
        ("delivered", None, (Reached.DELIVERED, None)),
        ("read", None, (Reached.DELIVERED, None)),
        ("undelivered", "30003", (Reached.UNDELIVERED, "30003")),
        ("failed", "21211", (Reached.UNDELIVERED, "21211")),
        ("unknown", "lease_over", (Reached.UNDELIVERED, "lease_over")),
        ("dropped", "expired", (Reached.UNDELIVERED, "expired")),
    ],
)
def test_what_became_of_its_message_says_how_it_stands(
    clinic: Clinic,
    connection: Connection,
    visit: int,
    status: str,
    code: str | None,
    expected: tuple[Reached, str | None],
) -> None:
    message = a_message(connection, clinic, status, error_code=code)
    a_reminder(connection, visit, message_id=message)
    assert outcome(connection, clinic) == expected


def test_said_again_elsewhere_that_counts(
    clinic: Clinic, connection: Connection, visit: int
) -> None:
    lost = a_message(connection, clinic, "failed", error_code="63016")
    a_message(connection, clinic, "delivered", instead_of_id=lost)
    a_reminder(connection, visit, message_id=lost)
    assert outcome(connection, clinic) == (Reached.DELIVERED, None)


@pytest.mark.parametrize(
    ("reminder", "expected"),
    [
        ({"state": "planned"}, (Reached.NOT_REMINDED, None)),
        ({"state": "dropped", "note": "nobody_to_tell"}, (Reached.NO_WAY, None)),
        ({"state": "dropped", "note": "too_late"}, (Reached.NOT_SENT, "too_late")),
    ],
)
def test_without_a_message_its_note_says_why(
    clinic: Clinic,
    connection: Connection,
    visit: int,
    reminder: dict[str, str],
    expected: tuple[Reached, str | None],
) -> None:
    a_reminder(connection, visit, **reminder)
    assert outcome(connection, clinic) == expected


@pytest.mark.usefixtures("visit")
def test_who_confirmed_needs_nothing_more(clinic: Clinic, connection: Connection) -> None:
    connection.execute(update(models.appointments).values(status="confirmed"))
    assert outcome(connection, clinic) == (Reached.CONFIRMED, None)


@pytest.mark.usefixtures("visit")
def test_without_a_policy_nobody_expects_a_message(clinic: Clinic, connection: Connection) -> None:
    assert outcome(connection, clinic) == (Reached.NOT_REMINDED, None)


@pytest.mark.usefixtures("visit")
def test_a_visit_of_another_day_or_one_called_off_is_not_listed(
    clinic: Clinic, connection: Connection
) -> None:
    assert reach_of_day(connection, clinic.location_id, MONDAY + timedelta(days=1)) == []
    connection.execute(update(models.appointments).values(status="cancelled"))
    assert reach_of_day(connection, clinic.location_id, MONDAY) == []


def calls(connection: Connection, now: datetime) -> int:
    return call_tomorrows(connection, now, load_rules(connection))


def test_from_the_clinics_hour_on_staff_call_each_once(visit: int, connection: Connection) -> None:
    a_reminder(connection, visit, state="dropped", note="nobody_to_tell")
    assert calls(connection, AFTERNOON - timedelta(minutes=1)) == 0
    assert calls(connection, AFTERNOON) == 1
    [task] = connection.execute(select(models.tasks)).all()
    assert (task.kind, task.appointment_id, task.note) == ("call", visit, "not reached: no_way")
    connection.execute(update(models.tasks).values(closed_at=AFTERNOON, outcome="left word"))
    assert calls(connection, AFTERNOON + timedelta(hours=2)) == 0


def test_the_hour_is_the_places_own(clinic: Clinic, connection: Connection, visit: int) -> None:
    a_reminder(connection, visit, state="dropped", note="nobody_to_tell")
    a_setting(connection, "call_list_hour", 17, clinic.location_id)
    assert calls(connection, AFTERNOON) == 0
    assert calls(connection, AFTERNOON + timedelta(hours=2)) == 1


def test_who_was_reached_is_not_called(clinic: Clinic, connection: Connection, visit: int) -> None:
    a_reminder(connection, visit, message_id=a_message(connection, clinic, "delivered"))
    assert calls(connection, AFTERNOON) == 0
