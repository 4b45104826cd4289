"""Visits that are given up, and those still ahead."""

import pytest
from sqlalchemy import Connection, select

from core import models
from core.errors import (
    AppointmentChanged,
    AppointmentNotFound,
    IllegalStatusChange,
    VisitBegun,
)
from core.models.appointments import AppointmentStatus
from core.scheduling.appointments import get, upcoming
from core.scheduling.availability import Search, find_slots
from core.scheduling.moving import cancel
from core.scheduling.statuses import ALLOWED
from tests.builders import (
    NOW,
    Clinic,
    a_patient,
    an_address,
)
from tests.core.scheduling.words import (
    PATIENT,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    events,
    hold_slot,
    offered,
)


def test_cancelling_frees_the_slot_for_others(clinic: Clinic, connection: Connection) -> None:
    slot = a_slot(clinic, "09:00")
    booked = book_slot(connection, clinic, slot)
    cancelled = cancel(
        connection,
        booked.id,
        version=1,
        actor=PATIENT,
        now=NOW,
        why="feeling better",
        catalogue=offered(connection),
    )
    assert (cancelled.status, cancelled.version) == (AppointmentStatus.CANCELLED, 2)
    assert get(connection, booked.public_id) == cancelled
    stored = connection.execute(select(models.appointments)).one()
    assert (stored.cancelled_at, stored.cancelled_by) == (NOW, "patient")
    assert stored.cancellation_reason == "feeling better"
    assert events(connection, booked.id) == ["booked", "cancelled"]
    search = Search(practitioner_ids=frozenset({clinic.patel_id}), limit=1)
    assert find_slots(connection, search, now=NOW, catalogue=offered(connection)) == [slot]
    book_slot(connection, clinic, slot, patient_id=a_patient(connection, "Next"))


def test_cancelling_what_has_changed_is_refused(clinic: Clinic, connection: Connection) -> None:
    booked = book_slot(connection, clinic, a_slot(clinic, "09:00"))
    with pytest.raises(AppointmentChanged):
        cancel(
            connection, booked.id, version=2, actor=PATIENT, now=NOW, catalogue=offered(connection)
        )
    cancel(connection, booked.id, version=1, actor=PATIENT, now=NOW, catalogue=offered(connection))
    with pytest.raises(IllegalStatusChange):
        cancel(
            connection, booked.id, version=2, actor=PATIENT, now=NOW, catalogue=offered(connection)
        )
    with pytest.raises(AppointmentNotFound):
        cancel(connection, 999, version=1, actor=PATIENT, now=NOW, catalogue=offered(connection))
    with pytest.raises(AppointmentNotFound):
        get(connection, "nobody knows it")


def test_a_visit_that_has_begun_is_for_staff_to_cancel(
    clinic: Clinic, connection: Connection
) -> None:
    booked = book_slot(connection, clinic, a_slot(clinic, "09:00"))
    with pytest.raises(VisitBegun):
        cancel(
            connection,
            booked.id,
            version=1,
            actor=PATIENT,
            now=at("09:00"),
            catalogue=offered(connection),
        )
    cancel(
        connection,
        booked.id,
        version=1,
        actor=RECEPTIONIST,
        now=at("09:00"),
        catalogue=offered(connection),
    )


def test_upcoming_visits_are_those_not_over_yet(clinic: Clinic, connection: Connection) -> None:
    second = book_slot(connection, clinic, a_slot(clinic, "09:00", TUESDAY))
    first = book_slot(connection, clinic, a_slot(clinic, "09:00"))
    gone = book_slot(connection, clinic, a_slot(clinic, "11:00"))
    cancel(connection, gone.id, version=1, actor=PATIENT, now=NOW, catalogue=offered(connection))
    hold_slot(connection, clinic, a_slot(clinic, "13:00"), patient_id=clinic.patient_id)
    other = a_patient(connection, "Other")
    theirs = book_slot(connection, clinic, a_slot(clinic, "10:00"), patient_id=other)

    def ahead(*patient_ids: int, text: str = "08:00", address_id: int | None = None) -> list[int]:
        found = upcoming(
            connection, patient_ids=patient_ids, now=at(text), booked_by_address_id=address_id
        )
        return [visit.id for visit in found]

    assert ahead(clinic.patient_id) == [first.id, second.id]
    assert ahead(clinic.patient_id, other) == [first.id, theirs.id, second.id]
    assert ahead(clinic.patient_id, text="09:19") == [first.id, second.id]
    assert ahead(clinic.patient_id, text="09:20") == [second.id]
    assert ahead(clinic.patient_id, address_id=clinic.address_id) == [first.id, second.id]
    assert ahead(clinic.patient_id, address_id=an_address(connection)) == []
    assert ahead() == []


def test_every_status_has_its_line_in_the_table() -> None:
    assert set(ALLOWED) == set(AppointmentStatus)
