"""Coming visits that the clinic's hours no longer cover, or that have lost their room or device:
they are kept as booked until somebody decides, and somebody must know."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, text

from core.clock import instant
from core.database.guards import LIVE, LONGEST_VISIT
from core.database.types import Instant, to_microseconds
from core.messaging.tasks import close_tasks_about, open_task
from core.models import appointments, locations, practitioners, resources
from core.models.messaging import TaskKind
from core.scheduling.appointments import COLUMNS, Appointment, from_row
from core.scheduling.loading import load_catalogue
from core.scheduling.slots import Workplace, workday
from core.scheduling.statuses import OPEN

# A hold is no visit yet: whoever says yes to it is told that the time is gone.
_COMING = (
    select(*COLUMNS)
    .where(text(f"appointments.status IN {LIVE}"), appointments.c.status != "held")
    .where(appointments.c.starts_at > bindparam("now", type_=Instant))
    .where(appointments.c.override_reason.is_(None))
    .order_by(appointments.c.starts_at, appointments.c.id)
)
_OF_PRACTITIONER = _COMING.where(
    appointments.c.practitioner_id == bindparam("practitioner"),
    appointments.c.occupied_from > bindparam("reach", type_=Instant),  # What the index knows.
)
_AT_LOCATION = _COMING.where(appointments.c.location_id == bindparam("location"))
_WITHOUT_RESOURCE = _COMING.where(
    appointments.c.resource_id.in_(select(resources.c.id).where(~resources.c.is_active))
)


def visits_outside_hours(
    connection: Connection,
    now: datetime,
    *,
    practitioner_id: int | None = None,
    location_id: int | None = None,
) -> list[Appointment]:
    """Return the visits ahead that lie outside schedules or in a break, absence or holiday, the
    next one first: everybody's, or those of one practitioner or location.

    Visits that staff booked beyond the rules on purpose do not count, nor do holds. Raises
    NoClinic.
    """
    at = instant(now)
    if practitioner_id is not None:
        ids = {"practitioner": practitioner_id, "reach": at - LONGEST_VISIT}
        rows = connection.execute(_OF_PRACTITIONER, {"now": at, **ids})
    elif location_id is not None:
        rows = connection.execute(_AT_LOCATION, {"now": at, "location": location_id})
    else:
        rows = connection.execute(_COMING, {"now": at})
    visits = [from_row(row) for row in rows]
    if not visits:
        return []
    catalogue = load_catalogue(connection, now=at)
    places = {
        (place.practitioner_id, place.location_id): place
        for workplaces in catalogue.workplaces.values()
        for place in workplaces
    }
    return [
        visit
        for visit in visits
        if not _fits(visit, places.get((visit.practitioner_id, visit.location_id)))
    ]


def _fits(visit: Appointment, place: Workplace | None) -> bool:
    if place is None:
        return False
    day = workday(place, visit.starts_at.astimezone(place.zone).date())
    if day is None:
        return False
    starts, ends = to_microseconds(visit.starts_at), to_microseconds(visit.ends_at)
    return any(since <= starts and ends <= until for since, until in day.stretches) and not any(
        since < ends and starts < until for since, until in day.absent
    )


def visits_without_resource(connection: Connection, now: datetime) -> list[Appointment]:
    """Return the visits ahead whose room or device is no longer there, the next one first."""
    return [from_row(row) for row in connection.execute(_WITHOUT_RESOURCE, {"now": instant(now)})]


def have_decided(
    connection: Connection,
    before: Iterable[Appointment],
    after: Iterable[Appointment],
    now: datetime,
) -> None:
    """Have staff decide about each visit that a change of hours or rooms has stranded: to move it
    or call it off, which tells the patient, or to keep it. About those that fit again nobody has
    to. `before`, `after`: what was stranded, and is."""
    known, stranded = ({visit.id: visit for visit in visits} for visits in (before, after))
    for visit_id in known.keys() - stranded.keys():
        _settle(connection, visit_id, "fits again", now)
    for visit_id, visit in stranded.items():
        if visit_id not in known:
            open_task(
                connection,
                TaskKind.STRANDED,
                patient_id=visit.patient_id,
                appointment_id=visit_id,
                location_id=visit.location_id,
                now=now,
            )


def follow(connection: Connection, before: Appointment, after: Appointment, now: datetime) -> None:
    """Somebody has decided: the visit has another time or place, or is over."""
    if before.status not in OPEN:
        return
    is_over = after.status not in OPEN
    where = (before.starts_at, before.practitioner_id, before.resource_id)
    if is_over or where != (after.starts_at, after.practitioner_id, after.resource_id):
        _settle(connection, after.id, after.status if is_over else "moved", now)


def _settle(connection: Connection, visit_id: int, outcome: str, now: datetime) -> None:
    close_tasks_about(connection, visit_id, TaskKind.STRANDED, outcome=outcome, now=now)


def outside_in_words(connection: Connection, visits: Iterable[Appointment]) -> list[str]:
    """Return "2 coming visits of Dr Anita Patel ...", one line for each practitioner."""
    counts = Counter(visit.practitioner_id for visit in visits)
    people = connection.execute(
        select(practitioners).where(practitioners.c.id.in_(counts)).order_by(practitioners.c.id)
    )
    return [
        f"{_visits(counts[person.id])} of {person.title} {person.first_name} {person.last_name} "
        "no longer inside the hours; kept as booked"
        for person in people
    ]


def without_resource_in_words(connection: Connection, visits: Iterable[Appointment]) -> list[str]:
    """Return "2 coming visits in Ultrasound 1 (Downtown) ...", one line for each."""
    counts = Counter(visit.resource_id for visit in visits)
    rooms = connection.execute(
        select(resources.c.id, resources.c.name, locations.c.name.label("place"))
        .join(locations, locations.c.id == resources.c.location_id)
        .where(resources.c.id.in_(counts))
        .order_by(resources.c.id)
    )
    return [
        f"{_visits(counts[room.id])} with {room.name} ({room.place}), which is no longer there; "
        "kept as booked"
        for room in rooms
    ]


def _visits(count: int) -> str:
    return f"{count} coming visit{'s' if count > 1 else ''}"
