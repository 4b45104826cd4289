"""Counting what comes from one origin."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select

from core.database.connect import Database
from core.messaging.floods import STRETCH, over_limit
from core.models import counters
from tests.builders import NOW

ORIGIN = "origin:203.0.113.7"


def counted(database: Database, times: int, **changes: object) -> list[bool]:
    values: dict[str, object] = {"limit": 2, "now": NOW} | changes
    with database.transaction() as connection:
        return [
            over_limit(connection, ORIGIN, **values)  # type: ignore[arg-type]
            for _ in range(times)
        ]


def test_more_than_the_limit_within_a_minute_is_too_much(database: Database) -> None:
    assert counted(database, 4) == [False, False, True, True]


def test_after_the_minute_it_counts_anew(database: Database) -> None:
    counted(database, 4)
    assert counted(database, 1, now=NOW + STRETCH - timedelta(seconds=1)) == [True]
    assert counted(database, 3, now=NOW + STRETCH) == [False, False, True]


def test_each_origin_is_counted_for_itself(database: Database) -> None:
    counted(database, 4)
    with database.transaction() as connection:
        assert not over_limit(connection, "origin:203.0.113.8", limit=2, now=NOW)


def test_the_origin_itself_is_not_stored(database: Database) -> None:
    counted(database, 1)
    with database.reading() as connection:
        [row] = connection.execute(select(counters)).all()
    assert b"203.0.113" not in row.key_hash
    assert len(row.key_hash) == 32


def test_none_is_lost_among_processes(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        each = [pool.submit(counted, database, 1, limit=99) for _ in range(12)]
        assert [future.result() for future in each] == [[False]] * 12
    with database.reading() as connection:
        assert connection.scalar(select(counters.c.count)) == 12
