"""Which slots are free, and whether one may be booked: what booking and search agree on."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.clock import instant
from core.database.types import to_microseconds
from core.errors import BeyondHorizon, NotOffered, NotReleasedYet, OutsideSchedule, SlotInPast
from core.rules import Rules
from core.scheduling.catalogue import Catalogue
from core.scheduling.finder import Finder
from core.scheduling.offers import Offer
from core.scheduling.search import Search, Slot, Window
from core.scheduling.slots import (
    MINUTE,
    Interval,
    Workday,
    free_starts,
    released_starts,
    subtract,
    workday,
)

__all__ = ["Search", "Slot", "Window", "check_slot", "find_slots"]


def find_slots(
    connection: Connection,
    search: Search,
    *,
    catalogue: Catalogue,
    now: datetime,
    for_staff: bool = False,
) -> list[Slot]:
    """Return the free slots that fit, the earliest first; at most `search.limit` of them.

    At one time the patient's own practitioners come first, then whoever has the fewest visits that
    day, then the lowest id: so the first one is what "anyone" gets.

    With `near` = (day, time) the best come first instead. A slot loses 120 points for each day
    between its day and the wished one (today, when only a time is wished), a point for each
    minute between its wall time and the wished one, and 60 for another practitioner than the
    patient's own; of equals the order above. So "Tuesday at three" gives Tuesday's times around
    three before Wednesday's, unless they are hours off.

    Patients find what they may book themselves, after the minimum notice; `for_staff` lifts what is
    said of patients. One query for the visits, one more for rooms or devices if the visit type
    needs one; with a limit, the same again when the stretch of days had to grow, twice at most.
    Raises NaiveDatetime, UnknownPractitioner, UnknownLocation and UnknownVisitType.
    """
    now = instant(now)
    if not catalogue.visit_types:
        return []
    return Finder(connection, search, catalogue, now=now, for_staff=for_staff).find()


def check_slot(
    catalogue: Catalogue, slot: Slot, *, now: datetime, for_staff: bool = False
) -> Offer:
    """Return the offer under which `slot` may be booked, as far as schedules and rules go: whether
    another visit takes it is for the guards to judge.

    Staff may book within the notice, what only staff may book, and off the grid. Raises
    UnknownPractitioner, UnknownLocation, UnknownVisitType, NotOffered, SlotInPast, BeyondHorizon,
    OutsideSchedule, NotReleasedYet or NaiveDatetime.
    """
    offer = check_schedule(catalogue, slot, now=now, for_staff=for_staff)
    check_notice(catalogue, slot, offer, now=now, for_staff=for_staff)
    return offer


def check_notice(
    catalogue: Catalogue, slot: Slot, offer: Offer, *, now: datetime, for_staff: bool = False
) -> None:
    """Raise SlotInPast unless the slot starts after now and the minimum notice, included."""
    rules = catalogue.rules_at(slot.location_id)
    notice = 0 if for_staff else offer.visit_type.notice_minutes(rules)
    if instant(slot.starts_at) < instant(now) + timedelta(minutes=notice):
        raise SlotInPast("the slot starts before now and the minimum notice")


def check_schedule(
    catalogue: Catalogue, slot: Slot, *, now: datetime, for_staff: bool = False
) -> Offer:
    """Like `check_slot`, but without the notice: whoever was offered a slot in time, and for whom
    it is held, may take a minute to say yes."""
    now, starts_at = instant(now), instant(slot.starts_at)
    offer = find_offer(catalogue, slot)
    if offer.visit_type.staff_only and not for_staff:
        raise NotOffered("only staff book that visit type")
    if starts_at < now:
        raise SlotInPast("the slot has begun")
    rules = catalogue.rules_at(slot.location_id)
    visit = (to_microseconds(starts_at), to_microseconds(instant(slot.ends_at)))
    for place in catalogue.workplaces.get(slot.practitioner_id, ()):
        if place.location_id != slot.location_id:
            continue
        day = starts_at.astimezone(place.zone).date()
        horizon = timedelta(days=offer.visit_type.horizon(rules))
        if day > now.astimezone(place.zone).date() + horizon:
            raise BeyondHorizon("the slot lies further ahead than the clinic plans")
        if not offer.stands(place.location_id, day.weekday()):
            raise NotOffered("this practitioner does not offer that visit type there on that day")
        hours = workday(place, day)
        if hours is not None and for_staff and _covered(visit, hours):
            return offer
        if hours is not None and not for_staff and _on_grid(visit, hours, offer):
            _require_released(visit, hours, rules, now)
            return offer
    raise OutsideSchedule("no schedule covers the slot")


def find_offer(catalogue: Catalogue, slot: Slot) -> Offer:
    """Return how the practitioner offers that visit type.

    Raises NotOffered, UnknownPractitioner, UnknownLocation and UnknownVisitType."""
    catalogue.require((slot.practitioner_id,), slot.location_id)
    offers = catalogue.offers(catalogue.visit_type(slot.visit_type_id))
    if slot.practitioner_id not in offers:
        raise NotOffered("this practitioner does not offer that visit type")
    return offers[slot.practitioner_id]


def _covered(visit: Interval, hours: Workday) -> bool:
    openings: Iterable[Interval] = subtract(hours.stretches, hours.absent)
    return any(start <= visit[0] and visit[1] <= end for start, end in openings)


def _on_grid(visit: Interval, hours: Workday, offer: Offer) -> bool:
    length = visit[1] - visit[0]
    if length not in (offer.length_known, offer.length_new):
        return False
    pattern = offer.pattern(known_patient=offer.length_known == length)
    return any(
        visit[0] in free_starts(opening, pattern, hours.absent, visit[0])[:1]
        for opening in hours.stretches
    )


def _require_released(visit: Interval, hours: Workday, rules: Rules, now: datetime) -> None:
    released = to_microseconds(now) + rules.same_day_release_hours * 60 * MINUTE
    if not released_starts([visit[0]], visit[1] - visit[0], hours.same_day, released):
        raise NotReleasedYet("the slot is kept for those who need to be seen soon")
