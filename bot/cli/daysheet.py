"""`frontdesk daysheet`: a day on paper, for the desk and for an outage."""

from datetime import datetime, timedelta
from pathlib import Path

import click

from bot.cli.opening import opened
from bot.clinic import read_clinic
from bot.daysheets import language_of, make_sheet, path_of, write_whole
from bot.directory import Directory, Location
from bot.staff.wording import StaffPhrasebook, staff_languages
from core.audit import OPERATOR
from core.demo_clock import clock_of


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
        now = clock_of(database)()
        clinic = read_clinic(connection, now)
        directory = clinic.directory
        book = StaffPhrasebook(directory, lang or language_of(directory))
        for place in _places(directory, named):
            on = day.date() if day else now.astimezone(place.zone).date()
            on += timedelta(days=1) if tomorrow else timedelta()
            sheet = make_sheet(connection, place, on, now, book, clinic.catalogue)
            sheet.note(connection, OPERATOR, now)
            path = path_of(folder, directory, place, on)
            write_whole(path, sheet.page)
            click.echo(path)


def _places(directory: Directory, named: str | None) -> list[Location]:
    if named is None:
        return list(directory.locations)
    found = [place for place in directory.locations if place.name.casefold() == named.casefold()]
    if not found:
        names = ", ".join(place.name for place in directory.locations)
        raise click.UsageError(f'expected one of {names} as --location, got "{named}"')
    return found
