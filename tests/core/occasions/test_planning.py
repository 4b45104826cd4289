"""Reminders follow their visit, whoever changes it: planned, moved and withdrawn with it."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select, update

from core import models
from core.models import reminders
from core.models.appointments import AppointmentStatus
from core.models.occasions import ReminderState
from core.scheduling.appointments import Appointment
from core.scheduling.moving import cancel, move
from core.scheduling.progress import change_status
from core.scheduling.undoing import undo
from tests.builders import NOW, ZONE, Clinic, a_setting, a_visit_type
from tests.core.scheduling.words import (
    MONDAY,
    PATIENT,
    RECEPTIONIST,
    a_slot,
    book_slot,
    hold_slot,
    offered,
)

NEXT_MONDAY = MONDAY + timedelta(days=7)
FRIDAY = MONDAY + timedelta(days=4)


def planned(connection: Connection, state: ReminderState = ReminderState.PLANNED) -> list[str]:
    query = select(reminders.c.stage, reminders.c.due_at).where(reminders.c.state == state)
    rows = connection.execute(query.order_by(reminders.c.due_at))
    zone = ZoneInfo(ZONE)
    return [f"{row.stage}: {row.due_at.astimezone(zone):%a %d %H:%M}" for row in rows]


def booked(connection: Connection, clinic: Clinic, now: datetime = NOW) -> Appointment:
    return book_slot(connection, clinic, a_slot(clinic, "10:00", NEXT_MONDAY), now=now)


def moved(connection: Connection, clinic: Clinic, visit: Appointment, text: str) -> Appointment:
    slot = a_slot(clinic, text, FRIDAY)
    known: dict[str, Any] = {"actor": PATIENT, "now": NOW, "catalogue": offered(connection)}
    return move(connection, visit.id, slot, version=visit.version, **known)


def test_a_booking_plans_its_reminders(clinic: Clinic, connection: Connection) -> None:
    visit = booked(connection, clinic)
    assert planned(connection) == ["3d: Fri 27 10:00", "1d: Sun 29 10:00"]
    row = connection.execute(select(reminders).limit(1)).one()
    assert (row.appointment_id, row.starts_at) == (visit.id, visit.starts_at)
    assert row.appointment_version == visit.version


def test_a_hold_plans_nothing_until_it_is_a_visit(clinic: Clinic, connection: Connection) -> None:
    slot = a_slot(clinic, "10:00", NEXT_MONDAY)
    hold_slot(connection, clinic, slot, patient_id=clinic.patient_id)
    assert planned(connection) == []
    book_slot(connection, clinic, slot, conversation_id=clinic.conversation_id)
    assert planned(connection) == ["3d: Fri 27 10:00", "1d: Sun 29 10:00"]


def test_what_would_be_due_already_or_just_after_booking_is_left_out(
    clinic: Clinic, connection: Connection
) -> None:
    two_days_ahead = datetime.combine(
        NEXT_MONDAY - timedelta(days=1), datetime.min.time(), ZoneInfo(ZONE)
    )
    booked(connection, clinic, now=two_days_ahead + timedelta(hours=7))
    assert planned(connection) == []  # A day before would be in three hours.


def test_a_move_moves_them(clinic: Clinic, connection: Connection) -> None:
    moved(connection, clinic, booked(connection, clinic), "09:00")
    assert planned(connection) == ["3d: Tue 24 09:00", "1d: Thu 26 09:00"]
    assert len(planned(connection, ReminderState.WITHDRAWN)) == 2


def test_only_another_practitioner_at_the_same_time_changes_nothing(
    clinic: Clinic, connection: Connection
) -> None:
    visit = booked(connection, clinic)
    before = connection.execute(select(reminders)).all()
    slot = a_slot(clinic, "10:00", NEXT_MONDAY, practitioner_id=clinic.okafor_id)
    known: dict[str, Any] = {"actor": PATIENT, "now": NOW, "catalogue": offered(connection)}
    move(connection, visit.id, slot, version=visit.version, **known)
    assert connection.execute(select(reminders)).all() == before


def test_a_cancelled_visit_has_none_and_undone_it_has_them_again(
    clinic: Clinic, connection: Connection
) -> None:
    visit = booked(connection, clinic)
    known: dict[str, Any] = {"actor": PATIENT, "now": NOW, "catalogue": offered(connection)}
    gone = cancel(connection, visit.id, version=visit.version, **known)
    assert planned(connection) == []
    undo(connection, visit.id, version=gone.version, **known)
    assert planned(connection) == ["3d: Fri 27 10:00", "1d: Sun 29 10:00"]


def test_a_confirmed_visit_is_not_asked_about_again(clinic: Clinic, connection: Connection) -> None:
    visit = booked(connection, clinic)
    step: dict[str, Any] = {"actor": PATIENT, "now": NOW, "version": visit.version}
    change_status(connection, visit.id, AppointmentStatus.CONFIRMED, **step)
    assert planned(connection) == []


def test_moved_away_and_back_it_has_each_reminder_once(
    clinic: Clinic, connection: Connection
) -> None:
    visit = booked(connection, clinic)
    first = update(reminders).where(reminders.c.stage == "3d")
    connection.execute(first.values(state=ReminderState.QUEUED))  # It went out.
    away = moved(connection, clinic, visit, "09:00")
    slot = a_slot(clinic, "10:00", NEXT_MONDAY)
    known: dict[str, Any] = {"actor": PATIENT, "now": NOW, "catalogue": offered(connection)}
    move(connection, visit.id, slot, version=away.version, **known)
    assert planned(connection) == ["1d: Sun 29 10:00"]
    assert planned(connection, ReminderState.QUEUED) == ["3d: Fri 27 10:00"]


def test_what_waits_for_approval_is_reminded_of_once_it_is_approved(
    clinic: Clinic, connection: Connection
) -> None:
    special = a_visit_type(connection, "special", needs_approval=True)
    slot = a_slot(clinic, "10:00", NEXT_MONDAY, visit_type_id=special)
    visit = book_slot(connection, clinic, slot)
    assert planned(connection) == []
    step: dict[str, Any] = {"actor": RECEPTIONIST, "now": NOW, "version": visit.version}
    change_status(connection, visit.id, AppointmentStatus.SCHEDULED, **step)
    assert planned(connection) == ["3d: Fri 27 10:00", "1d: Sun 29 10:00"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ([], []),
        (["2h"], ["2h: Mon 30 08:00"]),
        (["7d", "1d"], ["7d: Mon 23 10:00", "1d: Sun 29 10:00"]),
    ],
)
def test_a_visit_type_has_its_own_policy(
    clinic: Clinic, connection: Connection, policy: list[str], expected: list[str]
) -> None:
    connection.execute(update(models.visit_types).values(reminders=json.dumps(policy)))
    booked(connection, clinic)
    assert planned(connection) == expected


def test_the_patients_own_zone_counts(clinic: Clinic, connection: Connection) -> None:
    """Ten o'clock in San Francisco is seven in the evening in Paris; eleven would be too late."""
    connection.execute(update(models.patients).values(zone="Europe/Paris"))
    book_slot(connection, clinic, a_slot(clinic, "11:00", NEXT_MONDAY))
    assert planned(connection) == ["3d: Fri 27 10:59", "1d: Sun 29 10:59"]


def test_the_places_own_quiet_hours_go_before_the_clinics(
    clinic: Clinic, connection: Connection
) -> None:
    a_setting(connection, "quiet_from_hour", 9)
    a_setting(connection, "quiet_until_hour", 11)
    booked(connection, clinic)
    assert planned(connection) == ["3d: Fri 27 11:00", "1d: Sun 29 11:00"]
    a_setting(connection, "quiet_until_hour", 12, clinic.location_id)
    book_slot(connection, clinic, a_slot(clinic, "09:20", NEXT_MONDAY + timedelta(days=1)))
    assert {"3d: Sat 28 12:00", "1d: Mon 30 12:00"} < set(planned(connection))
