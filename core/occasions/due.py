"""Reminders whose time has come: which still help, and what becomes of each.

Nothing is sent from here. What is returned as due is read once more, with its conversation locked,
by whoever says it (`bot.prompting`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, and_, select, update

from core.messaging.tasks import open_task
from core.models import (
    appointments,
    conversations,
    locations,
    messages,
    occasions,
    patients,
    reminders,
)
from core.models.appointments import AppointmentStatus
from core.models.messaging import TaskKind
from core.models.occasions import ReminderState
from core.rules import RuleBook

NEAR = timedelta(hours=24)  # Before a visit a call is urgent.
TOO_OFTEN = "too_often"  # The clinic's limits leave no room for it.
NOBODY = "nobody_to_tell"  # No address hears of it: staff call.
TOO_LATE = "too_late"  # Nobody could have sent it in time, and now it would not help.
OVERTAKEN = "overtaken"  # The next one of the same visit is due as well.
NOT_EXPECTED = "not_expected"  # The visit is not what it was planned for.


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder that may go out. `zone`: of the patient, else of the place."""

    id: int
    appointment_id: int
    patient_id: int
    location_id: int
    starts_at: datetime
    due_at: datetime
    zone: ZoneInfo

    @property
    def day(self) -> date:
        """The day of the visit, by the clock on the patient's wall."""
        return self.starts_at.astimezone(self.zone).date()

    def last_moment(self, rules: RuleBook) -> datetime:
        """Return until when it is worth sending."""
        hours = rules.at(self.location_id).reminder_latest_hours
        return self.starts_at - timedelta(hours=hours)


_STILL_SO = and_(
    appointments.c.id == reminders.c.appointment_id,
    appointments.c.status == AppointmentStatus.SCHEDULED,
    appointments.c.starts_at == reminders.c.starts_at,
)
_COLUMNS = (
    reminders.c.id,
    reminders.c.appointment_id,
    appointments.c.id.label("expected"),
    appointments.c.patient_id,
    appointments.c.location_id,
    reminders.c.starts_at,
    reminders.c.due_at,
    patients.c.zone.label("patients_zone"),
    locations.c.zone,
)
_ALL = (
    select(*_COLUMNS)
    .select_from(reminders.outerjoin(appointments, _STILL_SO))
    .outerjoin(patients, patients.c.id == appointments.c.patient_id)
    .outerjoin(locations, locations.c.id == appointments.c.location_id)
)
_PLANNED = _ALL.where(reminders.c.state == ReminderState.PLANNED)


def due(connection: Connection, now: datetime, rules: RuleBook, limit: int) -> list[Reminder]:
    """Return what is to be said now, the longest due first, and settle what is not to be said any
    more. Bounded by `limit`; what other workers are settling is left to them."""
    rows = connection.execute(
        _PLANNED.where(reminders.c.due_at <= now)
        .order_by(reminders.c.due_at, reminders.c.id)
        .limit(limit)
        .with_for_update(of=reminders, skip_locked=True)
    ).all()
    settle(connection, [row.id for row in rows if row.expected is None], NOT_EXPECTED, now)
    read = [_read(row) for row in rows if row.expected is not None]
    late = {each.id for each in read if each.last_moment(rules) < now}
    settle(connection, late, TOO_LATE, now)
    timely = [each for each in read if each.id not in late]
    last = {each.appointment_id: each.id for each in timely}  # They come in the order of their due.
    overtaken = {each.id for each in timely if last[each.appointment_id] != each.id}
    settle(connection, overtaken, OVERTAKEN, now)
    return [each for each in timely if each.id not in overtaken]


def still_planned(connection: Connection, ids: Collection[int]) -> list[Reminder]:
    """Return those of these that may still be said, locked, the earliest visit first."""
    return _reminders(connection, _PLANNED.where(reminders.c.id.in_(ids)))


def is_left(connection: Connection, reminder_id: int) -> bool:
    """Tell whether it is still to be said, and no other worker is about to: whoever waited for that
    one would be behind it at each of a long morning's reminders."""
    planned = reminders.c.id == reminder_id, reminders.c.state == ReminderState.PLANNED
    free = select(reminders.c.id).where(*planned).with_for_update(skip_locked=True)
    return connection.scalar(free) is not None


def still_unanswered(connection: Connection, message_id: int) -> list[Reminder]:
    """Return those that a message carried and nobody has answered, locked, the earliest first."""
    return _reminders(connection, _ALL.where(reminders.c.message_id == message_id))


def carry_on(connection: Connection, lost_id: int, message_id: int, now: datetime) -> None:
    """Another message carries them now; the answer to that one counts."""
    carried = update(reminders).where(reminders.c.message_id == lost_id)
    connection.execute(carried.values(message_id=message_id, updated_at=now))


