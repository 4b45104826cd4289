"""Who would like a time that is not free yet, until they have it or give it up.

Of one patient there is one entry for each practitioner or specialty; said again it says what counts
from then on.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, bindparam, insert, select, text, update

from core.clock import instant
from core.database.guards import lock_calendars
from core.errors import TooManyWaits, WaitNotFound
from core.models import new_public_id, patient_events, waitlist
from core.models.waitlist import WaitState
from core.people.events import record
from core.rules import load_rules
from core.scheduling.appointments import SYSTEM, Actor, Appointment
from core.waitlist.offers import withdraw_of_entry
from core.waitlist.wishes import WISH, Wish, is_met, wish_of

FILLED = "waitlist_filled"


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    conversation_id: int
    wish: Wish


_WAITING = select(waitlist.c.id, waitlist.c.conversation_id, *WISH).where(
    waitlist.c.state == WaitState.WAITING
)


def waiting(
    connection: Connection,
    *,
    patient_ids: Collection[int],
    now: datetime,
    conversation_id: int | None = None,
) -> list[Entry]:
    """Return what these patients wait for, the oldest wish first; with a conversation, only what
    was asked for there (all that a `claimed` address may see)."""
    theirs = _WAITING.where(waitlist.c.patient_id.in_(patient_ids))
    if conversation_id is not None:
        theirs = theirs.where(waitlist.c.conversation_id == conversation_id)
    return _read(connection, theirs, now)


def _read(connection: Connection, entries: Select[Any], now: datetime) -> list[Entry]:
    """Whose last day has passed does not wait any more, whether or not somebody tidied up."""
    still = (waitlist.c.until.is_(None)) | (waitlist.c.until > instant(now))
    rows = connection.execute(entries.where(still).order_by(waitlist.c.since, waitlist.c.id))
    return [_entry(*row) for row in rows]


def _entry(entry_id: int, conversation_id: int, *values: Any) -> Entry:
    return Entry(entry_id, conversation_id, wish_of(values))


def join(
    connection: Connection,
    wish: Wish,
    *,
    conversation_id: int,
    limit: int,
    only_there: bool = False,
    actor: Actor,
    now: datetime,
) -> Entry:
    """Put the patient on the waitlist, or change what they wait for with that practitioner or
    specialty; since when they wait stays. `only_there`: whoever asks may not know of what was asked
    for in other conversations. Raises TooManyWaits."""
    now = instant(now)
    lock_calendars(connection, [], wish.patient_id)  # Two messages at once make no second entry.
    there = conversation_id if only_there else None
    entries = waiting(connection, patient_ids=[wish.patient_id], now=now, conversation_id=there)
    same = next((each for each in entries if _whom(each.wish) == _whom(wish)), None)
    values = {
        "conversation_id": conversation_id,
        **{column.name: getattr(wish, column.name) for column in WISH},
        "days": wish.days.to_json(),
        "updated_at": now,
    }
    if same is not None:
        _change(connection, same, "waitlist_changed", actor, now, values)
        return Entry(same.id, conversation_id, wish)
    if len(entries) >= limit:
        raise TooManyWaits("the patient waits for as many times as the clinic allows")
    new = {"public_id": new_public_id(), "since": now, "created_at": now}
    added = insert(waitlist).returning(waitlist.c.id)
    entry_id: int = connection.execute(
        added, values | new | {"state": WaitState.WAITING}
    ).scalar_one()
    entry = Entry(entry_id, conversation_id, wish)
    record(connection, wish.patient_id, "waitlisted", actor=actor, now=now)
    return entry


def _whom(wish: Wish) -> tuple[int | None, str | None]:
    return wish.practitioner_id, wish.specialty


def leave(connection: Connection, entry_id: int, *, actor: Actor, now: datetime) -> None:
    """Take the entry off; raises WaitNotFound when nobody waits for it any more."""
    found = _read(connection, _WAITING.where(waitlist.c.id == entry_id), now)
    if not found:
        raise WaitNotFound("no such entry waits")
    left = {"state": WaitState.LEFT, "updated_at": instant(now)}
    withdraw_of_entry(connection, entry_id, note="left", at=now)
    _change(connection, found[0], "left_waitlist", actor, now, left)


def fulfil(
    connection: Connection,
    visit: Appointment,
    *,
    specialties: Collection[str],
    zone: ZoneInfo,
    actor: Actor,
    now: datetime,
) -> int:
    """End what the patient waited for and has now, by a visit that was booked or moved; return how
    many entries that were. `specialties` are those of its practitioner."""
    if visit.patient_id is None:
        return 0
    met = [
        entry
        for entry in waiting(connection, patient_ids=[visit.patient_id], now=now)
        if is_met(entry.wish, visit, specialties, zone)
    ]
    for entry in met:
        fill(connection, entry.id, visit, actor=actor, now=now)
    return len(met)


def fill(
    connection: Connection, entry_id: int, visit: Appointment, *, actor: Actor, now: datetime
) -> None:
    """The patient has what they waited for: that visit."""
    filled = {"state": WaitState.FILLED, "updated_at": instant(now)}
    withdraw_of_entry(connection, entry_id, note="filled", at=now)
    connection.execute(update(waitlist).where(waitlist.c.id == entry_id).values(filled))
    # By which visit, and as of when: whoever takes that back waits again.
    detail = json.dumps({"entry": entry_id, "visit": visit.id, "version": visit.version})
    if visit.patient_id is not None:
        record(connection, visit.patient_id, FILLED, actor=actor, now=now, detail=detail)


_LATELY_FILLED = (
    select(patient_events.c.at, patient_events.c.detail)
    .where(patient_events.c.patient_id == bindparam("patient"), patient_events.c.what == FILLED)
    .order_by(patient_events.c.id.desc())
    .limit(10)
)


def reopen(
    connection: Connection, visit: Appointment, *, undone: bool, actor: Actor, now: datetime
) -> None:
    """Let the patient wait again for what `visit` gave them: booking it, or moving to it, is
    undone; or it is cancelled as soon as that."""
    rows = connection.execute(_LATELY_FILLED, {"patient": visit.patient_id}).all()
    found = [(row.at, json.loads(row.detail)) for row in rows if row.detail]
    theirs = [(at, said) for at, said in found if said["visit"] == visit.id]
    if not theirs:
        return
    since = now - timedelta(minutes=load_rules(connection).at(visit.location_id).undo_minutes)
    for at, said in theirs:
        if said["version"] == visit.version if undone else at >= since:
            _reopen(connection, said["entry"], WaitState.FILLED, actor, now)


def wait_again(
    connection: Connection, entry_ids: Iterable[int], *, actor: Actor, now: datetime
) -> None:
    """Let those entries wait again that were left by mistake; offers that had been made of them
    are gone."""
    for entry_id in entry_ids:
        _reopen(connection, entry_id, WaitState.LEFT, actor, instant(now))


def _reopen(
    connection: Connection, entry_id: int, ended: WaitState, actor: Actor, now: datetime
) -> None:
    row = connection.execute(
        select(waitlist.c.id, waitlist.c.conversation_id, *WISH).where(
            waitlist.c.id == entry_id, waitlist.c.state == ended
        )
    ).first()
    if row is None:
        return
    entry = _entry(*row)
    others = waiting(connection, patient_ids=[entry.wish.patient_id], now=now)
    if any(_whom(each.wish) == _whom(entry.wish) for each in others):
        return  # They have asked anew meanwhile.
    again = {"state": WaitState.WAITING, "updated_at": now}
    _change(connection, entry, "waitlist_reopened", actor, now, again)


def expire_waits(connection: Connection, *, now: datetime, limit: int) -> int:
    """End what nobody waits for any more, since its last day has passed; return how many. Nothing
    depends on it but the record."""
    now = instant(now)
    rows = connection.execute(
        select(waitlist.c.id, waitlist.c.conversation_id, *WISH)
        .where(text("waitlist.state = 'waiting'"), waitlist.c.until <= now)
        .order_by(waitlist.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        over = {"state": WaitState.OVER, "updated_at": now}
        _change(connection, _entry(*row), "waitlist_over", SYSTEM, now, over)
    return len(rows)


def _change(
    connection: Connection,
    entry: Entry,
    event: str,
    actor: Actor,
    now: datetime,
    values: dict[str, Any],
) -> None:
    connection.execute(update(waitlist).where(waitlist.c.id == entry.id).values(values))
    record(connection, entry.wish.patient_id, event, actor=actor, now=instant(now))
