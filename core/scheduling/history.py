"""How appointments are written: never without the event that says what happened, and never without
its reminders, and what becomes free never without a word to those who wait for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from core.errors import AppointmentChanged
from core.models import appointment_events, appointments
from core.models.appointments import AppointmentStatus
from core.occasions import after as after_visits
from core.occasions import news, planning, unanswered
from core.scheduling import stranded
from core.scheduling.appointments import Actor, Appointment, Untold
from core.waitlist import freeing

_INSERT = insert(appointments)
_UPDATE = update(appointments).where(
    appointments.c.id == bindparam("row"), appointments.c.version == bindparam("seen")
)
_STORED = tuple(item.name for item in fields(Appointment) if item.name != "id")
_INSERT_EVENT = insert(appointment_events)


def create(
    connection: Connection,
    appointment: Appointment,
    event: str,
    *,
    actor: Actor,
    now: datetime,
    why: str | None = None,
    hidden: Mapping[str, Any] | None = None,
    untold: Untold | None = None,
) -> Appointment:
    """Insert the appointment, whose id does not count, and return it with the one it got; `hidden`
    are columns that the value does not show; `untold`: the patient hears nothing of it."""
    values = {name: getattr(appointment, name) for name in _STORED}
    values |= hidden or {}
    values |= {
        "booked_through": actor.channel,
        "booked_by": actor.kind,
        "created_at": now,
        "updated_at": now,
    }
    (key,) = connection.execute(_INSERT, values).inserted_primary_key or (0,)
    created = replace(appointment, id=key)
    _record(connection, event, None, created, actor, now, _why(why, untold))
    planning.follow(connection, None, created, now)
    news.follow(connection, None, created, actor=actor, now=now, untold=untold)
    return created


def change(
    connection: Connection,
    before: Appointment,
    event: str,
    *,
    actor: Actor,
    now: datetime,
    why: str | None = None,
    hidden: Mapping[str, Any] | None = None,
    hidden_before: Mapping[str, str | None] | None = None,
    untold: Untold | None = None,
    **values: Any,
) -> Appointment:
    """Set `values` on the row and return the appointment as it is now, one version on; `hidden` are
    columns that the value does not show, and `hidden_before` how some of them were, for undoing;
    `untold`: the patient hears nothing of it.
    Raises AppointmentChanged when the row is no longer what `before` says."""
    after = replace(before, version=before.version + 1, **values)
    parameters = values | dict(hidden or {})
    parameters |= {"version": after.version, "updated_at": now}
    parameters |= {"row": before.id, "seen": before.version}
    if connection.execute(_UPDATE, parameters).rowcount != 1:
        raise AppointmentChanged("the appointment has changed in the meantime")
    _record(connection, event, before, after, actor, now, _why(why, untold), hidden_before)
    planning.follow(connection, before, after, now)
    after_visits.follow(connection, before, after, now)
    stranded.follow(connection, before, after, now)
    news.follow(connection, before, after, actor=actor, now=now, untold=untold)
    unanswered.follow(connection, after, actor=actor, now=now)
    freeing.follow(connection, before, after, event, actor=actor, now=now)
    return after


def _why(why: str | None, untold: Untold | None) -> str | None:
    lines = (why, f"The patient is not told: {untold.reason}" if untold else None)
    return "\n".join(line for line in lines if line) or None


def note(
    connection: Connection,
    appointment: Appointment,
    event: str,
    *,
    actor: Actor,
    now: datetime,
    why: str | None = None,
) -> None:
    """Record what happened to an appointment that stays as it is."""
    _record(connection, event, appointment, appointment, actor, now, why)


def _record(
    connection: Connection,
    event: str,
    before: Appointment | None,
    after: Appointment,
    actor: Actor,
    now: datetime,
    why: str | None,
    hidden_before: Mapping[str, str | None] | None = None,
) -> None:
    connection.execute(
        _INSERT_EVENT,
        {
            "appointment_id": after.id,
            "at": now,
            "type": event,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "channel": actor.channel,
            "state_from": None if before is None else _state(before, hidden_before),
            "state_to": _state(after),
            "why": why,
        },
    )


# What an event remembers of an appointment: enough to put it back.
REMEMBERED = (
    "practitioner_id",
    "location_id",
    "visit_type_id",
    "resource_id",
    "seat",
    "status",
)
REMEMBERED_TIMES = ("starts_at", "ends_at", "occupied_from", "occupied_until")


def _state(appointment: Appointment, hidden: Mapping[str, str | None] | None = None) -> str:
    state = {name: getattr(appointment, name) for name in REMEMBERED}
    state |= {name: getattr(appointment, name).isoformat() for name in REMEMBERED_TIMES}
    return json.dumps(state | dict(hidden or {}))


@dataclass(frozen=True, slots=True)
class Event:
    """What was done last, and how the appointment was before."""

    type: str
    at: datetime
    actor_kind: str
    actor_id: int | None
    before: Mapping[str, Any] | None
    hidden_before: Mapping[str, str | None]


_OVERRIDE = select(appointments.c.override_reason).where(appointments.c.id == bindparam("row"))


def override_of(connection: Connection, appointment_id: int) -> str | None:
    """Return why staff went beyond the rules with the appointment, None if they did not."""
    return connection.scalar(_OVERRIDE, {"row": appointment_id})


_LAST = (
    select(
        appointment_events.c.type,
        appointment_events.c.at,
        appointment_events.c.actor_kind,
        appointment_events.c.actor_id,
        appointment_events.c.state_from,
    )
    .where(appointment_events.c.appointment_id == bindparam("appointment"))
    .order_by(appointment_events.c.id.desc())
    .limit(1)
)


def last_event(connection: Connection, appointment_id: int) -> Event:
    """Return the newest event of an appointment, which always has one."""
    row = connection.execute(_LAST, {"appointment": appointment_id}).one()
    state = None if row.state_from is None else json.loads(row.state_from)
    before = None if state is None else _restored(state)
    hidden = {name: text for name, text in (state or {}).items() if name not in (before or {})}
    return Event(row.type, row.at, row.actor_kind, row.actor_id, before, hidden)


def _restored(state: dict[str, Any]) -> dict[str, Any]:
    values = {name: state[name] for name in REMEMBERED}
    times = {name: datetime.fromisoformat(state[name]) for name in REMEMBERED_TIMES}
    return values | times | {"status": AppointmentStatus(state["status"])}
