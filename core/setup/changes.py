"""What a set-up changes: each change in one line of plain words, with its event, as it is made."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from core.models import setting_events
from core.scheduling.week import DAYS, END_OF_DAY, Stretch, Week, worded_time, worded_week

ACTOR = "setup"


class ChangeKind(StrEnum):
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    DEACTIVATE = "deactivate"
    REACTIVATE = "reactivate"
    KEEP = "keep"  # Alters nothing: staff set it otherwise than the file says.
    NOTE = "note"  # Alters nothing: something that somebody should know.


@dataclass(frozen=True, slots=True)
class Change:
    kind: ChangeKind
    text: str

    @property
    def alters(self) -> bool:
        return self.kind not in (ChangeKind.KEEP, ChangeKind.NOTE)

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}" if self.kind == "note" else f"{self.kind} {self.text}"


@dataclass
class SetUp:
    """One run: what it works on, and what it has changed so far."""

    connection: Connection
    now: datetime
    overwrite: bool = False
    changes: list[Change] = field(default_factory=list)

    @property
    def alters(self) -> bool:
        return any(change.alters for change in self.changes)

    def say(self, kind: ChangeKind, text: str) -> None:
        self.changes.append(Change(kind, text))

    def record(
        self,
        kind: ChangeKind,
        subject: str,
        column: str = "",
        before: Any = None,
        after: Any = None,
    ) -> None:
        """Note a change that was made, and write its event."""
        if column:
            label = column.removesuffix("_cents").replace("_", " ")
            was, now = worded(column, before), worded(column, after)
            self.say(kind, f"{subject}: {label} {was} -> {now}")
        else:
            self.say(kind, subject)
        key = f"{subject}: {column}" if column else subject
        self.event(key, _stored(before), _stored(after) if column else kind.value)

    def event(
        self, key: str, before: str | None, after: str | None, location_id: int | None = None
    ) -> None:
        self.connection.execute(
            insert(setting_events).values(
                key=key,
                location_id=location_id,
                at=self.now,
                actor=ACTOR,
                value_from=before,
                value_to=after,
            )
        )

    def add(self, table: Table, values: Mapping[str, Any]) -> int:
        times = {"created_at": self.now, "updated_at": self.now}
        row = insert(table).values(**values, **times).returning(table.c.id)
        return int(self.connection.execute(row).scalar_one())

    def bring(
        self,
        kind: str,
        table: Table,
        wanted: Iterable["Wanted"],
        named: Callable[[Row[Any]], str] | None = None,
        keeps: Callable[[Row[Any]], bool] | None = None,
    ) -> list[int]:
        """Make the table hold what is wanted, row by row; the rest is deactivated, not deleted.

        Returns the ids of the wanted rows, in their order. `named` names a row that is deactivated;
        `keeps` tells which of them are none of the file's, and stay.
        """
        rows = list(self.connection.execute(select(table).order_by(table.c.id)))
        items = list(wanted)
        matches = _matched(items, rows)
        for place, row in matches.items():
            self._free_unique_values(table, row, items[place].values)
        ids = {place: row.id for place, row in matches.items()}
        found = set(ids.values())
        for place, row in matches.items():
            self._update(table, row, items[place].values, f"{kind} {items[place].name}")
        for place, item in enumerate(items):
            if place not in matches:
                ids[place] = self.add(table, {**item.values, **item.at_first})
                self.record(ChangeKind.ADD, f"{kind} {item.name}")
        for row in rows:
            if row.is_active and row.id not in found and not (keeps and keeps(row)):
                self._set(table, row.id, {"is_active": False})
                self.record(ChangeKind.DEACTIVATE, f"{kind} {(named or name_of)(row)}")
        return [ids[place] for place in range(len(items))]

    def _free_unique_values(self, table: Table, row: Row[Any], values: Mapping[str, Any]) -> None:
        """Two rows may swap a value that is unique: neither can take it while the other has it."""
        for column in table.c:
            if not (column.unique and column.nullable):
                continue
            if getattr(row, column.name) not in (None, values[column.name]):
                self._set(table, row.id, {column.name: None})

    def _update(self, table: Table, row: Row[Any], values: Mapping[str, Any], subject: str) -> None:
        changed = {
            column: value for column, value in values.items() if getattr(row, column) != value
        }
        if not row.is_active:
            self.record(ChangeKind.REACTIVATE, subject)
        if changed or not row.is_active:
            self._set(table, row.id, {**changed, "is_active": True})
        for column, value in changed.items():
            self.record(ChangeKind.CHANGE, subject, column, getattr(row, column), value)

    def _set(self, table: Table, row_id: int, values: Mapping[str, Any]) -> None:
        self.connection.execute(
            update(table).where(table.c.id == row_id).values(**values, updated_at=self.now)
        )

    def replace_rows(
        self, table: Table, owner: Mapping[str, Any], wanted: Iterable[Mapping[str, Any]]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Make the owner's rows those that are wanted; what stays the same is not touched.

        Returns the rows that were removed and those that were added.
        """
        asked = list(wanted)
        mine = [table.c[column] == value for column, value in owner.items()]
        columns = [column.name for column in table.c if not _is_upkeep(column.name, owner)]
        present = {
            row.id: {column: getattr(row, column) for column in columns}
            for row in self.connection.execute(select(table).where(*mine).order_by(table.c.id))
        }
        wishes = [{column: item.get(column) for column in columns} for item in asked]
        gone = {row_id: row for row_id, row in present.items() if row not in wishes}
        new = [wish for wish in wishes if wish not in present.values()]
        if gone:
            self.connection.execute(delete(table).where(table.c.id.in_(gone)))
        for wish in new:
            self.add(table, {**owner, **wish})
        return list(gone.values()), new


