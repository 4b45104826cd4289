"""A demo's clock: moved ahead for all processes at once, never back, and on no real clinic."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from core.database.connect import Database
from core.demo_clock import FURTHEST, TooFarAhead, clock_of, move_ahead, next_reminder_at
from core.messaging import leases, outbox
from core.messaging.outcomes import expire_leases
from core.models import leases as lease_rows
from core.models import messages, organizations
from core.setup import WrongKindOfClinic
from tests.builders import an_organization
from tests.core.messaging.waiting import seen, status, waiting

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEASE = timedelta(minutes=2)


@pytest.fixture(autouse=True)
def organization(database: Database) -> None:
    with database.transaction() as connection:
        an_organization(connection)


def move(database: Database, by: timedelta) -> None:
    with database.transaction() as connection:
        move_ahead(connection, by)


def claimed(database: Database, now: datetime) -> int:
    """A message that is being sent."""
    message_id = waiting(database)
    with database.transaction() as connection:
        outbox.claim(connection, now=now, owner="worker", lease=LEASE, limit=1)
    return message_id


def test_every_process_reads_how_far_it_is_ahead(database: Database, now: datetime) -> None:
    elsewhere = Database(database.url, database.keyring)
    one, another = clock_of(database, lambda: now), clock_of(elsewhere, lambda: now)
    assert one() == another() == now
    move(database, DAY)
    move(database, HOUR)
    assert one() == another() == now + DAY + HOUR
    elsewhere.dispose()


def test_it_is_read_in_the_middle_of_a_transaction(database: Database, now: datetime) -> None:
    clock = clock_of(database, lambda: now)
    move(database, HOUR)
    with database.transaction():
        assert clock() == now + HOUR


@pytest.mark.parametrize("by", [timedelta(0), -HOUR, timedelta(days=-400)])
def test_it_never_goes_back(database: Database, now: datetime, by: timedelta) -> None:
    clock = clock_of(database, lambda: now)
    with pytest.raises(ValueError, match="only moved ahead"):
        move(database, by)
    assert clock() == now


def test_part_of_a_second_is_a_second(database: Database, now: datetime) -> None:
    move(database, timedelta(milliseconds=1))
    assert clock_of(database, lambda: now)() == now + timedelta(seconds=1)


def test_it_stops_after_a_year(database: Database, now: datetime) -> None:
    move(database, FURTHEST)
    with pytest.raises(TooFarAhead, match="begin anew"):
        move(database, timedelta(seconds=1))
    assert clock_of(database, lambda: now)() == now + FURTHEST


def test_a_real_clinics_clock_goes_right(database: Database, now: datetime) -> None:
    with database.transaction() as connection:
        connection.execute(update(organizations).values(is_demo=False))
    with pytest.raises(WrongKindOfClinic):
        move(database, HOUR)

    def real() -> datetime:
        return now

    assert clock_of(database, real) is real


def test_before_there_is_a_clinic_nothing_can_be_moved(database: Database, now: datetime) -> None:
    with database.transaction() as connection:
        connection.execute(organizations.delete())
    with pytest.raises(WrongKindOfClinic):
        move(database, HOUR)
    clock = clock_of(database, lambda: now)
    with database.transaction() as connection:
        an_organization(connection, id=1, clock_offset_seconds=3600)
    assert clock() == now + HOUR


def test_what_is_being_sent_stays_with_its_worker(database: Database, now: datetime) -> None:
    clock = clock_of(database, lambda: now)
    message_id = claimed(database, clock())
    move(database, DAY)
    with database.transaction() as connection:
        assert expire_leases(connection, clock()) == 0
        assert expire_leases(connection, clock() + LEASE) == 1
    assert status(database, message_id) == "unknown"


def test_control_a_lease_that_is_not_moved_along_would_be_over(
    database: Database, now: datetime
) -> None:
    clock = clock_of(database, lambda: now)
    message_id = claimed(database, clock())
    with database.transaction() as connection:
        connection.execute(update(organizations).values(clock_offset_seconds=24 * 3600))
        assert expire_leases(connection, clock() + DAY) == 1
    assert status(database, message_id) == "unknown"


def test_who_alone_may_do_a_thing_goes_on_doing_it(database: Database, now: datetime) -> None:
    clock = clock_of(database, lambda: now)
    with database.transaction() as connection:
        assert leases.acquire(connection, name="polling", holder="a", now=clock(), term=LEASE)
    move(database, DAY)
    with database.transaction() as connection:
        assert not leases.acquire(connection, name="polling", holder="b", now=clock(), term=LEASE)
        until = connection.scalar(select(lease_rows.c.until))
    assert until == now + DAY + LEASE


def test_what_waits_is_not_touched(database: Database, now: datetime) -> None:
    message_id = waiting(database)
    move(database, DAY)
    row = seen(database, message_id)
    assert (row.due_at, row.lease_until, row.status) == (now, None, "queued")
    with database.reading() as connection:
        assert connection.scalar(select(messages.c.updated_at)) == now


def test_without_a_planned_reminder_there_is_no_next(database: Database, now: datetime) -> None:
    with database.reading() as connection:
        assert next_reminder_at(connection, now) is None
