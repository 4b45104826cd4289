"""Taking back that two records are one: what moved goes back, unless something has happened to it
since."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, Date, Row, Table, select, update

from core.clock import instant
from core.database.guards import lock_patients
from core.database.types import Instant
from core.errors import NothingToUndo
from core.models import appointments, merged_rows, merges, metadata, patients
from core.people.events import record
from core.people.merging import note_visits
from core.people.names import fold
from core.people.references import moving
from core.scheduling.appointments import Actor

# A mistake shows when the person is next spoken to, not within minutes; but a day later too much
# has happened to what was two people's.
UNDO_WITHIN = timedelta(hours=24)
UNMERGED = "unmerged"


@dataclass(frozen=True, slots=True)
class Unmerged:
    """What came of it: how many rows of each table went back, and how many stay with the kept
    record because they have changed since. `fields`: those of the kept record that do."""

    kept_id: int
    gone_id: int
    back: Mapping[str, int]
    stay: Mapping[str, int]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lately:
    """A merge that may be taken back."""

    id: int
    kept_id: int
    gone_id: int
    merged_at: datetime


def merged_lately(connection: Connection, now: datetime) -> list[Lately]:
    """Return those that may still be taken back, the latest first."""
    still = merges.c.undone_at.is_(None), merges.c.merged_at > instant(now) - UNDO_WITHIN
    columns = (merges.c.id, merges.c.kept_id, merges.c.gone_id, merges.c.merged_at)
    rows = connection.execute(select(*columns).where(*still).order_by(merges.c.id.desc()))
    return [Lately(*row) for row in rows]


def unmerge(connection: Connection, merge_id: int, *, actor: Actor, now: datetime) -> Unmerged:
    """Make two records of it again. What somebody has changed since stays with the kept record, and
    so does what came there since, but for what belongs to a visit that goes back.

    Raises NothingToUndo: it was too long ago, is taken back already, or the kept record has itself
    gone into another one.
    """
    at = instant(now)
    ids = select(merges.c.kept_id, merges.c.gone_id).where(merges.c.id == merge_id)
    both = connection.execute(ids).one_or_none()
    if both is None:
        raise NothingToUndo("there was no such merge")
    lock_patients(connection, tuple(both))
    merged = connection.execute(select(merges).where(merges.c.id == merge_id)).one()
    kept = connection.execute(select(patients).where(patients.c.id == merged.kept_id)).one()
    if merged.undone_at is not None or at - merged.merged_at > UNDO_WITHIN:
        raise NothingToUndo("it is taken back already, or was too long ago")
    if kept.merged_into_id is not None:
        raise NothingToUndo("the kept record has itself gone into another one")
    fields = _give_back(connection, merged, kept, at)
    back, stay = _move_back(connection, merged, actor, at)
    undone = {"undone_at": at, "updated_at": at}
    connection.execute(update(merges).where(merges.c.id == merge_id).values(**undone))
    detail = json.dumps({"merge": merge_id, "stay": stay, "fields": fields})
    for patient_id in (merged.kept_id, merged.gone_id):
        record(connection, patient_id, UNMERGED, actor=actor, now=at, detail=detail)
    return Unmerged(merged.kept_id, merged.gone_id, back, stay, fields)


def _give_back(
    connection: Connection, merged: Row[Any], kept: Row[Any], at: datetime
) -> tuple[str, ...]:
    """Return the fields of the kept record that stay as they are: somebody has changed them."""
    said = json.loads(merged.filled)
    values, stay = {}, []
    for name, (before, after) in said["kept"].items():
        column = patients.c[name]
        if getattr(kept, name) == _read(column, after):
            values[name] = _read(column, before)
        elif name != "search_name":
            stay.append(name)
    if "search_name" in said["kept"]:
        names = (values.get(part, getattr(kept, part)) for part in ("first_name", "last_name"))
        values["search_name"] = fold(" ".join(names))
    if values:
        theirs = update(patients).where(patients.c.id == kept.id)
        connection.execute(theirs.values(**values, updated_at=at))
    own = said["gone"]
    if "external_id" in stay:
        own.pop("external_id")
    again = update(patients).where(patients.c.id == merged.gone_id)
    connection.execute(again.values(**own, merged_into_id=None, updated_at=at))
    return tuple(stay)


def _read(column: Column[Any], value: Any) -> Any:
    """Return what was written as JSON, as the column has it."""
    if value is None:
        return None
    if isinstance(column.type, Instant):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, Date) else value


def _move_back(
    connection: Connection, merged: Row[Any], actor: Actor, at: datetime
) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many rows of each table went back, and how many stay. Visits first: what is about
    one goes where it goes."""
    said = merged_rows.c
    rows = connection.execute(
        select(said.table_name, said.row_id, said.was)
        .where(said.merge_id == merged.id)
        .order_by(said.id)
    ).all()
    of_tables: dict[str, dict[int, dict[str, Any]]] = {}
    for row in rows:
        of_tables.setdefault(row.table_name, {})[row.row_id] = json.loads(row.was)
    visits = of_tables.pop(appointments.name, {})
    gone_visits = _unchanged(connection, appointments, visits, merged.merged_at)
    _visits_back(connection, gone_visits, merged.gone_id, actor, at)
    back = {appointments.name: len(gone_visits)}
    stay = {appointments.name: len(visits) - len(gone_visits)}
    for name, remembered in of_tables.items():
        table = metadata.tables[name]
        alone = _not_about(connection, table, remembered, visits)
        unchanged = _unchanged(connection, table, alone, merged.merged_at)
        for row_id in unchanged:
            was = {key: _read(table.c[key], value) for key, value in alone[row_id].items()}
            connection.execute(update(table).where(table.c.id == row_id).values(was))
        back[name], stay[name] = len(unchanged), len(alone) - len(unchanged)
    for table, column in moving():
        if "appointment_id" in table.c and gone_visits:
            theirs = table.c.appointment_id.in_(gone_visits), table.c[column] == merged.kept_id
            values = {column: merged.gone_id}
            went = connection.execute(update(table).where(*theirs).values(values)).rowcount
            back[table.name] = back.get(table.name, 0) + went
    return _counted(back), _counted(stay)


def _counted(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _not_about(
    connection: Connection,
    table: Table,
    remembered: Mapping[int, dict[str, Any]],
    visits: Mapping[int, Any],
) -> dict[int, dict[str, Any]]:
    """Return those rows that are about none of the visits which were moved."""
    if "appointment_id" not in table.c or not visits:
        return dict(remembered)
    about = table.c.id.in_(remembered), table.c.appointment_id.in_(visits)
    follow = set(connection.scalars(select(table.c.id).where(*about)))
    return {row_id: was for row_id, was in remembered.items() if row_id not in follow}


def _unchanged(
    connection: Connection, table: Table, remembered: Mapping[int, Any], merged_at: datetime
) -> list[int]:
    """Return the rows that nothing has happened to since; what is only added to never changes."""
    rows = select(table.c.id).where(table.c.id.in_(remembered)).order_by(table.c.id)
    if "updated_at" in table.c:
        rows = rows.where(table.c.updated_at == merged_at)
    return list(connection.scalars(rows)) if remembered else []


def _visits_back(
    connection: Connection, visit_ids: Sequence[int], gone_id: int, actor: Actor, at: datetime
) -> None:
    if not visit_ids:
        return
    values = {"patient_id": gone_id, "version": appointments.c.version + 1, "updated_at": at}
    connection.execute(update(appointments).where(appointments.c.id.in_(visit_ids)).values(values))
    note_visits(connection, visit_ids, UNMERGED, actor, at)
