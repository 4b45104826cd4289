"""What came of a claimed message: written once it is known, by whoever holds its lease.

`due_at` says when somebody must do something about a message: send it; find out about one whose
outcome is unknown; say one that was lost elsewhere (`core.messaging.elsewhere`). NULL: never again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    bindparam,
    case,
    cast,
    literal,
    null,
    or_,
    update,
)

from core.database.lists import pairs_in
from core.database.types import Instant
from core.messaging.candidates import PROMPTED, WAITING
from core.models.messaging import MessageStatus, messages

# A provider's own list may lag behind what it has taken.
FIRST_LOOK = timedelta(seconds=30)

TAKEN = (MessageStatus.SENT, MessageStatus.DELIVERED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status`: SENT or DELIVERED, with the provider's id; QUEUED, to be tried at `due_at`; FAILED;
    UNKNOWN. `was_tried`: False for what is given back as it was."""

    message_id: int
    status: MessageStatus
    provider_id: str | None = None
    code: str | None = None
    due_at: datetime | None = None
    was_tried: bool = True


def settle(connection: Connection, owner: str, outcomes: Sequence[Outcome], now: datetime) -> int:
    """Write them, but for those whose lease is over or of which the provider has told more by now;
    return how many were written."""
    written = 0
    for status in TAKEN:
        if taken := [each for each in outcomes if each.status is status]:
            # One statement for all: most outcomes are of this kind.
            ids = json.dumps({str(each.message_id): each.provider_id for each in taken})
            values = {"taken": ids, "owner": owner, "now": now}
            statement = _taken(connection.dialect.name, status)
            written += connection.execute(statement, values).rowcount
    for each in outcomes:
        if each.status not in TAKEN:
            written += _settle(connection, owner, each, now)
    return written


_RELEASED = {"lease_until": null(), "lease_owner": null()}


@cache
def _taken(dialect: str, status: MessageStatus) -> Executable:
    """The provider's ids come as one JSON object, by our ids. One that took the place of another
    message has no id of its own: its `edits_id` tells which."""
    taken = pairs_in(dialect, "taken")
    now = bindparam("now", type_=Instant)
    values: dict[str, Any] = {"sent_at": now, f"{status}_at": now, "updated_at": now}
    return (
        update(messages)
        .where(
            messages.c.id == cast(taken.c.key, BigInteger),
            messages.c.status == MessageStatus.SENDING,
            messages.c.lease_owner == bindparam("owner"),
        )
        .values(status=status, provider_id=taken.c.value, error_code=null(), **values, **_RELEASED)
    )


def _settle(connection: Connection, owner: str, outcome: Outcome, now: datetime) -> int:
    values: dict[str, Any] = {"error_code": outcome.code}
    match outcome.status:
        case MessageStatus.QUEUED if not outcome.was_tried:
            # As if it had never been claimed: neither its turn nor its last error changes.
            values = {"attempts": messages.c.attempts - 1}
        case MessageStatus.QUEUED:
            values["due_at"] = outcome.due_at
        case MessageStatus.FAILED:
            values |= {"failed_at": now, "due_at": when_to_say_elsewhere(now)}
        case MessageStatus.UNKNOWN:
            values |= {"unknown_at": now, "due_at": now + FIRST_LOOK}
        case _:
            raise ValueError(f"expected an outcome of sending, got {outcome.status}")
    still_ours = (
        messages.c.id == outcome.message_id,
        messages.c.status == MessageStatus.SENDING,
        messages.c.lease_owner == owner,
    )
    written = update(messages).where(*still_ours)
    return connection.execute(
        written.values(status=outcome.status, updated_at=now, **_RELEASED, **values)
    ).rowcount


def when_to_say_elsewhere(now: datetime) -> ColumnElement[datetime | None]:
    """The `due_at` of a message that is lost: at once, unless a patient asked for it, and sees that
    no answer comes."""
    return case((messages.c.kind.in_(PROMPTED), null()), else_=literal(now, Instant))


def expire_leases(connection: Connection, now: datetime, *, gone: str = "") -> int:
    """What was being sent when its worker was cut off: nobody knows whether it went out. `gone`:
    what the names of workers begin with that are dead for certain, whatever their leases say."""
    is_over = messages.c.lease_until <= now
    if gone:
        is_over = or_(is_over, messages.c.lease_owner.startswith(gone, autoescape=True))
    over = (WAITING, messages.c.status == MessageStatus.SENDING, is_over)
    values = {"unknown_at": now, "due_at": now + FIRST_LOOK, "error_code": "lease_over"}
    expired = update(messages).where(*over)
    return connection.execute(
        expired.values(status=MessageStatus.UNKNOWN, updated_at=now, **_RELEASED, **values)
    ).rowcount
