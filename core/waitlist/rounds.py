"""A round: one time that is being offered, the hold that keeps it meanwhile, and how it ends."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, select, text, update

from core.database.guards import LIVE, LONGEST_VISIT
from core.database.types import Instant
from core.errors import AppointmentChanged, AppointmentNotFound
from core.models import appointments, waitlist_offers, waitlist_rounds
from core.models.waitlist import OfferState, RoundState
from core.rules import load_rules
from core.scheduling.appointments import SYSTEM, Actor, Appointment, by_id, draft
from core.scheduling.calendar import enter
from core.scheduling.catalogue import Catalogue
from core.scheduling.history import change, create
from core.scheduling.holds import make_way
from core.scheduling.looking import overlap
from core.scheduling.search import Slot
from core.scheduling.statuses import EXPIRED, HELD
from core.scheduling.whole import all_or_nothing
from core.waitlist.freeing import FreeTime
from core.waitlist.offers import tell_gone, withdraw


@dataclass(frozen=True, slots=True)
class Round:
    """A row of `waitlist_rounds`."""

    id: int
    practitioner_id: int
    location_id: int
    starts_at: datetime
    ends_at: datetime
    freed_by: str
    freed_id: int | None
    hold_id: int | None
    waves: int
    next_wave_at: datetime | None

    @property
    def time(self) -> FreeTime:
        return FreeTime(
            self.practitioner_id,
            self.location_id,
            self.starts_at,
            self.ends_at,
            self.freed_by,
            self.freed_id,
        )


_OPEN = select(*(waitlist_rounds.c[name] for name in Round.__dataclass_fields__)).where(
    text("waitlist_rounds.state = 'open'")  # Word for word as in the partial index.
)
_OPEN_BY_ID = _OPEN.where(waitlist_rounds.c.id == bindparam("round")).with_for_update()
_OPEN_FREED_BY = _OPEN.where(waitlist_rounds.c.freed_id == bindparam("freed")).with_for_update()


def lock_open(connection: Connection, round_id: int) -> Round | None:
    """Return the round as it is now, locked; None if it is not open any more. The practitioner's
    calendar is locked already."""
    row = connection.execute(_OPEN_BY_ID, {"round": round_id}).first()
    return None if row is None else Round(*row)


def held(connection: Connection, round_: Round) -> Appointment | None:
    """Return what keeps the round's time, None if nothing does."""
    if round_.hold_id is None:
        return None
    try:
        kept = by_id(connection, round_.hold_id, lock=True)
    except AppointmentNotFound:
        return None
    return kept if kept.status is HELD else None


def keep(
    connection: Connection,
    round_: Round,
    slot: Slot,
    *,
    term: datetime,
    channel: str,
    catalogue: Catalogue,
    now: datetime,
) -> None:
    """Keep the slot for the round until `term`; what it kept before, if that was another, is given
    back. Raises what `calendar.enter` raises, SlotTaken and ResourceTaken: it can't be kept, then.
    """
    clockwork = Actor(SYSTEM.kind, SYSTEM.id, channel)
    with all_or_nothing(connection):
        kept = held(connection, round_)
        if kept is not None and _slot_of(kept) == slot:
            change(connection, kept, "held", actor=clockwork, now=now, hold_expires_at=term)
            return
        release(connection, kept, actor=clockwork, now=now)
        row = _hold(connection, slot, term, catalogue, actor=clockwork, now=now)
        hold = create(connection, row, "held", actor=clockwork, now=now)
        set_round(connection, round_.id, now, hold_id=hold.id)


def _hold(
    connection: Connection,
    slot: Slot,
    term: datetime,
    catalogue: Catalogue,
    *,
    actor: Actor,
    now: datetime,
) -> Appointment:
    place = enter(
        connection, slot, catalogue, patient_id=None, conversation_id=None, actor=actor, now=now
    )
    others = make_way(connection, place.around, None, actor=actor, now=now)
    return draft(
        slot,
        HELD,
        patient_id=None,
        conversation_id=None,
        seat=place.free_seat(others),
        occupied=place.occupied,
        hold_expires_at=term,
        resource_id=place.free_resource(others),
    )


