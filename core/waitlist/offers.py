"""A time, offered to one patient: planned, said, answered, or gone.

What is to be said about it is an occasion, written in the same transaction. Occasions are changed
before offers, here and by whoever says them, so that no two wait for each other.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, select, update

from core.database.upsert import insert_new
from core.errors import OfferNotFound
from core.models import (
    addresses,
    conversations,
    locations,
    new_public_id,
    occasions,
    patients,
    waitlist,
    waitlist_offers,
    waitlist_rounds,
)
from core.models.occasions import OccasionKind, OccasionState
from core.models.waitlist import OfferState, RoundState
from core.quiet import allowed_from
from core.rules import Rules
from core.scheduling.search import Slot

# Not answered yet: a clear yes still wins.
OUTSTANDING = (OfferState.PLANNED, OfferState.OFFERED)


@dataclass(frozen=True, slots=True)
class Offer:
    """A row of `waitlist_offers`, with what its round and its entry say."""

    id: int
    public_id: str
    round_id: int
    entry_id: int
    visit_type_id: int
    starts_at: datetime
    ends_at: datetime
    state: OfferState
    offered_at: datetime | None
    practitioner_id: int
    location_id: int
    round_state: RoundState
    filled_by_id: int | None
    patient_id: int
    conversation_id: int  # Where they asked, hear of it, and answer
    channel: str
    zone: str  # By which clock they live
    sooner_than_id: int | None  # Their visit, which would move up

    @property
    def slot(self) -> Slot:
        return Slot(
            self.practitioner_id,
            self.location_id,
            self.visit_type_id,
            self.starts_at,
            self.ends_at,
        )

    @property
    def is_outstanding(self) -> bool:
        return self.state in OUTSTANDING


_OFFER: Select[Any] = (
    select(
        waitlist_offers.c.id,
        waitlist_offers.c.public_id,
        waitlist_offers.c.round_id,
        waitlist_offers.c.entry_id,
        waitlist_offers.c.visit_type_id,
        waitlist_offers.c.starts_at,
        waitlist_offers.c.ends_at,
        waitlist_offers.c.state,
        waitlist_offers.c.offered_at,
        waitlist_rounds.c.practitioner_id,
        waitlist_rounds.c.location_id,
        waitlist_rounds.c.state,
        waitlist_rounds.c.filled_by_id,
        waitlist.c.patient_id,
        waitlist.c.conversation_id,
        addresses.c.channel,
        func.coalesce(patients.c.zone, locations.c.zone),
        waitlist.c.sooner_than_id,
    )
    .join(waitlist_rounds, waitlist_rounds.c.id == waitlist_offers.c.round_id)
    .join(waitlist, waitlist.c.id == waitlist_offers.c.entry_id)
    .join(patients, patients.c.id == waitlist.c.patient_id)
    .join(locations, locations.c.id == waitlist_rounds.c.location_id)
    .join(conversations, conversations.c.id == waitlist.c.conversation_id)
    .join(addresses, addresses.c.id == conversations.c.address_id)
)
_BY_ID = _OFFER.where(waitlist_offers.c.id == bindparam("offer"))
_OUTSTANDING = _OFFER.where(
    waitlist_offers.c.round_id == bindparam("round"), waitlist_offers.c.state.in_(OUTSTANDING)
).order_by(waitlist_offers.c.id)
_STATE, _ROUND_STATE = 7, 11


def _read(row: Sequence[Any]) -> Offer:
    values = list(row)
    values[_STATE] = OfferState(values[_STATE])
    values[_ROUND_STATE] = RoundState(values[_ROUND_STATE])
    return Offer(*values)


def offer_by_id(connection: Connection, offer_id: int) -> Offer:
    """Return the offer; raises OfferNotFound."""
    row = connection.execute(_BY_ID, {"offer": offer_id}).first()
    if row is None:
        raise OfferNotFound("there is no such offer")
    return _read(row)


def outstanding(connection: Connection, round_id: int) -> list[Offer]:
    """Return what of a round is not answered yet, the first one first."""
    return [_read(row) for row in connection.execute(_OUTSTANDING, {"round": round_id})]


def plan(
    connection: Connection,
    round_id: int,
    entry_id: int,
    slot: Slot,
    *,
    wave: int,
    patient_id: int,
    conversation_id: int,
    now: datetime,
    valid_until: datetime,
) -> None:
    """Offer the slot: it is to be said at once, where they asked, and no later than that."""
    row = {
        "public_id": new_public_id(),
        "round_id": round_id,
        "entry_id": entry_id,
        "visit_type_id": slot.visit_type_id,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "wave": wave,
        "state": OfferState.PLANNED,
        "created_at": now,
        "updated_at": now,
    }
    added = insert(waitlist_offers).returning(waitlist_offers.c.id)
    offer_id: int = connection.execute(added, row).scalar_one()
    _plan_occasion(
        connection,
        OccasionKind.OFFER,
        offer_id,
        patient_id,
        conversation_id,
        times=(now, valid_until),
        now=now,
    )


def _plan_occasion(
    connection: Connection,
    kind: OccasionKind,
    offer_id: int,
    patient_id: int,
    conversation_id: int,
    *,
    times: tuple[datetime, datetime],
    now: datetime,
) -> None:
    due_at, valid_until = times
    row = {
        "public_id": new_public_id(),
        "kind": kind,
        "patient_id": patient_id,
        "offer_id": offer_id,
        "conversation_id": conversation_id,
        "due_at": due_at,
        "valid_until": valid_until,
        "state": OccasionState.PLANNED,
        "created_at": now,
        "updated_at": now,
    }
    insert_new(connection, occasions, row)


def withdraw(
    connection: Connection,
    which: ColumnElement[bool],
    *,
    state: OfferState,
    note: str,
    at: datetime,
) -> list[int]:
    """End the outstanding offers of which that is true; what was to be said of them is not said any
    more. Returns the ids of those that had been said."""
    ours = select(waitlist_offers.c.id).where(which, waitlist_offers.c.state.in_(OUTSTANDING))
    connection.execute(
        update(occasions)
        .where(
            occasions.c.offer_id.in_(ours),
            occasions.c.kind == OccasionKind.OFFER,
            occasions.c.state == OccasionState.PLANNED,
        )
        .values(state=OccasionState.WITHDRAWN, note=note, updated_at=at)
    )
    ended = (
        update(waitlist_offers)
        .where(which, waitlist_offers.c.state.in_(OUTSTANDING))
        .values(state=state, updated_at=at)
        .returning(waitlist_offers.c.id, waitlist_offers.c.offered_at)
    )
    return sorted(row.id for row in connection.execute(ended) if row.offered_at is not None)


def withdraw_of_entry(connection: Connection, entry_id: int, *, note: str, at: datetime) -> None:
    """Who does not wait any more is not asked any more."""
    which = waitlist_offers.c.entry_id == entry_id
    withdraw(connection, which, state=OfferState.WITHDRAWN, note=note, at=at)


def tell_gone(
    connection: Connection, offer_ids: Collection[int], *, rules: Rules, now: datetime
) -> None:
    """Plan to say that somebody else was quicker: at once, but not at night."""
    for offer_id in offer_ids:
        offer = offer_by_id(connection, offer_id)
        at = allowed_from(now, ZoneInfo(offer.zone), rules)
        _plan_occasion(
            connection,
            OccasionKind.OFFER_GONE,
            offer.id,
            offer.patient_id,
            offer.conversation_id,
            times=(at, offer.starts_at),
            now=now,
        )
