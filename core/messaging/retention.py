"""What was written is kept for as long as the clinic says. Afterwards the words are erased; that
there was a message, when, by which way and what became of it, stays: counts and the patient's
history rest on that."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from core.models import conversations, messages
from core.models.messaging import MessageStatus

_WORDS = ("text", "choices", "variables", "subject", "document")
_NONE_OF_THEM = dict.fromkeys(_WORDS)
_HAS_WORDS = or_(*(messages.c[name].is_not(None) for name in _WORDS))
_ON_ITS_WAY = (MessageStatus.QUEUED, MessageStatus.SENDING)


def messages_to_erase(connection: Connection, *, before: datetime, limit: int) -> list[int]:
    """Return the oldest messages from before that moment that still have their words. It reads
    through the log up to them, so it is for a connection that keeps nobody waiting."""
    old = select(messages.c.id).where(
        messages.c.created_at < before, _HAS_WORDS, messages.c.status.not_in(_ON_ITS_WAY)
    )
    return list(connection.scalars(old.order_by(messages.c.id).limit(limit)))


def erase_words(connection: Connection, message_ids: Sequence[int], now: datetime) -> int:
    """Erase what these messages said; return how many there were."""
    theirs = update(messages).where(messages.c.id.in_(message_ids))
    return connection.execute(theirs.values(updated_at=now, **_NONE_OF_THEM)).rowcount


def forget_talks(connection: Connection, *, before: datetime, now: datetime, limit: int) -> int:
    """Erase what is remembered of conversations that have rested since then; return how many."""
    old = (
        select(conversations.c.id)
        .where(conversations.c.last_turn_at < before, conversations.c.state.is_not(None))
        .order_by(conversations.c.id)
        .limit(limit)
    )
    theirs = update(conversations).where(conversations.c.id.in_(old))
    return connection.execute(theirs.values(state=None, updated_at=now)).rowcount
