"""Slots kept for a while, each for the conversation in which a patient is being asked."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from core.clock import instant
from core.database.guards import lock_calendars
from core.database.types import Instant
from core.errors import AppointmentChanged, PatientBusy
from core.models import appointments
from core.scheduling.appointments import (
    COLUMNS,
    SYSTEM,
    Actor,
    Appointment,
    by_id,
    draft,
    from_row,
)
from core.scheduling.calendar import Place, enter, is_over
from core.scheduling.catalogue import Catalogue
from core.scheduling.eligibility import require_eligible, require_visits_left
from core.scheduling.history import change, create
from core.scheduling.looking import Stretch, overlap
from core.scheduling.search import Slot
from core.scheduling.statuses import EXPIRED, HELD, after_moving
from core.scheduling.whole import all_or_nothing


def hold(
    connection: Connection,
    slot: Slot,
    *,
    conversation_id: int,
    patient_id: int | None,
    actor: Actor,
    now: datetime,
    catalogue: Catalogue,
    moves_id: int | None = None,
    open_visits_limit: int | None = None,
) -> Appointment:
    """Keep `slot` for the conversation, whose lock the caller has, and return the hold.

    What the conversation held before is released; the same slot once more has its term renewed.
    With `moves_id` the slot is kept as the new time of that visit: it may overlap the old time, and
    takes only what that does not occupy already. Else, what the clinic's rules say of the patient
    is checked as far as it is known who that is.
    Raises SlotTaken, PatientBusy, ResourceTaken, AppointmentNotFound, IllegalStatusChange, what
    `check_slot` raises and what `eligibility.require_eligible` raises; nothing has changed then.
    """
    now = instant(now)
    moved = None if moves_id is None else by_id(connection, moves_id)
    patient_id = moved.patient_id if moved else patient_id
    place = enter(
        connection,
        slot,
        catalogue,
        patient_id=patient_id,
        conversation_id=conversation_id,
        moved=moved,
        actor=actor,
        now=now,
    )
    if moved is not None:
        moved = by_id(connection, moved.id, lock=True)
        after_moving(moved.status)
    else:
        require_eligible(connection, place, patient_id, actor, now, open_visits_limit)
    require_visits_left(
        connection, place, actor, now, conversation_id=conversation_id, moves_id=moves_id
    )
    with all_or_nothing(connection):
        return _keep(connection, place, patient_id, conversation_id, moved, actor=actor, now=now)


def _keep(
    connection: Connection,
    place: Place,
    patient_id: int | None,
    conversation_id: int,
    moved: Appointment | None,
    *,
    actor: Actor,
    now: datetime,
) -> Appointment:
    term = now + timedelta(minutes=place.rules.hold_minutes)
    # Beside the visit that it would move, the patient is there twice: no guard for that.
    theirs = None if moved else patient_id
    if (
        place.kept is not None
        and not is_over(place.kept, now)
        and _is_enough(place, place.kept, moved)
    ):
        return _extend(connection, place.kept, theirs, term, actor=actor, now=now)
    around = make_way(connection, place.around, conversation_id, actor=actor, now=now)
    seat, stretch = _seat_and_stretch(place, around, moved)
    others = [each for each in around if moved is None or each.id != moved.id]
    room = place.free_resource(others, stretch, moved.resource_id if moved else None)
    if moved is not None and room == moved.resource_id:
        # The visit has it already, and keeps it until it moves.
        old = (moved.occupied_from, moved.occupied_until)
        room = None if overlap(old, stretch) else room
    kept = draft(
        place.slot,
        HELD,
        seat=seat,
        occupied=stretch,
        patient_id=theirs,
        moves_id=moved.id if moved else None,
        conversation_id=conversation_id,
        hold_expires_at=term,
        resource_id=room,
    )
    return create(connection, kept, "held", actor=actor, now=now)


def _is_enough(place: Place, kept: Appointment, moved: Appointment | None) -> bool:
    """Tell whether the hold, with what the visit that would move has, still covers all the time
    that is needed: that visit may have gone somewhere else meanwhile."""
    since, until = kept.occupied_from, kept.occupied_until
    if moved is not None and (moved.practitioner_id, moved.seat) == (
        kept.practitioner_id,
        kept.seat,
    ):
        touches = moved.occupied_from <= until and since <= moved.occupied_until
        if touches:
            since = min(since, moved.occupied_from)
            until = max(until, moved.occupied_until)
    return since <= place.occupied[0] and place.occupied[1] <= until


def _extend(
    connection: Connection,
    kept: Appointment,
    patient_id: int | None,
    term: datetime,
    *,
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Give the hold its full term again; left alone while most of it lies ahead."""
    is_young = kept.hold_expires_at is not None and kept.hold_expires_at - now > (term - now) / 2
    if is_young and kept.patient_id == patient_id:
        return kept
    return change(
        connection,
        kept,
        "held",
        actor=actor,
        now=now,
        patient_id=patient_id,
        hold_expires_at=term,
    )


def _seat_and_stretch(
    place: Place, around: list[Appointment], moved: Appointment | None
) -> tuple[int, Stretch]:
    """Return the seat, and how much of its time a hold must keep: for a move, only what the old
    visit does not occupy already. Raises PatientBusy, which no guard sees in a move."""
    seat, whole = place.free_seat(around), place.occupied
    if moved is None:
        return seat, whole
    others = [each for each in around if each.id != moved.id]
    visit = (place.slot.starts_at, place.slot.ends_at)
    for each in others:
        theirs = each.patient_id == moved.patient_id
        if theirs and overlap((each.starts_at, each.ends_at), visit):
            raise PatientBusy("the patient has another visit at that time")
    old = (moved.occupied_from, moved.occupied_until)
    same_person = moved.practitioner_id == place.slot.practitioner_id
    if not same_person or not overlap(old, whole):
        return seat, whole
    since, until = whole
    # A row is one stretch: where the new time sticks out on both sides, the earlier is kept.
    rest = (min(old[1], until), until) if old[0] <= since else (since, old[0])
    for each in others:
        beside = each.practitioner_id == moved.practitioner_id and each.seat == moved.seat
        if beside and overlap((each.occupied_from, each.occupied_until), rest):
            return seat, whole  # The old seat won't do, so all of the time is needed on another.
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


def held_by(connection: Connection, conversation_id: int) -> Appointment | None:
    """Return what the conversation holds, even if its term is over."""
    row = connection.execute(_OF_CONVERSATION, {"conversation": conversation_id}).first()
    return None if row is None else from_row(row)


def release(
    connection: Connection, conversation_id: int, *, actor: Actor, now: datetime
) -> Appointment | None:
    """Give back what the conversation holds; return it as it is now, None if there was nothing.

    `hold`, `book` and `move` do so themselves: before them, in one transaction, it only costs.
    """
    now = instant(now)
    kept = held_by(connection, conversation_id)
    if kept is None:
        return None
    lock_calendars(connection, [kept.practitioner_id], kept.patient_id)
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
