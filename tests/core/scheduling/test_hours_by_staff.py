"""Hours that staff change: what holds then, what stands against it, and the way back."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import Connection

from core.errors import ImpossibleHours
from core.models import schedules, setting_events, tasks
from core.scheduling.hours import NothingToRemove, add_absence, add_holiday
from core.scheduling.hours_by_staff import (
    Obstacle,
    Where,
    enter_hours,
    obstacles,
    standing,
    weekday_of,
    withdraw_hours,
)
from core.scheduling.overlay import Change
from core.scheduling.week import Stretch
from tests.builders import Clinic, a_location, a_schedule
from tests.core.scheduling.roster import BY, MONDAY, book, rows

SATURDAY = date(2026, 11, 28)
MORNING = Stretch(time(9), time(13))
EARLY = Stretch(time(8), time(12))


def extra(day: date, *stretches: Stretch) -> Change:
    return Change(stretches, day, day, is_extra=True)


def on(clinic: Clinic, weekday: int, place: int = 0) -> Where:
    return Where(clinic.patel_id, place or clinic.location_id, weekday)


def entered(connection: Connection, clinic: Clinic, where: Where, change: Change) -> list[int]:
    return enter_hours(connection, clinic.patel_id, [(where, change)], **BY)


def test_hours_are_added_on_one_day_and_taken_back(clinic: Clinic, connection: Connection) -> None:
    before = rows(connection, schedules, "weekday", "starts", "ends")
    [change_id] = entered(connection, clinic, on(clinic, 5), extra(SATURDAY, MORNING))
    there = weekday_of(connection, on(clinic, 5))
    assert there.on(SATURDAY) == (MORNING,)
    assert there.on(SATURDAY + timedelta(days=7)) == ()
    withdraw_hours(connection, clinic.patel_id, [change_id], **BY)
    assert rows(connection, schedules, "weekday", "starts", "ends") == before
    assert [row[1] for row in rows(connection, setting_events, "key", "value_to")] == [
        "Downtown mon-fri 09:00-17:00; Downtown sat 09:00-13:00 from 2026-11-28 until 2026-11-28",
        "Downtown mon-fri 09:00-17:00",
    ]


def test_what_was_said_before_holds_again_whatever_was_said_in_between(
    clinic: Clinic, connection: Connection
) -> None:
    monday = on(clinic, 0)
    [first] = entered(connection, clinic, monday, Change((EARLY,), MONDAY))
    [second] = entered(connection, clinic, monday, Change((), MONDAY))
    assert weekday_of(connection, monday).on(MONDAY) == ()
    withdraw_hours(connection, clinic.patel_id, [first], **BY)
    assert weekday_of(connection, monday).on(MONDAY) == ()
    withdraw_hours(connection, clinic.patel_id, [second], **BY)
    assert weekday_of(connection, monday).on(MONDAY) == (Stretch(time(9), time(17)),)


def test_what_is_taken_back_twice_is_there_no_more(clinic: Clinic, connection: Connection) -> None:
    ids = entered(connection, clinic, on(clinic, 5), extra(SATURDAY, MORNING))
    withdraw_hours(connection, clinic.patel_id, ids, **BY)
    with pytest.raises(NothingToRemove):
        withdraw_hours(connection, clinic.patel_id, ids, **BY)


def test_hours_that_there_are_stand_against_more(clinic: Clinic, connection: Connection) -> None:
    change = extra(MONDAY, Stretch(time(16), time(18)))
    [found] = obstacles(connection, on(clinic, 0), change)
    assert found == Obstacle(clinic.location_id, Stretch(time(9), time(17)))
    with pytest.raises(ImpossibleHours):
        entered(connection, clinic, on(clinic, 0), change)


def test_hours_elsewhere_stand_against_another_week(clinic: Clinic, connection: Connection) -> None:
    other = a_location(connection, "Phoenix")
    a_schedule(connection, clinic.patel_id, other, weekdays=[5], starts=time(10))
    change = Change((MORNING,), SATURDAY)
    [found] = obstacles(connection, on(clinic, 5), change)
    assert (found.location_id, found.hours) == (other, Stretch(time(10), time(17)))
    assert obstacles(connection, on(clinic, 5, other), change) == []


def test_a_holiday_and_an_absence_stand_against_more(
    clinic: Clinic, connection: Connection
) -> None:
    add_holiday(connection, clinic.location_id, SATURDAY, "Fair", **BY)
    add_absence(connection, clinic.patel_id, SATURDAY, **BY)
    closed, away = obstacles(connection, on(clinic, 5), extra(SATURDAY, MORNING))
    assert closed == Obstacle(clinic.location_id, name="Fair")
    assert away.absence_id is not None


def test_an_absence_at_other_hours_stands_against_nothing(
    clinic: Clinic, connection: Connection
) -> None:
    afternoon = Stretch(time(14), time(17))
    add_absence(connection, clinic.patel_id, SATURDAY, hours=afternoon, **BY)
    assert obstacles(connection, on(clinic, 5), extra(SATURDAY, MORNING)) == []


@pytest.mark.parametrize(
    ("weekday", "change"),
    [
        (5, extra(SATURDAY, Stretch(time(13), time(9)))),
        (5, extra(SATURDAY, MORNING, EARLY)),
        (5, Change((MORNING,), SATURDAY, SATURDAY - timedelta(days=1))),
        (4, extra(SATURDAY, MORNING)),
        (5, extra(SATURDAY)),
    ],
)
def test_what_are_no_hours_is_refused(
    clinic: Clinic, connection: Connection, weekday: int, change: Change
) -> None:
    with pytest.raises(ImpossibleHours):
        entered(connection, clinic, on(clinic, weekday), change)
    assert standing(connection, practitioner_id=clinic.patel_id) == []


def test_a_visit_outside_another_week_is_a_task_until_it_fits_again(
    clinic: Clinic, connection: Connection
) -> None:
    visit = book(connection, clinic, 14)
    ids = entered(connection, clinic, on(clinic, 0), Change((EARLY,), MONDAY))
    assert rows(connection, tasks, "kind", "appointment_id", "closed_at") == [
        ("stranded", visit, None)
    ]
    withdraw_hours(connection, clinic.patel_id, ids, **BY)
    [(outcome,)] = rows(connection, tasks, "outcome")
    assert outcome == "fits again"
