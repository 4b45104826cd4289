"""`frontdesk daysheet`: a day on paper, for the desk and for an outage."""

import os
from datetime import date, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import Connection

from bot.cli.opening import opened
from bot.clinic import read_directory
from bot.directory import Directory, Location
from bot.staff.sheet import render
from bot.staff.wording import StaffPhrasebook, staff_languages
from core.audit import OPERATOR, record
from core.demo_clock import clock_of
from core.staff.daysheet import day_sheet


@click.command()
@click.option("--location", "named", metavar="NAME", help="Only that one.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Instead of today.")
@click.option("--tomorrow", is_flag=True, help="Instead of today, as each place has it.")
@click.option("--lang", type=click.Choice(staff_languages()), help="Instead of the clinic's.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Where to write the pages; made if it is not there.",
)
def daysheet(
    named: str | None, day: datetime | None, tomorrow: bool, lang: str | None, folder: Path
) -> None:
    """Write a page to print for each location: who comes to whom, when, and how to call them.

    It names patients, and the look is recorded.
    """
    if day is not None and tomorrow:
        raise click.UsageError("expected either --date or --tomorrow, got both")
    with opened() as database, database.transaction() as connection:
        now, directory = clock_of(database)(), read_directory(connection)
        book = StaffPhrasebook(directory, lang or _language(directory))
        folder.mkdir(parents=True, exist_ok=True)
        for place in _places(directory, named):
            on = day.date() if day else now.astimezone(place.zone).date()
            on += timedelta(days=1) if tomorrow else timedelta()
            path = folder / f"{_file_name(place)}-{on}.html"
            _write(path, _page(connection, place, on, now, book))
            click.echo(path)


def _page(
    connection: Connection, place: Location, day: date, now: datetime, book: StaffPhrasebook
) -> str:
    sheet = day_sheet(connection, place.key, day, now)
    visits = [line.visit for lines in sheet.values() for line in lines]
    ids, about = [visit.id for visit in visits], [visit.patient_id for visit in visits]
    record(connection, OPERATOR, "printed", "day", ids, patients=about, now=now)
    return render(sheet, place, day, now, book)


def _places(directory: Directory, named: str | None) -> list[Location]:
    if named is None:
        return list(directory.locations)
    found = [place for place in directory.locations if place.name.casefold() == named.casefold()]
    if not found:
        names = ", ".join(place.name for place in directory.locations)
        raise click.UsageError(f'expected one of {names} as --location, got "{named}"')
    return found


def _language(directory: Directory) -> str:
    known = (code for code in directory.languages if code in staff_languages())
    return next(known, "en")


def _file_name(place: Location) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in place.name.casefold())


def _write(path: Path, page: str) -> None:
    """Only whoever runs the desk reads it; an older one stays whole until this one is."""
    unfinished = path.with_suffix(".part")
    unfinished.touch(mode=0o600)
    unfinished.write_text(page, encoding="utf-8")
    os.replace(unfinished, path)
