"""What is stored of appointments: whether it is whole, and whether what was answered is there."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise
from typing import Any

from sqlalchemy import select

from core.database.connect import Database
from core.models import appointment_events
from core.models.appointments import AppointmentStatus
from core.scheduling.appointments import COLUMNS, Appointment, from_row
from core.scheduling.history import REMEMBERED_TIMES
from core.scheduling.statuses import ALLOWED, EXPIRED, HELD, OPEN

_State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """All appointments, and for each what its events say: how it was, and how it became."""

    visits: dict[int, Appointment]
    events: dict[int, list[tuple[_State | None, _State]]]


_EVENTS = select(
    appointment_events.c.appointment_id,
    appointment_events.c.state_from,
    appointment_events.c.state_to,
).order_by(appointment_events.c.id)


def read_record(database: Database) -> Record:
    """Return what is stored at one moment, while others write."""
    with database.reading() as connection:
        if database.is_sqlite:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        else:
            connection.execution_options(isolation_level="REPEATABLE READ")
        visits = {row.id: from_row(row) for row in connection.execute(select(*COLUMNS))}
        events = defaultdict(list)
        for visit_id, before, after in connection.execute(_EVENTS):
            events[visit_id].append((before and json.loads(before), json.loads(after)))
    return Record(visits, dict(events))


def assert_whole(record: Record) -> None:
    """Nobody is booked twice, and every appointment is what its events say."""
    assert set(record.events) == set(record.visits)
    for visit in record.visits.values():
        assert visit.patient_id is not None or visit.status in (HELD, EXPIRED)
        _assert_history(visit, record.events[visit.id])
    live = [visit for visit in record.visits.values() if visit.status in (HELD, *OPEN)]
    for one, two in combinations(live, 2):
        if (one.practitioner_id, one.seat) == (two.practitioner_id, two.seat):
            since, until = two.occupied_from, two.occupied_until
            assert until <= one.occupied_from or one.occupied_until <= since
        if one.patient_id is not None and one.patient_id == two.patient_id:
            assert two.ends_at <= one.starts_at or one.ends_at <= two.starts_at


def _assert_history(visit: Appointment, events: list[tuple[_State | None, _State]]) -> None:
    assert len(events) == visit.version
    assert events[0][0] is None
    for (_, after), (before, then) in pairwise(events):
        assert before is not None
        assert after.items() <= before.items()  # A move remembers more: what it overwrites.
        assert AppointmentStatus(then["status"]) in ALLOWED[AppointmentStatus(after["status"])]
    assert _describes(events[-1][1], visit)


def _describes(state: _State, visit: Appointment) -> bool:
    times = {name: datetime.fromisoformat(state[name]) for name in REMEMBERED_TIMES}
    return all(getattr(visit, name) == value for name, value in (state | times).items())


def lost(answers: Iterable[Appointment], record: Record) -> list[Appointment]:
    """Return what was answered and is not there as it was answered, nor was before it changed."""
    return [answer for answer in answers if not _has(record, answer)]


def _has(record: Record, answer: Appointment) -> bool:
    visit = record.visits.get(answer.id)
    if visit is None or visit.version < answer.version:
        return False
    if visit.version == answer.version:
        return visit == answer
    return _describes(record.events[answer.id][answer.version - 1][1], answer)
