"""Broadcasts from the draft on: agreed to once, stopped, taken up again, counted."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from core.broadcasts.group import Filter
from core.broadcasts.reach import Way
from core.clock import instant
from core.database.upsert import insert_missing
from core.errors import BroadcastDecided, BroadcastNotFound
from core.models import broadcast_recipients, broadcasts, messages, new_public_id
from core.models.broadcasts import BroadcastPurpose, BroadcastState, RecipientState
from core.models.messaging import MessageStatus
from core.staff.rights import Sphere

# What could not go out in so long, for nights, limits and outages, is no news to anybody.
WORTH_SENDING = timedelta(days=3)
WITHDRAWN = "withdrawn"  # Why a message is dropped.
_ARRIVED = (MessageStatus.DELIVERED, MessageStatus.READ)
_LOST = (MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Broadcast:
    """`purpose` None: not said yet. `agreed_at`, `ends_at` None: a draft."""

    id: int
    public_id: str
    staff_id: int
    purpose: BroadcastPurpose | None
    text: str
    meant: Filter
    state: BroadcastState
    agreed_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many copies stand where. `reasons`: of those left out, an error code or reason each."""

    waiting: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    left_out: int = 0
    withdrawn: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def recipients(self) -> int:
        counted = (self.waiting, self.sent, self.delivered, self.failed)
        return sum(counted) + self.left_out + self.withdrawn


def draft(
    connection: Connection,
    meant: Filter,
    text: str,
    *,
    staff_id: int,
    purpose: BroadcastPurpose | None = None,
    now: datetime,
) -> Broadcast:
    """Keep what somebody is about to send, instead of what they were about to before; nothing goes
    out."""
    at = instant(now)
    older = broadcasts.c.staff_id == staff_id, broadcasts.c.state == BroadcastState.DRAFT
    connection.execute(delete(broadcasts).where(*older))
    values = {
        "public_id": new_public_id(),
        "staff_id": staff_id,
        "purpose": purpose,
        "text": text,
        "filter": meant.to_json(),
        "state": BroadcastState.DRAFT,
        "created_at": at,
        "updated_at": at,
    }
    made = connection.execute(insert(broadcasts).returning(broadcasts.c.id), values).scalar_one()
    return by_id(connection, made)


def by_id(connection: Connection, broadcast_id: int) -> Broadcast:
    """Raises BroadcastNotFound."""
    row = connection.execute(
        select(broadcasts).where(broadcasts.c.id == broadcast_id)
    ).one_or_none()
    if row is None:
        raise BroadcastNotFound("expected a broadcast, there is none of that number")
    return _read(row)


def find(connection: Connection, broadcast_id: int, sphere: Sphere, staff_id: int) -> Broadcast:
    """Return one that somebody with that sphere may see: a draft only whoever wrote it. Raises
    BroadcastNotFound."""
    found = by_id(connection, broadcast_id)
    is_own = found.staff_id == staff_id
    is_draft = found.state is BroadcastState.DRAFT
    if not found.meant.lies_in(sphere) or (is_draft and not is_own):
        raise BroadcastNotFound("expected a broadcast that is theirs to see")
    return found


def latest(connection: Connection, sphere: Sphere, limit: int) -> list[Broadcast]:
    """Return what was agreed to lately, the last first, as far as it is theirs to see."""
    agreed = broadcasts.c.state != BroadcastState.DRAFT
    rows = connection.execute(select(broadcasts).where(agreed).order_by(broadcasts.c.id.desc()))
    theirs = (each for each in map(_read, rows) if each.meant.lies_in(sphere))
    return [each for each, _ in zip(theirs, range(limit), strict=False)]


def say_what_for(
    connection: Connection, broadcast_id: int, purpose: BroadcastPurpose, now: datetime
) -> None:
    """Raises BroadcastDecided once it was agreed to."""
    _change(connection, broadcast_id, BroadcastState.DRAFT, now, purpose=purpose)


def agree(
    connection: Connection,
    broadcast_id: int,
    ways: Iterable[Way],
    *,
    starts_at: datetime,
    now: datetime,
) -> None:
    """Let it go out to these, from `starts_at` on. Of two who agree at once the second meets
    BroadcastDecided, and so does whoever presses twice."""
    at = instant(now)
    _change(
        connection,
        broadcast_id,
        BroadcastState.DRAFT,
        at,
        state=BroadcastState.SENDING,
        agreed_at=at,
        ends_at=at + WORTH_SENDING,
    )
    if rows := [_recipient(broadcast_id, way, instant(starts_at), at) for way in ways]:
        insert_missing(connection, broadcast_recipients, rows)


