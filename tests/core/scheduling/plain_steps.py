"""What speaks against changing a visit that there is, worked out from rows alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from core.models.appointments import AppointmentStatus
from core.scheduling.appointments import Actor
from core.scheduling.statuses import ALLOWED
from tests.core.scheduling.plain_clinic import span
from tests.core.scheduling.plain_record import Happening
from tests.core.scheduling.plain_world import LIVE, Wish, World, shares, slot_of


def _allowed(visit: Row[Any], status: str) -> bool:
    return status in ALLOWED[AppointmentStatus(visit.status)]


def giving_up(world: World, visit: Row[Any], version: int, actor: Actor) -> set[str]:
    """Why the visit's time can't be given up, for another or for none."""
    reasons = set() if version == visit.version else {"AppointmentChanged"}
    if actor.is_staff:
        return reasons
    if visit.starts_at <= world.now:
        reasons.add("VisitBegun")
    visit_type = world.visit_type(slot_of(visit))
    hours = world.clinic.own_or_rule(visit_type, "cancellation_notice_hours", visit.location_id)
    if visit.starts_at - world.now < timedelta(hours=hours):
        reasons.add("TooLateToCancel")
    return reasons


def cancelling(world: World, visit: Row[Any], version: int, actor: Actor) -> set[str]:
    reasons = giving_up(world, visit, version, actor)
    return reasons if _allowed(visit, "cancelled") else reasons | {"IllegalStatusChange"}


def changing(world: World, visit: Row[Any], status: str, version: int, actor: Actor) -> set[str]:
    """Why the visit can't come to that status by being marked so."""
    reasons = set() if version == visit.version else {"AppointmentChanged"}
    if status != "confirmed" and not actor.is_staff:
        reasons.add("StaffOnly")
    # Each of the others has a way of its own.
    markable = ("confirmed", "arrived", "completed", "no_show", "entered_in_error")
    comes_back = visit.status == "cancelled" and status != "entered_in_error"  # By undoing only
    is_approved = status == "scheduled" and visit.status == "pending"
    is_confirmed = status != "confirmed" or visit.status == "scheduled"
    is_too_early = status in ("completed", "no_show") and world.now < visit.starts_at
    if (
        not (is_approved or status in markable)
        or not _allowed(visit, status)
        or comes_back
        or not is_confirmed
        or is_too_early
    ):
        reasons.add("IllegalStatusChange")
    if status in LIVE and visit.status not in LIVE:
        occupied = (visit.occupied_from, visit.occupied_until)
        others = list(world.others(Wish(slot_of(visit), moves_id=visit.id)))
        if visit.seat in _seats(others, visit.practitioner_id, occupied):
            reasons.add("SlotTaken")
        reasons |= _busy(others, visit.patient_id, (visit.starts_at, visit.ends_at))
        reasons |= _in_use(others, visit.resource_id, occupied)
    return reasons


def _seats(
    others: Sequence[Row[Any]], practitioner_id: int, occupied: tuple[datetime, datetime]
) -> set[int]:
    return {
        each.seat
        for each in others
        if each.practitioner_id == practitioner_id
        and shares((each.occupied_from, each.occupied_until), occupied)
    }


def _busy(
    others: Sequence[Row[Any]], patient_id: int, visit: tuple[datetime, datetime]
) -> set[str]:
    is_busy = any(
        each.patient_id == patient_id and shares((each.starts_at, each.ends_at), visit)
        for each in others
    )
    return {"PatientBusy"} if is_busy else set()


def _in_use(
    others: Sequence[Row[Any]], resource_id: int | None, occupied: tuple[datetime, datetime]
) -> set[str]:
    is_used = resource_id is not None and any(
        each.resource_id == resource_id
        and shares((each.occupied_from, each.occupied_until), occupied)
        for each in others
    )
    return {"ResourceTaken"} if is_used else set()


def undoing(world: World, visit: Row[Any], last: Happening, version: int, actor: Actor) -> set[str]:
    """Why the last thing that happened to the visit can't be taken back."""
    minutes = timedelta(minutes=world.rule("undo_minutes", slot_of(visit)))
    is_theirs = last.actor == (actor.kind.value, actor.id)
    marks = ("arrived", "completed", "missed")
    kinds = ("booked", "walked_in", "rescheduled", "cancelled", "confirmed", *marks)
    if last.type not in kinds or not is_theirs or world.now - last.at > minutes:
        return {"NothingToUndo"}
    reasons = set() if version == visit.version else {"AppointmentChanged"}
    if last.type == "walked_in":  # Whoever walks in has begun.
        return reasons
    if last.type == "booked" or last.before is None:
        is_past = last.at < visit.starts_at <= world.now  # Entered afterwards it was past as well.
        return reasons | ({"SlotInPast"} if is_past else set())
    goal = last.before
    if not _allowed(visit, goal["status"]):
        reasons.add("IllegalStatusChange")
    if goal["starts_at"] <= world.now and last.type not in marks:
        reasons.add("SlotInPast")
    if goal["status"] not in LIVE:
        return reasons
    occupied = (goal["occupied_from"], goal["occupied_until"])
    others = [
        each
        for each in world.others(Wish(slot_of(visit), moves_id=visit.id))
        if each.moves_id != visit.id  # Nobody is asked any more whether it shall move.
    ]
    taken = _seats(others, goal["practitioner_id"], occupied)
    capacity = world.clinic.one("practitioners", goal["practitioner_id"]).capacity
    if goal["seat"] in taken and taken.issuperset(range(capacity)):
        reasons.add("SlotTaken")
    reasons |= _busy(others, visit.patient_id, (goal["starts_at"], goal["ends_at"]))
    return reasons | _in_use(others, goal["resource_id"], occupied)


def forgiving(visit: Row[Any], actor: Actor) -> set[str]:
    reasons = set() if actor.is_staff else {"StaffOnly"}
    if visit.status not in ("no_show", "cancelled"):
        reasons.add("IllegalStatusChange")
    return reasons


def assert_kept(hold: Row[Any], whole: tuple[datetime, datetime], moved: Row[Any] | None) -> None:
    """The hold keeps all that the visit would occupy: when it is to move, together with the time,
    the seat and the room that it has already."""
    stretch = (hold.occupied_from, hold.occupied_until)
    if moved is None:
        assert stretch == whole
        return
    for at in span(*whole):
        if not stretch[0] <= at < stretch[1]:
            assert moved.occupied_from <= at < moved.occupied_until, f"{at} is not kept"
            old = (moved.practitioner_id, moved.seat, moved.resource_id)
            assert old == (hold.practitioner_id, hold.seat, hold.resource_id or moved.resource_id)
