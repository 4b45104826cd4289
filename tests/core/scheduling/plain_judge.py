"""What the clinic must answer to a wish, worked out from rows alone: the names of all errors that
would be true. None: the wish must be granted."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row

from core.scheduling.search import Slot
from tests.core.scheduling.plain_clinic import is_inside, is_offered, is_on_grid, span, stands
from tests.core.scheduling.plain_world import OPEN, Wish, World, shares, slot_of


def objections(world: World, wish: Wish) -> set[str]:
    """Return what speaks against holding or booking it, or with `moves_id` against moving there."""
    is_entry = wish.afterwards and wish.slot.starts_at <= world.now
    if wish.overrides or is_entry:
        if not wish.is_staff:
            return {"StaffOnly"}
        is_past = is_long_ago(world, wish.slot) if is_entry else wish.slot.ends_at <= world.now
        found = {"SlotInPast"} if is_past else set()
    else:
        found = {
            *of_the_clinic(world, wish),
            *of_the_hours(world, wish),
            *of_the_patient(world, wish),
        }
        found.update(["DayFull"] if is_full(world, wish) else [])
    return found.union(of_others(world, wish))


def is_long_ago(world: World, slot: Slot) -> bool:
    days = world.clinic.day_of(world.now, slot.location_id) - world.clinic.day_of(
        slot.starts_at, slot.location_id
    )
    return days > timedelta(days=world.rule("back_entry_days", slot))


def of_the_clinic(world: World, wish: Wish) -> Iterator[str]:
    slot, clinic, now = wish.slot, world.clinic, world.now
    visit_type = world.visit_type(slot)
    day = clinic.day_of(slot.starts_at, slot.location_id)
    whose = (slot.practitioner_id, slot.visit_type_id)
    if not is_offered(clinic, *whose) or not stands(clinic, *whose, slot.location_id, day):
        yield "NotOffered"
    if visit_type.booked_by == "staff" and not wish.is_staff:
        yield "NotOffered"
    notice = clinic.own_or_rule(visit_type, "minimum_notice_minutes", slot.location_id)
    if wish.is_staff or world.kept(wish) is not None:
        notice = 0
    if slot.starts_at < now + timedelta(minutes=notice):
        yield "SlotInPast"
    horizon = clinic.own_or_rule(visit_type, "horizon_days", slot.location_id)
    if day > clinic.day_of(now, slot.location_id) + timedelta(days=horizon):
        yield "BeyondHorizon"


def of_the_hours(world: World, wish: Wish) -> Iterator[str]:
    slot, clinic = wish.slot, world.clinic
    where = (slot.practitioner_id, slot.location_id)
    if not is_inside(clinic, *where, slot.starts_at, slot.ends_at):
        yield "OutsideSchedule"
    if wish.is_staff:
        return
    usual = world.lengths(slot)
    if slot.ends_at - slot.starts_at not in (usual.new, usual.known):
        yield "OutsideSchedule"
    if not is_on_grid(clinic, *where, slot.starts_at, usual.step):
        yield "OutsideSchedule"
    if any(clinic.is_away(*where, at) for at in span(*world.occupied(slot))):
        yield "OutsideSchedule"
    day = clinic.moments(*where, clinic.day_of(slot.starts_at, slot.location_id))
    released = world.now + timedelta(hours=world.rule("same_day_release_hours", slot))
    is_kept = any(day[at].is_kept for at in span(slot.starts_at, slot.ends_at) if at in day)
    if is_kept and slot.starts_at > released:
        yield "NotReleasedYet"


def of_the_patient(world: World, wish: Wish) -> Iterator[str]:
    if wish.is_staff or wish.patient_id is None or wish.moves_id is not None:
        return
    slot, patient = wish.slot, world.patients[wish.patient_id]
    visit_type, usual = world.visit_type(slot), world.lengths(slot)
    is_known = world.knows(patient.id)
    if not is_known and not visit_type.new_patients:
        yield "NoNewPatients"
    if not is_known and slot.ends_at - slot.starts_at == usual.known < usual.new:
        yield "NotOffered"
    born, day = patient.date_of_birth, world.clinic.day_of(slot.starts_at, slot.location_id)
    if born is not None and not is_of_age(visit_type, born, day):
        yield "AgeOutsideRange"
    ahead = [
        visit
        for visit in world.visits.values()
        if visit.patient_id == patient.id and visit.status in OPEN and visit.ends_at > world.now
    ]
    if wish.limit is not None and len(ahead) >= wish.limit:
        yield "TooManyOpenVisits"
    if has_missed(world, wish, "staff_only_from_missed_visits"):
        yield "MustCall"


def is_of_age(visit_type: Row[Any], born: date, day: date) -> bool:
    years = day.year - born.year - (1 if (day.month, day.day) < (born.month, born.day) else 0)
    return (visit_type.age_from or 0) <= years <= (visit_type.age_until or 1000)


def has_missed(world: World, wish: Wish, rule: str) -> bool:
    """Tell whether the patient has missed as many visits as the rule names."""
    at = world.rule(rule, wish.slot)
    if not at or world.visit_type(wish.slot).kind == "emergency":
        return False
    missed = 0
    for visit in world.visits.values():
        mine = visit.patient_id == wish.patient_id and visit.id not in world.forgiven
        if not mine or visit.starts_at <= world.now - timedelta(days=365):
            continue
        hours = world.rule("late_cancellation_hours", slot_of(visit))
        is_late = (
            visit.status == "cancelled"
            and visit.cancelled_by == "patient"
            and visit.starts_at - visit.cancelled_at < timedelta(hours=hours)
        )
        missed += visit.status == "no_show" or is_late
    return missed >= at


def needs_approval(world: World, wish: Wish) -> bool:
    if wish.is_staff:
        return False
    return world.visit_type(wish.slot).needs_approval or (
        wish.patient_id is not None and has_missed(world, wish, "approve_from_missed_visits")
    )


def visits_on(world: World, wish: Wish) -> int:
    """Return how many visits and holds the practitioner has on the slot's day."""
    slot = wish.slot
    day = world.clinic.day_of(slot.starts_at, slot.location_id)
    since, until = world.clinic.bounds(day, slot.location_id)
    return sum(
        visit.practitioner_id == slot.practitioner_id
        and since <= visit.occupied_from < until
        and visit.occupied_from < visit.occupied_until
        for visit in world.others(wish)
    )