def of_that_day(
    connection: Connection, first: Reminder, patient_ids: Collection[int], until: datetime
) -> list[Reminder]:
    """Return the reminders that go into one message with `first`: of visits of these patients on
    the same day, due by `until`, of each visit the one that is due first."""
    day = timedelta(days=1)
    near = _PLANNED.where(
        appointments.c.patient_id.in_(patient_ids),
        reminders.c.due_at <= until,
        reminders.c.starts_at > first.starts_at - day,
        reminders.c.starts_at < first.starts_at + day,
    )
    same_day = [each for each in _reminders(connection, near) if each.day == first.day]
    same_day.sort(key=lambda each: (each.due_at, each.id), reverse=True)
    soonest = {each.appointment_id: each for each in same_day}
    return sorted(soonest.values(), key=lambda each: (each.starts_at, each.id))


def _reminders(connection: Connection, query: Select[Any]) -> list[Reminder]:
    rows = connection.execute(
        query.where(appointments.c.id.is_not(None))
        .order_by(reminders.c.starts_at, reminders.c.id)
        .with_for_update(of=reminders)
    )
    return [_read(row) for row in rows]


def _read(row: Any) -> Reminder:
    return Reminder(
        id=row.id,
        appointment_id=row.appointment_id,
        patient_id=row.patient_id,
        location_id=row.location_id,
        starts_at=row.starts_at,
        due_at=row.due_at,
        zone=ZoneInfo(row.patients_zone or row.zone),
    )


def settle(connection: Connection, ids: Collection[int], why: str, now: datetime) -> None:
    """They are not sent; the note says why."""
    state = ReminderState.WITHDRAWN if why == NOT_EXPECTED else ReminderState.DROPPED
    _set(connection, ids, now, state=state, note=why)


def leave_to_staff(connection: Connection, reminder: Reminder, why: str, now: datetime) -> None:
    """No message will remind of it: somebody calls."""
    settle(connection, [reminder.id], why, now)
    have_called(connection, reminder.patient_id, reminder.appointment_id, reminder.starts_at, now)


def have_called(
    connection: Connection,
    patient_id: int,
    appointment_id: int,
    starts_at: datetime,
    now: datetime,
) -> None:
    """Have staff call about a visit: at once, if it is near."""
    open_task(
        connection,
        TaskKind.CALL,
        patient_id=patient_id,
        appointment_id=appointment_id,
        due_at=max(now, starts_at - NEAR),
        now=now,
    )


def mark_queued(
    connection: Connection, ids: Collection[int], message_id: int, now: datetime
) -> None:
    """One message carries them."""
    _set(connection, ids, now, state=ReminderState.QUEUED, message_id=message_id, note=None)


def postpone(connection: Connection, ids: Collection[int], until: datetime, now: datetime) -> None:
    """Not now; what was due longest keeps its place."""
    _set(connection, ids, now, due_at=until)


def _set(connection: Connection, ids: Collection[int], now: datetime, **values: Any) -> None:
    if not ids:
        return
    chosen = reminders.c.id.in_(ids), reminders.c.state == ReminderState.PLANNED
    connection.execute(update(reminders).where(*chosen).values(updated_at=now, **values))


@dataclass(frozen=True, slots=True)
class Carried:
    """A visit that a message reminded of, when it was to begin then."""

    appointment_id: int
    starts_at: datetime


def carried_by(
    connection: Connection,
    conversation_id: int,
    *,
    list_id: str | None = None,
    provider_id: str | None = None,
) -> tuple[str, list[Carried]]:
    """Return what a message of this conversation reminded of, and the id of its choices: the one
    that showed that list, or that the provider knows by that id. Nothing, if it was no reminder."""
    is_it = messages.c.provider_id == provider_id if provider_id else messages.c.list_id == list_id
    rows = connection.execute(
        select(reminders.c.appointment_id, reminders.c.starts_at, messages.c.list_id)
        .join(messages, messages.c.id == reminders.c.message_id)
        .where(messages.c.conversation_id == conversation_id, is_it)
        .order_by(reminders.c.starts_at, reminders.c.appointment_id)
    ).all()
    listed = rows[0].list_id if rows else None
    return listed or "", [Carried(row.appointment_id, row.starts_at) for row in rows]


def told_at(connection: Connection, address_id: int, appointment_ids: Collection[int]) -> set[int]:
    """Return those of the appointments that this address was reminded of, or had news of: it may
    answer, whether or not it may see anything else."""
    found: set[int] = set()
    for table in (reminders, occasions):
        carried = (
            select(table.c.appointment_id)
            .join(messages, messages.c.id == table.c.message_id)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .where(
                table.c.appointment_id.in_(appointment_ids),
                conversations.c.address_id == address_id,
            )
        )
        found |= set(connection.scalars(carried))
    return found
