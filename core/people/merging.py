"""Two records that are one person's become one: what is the other's moves over, in one transaction,
and can go back.

Nothing is deleted. The record that goes is no longer active and names the one that it went into;
each row that was changed is remembered as it was.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from core.clock import instant
from core.database.guards import lock_patients
from core.errors import CannotMerge, StaffOnly
from core.messaging.tasks import close_tasks_of_patient
from core.models import (
    appointments,
    merged_rows,
    merges,
    patient_addresses,
    patients,
    tasks,
    waitlist,
)
from core.models.messaging import TaskKind
from core.models.people import Trust
from core.models.waitlist import WaitState
from core.people.comparing import (
    Obstacle,
    both_records,
    has_other_birth_date,
    obstacles,
    taken_over,
)
from core.people.events import record
from core.people.names import fold
from core.people.references import moving
from core.scheduling.appointments import Actor, by_id
from core.scheduling.history import note
from core.waitlist.offers import withdraw_of_entry

MERGED, WENT = "merged", "went_into_another"
_ENDS = ("closed_at", "outcome")  # Of a task: merging may close it.
_TRUSTS = (Trust.GIVEN, Trust.CLAIMED, Trust.PROVED)


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of it: how many rows of each table moved over."""

    id: int
    kept_id: int
    gone_id: int
    moved: Mapping[str, int]


def merge(
    connection: Connection,
    kept_id: int,
    gone_id: int,
    *,
    picks: Iterable[str] = (),
    despite_birth_dates: bool = False,
    actor: Actor,
    now: datetime,
) -> Merged:
    """Let the one record go into the other. An empty field of the kept one is filled; where both
    have something the kept one's stays, but for `picks`. `despite_birth_dates`: they are one
    person's although both say when they were born, and not the same.

    Raises StaffOnly, PatientNotFound, RecordMerged where one went into another meanwhile, and
    CannotMerge with all that stands in the way.
    """
    at = instant(now)
    if not actor.is_staff:
        raise StaffOnly("only staff merge records")
    lock_patients(connection, (kept_id, gone_id))
    kept, gone = both_records(connection, kept_id, gone_id)
    found = obstacles(connection, kept, gone, at)
    if has_other_birth_date(kept, gone) and not despite_birth_dates:
        found = (*found, Obstacle.BIRTH_DATES)
    if found:
        raise CannotMerge(found)
    values = {"kept_id": kept_id, "gone_id": gone_id, "staff_id": actor.id, "merged_at": at}
    times = {"created_at": at, "updated_at": at}
    merge_id: int = connection.execute(
        insert(merges).returning(merges.c.id), values | times
    ).scalar_one()
    _fill(connection, merge_id, kept, gone, frozenset(picks), at)
    moved = _move_all(connection, merge_id, kept_id, gone_id, actor, at)
    _close_duplicates(connection, merge_id, kept_id, at)
    detail = json.dumps({"merge": merge_id, "kept": kept_id, "gone": gone_id})
    record(connection, kept_id, MERGED, actor=actor, now=at, detail=detail)
    record(connection, gone_id, WENT, actor=actor, now=at, detail=detail)
    return Merged(merge_id, kept_id, gone_id, moved)


def went_into(connection: Connection, patient_id: int) -> list[int]:
    """Return the records that went into this one, and into those."""
    found: list[int] = []
    around = [patient_id]
    while around:
        inside = select(patients.c.id).where(patients.c.merged_into_id.in_(around))
        around = list(connection.scalars(inside.order_by(patients.c.id)))
        found += around
    return found


