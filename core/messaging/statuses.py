"""What providers report after they have accepted a message: forward only, as often as they like.

Reports come twice, late and out of order (Twilio, "Outbound message status in status callbacks").
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, literal, select, update

from core.database.types import Instant
from core.messaging.outcomes import when_to_say_elsewhere
from core.models.messaging import Direction, MessageStatus, conversations, messages

_NEWS = frozenset(
    {
        MessageStatus.SENT,
        MessageStatus.DELIVERED,
        MessageStatus.READ,
        MessageStatus.UNDELIVERED,
        MessageStatus.FAILED,
    }
)

# Where a report may lead; any other changes nothing. A queued message may have gone out all the
# same (its last try looked failed), and a report is how an unknown one becomes known.
FORWARD: dict[MessageStatus, frozenset[MessageStatus]] = {
    MessageStatus.QUEUED: _NEWS,
    MessageStatus.SENDING: _NEWS,
    MessageStatus.UNKNOWN: _NEWS,
    MessageStatus.SENT: _NEWS - {MessageStatus.SENT},
    MessageStatus.DELIVERED: frozenset({MessageStatus.READ}),
    MessageStatus.READ: frozenset(),
    MessageStatus.UNDELIVERED: frozenset(),
    MessageStatus.FAILED: frozenset(),
    MessageStatus.DROPPED: frozenset(),
}

ARRIVED = (MessageStatus.DELIVERED, MessageStatus.READ)
LOST = (MessageStatus.UNDELIVERED, MessageStatus.FAILED)

# The provider's id is unique within a channel; naming them all is what makes the index serve.
_CHANNELS = ("sms", "whatsapp", "telegram", "web")


@dataclass(frozen=True, slots=True)
class SentMessage:
    id: int
    address_id: int
    channel: str
    status: MessageStatus


@dataclass(frozen=True, slots=True)
class Cost:
    """What the provider counted and charged: `price` with its currency ("0.0079 USD")."""

    segments: int | None = None
    price: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        told = {"segments": self.segments, "price": self.price}
        return {name: value for name, value in told.items() if value is not None}


def find_sent(
    connection: Connection, *, public_id: str | None, provider_id: str | None
) -> SentMessage | None:
    """Return the outgoing message of our id, else of the provider's, locked; None if neither."""
    if public_id and (found := _find(connection, messages.c.public_id == public_id)):
        return found
    if not provider_id:
        return None
    is_it = and_(messages.c.channel.in_(_CHANNELS), messages.c.provider_id == provider_id)
    return _find(connection, is_it)


def _find(connection: Connection, is_it: ColumnElement[bool]) -> SentMessage | None:
    row = connection.execute(
        select(messages.c.id, messages.c.channel, messages.c.status, conversations.c.address_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(is_it, messages.c.direction == Direction.OUT)
        .with_for_update(of=messages)
    ).one_or_none()
    if row is None:
        return None
    return SentMessage(row.id, row.address_id, row.channel, MessageStatus(row.status))


def record_status(
    connection: Connection,
    *,
    public_id: str | None,
    provider_id: str | None,
    status: MessageStatus,
    code: str | None,
    now: datetime,
    cost: Cost = Cost(),
) -> SentMessage | None:
    """Move the message forward if the report is news, and return it as it was; None if there is no
    such message."""
    found = find_sent(connection, public_id=public_id, provider_id=provider_id)
    if found is None:
        return None
    this = update(messages).where(messages.c.id == found.id)
    if status not in FORWARD[found.status]:
        if cost.values:  # The price may come last.
            connection.execute(this.values(**cost.values, updated_at=now))
        return found
    values: dict[str, Any] = {
        "status": status,
        f"{status}_at": now,
        "error_code": code if status in LOST else None,
        "lease_until": None,
        "lease_owner": None,
        "updated_at": now,
        **cost.values,
    }
    if status in LOST:
        values["due_at"] = when_to_say_elsewhere(now)
    if status in ARRIVED:
        values["sent_at"] = func.coalesce(messages.c.sent_at, literal(now, Instant))
    if provider_id:
        # A report may overtake the answer to our own request.
        values["provider_id"] = func.coalesce(messages.c.provider_id, provider_id)
    connection.execute(this.values(values))
    return found
