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
from core.scheduling.eligibility import (
    require_eligible,
    require_other_seen,
    require_visits_left,
)
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
        require_other_seen(connection, place, moved, actor, now)
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
    if place.kept is not None and _is_enough(place, place.kept, moved):
        return _extend(connection, place.kept, theirs, term, actor=actor, now=now)
    around = make_way(connection, place.around, conversation_id, actor=actor, now=now)
    others = [each for each in around if moved is None or each.id != moved.id]
    if moved is not None:
        _require_patient_free(place, others, moved.patient_id)
    seat, stretch, room = _needed(place, others, moved)
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
    """Tell whether the hold, with what the visit that would move has, is still all that is needed:
    the clinic may have lost the room, and that visit gone somewhere else meanwhile."""
    if moved is None:
        return place.will_do(kept.resource_id)
    own, old = _occupied(kept), _occupied(moved)
    if _covers(own, place.occupied):
        is_shared = kept.resource_id is None and overlap(own, old)
        return place.will_do(moved.resource_id if is_shared else kept.resource_id)
    is_beside = (kept.practitioner_id, kept.seat) == (moved.practitioner_id, moved.seat)
    touches = max(own[0], old[0]) <= min(own[1], old[1])
    return (
        is_beside
        and touches
        and _covers((min(own[0], old[0]), max(own[1], old[1])), place.occupied)
        and kept.resource_id in (None, moved.resource_id)
        and place.will_do(kept.resource_id)
    )


def _occupied(visit: Appointment) -> Stretch:
    return visit.occupied_from, visit.occupied_until


def _covers(one: Stretch, other: Stretch) -> bool:
    return one[0] <= other[0] and other[1] <= one[1]


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


def _require_patient_free(place: Place, others: list[Appointment], patient_id: int | None) -> None:
    """Raise PatientBusy, which no guard sees in a move."""
    visit = (place.slot.starts_at, place.slot.ends_at)
    for each in others:
        if each.patient_id == patient_id and overlap((each.starts_at, each.ends_at), visit):
            raise PatientBusy("the patient has another visit at that time")


def _needed(
    place: Place, others: list[Appointment], moved: Appointment | None
) -> tuple[int, Stretch, int | None]:
    """Return the seat, the time and the room that a hold must keep: for a move, only what the old
    visit does not occupy already. Raises ResourceTaken."""
    room = place.free_resource(others, rather=moved.resource_id if moved else None)
    seat, whole = place.free_seat(others, beside=moved), place.occupied
    if moved is None or not overlap(_occupied(moved), whole):
        return seat, whole, room
    rest = _rest(_occupied(moved), whole)
    same_person = moved.practitioner_id == place.slot.practitioner_id
    same_room = room in (None, moved.resource_id)
    if same_person and same_room and rest is not None and _is_free(moved, rest, others):
        return moved.seat, rest, room
    # All of the time, then, on another seat; but the visit has its room until it moves.
    return seat, whole, None if room == moved.resource_id else room


def _rest(old: Stretch, whole: Stretch) -> Stretch | None:
    """Return what of the time lies outside the old; None if that is two stretches, for a row is
    one."""
    if whole[0] < old[0]:
        return (whole[0], old[0]) if whole[1] <= old[1] else None
    return min(old[1], whole[1]), whole[1]


def _is_free(moved: Appointment, rest: Stretch, others: list[Appointment]) -> bool:
    """Tell whether nobody has the visit's seat in the rest of the time."""
    return not any(
        (each.practitioner_id, each.seat) == (moved.practitioner_id, moved.seat)
        and overlap(_occupied(each), rest)
        for each in others
    )


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
