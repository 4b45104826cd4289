"""What holds, moves and undoing make of each other when somebody thinks twice."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from core import models
from core.errors import OutsideSchedule, ResourceTaken, SlotTaken
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
    times,
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


def test_a_buffer_that_reaches_into_a_day_off_is_not_kept_clear(
    clinic: Clinic, connection: Connection
) -> None:
    a_schedule(connection, clinic.patel_id, clinic.location_id, time(0), time(1), weekdays=[1])
    an_absence(connection, clinic.patel_id, MONDAY)
    prepared = a_visit_type(connection, "prepared", buffer_before_minutes=10)
    for first in (MONDAY, TUESDAY):
        search = Search(visit_type_id=prepared, windows=(Window(first, TUESDAY, None, time(1)),))
        found = find_slots(connection, search, catalogue=offered(connection), now=NOW)
        assert times(found) == ["Tue 00:20", "Tue 00:40"]
    midnight = a_slot(clinic, "00:00", TUESDAY, visit_type_id=prepared)
    with pytest.raises(OutsideSchedule):
        book_slot(connection, clinic, midnight)


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


def override_reason(connection: Connection) -> str | None:
    return connection.scalar(select(models.appointments.c.override_reason))


def test_a_move_beyond_the_rules_that_is_undone_was_never_beyond_them(
    clinic: Clinic, connection: Connection
) -> None:
    step: dict[str, Any] = {"actor": RECEPTIONIST, "now": NOW, "catalogue": offered(connection)}
    visit = book_slot(connection, clinic, a_slot(clinic, "10:00"))
    evening = a_slot(clinic, "18:30")
    move(connection, visit.id, evening, version=1, override="The doctor stays.", **step)
    undo(connection, visit.id, version=2, **step)
    assert override_reason(connection) is None


def test_a_visit_that_is_back_beyond_the_rules_has_its_reason_again(
    clinic: Clinic, connection: Connection
) -> None:
    step: dict[str, Any] = {"actor": RECEPTIONIST, "now": NOW, "catalogue": offered(connection)}
    evening, why = a_slot(clinic, "18:30"), "The doctor stays."
    visit = book_slot(connection, clinic, evening, actor=RECEPTIONIST, override=why)
    move(connection, visit.id, a_slot(clinic, "10:00"), version=1, **step)
    assert override_reason(connection) is None
    undo(connection, visit.id, version=2, **step)
    assert override_reason(connection) == why


def test_a_yes_to_what_needs_a_device_by_now_gets_one(
    clinic: Clinic, connection: Connection
) -> None:
    slot = a_slot(clinic, "09:00")
    hold_slot(connection, clinic, slot)
    connection.execute(update(models.visit_types).values(resource_kind="ultrasound"))
    yes: dict[str, Any] = {"conversation_id": clinic.conversation_id}
    with pytest.raises(ResourceTaken):  # There is none yet.
        book_slot(connection, clinic, slot, **yes)
    device = a_resource(connection, clinic.location_id)
    assert book_slot(connection, clinic, slot, **yes).resource_id == device


def test_a_hold_whose_room_is_gone_is_no_hold_of_another(
    clinic: Clinic, connection: Connection
) -> None:
    scan = a_visit_type(connection, "scan", resource_kind="ultrasound")
    a_resource(connection, clinic.location_id)
    slot = a_slot(clinic, "09:00", visit_type_id=scan)
    hold_slot(connection, clinic, slot)
    connection.execute(update(models.resources).values(is_active=False))
    with pytest.raises(ResourceTaken):
        hold_slot(connection, clinic, slot)
    another = a_resource(connection, clinic.location_id, "Ultrasound 2")
    assert hold_slot(connection, clinic, slot).resource_id == another


def a_device_for_scans(clinic: Clinic, connection: Connection) -> tuple[int, int]:
    """Return the visit type and its device."""
    scan = a_visit_type(connection, "scan", minutes_new_patient=20, resource_kind="ultrasound")
    return scan, a_resource(connection, clinic.location_id)


def test_a_visit_that_comes_to_need_a_device_keeps_it_for_all_of_its_time(
    clinic: Clinic, connection: Connection
) -> None:
    scan, device = a_device_for_scans(clinic, connection)
    long = a_visit_type(connection, "long", minutes_new_patient=40)
    visit = book_slot(connection, clinic, a_slot(clinic, "09:00", minutes=40, visit_type_id=long))
    target = a_slot(clinic, "09:20", visit_type_id=scan)
    kept = hold_slot(connection, clinic, target, moves_id=visit.id)
    assert (kept.resource_id, kept.occupied_from) == (device, target.starts_at)
    with pytest.raises(ResourceTaken):
        book_slot(
            connection,
            clinic,
            target._replace(practitioner_id=clinic.okafor_id),
            patient_id=a_patient(connection),
        )
    with pytest.raises(SlotTaken):  # The hold sits beside the visit, and counts.
        book_slot(connection, clinic, a_slot(clinic, "09:20"), patient_id=a_patient(connection))
    moved = move(
        connection,
        visit.id,
        target,
        version=1,
        actor=PATIENT,
        now=NOW,
        catalogue=offered(connection),
        conversation_id=clinic.conversation_id,
    )
    assert (moved.resource_id, moved.seat) == (device, 0)


def test_a_visit_whose_device_is_gone_is_kept_another_at_the_same_time(
    clinic: Clinic, connection: Connection
) -> None:
    scan, _ = a_device_for_scans(clinic, connection)
    slot = a_slot(clinic, "09:00", visit_type_id=scan)
    visit = book_slot(connection, clinic, slot)
    connection.execute(update(models.resources).values(is_active=False))
    another = a_resource(connection, clinic.location_id, "Ultrasound 2")
    kept = hold_slot(connection, clinic, slot, moves_id=visit.id)
    assert (kept.resource_id, kept.occupied_from) == (another, slot.starts_at)


def test_a_longer_visit_keeps_what_sticks_out_on_both_sides(
    clinic: Clinic, connection: Connection
) -> None:
    long = a_visit_type(connection, "long", minutes_new_patient=60)
    visit = book_slot(connection, clinic, a_slot(clinic, "09:20"))
    target = a_slot(clinic, "09:00", minutes=60, visit_type_id=long)
    hold_slot(connection, clinic, target, moves_id=visit.id)
    for beside in ("09:00", "09:40"):
        with pytest.raises(SlotTaken):
            book_slot(connection, clinic, a_slot(clinic, beside), patient_id=a_patient(connection))


def test_a_hold_outlives_no_seat_that_its_visit_would_move_to(
    clinic: Clinic, connection: Connection
) -> None:
    capacity = update(models.practitioners)
    connection.execute(capacity.values(capacity=2))
    target = a_slot(clinic, "10:00")
    book_slot(connection, clinic, target, patient_id=a_patient(connection))
    visit = book_slot(connection, clinic, a_slot(clinic, "09:00"))
    hold_slot(connection, clinic, target, moves_id=visit.id)
    connection.execute(capacity.values(capacity=1))
    with pytest.raises(SlotTaken):
        hold_slot(connection, clinic, target, moves_id=visit.id)


def test_a_late_yes_books_what_the_visit_type_takes_by_now(
    clinic: Clinic, connection: Connection
) -> None:
    slot = a_slot(clinic, "09:00")
    hold_slot(connection, clinic, slot)
    connection.execute(update(models.visit_types).values(buffer_after_minutes=10))
    booked = book_slot(
        connection,
        clinic,
        slot,
        conversation_id=clinic.conversation_id,
        now=NOW + timedelta(hours=1),
    )
    assert booked.occupied_until == booked.ends_at + timedelta(minutes=10)