def add(connection: Connection, broadcast_id: int, way: Way, now: datetime) -> None:
    """One more address, if it is not there yet."""
    insert_missing(connection, broadcast_recipients, [_recipient(broadcast_id, way, now, now)])


def _recipient(broadcast_id: int, way: Way, due_at: datetime, now: datetime) -> dict[str, Any]:
    return {
        "broadcast_id": broadcast_id,
        "address_id": way.address_id,
        "patient_id": way.patient_id,
        "state": RecipientState.WAITING,
        "due_at": due_at,
        "created_at": now,
        "updated_at": now,
    }


def stop(connection: Connection, broadcast_id: int, now: datetime) -> int:
    """Withdraw what no provider has heard of yet, and return how many that were. Raises
    BroadcastDecided if it does not go out, or not any more."""
    at = instant(now)
    _change(connection, broadcast_id, BroadcastState.SENDING, at, state=BroadcastState.STOPPED)
    theirs = broadcast_recipients.c.broadcast_id == broadcast_id
    withdrawn = {"state": RecipientState.WITHDRAWN, "updated_at": at}
    waiting = update(broadcast_recipients).where(
        theirs, broadcast_recipients.c.state == RecipientState.WAITING
    )
    count = connection.execute(waiting.values(withdrawn)).rowcount
    carried = select(broadcast_recipients.c.message_id).where(
        theirs, broadcast_recipients.c.state == RecipientState.QUEUED
    )
    # Whoever has claimed one meanwhile sends it: it is sent, then, and counted so.
    dropped = update(messages).where(
        messages.c.id.in_(carried), messages.c.status == MessageStatus.QUEUED
    )
    values = {"status": MessageStatus.DROPPED, "dropped_at": at, "due_at": None}
    ids = connection.scalars(
        dropped.values(error_code=WITHDRAWN, updated_at=at, **values).returning(messages.c.id)
    ).all()
    back = update(broadcast_recipients).where(broadcast_recipients.c.message_id.in_(ids))
    connection.execute(back.values(withdrawn | {"message_id": None, "queued_at": None}))
    return count + len(ids)


def go_on(connection: Connection, broadcast_id: int, now: datetime) -> int:
    """Send what was withdrawn after all, and return how many that are; whoever has it does not get
    it again. Raises BroadcastDecided if it was not stopped."""
    at = instant(now)
    _change(connection, broadcast_id, BroadcastState.STOPPED, at, state=BroadcastState.SENDING)
    theirs = broadcast_recipients.c.broadcast_id == broadcast_id
    again = update(broadcast_recipients).where(
        theirs, broadcast_recipients.c.state == RecipientState.WITHDRAWN
    )
    values = {"state": RecipientState.WAITING, "due_at": at, "updated_at": at}
    return connection.execute(again.values(values)).rowcount


def progress(connection: Connection, broadcast_id: int) -> Progress:
    """Return how far it is."""
    copies = broadcast_recipients
    rows = connection.execute(
        select(copies.c.state, copies.c.note, messages.c.status, messages.c.error_code)
        .select_from(copies)
        .outerjoin(messages, messages.c.id == copies.c.message_id)
        .where(copies.c.broadcast_id == broadcast_id)
    ).all()
    counted = Counter(_stands(row.state, row.status) for row in rows)
    reasons = Counter(
        row.note or row.error_code or ""
        for row in rows
        if _stands(row.state, row.status) == "left_out"
    )
    return Progress(**counted, reasons=dict(sorted(reasons.items())))


def _stands(state: str, status: str | None) -> str:
    if state != RecipientState.QUEUED:
        return str(state)
    if status in _ARRIVED:
        return "delivered"
    if status in _LOST:
        return "failed"
    if status == MessageStatus.DROPPED:
        return "left_out"
    return "sent" if status == MessageStatus.SENT else "waiting"


def _change(
    connection: Connection, broadcast_id: int, before: BroadcastState, now: datetime, **values: Any
) -> None:
    still = broadcasts.c.id == broadcast_id, broadcasts.c.state == before
    changed = update(broadcasts).where(*still).values(updated_at=now, **values)
    if connection.execute(changed).rowcount != 1:
        raise BroadcastDecided(f"expected a broadcast that is {before}, it is not any more")


def _read(row: Any) -> Broadcast:
    return Broadcast(
        id=row.id,
        public_id=row.public_id,
        staff_id=row.staff_id,
        purpose=BroadcastPurpose(row.purpose) if row.purpose else None,
        text=row.text,
        meant=Filter.read(row.filter),
        state=BroadcastState(row.state),
        agreed_at=row.agreed_at,
        ends_at=row.ends_at,
    )
