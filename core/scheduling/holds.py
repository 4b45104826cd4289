"""Slots kept for a while, each for the conversation in which a patient is being asked."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from core.clock import instant
from core.database.types import Instant
from core.errors import PatientBusy
from core.models import appointments, new_public_id
from core.models.appointments import ActorKind
from core.rules import Rules
from core.scheduling.appointments import COLUMNS, SYSTEM, Actor, Appointment, by_id, from_row
from core.scheduling.availability import Slot, check_slot
from core.scheduling.calendar import all_or_nothing, free_seat, lock_people, look_around
from core.scheduling.catalogue import Offer
from core.scheduling.history import change, create
from core.scheduling.statuses import EXPIRED, HELD, SCHEDULED, require_change

Stretch = tuple[datetime, datetime]


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
    of that visit: it may overlap the old time, and takes only what that does not occupy.
    Raises SlotTaken, PatientBusy, AppointmentNotFound, IllegalStatusChange and what `check_slot`
    does; nothing has changed then.
    """
    now = instant(now)
    with all_or_nothing(connection):
        moved = None if moves_id is None else by_id(connection, moves_id)
        patient_id = patient_id if moved is None else moved.patient_id
        lock_people(connection, [slot.practitioner_id], patient_id)
        if moved is not None:
            moved = by_id(connection, moved.id, lock=True)
            require_change(moved.status, moved_status(moved))
        offer = check_slot(connection, slot, now=now, rules=rules, for_staff=actor.is_staff)
        whole = occupied(slot, offer)
        around = look_around(
            connection, slot.practitioner_id, whole, patient_id, conversation_id
        )
        around = expire_overdue(connection, around, now=now, channel=actor.channel)
        own = own_hold(around, conversation_id)
        if own is not None:
            end_hold(connection, own, "released", actor=actor, now=now)
            around.remove(own)
        seat, stretch = free_seat(around, slot.practitioner_id, whole, offer.capacity), whole
        if moved is not None:
            _refuse_busy_patient(around, moved, slot)
            seat, stretch = _seat_for_move(around, moved, slot, whole, offer.capacity)
        kept = new_appointment(slot, seat, stretch, HELD)
        kept = replace_hold(
            kept,
            # A move's hold overlaps the patient's own visit.
            patient_id=None if moved else patient_id,
            moves_id=moves_id,
            conversation_id=conversation_id,
            hold_expires_at=now + timedelta(minutes=rules.hold_minutes),
        )
        return create(connection, kept, "held", actor=actor, now=now)
