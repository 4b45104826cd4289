"""Patients who asked for a person: their conversations, as staff see and answer them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from core.errors import TaskNotFound
from core.messaging.notices import task_in
from core.messaging.tasks import StaffTask, find_task, open_tasks, take
from core.models import addresses, conversations, messages, staff, staff_pairings, tasks
from core.models.messaging import MessageKind, MessageStatus, TaskKind
from core.people.links import people_at
from core.people.restricted import restricted_among
from core.staff.rights import Sphere

LAST = 6  # Messages that are shown of a conversation.


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation in which somebody of the clinic is to answer. `patients`: whom its address
    speaks for, and `restricted`, those of them whose records not everybody sees; `first_name`,
    `last_name`: of the first of them, empty where nobody is known."""

    task_id: int
    conversation_id: int
    address_id: int
    channel: str
    since: datetime
    claimed_by: int | None
    patients: tuple[int, ...]
    restricted: frozenset[int]
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a conversation. `text` is None for what was no text, or is erased."""

    direction: str
    kind: str
    text: str | None


def waiting_talks(connection: Connection, sphere: Sphere, now: datetime) -> list[Talk]:
    """Return those that wait or are being answered, whoever waits longest first."""
    found = (task for task in open_tasks(connection) if _is_theirs(task, sphere))
    talks = [_talk(connection, task, now) for task in found]
    return sorted(talks, key=lambda talk: (talk.since, talk.task_id))


def find_talk(connection: Connection, sphere: Sphere, task_id: int, now: datetime) -> Talk:
    """Return one of them; raises TaskNotFound, also for one outside of the sphere."""
    task = find_task(connection, task_id)
    if not _is_theirs(task, sphere):
        raise TaskNotFound("no such conversation for this person")
    return _talk(connection, task, now)


def _is_theirs(task: StaffTask, sphere: Sphere) -> bool:
    if task.kind is not TaskKind.HANDOVER or task.conversation_id is None:
        return False
    return sphere.everywhere or task.location_id in sphere.locations


def _talk(connection: Connection, task: StaffTask, now: datetime) -> Talk:
    row = connection.execute(
        select(conversations.c.address_id, addresses.c.channel)
        .select_from(conversations.join(addresses))
        .where(conversations.c.id == task.conversation_id)
    ).one()
    people = people_at(connection, row.address_id, now)
    ids = tuple(person.patient_id for person in people)
    return Talk(
        task_id=task.id,
        conversation_id=task.conversation_id or 0,
        address_id=row.address_id,
        channel=row.channel,
        since=task.opened_at,
        claimed_by=task.acknowledged_by_id,
        patients=ids,
        restricted=restricted_among(connection, ids),
        first_name=people[0].first_name if people else "",
        last_name=people[0].last_name if people else "",
    )


def claim(connection: Connection, talk: Talk, staff_id: int, now: datetime) -> bool:
    """Make it that person's to answer; False if somebody else has it."""
    if talk.claimed_by is not None:
        return talk.claimed_by == staff_id
    return take(connection, find_task(connection, talk.task_id), staff_id, now)


def last_lines(connection: Connection, conversation_id: int) -> list[Line]:
    """Return what was said last, the oldest first."""
    rows = connection.execute(
        select(messages.c.direction, messages.c.kind, messages.c.text)
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.status != MessageStatus.DROPPED,
        )
        .order_by(messages.c.id.desc())
        .limit(LAST)
    )
    return [Line(*row) for row in rows][::-1]


def withdraw(connection: Connection, message_ids: Collection[int], now: datetime) -> bool:
    """Take back an answer that has not gone out; False if any part of it is on its way."""
    waiting = messages.c.id.in_(message_ids), messages.c.status == MessageStatus.QUEUED
    still = connection.scalars(select(messages.c.id).where(*waiting).with_for_update()).all()
    if len(still) < len(message_ids):
        return False
    connection.execute(
        update(messages)
        .where(messages.c.id.in_(still))
        .values(
            status=MessageStatus.DROPPED,
            dropped_at=now,
            due_at=None,
            error_code="withdrawn",
            updated_at=now,
        )
    )
    return True


def let_go(connection: Connection, conversation_id: int, now: datetime) -> None:
    """What was answered goes out now: something else is about to be said there, and after it."""
    waiting = (
        messages.c.conversation_id == conversation_id,
        messages.c.kind == MessageKind.STAFF_ANSWER,
        messages.c.status == MessageStatus.QUEUED,
        messages.c.due_at > now,
    )
    connection.execute(update(messages).where(*waiting).values(due_at=now, updated_at=now))


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who answers a conversation: in which conversation of their own they hear of it."""

    staff_id: int
    task_id: int
    conversation_id: int
    language: str | None


def answerer_of(connection: Connection, conversation_id: int) -> Answerer | None:
    """Return whose paired chat hears what is written in a conversation; None where nobody answers
    it, or whoever does has no chat."""
    chats = conversations.alias("chats")
    row = connection.execute(
        select(
            staff.c.id,
            tasks.c.id,
            chats.c.id,
            func.coalesce(staff.c.language, chats.c.language),
        )
        .select_from(
            tasks.join(staff_pairings, staff_pairings.c.staff_id == tasks.c.acknowledged_by_id)
            .join(staff, staff.c.id == staff_pairings.c.staff_id)
            .join(chats, chats.c.address_id == staff_pairings.c.address_id)
        )
        .where(
            tasks.c.conversation_id == conversation_id,
            tasks.c.kind == TaskKind.HANDOVER,
            tasks.c.closed_at.is_(None),
            staff_pairings.c.ended_at.is_(None),
        )
        .order_by(chats.c.last_turn_at.desc(), chats.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Answerer(*row)


def quoted(
    connection: Connection, conversation_id: int, provider_id: str
) -> tuple[int | None, str | None]:
    """Return of a message of ours that somebody points at, as it is shown now: the task that it
    told of, and its list of buttons; None for what it has not."""
    first = select(messages.c.id).where(
        messages.c.conversation_id == conversation_id, messages.c.provider_id == provider_id
    )
    shown = first.scalar_subquery()
    row = connection.execute(
        select(messages.c.subject, messages.c.list_id)
        .where((messages.c.id == shown) | (messages.c.edits_id == shown))
        .order_by(messages.c.id.desc())
        .limit(1)
    ).one_or_none()
    return (None, None) if row is None else (task_in(row.subject), row.list_id)
