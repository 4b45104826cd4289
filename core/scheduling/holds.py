"""Slots kept for a while, each for the conversation in which a patient is being asked."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from core.clock import instant
from core.database.types import Instant
from core.errors import AppointmentChanged, PatientBusy
from core.models import appointments
from core.rules import Rules
from core.scheduling.appointments import (
    COLUMNS,
    SYSTEM,
    Actor,
    Appointment,
    by_id,
    draft,
    from_row,
)
from core.scheduling.availability import check_slot
from core.scheduling.calendar import (
    Stretch,
    all_or_nothing,
    free_seat,
    lock_people,
    look_around,
    occupied_by,
    overlap,
)
from core.scheduling.history import change, create
from core.scheduling.search import Slot
from core.scheduling.statuses import EXPIRED, HELD, after_moving, require_change


def hold(
    connection: Connection,
    slot: Slot,
    *,
    conversation_id: int,
    patient_id: int | None,
    actor: Actor,
    now: datetime,
    rules: Rules,
    moves_id: int | None = None,
) -> Appointment:
    """Keep `slot` for the conversation, whose lock the caller has, and return the hold.

    What the conversation held before is released. With `moves_id` the slot is kept as the new time
    of that visit: it may overlap the old time, and takes only what that does not occupy already.
    Raises SlotTaken, PatientBusy, AppointmentNotFound, IllegalStatusChange and what `check_slot`
    raises; nothing has changed then.
    """
    now = instant(now)
    with all_or_nothing(connection):
        moved = None if moves_id is None else by_id(connection, moves_id)
        patient_id = moved.patient_id if moved else patient_id
        lock_people(connection, [slot.practitioner_id], patient_id)
        if moved is not None:
            moved = by_id(connection, moved.id, lock=True)
            require_change(moved.status, after_moving(moved.status))
        offer = check_slot(connection, slot, now=now, rules=rules, for_staff=actor.is_staff)
        whole = occupied_by(slot, offer)
        around = look_around(connection, slot.practitioner_id, whole, patient_id, conversation_id)
        around = make_way(connection, around, conversation_id, actor=actor, now=now)
        seat, stretch = free_seat(around, slot.practitioner_id, whole, offer.capacity), whole
        if moved is not None:
            _require_free_patient(around, moved, slot)
            if moved.practitioner_id == slot.practitioner_id:
                seat, stretch = _beside_old_visit(around, moved, whole, seat)
        kept = draft(
            slot,
            HELD,
            seat=seat,
            occupied=stretch,
            # Beside the visit that it would move, the patient is there twice: no guard for that.
            patient_id=None if moved else patient_id,
            moves_id=moves_id,
            conversation_id=conversation_id,
            hold_expires_at=now + timedelta(minutes=rules.hold_minutes),
        )
        return create(connection, kept, "held", actor=actor, now=now)


def _require_free_patient(around: Iterable[Appointment], moved: Appointment, slot: Slot) -> None:
    for each in around:
        is_theirs = each.patient_id == moved.patient_id and each.id != moved.id
        if is_theirs and overlap((each.starts_at, each.ends_at), (slot.starts_at, slot.ends_at)):
            raise PatientBusy("the patient has another visit at that time")


def _beside_old_visit(
    around: Iterable[Appointment], moved: Appointment, whole: Stretch, seat: int
) -> tuple[int, Stretch]:
    """Return the seat and the stretch that a move to `whole` has to keep, given the first seat that
    is free for all of it."""
    old = (moved.occupied_from, moved.occupied_until)
    if not overlap(old, whole):
        return seat, whole
    since, until = whole
    # A row is one stretch: where the new time sticks out on both sides, the earlier is kept.
    rest = (min(old[1], until), until) if old[0] <= since else (since, old[0])
    others = [each for each in around if each.id != moved.id and each.seat == moved.seat]
    if any(
        each.practitioner_id == moved.practitioner_id
        and overlap((each.occupied_from, each.occupied_until), rest)
        for each in others
    ):
        return seat, whole
    return moved.seat, rest


def make_way(
    connection: Connection,
    around: Iterable[Appointment],
    conversation_id: int | None,
    *,
    actor: Actor,
    now: datetime,
) -> list[Appointment]:
    """End the conversation's own hold and those whose term is over; return what remains."""
    remaining = []
    for each in around:
        if each.status is not HELD:
            remaining.append(each)
        elif conversation_id is not None and each.conversation_id == conversation_id:
            _end(connection, each, "released", actor=actor, now=now)
        elif is_over(each, now):
            clockwork = Actor(SYSTEM.kind, SYSTEM.id, actor.channel)
            _end(connection, each, "expired", actor=clockwork, now=now)
        else:
            remaining.append(each)
    return remaining


def is_over(kept: Appointment, now: datetime) -> bool:
    """Tell whether the hold's term is over, by the comparison that search uses."""
    return kept.hold_expires_at is not None and kept.hold_expires_at <= now


def _end(
    connection: Connection, kept: Appointment, event: str, *, actor: Actor, now: datetime
) -> Appointment | None:
    try:
        return change(connection, kept, event, actor=actor, now=now, status=EXPIRED)
    except AppointmentChanged:
        return None  # Another process has ended it first; that is as good.


_OF_CONVERSATION = select(*COLUMNS).where(
    appointments.c.conversation_id == bindparam("conversation"), appointments.c.status == HELD
)


def release(
    connection: Connection, conversation_id: int, *, actor: Actor, now: datetime
) -> Appointment | None:
    """Give back what the conversation holds; return it as it is now, None if there was nothing.

    `hold`, `book` and `move` do so themselves: before them, in one transaction, it only costs.
    """
    now = instant(now)
    row = connection.execute(_OF_CONVERSATION, {"conversation": conversation_id}).first()
    if row is None:
        return None
    kept = from_row(row)
    lock_people(connection, [kept.practitioner_id], kept.patient_id)
    return _end(connection, kept, "released", actor=actor, now=now)


_OVERDUE = (
    select(*COLUMNS)
    .where(appointments.c.status == HELD)
    .where(appointments.c.hold_expires_at <= bindparam("now", type_=Instant))
    .order_by(appointments.c.hold_expires_at)
    .limit(bindparam("limit"))
    .with_for_update(key_share=True, skip_locked=True)
)


def expire_holds(connection: Connection, *, now: datetime, limit: int) -> int:
    """Tidy up holds whose term is over; return how many. Nothing depends on it but the record."""
    now = instant(now)
    rows = connection.execute(_OVERDUE, {"now": now, "limit": limit}).all()
    for row in rows:
        _end(connection, from_row(row), "expired", actor=SYSTEM, now=now)
    return len(rows)