def _is_upkeep(column: str, owner: Mapping[str, Any]) -> bool:
    return column in owner or column in ("id", "created_at", "updated_at")


@dataclass(frozen=True)
class Wanted:
    """A row as the file wants it, and the columns by which it is found again."""

    name: str
    values: Mapping[str, Any]
    keys: tuple[tuple[str, ...], ...]  # The first that fits counts.
    at_first: Mapping[str, Any] = field(default_factory=dict)  # For a new row only.


def _matched(items: list[Wanted], rows: list[Row[Any]]) -> dict[int, Row[Any]]:
    """Find the row of each item, the surest keys first; no row is taken twice."""
    matches: dict[int, Row[Any]] = {}
    for rank in range(max((len(item.keys) for item in items), default=0)):
        taken = {row.id for row in matches.values()}
        for keys in {item.keys[rank] for item in items if rank < len(item.keys)}:
            free = {
                tuple(getattr(row, column) for column in keys): row
                for row in rows
                if row.id not in taken
            }
            for place, item in enumerate(items):
                if place in matches or item.keys[rank : rank + 1] != (keys,):
                    continue
                wish = tuple(item.values[column] for column in keys)
                if None not in wish and wish in free:
                    matches[place] = free.pop(wish)
    return dict(sorted(matches.items()))


def name_of(row: Row[Any]) -> str:
    if hasattr(row, "last_name"):
        return f"{row.title} {row.first_name} {row.last_name}"
    return str(row.name if hasattr(row, "name") else row.code)


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _stored(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return as_json(value) if isinstance(value, bool | int | float | list | dict) else str(value)


# Columns of texts that are told to those who ask; JSON: language -> text.
TOLD = frozenset({"directions", "parking", "insurance", "what_to_bring", "preparation"})
_YES_NO: dict[Any, str] = {None: "nothing", True: "yes", False: "no", "": "nothing"}
Formatter = Callable[[Any], str]


def worded(column: str, value: Any) -> str:
    """Return a column's value as a person would say it."""
    if value is None or isinstance(value, bool) or value == "":
        return _YES_NO[value]
    if column.endswith("_cents"):
        return f"{value / 100:.2f}"
    if column == "opening_hours":
        return worded_week(week_of(value))
    if column in TOLD:
        return "; ".join(f'"{text}" ({language})' for language, text in json.loads(value).items())
    if column == "text":
        return f'"{value}"'
    if isinstance(value, str) and value[:1] in "[{":
        return _flat(json.loads(value))
    return worded_time(value) if isinstance(value, time) else str(value)


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_flat(item)}" for key, item in value.items()) or "nothing"
    return ", ".join(map(str, value)) or "nothing" if isinstance(value, list) else str(value)


def opening_hours_column(week: Week) -> dict[str, list[list[str]]]:
    """Return what the column `locations.opening_hours` holds, before it is JSON."""
    return {
        DAYS[day]: [[_wall_time(part.starts), _wall_time(part.ends)] for part in stretches]
        for day, stretches in week.items()
    }


def _wall_time(at: time) -> str:
    return at.isoformat() if at == END_OF_DAY else f"{at:%H:%M}"


def week_of(opening_hours: str) -> dict[int, tuple[Stretch, ...]]:
    """Read the column `locations.opening_hours`."""
    return {
        DAYS.index(day): tuple(
            Stretch(time.fromisoformat(starts), time.fromisoformat(ends))
            for starts, ends in stretches
        )
        for day, stretches in json.loads(opening_hours).items()
    }
