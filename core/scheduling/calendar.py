"""The practitioner's calendar while something is written into it: locks, and what is in the way."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from core.clock import instant
from core.database.guards import (
    lock_calendars,
)
from core.errors import (
    NotOffered,
    ResourceTaken,
    SlotInPast,
    SlotTaken,
    StaffOnly,
)
from core.rules import Rules
from core.scheduling.appointments import Actor, Appointment
from core.scheduling.availability import check_notice, check_schedule
from core.scheduling.catalogue import Catalogue
from core.scheduling.loading import load_catalogue
from core.scheduling.looking import Stretch, look, overlap
from core.scheduling.offers import Offer, offer_of
from core.scheduling.search import Slot
from core.scheduling.statuses import HELD

# Why a visit lies in the past: it stood on paper while nothing else worked.
AFTERWARDS = "entered afterwards"


@dataclass(frozen=True, slots=True)
class Place:
    """A slot in the calendar, once it is locked."""

    slot: Slot
    offer: Offer
    catalogue: Catalogue  # As it is under the lock
    occupied: Stretch  # The visit's time with its buffers
    # Live appointments that overlap, of the practitioner, of the patient and of the resources, and
    # what the conversation holds, wherever it is.
    around: list[Appointment]
    open_visits: int  # How many the patient has ahead; holds are not counted.
    kept: Appointment | None  # The conversation's hold, if it is for just this and not over
    overbooks: bool  # Staff want it whatever stands there.

    @property
    def rules(self) -> Rules:
        return self.catalogue.rules_at(self.slot.location_id)

    @property
    def zone(self) -> ZoneInfo:
        return self.catalogue.zones[self.slot.location_id]

    @property
    def day(self) -> date:
        """The local day of the slot."""
        return self.slot.starts_at.astimezone(self.zone).date()

    def require_free(
        self, conversation_id: int | None, moved: Appointment | None, now: datetime
    ) -> None:
        """Raise SlotTaken when every seat is visibly taken, by others than the conversation and the
        visit that moves. The guards would refuse it all the same, at a higher price."""
        if self.overbooks or (self.kept is not None and moved is None):
            return
        others = [
            each
            for each in self.around
            if not _holds(each, conversation_id)
            and not is_over(each, now)
            and (moved is None or each.id != moved.id)
        ]
        if len(self._taken_seats(others)) >= self.offer.capacity:
            raise SlotTaken("another visit of this practitioner overlaps")

    def free_seat(self, others: Iterable[Appointment], beside: Appointment | None = None) -> int:
        """Return the first seat that nobody has; when none is free a taken one, and the guard
        refuses the row. An overbooking takes a new one, and so does, if it must, what stands
        `beside` the visit that it will replace."""
        taken = self._taken_seats(others)
        if len(taken) >= self.offer.capacity and not self.overbooks:
            return min(taken)
        if beside is not None:
            taken |= self._taken_seats([beside])
        return next(seat for seat in count() if seat not in taken)

    def _taken_seats(self, others: Iterable[Appointment]) -> set[int]:
        return {
            each.seat
            for each in others
            if each.practitioner_id == self.slot.practitioner_id
            and overlap((each.occupied_from, each.occupied_until), self.occupied)
        }

    def free_resource(self, others: Iterable[Appointment], rather: int | None = None) -> int | None:
        """Return a room or device that is free then (`rather` this one), None if none is needed.
        Raises ResourceTaken."""
        rooms = _rooms(self.catalogue, self.slot, self.offer)
        if rooms is None:
            return None
        taken = {
            each.resource_id
            for each in others
            if overlap((each.occupied_from, each.occupied_until), self.occupied)
        }
        free = [room for room in rooms if room not in taken]
        if not free:
            raise ResourceTaken("every room or device that the visit needs is taken then")
        return rather if rather in free else free[0]

    def will_do(self, resource_id: int | None) -> bool:
        """Tell whether that room or device is what the visit needs, as the clinic is by now."""
        rooms = _rooms(self.catalogue, self.slot, self.offer)
        return rooms is None or resource_id in rooms


def _rooms(catalogue: Catalogue, slot: Slot, offer: Offer) -> tuple[int, ...] | None:
    kind = offer.visit_type.resource_kind
    return None if kind is None else catalogue.rooms(slot.location_id, kind)


def enter(
    connection: Connection,
    slot: Slot,
    catalogue: Catalogue,
    *,
    patient_id: int | None,
    conversation_id: int | None,
    moved: Appointment | None = None,
    actor: Actor,
    now: datetime,
    override: str | None = None,
    afterwards: bool = False,
) -> Place:
    """Lock the calendars of `slot` (and of the visit that would move there), and return what is
    around it.

    The notice counts when the slot is first held: whoever was offered it in time may take a minute
    to say yes. With an `override` staff go beyond the rules. What `catalogue` says is checked
    again under the lock if the clinic has changed: hours are changed under the same lock, so that
    no booking slips between. `afterwards`: staff enter what has begun, or is over, by the rules of
    `back_entry_days`; nobody is booked over another by that.
    Raises what `availability.check_slot` raises, SlotTaken, and StaffOnly.
    """
    while True:
        offer = _offer(catalogue, slot, actor, now, override, afterwards=afterwards)
        people = {slot.practitioner_id, *([moved.practitioner_id] if moved else [])}
        rooms = _rooms(catalogue, slot, offer) or ()
        lock_calendars(connection, people, patient_id, rooms)
        occupied = occupied_by(slot, offer)
        seen = look(
            connection,
            slot.practitioner_id,
            occupied,
            rooms,
            patient_id=patient_id,
            conversation_id=conversation_id,
            now=now,
        )
        if catalogue.covers(seen.version, now):
            break
        catalogue = load_catalogue(connection, now=now)
    moves_id = moved.id if moved else None
    own = (each for each in seen.around if _keeps(each, slot, conversation_id, moves_id))
    kept = next((each for each in own if not is_over(each, now)), None)
    if kept is None and override is None and not afterwards:
        check_notice(catalogue, slot, offer, now=now, for_staff=actor.is_staff)
    place = Place(
        slot=slot,
        offer=offer,
        catalogue=catalogue,
        occupied=occupied,
        around=seen.around,
        open_visits=seen.open_visits,
        kept=kept,
        overbooks=override is not None,
    )
    place.require_free(conversation_id, moved, now)
    return place


def has_begun(slot: Slot, now: datetime) -> bool:
    return instant(slot.starts_at) <= instant(now)


def _offer(
    catalogue: Catalogue,
    slot: Slot,
    actor: Actor,
    now: datetime,
    override: str | None,
    *,
    afterwards: bool,
) -> Offer:
    if override is None and not afterwards:
        return check_schedule(catalogue, slot, now=now, for_staff=actor.is_staff)
    if not actor.is_staff:
        raise StaffOnly("only staff may go beyond the clinic's rules")
    if instant(slot.ends_at) <= now and not afterwards:
        raise SlotInPast("the slot is over")
    catalogue.require((slot.practitioner_id,), slot.location_id)
    if afterwards:
        _require_recent(catalogue, slot, now)
    everything = replace(catalogue.persons[slot.practitioner_id], listed={})
    offer = offer_of(everything, catalogue.visit_type(slot.visit_type_id))
    if offer is None:
        raise NotOffered("this practitioner does not offer that visit type")
    return offer


def _require_recent(catalogue: Catalogue, slot: Slot, now: datetime) -> None:
    zone = catalogue.zones[slot.location_id]
    days = now.astimezone(zone).date() - slot.starts_at.astimezone(zone).date()
    if days.days > catalogue.rules_at(slot.location_id).back_entry_days:
        raise SlotInPast("the slot lies further back than the clinic enters visits afterwards")


def _keeps(
    each: Appointment, slot: Slot, conversation_id: int | None, moves_id: int | None
) -> bool:
    return (
        _holds(each, conversation_id)
        and each.moves_id == moves_id
        and each.practitioner_id == slot.practitioner_id
        and each.location_id == slot.location_id
        and each.visit_type_id == slot.visit_type_id
        and each.starts_at == slot.starts_at
        and each.ends_at == slot.ends_at
    )


def _holds(each: Appointment, conversation_id: int | None) -> bool:
    """Tell whether it is the conversation's own hold; what a round of the waitlist keeps is of
    none, and nobody's who comes without one."""
    is_theirs = conversation_id is not None and each.conversation_id == conversation_id
    return each.status is HELD and is_theirs


def is_over(kept: Appointment, now: datetime) -> bool:
    """Tell whether the hold's term is over, by the comparison that search uses."""
    return kept.hold_expires_at is not None and kept.hold_expires_at <= now


def occupied_by(slot: Slot, offer: Offer) -> Stretch:
    """Return the visit's time with its buffers."""
    before = timedelta(microseconds=offer.before)
    after = timedelta(microseconds=offer.after)
    return instant(slot.starts_at) - before, instant(slot.ends_at) + after
