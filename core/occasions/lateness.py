"""Who runs late where, and what patients are told of it: each once of one delay, and never two
different numbers at a time.

What was not sent yet is taken back in the transaction that says something else; what has gone out
is followed by the new number.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, insert, select, update

from core.messaging.tasks import close_task
from core.models import appointments, delays, messages, new_public_id, occasions, tasks
from core.models.messaging import MessageStatus, TaskKind
from core.models.occasions import OccasionKind, OccasionState
from core.scheduling.appointments import Appointment

SAID_ANEW = "said_anew"  # Why something was not sent: the delay has another number by now.
_NEVER_HEARD = (MessageStatus.DROPPED, MessageStatus.FAILED, MessageStatus.UNDELIVERED)


@dataclass(frozen=True, slots=True)
class Delay:
    """`until`: from then on nobody waits because of it."""

    id: int
    practitioner_id: int
    location_id: int
    minutes: int
    said_at: datetime
    until: datetime


_COLUMNS = [delays.c[name] for name in Delay.__dataclass_fields__]
_IN_FORCE = delays.c.replaced_at.is_(None)


def delays_now(connection: Connection, now: datetime) -> Mapping[tuple[int, int], Delay]:
    """Return who runs late now, by practitioner and place."""
    rows = connection.execute(
        select(*_COLUMNS).where(_IN_FORCE, delays.c.minutes > 0, delays.c.until > now)
    )
    found = (Delay(*row) for row in rows)
    return {(each.practitioner_id, each.location_id): each for each in found}


def in_force(connection: Connection, practitioner_id: int, location_id: int) -> Delay | None:
    """Return what has been said last of them there, be it over or not; None if nothing ever was."""
    theirs = delays.c.practitioner_id == practitioner_id, delays.c.location_id == location_id
    row = connection.execute(select(*_COLUMNS).where(*theirs, _IN_FORCE)).first()
    return None if row is None else Delay(*row)


def delay_by_id(connection: Connection, delay_id: int) -> Delay | None:
    """Return the delay, None if something else has been said since."""
    row = connection.execute(select(*_COLUMNS).where(delays.c.id == delay_id, _IN_FORCE)).first()
    return None if row is None else Delay(*row)


def put_in_force(
    connection: Connection,
    practitioner_id: int,
    location_id: int,
    minutes: int,
    *,
    until: datetime,
    staff_id: int,
    now: datetime,
) -> int:
    """Let that be what is said of them from now on, and return its id. What was said before ends:
    what nobody has sent of it is taken back, and calls that it opened are closed. The caller holds
    the practitioner's lock."""
    before = in_force(connection, practitioner_id, location_id)
    if before is not None:
        _end(connection, before, now)
    values = {
        "practitioner_id": practitioner_id,
        "location_id": location_id,
        "staff_id": staff_id,
        "minutes": minutes,
        "said_at": now,
        "until": until,
        "created_at": now,
        "updated_at": now,
    }
    (delay_id,) = connection.execute(insert(delays), values).inserted_primary_key or (0,)
    return int(delay_id)


def _end(connection: Connection, delay: Delay, now: datetime) -> None:
    over = update(delays).where(delays.c.id == delay.id)
    connection.execute(over.values(replaced_at=now, updated_at=now))
    of_it = occasions.c.delay_id == delay.id
    withdrawn = {"state": OccasionState.WITHDRAWN, "note": SAID_ANEW, "updated_at": now}
    planned = update(occasions).where(of_it, occasions.c.state == OccasionState.PLANNED)
    connection.execute(planned.values(withdrawn))
    # Whoever was putting one into words has committed by now: it is seen here.
    queued = (
        messages.c.id.in_(select(occasions.c.message_id).where(of_it)),
        messages.c.status == MessageStatus.QUEUED,
    )
    dropped = {"status": MessageStatus.DROPPED, "dropped_at": now, "due_at": None}
    connection.execute(
        update(messages).where(*queued).values(**dropped, error_code=SAID_ANEW, updated_at=now)
    )
    taken_back = messages.c.status == MessageStatus.DROPPED, messages.c.error_code == SAID_ANEW
    unsaid = select(messages.c.id).where(*taken_back)
    connection.execute(
        update(occasions).where(of_it, occasions.c.message_id.in_(unsaid)).values(withdrawn)
    )
    for task_id in connection.scalars(_calls_of(delay)).all():
        close_task(connection, task_id, outcome=SAID_ANEW, now=now)


def _calls_of(delay: Delay) -> Select[Any]:
    """The calls that were opened as it was said, and that nobody has made yet."""
    return (
        select(tasks.c.id)
        .join(appointments, appointments.c.id == tasks.c.appointment_id)
        .where(
            tasks.c.kind == TaskKind.CALL,
            tasks.c.opened_at == delay.said_at,
            tasks.c.closed_at.is_(None),
            appointments.c.practitioner_id == delay.practitioner_id,
            appointments.c.location_id == delay.location_id,
        )
    )


def told_last(connection: Connection, appointment_ids: Collection[int]) -> dict[int, int]:
    """Return the minutes that the patients of these visits were told last; nothing of those who
    have not heard of a delay, or of another time of the visit."""
    rows = connection.execute(
        select(occasions.c.appointment_id, occasions.c.minutes)
        .join(messages, messages.c.id == occasions.c.message_id)
        .join(
            appointments,
            and_(
                appointments.c.id == occasions.c.appointment_id,
                appointments.c.starts_at == occasions.c.was_starts_at,
            ),
        )
        .where(
            occasions.c.appointment_id.in_(appointment_ids),
            occasions.c.kind == OccasionKind.RUNNING_LATE,
            occasions.c.state == OccasionState.SAID,
            messages.c.status.not_in(_NEVER_HEARD),
        )
        .order_by(occasions.c.id)
    )
    return {row.appointment_id: row.minutes for row in rows}


def plan_to_tell(
    connection: Connection,
    delay_id: int,
    visit: Appointment,
    minutes: int,
    *,
    valid_until: datetime,
    now: datetime,
) -> None:
    """Have the patient told, at once, by how much the visit begins later; 0: on time again."""
    connection.execute(
        insert(occasions),
        {
            "public_id": new_public_id(),
            "kind": OccasionKind.RUNNING_LATE,
            "patient_id": visit.patient_id,
            "appointment_id": visit.id,
            "was_starts_at": visit.starts_at,
            "was_practitioner_id": visit.practitioner_id,
            "was_location_id": visit.location_id,
            "delay_id": delay_id,
            "minutes": minutes,
            "due_at": now,
            "valid_until": valid_until,
            "state": OccasionState.PLANNED,
            "created_at": now,
            "updated_at": now,
        },
    )
