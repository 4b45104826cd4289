"""The clinic becomes what its file says: shown first (`plan`), then done (`apply`).

Both run the same code, `plan` inside a savepoint that is rolled back, so that what is shown is what
will happen.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, update

from core.clock import instant
from core.database.connect import Database
from core.models import organizations
from core.setup.changes import Change, ChangeKind, SetUp
from core.setup.clinic import (
    bring_departments,
    bring_locations,
    bring_organization,
    bring_rules,
    bring_specialties,
    bring_visit_types,
)
from core.setup.format import ClinicFile
from core.setup.hours import Week, worded_week
from core.setup.practitioners import Ids, bring_practitioners
from core.setup.reading import read_clinic_file
from core.setup.stranded import in_words, visits_outside_hours


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

    Idempotent. What staff changed in chat stays, and is listed, unless `overwrite`. Where anything
    was altered, the clinic's setup version grows, so that other processes read it anew. Raises
    WrongKindOfClinic where a demo would become a real clinic or the other way round.
    """
    run = SetUp(connection, instant(now), overwrite)
    bring_organization(run, clinic_file.organization, demo=demo)
    stranded_before = visits_outside_hours(connection, run.now)
    places = bring_locations(run, clinic_file)
    ids = Ids(
        places=places,
        departments=bring_departments(run, clinic_file, places),
        specialties=bring_specialties(run, clinic_file),
        visit_types=bring_visit_types(run, clinic_file),
    )
    bring_practitioners(run, clinic_file, ids)
    bring_rules(run, clinic_file, places)
    if run.alters:
        newer = organizations.c.setup_version + 1
        connection.execute(update(organizations).values(setup_version=newer, updated_at=run.now))
    stranded = visits_outside_hours(connection, run.now) - stranded_before
    for line in [*in_words(connection, stranded), *_worth_knowing(clinic_file)]:
        run.say(ChangeKind.NOTE, line)
    return run.changes


def _worth_knowing(clinic_file: ClinicFile) -> Iterator[str]:
    """What is allowed and yet may be a mistake."""
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
