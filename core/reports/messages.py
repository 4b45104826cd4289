"""Messages of some days: how many went out and came in, and what they cost."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from core.models import messages
from core.models.messaging import Direction, MessageStatus
from core.reports.selection import Selection

# What a provider took on; what became of it then is another matter.
ACCEPTED = (
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.READ,
    MessageStatus.UNDELIVERED,
)


@dataclass(frozen=True, slots=True)
class Sent:
    """What a provider accepted on one channel. `cost`: by currency, of all prices that providers
    have told, also for what they then refused; `unpriced`: messages of which none was told, yet or
    ever, as where a channel costs nothing."""

    messages: int = 0
    segments: int = 0
    cost: Mapping[str, Decimal] = field(default_factory=dict)
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class Messages:
    """By channel, of those written on these days. Of a part of the clinic only what the clinic said
    first about that part's visits is known to be its own: then `received` is None."""

    sent: Mapping[str, Sent]
    received: Mapping[str, int] | None


def count_messages(connection: Connection, chosen: Selection) -> Messages:
    """Return how many messages went out and came in, a demo's simulated ones as well. The day of
    one that is about no visit is that of the clinic's first place."""
    if not chosen.is_whole_clinic:
        theirs = chosen.of_visits(messages.c.appointment_id, messages.c.created_at)
        return Messages(_sent(_counted(connection, theirs)), None)
    since, until = chosen.days.bounds(next(iter(chosen.days.zones)))
    written = and_(messages.c.created_at >= since, messages.c.created_at < until)
    rows = _counted(connection, written)
    received: Counter[str] = Counter()
    for row in rows:
        if row.direction == Direction.IN:
            received[row.channel] += row.messages
    return Messages(_sent(rows), dict(sorted(received.items())))


_KINDS = (messages.c.direction, messages.c.channel, messages.c.status, messages.c.price)


def _counted(connection: Connection, condition: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Messages of one channel that have the same price are one row: there are few prices."""
    return connection.execute(
        select(
            *_KINDS,
            func.count().label("messages"),
            func.sum(messages.c.segments).label("segments"),
        )
        .where(condition)
        .group_by(*_KINDS)
    ).all()


def _sent(rows: Iterable[Row[Any]]) -> dict[str, Sent]:
    out: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        if row.direction == Direction.OUT:
            out[row.channel].append(row)
    return {channel: _of_channel(out[channel]) for channel in sorted(out)}


def _of_channel(rows: Sequence[Row[Any]]) -> Sent:
    accepted = [row for row in rows if row.status in ACCEPTED]
    cost: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.price is not None:
            price, currency = row.price.split()
            # Twilio writes a price as what it takes from the account: below zero.
            cost[currency] += abs(Decimal(price)) * row.messages
    return Sent(
        messages=sum(row.messages for row in accepted),
        segments=sum(row.segments or 0 for row in accepted),
        cost=dict(sorted(cost.items())),
        unpriced=sum(row.messages for row in accepted if row.price is None),
    )
