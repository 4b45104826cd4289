"""What is to be said first on other occasions than a reminder: when, to whom, and what came of it.

Nothing is sent from here; what is due is read once more by whoever says it (`bot.occasions`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select, update

from core.models import messages, occasions
from core.models.occasions import OccasionKind, OccasionState

TOO_LATE = "too_late"
NOTHING_TO_SAY = "nothing_to_say"  # What it was about is not so any more.
NOBODY = "nobody_to_tell"


@dataclass(frozen=True, slots=True)
class Planned:
    """An occasion that has not been said yet. `conversation_id`: only there; None: to whoever hears
    of the patient's visits. `minutes`: how much later a visit begins; 0: on time again."""

    id: int
    kind: OccasionKind
    patient_id: int
    appointment_id: int | None
    offer_id: int | None
    conversation_id: int | None
    due_at: datetime
    was_starts_at: datetime | None
    was_location_id: int | None
    minutes: int | None
    valid_until: datetime | None


_PLANNED: Select[Any] = select(
    occasions.c.id,
    occasions.c.kind,
    occasions.c.patient_id,
    occasions.c.appointment_id,
    occasions.c.offer_id,
    occasions.c.conversation_id,
    occasions.c.due_at,
    occasions.c.was_starts_at,
    occasions.c.was_location_id,
    occasions.c.minutes,
    occasions.c.valid_until,
).where(occasions.c.state == OccasionState.PLANNED)


def due(connection: Connection, now: datetime, limit: int) -> list[Planned]:
    """Return what is to be said now, the longest due first; what is too late is dropped. What other
    workers are looking at is left to them."""
    late = (
        update(occasions)
        .where(occasions.c.state == OccasionState.PLANNED, occasions.c.valid_until < now)
        .values(state=OccasionState.DROPPED, note=TOO_LATE, updated_at=now)
    )
    connection.execute(late)
    rows = connection.execute(
        _PLANNED.where(
            occasions.c.due_at <= now,
            or_(occasions.c.valid_until.is_(None), occasions.c.valid_until >= now),
        )
        .order_by(occasions.c.due_at, occasions.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_read(row) for row in rows]


def still_planned(connection: Connection, occasion_id: int) -> Planned | None:
    """Return the occasion, locked, if it has not been said; None if it has, or is withdrawn."""
    row = connection.execute(
        _PLANNED.where(occasions.c.id == occasion_id).with_for_update()
    ).one_or_none()
    return None if row is None else _read(row)


def _read(row: Any) -> Planned:
    kind, rest = OccasionKind(row.kind), tuple(row)[2:]
    return Planned(row.id, kind, *rest)


def mark_said(connection: Connection, occasion_id: int, message_id: int, now: datetime) -> None:
    _set(connection, occasion_id, now, state=OccasionState.SAID, message_id=message_id)


def expires(connection: Connection, message_id: int, at: datetime) -> None:
    """From that moment on the message is not worth sending."""
    carried = update(messages).where(messages.c.id == message_id)
    connection.execute(carried.values(valid_until=at))


def drop(connection: Connection, occasion_id: int, why: str, now: datetime) -> None:
    """It is not said; the note says why."""
    _set(connection, occasion_id, now, state=OccasionState.DROPPED, note=why)


def leave_out(connection: Connection, occasion_id: int, now: datetime) -> None:
    """Nothing could be said of it there: unless it is put off, it is not tried again."""
    unsaid = (
        occasions.c.id == occasion_id,
        occasions.c.state == OccasionState.PLANNED,
        occasions.c.due_at <= now,
    )
    dropped = {"state": OccasionState.DROPPED, "note": NOTHING_TO_SAY, "updated_at": now}
    connection.execute(update(occasions).where(*unsaid).values(dropped))


def told_in_answer(connection: Connection, offer_id: int, now: datetime) -> None:
    """Whoever asked has just heard that the time is gone: it is not said once more."""
    planned = (
        occasions.c.offer_id == offer_id,
        occasions.c.kind == OccasionKind.OFFER_GONE,
        occasions.c.state == OccasionState.PLANNED,
    )
    withdrawn = {"state": OccasionState.WITHDRAWN, "note": "told in answer", "updated_at": now}
    connection.execute(update(occasions).where(*planned).values(withdrawn))


def offer_carried_by(
    connection: Connection,
    conversation_id: int,
    *,
    list_id: str | None = None,
    provider_id: str | None = None,
) -> tuple[str, int | None]:
    """Return the id of the choices, and of the offer that a message of this conversation made: the
    one that showed that list, or that the provider knows by that id. None, if it made none."""
    is_it = messages.c.provider_id == provider_id if provider_id else messages.c.list_id == list_id
    row = connection.execute(
        select(messages.c.list_id, occasions.c.offer_id)
        .join(messages, messages.c.id == occasions.c.message_id)
        .where(
            messages.c.conversation_id == conversation_id,
            occasions.c.kind == OccasionKind.OFFER,
            is_it,
        )
    ).first()
    return (row.list_id or "", row.offer_id) if row else ("", None)


def postpone(connection: Connection, occasion_id: int, until: datetime, now: datetime) -> None:
    _set(connection, occasion_id, now, due_at=until)


def _set(connection: Connection, occasion_id: int, now: datetime, **values: Any) -> None:
    planned = occasions.c.id == occasion_id, occasions.c.state == OccasionState.PLANNED
    connection.execute(update(occasions).where(*planned).values(updated_at=now, **values))
