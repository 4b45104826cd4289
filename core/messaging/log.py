"""The log of every message; an outgoing row is also its place in the outbox."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, text, update

from core.database.upsert import insert_new
from core.messaging.conversations import Conversation
from core.models import messages, new_public_id
from core.models.messaging import Direction, MessageKind, MessageStatus

# The worker on PostgreSQL listens here; it hears of a message when its transaction commits.
WAKE_CHANNEL = "frontdesk_outbox"


def log_incoming(
    connection: Connection,
    conversation: Conversation,
    *,
    provider_id: str,
    text: str | None,
    simulated: bool,
    now: datetime,
) -> int | None:
    """Log a message that came in and return its id; None when it is a repeat."""
    return insert_new(
        connection,
        messages,
        {
            "public_id": new_public_id(),
            "conversation_id": conversation.id,
            "direction": Direction.IN,
            "channel": conversation.channel,
            "kind": MessageKind.REPLY,
            "text": text,
            "provider_id": provider_id,
            "status": MessageStatus.RECEIVED,
            "received_at": now,
            "attempts": 0,
            "is_simulated": simulated,
            "created_at": now,
            "updated_at": now,
        },
    )


_OUTGOING = insert(messages)


def queue_reply(
    connection: Connection,
    conversation: Conversation,
    *,
    text: str,
    choices: Sequence[Mapping[str, str]],
    list_id: str | None,
    segments: int | None,
    in_reply_to: int,
    simulated: bool,
    now: datetime,
    may_send: bool = True,
    appointment_id: int | None = None,
) -> None:
    """Write a reply as queued; as dropped where nothing may be sent (an opted-out number)."""
    row: dict[str, Any] = {
        "public_id": new_public_id(),
        "conversation_id": conversation.id,
        "direction": Direction.OUT,
        "channel": conversation.channel,
        "kind": MessageKind.REPLY,
        "in_reply_to_id": in_reply_to,
        "text": text,
        "choices": json.dumps(list(choices)) if choices else None,
        "list_id": list_id,
        "segments": segments,
        "appointment_id": appointment_id,
        "status": MessageStatus.QUEUED if may_send else MessageStatus.DROPPED,
        "queued_at": now,
        "dropped_at": None if may_send else now,
        "error_code": None if may_send else "opted_out",
        "due_at": now,
        "attempts": 0,
        "is_simulated": simulated,
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(_OUTGOING, row)


_MARK = (
    update(messages)
    .where(messages.c.id == bindparam("message"))
    .values(status=bindparam("new_status"), updated_at=bindparam("at"))
)


def mark_incoming(
    connection: Connection, message_id: int, status: MessageStatus, now: datetime
) -> None:
    """Note that an incoming message failed or was deliberately left unanswered."""
    connection.execute(_MARK, {"message": message_id, "new_status": status, "at": now})


_WAKE = text("SELECT pg_notify(:channel, '')")


def wake_worker(connection: Connection) -> None:
    """Tell the worker, at commit, that something waits; on SQLite it looks often by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(_WAKE, {"channel": WAKE_CHANNEL})
