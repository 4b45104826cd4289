"""How well freed times find somebody: for the clinic, in numbers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, Connection, func, select

from core.clock import instant
from core.models import waitlist_offers, waitlist_rounds
from core.models.waitlist import RoundState


@dataclass(frozen=True, slots=True)
class Report:
    """Of the rounds that were opened in a stretch of time."""

    rounds: int
    filled: int
    over: int  # Nobody was found; the others are open still.
    offers: int  # That were said to somebody
    median_time_to_fill: timedelta | None  # From the moment the time was free; None: none filled.
    longest_time_to_fill: timedelta | None
    offers_per_fill: float | None  # Said in the rounds that were filled


def report(
    connection: Connection,
    *,
    since: datetime,
    until: datetime,
    practitioner_id: int | None = None,
    among: ColumnElement[bool] | None = None,
) -> Report:
    """Return what became of the times that were freed from `since` on, before `until`; all, or
    those of one practitioner, or those rounds for which `among` holds. Raises NaiveDatetime."""
    said = (
        select(func.count(waitlist_offers.c.offered_at))
        .where(waitlist_offers.c.round_id == waitlist_rounds.c.id)
        .scalar_subquery()
    )
    opened = select(
        waitlist_rounds.c.state,
        waitlist_rounds.c.opened_at,
        waitlist_rounds.c.closed_at,
        said.label("offers"),
    ).where(
        waitlist_rounds.c.opened_at >= instant(since), waitlist_rounds.c.opened_at < instant(until)
    )
    if practitioner_id is not None:
        opened = opened.where(waitlist_rounds.c.practitioner_id == practitioner_id)
    if among is not None:
        opened = opened.where(among)
    rows = connection.execute(opened).all()
    filled = [row for row in rows if row.state == RoundState.FILLED]
    times = [row.closed_at - row.opened_at for row in filled]
    return Report(
        rounds=len(rows),
        filled=len(filled),
        over=sum(row.state == RoundState.OVER for row in rows),
        offers=sum(row.offers for row in rows),
        median_time_to_fill=median(times) if times else None,
        longest_time_to_fill=max(times, default=None),
        offers_per_fill=sum(row.offers for row in filled) / len(filled) if filled else None,
    )
