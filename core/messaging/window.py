"""WhatsApp's window: for a day after the patient's last message anything may be said; afterwards
nothing but an approved template passes (Twilio error 63016).

It is decided when a message is claimed, by what the log says of that moment.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, exists, select, update

from core.keys import UnreadableCiphertext
from core.messaging import templates
from core.messaging.candidates import PROMPTED, ClaimedMessage
from core.messaging.templates import Template
from core.models.messaging import Direction, conversations, messages

WHATSAPP = "whatsapp"
WINDOW = timedelta(hours=24)
# Two clocks, and the time that a message takes to get from the worker to WhatsApp.
MARGIN = timedelta(minutes=10)
CLOSED = "63016"  # What WhatsApp says of free text after the window.

# Why nothing is sent, in our own words (`bot.senders.faults`).
NO_TEMPLATE = "no_template"  # None is approved for this sentence in this language.
EMPTY_VARIABLE = "empty_variable"  # Something that the template names is not set.
WINDOW_CLOSED = "window_closed"  # There are no templates for what this is.

_heard = messages.alias("heard")
_refused = messages.alias("refused")


def is_open(conversation_id: ColumnElement[int], now: datetime) -> ColumnElement[bool]:
    """Whether the patient has written within a day; not, if WhatsApp has said since that it was
    longer ago."""
    is_known_better = exists().where(
        _refused.c.conversation_id == _heard.c.conversation_id,
        _refused.c.id > _heard.c.id,
        _refused.c.error_code == CLOSED,
    )
    return exists().where(
        _heard.c.conversation_id == conversation_id,
        _heard.c.direction == Direction.IN,
        _heard.c.received_at > now - (WINDOW - MARGIN),
        ~is_known_better,
    )


def is_open_now(connection: Connection, conversation_id: int, now: datetime) -> bool:
    """Tell whether free text passes in this conversation."""
    this = conversations.c.id == conversation_id
    found = select(conversations.c.id).where(this, is_open(conversations.c.id, now))
    return connection.scalar(found) is not None


def in_form(
    connection: Connection, claimed: Sequence[ClaimedMessage], now: datetime
) -> list[ClaimedMessage]:
    """Give each message the form in which WhatsApp takes it: free text within the window, else the
    template of its sentence, as which it then stands in the log; or say why it can't be sent."""
    unasked = {
        each.id: each.conversation_id
        for each in claimed
        if each.channel == WHATSAPP and each.kind not in PROMPTED and not each.is_simulated
    }
    if not unasked:
        return list(claimed)
    within = set(
        connection.scalars(
            select(conversations.c.id).where(
                conversations.c.id.in_(set(unasked.values())), is_open(conversations.c.id, now)
            )
        )
    )
    approved = templates.approved(connection) if set(unasked.values()) - within else {}
    formed = {
        each.id: each if each.conversation_id in within else _as_template(each, approved)
        for each in claimed
        if each.id in unasked
    }
    for each in formed.values():
        _write(connection, each)
    return [formed.get(each.id, each) for each in claimed]


def _as_template(
    message: ClaimedMessage, approved: Mapping[tuple[str, str], Template]
) -> ClaimedMessage:
    if message.template is None:
        return message._replace(refused=WINDOW_CLOSED)
    template = approved.get((message.template, message.language or ""))
    if template is None:
        return message._replace(refused=NO_TEMPLATE)
    try:
        values = json.loads(message.variables or "{}")
        choices = json.loads(message.choices or "[]")
    except UnreadableCiphertext:
        return message  # Whoever sends it meets the same, and says so.
    filled = templates.fill(template, values, choices)
    if filled is None:
        return message._replace(refused=EMPTY_VARIABLE)
    return message._replace(filled=filled)


def _write(connection: Connection, message: ClaimedMessage) -> None:
    """The log says what the patient reads."""
    this = update(messages).where(messages.c.id == message.id)
    if message.filled is None:
        if message.content_sid is not None:  # The patient has written since the last try.
            connection.execute(this.values(content_sid=None))
        return
    shown = json.loads(message.choices or "[]")
    for choice, title in zip(shown, message.filled.buttons, strict=False):
        choice["label"] = title
    connection.execute(
        this.values(
            content_sid=message.filled.content_sid,
            text=message.filled.text,
            choices=json.dumps(shown) if shown else None,
        )
    )
