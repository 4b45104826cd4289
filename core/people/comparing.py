"""Two records that may be one person's, side by side: what would be taken over, what differs, and
what stands in the way of making them one."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, select

from core.errors import PatientNotFound, RecordMerged
from core.models import patients, tasks
from core.models.messaging import TaskKind
from core.models.people import Standing
from core.people.names import alike
from core.people.references import moving
from core.people.restricted import named_for, restricted_among
from core.scheduling.appointments import upcoming

# What is filled where it is empty; where both have something, either may be picked.
FIELDS = (
    "first_name",
    "last_name",
    "date_of_birth",
    "gender",
    "language",
    "zone",
    "address",
    "emergency_contact_name",
    "emergency_contact_phone",
)
_TEXTS = ("notes", "medical_history")  # Both are kept, one below the other.


class Obstacle(StrEnum):
    VISITS = "visits"  # Each has a visit ahead at one time: one must be called off first.
    DECEASED = "deceased"  # One is said to have died, the other not.
    RESTRICTED = "restricted"  # Not the same staff may see both.
    BIRTH_DATES = "birth_dates"  # Both are known, and differ.


@dataclass(frozen=True, slots=True)
class Preview:
    """What merging would come to. `filled`: fields that the kept record lacks; `differing`: those
    in which each has something else; `rows`: what moves over, by table."""

    filled: tuple[str, ...]
    differing: tuple[str, ...]
    rows: Mapping[str, int]
    obstacles: tuple[Obstacle, ...]
    has_other_birth_date: bool


def preview(connection: Connection, kept_id: int, gone_id: int, *, now: datetime) -> Preview:
    """Return what would come of it; nothing is changed. Raises PatientNotFound, RecordMerged."""
    kept, gone = both_records(connection, kept_id, gone_id)
    counted = {
        table.name: connection.scalar(
            select(func.count()).select_from(table).where(table.c[column] == gone_id)
        )
        or 0
        for table, column in moving()
    }
    return Preview(
        tuple(taken_over(kept, gone)),
        tuple(name for name in FIELDS if _differs(kept, gone, name)),
        {name: count for name, count in counted.items() if count},
        obstacles(connection, kept, gone, now),
        _differs(kept, gone, "date_of_birth"),
    )


def both_records(connection: Connection, kept_id: int, gone_id: int) -> tuple[Row[Any], Row[Any]]:
    """Return both as they are. Raises PatientNotFound, and RecordMerged where one went into another
    record already, or both are one."""
    if kept_id == gone_id:
        raise RecordMerged("expected two records, got one")
    both = select(patients).where(patients.c.id.in_((kept_id, gone_id)))
    rows = {row.id: row for row in connection.execute(both)}
    if len(rows) < 2:
        raise PatientNotFound("there is no such patient")
    if any(row.merged_into_id is not None for row in rows.values()):
        raise RecordMerged("one of them went into another record")
    return rows[kept_id], rows[gone_id]


def _differs(kept: Row[Any], gone: Row[Any], name: str) -> bool:
    """Tell whether both say something, and not the same."""
    one, other = getattr(kept, name), getattr(gone, name)
    return one is not None and other is not None and one != other


def has_other_birth_date(kept: Row[Any], gone: Row[Any]) -> bool:
    return _differs(kept, gone, "date_of_birth")


def obstacles(
    connection: Connection, kept: Row[Any], gone: Row[Any], now: datetime
) -> tuple[Obstacle, ...]:
    """Return what stands in the way, whoever insists."""
    found = []
    if _meet(connection, kept.id, gone.id, now):
        found.append(Obstacle.VISITS)
    if (kept.standing == Standing.DECEASED) != (gone.standing == Standing.DECEASED):
        found.append(Obstacle.DECEASED)
    restricted = restricted_among(connection, [kept.id, gone.id])
    names = [named_for(connection, each) for each in (kept.id, gone.id)]
    if len(restricted) == 1 or names[0] != names[1]:
        found.append(Obstacle.RESTRICTED)
    return tuple(found)


def _meet(connection: Connection, kept_id: int, gone_id: int, now: datetime) -> bool:
    """Tell whether both are expected somewhere at one time."""
    ahead = upcoming(connection, patient_ids=[kept_id, gone_id], now=now)
    own = [visit for visit in ahead if visit.patient_id == kept_id]
    others = [visit for visit in ahead if visit.patient_id == gone_id]
    return any(
        one.starts_at < other.ends_at and other.starts_at < one.ends_at
        for one in own
        for other in others
    )


def taken_over(kept: Row[Any], gone: Row[Any], picks: Collection[str] = ()) -> dict[str, Any]:
    """Return what changes in the kept record: what it lacks, what was picked of the other, and what
    is stricter there. Nothing becomes open that was not."""
    taken = {
        name: getattr(gone, name)
        for name in (*FIELDS, "external_id")
        if getattr(kept, name) is None and getattr(gone, name) is not None
    }
    taken |= {name: getattr(gone, name) for name in FIELDS if name in picks}
    for name in _TEXTS:
        texts = dict.fromkeys(filter(None, (getattr(kept, name), getattr(gone, name))))
        taken[name] = "\n".join(texts) or None
    needs = {need for row in (kept, gone) for need in json.loads(row.needs or "[]")}
    taken["needs"] = json.dumps(sorted(needs)) if needs else None
    rules = json.loads(gone.contact_rules or "{}") | json.loads(kept.contact_rules or "{}")
    taken["contact_rules"] = json.dumps(rules) if rules else None
    if gone.standing == Standing.BLOCKED and kept.standing == Standing.ACTIVE:
        for name in ("standing", "standing_since", "standing_by", "standing_why"):
            taken[name] = getattr(gone, name)
    return {name: value for name, value in taken.items() if value != _own(kept, name)}


def _own(kept: Row[Any], name: str) -> Any:
    """Return what the kept record says, in the form in which it would be written."""
    value = getattr(kept, name)
    if name == "needs" and value is not None:
        return json.dumps(sorted(json.loads(value))) if json.loads(value) else None
    return value


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that staff are to look at: they may be one person's."""

    first_id: int
    second_id: int


def doubles(connection: Connection, *, limit: int) -> list[Pair]:
    """Return the pairs of the tasks that wait, the oldest first: whoever was noted last, and who
    was born on that day with nearly that name."""
    waiting = tasks.c.kind == TaskKind.DUPLICATE, tasks.c.closed_at.is_(None)
    whom = select(tasks.c.patient_id).where(*waiting, tasks.c.patient_id.is_not(None))
    found: dict[Pair, None] = {}
    for new in connection.scalars(whom.order_by(tasks.c.id).limit(limit)):
        for other in alike_to(connection, new, limit=limit):
            found[Pair(other, new)] = None
    return list(found)[:limit]


def alike_to(connection: Connection, patient_id: int, *, limit: int) -> list[int]:
    """Return who was born on the same day with nearly the same name, the oldest record first."""
    this = connection.execute(
        select(patients.c.search_name, patients.c.date_of_birth).where(patients.c.id == patient_id)
    ).one()
    if this.date_of_birth is None:
        return []
    others = connection.execute(
        select(patients.c.id, patients.c.search_name)
        .where(
            patients.c.date_of_birth == this.date_of_birth,
            patients.c.id != patient_id,
            patients.c.is_active,
        )
        .order_by(patients.c.id)
    )
    return [row.id for row in others if alike(row.search_name, this.search_name)][:limit]
