"""The copies of broadcasts, one after the other: whose turn it is, and whether it may go out now.

Nothing is sent from here: a copy becomes a message of the outbox. It does so only while nothing
else waits there on its channel, and only so many in a minute, for all processes together: answers
and reminders are never behind them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from core.broadcasts import keeping
from core.broadcasts.keeping import Broadcast
from core.broadcasts.reach import Way, another_way, reach_at
from core.database.upsert import insert_missing
from core.messaging.candidates import due_on
from core.messaging.window import WINDOW_CLOSED
from core.models import addresses, broadcast_recipients, broadcasts, messages
from core.models.broadcasts import BroadcastPurpose, BroadcastState, RecipientState
from core.models.messaging import MessageKind, budgets
from core.occasions.whom import LIMITED, may_speak_from, rules_for, zone_of
from core.quiet import allowed_from
from core.rules import RuleBook

TOO_LATE = "too_late"  # It could not go out while it was worth it.
_MINUTE = timedelta(minutes=1)
_TICKS_A_MINUTE = 30  # As often copies are put into the outbox (`bot.upkeep`).
# Copies that wait there at once, on each channel.
FEWEST, MOST_IN_OUTBOX = 2, 20
_BUDGET = "broadcasts"  # Whoever changes this row counts; all others wait for it.
# What whoever is written to too often has had enough of; that the clinic is closed they hear.
_COUNTED = (*LIMITED, MessageKind.BROADCAST)


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that waits for its turn."""

    id: int
    address_id: int


@dataclass(frozen=True, slots=True)
class Turn:
    """A copy, locked, whose turn it may be."""

    id: int
    address_id: int
    patient_id: int
    channel: str
    broadcast: Broadcast


def due(connection: Connection, channel: str, now: datetime, limit: int) -> list[Copy]:
    """Return copies that may go out now on a channel, those of the oldest broadcast first."""
    rows = connection.execute(
        select(broadcast_recipients.c.id, addresses.c.id)
        .join(broadcasts, broadcasts.c.id == broadcast_recipients.c.broadcast_id)
        .join(addresses, addresses.c.id == broadcast_recipients.c.address_id)
        .where(
            broadcast_recipients.c.state == RecipientState.WAITING,
            broadcast_recipients.c.due_at <= now,
            broadcasts.c.state == BroadcastState.SENDING,
            addresses.c.channel == channel,
        )
        .order_by(broadcast_recipients.c.broadcast_id, broadcast_recipients.c.id)
        .limit(limit)
    )
    return [Copy(*row) for row in rows]


def still_due(connection: Connection, copy_id: int, now: datetime) -> Turn | None:
    """Return the copy, locked; None if it went out, was left out or stopped meanwhile."""
    row = connection.execute(
        select(broadcast_recipients, addresses.c.channel)
        .join(addresses, addresses.c.id == broadcast_recipients.c.address_id)
        .join(broadcasts, broadcasts.c.id == broadcast_recipients.c.broadcast_id)
        .where(
            broadcast_recipients.c.id == copy_id,
            broadcast_recipients.c.state == RecipientState.WAITING,
            broadcast_recipients.c.due_at <= now,
            broadcasts.c.state == BroadcastState.SENDING,
        )
        .with_for_update(of=broadcast_recipients)
    ).one_or_none()
    if row is None:
        return None
    broadcast = keeping.by_id(connection, row.broadcast_id)
    return Turn(row.id, row.address_id, row.patient_id, row.channel, broadcast)


def may_go(connection: Connection, turn: Turn, rules: RuleBook, now: datetime) -> bool:
    """Tell whether it may go out at this moment, by all that is known now; it is left out or put
    off where it may not. What merely has no room yet keeps its place."""
    broadcast = turn.broadcast
    if broadcast.purpose is None or broadcast.ends_at is None or now >= broadcast.ends_at:
        leave_out(connection, turn.id, TOO_LATE, now)
        return False
    way = reach_at(
        connection, broadcast.meant, broadcast.purpose, turn.address_id, turn.patient_id, now
    )
    if isinstance(way, str):
        _leave_out_here(connection, turn, way, now)
        return False
    free = _free_from(connection, way, broadcast.purpose, rules, now)
    if free >= broadcast.ends_at:
        leave_out(connection, turn.id, TOO_LATE, now)
        return False
    if free > now:
        postpone(connection, turn.id, free, now)
        return False
    if way.patient_id != turn.patient_id:
        _set(connection, turn.id, now, patient_id=way.patient_id)
    return has_room(connection, turn.channel, rules, now) and _take_turn(connection, rules, now)


