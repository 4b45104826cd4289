"""What the clinic says by itself, in nobody's turn: queued for a conversation, and found again."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from core.database.upsert import insert_new
from core.messaging.log import wake_worker
from core.models import addresses, conversations, messages, new_public_id
from core.models.messaging import Direction, MessageKind, MessageStatus

_TASK = "task "  # What a notice about a task has as its subject, before the number.
# What staff are told of visits, and their digest, have these as their subjects: they ask for no
# answer, and go to nobody once the chat is no colleague's any more.
NEWS, DIGEST = "visits", "digest"
_MOST = 20  # Notices to one address that are looked through; older ones are no news.


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation takes place."""

    channel: str
    our_address: str
    is_simulated: bool


def queue_notice(
    connection: Connection,
    conversation_id: int,
    text: str,
    *,
    now: datetime,
    task_id: int | None = None,
    valid_until: datetime | None = None,
    clear_at: datetime | None = None,
    simulated: bool = False,
    subject: str | None = None,
    choices: Sequence[Mapping[str, str]] = (),
    list_id: str | None = None,
) -> int:
    """Queue a message that nobody has asked for, and return its number. `task_id`: what it tells
    staff of, or the `subject`; `choices`, `list_id`: the buttons below it; `clear_at`: when it is
    taken off the screen; `simulated`: it reaches no provider, wherever else the conversation
    does."""
    place = _place(connection, conversation_id)
    queued = connection.execute(
        insert(messages),
        {
            "public_id": new_public_id(),
            "conversation_id": conversation_id,
            "direction": Direction.OUT,
            "channel": place.channel,
            "kind": MessageKind.NOTICE,
            "subject": subject if task_id is None else f"{_TASK}{task_id}",
            "text": text,
            "choices": json.dumps(list(choices)) if choices else None,
            "list_id": list_id,
            "status": MessageStatus.QUEUED,
            "queued_at": now,
            "due_at": now,
            "valid_until": valid_until,
            "clear_at": clear_at,
            "attempts": 0,
            "is_simulated": simulated or place.is_simulated,
            "created_at": now,
            "updated_at": now,
        },
    )
    wake_worker(connection)
    (message_id,) = queued.inserted_primary_key or (0,)
    return int(message_id)


def withdraw_news(connection: Connection, address_ids: Collection[int], now: datetime) -> None:
    """What was to be said of patients there, and has not gone out, goes to nobody."""
    there = select(conversations.c.id).where(conversations.c.address_id.in_(address_ids))
    waiting = (
        messages.c.conversation_id.in_(there),
        messages.c.status == MessageStatus.QUEUED,
        messages.c.subject.in_((NEWS, DIGEST)),
    )
    gone = {"status": MessageStatus.DROPPED, "dropped_at": now, "due_at": None, "updated_at": now}
    connection.execute(update(messages).where(*waiting).values(error_code="chat_closed", **gone))


def _place(connection: Connection, conversation_id: int) -> Place:
    found = select(
        addresses.c.channel, conversations.c.our_address, conversations.c.is_simulated
    ).select_from(conversations.join(addresses))
    row = connection.execute(found.where(conversations.c.id == conversation_id)).one()
    return Place(row.channel, row.our_address, row.is_simulated)


def conversation_about(
    connection: Connection, address_id: int, patients_conversation_id: int, now: datetime
) -> tuple[int, bool]:
    """Return the conversation in which a member of staff is told of a patient's (their latest, or
    a new one), and whether that is simulated, as the patient's is: a demo writes to nobody."""
    patients = _place(connection, patients_conversation_id)
    latest = (
        select(conversations.c.id)
        .where(
            conversations.c.address_id == address_id,
            conversations.c.is_simulated.is_(patients.is_simulated),
        )
        .order_by(conversations.c.last_turn_at.desc(), conversations.c.id.desc())
        .limit(1)
    )
    found: int | None = connection.scalar(latest)
    conversation_id = found or _begin(connection, address_id, patients, now)
    lock(connection, conversation_id)
    return conversation_id, patients.is_simulated


def lock(connection: Connection, conversation_id: int) -> None:
    """Before a task is touched, in the order of all locks: who answers an alarm holds their
    conversation and wants the task."""
    one = select(conversations.c.id).where(conversations.c.id == conversation_id)
    connection.execute(one.with_for_update())


def _begin(connection: Connection, address_id: int, patients: Place, now: datetime) -> int:
    channel = connection.scalar(select(addresses.c.channel).where(addresses.c.id == address_id))
    # Of another channel we know no address of ours: empty, the sender takes the configured one.
    same = channel == patients.channel or patients.is_simulated
    key = {"address_id": address_id, "our_address": patients.our_address if same else ""}
    values = {
        "public_id": new_public_id(),
        "version": 0,
        "is_simulated": patients.is_simulated,
        "created_at": now,
        "updated_at": now,
    }
    begun = insert_new(connection, conversations, key | values)
    if begun is not None:
        return begun
    mine = [conversations.c[column] == value for column, value in key.items()]
    there: int = connection.execute(select(conversations.c.id).where(*mine)).scalar_one()
    if not patients.is_simulated:  # Begun by a trial; from now on it is a real one.
        real = update(conversations).where(conversations.c.id == there)
        connection.execute(real.values(is_simulated=False, updated_at=now))
    return there


def task_in(subject: str | None) -> int | None:
    """Return the task that a notice with that subject tells of."""
    number = (subject or "").removeprefix(_TASK)
    return int(number) if subject and subject.startswith(_TASK) and number.isdecimal() else None


def tasks_told(connection: Connection, address_id: int) -> list[int]:
    """Return the tasks that this address was told of lately, the latest first."""
    notices = (
        select(messages.c.subject)
        .select_from(messages.join(conversations))
        .where(
            conversations.c.address_id == address_id,
            messages.c.direction == Direction.OUT,
            messages.c.kind == MessageKind.NOTICE,
            messages.c.subject.like(f"{_TASK}%"),
        )
        .order_by(messages.c.id.desc())
        .limit(_MOST)
    )
    numbers = (subject.removeprefix(_TASK) for subject in connection.scalars(notices))
    return [int(number) for number in dict.fromkeys(numbers)]


def was_last_told(connection: Connection, address_id: int) -> bool:
    """Tell whether the last thing that this address heard from us was of a task; what they were
    told of visits since asks for no answer."""
    last = (
        select(messages.c.subject)
        .select_from(messages.join(conversations))
        .where(
            conversations.c.address_id == address_id,
            messages.c.direction == Direction.OUT,
            func.coalesce(messages.c.subject, "").not_in((NEWS, DIGEST)),
        )
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    return (connection.scalar(last) or "").startswith(_TASK)
