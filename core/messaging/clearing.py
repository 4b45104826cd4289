"""What staff's chats have shown of patients is taken off their screens after a while.

A messenger keeps what it has shown on its own servers, and phones are lost. Our log keeps the
words, encrypted, for as long as the clinic keeps its messages (`core.messaging.retention`).
Telegram is asked outside any transaction; to clear a message twice is to clear it once, so whoever
dies while asking is simply followed by the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, case, exists, select, update

from core.database.types import keyring_of
from core.messaging.candidates import ADDRESSED, CONTENT, ClaimedMessage
from core.models.messaging import MessageStatus, messages

# What a screen may show, as far as we know.
_SHOWN = (
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.READ,
)
_ON_ITS_WAY = (MessageStatus.QUEUED, MessageStatus.SENDING)
# Whoever asks to clear has so long to do it; else somebody tries again.
_AGAIN_AFTER = timedelta(minutes=5)

_later = messages.alias("later")
# The message whose place on the screen it has: a later one may have taken that.
_PLACE = case((messages.c.provider_id.is_not(None), messages.c.id), else_=messages.c.edits_id)
_IS_REPLACED = exists().where(
    _later.c.edits_id == _PLACE,
    _later.c.id > messages.c.id,
    # One with an id of its own could not take the place, and stands below.
    _later.c.provider_id.is_(None),
    _later.c.status.in_(_SHOWN),
)
_IS_DUE = and_(messages.c.clear_at.is_not(None), messages.c.status.not_in(_ON_ITS_WAY))


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on a screen of staff's. `provider_id`: under which it stands there, of this message
    or of the one whose place it took."""

    message: ClaimedMessage
    provider_id: str


def take_due(connection: Connection, now: datetime, limit: int) -> list[Shown]:
    """Return what it is time to take off a screen. What stands on none (it never arrived, or
    another message has taken its place) is done with here."""
    due: Select[Any] = (
        select(*CONTENT, messages.c.provider_id, messages.c.status, _IS_REPLACED.label("is_gone"))
        .select_from(ADDRESSED)
        .where(_IS_DUE, messages.c.clear_at <= now)
        .order_by(messages.c.clear_at, messages.c.id)
        .limit(limit)
        .with_for_update(of=messages, skip_locked=True)
    )
    rows = connection.execute(due).all()
    shown = {
        row.id: Shown(
            ClaimedMessage.of(row, keyring_of(connection.dialect)), row.provider_id or row.edits
        )
        for row in rows
        if row.status in _SHOWN and not row.is_gone and (row.provider_id or row.edits)
    }
    _set(connection, list(shown), now, clear_at=now + _AGAIN_AFTER)
    _set(connection, [row.id for row in rows if row.id not in shown], now, clear_at=None)
    return list(shown.values())


def note_cleared(connection: Connection, message_id: int, now: datetime) -> None:
    """It is off the screen; a file that went with it is not kept here either."""
    _set(connection, [message_id], now, clear_at=None, cleared_at=now, document=None)


def give_up(connection: Connection, message_id: int, now: datetime) -> None:
    """The messenger will never take it off: it is too old, or was deleted there."""
    _set(connection, [message_id], now, clear_at=None)


def _set(connection: Connection, ids: Sequence[int], now: datetime, **values: Any) -> None:
    if ids:
        theirs = update(messages).where(messages.c.id.in_(ids))
        connection.execute(theirs.values(updated_at=now, **values))
