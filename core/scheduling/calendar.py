"""The practitioner's calendar while something is written into it: locks, and what is in the way."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, text, union_all
from sqlalchemy.exc import IntegrityError

from core.clock import instant
from core.database.guards import LIVE, LONGEST_VISIT, PATIENT_BUSY, SLOT_TAKEN, violated_guard
from core.database.savepoint import savepoint
from core.database.types import Instant
from core.errors import ClinicError, PatientBusy, SlotTaken
from core.models import appointments, patients, practitioners
from core.rules import Rules
from core.scheduling.appointments import COLUMNS, Actor, Appointment, from_row
from core.scheduling.availability import check_notice
from core.scheduling.catalogue import Offer
from core.scheduling.search import Slot
from core.scheduling.statuses import HELD

Stretch = tuple[datetime, datetime]

_REFUSALS: dict[str | None, ClinicError] = {
    SLOT_TAKEN: SlotTaken("another visit of this practitioner overlaps"),
    PATIENT_BUSY: PatientBusy("the patient has another visit at that time"),
}


@contextmanager
def all_or_nothing(connection: Connection) -> Iterator[None]:
    """Undo everything inside when it ends with an error, and nothing outside; a guard's refusal
    becomes SlotTaken or PatientBusy."""
    try:
        with savepoint(connection):
            yield
    except IntegrityError as error:
        refusal = _REFUSALS.get(violated_guard(error))
        if refusal is None:
            raise
        raise type(refusal)(*refusal.args) from error


# NO KEY UPDATE: bookings wait for each other, but not for those who only refer to the row.
_LOCK_PRACTITIONERS, _LOCK_PATIENT = (
    select(table.c.id)
    .where(table.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(table.c.id)
    .with_for_update(key_share=True)
    for table in (practitioners, patients)
)


def lock_people(
    connection: Connection, practitioner_ids: Collection[int], patient_id: int | None
) -> None:
    """Wait until nobody else writes into these calendars. The order is the same everywhere
    (practitioners by id, then the patient, then appointments), so that no two wait for each other.

    On SQLite the transaction has locked out all other writers already.
    """
    if connection.dialect.name == "sqlite":
        return
    connection.execute(_LOCK_PRACTITIONERS, {"ids": list(practitioner_ids)}).all()
    if patient_id is not None:
        connection.execute(_LOCK_PATIENT, {"ids": [patient_id]}).all()


_SINCE, _UNTIL = bindparam("since", type_=Instant), bindparam("until", type_=Instant)
_IN_THE_WAY = union_all(
    select(*COLUMNS)
    .where(appointments.c.practitioner_id == bindparam("practitioner"))
    .where(text(f"appointments.status IN {LIVE}"))
    .where(appointments.c.occupied_from > bindparam("reach", type_=Instant))
    .where(appointments.c.occupied_from < _UNTIL, appointments.c.occupied_until > _SINCE)
    .where(appointments.c.occupied_from < appointments.c.occupied_until),
    select(*COLUMNS)
    .where(appointments.c.patient_id == bindparam("patient"))
    .where(text(f"appointments.status IN {LIVE}"))
    .where(appointments.c.starts_at > bindparam("reach", type_=Instant))
    .where(appointments.c.starts_at < _UNTIL, appointments.c.ends_at > _SINCE),
    select(*COLUMNS)
    .where(appointments.c.conversation_id == bindparam("conversation"))
    .where(text("appointments.status = 'held'")),
)
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Place:
    """A slot in the calendar, once it is locked."""

    slot: Slot
    offer: Offer
    occupied: Stretch  # The visit's time with its buffers
    # Live appointments that overlap, of the practitioner and of the patient, and what the
    # conversation holds, wherever it is.
    around: list[Appointment]
    kept: Appointment | None  # The conversation's hold, if it is for just this

    def free_seat(self, others: Iterable[Appointment]) -> int:
        return free_seat(others, self.slot.practitioner_id, self.occupied, self.offer.capacity)


def look_at(
    connection: Connection,
    slot: Slot,
    offer: Offer,
    *,
    patient_id: int | None,
    conversation_id: int | None,
    moves_id: int | None = None,
    actor: Actor,
    now: datetime,
    rules: Rules,
) -> Place:
    """Return what is around `slot` in the locked calendar, given what `check_schedule` said.

    Raises SlotInPast. The notice counts when the slot is first held: whoever was offered it in time
    may take a minute to say yes."""
    occupied = occupied_by(slot, offer)
    rows = connection.execute(
        _IN_THE_WAY,
        {
            "practitioner": slot.practitioner_id,
            "since": occupied[0],
            "until": occupied[1],
            "reach": occupied[0] - LONGEST_VISIT,
            "patient": patient_id or _NOBODY,
            "conversation": conversation_id or _NOBODY,
        },
    ).all()
    around = list({row.id: from_row(row) for row in rows}.values())
    kept = next((each for each in around if _keeps(each, slot, conversation_id, moves_id)), None)
    if kept is None or is_over(kept, now):
        check_notice(slot, offer, now=now, rules=rules, for_staff=actor.is_staff)
    return Place(slot, offer, occupied, around, kept)


def _keeps(
    each: Appointment, slot: Slot, conversation_id: int | None, moves_id: int | None
) -> bool:
    return (
        each.status is HELD
        and each.conversation_id == conversation_id
        and each.moves_id == moves_id
        and each.practitioner_id == slot.practitioner_id
        and each.location_id == slot.location_id
        and each.visit_type_id == slot.visit_type_id
        and each.starts_at == slot.starts_at
        and each.ends_at == slot.ends_at
    )


def is_over(kept: Appointment, now: datetime) -> bool:
    """Tell whether the hold's term is over, by the comparison that search uses."""
    return kept.hold_expires_at is not None and kept.hold_expires_at <= now


def free_seat(
    around: Iterable[Appointment],
    practitioner_id: int,
    occupied: Stretch,
    capacity: int,
) -> int:
    """Return the first seat that nobody has during `occupied`; a taken one when none is free, and
    the guard refuses the row."""
    taken = {
        each.seat
        for each in around
        if each.practitioner_id == practitioner_id
        and overlap((each.occupied_from, each.occupied_until), occupied)
    }
    if len(taken) >= capacity:
        return min(taken)
    return next(seat for seat in range(capacity) if seat not in taken)


def occupied_by(slot: Slot, offer: Offer) -> Stretch:
    """Return the visit's time with its buffers."""
    before = timedelta(microseconds=offer.before)
    after = timedelta(microseconds=offer.after)
    return instant(slot.starts_at) - before, instant(slot.ends_at) + after


def overlap(one: Stretch, other: Stretch) -> bool:
    """Tell whether two stretches share time; one without any length shares none."""
    return max(one[0], other[0]) < min(one[1], other[1])
