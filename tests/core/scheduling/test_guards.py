"""What the database itself refuses, whoever writes: raw rows, no code of ours between."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from core import models
from core.database.connect import Database
from core.database.guards import missing_guards, violated_guard
from core.models.appointments import AppointmentStatus
from tests.builders import Clinic, a_clinic, a_conversation, a_patient, an_appointment
from tests.core.scheduling.words import AFTER_THE_TERM, at

LIVE = ("pending", "scheduled", "confirmed", "arrived")
OVER = ("completed", "cancelled", "no_show", "expired", "entered_in_error")


def insert(
    connection: Connection, clinic: Clinic, starts_at: datetime, minutes: int = 20, **changes: Any
) -> int:
    values: dict[str, Any] = {
        "patient_id": a_patient(connection, "Somebody"),
        "practitioner_id": clinic.patel_id,
        "location_id": clinic.location_id,
        "visit_type_id": clinic.visit_type_id,
    }
    return an_appointment(connection, starts_at=starts_at, minutes=minutes, **values | changes)


def refusal(connection: Connection, clinic: Clinic, starts_at: datetime, **changes: Any) -> str:
    """Return the name of the guard that refuses such a row."""
    with pytest.raises(IntegrityError) as caught, connection.begin_nested():
        insert(connection, clinic, starts_at, **changes)
    return violated_guard(caught.value) or str(caught.value.orig)


@pytest.mark.parametrize(
    ("minute", "length"),
    [(0, 20), (10, 20), (-10, 20), (5, 10), (-10, 60), (19, 1), (-1000, 1001)],
)
def test_overlapping_rows_of_a_practitioner_are_refused(
    clinic: Clinic, connection: Connection, minute: int, length: int
) -> None:
    ten = at("10:00")
    insert(connection, clinic, ten)
    starts_at = ten + timedelta(minutes=minute)
    assert refusal(connection, clinic, starts_at, minutes=length) == "slot_taken"


def test_rows_that_touch_are_fine(clinic: Clinic, connection: Connection) -> None:
    for text_ in ("10:00", "10:20", "09:40"):
        insert(connection, clinic, at(text_))


@pytest.mark.parametrize("status", LIVE)
def test_every_live_status_takes_its_time(
    clinic: Clinic, connection: Connection, status: str
) -> None:
    insert(connection, clinic, at("10:00"), status=status)
    assert refusal(connection, clinic, at("10:00")) == "slot_taken"


@pytest.mark.parametrize("status", OVER)
def test_what_is_over_does_not(clinic: Clinic, connection: Connection, status: str) -> None:
    over = insert(connection, clinic, at("10:00"), status=status)
    insert(connection, clinic, at("10:00"))
    revived = update(models.appointments).where(models.appointments.c.id == over)
    with pytest.raises(IntegrityError) as caught, connection.begin_nested():
        connection.execute(revived.values(status=AppointmentStatus.SCHEDULED))
    assert violated_guard(caught.value) == "slot_taken"


def test_a_hold_takes_its_time_until_its_row_changes(
    clinic: Clinic, connection: Connection
) -> None:
    insert(
        connection,
        clinic,
        at("10:00"),
        status="held",
        hold_expires_at=AFTER_THE_TERM,
        conversation_id=a_conversation(connection),
    )
    assert refusal(connection, clinic, at("10:00")) == "slot_taken"


def test_an_update_that_would_overlap_is_refused(clinic: Clinic, connection: Connection) -> None:
    insert(connection, clinic, at("10:00"))
    later = insert(connection, clinic, at("11:00"))
    times = dict.fromkeys(("starts_at", "occupied_from"), at("10:10"))
    moving = update(models.appointments).where(models.appointments.c.id == later)
    with pytest.raises(IntegrityError) as caught, connection.begin_nested():
        connection.execute(moving.values(**times))
    assert violated_guard(caught.value) == "slot_taken"


def test_buffers_count_for_the_practitioner_and_not_for_the_patient(
    clinic: Clinic, connection: Connection
) -> None:
    patient = clinic.patient_id
    insert(connection, clinic, at("10:00"), occupied_until=at("10:30"), patient_id=patient)
    assert refusal(connection, clinic, at("10:20")) == "slot_taken"
    insert(connection, clinic, at("10:20"), practitioner_id=clinic.okafor_id, patient_id=patient)


def test_a_patient_is_in_one_place_at_a_time(clinic: Clinic, connection: Connection) -> None:
    wishes = {"patient_id": clinic.patient_id}
    insert(connection, clinic, at("10:00"), **wishes)
    elsewhere = {"practitioner_id": clinic.okafor_id, **wishes}
    assert refusal(connection, clinic, at("10:10"), **elsewhere) == "patient_busy"
    insert(connection, clinic, at("10:20"), **elsewhere)


def test_seats_are_apart(clinic: Clinic, connection: Connection) -> None:
    insert(connection, clinic, at("10:00"))
    insert(connection, clinic, at("10:00"), seat=1)
    assert refusal(connection, clinic, at("10:00"), seat=1) == "slot_taken"


def test_a_conversation_holds_one_slot(clinic: Clinic, connection: Connection) -> None:
    hold: dict[str, Any] = {
        "status": "held",
        "hold_expires_at": AFTER_THE_TERM,
        "conversation_id": clinic.conversation_id,
    }
    insert(connection, clinic, at("10:00"), **hold)
    refusal(connection, clinic, at("11:00"), **hold)
    no_term = hold | {"hold_expires_at": None, "conversation_id": a_conversation(connection)}
    refusal(connection, clinic, at("11:00"), **no_term)


def test_a_visit_ends_after_it_starts(clinic: Clinic, connection: Connection) -> None:
    refusal(connection, clinic, at("10:00"), minutes=0)
    refusal(connection, clinic, at("10:00"), minutes=-20)


def test_a_visit_lasts_a_day_at_most(clinic: Clinic, connection: Connection) -> None:
    """Search and guards read no further back than that."""
    day = 24 * 60
    assert refusal(connection, clinic, at("10:00"), minutes=day + 1) == "visit_too_long"
    insert(connection, clinic, at("10:00"), minutes=day)
    last_minute = at("10:00") + timedelta(minutes=day - 1)
    assert refusal(connection, clinic, last_minute, minutes=1) == "slot_taken"


def test_only_a_hold_may_be_nobodys(clinic: Clinic, connection: Connection) -> None:
    refusal(connection, clinic, at("10:00"), patient_id=None)


@pytest.mark.parametrize("column", ["starts_at", "ends_at", "occupied_from", "hold_expires_at"])
def test_sqlite_refuses_text_for_an_instant(sqlite_database: Database, column: str) -> None:
    with sqlite_database.transaction() as connection:
        visit = insert(connection, a_clinic(connection), at("10:00"))
        raw = text(f"UPDATE appointments SET {column} = '2026-11-23 10:00' WHERE id = :id")
        with pytest.raises(DBAPIError), connection.begin_nested():
            connection.execute(raw, {"id": visit})


def test_a_lost_guard_is_noticed(own_database: Database) -> None:
    with own_database.transaction() as connection:
        assert missing_guards(connection) == []
        if own_database.is_sqlite:
            connection.execute(text("DROP TRIGGER slot_taken_insert"))
        else:
            connection.execute(text("ALTER TABLE appointments DROP CONSTRAINT slot_taken"))
        assert len(missing_guards(connection)) == 1
