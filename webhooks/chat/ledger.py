"""The ledger of a demo: every message in the house, what it cost and how far it got.

What was said is not in it, and addresses are masked: this is what staff would see.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bot.senders.demo import Book
from core.models import addresses, conversations, messages
from core.models.messaging import Direction, MessageStatus

ROWS = 40
STATES = ("received", "queued", "sending", "sent", "delivered", "read")
ENDS = ("failed", "undelivered", "unknown", "dropped")
SHOWN_END = 4  # Digits of a number that stay readable.

SENT = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)
REFUSED = (MessageStatus.FAILED, MessageStatus.UNDELIVERED)
UNDER_WAY = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNKNOWN)


def read_ledger(
    connection: Connection, after: str | None, book: Book | None = None
) -> dict[str, Any]:
    """Return the newest messages of all conversations after `after`, oldest first, and the states
    of those before it, which may have moved on; and the account of all that were sent. `book`:
    what the demo's provider has taken; None: it keeps none."""
    rows, ours = connection.execute(_NEWEST).all(), connection.execute(_OURS).all()
    # After the log: what that calls sent stands in the book by now.
    taken = None if book is None else book.taken()
    known = next((at for at, row in enumerate(rows) if row.public_id == after), len(rows))
    return {
        "messages": [_shown(row, taken) for row in reversed(rows[:known])],
        "states": {row.public_id: _state(row, taken) for row in rows},
        "account": None if taken is None else _account(ours, taken),
    }


_NEWEST = (
    select(
        messages.c.public_id,
        messages.c.direction,
        messages.c.channel,
        messages.c.kind,
        messages.c.status,
        messages.c.segments,
        messages.c.error_code,
        addresses.c.address,
        func.coalesce(messages.c.received_at, messages.c.queued_at, messages.c.created_at).label(
            "at"
        ),
        *(messages.c[f"{state}_at"] for state in STATES + ENDS),
    )
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .join(addresses, addresses.c.id == conversations.c.address_id)
    .order_by(messages.c.id.desc())
    .limit(ROWS)
)


def masked(address: str) -> str:
    """Enough to tell two people apart, not enough to write to one."""
    shown = min(SHOWN_END, len(address) // 2)
    start = address[:2] if address.startswith("+") else ""
    return f"{start}•••{address[-shown:] if shown else ''}"


_OURS = select(messages.c.public_id, messages.c.status).where(messages.c.direction == Direction.OUT)


def _account(ours: Sequence[Row[Any, Any]], taken: Counter[str]) -> dict[str, int]:
    """Hold our log against the provider's book, over all that we ever said. `lost`: refused, or
    sent by our log and not in the book."""
    sent = [row.public_id for row in ours if row.status in SENT]
    refused = sum(row.status in REFUSED for row in ours)
    return {
        "sent": len(sent),
        "under_way": sum(row.status in UNDER_WAY for row in ours),
        "lost": refused + sum(taken[public_id] == 0 for public_id in sent),
        "doubled": sum(taken[row.public_id] > 1 for row in ours),
    }


def _shown(row: Row[Any], taken: Counter[str] | None) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "direction": row.direction,
        "channel": row.channel,
        "address": masked(row.address),
        "kind": row.kind,
        "segments": row.segments,
        "at": row.at.isoformat(),
        **_state(row, taken),
    }


def _state(row: Row[Any], taken: Counter[str] | None) -> dict[str, Any]:
    is_ours = row.direction == Direction.OUT
    times = {state: getattr(row, f"{state}_at") for state in STATES + ENDS}
    return {
        "status": row.status,
        "error": row.error_code,
        "taken": taken[row.public_id] if taken is not None and is_ours else None,
        "times": {state: at.isoformat() for state, at in times.items() if at is not None},
    }
