"""What always holds of appointments and their history, checked over all rows, pair by pair."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations, pairwise
from typing import Any

from sqlalchemy import Connection, LargeBinary, Row, Table, bindparam, select, type_coerce

from core.database.types import EncryptedText
from core.models import appointment_events, appointments
from core.models.appointments import AppointmentStatus
from core.scheduling.statuses import ALLOWED
from tests.core.scheduling.plain_world import LIVE, shares

_KEPT_FIELDS = (
    "practitioner_id",
    "location_id",
    "visit_type_id",
    "resource_id",
    "seat",
    "status",
)
_KEPT_TIMES = ("starts_at", "ends_at", "occupied_from", "occupied_until")
# What leaves an appointment as it is; a hold's term may be renewed.
_NO_CHANGE = ("forgiven",)
_SAME_STATUS = (*_NO_CHANGE, "held", "rescheduled", "undone")


def _as_stored(table: Table) -> list[Any]:
    """Encrypted texts as they are stored: who writes one anew is found out."""
    return [
        type_coerce(column, LargeBinary).label(column.name)
        if isinstance(column.type, EncryptedText)
        else column
        for column in table.c
    ]


_VISITS = select(*_as_stored(appointments)).order_by(appointments.c.id)
_EVENTS = select(*_as_stored(appointment_events)).order_by(appointment_events.c.id)
_TEXTS = (
    select(
        appointment_events.c.id,
        appointment_events.c.state_from,
        appointment_events.c.state_to,
    )
    .where(appointment_events.c.id > bindparam("after"))
    .order_by(appointment_events.c.id)
)

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of an appointment, its states in the clear."""

    id: int
    type: str
    at: datetime
    actor: tuple[str, int | None]
    before: State | None
    after: State


@dataclass(frozen=True)
class Record:
    """All that is stored of appointments at one moment."""

    visits: Mapping[int, Row[Any]] = field(default_factory=dict)
    events: Mapping[int, Row[Any]] = field(default_factory=dict)
    happenings: Mapping[int, tuple[Happening, ...]] = field(default_factory=dict)

    def read(self, connection: Connection) -> "Record":
        """Return what is stored now; what was read before is not taken apart again."""
        visits = {row.id: row for row in connection.execute(_VISITS)}
        events = {row.id: row for row in connection.execute(_EVENTS)}
        happenings = defaultdict(tuple, self.happenings)
        last = max(self.events, default=0)
        for event_id, before, after in connection.execute(_TEXTS, {"after": last}):
            row = events[event_id]
            happenings[row.appointment_id] += (
                Happening(
                    event_id,
                    row.type,
                    row.at,
                    (row.actor_kind, row.actor_id),
                    None if before is None else _parsed(before),
                    _parsed(after),
                ),
            )
        return Record(visits, events, dict(happenings))

    def is_as(self, other: "Record") -> bool:
        return self.visits == other.visits and self.events == other.events

    @property
    def forgiven(self) -> frozenset[int]:
        return frozenset(
            row.appointment_id for row in self.events.values() if row.type == "forgiven"
        )


def _parsed(text: str) -> State:
    state: State = json.loads(text)
    kept = {name: state[name] for name in _KEPT_FIELDS}
    return kept | {name: datetime.fromisoformat(state[name]) for name in _KEPT_TIMES}


def assert_whole(record: Record) -> None:
    """Nobody is booked twice, and everything is what its history says."""
    live = [visit for visit in record.visits.values() if visit.status in LIVE]
    _assert_apart(live, lambda visit: (visit.practitioner_id, visit.seat), _occupied)
    _assert_apart([visit for visit in live if visit.resource_id], _room, _occupied)
    _assert_apart([visit for visit in live if visit.patient_id], _patient, _visit)
    asked = [visit.conversation_id for visit in live if visit.status == "held"]
    assert len(asked) == len(set(asked)), "a conversation holds twice"
    assert set(record.happenings) == set(record.visits), "events and appointments differ"
    for visit in record.visits.values():
        _assert_history(visit, record.happenings[visit.id])


def _room(visit: Row[Any]) -> object:
    return visit.resource_id


def _patient(visit: Row[Any]) -> object:
    return visit.patient_id


def _occupied(visit: Row[Any]) -> tuple[datetime, datetime]:
    return visit.occupied_from, visit.occupied_until


def _visit(visit: Row[Any]) -> tuple[datetime, datetime]:
    return visit.starts_at, visit.ends_at


def _assert_apart(
    visits: Iterable[Row[Any]],
    owner: Callable[[Row[Any]], object],
    stretch: Callable[[Row[Any]], tuple[datetime, datetime]],
) -> None:
    for one, two in combinations(visits, 2):
        if owner(one) == owner(two):
            assert not shares(stretch(one), stretch(two)), f"{one.id} and {two.id} overlap"


def _assert_history(visit: Row[Any], happenings: tuple[Happening, ...]) -> None:
    assert happenings[0].before is None
    for earlier, later in pairwise(happenings):
        assert later.before == earlier.after, "the chain of events is broken"
        _assert_step(later)
    state = {name: getattr(visit, name) for name in (*_KEPT_FIELDS, *_KEPT_TIMES)}
    assert happenings[-1].after == state, "the row is not what its last event says"
    changes = [each for each in happenings if each.type not in _NO_CHANGE]
    assert visit.version == len(changes), "the version does not count the changes"


def _assert_step(happening: Happening) -> None:
    assert happening.before is not None
    before, after = happening.before["status"], happening.after["status"]
    if before == after:
        assert happening.type in _SAME_STATUS
        if happening.type in _NO_CHANGE:
            assert happening.before == happening.after
    else:
        assert after in ALLOWED[AppointmentStatus(before)], f"{after} follows {before}"


def assert_step_recorded(
    before: Record, after: Record, now: datetime, actor: tuple[str, int | None]
) -> list[int]:
    """Events are only added, now and by the actor, or by the clinic's own clockwork when a hold's
    term is over; no row changes without one. Return which appointments have changed."""
    old = {key: event for key, event in after.events.items() if key in before.events}
    assert old == before.events, "an event was changed or removed"
    assert set(before.visits) <= set(after.visits), "an appointment has vanished"
    new = [event for key, event in after.events.items() if key not in before.events]
    for event in new:
        by = (event.actor_kind, event.actor_id)
        assert event.at == now
        assert by == actor or (by == ("system", None) and event.type == "expired")
    changed = [key for key, visit in after.visits.items() if before.visits.get(key) != visit]
    assert set(changed) <= {event.appointment_id for event in new}, "changed without an event"
    return changed
