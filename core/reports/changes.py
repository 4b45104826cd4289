"""What was done with visits on some days, whenever the visits themselves are."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from core.models import appointment_events
from core.reports.selection import Selection

_BOOKED = ("booked", "walked_in")
_MOVED, _CANCELLED, _UNDONE = "rescheduled", "cancelled", "undone"


@dataclass(frozen=True, slots=True)
class Changes:
    """Counted as they were done: what was taken back a moment later is among them, and once more
    in `undone`. A visit's changes count with whom, and where, it stands now."""

    booked: int
    moved: int
    cancelled: int
    undone: int
    booked_through: Mapping[str, int]  # By channel, the busiest first


def count_changes(connection: Connection, chosen: Selection) -> Changes:
    """Return what was booked, moved, cancelled and undone on those days."""
    event = appointment_events.c
    rows = connection.execute(
        select(event.type, event.channel, func.count().label("changes"))
        .where(
            event.type.in_((*_BOOKED, _MOVED, _CANCELLED, _UNDONE)),
            chosen.of_visits(event.appointment_id, event.at),
        )
        .group_by(event.type, event.channel)
    ).all()
    done: Counter[str] = Counter()
    through: Counter[str] = Counter()
    for row in rows:
        done[row.type] += row.changes
        if row.type in _BOOKED:
            through[row.channel] += row.changes
    return Changes(
        booked=through.total(),
        moved=done[_MOVED],
        cancelled=done[_CANCELLED],
        undone=done[_UNDONE],
        booked_through=dict(sorted(through.items(), key=lambda each: (-each[1], each[0]))),
    )
