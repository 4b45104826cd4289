"""What waits to be sent, and how it went: the outgoing half of the log.

A message is claimed and committed before a provider hears of it, and its outcome is written
afterwards, in a transaction of its own. Whoever dies in between leaves a row in `sending`; when
its lease runs out it becomes `unknown`, which is never sent again by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, or_, select, text, update

from core.keys import UnreadableCiphertext
from core.messaging.reach import OWN_WORDS
from core.models.messaging import Direction, MessageKind, MessageStatus, conversations, messages
from core.models.people import AddressState, addresses

# What a patient has asked for; all else is unprompted and stops with an opt-out.
PROMPTED = (MessageKind.REPLY, MessageKind.STAFF_ANSWER)

# Word for word the condition of `ix_messages_due`, without which SQLite does not use the index.
_WAITING = text("messages.status IN ('queued', 'sending')")
_ADDRESSED = messages.join(conversations).join(addresses)


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """What a sender must know. `choices` is a JSON list of {"label", "value", "kind"}."""

    id: int
    public_id: str
    conversation_id: int
    address_id: int
    channel: str
    recipient: str
    our_address: str
    text: str
    choices: str | None
    list_id: str | None
    language: str | None
    attempts: int
    is_simulated: bool


def claim(
    connection: Connection, *, now: datetime, owner: str, lease: timedelta, limit: int
) -> list[ClaimedMessage]:
    """Take up to `limit` due messages for sending, oldest first, one a conversation.

    What is no longer worth sending, or may not be sent, is marked `dropped` on the way.
    """
    claimed: list[ClaimedMessage] = []
    # Each round takes a row out of the queue, so that this ends.
    while not claimed and (rows := connection.execute(_due(now, limit)).all()):
        for row in rows:
            if reason := _not_worth_sending(row, now):
                _end(connection, row.id, MessageStatus.DROPPED, reason, now)
            elif (message := _read(connection, row)) is None:
                _end(connection, row.id, MessageStatus.FAILED, "unreadable", now)
            else:
                claimed.append(message)
    if claimed:
        taken = messages.c.id.in_([message.id for message in claimed])
        connection.execute(
            update(messages)
            .where(taken)
            .values(
                status=MessageStatus.SENDING,
                sending_at=now,
                lease_until=now + lease,
                lease_owner=owner,
                attempts=messages.c.attempts + 1,
                updated_at=now,
            )
        )
    return claimed


def _due(now: datetime, limit: int) -> Any:
    """The first unsent message of each conversation, if it is due; locked, skipping what others
    have locked."""
    earlier = messages.alias("earlier")
    # One that was never tried and is not due yet (a notice for the morning) holds nobody up.
    holds_up = or_(
        earlier.c.status == MessageStatus.SENDING,
        and_(
            earlier.c.status == MessageStatus.QUEUED,
            or_(earlier.c.attempts > 0, _is_due(earlier.c.due_at, now)),
        ),
    )
    is_held_up = exists().where(
        earlier.c.conversation_id == messages.c.conversation_id,
        earlier.c.id < messages.c.id,
        earlier.c.direction == Direction.OUT,
        holds_up,
    )
    return (
        select(
            messages.c.id,
            messages.c.public_id,
            messages.c.conversation_id,
            messages.c.channel,
            messages.c.kind,
            messages.c.list_id,
            messages.c.attempts,
            messages.c.valid_until,
            messages.c.is_simulated,
            conversations.c.address_id,
            conversations.c.our_address,
            conversations.c.language,
            conversations.c.is_simulated.label("in_simulation"),
            addresses.c.opted_in,
            addresses.c.opt_changed_how,
            addresses.c.state,
        )
        .select_from(_ADDRESSED)
        .where(
            _WAITING,
            messages.c.status == MessageStatus.QUEUED,
            messages.c.direction == Direction.OUT,
            _is_due(messages.c.due_at, now),
            ~is_held_up,
        )
        .order_by(messages.c.due_at, messages.c.id)
        .limit(limit)
        .with_for_update(of=messages, skip_locked=True)
    )


def _is_due(due_at: ColumnElement[datetime], now: datetime) -> ColumnElement[bool]:
    return or_(due_at.is_(None), due_at <= now)


def _not_worth_sending(row: Row[Any], now: datetime) -> str | None:
    """Why this message is not to be sent any more, as an error code; None if it is."""
    if row.valid_until is not None and row.valid_until < now:
        return "expired"
    # Whoever has just written can be reached, whatever the provider said of an earlier message.
    if row.state == AddressState.BAD and row.kind not in PROMPTED:
        return "bad_address"
    is_barred = row.channel == "sms" and row.opt_changed_how != OWN_WORDS
    if row.opted_in is False and (is_barred or row.kind not in PROMPTED):
        return "opted_out"
    return None


def _read(connection: Connection, row: Row[Any]) -> ClaimedMessage | None:
    """The message with what is encrypted in it; None if that can't be read.

    Read one by one: a value that does not decrypt must not stop the others.
    """
    secrets = (
        select(messages.c.text, messages.c.choices, addresses.c.address)
        .select_from(_ADDRESSED)
        .where(messages.c.id == row.id)
    )
    try:
        content = connection.execute(secrets).one()
    except UnreadableCiphertext:
        return None
    return ClaimedMessage(
        id=row.id,
        public_id=row.public_id,
        conversation_id=row.conversation_id,
        address_id=row.address_id,
        channel=row.channel,
        recipient=content.address,
        our_address=row.our_address,
        text=content.text or "",
        choices=content.choices,
        list_id=row.list_id,
        language=row.language,
        attempts=row.attempts + 1,
        is_simulated=row.is_simulated or row.in_simulation,
    )


def _end(
    connection: Connection, message_id: int, status: MessageStatus, code: str, now: datetime
) -> None:
    values = {"error_code": code, "updated_at": now, f"{status}_at": now}
    connection.execute(
        update(messages).where(messages.c.id == message_id).values(status=status, **values)
    )


def mark_sent(
    connection: Connection,
    message_id: int,
    owner: str,
    *,
    provider_id: str,
    now: datetime,
    delivered: bool = False,
) -> bool:
    """The provider accepted it; `delivered` where accepting is arriving (the log itself)."""
    status = MessageStatus.DELIVERED if delivered else MessageStatus.SENT
    values = {"provider_id": provider_id, "sent_at": now, f"{status}_at": now, "error_code": None}
    return _settle(connection, message_id, owner, status, now, values)


def mark_retry(
    connection: Connection,
    message_id: int,
    owner: str,
    *,
    due_at: datetime,
    code: str,
    now: datetime,
) -> bool:
    """It did not go out; to be tried again at `due_at`."""
    values = {"due_at": due_at, "error_code": code}
    return _settle(connection, message_id, owner, MessageStatus.QUEUED, now, values)


def mark_failed(
    connection: Connection, message_id: int, owner: str, *, code: str, now: datetime
) -> bool:
    """It was refused for good, or tried too often."""
    values = {"failed_at": now, "error_code": code}
    return _settle(connection, message_id, owner, MessageStatus.FAILED, now, values)


def mark_unknown(
    connection: Connection, message_id: int, owner: str, *, code: str, now: datetime
) -> bool:
    """It may have gone out, or not."""
    values = {"unknown_at": now, "error_code": code}
    return _settle(connection, message_id, owner, MessageStatus.UNKNOWN, now, values)


def _settle(
    connection: Connection,
    message_id: int,
    owner: str,
    status: MessageStatus,
    now: datetime,
    values: dict[str, Any],
) -> bool:
    """Write the outcome, unless the lease is over or the provider has already told us more."""
    still_ours = (
        messages.c.id == message_id,
        messages.c.status == MessageStatus.SENDING,
        messages.c.lease_owner == owner,
    )
    released = {"lease_until": None, "lease_owner": None, "updated_at": now}
    outcome = update(messages).where(*still_ours).values(status=status, **released, **values)
    return connection.execute(outcome).rowcount == 1


def expire_leases(connection: Connection, now: datetime) -> int:
    """What was being sent when its worker was cut off: nobody knows whether it went out."""
    over = (_WAITING, messages.c.status == MessageStatus.SENDING, messages.c.lease_until <= now)
    values = {"lease_until": None, "unknown_at": now, "error_code": "lease_over", "updated_at": now}
    expired = update(messages).where(*over).values(status=MessageStatus.UNKNOWN, **values)
    return connection.execute(expired).rowcount