def has_room(connection: Connection, channel: str, rules: RuleBook, now: datetime) -> bool:
    """Tell whether nothing else waits to be sent on that channel, and of these only a few: whatever
    comes next waits a moment at most."""
    most = rules.general.broadcast_messages_a_minute
    few = max(FEWEST, most // _TICKS_A_MINUTE) if most else MOST_IN_OUTBOX
    kinds = due_on(connection, channel, now, MOST_IN_OUTBOX)
    are_copies = all(kind == MessageKind.BROADCAST for kind in kinds)
    return are_copies and len(kinds) < min(few, MOST_IN_OUTBOX)


def is_full(connection: Connection, rules: RuleBook, now: datetime) -> bool:
    """Tell whether as many went out in the last minute as may."""
    most = rules.general.broadcast_messages_a_minute
    lately = select(func.count()).where(broadcast_recipients.c.queued_at > now - _MINUTE)
    return bool(most) and (connection.scalar(lately) or 0) >= most


def _take_turn(connection: Connection, rules: RuleBook, now: datetime) -> bool:
    """Take one of this minute's turns; of several processes one after the other counts."""
    insert_missing(connection, budgets, [{"name": _BUDGET, "next_at": now}])
    mine = update(budgets).where(budgets.c.name == _BUDGET)
    connection.execute(mine.values(next_at=now))
    return not is_full(connection, rules, now)


def _free_from(
    connection: Connection, way: Way, purpose: BroadcastPurpose, rules: RuleBook, now: datetime
) -> datetime:
    """Return from when on it may be said there: not at night, and not too often."""
    zone = zone_of(connection, way.patient_id, way.location_id)
    theirs = rules_for(connection, way.patient_id, rules.at(way.location_id))
    free = now
    if purpose is not BroadcastPurpose.OPERATION:
        free = may_speak_from(connection, way.address_id, theirs, zone, now, kinds=_COUNTED)
    return allowed_from(free, zone, theirs)


def _leave_out_here(connection: Connection, turn: Turn, why: str, now: datetime) -> None:
    """Of somebody whom WhatsApp takes nothing for any more, another address may do."""
    leave_out(connection, turn.id, why, now)
    broadcast = turn.broadcast
    if why != WINDOW_CLOSED or broadcast.purpose is None:
        return
    way = another_way(connection, broadcast.meant, broadcast.purpose, turn.patient_id, now)
    if way is not None:
        keeping.add(connection, broadcast.id, way, now)


def leave_out(connection: Connection, copy_id: int, why: str, now: datetime) -> None:
    _set(connection, copy_id, now, state=RecipientState.LEFT_OUT, note=why)


def postpone(connection: Connection, copy_id: int, until: datetime, now: datetime) -> None:
    _set(connection, copy_id, now, due_at=until)


def mark_queued(connection: Connection, turn: Turn, message_id: int, now: datetime) -> None:
    """That message carries it."""
    said = {"message_id": message_id, "queued_at": now, "note": None}
    _set(connection, turn.id, now, state=RecipientState.QUEUED, **said)
    broadcast = turn.broadcast
    this = update(messages).where(messages.c.id == message_id)
    named = {"campaign": broadcast.public_id, "valid_until": broadcast.ends_at}
    connection.execute(this.values(updated_at=now, **named))


def _set(connection: Connection, copy_id: int, now: datetime, **values: Any) -> None:
    one = broadcast_recipients.c.id == copy_id
    waits = broadcast_recipients.c.state == RecipientState.WAITING
    changed = update(broadcast_recipients).where(one, waits)
    connection.execute(changed.values(updated_at=now, **values))
