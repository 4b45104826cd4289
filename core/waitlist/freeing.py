"""A time that becomes free opens a round, in the transaction that frees it.

`core.scheduling.history` calls this for every change, so that no way of freeing a time forgets it.
While nobody waits for that practitioner it costs one look into the waitlist. Who is offered the
time is decided a moment later, by the worker.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, or_, select, text

from core.database.types import Instant
from core.database.upsert import insert_new
from core.models import (
    new_public_id,
    practitioner_specialties,
    specialties,
    visit_types,
    waitlist,
    waitlist_rounds,
)
from core.models.waitlist import RoundState
from core.rules import Rules, load_rules
from core.scheduling.appointments import Actor, Appointment
from core.scheduling.statuses import CANCELLED, ENTERED_IN_ERROR, EXPIRED, HELD, OPEN
from core.waitlist.entries import reopen


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A stretch of a practitioner's time, how it came to be free, and the visit that had it."""

    practitioner_id: int
    location_id: int
    starts_at: datetime
    ends_at: datetime
    freed_by: str
    freed_id: int | None = None


def follow(
    connection: Connection,
    before: Appointment,
    after: Appointment,
    event: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Offer what `after` no longer takes of the time that `before` had to those who wait for it,
    and let the patient wait again who has taken back what they had waited for."""
    if before.status is HELD:
        if after.status is EXPIRED:
            _hold_ended(connection, before, event, now)
        return
    given_up = _given_up(before, after)
    freed_by = "moved" if event == "rescheduled" else event
    for starts_at, ends_at in given_up:
        time = _of(before, starts_at, ends_at, freed_by)
        open_round(connection, time, now=now)
    if given_up and event in ("undone", "cancelled"):
        reopen(connection, before, undone=event == "undone", actor=actor, now=now)


def _of(visit: Appointment, starts_at: datetime, ends_at: datetime, freed_by: str) -> FreeTime:
    whose = (visit.practitioner_id, visit.location_id)
    return FreeTime(*whose, starts_at, ends_at, freed_by, visit.id)


def _given_up(before: Appointment, after: Appointment) -> list[tuple[datetime, datetime]]:
    if before.status not in OPEN:
        return []
    whole = (before.starts_at, before.ends_at)
    if after.status in (CANCELLED, ENTERED_IN_ERROR):
        return [whole]
    if after.status not in OPEN:
        return []  # Over, whoever came: nobody else comes at that time any more.
    if after.practitioner_id != before.practitioner_id:
        return [whole]
    return rest_of(whole, (after.starts_at, after.ends_at))


def rest_of(
    whole: tuple[datetime, datetime], taken: tuple[datetime, datetime]
) -> list[tuple[datetime, datetime]]:
    """Return what of a stretch lies before and after what is taken."""
    parts = ((whole[0], min(whole[1], taken[0])), (max(whole[0], taken[1]), whole[1]))
    return [part for part in parts if part[0] < part[1]]


def _hold_ended(connection: Connection, kept: Appointment, event: str, now: datetime) -> None:
    """What was held for a patient who is being asked is free again; what a round keeps is not, it
    has been offered. Of the hold of a move, only what it kept."""
    starts_at = max(kept.starts_at, kept.occupied_from)
    ends_at = min(kept.ends_at, kept.occupied_until)
    if kept.conversation_id is None or starts_at >= ends_at:
        return
    # Who gave a slot back for another often comes back to it.
    pauses = event == "released"
    open_round(connection, _of(kept, starts_at, ends_at, event), now=now, pauses=pauses)


_TRAINED = (
    select(specialties.c.code)
    .join(practitioner_specialties, practitioner_specialties.c.specialty_id == specialties.c.id)
    .where(practitioner_specialties.c.practitioner_id == bindparam("practitioner"))
)
_SOMEBODY_WAITS = select(
    exists().where(
        # Word for word as in the partial index.
        text("waitlist.state = 'waiting'"),
        or_(waitlist.c.until.is_(None), waitlist.c.until > bindparam("after", type_=Instant)),
        or_(
            waitlist.c.practitioner_id == bindparam("practitioner"),
            waitlist.c.specialty.in_(_TRAINED),
        ),
    )
)


def somebody_waits(connection: Connection, practitioner_id: int, after: datetime) -> bool:
    """Tell whether anybody waits for that practitioner, or their specialty, beyond that instant."""
    parameters = {"practitioner": practitioner_id, "after": after}
    return bool(connection.scalar(_SOMEBODY_WAITS, parameters))


_OVERLAPS = select(
    exists().where(
        text("waitlist_rounds.state = 'open'"),
        waitlist_rounds.c.practitioner_id == bindparam("practitioner"),
        waitlist_rounds.c.starts_at < bindparam("until", type_=Instant),
        waitlist_rounds.c.ends_at > bindparam("since", type_=Instant),
    )
)


def _is_offered(connection: Connection, time: FreeTime) -> bool:
    """Tell whether a part of it is being offered already."""
    window: dict[str, Any] = {"since": time.starts_at, "until": time.ends_at}
    whose = {"practitioner": time.practitioner_id}
    return bool(connection.scalar(_OVERLAPS, whose | window))


def open_round(
    connection: Connection, time: FreeTime, *, now: datetime, pauses: bool = False
) -> int | None:
    """Open a round for the time and return its id; None where nobody waits for it, where it is too
    near, and while it is being offered already."""
    if time.starts_at <= now or not somebody_waits(
        connection, time.practitioner_id, time.starts_at
    ):
        return None
    rules = load_rules(connection).at(time.location_id)
    if time.starts_at < now + _shortest_notice(connection, rules):
        return None
    if _is_offered(connection, time):
        return None
    first = now + timedelta(minutes=rules.hold_minutes if pauses else 0)
    row = {
        "public_id": new_public_id(),
        "practitioner_id": time.practitioner_id,
        "location_id": time.location_id,
        "starts_at": time.starts_at,
        "ends_at": time.ends_at,
        "freed_by": time.freed_by,
        "freed_id": time.freed_id,
        "state": RoundState.OPEN,
        "waves": 0,
        "next_wave_at": first,
        "opened_at": now,
        "created_at": now,
        "updated_at": now,
    }
    return insert_new(connection, waitlist_rounds, row)


_OWN_NOTICE = select(
    func.min(func.coalesce(visit_types.c.minimum_notice_minutes, bindparam("general")))
).where(visit_types.c.is_active)


def _shortest_notice(connection: Connection, rules: Rules) -> timedelta:
    general = rules.minimum_notice_minutes
    minutes = connection.scalar(_OWN_NOTICE, {"general": general})
    return timedelta(minutes=general if minutes is None else minutes)
