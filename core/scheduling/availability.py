"""Which slots are free, and whether one may be booked: what booking and search agree on."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.clock import instant
from core.database.types import to_microseconds
from core.errors import BeyondHorizon, NotOffered, OutsideSchedule, SlotInPast
from core.rules import Rules
from core.scheduling.catalogue import Offer, load_offers, load_workplaces
from core.scheduling.finder import Finder
from core.scheduling.search import Search, Slot, Window
from core.scheduling.slots import (
    Interval,
    absent_hours,
    free_starts,
    instants,
    merge,
    opening_hours,
    subtract,
)

__all__ = ["Search", "Slot", "Window", "check_slot", "find_slots"]


def find_slots(
    connection: Connection, search: Search, *, now: datetime, rules: Rules, for_staff: bool = False
) -> list[Slot]:
    """Return the free slots that fit, the earliest first; at most `search.limit` of them.

    With `near` = (day, time) the best come first instead. A slot loses 120 points for each day
    between its day and the wished one (today, when only a time is wished) and a point for each
    minute between its wall time and the wished one; of equals the earlier goes first. So "Tuesday
    at three" gives Tuesday's times around three before Wednesday's, unless they are hours off.

    Patients find what they may book themselves, after the minimum notice; `for_staff` lifts both.
    Two queries for the clinic and one for the visits; with a limit, one more for each time that
    the stretch of days had to grow. Raises NaiveDatetime.
    """
    return Finder(connection, search, now=instant(now), rules=rules, for_staff=for_staff).find()


def check_slot(
    connection: Connection, slot: Slot, *, now: datetime, rules: Rules, for_staff: bool = False
) -> Offer:
    """Return the offer under which `slot` may be booked, as far as the schedule goes: whether
    another visit takes it is for the guards to judge.

    Staff may book within the notice, what only staff may book, and off the grid.
    Raises NotOffered, SlotInPast, BeyondHorizon, OutsideSchedule or NaiveDatetime.
    """
    offer = check_schedule(connection, slot, now=now, rules=rules, for_staff=for_staff)
    check_notice(slot, offer, now=now, rules=rules, for_staff=for_staff)
    return offer


def check_notice(
    slot: Slot, offer: Offer, *, now: datetime, rules: Rules, for_staff: bool = False
) -> None:
    """Raise SlotInPast unless the slot starts after now and the minimum notice, included."""
    notice = 0 if for_staff else offer.notice_minutes(rules)
    if instant(slot.starts_at) < instant(now) + timedelta(minutes=notice):
        raise SlotInPast("the slot starts before now and the minimum notice")


def check_schedule(
    connection: Connection, slot: Slot, *, now: datetime, rules: Rules, for_staff: bool = False
) -> Offer:
    """Like `check_slot`, but without the notice: whoever was offered a slot in time, and for whom
    it is held, may take a minute to say yes."""
    now, starts_at, ends_at = instant(now), instant(slot.starts_at), instant(slot.ends_at)
    offer = _offer(connection, slot, for_staff=for_staff)
    if starts_at < now:
        raise SlotInPast("the slot has begun")
    # The zone is not known yet; a day more on each side holds the local day whatever it is.
    first, last = starts_at - timedelta(days=1), starts_at + timedelta(days=1)
    places = load_workplaces(
        connection,
        [slot.practitioner_id],
        first.date(),
        last.date(),
        location_id=slot.location_id,
    )
    visit = (to_microseconds(starts_at), to_microseconds(ends_at))
    for place in places:
        day = starts_at.astimezone(place.zone).date()
        if day > now.astimezone(place.zone).date() + timedelta(days=offer.horizon(rules)):
            raise BeyondHorizon("the slot lies further ahead than the clinic plans")
        absent = merge(instants(day, absent_hours(place, day), place.zone))
        openings = instants(day, opening_hours(place, day), place.zone)
        if for_staff:
            if _covered(visit, subtract(openings, absent)):
                return offer
        elif _on_grid(visit, openings, absent, offer):
            return offer
    raise OutsideSchedule("no schedule covers the slot")


def _offer(connection: Connection, slot: Slot, *, for_staff: bool) -> Offer:
    offers = load_offers(
        connection,
        practitioner_ids=[slot.practitioner_id],
        visit_type_id=slot.visit_type_id,
    )
    if not offers or (offers[0].staff_only and not for_staff):
        raise NotOffered("this practitioner does not offer that visit type, or not to patients")
    return offers[0]


def _covered(visit: Interval, openings: Iterable[Interval]) -> bool:
    return any(start <= visit[0] and visit[1] <= end for start, end in openings)


def _on_grid(
    visit: Interval, openings: Iterable[Interval], absent: list[Interval], offer: Offer
) -> bool:
    # Whether the patient is known here was decided by the search: either length will do.
    pattern = offer.pattern(known_patient=offer.length_known == visit[1] - visit[0])
    if pattern.length != visit[1] - visit[0]:
        return False
    return any(
        visit[0] in free_starts(opening, pattern, absent, visit[0])[:1] for opening in openings
    )
