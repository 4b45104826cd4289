"""What holds, moves and undoing make of each other when somebody thinks twice."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from core import models
from core.errors import SlotTaken
from core.models.appointments import AppointmentStatus
from core.scheduling.availability import Search, Window, find_slots
from core.scheduling.moving import cancel, move
from core.scheduling.progress import change_status
from core.scheduling.undoing import undo
from tests.builders import (
    NOW,
    Clinic,
    a_location,
    a_patient,
    a_resource,
    a_schedule,
    a_setting,
    a_visit_type,
    an_absence,
)
from tests.core.scheduling.words import (
    MONDAY,
    PATIENT,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    hold_slot,
    offered,
)


def test_who_comes_after_all_finds_an_overdue_hold_no_hindrance(
    clinic: Clinic, connection: Connection
) -> None:
    a_setting(connection, "minimum_notice_minutes", 0)
    long = a_visit_type(connection, "long", minutes_new_patient=40)
    visit = book_slot(connection, clinic, a_slot(clinic, "09:00", minutes=40, visit_type_id=long))
    missed = change_status(
        connection,
        visit.id,
        AppointmentStatus.NO_SHOW,
        version=1,
        actor=RECEPTIONIST,
        now=at("09:05"),
    )
    kept = hold_slot(connection, clinic, a_slot(clinic, "09:20"), now=at("09:05"))
    assert kept.hold_expires_at == at("09:10")
    step: dict[str, Any] = {"version": missed.version, "actor": RECEPTIONIST}
    with pytest.raises(SlotTaken):
        change_status(connection, visit.id, AppointmentStatus.ARRIVED, now=at("09:09"), **step)
    came = change_status(connection, visit.id, AppointmentStatus.ARRIVED, now=at("09:10"), **step)
    assert came.status is AppointmentStatus.ARRIVED


def test_a_late_yes_does_not_outlive_a_seat_that_is_gone(
    clinic: Clinic, connection: Connection
) -> None:
    capacity = update(models.practitioners)
    connection.execute(capacity.values(capacity=2))
    slot = a_slot(clinic, "09:00")
    book_slot(connection, clinic, slot, patient_id=a_patient(connection))
    hold_slot(connection, clinic, slot)
    connection.execute(capacity.values(capacity=1))
    with pytest.raises(SlotTaken):
        book_slot(
            connection,
            clinic,
            slot,
            conversation_id=clinic.conversation_id,
            now=NOW + timedelta(hours=1),
        )


def test_a_day_off_takes_no_time_of_the_next_day_elsewhere(
    clinic: Clinic, connection: Connection
) -> None:
    tokyo = a_location(connection, "Tokyo", zone="Asia/Tokyo")
    a_schedule(connection, clinic.patel_id, tokyo, time(9), time(17), weekdays=[1])
    an_absence(connection, clinic.patel_id, MONDAY)  # Monday here is Tuesday there, for a while.
    patel = frozenset({clinic.patel_id})
    days = (Window(MONDAY, TUESDAY),)
    known: dict[str, Any] = {"catalogue": offered(connection), "now": NOW}
    everywhere = find_slots(connection, Search(practitioner_ids=patel, windows=days), **known)
    there = find_slots(
        connection, Search(practitioner_ids=patel, windows=days, location_id=tokyo), **known
    )
    assert there == [slot for slot in everywhere if slot.location_id == tokyo]
    assert len(there) == 24


def test_a_hold_for_moving_back_does_not_stand_in_the_way_of_undoing(
    clinic: Clinic, connection: Connection
) -> None:
    known: dict[str, Any] = {"actor": PATIENT, "now": NOW, "catalogue": offered(connection)}
    visit = book_slot(connection, clinic, a_slot(clinic, "09:00"))
    moved = move(connection, visit.id, a_slot(clinic, "10:00"), version=1, **known)
    hold_slot(connection, clinic, a_slot(clinic, "09:00"), moves_id=visit.id)
    undone = undo(connection, visit.id, version=moved.version, **known)
    assert undone.appointment.starts_at == visit.starts_at


def test_a_hold_asks_again_for_all_of_its_time_when_the_visit_went_elsewhere(
    clinic: Clinic, connection: Connection
) -> None:
    long = a_visit_type(connection, "long", minutes_new_patient=40)
    visit = book_slot(connection, clinic, a_slot(clinic, "09:00", minutes=40, visit_type_id=long))
    target = a_slot(clinic, "09:20", minutes=40, visit_type_id=long)
    hold_slot(connection, clinic, target, moves_id=visit.id)
    move(
        connection,
        visit.id,
        a_slot(clinic, "14:00", minutes=40, visit_type_id=long),
        version=1,
        actor=RECEPTIONIST,
        now=NOW,
        catalogue=offered(connection),
    )
    book_slot(connection, clinic, a_slot(clinic, "09:20"), patient_id=a_patient(connection))
    with pytest.raises(SlotTaken):
        hold_slot(connection, clinic, target, moves_id=visit.id)


def test_a_visit_moves_to_somebody_else_with_the_only_device(
    clinic: Clinic, connection: Connection
) -> None:
    scan = a_visit_type(connection, "scan", minutes_new_patient=40, resource_kind="ultrasound")
    device = a_resource(connection, clinic.location_id)
    visit = book_slot(connection, clinic, a_slot(clinic, "09:00", minutes=40, visit_type_id=scan))
    okafor = a_slot(
        clinic, "09:20", minutes=40, visit_type_id=scan, practitioner_id=clinic.okafor_id
    )
    kept = hold_slot(connection, clinic, okafor, moves_id=visit.id)
    assert kept.resource_id is None  # The visit itself has it until it moves.
    moved = move(
        connection,
        visit.id,
        okafor,
        version=1,
        actor=PATIENT,
        now=NOW,
        catalogue=offered(connection),
        conversation_id=clinic.conversation_id,
    )
    assert (moved.resource_id, moved.practitioner_id) == (device, clinic.okafor_id)


def test_an_arrived_patient_who_was_called_off_by_mistake_has_arrived_again(
    clinic: Clinic, connection: Connection
) -> None:
    known: dict[str, Any] = {"actor": RECEPTIONIST, "now": NOW}
    visit = book_slot(connection, clinic, a_slot(clinic, "09:00"))
    change_status(connection, visit.id, AppointmentStatus.ARRIVED, version=1, **known)
    catalogue = offered(connection)
    cancel(connection, visit.id, version=2, catalogue=catalogue, **known)
    undone = undo(connection, visit.id, version=3, catalogue=catalogue, **known)
    assert undone.appointment.status is AppointmentStatus.ARRIVED
