"""A visit that a change of hours leaves outside is put before staff, until somebody decides."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select

from core.messaging.tasks import close_task
from core.models import absences, occasions, tasks
from core.scheduling.hours import (
    add_absence,
    add_holiday,
    remove_absence,
    remove_holiday,
    replace_hours,
)
from core.scheduling.moving import cancel, move
from core.scheduling.week import Stretch
from tests.builders import NOW, Clinic
from tests.core.scheduling.words import (
    MONDAY,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    book_slot,
    offered,
)

BY: dict[str, Any] = {"actor": "anna", "now": NOW}


def stranded(connection: Connection) -> list[Row[Any]]:
    rows = connection.execute(select(tasks).where(tasks.c.kind == "stranded").order_by(tasks.c.id))
    return list(rows)


def waiting(connection: Connection) -> list[int]:
    return [row.appointment_id for row in stranded(connection) if row.closed_at is None]


def a_sick_day(connection: Connection, clinic: Clinic, day: date = MONDAY) -> None:
    add_absence(connection, clinic.patel_id, day, **BY)


def absence_id(connection: Connection) -> int:
    return int(connection.execute(select(absences.c.id)).scalar_one())


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> int:
    return book_slot(connection, clinic, a_slot(clinic, "10:00")).id


def test_a_sick_day_puts_each_visit_of_it_before_staff_and_changes_none(
    visit: int, clinic: Clinic, connection: Connection
) -> None:
    book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY))
    a_sick_day(connection, clinic)
    assert waiting(connection) == [visit]
    [task] = stranded(connection)
    assert (task.patient_id, task.due_at) == (clinic.patient_id, NOW)
    assert task.note is None  # Nothing encrypted: `setup` has no keys.


def test_a_holiday_and_other_hours_do_so_too(
    visit: int, clinic: Clinic, connection: Connection
) -> None:
    later = book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY)).id
    add_holiday(connection, clinic.location_id, MONDAY, "Storm", **BY)
    assert waiting(connection) == [visit]
    hours = {day: (Stretch(time(13), time(17)),) for day in range(5)}
    replace_hours(connection, clinic.patel_id, clinic.location_id, hours, **BY)
    assert waiting(connection) == [visit, later]


def test_called_off_again_nobody_has_to_decide(
    visit: int, clinic: Clinic, connection: Connection
) -> None:
    a_sick_day(connection, clinic)
    add_holiday(connection, clinic.location_id, MONDAY, "Storm", **BY)
    remove_absence(connection, absence_id(connection), **BY)
    assert waiting(connection) == [visit]  # The holiday is still in its way.
    remove_holiday(connection, clinic.location_id, MONDAY, **BY)
    assert waiting(connection) == []
    assert [row.outcome for row in stranded(connection)] == ["fits again"]


def test_moving_it_or_calling_it_off_decides_and_tells_the_patient(
    clinic: Clinic, connection: Connection, visit: int
) -> None:
    other = book_slot(connection, clinic, a_slot(clinic, "11:00"))
    a_sick_day(connection, clinic)
    how: dict[str, Any] = {"actor": RECEPTIONIST, "now": NOW, "catalogue": offered(connection)}
    move(connection, visit, a_slot(clinic, "10:00", TUESDAY), version=1, **how)
    cancel(connection, other.id, version=1, **how)
    assert waiting(connection) == []
    assert [row.outcome for row in stranded(connection)] == ["moved", "cancelled"]
    told = select(occasions.c.kind).where(occasions.c.state == "planned").order_by(occasions.c.id)
    assert list(connection.scalars(told)) == ["moved", "cancelled"]


def test_what_was_kept_on_purpose_is_not_asked_about_again(
    clinic: Clinic, connection: Connection, visit: int
) -> None:
    a_sick_day(connection, clinic)
    [task] = stranded(connection)
    close_task(connection, task.id, outcome="a colleague sees them", now=NOW)
    a_sick_day(connection, clinic, MONDAY + timedelta(days=7))
    assert waiting(connection) == []
    # Control: had nobody decided, it would wait once.
    assert len(stranded(connection)) == 1
    assert visit == stranded(connection)[0].appointment_id
