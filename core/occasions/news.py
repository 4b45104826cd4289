"""Whatever the clinic does to a visit, the patient is told once, in the transaction that does it:
what was, and what is now."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from core.models import new_public_id, occasions
from core.models.appointments import ActorKind
from core.models.occasions import OccasionKind, OccasionState
from core.occasions.stands import NEWS
from core.scheduling.appointments import Actor, Appointment, Untold
from core.scheduling.statuses import EXPECTED, OPEN

_WAS = ("was_starts_at", "was_practitioner_id", "was_location_id")
_PLANNED = (
    occasions.c.appointment_id == bindparam("visit"),
    occasions.c.kind.in_(NEWS),
    occasions.c.state == OccasionState.PLANNED,
)
_UNHEARD = select(*(occasions.c[name] for name in _WAS)).where(*_PLANNED).order_by(occasions.c.id)


def follow(
    connection: Connection,
    before: Appointment | None,
    after: Appointment,
    *,
    actor: Actor,
    now: datetime,
    untold: Untold | None = None,
) -> None:
    """Plan to tell the patient what was done to their visit, unless they did it themselves, or are
    not to be told; what was to be told before that is told with it."""
    kind = _kind(before, after)
    if kind is None or after.patient_id is None or after.starts_at <= now:
        return
    # Of a visit that there has not been nothing waits to be told.
    unheard = _withdraw(connection, after.id, now) if before is not None else None
    if actor.kind is ActorKind.PATIENT:
        return  # How it stands now, they know.
    was = unheard or _was(before)
    if untold is not None or (unheard is not None and _is_back(unheard, after)):
        return  # In the second case it is taken back before anybody heard of it.
    connection.execute(
        insert(occasions),
        {
            "public_id": new_public_id(),
            "kind": kind,
            "patient_id": after.patient_id,
            "appointment_id": after.id,
            "appointment_version": after.version,
            **was,
            "due_at": now,
            "valid_until": after.starts_at,
            "state": OccasionState.PLANNED,
            "created_at": now,
            "updated_at": now,
        },
    )


def _kind(before: Appointment | None, after: Appointment) -> OccasionKind | None:
    was = before is not None and before.status in EXPECTED
    if after.status not in EXPECTED:
        return OccasionKind.CANCELLED if was and after.status not in OPEN else None
    if before is None or before.status not in OPEN:
        return OccasionKind.BOOKED
    where = (before.starts_at, before.practitioner_id, before.location_id)
    is_other = where != (after.starts_at, after.practitioner_id, after.location_id)
    return OccasionKind.MOVED if is_other else None


def _was(before: Appointment | None) -> dict[str, Any]:
    if before is None or before.status not in EXPECTED:
        return dict.fromkeys(_WAS)
    return dict(
        zip(_WAS, (before.starts_at, before.practitioner_id, before.location_id), strict=True)
    )


def _withdraw(connection: Connection, appointment_id: int, now: datetime) -> dict[str, Any] | None:
    """Take back what has not been told yet, and return what the visit was before it; None if there
    was nothing."""
    row = connection.execute(_UNHEARD, {"visit": appointment_id}).first()
    if row is None:
        return None
    withdrawn = {"state": OccasionState.WITHDRAWN, "note": "changed again", "updated_at": now}
    changed = update(occasions).where(*_PLANNED).values(withdrawn)
    connection.execute(changed, {"visit": appointment_id})
    return dict(zip(_WAS, row, strict=True))


def _is_back(unheard: dict[str, Any], after: Appointment) -> bool:
    """Tell whether the visit is as the patient knows it: as it was, or not there at all."""
    if after.status not in EXPECTED:
        return unheard["was_starts_at"] is None
    now = (after.starts_at, after.practitioner_id, after.location_id)
    return tuple(unheard[name] for name in _WAS) == now
