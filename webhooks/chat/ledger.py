"""The ledger of a demo: every message in the house, what it cost and how far it got.

What was said is not in it, and addresses are masked: this is what staff would see.
"""

from typing import Any

from sqlalchemy import Connection, Row, func, select

from core.models import addresses, conversations, messages

ROWS = 40
STATES = ("received", "queued", "sending", "sent", "delivered", "read")
ENDS = ("failed", "undelivered", "unknown", "dropped")
SHOWN_END = 4  # Digits of a number that stay readable.


def read_ledger(connection: Connection, after: str | None) -> dict[str, Any]:
    """Return the newest messages of all conversations after `after`, oldest first, and the states
    of those before it, which may have moved on."""
    rows = connection.execute(_NEWEST).all()
    known = next((at for at, row in enumerate(rows) if row.public_id == after), len(rows))
    return {
        "messages": [_shown(row) for row in reversed(rows[:known])],
        "states": {row.public_id: _state(row) for row in rows},
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


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "direction": row.direction,
        "channel": row.channel,
        "address": masked(row.address),
        "kind": row.kind,
        "segments": row.segments,
        "at": row.at.isoformat(),
        **_state(row),
    }


def _state(row: Row[Any]) -> dict[str, Any]:
    times = {state: getattr(row, f"{state}_at") for state in STATES + ENDS}
    return {
        "status": row.status,
        "error": row.error_code,
        "times": {state: at.isoformat() for state, at in times.items() if at is not None},
    }
