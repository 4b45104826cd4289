"""The clinic becomes what its file says: shown first (`plan`), then done (`apply`).

Both run the same code, `plan` inside a savepoint that is rolled back, so that what is shown is what
will happen.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from core.clock import instant
from core.database.connect import Database
from core.database.guards import lock_calendars
from core.models import practitioners, settings, visit_types
from core.occasions.planning import plan_anew
from core.scheduling.appointments import Appointment
from core.scheduling.stranded import (
    have_decided,
    outside_in_words,
    visits_outside_hours,
    visits_without_resource,
    without_resource_in_words,
)
from core.scheduling.week import Week, worded_week
from core.setup.changes import Change, ChangeKind, SetUp
from core.setup.clinic import (
    bring_departments,
    bring_locations,
    bring_organization,
    bring_resources,
    bring_rules,
    bring_specialties,
    bring_visit_types,
)
from core.setup.format import ClinicFile
from core.setup.kept import with_staffs_word
from core.setup.offers import Ids
from core.setup.phrases import bring_phrases
from core.setup.practitioners import bring_practitioners
from core.setup.reading import read_clinic_file
from core.setup.staff import bring_staff


def set_up(
    database: Database,
    source: Path | str,
    filename: str,
    now: datetime,
    *,
    overwrite: bool = False,
    demo: bool = False,
) -> list[Change]:
    """Make the database the clinic of this file (a path, or its text); all of it or nothing.

    Raises ClinicFileError naming every problem of the file, WrongKindOfClinic.
    """
    clinic_file = read_clinic_file(source, filename)
    with database.transaction() as connection:
        return apply(connection, clinic_file, now, overwrite=overwrite, demo=demo)


def plan(
    connection: Connection,
    clinic_file: ClinicFile,
    now: datetime,
    *,
    overwrite: bool = False,
    demo: bool = False,
) -> list[Change]:
    """Return what `apply` would change. The connection is one of `Database.transaction()`."""
    savepoint = connection.begin_nested()
    try:
        return apply(connection, clinic_file, now, overwrite=overwrite, demo=demo)
    finally:
        savepoint.rollback()


def apply(
    connection: Connection,
    clinic_file: ClinicFile,
    now: datetime,
    *,
    overwrite: bool = False,
    demo: bool = False,
) -> list[Change]:
    """Bring the database to what the file says, and return each change in plain words.

    Idempotent. What staff changed in chat stays, and is listed, unless `overwrite`. Raises
    WrongKindOfClinic where a demo would become a real clinic or the other way round.
    """
    run = SetUp(connection, instant(now), overwrite)
    # Nobody books while the hours change: a visit either finds the new ones or is counted below.
    lock_calendars(connection, connection.scalars(select(practitioners.c.id)).all(), None)
    bring_organization(run, clinic_file.organization, clinic_file.whatsapp, demo=demo)
    clinic_file = with_staffs_word(run, clinic_file)
    before, reminded = _stranded(run), _reminding(run)
    places = bring_locations(run, clinic_file)
    bring_resources(run, clinic_file, places)
    ids = Ids(
        places=places,
        departments=bring_departments(run, clinic_file, places),
        specialties=bring_specialties(run, clinic_file),
        visit_types=bring_visit_types(run, clinic_file),
    )
    people = bring_practitioners(run, clinic_file, ids)
    bring_staff(run, clinic_file.staff, ids, people)
    bring_rules(run, clinic_file, places)
    bring_phrases(run, clinic_file)
    if _reminding(run) != reminded:
        plan_anew(connection, run.now)
    for line in [*_newly_stranded(run, before), *_worth_knowing(clinic_file)]:
        run.say(ChangeKind.NOTE, line)
    return run.changes


def _reminding(run: SetUp) -> list[tuple[Any, ...]]:
    """Return all that decides when patients are reminded, but for the defaults."""
    policies = run.connection.execute(
        select(visit_types.c.id, visit_types.c.reminders).where(
            visit_types.c.reminders.is_not(None)
        )
    )
    quiet = run.connection.execute(
        select(settings.c.key, settings.c.location_id, settings.c.value).where(
            settings.c.is_active, settings.c.key.in_(("quiet_from_hour", "quiet_until_hour"))
        )
    )
    return sorted((*map(tuple, policies), *map(tuple, quiet)), key=repr)


def _stranded(run: SetUp) -> tuple[list[Appointment], list[Appointment]]:
    """Return the visits outside the hours, and those without their room or device."""
    return (
        visits_outside_hours(run.connection, run.now),
        visits_without_resource(run.connection, run.now),
    )


def _newly_stranded(
    run: SetUp, before: tuple[list[Appointment], list[Appointment]]
) -> Iterator[str]:
    for visits, known, in_words in zip(
        _stranded(run), before, (outside_in_words, without_resource_in_words), strict=True
    ):
        have_decided(run.connection, known, visits, run.now)
        told = {visit.id for visit in known}
        yield from in_words(run.connection, [visit for visit in visits if visit.id not in told])


def _worth_knowing(clinic_file: ClinicFile) -> Iterator[str]:
    """What is allowed and yet may be a mistake."""
    yield from _without_resource(clinic_file)
    places = {place.name: place for place in clinic_file.locations}
    for person in clinic_file.practitioners:
        if not any(part.hours for part in person.schedules):
            yield f"{person.name} has no hours and can't be booked"
        for part in person.schedules:
            place = places[part.location or clinic_file.locations[0].name]
            outside = _outside(part.hours, place.opening_hours)
            if outside:
                hours = worded_week(outside)
                yield f"{person.name} works at {place.name} {hours}, outside its opening hours"


def _without_resource(clinic_file: ClinicFile) -> Iterator[str]:
    """Offers of visits that need a room or device which is not where they are offered."""
    needed = {item.code: item.resource_kind for item in clinic_file.visit_types}
    there = {
        place.name: {resource.kind for resource in place.resources}
        for place in clinic_file.locations
    }
    for person in clinic_file.practitioners:
        worked = {
            part.location or clinic_file.locations[0].name
            for part in person.schedules
            if part.hours
        }
        for item in person.visit_types or ():
            kind = needed[item.code]
            places = {item.location} if item.location else worked
            if kind and not any(kind in there[place] for place in places):
                yield f"{person.name} offers {item.code} where there is no {kind}"


def _outside(hours: Week, opening_hours: Week) -> Week:
    stretches = {
        day: tuple(
            part
            for part in parts
            if not any(opening.covers(part) for opening in opening_hours.get(day, ()))
        )
        for day, parts in hours.items()
    }
    return {day: parts for day, parts in stretches.items() if parts}