def _fill(
    connection: Connection,
    merge_id: int,
    kept: Row[Any],
    gone: Row[Any],
    picks: frozenset[str],
    at: datetime,
) -> None:
    """The other record is not active any more, and what the kept one lacks is taken over."""
    taken = taken_over(kept, gone, picks)
    if {"first_name", "last_name"} & taken.keys():
        names = (taken.get(part, getattr(kept, part)) for part in ("first_name", "last_name"))
        taken["search_name"] = fold(" ".join(names))
    ends = {"is_active": False, "merged_into_id": kept.id, "updated_at": at}
    if "external_id" in taken:  # It is unique: it goes before it comes.
        ends["external_id"] = None
    connection.execute(update(patients).where(patients.c.id == gone.id).values(**ends))
    if taken:
        kept_row = update(patients).where(patients.c.id == kept.id)
        connection.execute(kept_row.values(**taken, updated_at=at))
    filled = {name: [_plain(getattr(kept, name)), _plain(new)] for name, new in taken.items()}
    own = {"is_active": gone.is_active, "external_id": gone.external_id}
    connection.execute(
        update(merges)
        .where(merges.c.id == merge_id)
        .values(filled=json.dumps({"kept": filled, "gone": own}))
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _move_all(
    connection: Connection, merge_id: int, kept_id: int, gone_id: int, actor: Actor, at: datetime
) -> dict[str, int]:
    moved: dict[str, int] = {}
    for table, column in moving():
        rows = connection.execute(
            select(table).where(table.c[column] == gone_id).order_by(table.c.id).with_for_update()
        ).all()
        if table is patient_addresses:
            rows = list(_narrowed(connection, merge_id, kept_id, rows, at))
        if table is waitlist:
            _end_double_waits(connection, merge_id, kept_id, rows, at)
        if rows:
            _move(connection, merge_id, table, column, rows, kept_id, at)
        if table is appointments:
            note_visits(connection, [row.id for row in rows], MERGED, actor, at)
        if rows:
            moved[table.name] = len(rows)
    return moved


def _move(
    connection: Connection,
    merge_id: int,
    table: Table,
    column: str,
    rows: Sequence[Row[Any]],
    kept_id: int,
    at: datetime,
) -> None:
    """A visit is one version on, as with any change of it."""
    columns = [name for name in (column, "updated_at", *_ENDS) if name in table.c]
    _remember(connection, merge_id, table, rows, columns)
    values: dict[str, Any] = {column: kept_id}
    if "updated_at" in table.c:
        values["updated_at"] = at
    if table is appointments:
        values["version"] = appointments.c.version + 1
    theirs = table.c.id.in_([row.id for row in rows])
    connection.execute(update(table).where(theirs).values(values))


def note_visits(
    connection: Connection, visit_ids: Sequence[int], what: str, actor: Actor, at: datetime
) -> None:
    """Write into each visit's own history whose it has become."""
    for visit_id in visit_ids:
        note(connection, by_id(connection, visit_id), what, actor=actor, now=at)


def _remember(
    connection: Connection,
    merge_id: int,
    table: Table,
    rows: Iterable[Row[Any]],
    columns: Sequence[str],
) -> None:
    """Write down how the rows were; what was said first of a row counts."""
    said = merged_rows.c
    known = set(
        connection.scalars(
            select(said.row_id).where(said.merge_id == merge_id, said.table_name == table.name)
        )
    )
    remembered = [
        {
            "merge_id": merge_id,
            "table_name": table.name,
            "row_id": row.id,
            "was": json.dumps({name: _plain(getattr(row, name)) for name in columns}),
        }
        for row in rows
        if row.id not in known
    ]
    if remembered:
        connection.execute(insert(merged_rows), remembered)


_RIGHTS = ("may_book", "may_see", "is_told")
_LINK = (
    "trust",
    *_RIGHTS,
    "until",
    "suspended_at",
    "suspended_why",
    "is_barred",
    "updated_at",
)


def _narrowed(
    connection: Connection, merge_id: int, kept_id: int, rows: Sequence[Row[Any]], at: datetime
) -> Iterator[Row[Any]]:
    """Yield the links that move. Where both records have an address it may from now on no more than
    what it might of either; the other link stays where it is, with a record that nobody sees."""
    link = patient_addresses.c
    for row in rows:
        same = link.patient_id == kept_id, link.address_id == row.address_id
        own = connection.execute(select(patient_addresses).where(*same)).one_or_none()
        if own is None:
            yield row
            continue
        _remember(connection, merge_id, patient_addresses, [own], _LINK)
        ends = [each for each in (own.until, row.until) if each is not None]
        values = {name: getattr(own, name) and getattr(row, name) for name in _RIGHTS} | {
            "trust": min(own.trust, row.trust, key=_TRUSTS.index),
            "until": min(ends) if ends else None,
            "suspended_at": own.suspended_at or row.suspended_at,
            "suspended_why": own.suspended_why or row.suspended_why,
            "is_barred": own.is_barred or row.is_barred,
            "updated_at": at,
        }
        connection.execute(update(patient_addresses).where(*same).values(values))


def _end_double_waits(
    connection: Connection, merge_id: int, kept_id: int, rows: Sequence[Row[Any]], at: datetime
) -> None:
    """Who waits for the same twice waits once."""
    waiting = waitlist.c.state == WaitState.WAITING
    known = connection.execute(
        select(waitlist.c.practitioner_id, waitlist.c.specialty).where(
            waitlist.c.patient_id == kept_id, waiting
        )
    )
    whom = {tuple(row) for row in known}
    double = [
        row
        for row in rows
        if row.state == WaitState.WAITING and (row.practitioner_id, row.specialty) in whom
    ]
    columns = ("patient_id", "state", "updated_at")
    _remember(connection, merge_id, waitlist, double, columns)
    for row in double:
        withdraw_of_entry(connection, row.id, note=MERGED, at=at)
        left = update(waitlist).where(waitlist.c.id == row.id)
        connection.execute(left.values(state=WaitState.LEFT))


def _close_duplicates(connection: Connection, merge_id: int, kept_id: int, at: datetime) -> None:
    """Whoever was to look whether they are one person has said so."""
    about = (
        tasks.c.patient_id == kept_id,
        tasks.c.kind == TaskKind.DUPLICATE,
        tasks.c.closed_at.is_(None),
    )
    rows = connection.execute(select(tasks).where(*about)).all()
    _remember(connection, merge_id, tasks, rows, (*_ENDS, "updated_at"))
    close_tasks_of_patient(connection, kept_id, TaskKind.DUPLICATE, outcome=MERGED, now=at)
