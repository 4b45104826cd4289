"""What is taken: the time of visits and current holds, as search reads it. One query, and one more
where rooms or devices are needed, however many practitioners and days."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    select,
    text,
    type_coerce,
)

from core.database.guards import LIVE, LONGEST_VISIT
from core.database.types import EPOCH, MICROSECOND, Instant
from core.models import appointments
from core.scheduling.columns import Microseconds
from core.scheduling.slots import Interval, merge

_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom it is looked: their own hold, and the visit they would move, leave time free."""

    now: datetime
    conversation_id: int | None = None
    moving_id: int | None = None
    hold_id: int | None = None


class Diary:
    """The time that is taken in a stretch."""

    def __init__(self, visits: Sequence[Any], in_rooms: Sequence[Any]) -> None:
        self._seats: dict[int, dict[int, list[Interval]]] = defaultdict(lambda: defaultdict(list))
        for practitioner_id, seat, since, until in visits:
            self._seats[practitioner_id][seat].append((since, until))
        self._rooms: dict[int, list[Interval]] = defaultdict(list)
        for resource_id, since, until in in_rooms:
            self._rooms[resource_id].append((since, until))
        self._begins: dict[int, list[int]] = {}

    def seats(self, practitioner_id: int) -> Collection[list[Interval]]:
        """Return the taken time of each seat that has any."""
        return self._seats[practitioner_id].values() if practitioner_id in self._seats else ()

    def room(self, resource_id: int) -> list[Interval]:
        """Return when a room or device is taken."""
        return merge(self._rooms[resource_id]) if resource_id in self._rooms else []

    def visits_between(self, practitioner_id: int, since: int, until: int) -> int:
        """Return how many visits of the practitioner begin in that time, buffers included."""
        begins = self._begins.get(practitioner_id)
        if begins is None:
            begins = sorted(start for seat in self.seats(practitioner_id) for start, _ in seat)
            self._begins[practitioner_id] = begins
        return bisect_left(begins, until) - bisect_left(begins, since)


def read_diary(
    connection: Connection,
    practitioner_ids: Collection[int],
    resource_ids: Collection[int],
    since: int,
    until: int,
    asker: Asker,
) -> Diary:
    """Return what is taken between two instants, in microseconds since 1970."""
    begin = EPOCH + since * MICROSECOND
    parameters = {
        "reach": begin - LONGEST_VISIT,
        "since": begin,
        "until": EPOCH + until * MICROSECOND,
        "moving": asker.moving_id or _NOBODY,
        "hold": asker.hold_id or _NOBODY,
        "conversation": asker.conversation_id or _NOBODY,
        "now": asker.now,
    }
    visits = connection.execute(
        _visits(min(len(practitioner_ids), 2)), parameters | {"ids": _these(practitioner_ids)}
    ).all()
    if not resource_ids:
        return Diary(visits, ())
    in_rooms = connection.execute(
        _in_rooms(min(len(resource_ids), 2)), parameters | {"ids": _these(resource_ids)}
    ).all()
    return Diary(visits, in_rooms)


def _among(column: Column[int], count: int) -> ColumnElement[bool]:
    # A search for one is the common case, and an IN costs more than all of its arithmetic.
    if count == 1:
        return column == bindparam("ids")
    return column.in_(bindparam("ids", expanding=True))


def _these(ids: Collection[int]) -> int | list[int]:
    return next(iter(ids)) if len(ids) == 1 else list(ids)


@cache
def _visits(count: int) -> Select[Any]:
    whose = (appointments.c.practitioner_id, appointments.c.seat)
    return _taken(*whose).where(_among(appointments.c.practitioner_id, count))


@cache
def _in_rooms(count: int) -> Select[Any]:
    # Word for word as in its partial index.
    return (
        _taken(appointments.c.resource_id)
        .where(appointments.c.resource_id.is_not(None))
        .where(_among(appointments.c.resource_id, count))
    )


def _taken(*whose: Column[int]) -> Select[Any]:
    columns: list[Any] = [
        *whose,
        type_coerce(appointments.c.occupied_from, Microseconds),
        type_coerce(appointments.c.occupied_until, Microseconds),
    ]
    return (
        select(*columns)
        # Word for word as in the partial index, which then answers whatever the history.
        .where(text(f"appointments.status IN {LIVE}"))
        .where(appointments.c.occupied_from > bindparam("reach", type_=Instant))
        .where(appointments.c.occupied_from < bindparam("until", type_=Instant))
        .where(appointments.c.occupied_until > bindparam("since", type_=Instant))
        .where(appointments.c.occupied_from < appointments.c.occupied_until)
        .where(appointments.c.id != bindparam("moving"), appointments.c.id != bindparam("hold"))
        .where(
            text(
                "NOT (appointments.status = 'held' AND (appointments.hold_expires_at <= :now"
                # What a round of the waitlist keeps is of no conversation, and taken for everybody.
                " OR COALESCE(appointments.conversation_id, 0) = :conversation))"
            ).bindparams(bindparam("now", type_=Instant), bindparam("conversation"))
        )
    )
