"""What waits for staff, as one of them reads it: whom it is about, how they are reached, and what
came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select, update

from core.clock import instant
from core.errors import TaskClosed, TaskNotFound
from core.messaging.tasks import StaffTask, close_task, find_task, open_tasks, take
from core.models import addresses, appointments, patient_addresses, patients, tasks
from core.models.messaging import TaskKind
from core.people.links import holds
from core.people.restricted import is_restricted
from core.staff.day import DayVisit, visit_of
from core.staff.rights import Sphere

# Those have lists of their own (`core.staff.talks`, `core.staff.reviews`).
ELSEWHERE = (TaskKind.HANDOVER, TaskKind.REVIEW)
AGAIN_AFTER = timedelta(hours=2)  # Whoever did not answer the telephone is called again.
MOST_CALLS = 3  # So often; then it was tried.


class Outcome(StrEnum):
    """What came of a task that somebody of staff closes."""

    DONE = "done"
    REACHED = "reached"
    MOVED = "moved"
    DECLINED = "declined"
    LEFT_WORD = "left word"
    NO_ANSWER = "no answer"
    WRONG_NUMBER = "wrong number"
    KEPT = "kept"  # The visit stays as it is.


@dataclass(frozen=True, slots=True)
class Somebody:
    """The patient that a task is about."""

    patient_id: int
    first_name: str
    last_name: str
    is_restricted: bool


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that can be called; `address_id`: the address that it is."""

    address_id: int
    number: str


# What was opened yesterday, and is still there when the day begins.
LEFT_LYING = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Todo:
    """An open task. `visit`: the one that it is about, if that is in the sphere; `calls`: how often
    they were called in vain."""

    task: StaffTask
    patient: Somebody | None
    visit: DayVisit | None
    calls: int

    @property
    def is_of_channel(self) -> bool:
        """Tell whether a whole channel is in trouble (`core.messaging.troubles`)."""
        return self.task.kind is TaskKind.DELIVERY and self.task.conversation_id is None

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether it should have been done: by its time, or, where it is due from the moment
        on that it was opened, within half a day."""
        due_at, opened_at = self.task.due_at or self.task.opened_at, self.task.opened_at
        return now > (due_at if due_at > opened_at else opened_at + LEFT_LYING)


def todo(connection: Connection, sphere: Sphere, now: datetime) -> list[Todo]:
    """Return what is to be done in somebody's sphere: alarms first, then what is overdue, then by
    when it is due. Who was called in vain a moment ago is not among them."""
    now = instant(now)
    resting = set(connection.scalars(select(tasks.c.id).where(tasks.c.rests_until > now)))
    waiting = [
        task
        for task in open_tasks(connection)
        if task.kind not in ELSEWHERE and task.id not in resting
    ]
    found = _read(connection, sphere, _within(connection, sphere, waiting))
    # `open_tasks` sorts by when they are due.
    return sorted(found, key=lambda each: (not each.task.is_alarm, not each.is_overdue(now)))


def todo_of(connection: Connection, sphere: Sphere, task_id: int) -> Todo:
    """Return one open task; raises TaskNotFound, also for one outside of the sphere."""
    task = find_task(connection, task_id)
    theirs = _within(connection, sphere, [task])
    if task.kind in ELSEWHERE or not theirs:
        raise TaskNotFound("no such task for this person")
    return _read(connection, sphere, theirs)[0]


def phones_of(connection: Connection, patient_id: int, now: datetime) -> list[Phone]:
    """Return where a patient can be called."""
    link = patient_addresses.c
    rows = connection.execute(
        select(addresses.c.id, addresses.c.address)
        .join(patient_addresses, link.address_id == addresses.c.id)
        .where(
            link.patient_id == patient_id,
            holds(instant(now)),
            addresses.c.channel.in_(("voice", "sms", "whatsapp")),
        )
        .order_by(addresses.c.id)
    )
    numbers: dict[str, Phone] = {}
    for address_id, number in rows:
        numbers.setdefault(number, Phone(address_id, number))
    return list(numbers.values())


def close(
    connection: Connection, task_id: int, outcome: Outcome, *, staff_id: int, now: datetime
) -> None:
    """Close it; whoever does has seen to it. Raises TaskNotFound where it is closed already, and
    TaskClosed where somebody else has taken it."""
    now = instant(now)
    task = find_task(connection, task_id)
    if not take(connection, task, staff_id, now) and task.acknowledged_by_id != staff_id:
        raise TaskClosed("somebody else sees to it")
    close_task(connection, task_id, outcome=outcome, now=now, by=staff_id)


def try_again(connection: Connection, each: Todo, *, staff_id: int, now: datetime) -> bool:
    """Nobody answered: it is let go and comes back after a while, unless that is too late or they
    were called often enough; then it is closed, and False is returned. Raises TaskNotFound and
    TaskClosed as above."""
    now = instant(now)
    again = now + AGAIN_AFTER
    is_late = each.visit is not None and each.visit.starts_at <= again
    if is_late or each.calls + 1 >= MOST_CALLS:
        close(connection, each.task.id, Outcome.NO_ANSWER, staff_id=staff_id, now=now)
        return False
    if each.task.acknowledged_by_id not in (None, staff_id):
        raise TaskClosed("somebody else sees to it")
    put_back = {"acknowledged_at": None, "acknowledged_by_id": None, "claimed_by": None}
    connection.execute(
        update(tasks)
        .where(tasks.c.id == each.task.id, tasks.c.closed_at.is_(None))
        .values(**put_back, rests_until=again, calls=each.calls + 1, updated_at=now)
    )
    return True


def reopen(
    connection: Connection, task_id: int, *, staff_id: int, minutes: int, now: datetime
) -> None:
    """It was a slip of the finger. Raises TaskNotFound unless they closed it a moment ago."""
    now = instant(now)
    own = (
        tasks.c.id == task_id,
        tasks.c.closed_by_id == staff_id,
        tasks.c.closed_at >= now - timedelta(minutes=minutes),
    )
    opened = update(tasks).where(*own)
    values = {"closed_at": None, "closed_by_id": None, "outcome": None, "updated_at": now}
    if not connection.execute(opened.values(values)).rowcount:
        raise TaskNotFound("they closed no such task a moment ago")


def _within(
    connection: Connection, sphere: Sphere, waiting: Sequence[StaffTask]
) -> list[StaffTask]:
    """Return those that lie in the sphere: by their visit, else by their place. What has neither
    is everybody's who works for a whole place."""
    people = _practitioners(connection, waiting)

    def is_theirs(task: StaffTask) -> bool:
        if sphere.everywhere:
            return True
        if task.appointment_id is not None and task.appointment_id in people:
            return sphere.covers(*people[task.appointment_id])
        return bool(sphere.locations) and task.location_id in (None, *sphere.locations)

    return [task for task in waiting if is_theirs(task)]


