"""Working hours that staff changed in chat, and the clinic file: whose word holds."""

from datetime import date, datetime, time

import pytest
from sqlalchemy import select

from core import models
from core.database.connect import Database
from core.models import hours_changes
from core.scheduling.hours_by_staff import Where, enter_hours, weekday_of, withdraw_hours
from core.scheduling.overlay import Change
from core.scheduling.week import Stretch
from tests.core.setup.small_clinic import SMALL, again, changed, rows
from tests.core.setup.test_dump import an_administrator, body, dumped

MONDAY = date(2026, 12, 7)
LONG = Stretch(time(8), time(18))
KEPT = (
    "keep hours of Dr Anwen Rees: Hillside mon 09:00-17:00 until 2026-12-06; Hillside mon "
    "08:00-18:00 from 2026-12-07, changed by Ada Boss on 2026-11-22 in chat; the file says "
    "Hillside mon 09:00-17:00"
)


@pytest.fixture
def monday(hillside: Database) -> Where:
    with hillside.reading() as connection:
        people = models.practitioners.c
        person = connection.scalars(select(people.id).where(people.last_name == "Rees")).one()
        place = connection.scalars(select(models.locations.c.id)).one()
    return Where(person, place, 0)


def say(database: Database, where: Where, change: Change, now: datetime) -> list[int]:
    with database.transaction() as connection:
        by = f"staff {an_administrator(connection, now)}"
        return enter_hours(connection, where.practitioner_id, [(where, change)], actor=by, now=now)


def on(database: Database, where: Where, day: date) -> tuple[Stretch, ...]:
    with database.reading() as connection:
        return weekday_of(connection, where).on(day)


def test_a_set_up_shows_and_keeps_them_unless_it_overwrites(
    hillside: Database, monday: Where, now: datetime
) -> None:
    say(hillside, monday, Change((LONG,), MONDAY), now)
    assert again(hillside, SMALL, now)[0] == KEPT
    assert on(hillside, monday, MONDAY) == (LONG,)
    changes = again(hillside, SMALL, now, overwrite=True)
    assert any(line.startswith("change hours of Dr Anwen Rees") for line in changes)
    assert on(hillside, monday, MONDAY) == (Stretch(time(9), time(17)),)
    assert rows(hillside, hours_changes) == []
    assert again(hillside, SMALL, now) == []


def test_a_day_off_is_kept_too(hillside: Database, monday: Where, now: datetime) -> None:
    say(hillside, monday, Change((), MONDAY), now)
    [line] = again(hillside, SMALL, now)
    assert line.startswith("keep hours of Dr Anwen Rees: Hillside mon 09:00-17:00 until")
    assert on(hillside, monday, MONDAY) == ()


def test_what_the_file_says_meanwhile_is_what_one_returns_to(
    hillside: Database, monday: Where, now: datetime
) -> None:
    ids = say(hillside, monday, Change((LONG,), MONDAY), now)
    newer = changed('mon-thu = "09:00-17:00"', 'mon-thu = "10:00-16:00"')
    again(hillside, newer, now)
    assert on(hillside, monday, MONDAY) == (LONG,)
    with hillside.transaction() as connection:
        withdraw_hours(connection, monday.practitioner_id, ids, actor="staff 1", now=now)
    assert on(hillside, monday, MONDAY) == (Stretch(time(10), time(16)),)
    assert again(hillside, newer, now) == []


@pytest.mark.parametrize(
    "change",
    [
        Change((LONG,), MONDAY),
        Change((), MONDAY, date(2027, 1, 31)),
        Change((Stretch(time(17), time(18)),), MONDAY, MONDAY, is_extra=True),
    ],
    ids=["another week", "off for a while", "more on one day"],
)
def test_a_dump_has_them_and_names_them(
    hillside: Database, monday: Where, now: datetime, change: Change
) -> None:
    say(hillside, monday, change, now)
    written = dumped(hillside, now)
    assert "#   hours of Dr Anwen Rees, mon, by Ada Boss on 2026-11-22" in written
    assert again(hillside, written, now) == []
    before = on(hillside, monday, MONDAY)
    again(hillside, written, now, overwrite=True)
    assert on(hillside, monday, MONDAY) == before
    assert body(dumped(hillside, now)) == body(written)