def _slot_of(kept: Appointment) -> Slot:
    return Slot(
        kept.practitioner_id, kept.location_id, kept.visit_type_id, kept.starts_at, kept.ends_at
    )


def release(
    connection: Connection, kept: Appointment | None, *, actor: Actor, now: datetime
) -> None:
    """Give back what a round keeps."""
    if kept is None:
        return
    with suppress(AppointmentChanged):  # The worker has just tidied it up; that is as good.
        change(connection, kept, "released", actor=actor, now=now, status=EXPIRED)


def set_round(connection: Connection, round_id: int, now: datetime, **values: Any) -> None:
    connection.execute(
        update(waitlist_rounds)
        .where(waitlist_rounds.c.id == round_id)
        .values(updated_at=now, **values)
    )


def end(connection: Connection, round_: Round, *, note: str, now: datetime) -> None:
    """Nobody was found, or the time is gone: what is kept is given back, and what is not answered
    yet ends. Who was asked and says yes all the same has it as long as nobody has taken it."""
    release(connection, held(connection, round_), actor=SYSTEM, now=now)
    _end_offers(connection, round_, OfferState.WITHDRAWN, now)
    closed = {"state": RoundState.OVER, "closed_at": now, "next_wave_at": None, "note": note}
    set_round(connection, round_.id, now, **closed)


def fill(connection: Connection, round_id: int, visit: Appointment, *, now: datetime) -> None:
    """Somebody has it: all others are told, as far as they had been asked."""
    which = waitlist_offers.c.round_id == round_id
    said = withdraw(connection, which, state=OfferState.GONE, note="gone", at=now)
    tell_gone(connection, said, rules=load_rules(connection).at(visit.location_id), now=now)
    filled = {"state": RoundState.FILLED, "filled_by_id": visit.id, "note": None}
    set_round(connection, round_id, now, **filled, closed_at=now, next_wave_at=None)


def take_back(connection: Connection, goal: Appointment, *, now: datetime) -> None:
    """End the rounds of the time that this visit had given up and wants back; who has been asked
    hears that it is gone. The practitioner's calendar is locked."""
    rules = None
    for row in connection.execute(_OPEN_FREED_BY, {"freed": goal.id}).all():
        round_ = Round(*row)
        if not overlap((round_.starts_at, round_.ends_at), (goal.starts_at, goal.ends_at)):
            continue
        rules = rules or load_rules(connection)
        release(connection, held(connection, round_), actor=SYSTEM, now=now)
        said = _end_offers(connection, round_, OfferState.GONE, now)
        tell_gone(connection, said, rules=rules.at(round_.location_id), now=now)
        closed = {"state": RoundState.OVER, "closed_at": now, "next_wave_at": None}
        set_round(connection, round_.id, now, **closed, note="taken_back")


def _end_offers(
    connection: Connection, round_: Round, state: OfferState, now: datetime
) -> list[int]:
    which = waitlist_offers.c.round_id == round_.id
    return withdraw(connection, which, state=state, note="the round is over", at=now)


_TAKEN = select(
    exists().where(
        appointments.c.practitioner_id == bindparam("practitioner"),
        text(f"appointments.status IN {LIVE}"),
        appointments.c.id != bindparam("hold"),
        appointments.c.occupied_from > bindparam("reach", type_=Instant),
        appointments.c.occupied_from < bindparam("until", type_=Instant),
        appointments.c.occupied_until > bindparam("since", type_=Instant),
    )
)


def is_taken(connection: Connection, round_: Round) -> bool:
    """Tell whether somebody else sits in that time by now."""
    parameters = {
        "practitioner": round_.practitioner_id,
        "hold": round_.hold_id or -1,
        "reach": round_.starts_at - LONGEST_VISIT,
        "since": round_.starts_at,
        "until": round_.ends_at,
    }
    return bool(connection.scalar(_TAKEN, parameters))
