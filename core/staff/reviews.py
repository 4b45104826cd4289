"""Restricted records that somebody opened with a reason: somebody else says whether that was in
order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from core.clock import instant
from core.errors import ReasonMissing, TaskNotFound
from core.messaging.tasks import close_task
from core.models import audit_log, audit_patients, opened_records, staff, tasks
from core.models.staff import Role
from core.staff.members import Member, members
from core.staff.rights import RIGHTS, Deed

TURNED_AWAY = "turned_away"  # As the audit log calls coming upon a record that is not open.


class Outcome(StrEnum):
    IN_ORDER = "in_order"
    NOT_IN_ORDER = "not_in_order"


@dataclass(frozen=True, slots=True)
class Review:
    """An opening that waits to be looked at. `by`: the name of whoever opened it; `assigned_to_id`:
    who is asked first."""

    task_id: int
    patient_id: int
    staff_id: int
    by: str
    why: str
    opened_at: datetime
    until: datetime
    assigned_to_id: int | None


def reviewer_of(connection: Connection, opener_id: int) -> int | None:
    """Return who is asked first whether an opening was in order, None where nobody else may say:
    an administrator of the whole clinic rather than one of a place."""
    may = [
        each for each in members(connection) if each.id != opener_id and _reach(each) is not None
    ]
    return min(may, key=lambda each: (_reach(each) or 0, each.id)).id if may else None


def _reach(who: Member) -> int | None:
    """Return 0 for whoever reviews in the whole clinic, 1 for those of a place, None for others."""
    reviewing = [grant for grant in who.grants if grant.role in RIGHTS[Deed.REVIEW]]
    if not reviewing:
        return None
    whole = (
        grant.role is Role.SUPER_ADMIN or (grant.location_id, grant.department_id) == (None, None)
        for grant in reviewing
    )
    return 0 if any(whole) else 1


_REVIEWS = (
    select(
        tasks.c.id,
        opened_records.c.patient_id,
        opened_records.c.staff_id,
        staff.c.first_name,
        staff.c.last_name,
        opened_records.c.why,
        opened_records.c.opened_at,
        opened_records.c.until,
        tasks.c.assigned_to_id,
    )
    .select_from(
        opened_records.join(tasks, tasks.c.id == opened_records.c.task_id).join(
            staff, staff.c.id == opened_records.c.staff_id
        )
    )
    .where(tasks.c.closed_at.is_(None))
)


def waiting_reviews(connection: Connection, staff_id: int, *, everywhere: bool) -> list[Review]:
    """Return what that person is to look at, the oldest first: never what they opened themselves.
    `everywhere`: they may do so in the whole clinic, else only what is assigned to them."""
    mine = _for(staff_id, everywhere=everywhere)
    rows = connection.execute(_REVIEWS.where(*mine).order_by(opened_records.c.id))
    return [_read(row) for row in rows]


def find_review(connection: Connection, task_id: int, staff_id: int, *, everywhere: bool) -> Review:
    """Return one of these; raises TaskNotFound."""
    mine = (*_for(staff_id, everywhere=everywhere), tasks.c.id == task_id)
    row = connection.execute(_REVIEWS.where(*mine)).one_or_none()
    if row is None:
        raise TaskNotFound("no such review waits for this person")
    return _read(row)


def _for(staff_id: int, *, everywhere: bool) -> Sequence[ColumnElement[bool]]:
    others = (opened_records.c.staff_id != staff_id,)
    return others if everywhere else (*others, tasks.c.assigned_to_id == staff_id)


def _read(row: Any) -> Review:
    task_id, patient_id, staff_id, first_name, last_name, *others = row
    return Review(task_id, patient_id, staff_id, f"{first_name} {last_name}", *others)


def done_meanwhile(connection: Connection, review: Review) -> dict[str, int]:
    """Return what they did about the patient while it was open to them: how often each."""
    theirs = (
        select(audit_log.c.action)
        .join(audit_patients, audit_patients.c.audit_id == audit_log.c.id)
        .where(
            audit_patients.c.patient_id == review.patient_id,
            audit_log.c.staff_id == review.staff_id,
            audit_log.c.at.between(review.opened_at, review.until),
            audit_log.c.action != TURNED_AWAY,
        )
        .order_by(audit_log.c.id)
    )
    counted: dict[str, int] = {}
    for action in connection.scalars(theirs):
        counted[action] = counted.get(action, 0) + 1
    return counted


def conclude(
    connection: Connection,
    review: Review,
    outcome: Outcome,
    *,
    by_id: int,
    note: str | None = None,
    now: datetime,
) -> None:
    """Say whether it was in order. What was not is not open to them any more from now on, and
    takes a note. Raises ReasonMissing."""
    at = instant(now)
    if outcome is Outcome.NOT_IN_ORDER and not (note or "").strip():
        raise ReasonMissing("expected what was not in order, got no note")
    values = {"review_note": note, "reviewed_by_id": by_id, "updated_at": at}
    this = opened_records.c.task_id == review.task_id
    connection.execute(update(opened_records).where(this).values(values))
    if outcome is Outcome.NOT_IN_ORDER:
        still = this, opened_records.c.until > at
        connection.execute(update(opened_records).where(*still).values(until=at))
    close_task(connection, review.task_id, outcome=outcome, now=at)
