"""After a visit: what is planned to be said, when, and what takes it back."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Row, select, update

from core.errors import IllegalStatusChange
from core.models import locations, occasions, patients, recalls
from core.models.appointments import AppointmentStatus
from core.occasions import agenda
from core.occasions.after import follow_up, plan_recalls
from core.scheduling.appointments import Appointment, by_id
from core.scheduling.progress import change_status
from tests.builders import ZONE, Clinic
from tests.core.scheduling.words import RECEPTIONIST, TUESDAY, a_slot, at, book_slot

COMPLETED, MISSED = AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW
OVER = at("10:20", TUESDAY)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> Appointment:
    """On Tuesday from ten until twenty past."""
    return book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY))


def mark(
    connection: Connection, visit: Appointment, status: AppointmentStatus, now: datetime = OVER
) -> Appointment:
    """Staff mark it so."""
    seen = by_id(connection, visit.id)
    return change_status(
        connection, seen.id, status, version=seen.version, actor=RECEPTIONIST, now=now
    )


def planned(connection: Connection) -> list[Row[Any]]:
    state = occasions.c.state == "planned"
    return list(connection.execute(select(occasions).where(state).order_by(occasions.c.id)))


def kinds(connection: Connection) -> list[str]:
    return [row.kind for row in planned(connection)]


def test_two_hours_after_a_visit_they_are_asked_how_it_was(
    connection: Connection, visit: Appointment
) -> None:
    mark(connection, visit, COMPLETED)
    [row] = planned(connection)
    assert (row.kind, row.patient_id) == ("visit_over", visit.patient_id)
    assert row.due_at == OVER + 2 * HOUR
    assert row.valid_until == OVER + 2 * HOUR + 7 * DAY


def test_when_it_was_marked_the_next_day_they_are_asked_at_once(
    connection: Connection, visit: Appointment
) -> None:
    mark(connection, visit, COMPLETED, OVER + DAY)
    assert [row.due_at for row in planned(connection)] == [OVER + DAY]


def test_of_a_visit_of_last_week_nobody_is_asked(
    connection: Connection, visit: Appointment
) -> None:
    mark(connection, visit, COMPLETED, OVER + 7 * DAY + HOUR)
    assert planned(connection) == []


@pytest.mark.parametrize("marked", [at("10:30", TUESDAY), at("23:59", TUESDAY)])
def test_whoever_missed_one_hears_of_it_the_next_morning(
    connection: Connection, visit: Appointment, marked: datetime
) -> None:
    mark(connection, visit, MISSED, marked)
    [row] = planned(connection)
    assert (row.kind, row.due_at) == ("visit_missed", at("09:00", TUESDAY + DAY))


def test_the_morning_is_that_of_the_patients_clock(
    connection: Connection, visit: Appointment
) -> None:
    tokyo = "Asia/Tokyo"
    connection.execute(update(patients).values(zone=tokyo))
    mark(connection, visit, MISSED)
    [row] = planned(connection)
    # When they missed it, it was three in the morning on Wednesday there.
    assert row.due_at.astimezone(ZoneInfo(tokyo)) == at("09:00", TUESDAY + 2 * DAY, tokyo)


@pytest.mark.parametrize(("first", "then"), [(MISSED, COMPLETED), (COMPLETED, MISSED)])
def test_marked_otherwise_only_the_last_word_counts(
    connection: Connection,
    visit: Appointment,
    first: AppointmentStatus,
    then: AppointmentStatus,
) -> None:
    mark(connection, visit, first)
    before = kinds(connection)
    mark(connection, visit, then)
    assert len(kinds(connection)) == 1
    assert kinds(connection) != before


def test_staff_who_marked_the_wrong_one_take_it_back(
    connection: Connection, visit: Appointment
) -> None:
    mark(connection, visit, MISSED)
    mark(connection, visit, AppointmentStatus.ARRIVED)
    assert planned(connection) == []


def test_nobody_is_asked_twice_however_often_it_is_marked(
    connection: Connection, visit: Appointment
) -> None:
    mark(connection, visit, MISSED)
    assert kinds(connection) == ["visit_missed"]
    connection.execute(update(occasions).values(state="said"))
    mark(connection, visit, COMPLETED)
    mark(connection, visit, MISSED)
    assert planned(connection) == []


def test_control_what_was_not_said_may_still_be(connection: Connection, visit: Appointment) -> None:
    mark(connection, visit, MISSED)
    mark(connection, visit, COMPLETED)
    mark(connection, visit, MISSED)
    assert kinds(connection) == ["visit_missed"]


# Time to come again


def recall(connection: Connection) -> str:
    return str(connection.execute(select(recalls.c.state)).scalar_one())


def test_a_follow_up_counts_from_the_day_of_the_visit(
    connection: Connection, visit: Appointment
) -> None:
    done = mark(connection, visit, COMPLETED)
    assert follow_up(connection, done, 30, OVER + DAY) == TUESDAY + 30 * DAY
    assert follow_up(connection, done, 90, OVER + DAY) == TUESDAY + 90 * DAY
    assert recall(connection) == "planned"


def test_nothing_follows_a_visit_that_was_not(connection: Connection, visit: Appointment) -> None:
    with pytest.raises(IllegalStatusChange):
        follow_up(connection, visit, 30, OVER)
    with pytest.raises(IllegalStatusChange):
        follow_up(connection, mark(connection, visit, MISSED), 30, OVER)


@pytest.fixture
def due_on(connection: Connection, visit: Appointment) -> date:
    """The day on which it is time to come again."""
    return follow_up(connection, mark(connection, visit, COMPLETED), 30, OVER)


def of_recalls(connection: Connection) -> list[Row[Any]]:
    return [row for row in planned(connection) if row.kind == "follow_up_due"]


def test_on_that_day_they_are_told_once(connection: Connection, due_on: date) -> None:
    assert plan_recalls(connection, at("07:00", due_on - DAY), 10) == 0
    assert plan_recalls(connection, at("07:00", due_on), 10) == 1
    assert plan_recalls(connection, at("07:00", due_on + DAY), 10) == 0
    [row] = of_recalls(connection)
    assert row.due_at == at("09:00", due_on)


def test_not_in_the_evening_before_though_it_is_that_day_in_london(
    connection: Connection, due_on: date
) -> None:
    plan_recalls(connection, at("17:00", due_on - DAY), 10)
    assert [row.due_at for row in of_recalls(connection)] == [at("09:00", due_on)]


def test_where_they_have_a_visit_there_again_nothing_is_said(
    clinic: Clinic, connection: Connection, due_on: date
) -> None:
    book_slot(connection, clinic, a_slot(clinic, "10:00", due_on + DAY), now=OVER)
    assert plan_recalls(connection, at("10:00", due_on), 10) == 1
    assert of_recalls(connection) == []
    assert recall(connection) == "done"


def test_control_a_visit_with_somebody_else_is_no_follow_up(
    clinic: Clinic, connection: Connection, due_on: date
) -> None:
    other = a_slot(clinic, "10:00", due_on + DAY, practitioner_id=clinic.okafor_id)
    book_slot(connection, clinic, other, now=OVER)
    plan_recalls(connection, at("10:00", due_on), 10)
    assert len(of_recalls(connection)) == 1


def test_put_off_by_staff_after_it_was_said_it_is_said_again(
    connection: Connection, visit: Appointment, due_on: date
) -> None:
    plan_recalls(connection, at("10:00", due_on), 10)
    connection.execute(update(occasions).values(state="said"))
    later = follow_up(connection, by_id(connection, visit.id), 60, at("11:00", due_on))
    assert plan_recalls(connection, at("10:00", later), 10) == 1
    assert [row.due_at for row in of_recalls(connection)] == [at("10:00", later)]


def test_put_off_before_it_was_said_it_is_not_said_yet(
    connection: Connection, visit: Appointment, due_on: date
) -> None:
    plan_recalls(connection, at("07:00", due_on), 10)
    follow_up(connection, by_id(connection, visit.id), 60, at("08:00", due_on))
    assert of_recalls(connection) == []


def test_of_a_visit_that_did_not_take_place_after_all_nothing_follows(
    connection: Connection, visit: Appointment, due_on: date
) -> None:
    mark(connection, visit, AppointmentStatus.ENTERED_IN_ERROR)
    assert recall(connection) == "withdrawn"
    assert plan_recalls(connection, at("10:00", due_on), 10) == 0
    assert planned(connection) == []


def test_one_at_a_time_if_there_is_no_time_for_more(connection: Connection, due_on: date) -> None:
    assert plan_recalls(connection, at("10:00", due_on), 0) == 0
    assert recall(connection) == "planned"
    assert agenda.due(connection, at("10:00", due_on), 0) == []


def test_the_place_has_its_own_clock(connection: Connection, visit: Appointment) -> None:
    assert connection.scalar(select(locations.c.zone)) == ZONE
    connection.execute(update(locations).values(zone="America/New_York"))
    mark(connection, visit, MISSED)
    [row] = planned(connection)
    assert row.due_at == at("09:00", TUESDAY + DAY, "America/New_York")
