"""What was said at one address: read from the log, never from the desk's answer."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select

from bot import gsm7
from bot.charts import Chart
from bot.clearing import words_instead
from bot.documents import Document
from bot.messages import Address, Channel
from bot.senders.keyboard import parse_callback_data
from core.keys import Keyring
from core.models import addresses, conversations, messages
from core.models.messaging import Direction

AT_MOST = 100  # Messages in one answer; the page asks again for more.
STATES = 30  # Younger messages than these no longer change.


def read_thread(
    connection: Connection, keyring: Keyring, address: Address, after: str | None
) -> dict[str, Any]:
    """Return the messages after the one with the public id `after`, and the newest ones' states.

    The states show what has changed since, and name each message that became visible late;
    `cleared` has the words in place of those that were taken off the screen.
    """
    theirs = _conversations_of(connection, keyring, address)
    if not theirs:
        return {"messages": [], "states": {}, "cleared": {}}
    newest = (
        select(messages.c.public_id, messages.c.status, messages.c.cleared_at)
        .where(messages.c.conversation_id.in_(theirs))
        .order_by(messages.c.id.desc())
        .limit(STATES)
    )
    latest = connection.execute(newest).all()
    states = {row.public_id: row.status for row in latest}
    instead = words_instead(next(iter(theirs.values())))
    cleared = {row.public_id: instead for row in latest if row.cleared_at is not None}
    if after is not None and next(iter(states), None) == after:
        return {"messages": [], "states": states, "cleared": cleared}
    rows = connection.execute(_messages(theirs, _cursor(connection, theirs, after))).all()
    pressed = _pressed_labels(connection, theirs, rows)
    shown = [_shown(row, pressed.get(row.id), instead) for row in reversed(rows)]
    return {"messages": shown, "states": states, "cleared": cleared}


def read_picture(
    connection: Connection, keyring: Keyring, address: Address, public_id: str
) -> Chart | None:
    """Return what is drawn beside a message at that address, None if nothing is."""
    there = _there(connection, keyring, address, public_id)
    stored = connection.scalar(select(messages.c.picture).where(there))
    return Chart.from_json(stored) if stored else None


def read_document(
    connection: Connection, keyring: Keyring, address: Address, public_id: str
) -> Document | None:
    """Return the file that goes with a message at that address, None if none does."""
    there = _there(connection, keyring, address, public_id)
    stored = connection.scalar(select(messages.c.document).where(there))
    return Document.from_json(stored) if stored else None


def _there(
    connection: Connection, keyring: Keyring, address: Address, public_id: str
) -> ColumnElement[bool]:
    theirs = _conversations_of(connection, keyring, address)
    return and_(messages.c.public_id == public_id, messages.c.conversation_id.in_(theirs))


def _conversations_of(
    connection: Connection, keyring: Keyring, address: Address
) -> Mapping[int, str | None]:
    """Return the conversations at that address, each with its language."""
    hashed = keyring.hash_address((address.channel.value, address.value))
    query = (
        select(conversations.c.id, conversations.c.language)
        .join(addresses, addresses.c.id == conversations.c.address_id)
        .where(addresses.c.channel == address.channel.value, addresses.c.address_hash == hashed)
    )
    return {row.id: row.language for row in connection.execute(query)}


def _cursor(connection: Connection, theirs: Collection[int], after: str | None) -> int:
    """The id of the message named `after`; 0, before all, when it is not one of theirs."""
    if after is None:
        return 0
    query = select(messages.c.id).where(
        messages.c.public_id == after, messages.c.conversation_id.in_(theirs)
    )
    return connection.scalar(query) or 0


def _messages(theirs: Collection[int], after: int) -> Select[Any]:
    return (
        select(
            messages.c.id,
            messages.c.public_id,
            messages.c.direction,
            messages.c.channel,
            messages.c.kind,
            messages.c.text,
            messages.c.choices,
            messages.c.status,
            messages.c.segments,
            messages.c.picture,
            messages.c.document.is_not(None).label("has_document"),
            messages.c.cleared_at,
            func.coalesce(
                messages.c.received_at, messages.c.queued_at, messages.c.created_at
            ).label("at"),
        )
        .where(messages.c.conversation_id.in_(theirs), messages.c.id > after)
        .order_by(messages.c.id.desc())
        .limit(AT_MOST)
    )


def _pressed_labels(
    connection: Connection, theirs: Collection[int], rows: Sequence[Row[Any]]
) -> dict[int, str]:
    """Return what stood on the buttons that were pressed, by the id of the press.

    The log keeps a press as the list it belongs to and its place there. Ids of lists may come
    again after a long silence, so the last list before the press is meant.
    """
    presses = {
        row.id: pressed
        for row in rows
        if row.direction == Direction.IN and (pressed := parse_callback_data(row.text or ""))
    }
    if not presses:
        return {}
    query = (
        select(messages.c.id, messages.c.list_id, messages.c.choices)
        .where(
            messages.c.conversation_id.in_(theirs),
            messages.c.list_id.in_({list_id for list_id, _ in presses.values()}),
            messages.c.choices.is_not(None),
        )
        .order_by(messages.c.id)
    )
    lists = connection.execute(query).all()
    labels = {}
    for press, (list_id, index) in presses.items():
        earlier = [row for row in lists if row.list_id == list_id and row.id < press]
        choices = json.loads(earlier[-1].choices) if earlier else []
        if index <= len(choices):
            labels[press] = choices[index - 1]["label"]
    return labels


def _shown(row: Row[Any], pressed: str | None, instead: str) -> dict[str, Any]:
    """`instead`: what stands in the place of a message that was taken off the screen."""
    is_cleared = row.cleared_at is not None
    text = instead if is_cleared else pressed or row.text or ""
    is_ours = row.direction == Direction.OUT
    return {
        "id": row.public_id,
        "direction": row.direction,
        "kind": row.kind,
        "text": text,
        "choices": json.loads(row.choices) if is_ours and row.choices and not is_cleared else [],
        "status": row.status,
        "at": row.at.isoformat(),
        "picture": row.picture is not None,
        "document": row.has_document,
        "sms": _cost(text, row.segments) if is_ours and row.channel == Channel.SMS else None,
    }


def _cost(text: str, segments: int | None) -> dict[str, Any]:
    """What an SMS is billed as, and why."""
    plain = gsm7.is_gsm7(text)
    return {
        "segments": segments or gsm7.segments(text),
        "characters": len(text) if plain else len(text.encode("utf-16-le")) // 2,
        "encoding": "GSM-7" if plain else "UCS-2",
    }
