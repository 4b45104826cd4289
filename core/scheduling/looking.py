"""One look into the calendars: what stands in the way of a visit. One query."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, text, true, union_all

from core.database.guards import LIVE, LONGEST_VISIT
from core.database.types import Instant
from core.errors import NoClinic
from core.models import appointments, organizations
from core.scheduling.appointments import COLUMNS, Appointment, from_row
from core.scheduling.statuses import HELD, OPEN

Stretch = tuple[datetime, datetime]

_SINCE, _UNTIL = bindparam("since", type_=Instant), bindparam("until", type_=Instant)
_REACH = bindparam("reach", type_=Instant)
_LIVE = text(f"appointments.status IN {LIVE}")
_IN_THE_WAY = (
    select(*COLUMNS)
    .where(appointments.c.practitioner_id == bindparam("practitioner"))
    .where(_LIVE)
    .where(appointments.c.occupied_from > _REACH)
    .where(appointments.c.occupied_from < _UNTIL, appointments.c.occupied_until > _SINCE)
    .where(appointments.c.occupied_from < appointments.c.occupied_until),
    # All that the patient has ahead: what overlaps, and how many there are.
    select(*COLUMNS)
    .where(appointments.c.patient_id == bindparam("patient"))
    .where(_LIVE)
    .where(appointments.c.starts_at > bindparam("patient_reach", type_=Instant))
    .where(appointments.c.ends_at > bindparam("patient_since", type_=Instant)),
    select(*COLUMNS)
    .where(appointments.c.conversation_id == bindparam("conversation"))
    .where(text("appointments.status = 'held'")),
)
_IN_THE_ROOMS = (
    select(*COLUMNS)
    .where(appointments.c.resource_id.in_(bindparam("resources", expanding=True)))
    .where(appointments.c.resource_id.is_not(None))
    .where(_LIVE)
    .where(appointments.c.occupied_from > _REACH)
    .where(appointments.c.occupied_from < _UNTIL, appointments.c.occupied_until > _SINCE)
    .where(appointments.c.occupied_from < appointments.c.occupied_until)
)
_NOBODY = -1


def _with_version(*parts: Select[Any]) -> Select[Any]:
    """The version comes with the rows, and alone when there are none."""
    found = union_all(*parts).subquery()
    return select(organizations.c.setup_version, *found.c).select_from(
        organizations.outerjoin(found, true())
    )


_LOOK, _LOOK_INTO_ROOMS = _with_version(*_IN_THE_WAY), _with_version(*_IN_THE_WAY, _IN_THE_ROOMS)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look into the calendars shows."""

    version: int  # Of the set-up
    around: list[Appointment]
    open_visits: int


def look(
    connection: Connection,
    practitioner_id: int,
    occupied: Stretch,
    rooms: Collection[int],
    *,
    patient_id: int | None,
    conversation_id: int | None,
    now: datetime,
) -> Seen:
    """Return the live appointments that overlap: of the practitioner, the patient and the rooms;
    what the conversation holds; and how many visits the patient has ahead."""
    since = min(now, occupied[0])
    parameters: dict[str, Any] = {
        "practitioner": practitioner_id,
        "since": occupied[0],
        "until": occupied[1],
        "reach": occupied[0] - LONGEST_VISIT,
        "patient": patient_id or _NOBODY,
        "patient_since": since,
        "patient_reach": since - LONGEST_VISIT,
        "conversation": conversation_id or _NOBODY,
    }
    if rooms:
        rows = connection.execute(_LOOK_INTO_ROOMS, parameters | {"resources": list(rooms)}).all()
    else:
        rows = connection.execute(_LOOK, parameters).all()
    if not rows:
        raise NoClinic("the database holds no clinic")
    found = {row.id: from_row(row[1:]) for row in rows if row.id is not None}.values()
    return Seen(
        rows[0].setup_version,
        [
            each
            for each in found
            if overlap((each.occupied_from, each.occupied_until), occupied)
            or overlap((each.starts_at, each.ends_at), occupied)
            or (each.conversation_id == conversation_id and each.status is HELD)
        ],
        sum(
            each.patient_id == patient_id and each.status in OPEN and each.ends_at > now
            for each in found
        ),
    )


def overlap(one: Stretch, other: Stretch) -> bool:
    """Tell whether two stretches share time; one without any length shares none."""
    return max(one[0], other[0]) < min(one[1], other[1])
