"""What text messages cost lately: the only price of them that anybody knows beforehand."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, func, select

from core.models import messages
from core.models.messaging import Direction

_LOOKED_AT = 5_000  # Of the latest messages; older prices are none.
_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Price:
    """Of one segment, in a currency (ISO 4217)."""

    amount: Decimal
    currency: str


def price_of_a_segment(connection: Connection) -> Price | None:
    """Return what one segment of an SMS cost on the average lately; None, if no provider has told
    a price."""
    newest = select(func.max(messages.c.id)).scalar_subquery()
    rows = connection.execute(
        select(messages.c.price, messages.c.segments)
        .where(
            messages.c.id > newest - _LOOKED_AT,
            messages.c.direction == Direction.OUT,
            messages.c.channel == "sms",
            messages.c.price.is_not(None),
        )
        .order_by(messages.c.id.desc())
        .limit(_SAMPLE)
    )
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    segments: dict[str, int] = defaultdict(int)
    for row in rows:
        amount, currency = row.price.split()
        amounts[currency] += abs(Decimal(amount))
        segments[currency] += row.segments or 1
    if not segments:
        return None
    usual = max(segments, key=segments.__getitem__)
    return Price(amounts[usual] / segments[usual], usual)
