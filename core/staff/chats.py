"""Where somebody of staff can be spoken to unasked: their own chat, and whether it still is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from core.clock import instant
from core.models import staff, staff_pairings
from core.models.staff import PairingEnd
from core.rules import Rules
from core.staff.members import member
from core.staff.pairing import Pairing

# So long whoever locked it or fell silent may come back with the PIN; later only with a new code.
COMES_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Chat:
    """`is_open`: it speaks for them, and may name patients; else they fell silent in it, and read
    no more there than how to come back. `since`: when it became theirs."""

    pairing: Pairing
    address_id: int
    since: datetime
    is_open: bool


def with_chats(connection: Connection) -> list[int]:
    """Return who of staff has, or had, a chat of their own."""
    theirs = select(staff_pairings.c.staff_id).join(staff).where(staff.c.is_active)
    return list(connection.scalars(theirs.distinct().order_by(staff_pairings.c.staff_id)))


def first_chat_at(connection: Connection, staff_id: int) -> datetime:
    """Return when somebody who has a chat first had one."""
    theirs = staff_pairings.c.staff_id == staff_id
    began: datetime = connection.execute(
        select(func.min(staff_pairings.c.created_at)).where(theirs)
    ).scalar_one()
    return began


def chat_of(
    connection: Connection,
    staff_id: int,
    rules: Rules,
    now: datetime,
    *,
    lock: bool = False,
) -> Chat | None:
    """Return somebody's chat; None where they have none: it was locked, revoked, is another's by
    now, or they have left. `lock`: nobody closes it before the transaction ends."""
    now = instant(now)
    latest = select(staff_pairings).where(staff_pairings.c.staff_id == staff_id)
    latest = latest.order_by(staff_pairings.c.id.desc()).limit(1)
    row = connection.execute(latest.with_for_update() if lock else latest).one_or_none()
    if row is None or row.ended_why not in (None, PairingEnd.IDLE):
        return None
    who = member(connection, staff_id)
    if who is None or _newer(connection, row.address_id, row.id):
        return None
    silent_for = now - row.last_seen_at
    if silent_for > COMES_BACK:
        return None
    pairing = Pairing(row.id, row.public_id, who, row.pin_proved_at)
    is_open = row.ended_at is None and silent_for <= timedelta(hours=rules.staff_idle_hours)
    return Chat(pairing, row.address_id, row.created_at, is_open)


def _newer(connection: Connection, address_id: int, pairing_id: int) -> Sequence[int]:
    """Return pairings by which the chat has become somebody else's since."""
    later = staff_pairings.c.address_id == address_id, staff_pairings.c.id > pairing_id
    return connection.scalars(select(staff_pairings.c.id).where(*later)).all()
