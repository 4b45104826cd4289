"""Whoever a sick day gave another time answers by a set hour, or staff call."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Row, select

from core.models import occasions, tasks
from core.models.appointments import ActorKind, AppointmentStatus
from core.models.staff import Role
from core.occasions.unanswered import NOTE, call_unanswered
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.loading import load_catalogue
from core.scheduling.moving import cancel
from core.scheduling.progress import change_status
from core.scheduling.undoing import undo
from core.staff.away import Away, plan
from core.staff.rearranging import Done, carry_out
from core.staff.rights import Sphere
from tests.builders import NOW, Clinic, a_patient, a_setting, an_appointment
from tests.builders import ZONE as ZONE_NAME

ALL = Sphere(Role.RECEPTIONIST, everywhere=True)
STAFF = Actor(ActorKind.ADMIN, 1, "telegram")
PATIENT = Actor(ActorKind.PATIENT, 1, "sms")
MONDAY = date(2026, 11, 23)
ZONE = ZoneInfo(ZONE_NAME)
FOUR_HOURS = timedelta(hours=4)


def at(hour: int) -> datetime:
    return datetime.combine(MONDAY, time(hour), ZONE)


def sick(connection: Connection, clinic: Clinic, now: datetime = NOW) -> Done:
    """Dr Patel is away on Monday."""
    away = Away(frozenset({clinic.patel_id}), MONDAY, MONDAY)
    catalogue = load_catalogue(connection, now=now)
    proposals = plan(connection, ALL, away, catalogue=catalogue, now=now)
    return carry_out(connection, away, proposals, actor=STAFF, by="staff 1", now=now)


def booked(connection: Connection, clinic: Clinic, whose: int) -> None:
    an_appointment(
        connection,
        patient_id=a_patient(connection, f"Nora {whose}"),
        practitioner_id=whose,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=at(10),
    )


@pytest.fixture
def both_booked(clinic: Clinic, connection: Connection) -> None:
    """At ten, with either: so nobody can take the other's visit at its time."""
    for whose in (clinic.patel_id, clinic.okafor_id):
        booked(connection, clinic, whose)


def calls(connection: Connection) -> list[Row[Any]]:
    return list(connection.execute(select(tasks).where(tasks.c.kind == "call")).all())


def moved(connection: Connection, clinic: Clinic) -> tuple[Appointment, datetime]:
    done = sick(connection, clinic)
    assert done.answered_by is not None
    return done.moved[0], done.answered_by


@pytest.mark.usefixtures("both_booked")
def test_whoever_has_not_answered_in_time_is_called_once(
    clinic: Clinic, connection: Connection
) -> None:
    visit, answer_by = moved(connection, clinic)
    assert answer_by == NOW + FOUR_HOURS
    assert call_unanswered(connection, answer_by - timedelta(minutes=1), 10) == 0
    assert call_unanswered(connection, answer_by, 10) == 1
    [call] = calls(connection)
    assert (call.kind, call.appointment_id, call.note) == ("call", visit.id, NOTE)
    assert call_unanswered(connection, answer_by + timedelta(hours=1), 10) == 0


@pytest.mark.usefixtures("both_booked")
def test_whoever_has_answered_is_not(clinic: Clinic, connection: Connection) -> None:
    visit, answer_by = moved(connection, clinic)
    confirm(connection, visit, NOW + timedelta(hours=1))
    assert call_unanswered(connection, answer_by, 10) == 0
    assert calls(connection) == []


def confirm(connection: Connection, visit: Appointment, now: datetime) -> None:
    to = AppointmentStatus.CONFIRMED
    change_status(connection, visit.id, to, version=visit.version, actor=PATIENT, now=now)


@pytest.mark.usefixtures("both_booked")
@pytest.mark.parametrize("answers", ["confirms", "calls off"])
def test_an_answer_that_comes_late_closes_the_call(
    clinic: Clinic, connection: Connection, answers: str
) -> None:
    visit, answer_by = moved(connection, clinic)
    call_unanswered(connection, answer_by, 10)
    later = answer_by + timedelta(hours=1)
    if answers == "confirms":
        confirm(connection, visit, later)
    else:
        cancel(
            connection,
            visit.id,
            version=visit.version,
            actor=PATIENT,
            now=later,
            catalogue=load_catalogue(connection, now=later),
        )
    [call] = calls(connection)
    assert (call.closed_at, call.outcome) == (later, "answered")


@pytest.mark.usefixtures("both_booked")
def test_control_what_staff_do_closes_no_call(clinic: Clinic, connection: Connection) -> None:
    visit, answer_by = moved(connection, clinic)
    call_unanswered(connection, answer_by, 10)
    to = AppointmentStatus.CONFIRMED
    later = answer_by + timedelta(hours=1)
    change_status(connection, visit.id, to, version=visit.version, actor=STAFF, now=later)
    [call] = calls(connection)
    assert call.closed_at is None


def test_at_the_same_time_nobody_need_answer(clinic: Clinic, connection: Connection) -> None:
    booked(connection, clinic, clinic.patel_id)
    done = sick(connection, clinic)
    assert [visit.practitioner_id for visit in done.moved] == [clinic.okafor_id]
    assert done.answered_by is None


@pytest.mark.usefixtures("both_booked")
def test_the_hour_is_before_the_old_and_the_new_time(
    clinic: Clinic, connection: Connection
) -> None:
    done = sick(connection, clinic, at(7))
    first = min(done.moved[0].starts_at, at(10))
    assert done.answered_by == first - timedelta(hours=1)


@pytest.mark.usefixtures("both_booked")
def test_a_quarter_of_an_hour_there_is_always(clinic: Clinic, connection: Connection) -> None:
    now = at(10) - timedelta(minutes=30)
    assert sick(connection, clinic, now).answered_by == now + timedelta(minutes=15)


@pytest.mark.usefixtures("both_booked")
def test_the_clinic_says_how_long(clinic: Clinic, connection: Connection) -> None:
    a_setting(connection, "moved_answer_hours", 2)
    assert sick(connection, clinic).answered_by == NOW + timedelta(hours=2)


@pytest.mark.usefixtures("both_booked")
def test_or_that_nobody_is_called(clinic: Clinic, connection: Connection) -> None:
    a_setting(connection, "moved_answer_hours", 0)
    assert sick(connection, clinic).answered_by is None
    assert call_unanswered(connection, NOW + timedelta(days=1), 10) == 0


@pytest.mark.usefixtures("both_booked")
def test_what_was_taken_back_needs_no_answer(clinic: Clinic, connection: Connection) -> None:
    visit, answer_by = moved(connection, clinic)
    later = NOW + timedelta(minutes=1)
    undo(
        connection,
        visit.id,
        version=visit.version,
        actor=STAFF,
        now=later,
        catalogue=load_catalogue(connection, now=later),
    )
    assert by_id(connection, visit.id).starts_at == at(10)
    assert call_unanswered(connection, answer_by, 10) == 0


@pytest.mark.usefixtures("both_booked")
def test_what_has_been_looked_at_is_not_looked_at_again(
    clinic: Clinic, connection: Connection
) -> None:
    _, answer_by = moved(connection, clinic)
    call_unanswered(connection, answer_by, 10)
    waiting = select(occasions.c.id).where(occasions.c.answer_by.is_not(None))
    assert connection.scalars(waiting).all() == []
