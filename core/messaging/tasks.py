"""What waits for staff: opened in the transaction that made it necessary, closed by a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, insert, select, update

from core.errors import TaskNotFound
from core.models import appointments, conversations, new_public_id, tasks
from core.models.messaging import TaskKind

# Somebody is told of these at once, and the next one after a while, until one of them answers.
ALARMS = (TaskKind.EMERGENCY, TaskKind.SELF_HARM, TaskKind.THREAT)
# What frightened people write one after the other is one alarm, as long as nobody has taken it;
# after this while it is a new event.
SAME_ALARM = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StaffTask:
    """A task that nobody has closed. `location_id`: where it is, else that of the visit it is
    about."""

    id: int
    kind: TaskKind
    conversation_id: int | None
    patient_id: int | None
    appointment_id: int | None
    location_id: int | None
    opened_at: datetime
    due_at: datetime | None
    assigned_to_id: int | None
    assigned_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by_id: int | None
    deferred_at: datetime | None

    @property
    def is_alarm(self) -> bool:
        return self.kind in ALARMS

    @property
    def is_put_off(self) -> bool:
        """To the next opening; the patient knows."""
        return self.deferred_at is not None and self.assigned_at is None


def open_task(
    connection: Connection,
    kind: TaskKind,
    *,
    conversation_id: int | None = None,
    message_id: int | None = None,
    patient_id: int | None = None,
    appointment_id: int | None = None,
    note: str | None = None,
    location_id: int | None = None,
    assigned_to_id: int | None = None,
    due_at: datetime | None = None,
    now: datetime,
) -> int | None:
    """Open a task and return its number; None if the same one already waits. `location_id`: whose
    hours count; `assigned_to_id`: who is to look at it first. `due_at`: not at once."""
    about = {
        "conversation_id": conversation_id,
        "patient_id": patient_id,
        "appointment_id": appointment_id,
    }
    if any(about.values()) and connection.scalar(_same(kind, about, now)) is not None:
        return None
    values = {
        "public_id": new_public_id(),
        "kind": kind,
        **about,
        "message_id": message_id,
        "note": note,
        "location_id": location_id,
        "assigned_to_id": assigned_to_id,
        "assigned_at": now if assigned_to_id is not None else None,
        "opened_at": now,
        "due_at": due_at or now,
        "created_at": now,
        "updated_at": now,
    }
    opened: int = connection.execute(insert(tasks).returning(tasks.c.id), values).scalar_one()
    return opened


def due_of(connection: Connection, kind: TaskKind, conversation_id: int) -> datetime | None:
    """Return by when the conversation's open task of that kind is due."""
    waiting = tasks.c.kind == kind, tasks.c.conversation_id == conversation_id
    found: datetime | None = connection.scalar(
        select(tasks.c.due_at).where(*waiting, tasks.c.closed_at.is_(None)).limit(1)
    )
    return found


def add_note(
    connection: Connection, kind: TaskKind, conversation_id: int, *, note: str, now: datetime
) -> None:
    """Write a further line into the conversation's open task of that kind."""
    waiting = tasks.c.kind == kind, tasks.c.conversation_id == conversation_id
    row = connection.execute(
        select(tasks.c.id, tasks.c.note).where(*waiting, tasks.c.closed_at.is_(None)).limit(1)
    ).one()
    lines = (row.note or "").splitlines()
    if note not in lines:
        whole = "\n".join((*lines, note))
        connection.execute(
            update(tasks).where(tasks.c.id == row.id).values(note=whole, updated_at=now)
        )


def _same(kind: TaskKind, about: dict[str, int | None], now: datetime) -> Any:
    if kind is TaskKind.HANDOVER:  # One waits for a person, whatever it is about by now.
        about = {"conversation_id": about["conversation_id"]}
    same = select(tasks.c.id).where(
        tasks.c.kind == kind,
        *(tasks.c[column].is_not_distinct_from(value) for column, value in about.items()),
        tasks.c.closed_at.is_(None),
    )
    if kind not in ALARMS:
        return same.limit(1)
    fresh = tasks.c.opened_at > now - SAME_ALARM
    return same.where(tasks.c.acknowledged_at.is_(None), fresh).limit(1)


_COLUMNS = (
    tasks.c.id,
    tasks.c.kind,
    tasks.c.conversation_id,
    tasks.c.patient_id,
    tasks.c.appointment_id,
    func.coalesce(tasks.c.location_id, appointments.c.location_id),
    tasks.c.opened_at,
    tasks.c.due_at,
    tasks.c.assigned_to_id,
    tasks.c.assigned_at,
    tasks.c.acknowledged_at,
    tasks.c.acknowledged_by_id,
    tasks.c.deferred_at,
)
_OPEN = (
    select(*_COLUMNS)
    .select_from(tasks.outerjoin(appointments, appointments.c.id == tasks.c.appointment_id))
    .where(tasks.c.closed_at.is_(None))
)
# Alarms before all else, then people who wait for one, then what is due first.
_RANK = case(
    (tasks.c.kind.in_(ALARMS), 0),
    (tasks.c.kind == TaskKind.HANDOVER, 1),
    else_=2,
)


def open_tasks(connection: Connection) -> list[StaffTask]:
    """Return all that waits, the most pressing first."""
    rows = connection.execute(_OPEN.order_by(_RANK, tasks.c.due_at, tasks.c.id))
    return [_read(row) for row in rows]