def _practitioners(
    connection: Connection, waiting: Sequence[StaffTask]
) -> Mapping[int, tuple[int, int]]:
    visits = {task.appointment_id for task in waiting if task.appointment_id is not None}
    rows = connection.execute(
        select(appointments.c.id, appointments.c.practitioner_id, appointments.c.location_id).where(
            appointments.c.id.in_(visits)
        )
    )
    return {row.id: (row.practitioner_id, row.location_id) for row in rows}


def _read(connection: Connection, sphere: Sphere, waiting: Sequence[StaffTask]) -> list[Todo]:
    people = _patients(connection, waiting)
    calls = _calls(connection, waiting)
    return [
        Todo(
            task,
            people.get(task.patient_id or 0),
            visit_of(connection, sphere, task.appointment_id) if task.appointment_id else None,
            calls[task.id],
        )
        for task in waiting
    ]


def _patients(connection: Connection, waiting: Sequence[StaffTask]) -> Mapping[int, Somebody]:
    ids = {task.patient_id for task in waiting if task.patient_id is not None}
    names = (patients.c.first_name, patients.c.last_name)
    rows = connection.execute(
        select(patients.c.id, *names, is_restricted()).where(patients.c.id.in_(ids))
    )
    return {row.id: Somebody(*row) for row in rows}


def _calls(connection: Connection, waiting: Sequence[StaffTask]) -> Mapping[int, int]:
    ids = [task.id for task in waiting]
    rows = connection.execute(select(tasks.c.id, tasks.c.calls).where(tasks.c.id.in_(ids)))
    return {row.id: row.calls for row in rows}
