"""After an error nothing has changed."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from core.errors import (
    BeyondHorizon,
    NaiveDatetime,
    OutsideSchedule,
    PatientBusy,
    SlotInPast,
    SlotTaken,
    TooManyOpenVisits,
)
from tests.builders import (
    NOW,
    Clinic,
    a_patient,
)
from tests.core.scheduling.words import (
    MONDAY,
    a_slot,
    book_slot,
    hold_slot,
    rows,
)


def _taken(connection: Connection, clinic: Clinic) -> None:
    other = a_patient(connection, "Other")
    book_slot(connection, clinic, a_slot(clinic, "09:00"), patient_id=other)


def _busy(connection: Connection, clinic: Clinic) -> None:
    elsewhere = a_slot(clinic, "09:00", practitioner_id=clinic.okafor_id)
    book_slot(connection, clinic, elsewhere)


def _nothing(connection: Connection, clinic: Clinic) -> None:
    pass


@pytest.mark.parametrize(
    ("before", "text", "day", "limit", "error"),
    [
        (_taken, "09:00", MONDAY, None, SlotTaken),
        (_busy, "09:00", MONDAY, None, PatientBusy),
        (_nothing, "09:05", MONDAY, None, OutsideSchedule),
        (_nothing, "09:00", MONDAY - timedelta(days=7), None, SlotInPast),
        (_nothing, "09:00", MONDAY + timedelta(days=189), None, BeyondHorizon),
        (_nothing, "10:00", MONDAY, 0, TooManyOpenVisits),
    ],
)
def test_nothing_has_changed_after_an_error(
    clinic: Clinic,
    connection: Connection,
    before: Callable[[Connection, Clinic], None],
    text: str,
    day: date,
    limit: int | None,
    error: type[Exception],
) -> None:
    before(connection, clinic)
    hold_slot(connection, clinic, a_slot(clinic, "16:00"))
    stored = rows(connection)
    with pytest.raises(error):
        book_slot(
            connection,
            clinic,
            a_slot(clinic, text, day),
            conversation_id=clinic.conversation_id,
            limit=limit,
        )
    assert rows(connection) == stored


def test_naive_datetimes_are_refused(clinic: Clinic, connection: Connection) -> None:
    slot = a_slot(clinic, "09:00")
    with pytest.raises(NaiveDatetime):
        book_slot(connection, clinic, slot, now=NOW.replace(tzinfo=None))
    with pytest.raises(NaiveDatetime):
        book_slot(connection, clinic, slot._replace(starts_at=slot.starts_at.replace(tzinfo=None)))
