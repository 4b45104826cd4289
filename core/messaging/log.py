"""The log of every message; an outgoing row is also its place in the outbox."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, bindparam, insert, select, text, update

from core.database.upsert import insert_new
from core.messaging.conversations import Conversation
from core.models import messages, new_public_id
from core.models.messaging import Direction, MessageKind, MessageStatus

# The worker on PostgreSQL listens here; it hears of a message when its transaction commits.
WAKE_CHANNEL = "frontdesk_outbox"


class Spoken(Protocol):
    """Where something is said: a conversation, as far as it must be known for that."""

    @property
    def id(self) -> int: ...

    @property
    def channel(self) -> str: ...


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
    conversation: Spoken,
    *,
    text: str,
    choices: Sequence[Mapping[str, str]],
    list_id: str | None,
    segments: int | None,
    in_reply_to: int | None,
    simulated: bool,
    now: datetime,
    may_send: bool = True,
    appointment_id: int | None = None,
    edits_id: int | None = None,
    kind: MessageKind = MessageKind.REPLY,
    template: str | None = None,
    variables: Mapping[str, str] | None = None,
    picture: str | None = None,
    document: str | None = None,
    due_at: datetime | None = None,
    clear_at: datetime | None = None,
) -> int:
    """Write a reply as queued, as dropped where nothing may be sent (an opted-out number), and
    return its id.
    `due_at`: not before that moment; None: at once.
    `edits_id`: the message whose place it takes on the patient's screen. `template`, `variables`:
    the sentence that a WhatsApp template may say in its place, and all that it may name;
    `picture`: what is drawn beside the text, `document`: a file that goes with it, both as JSON;
    `clear_at`: when it is taken off the screen (`core.messaging.clearing`)."""
    row: dict[str, Any] = {
        "public_id": new_public_id(),
        "conversation_id": conversation.id,
        "direction": Direction.OUT,
        "channel": conversation.channel,
        "kind": kind,
        "in_reply_to_id": in_reply_to,
        "text": text,
        "choices": json.dumps(list(choices)) if choices else None,
        "list_id": list_id,
        "segments": segments,
        "appointment_id": appointment_id,
        "edits_id": edits_id,
        "template": template,
        "variables": json.dumps(variables) if variables else None,
        "picture": picture,
        "document": document,
        "clear_at": clear_at,
        "status": MessageStatus.QUEUED if may_send else MessageStatus.DROPPED,
        "queued_at": now,
        "dropped_at": None if may_send else now,
        "error_code": None if may_send else "opted_out",
        "due_at": due_at or now,
        "attempts": 0,
        "is_simulated": simulated,
        "created_at": now,
        "updated_at": now,
    }
    (message_id,) = connection.execute(_OUTGOING, row).inserted_primary_key or (0,)
    return int(message_id)


_BEFORE = (
    select(
        messages.c.id,
        messages.c.list_id,
        messages.c.provider_id,
        messages.c.edits_id,
        messages.c.is_simulated,
    )
    .where(
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.id < bindparam("message"),
    )
    .order_by(messages.c.id.desc())
    .limit(1)
)


def editable_before(
    connection: Connection, conversation: Conversation, message_id: int, list_id: str
) -> int | None:
    """Return the message on whose screen place this list stands, if it is the last one before
    `message_id` and the provider knows it; None when something was said since."""
    row = connection.execute(
        _BEFORE, {"conversation": conversation.id, "message": message_id}
    ).one_or_none()
    if row is None or row.list_id != list_id or row.is_simulated:
        return None
    found: int | None = row.id if row.provider_id else row.edits_id
    return found


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
