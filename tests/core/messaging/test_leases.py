"""Who alone may do a thing, and when another may."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

from core.database.connect import Database
from core.messaging import leases

TERM = timedelta(minutes=1)


def acquire(database: Database, holder: str, now: datetime) -> bool:
    with database.transaction() as connection:
        return leases.acquire(connection, name="polling", holder=holder, now=now, term=TERM)


def test_a_lease_has_one_holder_until_it_runs_out(database: Database, now: datetime) -> None:
    assert acquire(database, "one", now)
    assert not acquire(database, "two", now)
    assert acquire(database, "one", now + TERM / 2)  # Prolonged.
    assert not acquire(database, "two", now + TERM)
    assert acquire(database, "two", now + 2 * TERM)
    assert not acquire(database, "one", now + 2 * TERM)


def test_a_released_lease_is_free_at_once(database: Database, now: datetime) -> None:
    acquire(database, "one", now)
    with database.transaction() as connection:
        leases.release(connection, name="polling", holder="two")  # Not theirs to give.
    assert not acquire(database, "two", now)
    with database.transaction() as connection:
        leases.release(connection, name="polling", holder="one")
    assert acquire(database, "two", now)


def test_only_the_holder_renews(database: Database, now: datetime) -> None:
    acquire(database, "one", now)
    with database.transaction() as connection:
        renewed = [
            leases.renew(connection, name="polling", holder=holder, now=now, term=2 * TERM)
            for holder in ("one", "two")
        ]
    assert renewed == [True, False]
    assert not acquire(database, "two", now + TERM)


def test_of_many_at_once_one_gets_it(database: Database, now: datetime) -> None:
    got: list[bool] = []
    start = Barrier(6)

    def ask(holder: str) -> None:
        start.wait()
        got.append(acquire(database, holder, now))

    askers = [Thread(target=ask, args=(str(number),)) for number in range(6)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sorted(got) == [False] * 5 + [True]
