"""How much of the time in which somebody could be seen is taken."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, func, select, type_coerce

from core.database.types import Span
from core.models import appointments
from core.reports.period import Period
from core.reports.selection import Selection
from core.reports.share import Share
from core.scheduling.catalogue import Catalogue
from core.scheduling.loading import load_catalogue
from core.scheduling.slots import (
    MINUTE,
    Workplace,
    absent_hours,
    instants,
    opening_hours,
    subtract,
)
from core.scheduling.statuses import COMPLETED, NO_SHOW, OPEN

_TAKEN = (*OPEN, COMPLETED, NO_SHOW)  # Nobody else was seen in the time of a missed visit.
_MINUTE = timedelta(minutes=1)
_Whose = tuple[int, int]  # A practitioner at a place


def use_of_capacity(
    connection: Connection, chosen: Selection, period: Period, catalogue: Catalogue
) -> Share:
    """Return the minutes of visits that were not cancelled, of the minutes that the practitioners
    work: schedules without breaks, absences and holidays, once for each patient whom they see at a
    time. Of those who work there now: what is known of others' hours is how they were last.

    May be more than all: staff book beyond hours, and see who walks in.
    """
    working = _working(_reaching_back(connection, catalogue, period), chosen, period)
    booked = _booked(connection, chosen)
    minutes = sum(span // _MINUTE for whose, span in booked.items() if whose in working)
    return Share(minutes, sum(working.values()))


def _reaching_back(connection: Connection, catalogue: Catalogue, period: Period) -> Catalogue:
    """A catalogue knows nothing of absences and holidays that are over."""
    if catalogue.since <= period.first:
        return catalogue
    zone = next(iter(catalogue.zones.values()))
    return load_catalogue(connection, now=datetime.combine(period.first, time(), zone))


def _working(catalogue: Catalogue, chosen: Selection, period: Period) -> dict[_Whose, int]:
    """Return the minutes of each practitioner at each place."""
    return {
        (place.practitioner_id, place.location_id): _minutes(place, period)
        * catalogue.persons[place.practitioner_id].capacity
        for places in catalogue.workplaces.values()
        for place in places
        if chosen.covers(place.practitioner_id, place.location_id)
    }


def _minutes(place: Workplace, period: Period) -> int:
    hours = (
        (day, subtract(opening_hours(place, day), absent_hours(place, day))) for day in period.days
    )
    return sum(
        (until - since) // MINUTE
        for day, stretches in hours
        for since, until in instants(day, stretches, place.zone)
    )


def _booked(connection: Connection, chosen: Selection) -> Mapping[_Whose, timedelta]:
    whose = appointments.c.practitioner_id, appointments.c.location_id
    length = type_coerce(appointments.c.ends_at - appointments.c.starts_at, Span)
    rows = connection.execute(
        select(*whose, func.sum(length))
        .where(chosen.days.contain(), chosen.among(), appointments.c.status.in_(_TAKEN))
        .group_by(*whose)
    )
    return {(practitioner, place): span for practitioner, place, span in rows}
