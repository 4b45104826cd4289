"""What did not arrive and nobody has asked for is said again: on another way to the same patient,
or by staff, on the telephone.

A lost message whose `due_at` is set waits for this (`core.messaging.outcomes`). It is taken up
once: in the transaction that says it elsewhere, or puts it on the call list, `due_at` is cleared.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, text, update

from core.messaging.calls import call_about
from core.messaging.candidates import PROMPTED
from core.models import addresses, appointments, conversations, messages, occasions, reminders
from core.models.appointments import AppointmentStatus
from core.models.messaging import UNSETTLED, Direction, MessageKind, MessageStatus
from core.people.telling import told_of

# Which way is tried next.
WAYS = ("whatsapp", "sms", "telegram")
LOST = (MessageStatus.FAILED, MessageStatus.UNDELIVERED, MessageStatus.DROPPED)
# Whoever takes one up dies no later than this, or has written what came of it.
TAKEN_UP_FOR = timedelta(minutes=5)
# What was lost longer ago is no news to anybody.
STALE_AFTER = timedelta(days=2)
# Staff need time to telephone.
URGENT = timedelta(hours=24)
# Whoever does not hear of these may come in vain, or not at all; the rest is a courtesy.
MUST_BE_TOLD = (MessageKind.NOTICE, MessageKind.REMINDER, MessageKind.RUNNING_LATE)
UNANSWERED = (AppointmentStatus.PENDING, AppointmentStatus.SCHEDULED)


@dataclass(frozen=True, slots=True)
class LostMessage:
    """`appointment_ids`: the visits it was about, all of them of those patients. `tried`: the
    addresses it was said to in vain, itself and those it stood for; more than once, if it was."""

    id: int
    conversation_id: int
    kind: MessageKind
    channel: str
    code: str | None
    address_id: int
    subject: str | None
    patient_ids: tuple[int, ...]
    appointment_ids: tuple[int, ...]
    tried: tuple[int, ...]
    lost_at: datetime
    was_accepted: bool  # The provider took it, and could not deliver it.


@dataclass(frozen=True, slots=True)
class Way:
    """Where to say it next. `as_template`: nothing else passes there."""

    address_id: int
    channel: str
    as_template: bool = False


def take_lost(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Return lost messages that somebody must take up, and keep others from it for a while. Commit
    before taking them up: whoever speaks locks a conversation first, and this has locked messages.
    """
    due = (
        select(messages.c.id)
        .where(
            text(UNSETTLED),
            messages.c.status.in_(LOST),
            messages.c.direction == Direction.OUT,
            messages.c.due_at <= now,
            messages.c.kind.not_in(PROMPTED),
        )
        .order_by(messages.c.due_at, messages.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.scalars(due))
    wait(connection, ids, until=now + TAKEN_UP_FOR, now=now)
    return ids


def wait(
    connection: Connection, message_ids: Collection[int], *, until: datetime, now: datetime
) -> None:
    """Look at them again then: where they would be said, somebody is in the middle of something."""
    connection.execute(
        update(messages)
        .where(messages.c.id.in_(message_ids), messages.c.due_at.is_not(None))
        .values(due_at=until, updated_at=now)
    )


def done(
    connection: Connection, message_id: int, *, said_as: int | None = None, now: datetime
) -> bool:
    """It was taken up; `said_as`: by that message. False if somebody else did so: undo what you
    have done."""
    taken = update(messages).where(messages.c.id == message_id, messages.c.due_at.is_not(None))
    if not connection.execute(taken.values(due_at=None, updated_at=now)).rowcount:
        return False
    if said_as is not None:
        instead = update(messages).where(messages.c.id == said_as)
        connection.execute(instead.values(instead_of_id=message_id))
    return True


def find_lost(connection: Connection, message_id: int, now: datetime) -> LostMessage | None:
    """Return the message, if it is still to be taken up; None for one that is not, or is too old,
    or about nobody whom we know."""
    row = connection.execute(
        select(messages, conversations.c.address_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.id == message_id)
        .with_only_columns(
            messages.c.id,
            messages.c.conversation_id,
            messages.c.kind,
            messages.c.channel,
            messages.c.status,
            messages.c.error_code,
            messages.c.subject,
            messages.c.due_at,
            messages.c.queued_at,
            messages.c.provider_id,
            messages.c.appointment_id,
            messages.c.instead_of_id,
            func.coalesce(
                messages.c.undelivered_at,
                messages.c.failed_at,
                messages.c.dropped_at,
                messages.c.updated_at,
            ).label("lost_at"),
            conversations.c.address_id,
        )
    ).one()
    is_stale = row.queued_at is not None and now - row.queued_at > STALE_AFTER
    if row.status not in LOST or row.due_at is None or is_stale:
        return None
    visits = _visits_of(connection, message_id, row.appointment_id)
    patients = {patient for _, patient in visits} or _patients_of(connection, message_id)
    if not patients:
        return None
    return LostMessage(
        id=row.id,
        conversation_id=row.conversation_id,
        kind=MessageKind(row.kind),
        channel=row.channel,
        code=row.error_code,
        address_id=row.address_id,
        subject=row.subject,
        patient_ids=tuple(sorted(patients)),
        appointment_ids=tuple(visit for visit, _ in visits),
        tried=(row.address_id, *_tried_before(connection, row.instead_of_id)),
        lost_at=row.lost_at,
        was_accepted=row.provider_id is not None,
    )


def _visits_of(
    connection: Connection, message_id: int, appointment_id: int | None
) -> list[tuple[int, int]]:
    """The visits that the message was about, each with its patient; several visits of one day may
    share a reminder."""
    reminded = select(reminders.c.appointment_id).where(reminders.c.message_id == message_id)
    told = select(occasions.c.appointment_id).where(occasions.c.message_id == message_id)
    ids = {appointment_id, *connection.scalars(reminded), *connection.scalars(told)} - {None}
    rows = connection.execute(
        select(appointments.c.id, appointments.c.patient_id)
        .where(appointments.c.id.in_(ids), appointments.c.patient_id.is_not(None))
        .order_by(appointments.c.starts_at)
    )
    return [(row.id, row.patient_id) for row in rows]


def _patients_of(connection: Connection, message_id: int) -> set[int]:
    told = select(occasions.c.patient_id).where(occasions.c.message_id == message_id)
    return set(connection.scalars(told))


def _tried_before(connection: Connection, message_id: int | None) -> list[int]:
    tried = []
    while message_id is not None:
        row = connection.execute(
            select(messages.c.instead_of_id, conversations.c.address_id)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .where(messages.c.id == message_id)
        ).one()
        tried.append(row.address_id)
        message_id = row.instead_of_id
    return tried


def next_way(
    connection: Connection, lost: LostMessage, *, channels: Collection[str], now: datetime
) -> Way | None:
    """Return the next address that may hear of it, by WhatsApp, SMS, Telegram in this order; None
    when there is none left. `channels`: those that are on."""
    is_confidential = bool(_confidential(connection, lost.appointment_ids))
    told = [
        told_of(connection, patient, now=now, is_confidential=is_confidential)
        for patient in lost.patient_ids
    ]
    # Where one message was about several people, only who hears of all of them.
    ids = [each for each in told[0] if all(each in others for others in told)]
    ids = [each for each in ids if each not in lost.tried]
    rows = connection.execute(
        select(addresses.c.id, addresses.c.channel).where(addresses.c.id.in_(ids))
    )
    ways = [
        Way(row.id, row.channel) for row in rows if row.channel in WAYS and row.channel in channels
    ]
    return min(
        ways, key=lambda way: (WAYS.index(way.channel), ids.index(way.address_id)), default=None
    )


def may_hear_again(connection: Connection, lost: LostMessage, now: datetime) -> bool:
    """Whether the same address may be told once more, in another form or after a while."""
    if lost.tried.count(lost.address_id) > 1:
        return False
    is_confidential = bool(_confidential(connection, lost.appointment_ids))
    return all(
        lost.address_id in told_of(connection, patient, now=now, is_confidential=is_confidential)
        for patient in lost.patient_ids
    )


def _confidential(connection: Connection, appointment_ids: Collection[int]) -> list[int]:
    which = appointments.c.id.in_(appointment_ids), appointments.c.is_confidential.is_(True)
    return list(connection.scalars(select(appointments.c.id).where(*which)))


def call_instead(connection: Connection, lost: LostMessage, now: datetime) -> int:
    """No message reaches them: staff call, at once where the visit is within a day. Returns how
    many calls that are: none for what is only a courtesy, or about a visit that is over."""
    if lost.kind not in MUST_BE_TOLD:
        return 0
    # A visit that was called off is news, too; of a reminder for it nothing is left.
    worth = [appointments.c.id.in_(lost.appointment_ids), appointments.c.starts_at > now]
    if lost.kind is MessageKind.REMINDER:
        worth.append(appointments.c.status.in_(UNANSWERED))
    visits = connection.execute(
        select(appointments.c.id, appointments.c.patient_id, appointments.c.starts_at).where(*worth)
    ).all()
    for visit in visits:
        call_about(
            connection,
            visit.id,
            patient_id=visit.patient_id,
            message_id=lost.id,
            note=f"Could not be told by message: {lost.channel} {lost.code or lost.kind}.",
            due_at=max(now, visit.starts_at - URGENT),
            now=now,
        )
    return len(visits)
