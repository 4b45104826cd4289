"""The demo's clock, as the page shows and moves it."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from core.clock import instant
from core.database.connect import Database
from core.demo_clock import FURTHEST, TooFarAhead, move_ahead, next_reminder_at
from core.models import locations
from webhooks.chat.refusal import Refused

MORNING = time(9)


def read_clock(connection: Connection, now: datetime) -> dict[str, str]:
    """Return the clinic's time: the instant, and the zone of its first location."""
    return {"now": now.isoformat(), "zone": _zone(connection).key}


def answer_move(database: Database, now: datetime, body: dict[str, Any]) -> None:
    """Move the clock ahead by as much as `body` says. Raises Refused."""
    step = STEPS.get(str(body.get("to")))
    if step is None:
        raise Refused(400, f"Say how far: {', '.join(STEPS)}.")
    with database.transaction() as connection:
        try:
            move_ahead(connection, step(connection, now))
        except TooFarAhead:
            raise Refused(
                409,
                f"The clock is {FURTHEST.days} days ahead at most. make demo FRESH=1 begins anew.",
            ) from None


def _morning(connection: Connection, now: datetime) -> timedelta:
    zone = _zone(connection)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return instant(datetime.combine(tomorrow, MORNING, zone)) - now


def _reminder(connection: Connection, now: datetime) -> timedelta:
    due_at = next_reminder_at(connection, now)
    if due_at is None:
        raise Refused(409, "No reminder is planned. Book a visit that is two days ahead, or more.")
    return due_at - now


Step = Callable[[Connection, datetime], timedelta]
STEPS: dict[str, Step] = {
    "quarter": lambda _connection, _now: timedelta(minutes=15),
    "hour": lambda _connection, _now: timedelta(hours=1),
    "day": lambda _connection, _now: timedelta(days=1),
    "morning": _morning,
    "reminder": _reminder,
}


def _zone(connection: Connection) -> ZoneInfo:
    first = select(locations.c.zone).order_by(locations.c.position).limit(1)
    return ZoneInfo(connection.scalars(first).one())
