"""Counting what comes from one origin, across processes: the limit against floods."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, case, literal, select, update

from core.database.types import Instant, keyring_of
from core.database.upsert import insert_new
from core.models import counters

STRETCH = timedelta(minutes=1)


def over_limit(connection: Connection, key: str, *, limit: int, now: datetime) -> bool:
    """Count one more under `key` and tell whether that is more than `limit` within a minute.

    The key may be an address of a network: only its keyed hash is stored.
    """
    key_hash = keyring_of(connection.dialect).hash_address(("counter", key))
    insert_new(connection, counters, {"key_hash": key_hash, "since": now, "count": 0})
    is_over = counters.c.since <= now - STRETCH
    connection.execute(
        update(counters)
        .where(counters.c.key_hash == key_hash)
        .values(
            count=case((is_over, 1), else_=counters.c.count + 1),
            # In a CASE a value has no type of its own.
            since=case((is_over, literal(now, Instant)), else_=counters.c.since),
        )
    )
    counted = connection.scalar(select(counters.c.count).where(counters.c.key_hash == key_hash))
    return (counted or 0) > limit
