"""Messages of which nobody knows whether they went out: found out about, or put before staff.

The provider is asked outside any transaction. Whoever asks moves `due_at` on before, so that nobody
else asks meanwhile, and whoever dies while asking is followed by the next.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, exists, or_, select, text, update

from core.database.types import keyring_of
from core.messaging.candidates import ADDRESSED, CONTENT, PROMPTED, ClaimedMessage
from core.messaging.outcomes import FIRST_LOOK, when_to_say_elsewhere
from core.messaging.tasks import add_note, open_task
from core.models.messaging import UNSETTLED, Direction, MessageStatus, TaskKind, messages

# A request that was under way when its worker died is no longer under way after this.
SURELY_NOT_THERE_AFTER = timedelta(minutes=10)
# Whoever can't tell by now will not be able to.
GIVEN_UP_AFTER = timedelta(hours=2)
# Two clocks, and what was said before in the same words has its own id by now.
CLOCKS_APART = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """`known`: the provider's ids of other messages of the same conversation since."""

    message: ClaimedMessage
    since: datetime
    unknown_for: timedelta
    known: frozenset[str]

    @property
    def is_surely_not_there(self) -> bool:
        """If it is not there by now."""
        return self.unknown_for >= SURELY_NOT_THERE_AFTER

    @property
    def is_given_up(self) -> bool:
        return self.unknown_for >= GIVEN_UP_AFTER


def take_unknown(connection: Connection, now: datetime, limit: int) -> list[UnknownMessage]:
    """Return those that it is time to ask about. The next time comes later and later."""
    due: Select[Any] = (
        select(*CONTENT, messages.c.unknown_at, messages.c.sending_at)
        .select_from(ADDRESSED)
        .where(
            text(UNSETTLED),
            messages.c.status == MessageStatus.UNKNOWN,
            messages.c.direction == Direction.OUT,
            messages.c.due_at <= now,
        )
        .order_by(messages.c.due_at, messages.c.id)
        .limit(limit)
        .with_for_update(of=messages, skip_locked=True)
    )
    found = []
    for row in connection.execute(due).all():
        asked = update(messages).where(messages.c.id == row.id)
        next_look = now + max(FIRST_LOOK, min(now - row.unknown_at, GIVEN_UP_AFTER / 4))
        connection.execute(asked.values(due_at=next_look, looked_up_at=now, updated_at=now))
        message = ClaimedMessage.of(row, keyring_of(connection.dialect))
        found.append(_describe(connection, message, row, now))
    return found


def _describe(
    connection: Connection, message: ClaimedMessage, row: Row[Any], now: datetime
) -> UnknownMessage:
    since = (row.sending_at or row.unknown_at) - CLOCKS_APART
    others = select(messages.c.provider_id).where(
        messages.c.conversation_id == row.conversation_id,
        messages.c.id != row.id,
        messages.c.direction == Direction.OUT,
        messages.c.provider_id.is_not(None),
        messages.c.sent_at >= since,
    )
    return UnknownMessage(
        message, since, now - row.unknown_at, frozenset(connection.scalars(others))
    )


_newer = messages.alias("newer")


def send_again(connection: Connection, message_id: int, *, most_tries: int, now: datetime) -> None:
    """The provider does not have it: it goes out after all, if it is still worth it. An answer is
    not, once the talk has gone on."""
    still = (messages.c.id == message_id, messages.c.status == MessageStatus.UNKNOWN)
    has_gone_on = exists().where(
        _newer.c.conversation_id == messages.c.conversation_id, _newer.c.id > messages.c.id
    )
    is_worth_it = and_(
        or_(messages.c.valid_until.is_(None), messages.c.valid_until >= now),
        messages.c.attempts < most_tries,
        or_(messages.c.kind.not_in(PROMPTED), ~has_gone_on),
    )
    again = update(messages).where(*still, is_worth_it)
    values = {"error_code": None, "due_at": now, "updated_at": now}
    if connection.execute(again.values(status=MessageStatus.QUEUED, **values)).rowcount:
        return
    connection.execute(
        update(messages)
        .where(*still)
        .values(
            status=MessageStatus.FAILED,
            failed_at=now,
            error_code="not_sent",
            due_at=when_to_say_elsewhere(now),
            updated_at=now,
        )
    )


def give_up(connection: Connection, message_id: int, conversation_id: int, now: datetime) -> None:
    """It stays unknown, and staff see it: one task a conversation, with a line a message."""
    still = (messages.c.id == message_id, messages.c.status == MessageStatus.UNKNOWN)
    row = connection.execute(
        update(messages)
        .where(*still, messages.c.due_at.is_not(None))
        .values(due_at=None, updated_at=now)
        .returning(messages.c.channel, messages.c.public_id, messages.c.appointment_id)
    ).one_or_none()
    if row is None:
        return  # A report has told more by now, or somebody else was quicker.
    note = f"Nobody knows whether message {row.public_id} ({row.channel}) has arrived."
    opened = open_task(
        connection,
        TaskKind.DELIVERY,
        conversation_id=conversation_id,
        message_id=message_id,
        note=note,
        now=now,
    )
    if opened is None:
        add_note(connection, TaskKind.DELIVERY, conversation_id, note=note, now=now)
