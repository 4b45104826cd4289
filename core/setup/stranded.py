"""Coming visits that the clinic's hours no longer cover: they are kept, and somebody must know."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, text

from core.database.guards import LIVE
from core.database.types import to_microseconds
from core.models import appointments, practitioners
from core.scheduling.catalogue import load_workplaces
from core.scheduling.slots import absent_hours, instants, opening_hours, subtract

Visit = tuple[int, int]  # appointment, practitioner


def visits_outside_hours(connection: Connection, now: datetime) -> set[Visit]:
    """Return the live visits ahead that lie outside schedules or in a break, absence or holiday.

    Those that staff booked over the rules on purpose do not count.
    """
    coming = connection.execute(
        select(
            appointments.c.id,
            appointments.c.practitioner_id,
            appointments.c.location_id,
            appointments.c.starts_at,
            appointments.c.ends_at,
        )
        .where(text(f"appointments.status IN {LIVE}"))
        .where(appointments.c.starts_at > now, appointments.c.override_reason.is_(None))
    ).all()
    if not coming:
        return set()
    active = set(connection.scalars(select(practitioners.c.id).where(practitioners.c.is_active)))
    last = max(row.starts_at for row in coming).date() + timedelta(days=1)
    places = {
        (place.practitioner_id, place.location_id): place
        for place in load_workplaces(connection, active, now.date() - timedelta(days=1), last)
    }
    outside = set()
    for row in coming:
        place = places.get((row.practitioner_id, row.location_id))
        if place is not None:
            day = row.starts_at.astimezone(place.zone).date()
            hours = subtract(opening_hours(place, day), absent_hours(place, day))
            starts, ends = to_microseconds(row.starts_at), to_microseconds(row.ends_at)
            if any(
                opens <= starts and ends <= closes
                for opens, closes in instants(day, hours, place.zone)
            ):
                continue
        outside.add((row.id, row.practitioner_id))
    return outside


def in_words(connection: Connection, stranded: set[Visit]) -> list[str]:
    """Return "2 coming visits of Dr Anita Patel ...", one line for each practitioner."""
    counts = Counter(practitioner_id for _, practitioner_id in stranded)
    people = connection.execute(
        select(practitioners).where(practitioners.c.id.in_(counts)).order_by(practitioners.c.id)
    )
    return [
        f"{counts[person.id]} coming visit{'s' if counts[person.id] > 1 else ''} of "
        f"{person.title} {person.first_name} {person.last_name} no longer inside the hours; "
        "kept as booked"
        for person in people
    ]
