"""What is said after a visit: how was it; sorry that you missed it; it is time to come again.

Planned in the transaction that says how the visit ended, and withdrawn in the one that says
otherwise.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, exists, insert, select, update

from core.clock import instant
from core.errors import IllegalStatusChange
from core.models import appointments, new_public_id, occasions, recalls
from core.models.appointments import AppointmentStatus
from core.models.occasions import OccasionKind, OccasionState, RecallState
from core.occasions.whom import zone_of
from core.scheduling.appointments import Appointment
from core.scheduling.statuses import OPEN

# So long after a visit, when people remember it and are home again.
SETTLED = timedelta(hours=2)
# Long ago a question would only surprise.
WORTH = timedelta(days=7)
_KINDS = {
    AppointmentStatus.COMPLETED: OccasionKind.VISIT_OVER,
    AppointmentStatus.NO_SHOW: OccasionKind.VISIT_MISSED,
}
_AWAITED = (RecallState.PLANNED, RecallState.DUE)
_MORNING = time(9)  # Staff have had the evening to put right what was marked by mistake.


def follow(
    connection: Connection, before: Appointment | None, after: Appointment, now: datetime
) -> None:
    """Plan what is said after a visit that has just ended, one way or the other."""
    if before is None or before.status is after.status:
        return
    if before.status in _KINDS:
        _withdraw(connection, after.id, now)
    if before.status is AppointmentStatus.COMPLETED:
        _forget_follow_up(connection, after.id, now)
    kind = _KINDS.get(after.status)
    if kind is None or after.patient_id is None or after.ends_at < now - WORTH:
        return
    if _was_said(connection, kind, after.id):
        return
    due_at = max(now, after.ends_at + SETTLED)
    if kind is OccasionKind.VISIT_MISSED:
        zone = zone_of(connection, after.patient_id, after.location_id)
        due_at = _morning(now.astimezone(zone).date() + timedelta(days=1), zone)
    connection.execute(
        insert(occasions),
        {
            "public_id": new_public_id(),
            "kind": kind,
            "patient_id": after.patient_id,
            "appointment_id": after.id,
            "appointment_version": after.version,
            "due_at": due_at,
            "valid_until": due_at + WORTH,
            "state": OccasionState.PLANNED,
            "created_at": now,
            "updated_at": now,
        },
    )


def _was_said(connection: Connection, kind: OccasionKind, appointment_id: int) -> bool:
    """Nobody is asked twice about one visit, however often it is marked."""
    said = (
        occasions.c.kind == kind,
        occasions.c.appointment_id == appointment_id,
        occasions.c.state == OccasionState.SAID,
    )
    return connection.scalar(select(occasions.c.id).where(*said).limit(1)) is not None


def _withdraw(
    connection: Connection,
    appointment_id: int,
    now: datetime,
    kinds: Collection[OccasionKind] = tuple(_KINDS.values()),
) -> None:
    planned = (
        occasions.c.appointment_id == appointment_id,
        occasions.c.kind.in_(kinds),
        occasions.c.state == OccasionState.PLANNED,
    )
    withdrawn = {"state": OccasionState.WITHDRAWN, "note": "marked otherwise", "updated_at": now}
    connection.execute(update(occasions).where(*planned).values(withdrawn))


def _forget_follow_up(connection: Connection, appointment_id: int, now: datetime) -> None:
    """Nothing follows a visit that did not take place."""
    _withdraw(connection, appointment_id, now, [OccasionKind.FOLLOW_UP_DUE])
    of_it = recalls.c.appointment_id == appointment_id, recalls.c.state.in_(_AWAITED)
    withdrawn = {"state": RecallState.WITHDRAWN, "updated_at": now}
    connection.execute(update(recalls).where(*of_it).values(withdrawn))


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, _MORNING, zone))


def follow_up(connection: Connection, visit: Appointment, days: int, now: datetime) -> date:
    """Have the patient told, so many days after a visit that took place, that it is time to come
    again; return that day. Said again it counts anew. Raises IllegalStatusChange."""
    if visit.status is not AppointmentStatus.COMPLETED or visit.patient_id is None:
        raise IllegalStatusChange("a follow-up belongs to a visit that took place")
    zone = zone_of(connection, visit.patient_id, visit.location_id)
    due_on = visit.starts_at.astimezone(zone).date() + timedelta(days=days)
    _withdraw(connection, visit.id, now, [OccasionKind.FOLLOW_UP_DUE])
    values: dict[str, Any] = {"due_on": due_on, "state": RecallState.PLANNED, "updated_at": now}
    of_it = update(recalls).where(recalls.c.appointment_id == visit.id)
    if not connection.execute(of_it.values(values)).rowcount:
        new = {"patient_id": visit.patient_id, "appointment_id": visit.id, "created_at": now}
        connection.execute(insert(recalls), new | values)
    return due_on


def plan_recalls(connection: Connection, now: datetime, limit: int) -> int:
    """Plan to say of each follow-up whose day has come that it is time; where the patient has a
    visit with that practitioner ahead, there is nothing to say. Returns how many were settled."""
    ahead = appointments.alias("ahead")
    has_one = exists().where(
        ahead.c.patient_id == recalls.c.patient_id,
        ahead.c.practitioner_id == appointments.c.practitioner_id,
        ahead.c.status.in_(OPEN),
        ahead.c.starts_at > now,
    )
    rows = connection.execute(
        select(
            recalls.c.id,
            recalls.c.patient_id,
            recalls.c.appointment_id,
            recalls.c.due_on,
            appointments.c.location_id,
            has_one.label("has"),
        )
        .join(appointments, appointments.c.id == recalls.c.appointment_id)
        .where(recalls.c.state == RecallState.PLANNED, recalls.c.due_on <= now.date())
        .order_by(recalls.c.due_on, recalls.c.id)
        .limit(limit)
        .with_for_update(of=recalls, skip_locked=True)
    ).all()
    for row in rows:
        state = RecallState.DONE if row.has else RecallState.DUE
        of_it = update(recalls).where(recalls.c.id == row.id)
        connection.execute(of_it.values(state=state, updated_at=now))
        if not row.has:
            _say_it_is_time(connection, row, now)
    return len(rows)


def _say_it_is_time(connection: Connection, row: Any, now: datetime) -> None:
    """In the morning of that day; anew, if it was said before."""
    zone = zone_of(connection, row.patient_id, row.location_id)
    due_at = max(now, _morning(row.due_on, zone))
    planned: dict[str, Any] = {
        "due_at": due_at,
        "valid_until": due_at + WORTH,
        "state": OccasionState.PLANNED,
        "note": None,
        "message_id": None,
        "updated_at": now,
    }
    of_it = update(occasions).where(occasions.c.recall_id == row.id)
    if connection.execute(of_it.values(planned)).rowcount:
        return
    new = {
        "public_id": new_public_id(),
        "kind": OccasionKind.FOLLOW_UP_DUE,
        "patient_id": row.patient_id,
        "appointment_id": row.appointment_id,
        "recall_id": row.id,
        "created_at": now,
    }
    connection.execute(insert(occasions), new | planned)
