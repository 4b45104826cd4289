"""Move and cancel: what becomes of a visit that was booked. See `booking` for the locks."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from core.clock import instant
from core.database.guards import lock_calendars
from core.errors import AppointmentChanged, TooLateToCancel, VisitBegun
from core.scheduling.appointments import Actor, Appointment, Untold, by_id
from core.scheduling.calendar import enter
from core.scheduling.catalogue import Catalogue
from core.scheduling.eligibility import require_other_seen, require_visits_left
from core.scheduling.history import change, override_of
from core.scheduling.holds import make_way
from core.scheduling.search import Slot
from core.scheduling.statuses import CANCELLED, after_moving, require_change
from core.scheduling.whole import all_or_nothing


def move(
    connection: Connection,
    appointment_id: int,
    slot: Slot,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    catalogue: Catalogue,
    why: str | None = None,
    conversation_id: int | None = None,
    override: str | None = None,
    untold: Untold | None = None,
) -> Appointment:
    """Give the appointment another time, and if `slot` says so another practitioner: the same row,
    one version on. The conversation's hold goes away. A confirmed visit is only scheduled again.
    Staff may go beyond hours and rules, and overbook, with an `override`: the reason. The patient
    is told, unless there is a reason why not (`untold`).

    Raises AppointmentNotFound, AppointmentChanged (it is not at `version` any more),
    IllegalStatusChange, SlotTaken, PatientBusy, ResourceTaken, DayFull and what `check_slot`
    raises; when a patient moves a visit that has begun VisitBegun, and TooLateToCancel when it is
    too near; nothing has changed then.
    """
    now = instant(now)
    seen = by_id(connection, appointment_id)
    place = enter(
        connection,
        slot,
        catalogue,
        patient_id=seen.patient_id,
        conversation_id=conversation_id,
        moved=seen,
        actor=actor,
        now=now,
        override=override,
    )
    old = lock_at(connection, appointment_id, version)
    status = after_moving(old.status)
    require_time_left(place.catalogue, old, actor, now)
    require_other_seen(connection, place, old, actor, now)
    require_visits_left(
        connection, place, actor, now, conversation_id=conversation_id, moves_id=old.id
    )
    with all_or_nothing(connection):
        others = [each for each in place.around if each.id != old.id]
        others = make_way(connection, others, conversation_id, actor=actor, now=now)
        values: dict[str, Any] = {
            "status": status,
            "practitioner_id": slot.practitioner_id,
            "location_id": slot.location_id,
            "visit_type_id": slot.visit_type_id,
            "starts_at": instant(slot.starts_at),
            "ends_at": instant(slot.ends_at),
            "occupied_from": place.occupied[0],
            "occupied_until": place.occupied[1],
            "seat": place.free_seat(others),
            "resource_id": place.free_resource(others, rather=old.resource_id),
            "moved_from": old.starts_at,
        }
        return change(
            connection,
            old,
            "rescheduled",
            actor=actor,
            now=now,
            why=why,
            hidden={"override_reason": override, "late_minutes": None},
            hidden_before={"override_reason": override_of(connection, old.id)},
            untold=untold,
            **values,
        )


def cancel(
    connection: Connection,
    appointment_id: int,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    catalogue: Catalogue,
    why: str | None = None,
    untold: Untold | None = None,
) -> Appointment:
    """Cancel the appointment; its time is free again. The patient is told, unless there is a reason
    why not (`untold`).

    Raises AppointmentNotFound, AppointmentChanged (it is not at `version` any more),
    IllegalStatusChange; when a patient cancels a visit that has begun VisitBegun, and
    TooLateToCancel when it is too near.
    """
    now = instant(now)
    seen = by_id(connection, appointment_id)
    lock_calendars(connection, [seen.practitioner_id], seen.patient_id)
    old = lock_at(connection, appointment_id, version)
    require_change(old.status, CANCELLED)
    require_time_left(catalogue, old, actor, now)
    cancelled = {"cancelled_at": now, "cancelled_by": actor.kind, "cancellation_reason": why}
    return change(
        connection,
        old,
        "cancelled",
        actor=actor,
        now=now,
        why=why,
        hidden=cancelled,
        untold=untold,
        status=CANCELLED,
    )


def lock_at(connection: Connection, appointment_id: int, version: int) -> Appointment:
    """Lock the appointment, whose calendars are locked, and return it as it is now."""
    old = by_id(connection, appointment_id, lock=True)
    if old.version != version:
        raise AppointmentChanged("the appointment has changed since it was shown")
    return old


def require_time_left(
    catalogue: Catalogue, appointment: Appointment, actor: Actor, now: datetime
) -> None:
    """Raise VisitBegun or TooLateToCancel unless whoever acts may still give up that time."""
    if actor.is_staff:
        return
    if appointment.starts_at <= now:
        raise VisitBegun("a patient can neither move nor cancel a visit that has begun")
    rules = catalogue.rules_at(appointment.location_id)
    kind = catalogue.visit_types.get(appointment.visit_type_id)
    hours = kind.cancellation_hours(rules) if kind else rules.cancellation_notice_hours
    if appointment.starts_at - now < timedelta(hours=hours):
        raise TooLateToCancel("the visit is so near that the patient must call")
