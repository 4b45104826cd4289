"""What became of visits, for whoever of staff is told of it: read off the events of the visits, so
that it does not matter who changed them, and by which way.

That somebody was told of an event is a row (`staff_news`), written together with the message that
says it: whatever crashes, and however many workers look, they are told once.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from core.clock import instant
from core.database.upsert import insert_new
from core.messaging.elsewhere import LOST
from core.models import appointment_events, appointments, messages, patients, staff_news
from core.models.appointments import ActorKind
from core.people.restricted import is_restricted
from core.scheduling.statuses import CANCELLED, ENTERED_IN_ERROR, HELD, OPEN
from core.staff.rights import Sphere
from core.staff.wishes import Change

# Of what may be news; what was merely marked, or held for a while, is none.
_TYPES = (
    "booked",
    "walked_in",
    "rescheduled",
    "cancelled",
    "undone",
    "entered_in_error",
)
# A visit that leaves or enters any other status was marked, or the mark was taken back.
_MEANT = frozenset({*OPEN, HELD, CANCELLED, ENTERED_IN_ERROR})
_JUST_NOW = timedelta(hours=1)  # Who walks in has a visit that has begun.
_OF_STAFF = (ActorKind.ADMIN, ActorKind.PRACTITIONER)


@dataclass(frozen=True, slots=True)
class Spot:
    """When, where and with whom a visit is, or was."""

    practitioner_id: int
    location_id: int
    starts_at: datetime

    def lies_in(self, sphere: Sphere) -> bool:
        return sphere.covers(self.practitioner_id, self.location_id)


@dataclass(frozen=True, slots=True)
class VisitNews:
    """What became of a visit. `was`: before, None for a new one; `is_now`: None for one that was
    cancelled. `by_id`: who of staff did it; None: a patient, or nobody."""

    event_id: int
    at: datetime
    change: Change
    appointment_id: int
    patient_id: int
    first_name: str
    last_name: str
    is_restricted: bool
    was: Spot | None
    is_now: Spot | None
    by_id: int | None

    @property
    def spots(self) -> tuple[Spot, ...]:
        return tuple(spot for spot in (self.was, self.is_now) if spot is not None)

    def lies_in(self, sphere: Sphere) -> bool:
        """Tell whether somebody sees the visit as it was or as it is."""
        return any(spot.lies_in(sphere) for spot in self.spots)

    def is_behind(self, now: datetime) -> bool:
        """Tell whether it is about nothing but times that have passed."""
        return all(spot.starts_at < now - _JUST_NOW for spot in self.spots)


_NEWS = (
    select(
        appointment_events.c.id,
        appointment_events.c.at,
        appointment_events.c.actor_kind,
        appointment_events.c.actor_id,
        appointment_events.c.state_from,
        appointment_events.c.state_to,
        appointments.c.id.label("appointment_id"),
        appointments.c.patient_id,
        patients.c.first_name,
        patients.c.last_name,
        is_restricted().label("is_restricted"),
    )
    .select_from(
        appointment_events.join(appointments).join(
            patients, patients.c.id == appointments.c.patient_id
        )
    )
    .where(appointment_events.c.type.in_(_TYPES))
    .order_by(appointment_events.c.id)
)


def news_since(connection: Connection, since: datetime) -> list[VisitNews]:
    """Return what became of visits since then, whoever did it, the oldest first."""
    rows = connection.execute(_NEWS.where(appointment_events.c.at >= instant(since)))
    return [news for row in rows if (news := _read(row)) is not None]


def _read(row: Any) -> VisitNews | None:
    """Return None where nothing has become of it that anybody need know."""
    before = None if row.state_from is None else json.loads(row.state_from)
    after = json.loads(row.state_to)
    was, is_now = _spot(before), _spot(after)
    if was == is_now or not {_status(before), _status(after)} <= _MEANT:
        return None
    return VisitNews(
        event_id=row.id,
        at=row.at,
        change=_change(was, is_now),
        appointment_id=row.appointment_id,
        patient_id=row.patient_id,
        first_name=row.first_name,
        last_name=row.last_name,
        is_restricted=row.is_restricted,
        was=was,
        is_now=is_now,
        by_id=row.actor_id if row.actor_kind in _OF_STAFF else None,
    )


def _spot(state: Mapping[str, Any] | None) -> Spot | None:
    """Return where the visit stands by that state; None where nobody is expected by it."""
    if state is None or state["status"] not in OPEN:
        return None
    at = datetime.fromisoformat(state["starts_at"])
    return Spot(state["practitioner_id"], state["location_id"], at)


def _change(was: Spot | None, is_now: Spot | None) -> Change:
    if was is None:
        return Change.NEW
    return Change.CANCELLED if is_now is None else Change.MOVED


def _status(state: Mapping[str, Any] | None) -> str:
    return HELD if state is None else state["status"]


def told_of(
    connection: Connection, staff_id: int, event_ids: Collection[int], *, arrived: bool
) -> set[int]:
    """Return those of the events that they were told of; with `arrived` not those that were said in
    a message that was lost on its way."""
    if not event_ids:
        return set()
    mine = [
        staff_news.c.staff_id == staff_id,
        staff_news.c.event_id >= min(event_ids),
        staff_news.c.event_id <= max(event_ids),
    ]
    if arrived:
        mine.append(func.coalesce(messages.c.status, "").not_in(LOST))
    rows = select(staff_news.c.event_id).outerjoin(messages).where(*mine)
    return set(connection.scalars(rows)) & set(event_ids)


def note_told(
    connection: Connection,
    staff_id: int,
    event_ids: Iterable[int],
    now: datetime,
    *,
    message_id: int | None = None,
) -> None:
    """They are told of these now, in that message; None: in an answer to theirs."""
    at = instant(now)
    for event_id in sorted(event_ids):
        values = {"staff_id": staff_id, "event_id": event_id, "message_id": message_id}
        fresh = values | {"created_at": at, "updated_at": at}
        if insert_new(connection, staff_news, fresh) is None:  # What said it before was lost.
            again = update(staff_news).where(
                staff_news.c.staff_id == staff_id, staff_news.c.event_id == event_id
            )
            connection.execute(again.values(message_id=message_id, updated_at=at))


def last_told(connection: Connection, staff_id: int) -> datetime | None:
    """Return when a message last told them of anything."""
    mine = staff_news.c.staff_id == staff_id, staff_news.c.message_id.is_not(None)
    latest = select(func.max(staff_news.c.updated_at)).where(*mine)
    last: datetime | None = connection.scalar(latest)
    return last
