"""`frontdesk holidays`: public holidays as a starting list for the clinic file."""

from dataclasses import dataclass

import click
from sqlalchemy import select

from bot.cli.opening import opened
from core import clock
from core.errors import NoClinic, NotMigrated
from core.models import locations, organizations
from core.setup.public_holidays import (
    UnknownRegion,
    as_toml,
    public_holidays,
    subdivision_code,
)

YEARS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a location of the clinic lies."""

    name: str
    country: str
    state: str | None


@dataclass(frozen=True, slots=True)
class Region:
    """Whose holidays are asked for; `remark` says what the list could not follow."""

    country: str
    subdivision: str | None = None
    remark: str = ""


@click.command()
@click.option("--location", metavar="NAME", help="Those of one location of the clinic.")
@click.option("--country", metavar="XX", help="Two letters; otherwise the clinic's.")
@click.option("--subdivision", metavar="YY", help="A state or region; otherwise the location's.")
@click.option("--year", type=click.IntRange(1970, 2100), help="The first year; otherwise this one.")
@click.option(
    "--years", type=click.IntRange(1, 10), default=YEARS, help=f"How many years (default {YEARS})."
)
def holidays(
    location: str | None,
    country: str | None,
    subdivision: str | None,
    year: int | None,
    years: int,
) -> None:
    """Print public holidays, to be pasted into the clinic file and edited there."""
    language, places = _clinic()
    if location is not None:
        places = [_named(location, places)]
    region = _region(country and country.upper(), subdivision, places)
    first = year or clock.now().year
    days = public_holidays(
        region.country, region.subdivision, range(first, first + years), language
    )
    where = ", ".join(filter(None, (region.country, region.subdivision)))
    click.echo(f"# Public holidays of {where}: a starting list. Strike out the days on which you")
    click.echo("# are open, and add those on which you are not.")
    if region.remark:
        click.echo(f"# {region.remark}")
    if location is not None:
        click.echo(f"# They belong at the end of what the file says of {places[0].name}, before")
        click.echo("# the next [[locations]].")
    click.echo()
    click.echo(as_toml(days, "holidays" if location is None else "locations.holidays"), nl=False)


def _clinic() -> tuple[str | None, list[Place]]:
    """Return the clinic's first language and its locations; nothing where there is no clinic."""
    try:
        with opened(needs_keys=False) as database, database.reading() as connection:
            language: str = connection.scalars(select(organizations.c.default_language)).one()
            rows = connection.execute(
                select(locations).where(locations.c.is_active).order_by(locations.c.position)
            )
            return language, [Place(row.name, row.country, row.state) for row in rows]
    except (NotMigrated, NoClinic):
        return None, []


def _named(name: str, places: list[Place]) -> Place:
    for place in places:
        if place.name.casefold() == name.casefold():
            return place
    listed = ", ".join(place.name for place in places) or "none yet"
    raise click.ClickException(f"no location {name!r}: expected one of {listed}")


def _region(country: str | None, subdivision: str | None, places: list[Place]) -> Region:
    """The options win; what they leave open is where the clinic lies."""
    if country is not None:
        return _asked(country, subdivision)
    countries = {place.country for place in places}
    if len(countries) != 1:
        raise click.UsageError(
            "expected --location or --country: the clinic lies in several countries"
            if countries
            else "expected --country: the database holds no clinic yet"
        )
    (country,) = countries
    states = {place.state for place in places}
    if subdivision is not None or states == {None}:
        return _asked(country, subdivision)
    if len(states) > 1:
        return Region(
            country, remark="Those of the whole country; --location NAME also has its state's."
        )
    (state,) = states
    try:
        return Region(country, subdivision_code(country, str(state)))
    except UnknownRegion as unknown:
        return Region(country, remark=f"Those of the whole country; {unknown}.")


def _asked(country: str, subdivision: str | None) -> Region:
    return Region(country, subdivision and subdivision_code(country, subdivision))
