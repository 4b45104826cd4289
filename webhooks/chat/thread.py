"""What was said at one address: read from the log, never from the desk's answer."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from bot import gsm7
from bot.charts import Chart
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

    The states show what has changed since, and name each message that became visible late.
    """
    theirs = _conversations_of(connection, keyring, address)
    if not theirs:
        return {"messages": [], "states": {}}
    newest = (
        select(messages.c.public_id, messages.c.status)
        .where(messages.c.conversation_id.in_(theirs))
        .order_by(messages.c.id.desc())
        .limit(STATES)
    )
    states = {row.public_id: row.status for row in connection.execute(newest)}
    if after is not None and next(iter(states), None) == after:
        return {"messages": [], "states": states}
    rows = connection.execute(_messages(theirs, _cursor(connection, theirs, after))).all()
    pressed = _pressed_labels(connection, theirs, rows)
    shown = [_shown(row, pressed.get(row.id)) for row in reversed(rows)]
    return {"messages": shown, "states": states}


def read_picture(
    connection: Connection, keyring: Keyring, address: Address, public_id: str
) -> Chart | None:
    """Return what is drawn beside a message at that address, None if nothing is."""
    stored = connection.scalar(
        select(messages.c.picture).where(
            messages.c.public_id == public_id,
            messages.c.conversation_id.in_(_conversations_of(connection, keyring, address)),
        )
    )
    return Chart.from_json(stored) if stored else None


def _conversations_of(connection: Connection, keyring: Keyring, address: Address) -> list[int]:
    hashed = keyring.hash_address((address.channel.value, address.value))
    query = (
        select(conversations.c.id)
        .join(addresses, addresses.c.id == conversations.c.address_id)
        .where(addresses.c.channel == address.channel.value, addresses.c.address_hash == hashed)
    )
    return list(connection.scalars(query))


def _cursor(connection: Connection, theirs: list[int], after: str | None) -> int:
    """The id of the message named `after`; 0, before all, when it is not one of theirs."""
    if after is None:
        return 0
    query = select(messages.c.id).where(
        messages.c.public_id == after, messages.c.conversation_id.in_(theirs)
    )
    return connection.scalar(query) or 0


def _messages(theirs: list[int], after: int) -> Select[Any]:
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
            func.coalesce(
                messages.c.received_at, messages.c.queued_at, messages.c.created_at
            ).label("at"),
        )
        .where(messages.c.conversation_id.in_(theirs), messages.c.id > after)
        .order_by(messages.c.id.desc())
        .limit(AT_MOST)
    )


def _pressed_labels(
    connection: Connection, theirs: list[int], rows: Sequence[Row[Any]]
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


def _shown(row: Row[Any], pressed: str | None) -> dict[str, Any]:
    text = pressed or row.text or ""
    is_ours = row.direction == Direction.OUT
    return {
        "id": row.public_id,
        "direction": row.direction,
        "kind": row.kind,
        "text": text,
        "choices": json.loads(row.choices) if is_ours and row.choices else [],
        "status": row.status,
        "at": row.at.isoformat(),
        "picture": row.picture is not None,
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
