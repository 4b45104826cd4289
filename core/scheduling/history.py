"""How appointments are written: never without the event that says what happened."""

import json
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from core.errors import AppointmentChanged
from core.models import appointment_events, appointments
from core.scheduling.appointments import Actor, Appointment

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
    reason: str | None = None,
) -> Appointment:
    """Insert the appointment, whose id does not count, and return it with the one it got."""
    values = {name: getattr(appointment, name) for name in _STORED}
    values |= {
        "reason": reason,
        "booked_through": actor.channel,
        "booked_by": actor.kind,
        "created_at": now,
        "updated_at": now,
    }
    (key,) = connection.execute(_INSERT, values).inserted_primary_key or (0,)
    created = replace(appointment, id=key)
    _record(connection, event, None, created, actor, now, None)
    return created


def change(
    connection: Connection,
    before: Appointment,
    event: str,
    *,
    actor: Actor,
    now: datetime,
    why: str | None = None,
    hidden: dict[str, Any] | None = None,
    **values: Any,
) -> Appointment:
    """Set `values` on the row and return the appointment as it is now, one version on; `hidden` are
    columns that the value does not show. Raises AppointmentChanged when the row is no longer what
    `before` says."""
    after = replace(before, version=before.version + 1, **values)
    parameters = values | (hidden or {})
    parameters |= {"version": after.version, "updated_at": now}
    parameters |= {"row": before.id, "seen": before.version}
    if connection.execute(_UPDATE, parameters).rowcount != 1:
        raise AppointmentChanged("the appointment has changed in the meantime")
    _record(connection, event, before, after, actor, now, why)
    return after


def _record(
    connection: Connection,
    event: str,
    before: Appointment | None,
    after: Appointment,
    actor: Actor,
    now: datetime,
    why: str | None,
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
            "state_from": None if before is None else _state(before),
            "state_to": _state(after),
            "why": why,
        },
    )


def _state(appointment: Appointment) -> str:
    return json.dumps(
        {
            "starts_at": appointment.starts_at.isoformat(),
            "ends_at": appointment.ends_at.isoformat(),
            "practitioner_id": appointment.practitioner_id,
            "status": appointment.status,
        }
    )
