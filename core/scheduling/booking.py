"""Book, move and cancel: each all or nothing, each with its event, each under the guards.

Every function takes the caller's transaction and never commits. On PostgreSQL it locks the
practitioners, then the patient, then the appointment: the same order everywhere, so that
no two bookings wait for each other.
"""

from datetime import datetime

from sqlalchemy import Connection

from core.clock import instant
from core.errors import AppointmentChanged, SlotInPast, TooManyOpenVisits
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
from core.scheduling.availability import check_notice, check_schedule
from core.scheduling.calendar import (
    all_or_nothing,
    free_seat,
    lock_people,
    look_around,
    occupied_by,
)
from core.scheduling.history import change, create
from core.scheduling.holds import expire_holds, hold, is_over, make_way, release
from core.scheduling.search import Slot
from core.scheduling.statuses import (
    CANCELLED,
    HELD,
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
        lock_people(connection, [slot.practitioner_id], patient_id)
        offer = check_schedule(connection, slot, now=now, rules=rules, for_staff=actor.is_staff)
        whole = occupied_by(slot, offer)
        around = look_around(connection, slot.practitioner_id, whole, patient_id, conversation_id)
        kept = _hold_of(around, slot, conversation_id, moves_id=None)
        if kept is None or is_over(kept, now):
            check_notice(slot, offer, now=now, rules=rules, for_staff=actor.is_staff)
        if open_visits_limit is not None:
            _require_fewer_visits(connection, patient_id, open_visits_limit, now)
        others = [each for each in around if each is not kept]
        others = make_way(connection, others, conversation_id, actor=actor, now=now)
        status = PENDING if offer.needs_approval and not actor.is_staff else SCHEDULED
        if kept is not None:
            try:
                return change(
                    connection,
                    kept,
                    "booked",
                    actor=actor,
                    now=now,
                    hidden=_booked_by(actor) | {"reason": reason},
                    status=status,
                    patient_id=patient_id,
                    booked_by_address_id=address_id,
                    hold_expires_at=None,
                )
            except AppointmentChanged:
                pass  # The worker has just tidied it up, so its term was over: start afresh.
        booked = draft(
            slot,
            status,
            seat=free_seat(others, slot.practitioner_id, whole, offer.capacity),
            occupied=whole,
            patient_id=patient_id,
            conversation_id=conversation_id,
            booked_by_address_id=address_id,
        )
        return create(connection, booked, "booked", actor=actor, now=now, reason=reason)


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
    IllegalStatusChange, SlotTaken, PatientBusy and what `check_slot` raises (SlotInPast too when
    a patient moves a visit that has begun); nothing has changed then.
    """
    now = instant(now)
    with all_or_nothing(connection):
        old = _lock(connection, appointment_id, version, also=slot.practitioner_id)
        status = after_moving(old.status)
        require_change(old.status, status)
        _require_not_begun(old, actor, now)
        offer = check_schedule(connection, slot, now=now, rules=rules, for_staff=actor.is_staff)
        whole = occupied_by(slot, offer)
        around = look_around(
            connection, slot.practitioner_id, whole, old.patient_id, conversation_id
        )
        kept = _hold_of(around, slot, conversation_id, moves_id=old.id)
        if kept is None or is_over(kept, now):
            check_notice(slot, offer, now=now, rules=rules, for_staff=actor.is_staff)
        others = [each for each in around if each.id != old.id]
        others = make_way(connection, others, conversation_id, actor=actor, now=now)
        return change(
            connection,
            old,
            "rescheduled",
            actor=actor,
            now=now,
            why=why,
            status=status,
            practitioner_id=slot.practitioner_id,
            location_id=slot.location_id,
            visit_type_id=slot.visit_type_id,
            starts_at=instant(slot.starts_at),
            ends_at=instant(slot.ends_at),
            occupied_from=whole[0],
            occupied_until=whole[1],
            seat=free_seat(others, slot.practitioner_id, whole, offer.capacity),
            moved_from=old.starts_at,
        )


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
    IllegalStatusChange, and SlotInPast when a patient cancels a visit that has begun.
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


def _hold_of(
    around: list[Appointment], slot: Slot, conversation_id: int | None, *, moves_id: int | None
) -> Appointment | None:
    """Return the conversation's hold, if it keeps just this slot for just this purpose."""
    for each in around:
        if each.status is HELD and each.conversation_id == conversation_id is not None:
            kept = Slot(
                each.practitioner_id,
                each.location_id,
                each.visit_type_id,
                each.starts_at,
                each.ends_at,
            )
            return each if kept == slot and each.moves_id == moves_id else None
    return None


def _require_fewer_visits(
    connection: Connection, patient_id: int, limit: int, now: datetime
) -> None:
    # The patient is locked: no other conversation books for them in this moment.
    if count_open_visits(connection, patient_id, now) >= limit:
        raise TooManyOpenVisits("the patient has as many visits ahead as the clinic allows")


def _booked_by(actor: Actor) -> dict[str, object]:
    return {"booked_through": actor.channel, "booked_by": actor.kind}


def _require_not_begun(appointment: Appointment, actor: Actor, now: datetime) -> None:
    if not actor.is_staff and appointment.starts_at <= now:
        raise SlotInPast("the visit has begun")
