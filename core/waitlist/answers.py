"""What those who are asked say. The first clear yes has the time, whoever else says so at the same
moment: the practitioner's calendar is locked first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from core.clock import instant
from core.database.guards import lock_calendars
from core.errors import OfferGone, ResourceTaken, SlotTaken
from core.models import waitlist, waitlist_offers
from core.models.waitlist import OfferState, RoundState
from core.people.events import record
from core.scheduling.appointments import SYSTEM, Actor, Appointment, by_id
from core.scheduling.booking import book
from core.scheduling.catalogue import Catalogue
from core.scheduling.moving import move
from core.scheduling.statuses import OPEN
from core.scheduling.whole import all_or_nothing
from core.waitlist import entries
from core.waitlist.freeing import FreeTime, open_round, rest_of
from core.waitlist.offers import Offer, offer_by_id, outstanding
from core.waitlist.rounds import Round, fill, held, lock_open, release, set_round


@dataclass(frozen=True, slots=True)
class Accepted:
    """The visit that the patient has now, and how it was before, if it is one that moved up."""

    appointment: Appointment
    before: Appointment | None


def mark_said(connection: Connection, offer_id: int, *, now: datetime) -> Offer | None:
    """Note that the patient is being asked, and return what; None if they are not to be asked any
    more. Raises OfferNotFound."""
    now = instant(now)
    said = (
        update(waitlist_offers)
        .where(waitlist_offers.c.id == offer_id, waitlist_offers.c.state == OfferState.PLANNED)
        .values(state=OfferState.OFFERED, offered_at=now, updated_at=now)
    )
    if connection.execute(said).rowcount != 1:
        return None
    offer = offer_by_id(connection, offer_id)
    connection.execute(
        update(waitlist)
        .where(waitlist.c.id == offer.entry_id)
        .values(offers_made=waitlist.c.offers_made + 1, updated_at=now)
    )
    record(connection, offer.patient_id, "waitlist_offered", actor=SYSTEM, now=now)
    return offer


def moves_up(connection: Connection, offer: Offer) -> Appointment | None:
    """Return the patient's visit that would move up; None if they would have one more. Raises
    OfferGone if it is as early by now."""
    if offer.sooner_than_id is None:
        return None
    visit = by_id(connection, offer.sooner_than_id)
    if visit.status not in OPEN or visit.patient_id != offer.patient_id:
        return None  # They have given it up since.
    if visit.starts_at <= offer.starts_at:
        raise OfferGone("the visit that would move up is as early by now")
    return visit


def accept(
    connection: Connection,
    offer_id: int,
    *,
    actor: Actor,
    now: datetime,
    catalogue: Catalogue,
    conversation_id: int | None,
    address_id: int | None,
    open_visits_limit: int | None,
) -> Accepted:
    """Give the patient the time that they were offered: a visit of its own, or their visit, which
    moves up, so that its old time is free, and is offered in turn. All others hear that it is gone.

    The caller has the lock of the conversation. A yes that comes when nobody is asked any more
    counts as long as nobody has taken the time; said again it changes nothing. Raises
    OfferNotFound, OfferGone, and what `booking.book` and `moving.move` raise; nothing has changed
    then.
    """
    now = instant(now)
    offer = _locked(connection, offer_id)
    if offer.state is OfferState.ACCEPTED and offer.filled_by_id is not None:
        visit = by_id(connection, offer.filled_by_id)
        if visit.status in OPEN:
            return Accepted(visit, None)
    _require_unfilled(offer)
    old = moves_up(connection, offer)
    booking = {"address_id": address_id, "open_visits_limit": open_visits_limit}
    turn: dict[str, Any] = {
        "actor": actor,
        "now": now,
        "catalogue": catalogue,
        "conversation_id": conversation_id,
    }
    try:
        with all_or_nothing(connection):
            round_ = lock_open(connection, offer.round_id)
            if round_ is not None:
                release(connection, held(connection, round_), actor=SYSTEM, now=now)
            visit = _give(connection, offer, old, booking, **turn)
            _settle(connection, offer, round_, visit, actor=actor, now=now)
            _end_waiting(connection, offer, visit, catalogue, actor=actor, now=now)
    except (SlotTaken, ResourceTaken) as error:
        raise OfferGone("somebody else has taken the time") from error
    return Accepted(visit, old)


def _locked(connection: Connection, offer_id: int) -> Offer:
    """Lock all calendars that a yes would change, and return the offer as it is then."""
    seen = offer_by_id(connection, offer_id)
    people = {seen.practitioner_id}
    if seen.sooner_than_id is not None:
        people.add(by_id(connection, seen.sooner_than_id).practitioner_id)
    lock_calendars(connection, people, seen.patient_id)
    return offer_by_id(connection, offer_id)


def _require_unfilled(offer: Offer) -> None:
    if offer.round_state is RoundState.FILLED:
        raise OfferGone("somebody else was quicker")


def _give(
    connection: Connection,
    offer: Offer,
    old: Appointment | None,
    booking: dict[str, Any],
    **turn: Any,
) -> Appointment:
    if old is not None:
        return move(connection, old.id, offer.slot, version=old.version, **turn)
    return book(connection, offer.slot, patient_id=offer.patient_id, **booking, **turn)


def _settle(
    connection: Connection,
    offer: Offer,
    round_: Round | None,
    visit: Appointment,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    _answer(connection, offer, OfferState.ACCEPTED, now)
    fill(connection, offer.round_id, visit, now=now)
    record(connection, offer.patient_id, "waitlist_accepted", actor=actor, now=now)
    if round_ is None:
        return
    # Who took less than was free leaves the rest to others.
    for starts_at, ends_at in rest_of(
        (round_.starts_at, round_.ends_at), (visit.starts_at, visit.ends_at)
    ):
        whose = (round_.practitioner_id, round_.location_id)
        rest = FreeTime(*whose, starts_at, ends_at, round_.freed_by, round_.freed_id)
        open_round(connection, rest, now=now)


def _end_waiting(
    connection: Connection,
    offer: Offer,
    visit: Appointment,
    catalogue: Catalogue,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    entries.fill(connection, offer.entry_id, visit, actor=actor, now=now)
    entries.fulfil(
        connection,
        visit,
        specialties=[
            code
            for code, people in catalogue.specialties.items()
            if visit.practitioner_id in people
        ],
        zone=catalogue.zones[visit.location_id],
        actor=actor,
        now=now,
    )


def decline(connection: Connection, offer_id: int, *, actor: Actor, now: datetime) -> bool:
    """Leave the patient out of this round; they go on waiting. The next are asked as soon as all
    have said no. False if there was nothing left to decline. Raises OfferNotFound."""
    now = instant(now)
    seen = offer_by_id(connection, offer_id)
    lock_calendars(connection, [seen.practitioner_id], None)
    offer = offer_by_id(connection, offer_id)
    if not offer.is_outstanding:
        return False
    _answer(connection, offer, OfferState.DECLINED, now)
    record(connection, offer.patient_id, "waitlist_declined", actor=actor, now=now)
    round_ = lock_open(connection, offer.round_id)
    if round_ is not None and not outstanding(connection, offer.round_id):
        set_round(connection, offer.round_id, now, next_wave_at=now)
    return True


def _answer(connection: Connection, offer: Offer, state: OfferState, now: datetime) -> None:
    answered = {"state": state, "answered_at": now, "updated_at": now}
    connection.execute(
        update(waitlist_offers).where(waitlist_offers.c.id == offer.id).values(answered)
    )
