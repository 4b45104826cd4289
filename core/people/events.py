"""What happened to a patient's record, and to who may speak for them: written down each time."""

from datetime import datetime

from sqlalchemy import Connection, insert

from core.models import patient_events
from core.scheduling.appointments import Actor


def record(
    connection: Connection,
    patient_id: int,
    what: str,
    *,
    actor: Actor,
    now: datetime,
    detail: str | None = None,
) -> None:
    """Write the event; `detail` is encrypted."""
    connection.execute(
        insert(patient_events),
        {
            "patient_id": patient_id,
            "at": now,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "channel": actor.channel,
            "what": what,
            "detail": detail,
        },
    )
