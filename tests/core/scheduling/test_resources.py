"""Visits that need a room or a device: it is kept with the time, and never given twice."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from core.database.guards import RESOURCE_TAKEN, violated_guard
from core.errors import ResourceTaken
from core.scheduling.availability import Search, Slot, Window, find_slots
from core.scheduling.moving import cancel, move
from core.scheduling.whole import all_or_nothing
from tests.builders import (
    NOW,
    Clinic,
    a_conversation,
    a_location,
    a_patient,
    a_resource,
    a_visit_type,
    an_appointment,
)
from tests.core.scheduling.words import (
    AFTER_THE_TERM,
    MONDAY,
    PATIENT,
    RECEPTIONIST,
    a_slot,
    at,
    book_slot,
    hold_slot,
    offered,
    times,
)

ON_MONDAY = (Window(MONDAY, MONDAY),)


@pytest.fixture
def scan(clinic: Clinic, connection: Connection) -> int:  # noqa: ARG001 - the clinic comes first
    """A visit type that needs an ultrasound device, and cleans it for ten minutes."""
    return a_visit_type(connection, "scan", resource_kind="ultrasound", buffer_after_minutes=10)


@pytest.fixture
def device(clinic: Clinic, connection: Connection) -> int:
    return a_resource(connection, clinic.location_id)


def scan_at(clinic: Clinic, scan: int, text: str, practitioner_id: int | None = None) -> Slot:
    return a_slot(clinic, text, visit_type_id=scan, practitioner_id=practitioner_id)


def free(connection: Connection, scan: int, practitioner_id: int) -> list[str]:
    search = Search(
        practitioner_ids=frozenset({practitioner_id}), visit_type_id=scan, windows=ON_MONDAY
    )
    return times(find_slots(connection, search, catalogue=offered(connection), now=NOW))


def test_without_a_device_nothing_is_free(
    clinic: Clinic, connection: Connection, scan: int
) -> None:
    a_resource(connection, clinic.location_id, "Room 1", kind="treatment room")
    a_resource(connection, a_location(connection, "Elsewhere"))
    assert free(connection, scan, clinic.patel_id) == []
    with pytest.raises(ResourceTaken):
        book_slot(connection, clinic, scan_at(clinic, scan, "10:00"))


def test_a_device_in_use_is_not_offered_to_anybody_else(
    clinic: Clinic, connection: Connection, scan: int, device: int
) -> None:
    booked = book_slot(connection, clinic, scan_at(clinic, scan, "10:00"))
    assert booked.resource_id == device
    before_and_after = free(connection, scan, clinic.okafor_id)
    # Cleaning counts: a visit at 09:40 would take it until 10:10, and at 10:20 it is not clean.
    assert before_and_after[:4] == ["Mon 09:00", "Mon 09:20", "Mon 10:40", "Mon 11:00"]
    for text in ("09:40", "10:00", "10:20"):
        with pytest.raises(ResourceTaken):
            book_slot(
                connection,
                clinic,
                scan_at(clinic, scan, text, clinic.okafor_id),
                patient_id=a_patient(connection),
            )
    # A visit without a device is nobody's business.
    assert book_slot(
        connection,
        clinic,
        a_slot(clinic, "10:00", practitioner_id=clinic.okafor_id),
        patient_id=a_patient(connection),
    )


def test_a_second_device_serves_a_second_patient(
    clinic: Clinic, connection: Connection, scan: int, device: int
) -> None:
    second = a_resource(connection, clinic.location_id, "Ultrasound 2")
    book_slot(connection, clinic, scan_at(clinic, scan, "10:00"))
    other = book_slot(
        connection,
        clinic,
        scan_at(clinic, scan, "10:00", clinic.okafor_id),
        patient_id=a_patient(connection),
    )
    assert other.resource_id == second
    assert device != second


def test_a_hold_keeps_the_device_until_its_term_is_over(
    clinic: Clinic, connection: Connection, scan: int, device: int
) -> None:
    hold_slot(connection, clinic, scan_at(clinic, scan, "10:00"))
    theirs = scan_at(clinic, scan, "10:00", clinic.okafor_id)
    other = a_conversation(connection)
    with pytest.raises(ResourceTaken):
        hold_slot(connection, clinic, theirs, conversation_id=other)
    kept = hold_slot(connection, clinic, theirs, conversation_id=other, now=AFTER_THE_TERM)
    assert kept.resource_id == device


def test_a_cancelled_visit_gives_its_device_back(
    clinic: Clinic, connection: Connection, scan: int, device: int
) -> None:
    booked = book_slot(connection, clinic, scan_at(clinic, scan, "10:00"))
    assert booked.resource_id == device
    cancel(
        connection,
        booked.id,
        version=1,
        actor=PATIENT,
        now=NOW,
        catalogue=offered(connection),
    )
    assert "Mon 10:00" in free(connection, scan, clinic.okafor_id)


def test_a_visit_that_moves_takes_its_device_along_even_over_its_own_time(
    clinic: Clinic, connection: Connection, scan: int, device: int
) -> None:
    booked = book_slot(connection, clinic, scan_at(clinic, scan, "10:00"))
    later = scan_at(clinic, scan, "10:20")
    kept = hold_slot(connection, clinic, later, moves_id=booked.id)
    assert kept.resource_id == device
    moved = move(
        connection,
        booked.id,
        later,
        version=1,
        actor=PATIENT,
        now=NOW,
        catalogue=offered(connection),
        conversation_id=clinic.conversation_id,
    )
    assert (moved.resource_id, moved.starts_at) == (device, at("10:20"))


def test_not_even_staff_use_one_device_twice(
    clinic: Clinic, connection: Connection, scan: int, device: int
) -> None:
    booked = book_slot(connection, clinic, scan_at(clinic, scan, "10:00"))
    with pytest.raises(ResourceTaken):
        book_slot(
            connection,
            clinic,
            scan_at(clinic, scan, "10:00"),
            patient_id=a_patient(connection),
            actor=RECEPTIONIST,
            override="urgent",
        )
    values = {
        "patient_id": a_patient(connection),
        "practitioner_id": clinic.okafor_id,
        "location_id": clinic.location_id,
        "visit_type_id": scan,
        "resource_id": device,
    }
    with pytest.raises(IntegrityError) as refused, connection.begin_nested():
        an_appointment(connection, starts_at=booked.starts_at + timedelta(minutes=15), **values)
    assert violated_guard(refused.value) == RESOURCE_TAKEN
    # Where the cleaning of one ends, the next may begin.
    an_appointment(connection, starts_at=booked.starts_at + timedelta(minutes=30), **values)


def test_what_the_guard_refuses_is_said_in_the_clinics_words(
    clinic: Clinic, connection: Connection, scan: int, device: int
) -> None:
    booked = book_slot(connection, clinic, scan_at(clinic, scan, "10:00"))
    with pytest.raises(ResourceTaken), all_or_nothing(connection):
        an_appointment(
            connection,
            patient_id=a_patient(connection),
            practitioner_id=clinic.okafor_id,
            location_id=clinic.location_id,
            visit_type_id=scan,
            resource_id=device,
            starts_at=booked.starts_at,
        )