def untaken(connection: Connection) -> list[StaffTask]:
    """Return the alarms and the handed-over conversations that nobody has taken."""
    watched = tasks.c.kind.in_((*ALARMS, TaskKind.HANDOVER))
    rows = connection.execute(
        _OPEN.where(watched, tasks.c.acknowledged_at.is_(None)).order_by(_RANK, tasks.c.id)
    )
    return [_read(row) for row in rows]


def find_task(connection: Connection, task_id: int) -> StaffTask:
    """Return an open task; raises TaskNotFound."""
    row = connection.execute(_OPEN.where(tasks.c.id == task_id)).one_or_none()
    if row is None:
        raise TaskNotFound(f"expected the number of an open task, got {task_id}")
    return _read(row)


def note_of(connection: Connection, task_id: int) -> str | None:
    """Return what was noted for staff; apart, because only this needs the keys."""
    note: str | None = connection.scalar(select(tasks.c.note).where(tasks.c.id == task_id))
    return note


def _read(row: Sequence[Any]) -> StaffTask:
    task_id, kind, *rest = row
    return StaffTask(task_id, TaskKind(kind), *rest)


def assign(connection: Connection, task: StaffTask, staff_id: int | None, now: datetime) -> bool:
    """Make it that person's turn (None: nobody can be told); False if the task has changed since
    it was read, so that of several workers one goes on."""
    values = {"assigned_to_id": staff_id, "assigned_at": now}
    return _change(connection, task, now, tasks.c.acknowledged_at.is_(None), **values)


def put_off(connection: Connection, task: StaffTask, until: datetime, now: datetime) -> bool:
    """Nobody has come to it today: it is due at the next opening; False as above."""
    values = {"assigned_to_id": None, "assigned_at": None, "deferred_at": now, "due_at": until}
    return _change(connection, task, now, tasks.c.acknowledged_at.is_(None), **values)


def take(connection: Connection, task: StaffTask, staff_id: int, now: datetime) -> bool:
    """That person sees to it; False if somebody else was quicker."""
    free = tasks.c.acknowledged_at.is_(None)
    values = {"acknowledged_at": now, "acknowledged_by_id": staff_id, "claimed_by": staff_id}
    taken = update(tasks).where(tasks.c.id == task.id, tasks.c.closed_at.is_(None), free)
    if not connection.execute(taken.values(**values, updated_at=now)).rowcount:
        return False
    if task.kind is TaskKind.HANDOVER and task.conversation_id is not None:
        connection.execute(
            update(conversations)
            .where(conversations.c.id == task.conversation_id)
            .values(claimed_by=staff_id, updated_at=now)
        )
    return True


def close_task(
    connection: Connection, task_id: int, *, outcome: str, now: datetime, by: int | None = None
) -> None:
    """`by`: who of staff closes it; None: it has come about by itself."""
    _close(connection, tasks.c.id == task_id, outcome=outcome, now=now, by=by)


def close_tasks_of(
    connection: Connection, conversation_id: int, kind: TaskKind, *, outcome: str, now: datetime
) -> None:
    """What the conversation's tasks of that kind asked for has come about by itself."""
    of_it = (tasks.c.conversation_id == conversation_id) & (tasks.c.kind == kind)
    _close(connection, of_it, outcome=outcome, now=now)


def close_tasks_about(
    connection: Connection,
    appointment_id: int,
    kind: TaskKind,
    *,
    outcome: str,
    now: datetime,
    by: int | None = None,
) -> None:
    """What was to be done about that visit has come about; `by`: who of staff did it."""
    about_it = (tasks.c.appointment_id == appointment_id) & (tasks.c.kind == kind)
    _close(connection, about_it, outcome=outcome, now=now, by=by)


def is_open_about(connection: Connection, appointment_id: int, kind: TaskKind) -> bool:
    """Tell whether something of that kind is to be done about a visit."""
    about_it = tasks.c.appointment_id == appointment_id, tasks.c.kind == kind
    waits = select(tasks.c.id).where(*about_it, tasks.c.closed_at.is_(None))
    return connection.scalar(waits.limit(1)) is not None


def close_tasks_of_patient(
    connection: Connection, patient_id: int, kind: TaskKind, *, outcome: str, now: datetime
) -> None:
    """Likewise for all tasks of that kind about the patient."""
    theirs = (tasks.c.patient_id == patient_id) & (tasks.c.kind == kind)
    _close(connection, theirs, outcome=outcome, now=now)


def _close(
    connection: Connection,
    which: ColumnElement[bool],
    *,
    outcome: str,
    now: datetime,
    by: int | None = None,
) -> None:
    connection.execute(
        update(tasks)
        .where(which, tasks.c.closed_at.is_(None))
        .values(closed_at=now, closed_by_id=by, outcome=outcome, updated_at=now)
    )


def _change(
    connection: Connection,
    task: StaffTask,
    now: datetime,
    still: ColumnElement[bool],
    **values: Any,
) -> bool:
    unchanged = (
        tasks.c.id == task.id,
        tasks.c.closed_at.is_(None),
        tasks.c.assigned_at.is_not_distinct_from(task.assigned_at),
        tasks.c.deferred_at.is_not_distinct_from(task.deferred_at),
        still,
    )
    changed = update(tasks).where(*unchanged).values(**values, updated_at=now)
    return connection.execute(changed).rowcount == 1
