"""Records that not everybody opens: who is named for them, and who opened one for a while, with a
reason that somebody else reviews."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, or_, select, union

from core.clock import instant
from core.errors import ReasonMissing
from core.messaging.tasks import open_task
from core.models import named_staff, opened_records, patients
from core.models.messaging import TaskKind
from core.models.people import Standing


def is_restricted() -> ColumnElement[bool]:
    """The patient's record is one of these: by its standing, or because staff are named for it,
    which stays so when the patient is blocked or has died."""
    named = exists().where(named_staff.c.patient_id == patients.c.id)
    return or_(patients.c.standing == Standing.RESTRICTED, named)


def restricted_among(connection: Connection, patient_ids: Collection[int]) -> frozenset[int]:
    """Return those of them whose records not everybody sees."""
    if not patient_ids:
        return frozenset()
    rows = select(patients.c.id).where(patients.c.id.in_(patient_ids), is_restricted())
    return frozenset(connection.scalars(rows))


def open_to(connection: Connection, staff_id: int, now: datetime) -> frozenset[int]:
    """Return the patients whose restricted records that person may see at this moment: named for
    them, or having opened them a while ago."""
    named = select(named_staff.c.patient_id).where(named_staff.c.staff_id == staff_id)
    opened = select(opened_records.c.patient_id).where(
        opened_records.c.staff_id == staff_id, opened_records.c.until > instant(now)
    )
    return frozenset(connection.scalars(union(named, opened)))


def named_for(connection: Connection, patient_id: int) -> list[int]:
    """Return who of staff is named for the record, by their numbers."""
    rows = select(named_staff.c.staff_id).where(named_staff.c.patient_id == patient_id)
    return list(connection.scalars(rows.order_by(named_staff.c.staff_id)))


def counted_by_name(connection: Connection) -> Mapping[int, int]:
    """Return for how many records each of staff is named; nobody who is named for none."""
    counted: dict[int, int] = {}
    for staff_id in connection.scalars(select(named_staff.c.staff_id)):
        counted[staff_id] = counted.get(staff_id, 0) + 1
    return counted


def name_only(
    connection: Connection, patient_id: int, staff_ids: Collection[int], *, by: str, now: datetime
) -> None:
    """Name just these for the record, whoever was before. `by`: who does it, in words."""
    theirs = named_staff.c.patient_id == patient_id
    connection.execute(delete(named_staff).where(theirs, named_staff.c.staff_id.not_in(staff_ids)))
    known = set(named_for(connection, patient_id))
    rows = [
        {"patient_id": patient_id, "staff_id": each, "added_by": by, "added_at": instant(now)}
        for each in sorted(set(staff_ids) - known)
    ]
    if rows:
        connection.execute(insert(named_staff), rows)


@dataclass(frozen=True, slots=True)
class Opened:
    """A record that was opened. `task_id`: the review that waits, which `reviewer_id` sees first;
    None where there is nobody else to review it."""

    until: datetime
    task_id: int
    reviewer_id: int | None


def open_record(
    connection: Connection,
    patient_id: int,
    staff_id: int,
    *,
    why: str,
    minutes: int,
    reviewer_id: int | None,
    now: datetime,
) -> Opened:
    """Let somebody who is not named see the record for so many minutes, and have it reviewed.
    Raises ReasonMissing."""
    if not why.strip():
        raise ReasonMissing("expected why the record is opened, got no reason")
    at = instant(now)
    values = {"patient_id": patient_id, "staff_id": staff_id, "why": why.strip()}
    task_id = open_task(connection, TaskKind.REVIEW, assigned_to_id=reviewer_id, now=at)
    until = at + timedelta(minutes=minutes)
    times = {"opened_at": at, "until": until, "created_at": at, "updated_at": at}
    connection.execute(insert(opened_records), values | times | {"task_id": task_id})
    return Opened(until, task_id or 0, reviewer_id)
