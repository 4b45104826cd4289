"""Time that the clinic adds: an absence that is called off, a holiday, more hours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select

from core.clock import instant
from core.models import locations, schedules
from core.scheduling.loading import load_catalogue
from core.scheduling.looking import Stretch, overlap
from core.scheduling.week import END_OF_DAY
from core.scheduling.week import Stretch as Hours
from core.waitlist.freeing import FreeTime, open_round, somebody_waits
from core.waitlist.matching import Candidate, Matcher

_DAY, _YEAR = timedelta(days=1), timedelta(days=366)
# So many times at once are offered; whoever still waits finds the rest free as anybody does.
MOST_ROUNDS = 50


def time_added(
    connection: Connection,
    practitioner_id: int,
    stretches: Sequence[Stretch],
    *,
    freed_by: str,
    now: datetime,
) -> int:
    """Offer what is free in these stretches of the practitioner's time to those who wait for it;
    return how many rounds that opens: one for each who waits, as far as there is a time for each.
    The practitioner's calendar is locked, and the hours have been changed already."""
    now = instant(now)
    ahead = [(max(since, now), until) for since, until in stretches if until > now]
    if not ahead or not somebody_waits(connection, practitioner_id, min(ahead)[0]):
        return 0
    catalogue = load_catalogue(connection, now=now)
    given: dict[int, Stretch] = {}  # By patient
    opened = 0
    for place in catalogue.workplaces.get(practitioner_id, ()):
        for since, until in ahead:
            whole = FreeTime(practitioner_id, place.location_id, since, until, freed_by)
            for candidate in Matcher(connection, whole, catalogue, now=now).candidates():
                slot = _first_left(candidate, given)
                if slot is None or opened == MOST_ROUNDS:
                    continue
                given[candidate.patient_id] = slot
                part = replace(whole, starts_at=slot[0], ends_at=slot[1])
                opened += open_round(connection, part, now=now) is not None
    return opened


def _first_left(candidate: Candidate, given: Mapping[int, Stretch]) -> Stretch | None:
    """Return their first time of those that nobody before them is to be asked about; None if they
    have one already."""
    if candidate.patient_id in given:
        return None
    stretches = ((slot.starts_at, slot.ends_at) for slot in candidate.slots)
    taken = given.values()
    return next(
        (each for each in stretches if not any(overlap(each, other) for other in taken)), None
    )


def absence_withdrawn(connection: Connection, row: Mapping[str, Any], *, now: datetime) -> None:
    """Offer what a practitioner is there for after all; `row` is the absence that is no more."""
    practitioner_id = row["practitioner_id"]
    stretches = _absent(row, _zones(connection, practitioner_id), now.date())
    time_added(connection, practitioner_id, stretches, freed_by="absence_withdrawn", now=now)


def holiday_withdrawn(
    connection: Connection, location_id: int, day: date, *, now: datetime
) -> None:
    """Offer what a location is open for after all, whoever works there."""
    for practitioner_id in connection.scalars(_AT_LOCATION, {"location": location_id}).all():
        stretches = [_whole_day(day, zone) for zone in _zones(connection, practitioner_id)]
        time_added(connection, practitioner_id, stretches, freed_by="holiday_withdrawn", now=now)


_AT_LOCATION = (
    select(schedules.c.practitioner_id)
    .where(schedules.c.location_id == bindparam("location"))
    .distinct()
    .order_by(schedules.c.practitioner_id)
)
_ZONES = (
    select(locations.c.zone)
    .join(schedules, schedules.c.location_id == locations.c.id)
    .where(schedules.c.practitioner_id == bindparam("practitioner"))
    .distinct()
    .order_by(locations.c.zone)
)


def _zones(connection: Connection, practitioner_id: int) -> list[ZoneInfo]:
    """Return by which clocks the practitioner works."""
    return [
        ZoneInfo(zone) for zone in connection.scalars(_ZONES, {"practitioner": practitioner_id})
    ]


def _absent(row: Mapping[str, Any], zones: Iterable[ZoneInfo], today: date) -> list[Stretch]:
    """Return when the practitioner would have been away, as far as anybody plans ahead."""
    first, last = max(row["date_from"], today - _DAY), min(row["date_to"], today + _YEAR)
    days = [first + _DAY * n for n in range((last - first).days + 1)]
    if row["whole_day"]:
        return [_whole_day(day, zone) for zone in zones for day in days]
    return [
        (_at(day, row["starts"], zone), _at(day, row["ends"], zone))
        for zone in zones
        for day in days
    ]


def hours_added(
    connection: Connection,
    where: tuple[int, int],
    added: Iterable[tuple[date, Hours]],
    *,
    now: datetime,
) -> None:
    """Offer hours that a practitioner works more, at a place on certain days; `where`: the
    practitioner and the place."""
    practitioner_id, location_id = where
    wanted = select(locations.c.zone).where(locations.c.id == location_id)
    zone = ZoneInfo(connection.scalars(wanted).one())
    stretches = [
        (_at(day, hours.starts, zone), _until(day, hours.ends, zone)) for day, hours in added
    ]
    time_added(connection, practitioner_id, stretches, freed_by="hours_added", now=now)


def _until(day: date, moment: time, zone: ZoneInfo) -> datetime:
    return _at(day + _DAY, time(), zone) if moment == END_OF_DAY else _at(day, moment, zone)


def _whole_day(day: date, zone: ZoneInfo) -> Stretch:
    return _at(day, time(), zone), _at(day + _DAY, time(), zone)


def _at(day: date, moment: time, zone: ZoneInfo) -> datetime:
    return instant(datetime.combine(day, moment, zone))
