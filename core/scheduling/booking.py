"""Book, move and cancel: each all or nothing, each with its event, each under the guards.

Every function takes the caller's transaction and never commits. On PostgreSQL it locks the
practitioners, then the patient, then the appointment: the same order everywhere, so that
no two bookings wait for each other.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core.clock import instant
from core.errors import AppointmentChanged, TooManyOpenVisits, VisitBegun
from core.rules import Rules
from core.scheduling.appointments import (
    Actor,
    Appointment,
    by_id,
    count_open_visits,
    draft,
    get,
    upcoming,
)
from core.scheduling.availability import check_schedule
from core.scheduling.calendar import all_or_nothing, lock_people, look_at
from core.scheduling.history import change, create
from core.scheduling.holds import expire_holds, held_by, hold, make_way, release
from core.scheduling.search import Slot
from core.scheduling.statuses import (
    CANCELLED,
    PENDING,
    SCHEDULED,
    after_moving,
    require_change,
)

__all__ = [
    "Actor",
    "Appointment",
    "book",
    "cancel",
    "expire_holds",
    "get",
    "held_by",
    "hold",
    "move",
    "release",
    "upcoming",
]


def book(
    connection: Connection,
    slot: Slot,
    *,
    patient_id: int,
    actor: Actor,
    now: datetime,
    rules: Rules,
    conversation_id: int | None = None,
    address_id: int | None = None,
    reason: str | None = None,
    open_visits_limit: int | None,
) -> Appointment:
    """Return the appointment: the conversation's hold of that slot turned into it (the same row),
    or a new one. A hold whose term is over serves as long as nobody has taken the time.

    Another hold of the conversation is released. A visit type that needs approval starts pending.
    Raises SlotTaken, PatientBusy, TooManyOpenVisits (None: no limit) and what `check_slot` raises;
    nothing has changed then.
    """
    now = instant(now)
    with all_or_nothing(connection):
        # Before the locks, so that nobody waits for it.
        offer = check_schedule(connection, slot, now=now, rules=rules, for_staff=actor.is_staff)
        lock_people(connection, [slot.practitioner_id], patient_id)
        place = look_at(
            connection,
            slot,
            offer,
            patient_id=patient_id,
            conversation_id=conversation_id,
            actor=actor,
            now=now,
            rules=rules,
        )
        _require_fewer_visits(connection, patient_id, open_visits_limit, now)
        others = [each for each in place.around if each is not place.kept]
        others = make_way(connection, others, conversation_id, actor=actor, now=now)
        booked = draft(
            slot,
            PENDING if place.offer.needs_approval and not actor.is_staff else SCHEDULED,
            seat=place.free_seat(others),
            occupied=place.occupied,
            patient_id=patient_id,
            conversation_id=conversation_id,
            booked_by_address_id=address_id,
        )
        if place.kept is not None:
            try:
                return _take_over(connection, place.kept, booked, reason, actor=actor, now=now)
            except AppointmentChanged:
                pass  # The worker has just tidied it up, so its term was over: start afresh.
        return create(connection, booked, "booked", actor=actor, now=now, reason=reason)


def _take_over(
    connection: Connection,
    kept: Appointment,
    booked: Appointment,
    reason: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Turn the hold into the visit that was to be booked; it keeps its row and its seat."""
    return change(
        connection,
        kept,
        "booked",
        actor=actor,
        now=now,
        hidden={"reason": reason, "booked_through": actor.channel, "booked_by": actor.kind},
        status=booked.status,
        patient_id=booked.patient_id,
        booked_by_address_id=booked.booked_by_address_id,
        hold_expires_at=None,
    )


def move(
    connection: Connection,
    appointment_id: int,
    slot: Slot,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    rules: Rules,
    why: str | None = None,
    conversation_id: int | None = None,
) -> Appointment:
    """Give the appointment another time, and if `slot` says so another practitioner: the same row,
    one version on. The conversation's hold goes away. A confirmed visit is only scheduled again.

    Raises AppointmentNotFound, AppointmentChanged (it is not at `version` any more),
    IllegalStatusChange, SlotTaken, PatientBusy and what `check_slot` raises, VisitBegun
    when a patient moves a visit that has begun; nothing has changed then.
    """
    now = instant(now)
    with all_or_nothing(connection):
        # Before the locks, so that nobody waits for it.
        offer = check_schedule(connection, slot, now=now, rules=rules, for_staff=actor.is_staff)
        old = _lock(connection, appointment_id, version, also=slot.practitioner_id)
        require_change(old.status, after_moving(old.status))
        _require_not_begun(old, actor, now)
        place = look_at(
            connection,
            slot,
            offer,
            patient_id=old.patient_id,
            conversation_id=conversation_id,
            moves_id=old.id,
            actor=actor,
            now=now,
            rules=rules,
        )
        others = [each for each in place.around if each.id != old.id]
        others = make_way(connection, others, conversation_id, actor=actor, now=now)
        values: dict[str, Any] = {
            "status": after_moving(old.status),
            "practitioner_id": slot.practitioner_id,
            "location_id": slot.location_id,
            "visit_type_id": slot.visit_type_id,
            "starts_at": instant(slot.starts_at),
            "ends_at": instant(slot.ends_at),
            "occupied_from": place.occupied[0],
            "occupied_until": place.occupied[1],
            "seat": place.free_seat(others),
            "moved_from": old.starts_at,
        }
        return change(connection, old, "rescheduled", actor=actor, now=now, why=why, **values)


def cancel(
    connection: Connection,
    appointment_id: int,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    why: str | None = None,
) -> Appointment:
    """Cancel the appointment; its time is free again.

    Raises AppointmentNotFound, AppointmentChanged (it is not at `version` any more),
    IllegalStatusChange, and VisitBegun when a patient cancels a visit that has begun.
    """
    now = instant(now)
    old = _lock(connection, appointment_id, version)
    require_change(old.status, CANCELLED)
    _require_not_begun(old, actor, now)
    cancelled = {"cancelled_at": now, "cancelled_by": actor.kind, "cancellation_reason": why}
    return change(
        connection,
        old,
        "cancelled",
        actor=actor,
        now=now,
        why=why,
        hidden=cancelled,
        status=CANCELLED,
    )


def _lock(
    connection: Connection, appointment_id: int, version: int, *, also: int | None = None
) -> Appointment:
    """Lock the calendars that the appointment stands in (and one more), then the appointment."""
    seen = by_id(connection, appointment_id)
    calendars = {seen.practitioner_id} if also is None else {seen.practitioner_id, also}
    lock_people(connection, calendars, seen.patient_id)
    old = by_id(connection, appointment_id, lock=True)
    if old.version != version:
        raise AppointmentChanged("the appointment has changed since it was shown")
    return old


def _require_fewer_visits(
    connection: Connection, patient_id: int, limit: int | None, now: datetime
) -> None:
    # The patient is locked: no other conversation books for them in this moment.
    if limit is not None and count_open_visits(connection, patient_id, now) >= limit:
        raise TooManyOpenVisits("the patient has as many visits ahead as the clinic allows")


def _require_not_begun(appointment: Appointment, actor: Actor, now: datetime) -> None:
    if not actor.is_staff and appointment.starts_at <= now:
        raise VisitBegun("a patient can neither move nor cancel a visit that has begun")