def is_full(world: World, wish: Wish) -> bool:
    cap = world.clinic.one("practitioners", wish.slot.practitioner_id).visits_a_day
    return cap is not None and not wish.is_staff and visits_on(world, wish) >= cap


def of_others(world: World, wish: Wish) -> Iterator[str]:
    """What stands in the calendars of the practitioner, the patient and the rooms."""
    slot, others = wish.slot, list(world.others(wish))
    occupied, serves = world.occupied(slot), world.serves(wish)
    visit_time = (slot.starts_at, slot.ends_at)
    for visit in others:
        is_theirs = wish.patient_id is not None and visit.patient_id == wish.patient_id
        if is_theirs and shares((visit.starts_at, visit.ends_at), visit_time):
            yield "PatientBusy"
    capacity = world.clinic.one("practitioners", slot.practitioner_id).capacity
    taken = {
        visit.seat
        for visit in others
        if visit.practitioner_id == slot.practitioner_id
        and shares((visit.occupied_from, visit.occupied_until), occupied)
    }
    if len(taken) >= capacity and not wish.overrides and not serves:
        yield "SlotTaken"
    if not serves and lacks_room(world, slot, others):
        yield "ResourceTaken"


def lacks_room(world: World, slot: Slot, others: Sequence[Row[Any]]) -> bool:
    if world.visit_type(slot).resource_kind is None:
        return False
    occupied = world.occupied(slot)
    return not any(
        all(
            visit.resource_id != room.id
            or not shares((visit.occupied_from, visit.occupied_until), occupied)
            for visit in others
        )
        for room in world.rooms(slot)
    )


def is_listed(world: World, wish: Wish, *, is_known: bool, born: date | None) -> bool:
    """Tell whether a search for such a patient must list the slot: what only the patient's own
    visits say does not count, nor what is held for the conversation already."""
    slot, usual, visit_type = wish.slot, world.lengths(wish.slot), world.visit_type(wish.slot)
    if slot.ends_at - slot.starts_at != (usual.known if is_known else usual.new):
        return False
    day = world.clinic.day_of(slot.starts_at, slot.location_id)
    if not wish.is_staff and not (
        (is_known or visit_type.new_patients) and (born is None or is_of_age(visit_type, born, day))
    ):
        return False
    # What the conversation holds counts as free; but the notice counts for it as for others.
    visits = {
        key: visit
        for key, visit in world.visits.items()
        if visit.status != "held" or visit.conversation_id != wish.conversation_id
    }
    world = replace(world, visits=visits)
    asker = replace(wish, patient_id=None)
    # Staff find what lies on the grid, too, but same-day hours at any time.
    of_no_weight = {"NotReleasedYet"} if wish.is_staff else set()
    return not (
        any(of_the_clinic(world, asker))
        or any(each not in of_no_weight for each in of_the_hours(world, _as_patient(asker)))
        or is_full(world, asker)
        or any(of_others(world, asker))
    )


def _as_patient(wish: Wish) -> Wish:
    return replace(wish, is_staff=False)
