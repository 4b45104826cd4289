"""Channels on which nothing passes: since when, over how many tries, for all processes together."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select, update

from core.database.upsert import insert_missing
from core.models import channel_failures

# A provider that stumbles is soon back, and what waits is tried again; after so long, and so often,
# somebody has to know.
TOO_LONG, TOO_OFTEN = timedelta(minutes=5), 5
# Whoever waits is tried again within a quarter of an hour: after a longer silence it begins anew.
ANOTHER = timedelta(minutes=20)


def note_failure(connection: Connection, channel: str, now: datetime) -> bool:
    """Count a try that failed, for no reason of the message or the address; tell whether it has
    gone on for so long that staff must know."""
    fresh = {"channel": channel, "since": now, "last_at": now, "tries": 0}
    insert_missing(connection, channel_failures, [fresh])
    this = channel_failures.c.channel == channel
    row = connection.execute(select(channel_failures).where(this).with_for_update()).one()
    is_another = now - row.last_at > ANOTHER
    since, tries = (now, 1) if is_another else (row.since, row.tries + 1)
    values = {"since": since, "last_at": max(now, row.last_at), "tries": tries}
    connection.execute(update(channel_failures).where(this).values(values))
    return now - since >= TOO_LONG and tries >= TOO_OFTEN


def note_success(connection: Connection, channels: Collection[str]) -> None:
    """Something has passed there: whatever was counted is over."""
    connection.execute(delete(channel_failures).where(channel_failures.c.channel.in_(channels)))


def failing(connection: Connection) -> frozenset[str]:
    """Return the channels on which the last try failed."""
    return frozenset(connection.scalars(select(channel_failures.c.channel)))
