"""`frontdesk slots`: what is free."""

import json
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click

from bot.cli.opening import opened
from bot.cli.options import INSTANT
from bot.clinic import read_directory
from bot.dialogue.when import PARTS
from bot.directory import Directory
from bot.understanding.values import PartOfDay
from core.database.connect import Database
from core.demo_clock import clock_of
from core.people.names import fold
from core.scheduling.availability import Search, Slot, Window, find_slots
from core.scheduling.catalogue import Catalogue
from core.scheduling.loading import load_catalogue

DAYS = 14


@click.command()
@click.option("--practitioner", metavar="NAME")
@click.option("--specialty", metavar="NAME")
@click.option("--location", metavar="NAME")
@click.option("--visit-type", metavar="NAME")
@click.option("--from", "day_from", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE")
@click.option("--days", type=click.IntRange(1, 400), help=f"How many days (default {DAYS}).")
@click.option("--part-of-day", type=click.Choice([part.value for part in PartOfDay]))
@click.option("--earliest", is_flag=True, help="Only the first one.")
@click.option("--now", type=INSTANT, metavar="ISO", help="As if it were that moment.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def slots(
    practitioner: str | None,
    specialty: str | None,
    location: str | None,
    visit_type: str | None,
    day_from: datetime | None,
    days: int | None,
    part_of_day: str | None,
    earliest: bool,
    now: datetime | None,
    as_json: bool,
) -> None:
    """List the free slots that patients may book."""
    with opened(needs_keys=False) as database, database.reading() as connection:
        directory = read_directory(connection)
        moment = _moment(now, directory, database)
        catalogue = load_catalogue(connection, now=moment)
        today = moment.astimezone(directory.locations[0].zone).date()
        search = Search(
            practitioner_ids=_practitioner(practitioner, directory),
            specialty=_specialty(specialty, directory),
            location_id=_location(location, directory),
            visit_type_id=_visit_type(visit_type, directory),
            windows=_windows(day_from, days, part_of_day, today, catalogue, earliest=earliest),
            limit=1 if earliest else None,
        )
        found = find_slots(connection, search, catalogue=catalogue, now=moment)
    for slot in found:
        facts = _facts(slot, directory)
        click.echo(json.dumps(facts, ensure_ascii=False) if as_json else _line(facts))
    if not found and not as_json:
        staff_only = catalogue.visit_type(search.visit_type_id).staff_only
        click.echo("Only staff book that." if staff_only else "Nothing is free then.")


def _moment(now: datetime | None, directory: Directory, database: Database) -> datetime:
    if now is None:
        return clock_of(database)()
    return now if now.tzinfo else now.replace(tzinfo=directory.locations[0].zone)


def _windows(
    day_from: datetime | None,
    days: int | None,
    part_of_day: str | None,
    today: date,
    catalogue: Catalogue,
    *,
    earliest: bool,
) -> tuple[Window, ...]:
    """The days asked for; the earliest is looked for up to the horizon if no number is given."""
    begin, end = PARTS[PartOfDay(part_of_day)] if part_of_day else (0, 24 * 60)
    first = day_from.date() if day_from else today
    count = days or (catalogue.rules.general.horizon_days + 1 if earliest else DAYS)
    return (Window(first, first + timedelta(days=count - 1), _time(begin), _time(end)),)


def _time(minute: int) -> time | None:
    return None if minute in (0, 24 * 60) else time(minute // 60, minute % 60)


def _practitioner(name: str | None, directory: Directory) -> frozenset[int] | None:
    if name is None:
        return None
    names = {person.name: person.key for person in directory.practitioners}
    return frozenset({names[_one_of("practitioner", name, list(names))]})


def _specialty(name: str | None, directory: Directory) -> str | None:
    if name is None:
        return None
    language = directory.languages[0]
    codes = {item.name(language): item.code for item in directory.specialties}
    codes |= {item.code: item.code for item in directory.specialties}
    return codes[_one_of("specialty", name, list(codes))]


def _location(name: str | None, directory: Directory) -> int | None:
    if name is None:
        return None
    places = {place.name: place.key for place in directory.locations}
    return places[_one_of("location", name, list(places))]


def _visit_type(name: str | None, directory: Directory) -> int | None:
    if name is None:
        return None
    language = directory.languages[0]
    kinds = {kind.name(language): kind.key for kind in directory.visit_types}
    kinds |= {kind.code: kind.key for kind in directory.visit_types}
    return kinds[_one_of("visit type", name, list(kinds))]


def _one_of(kind: str, wanted: str, names: list[str]) -> str:
    """Return the name that was meant: exactly, else the one that holds all the words."""
    exact = [name for name in names if fold(name) == fold(wanted)]
    words = set(fold(wanted).split())
    fitting = exact or [name for name in names if words <= set(fold(name).split())]
    if len(fitting) != 1:
        said = "which of them" if fitting else f"no {kind} {wanted!r}"
        raise click.ClickException(f"{said}: expected one of {', '.join(fitting or names)}")
    return fitting[0]


def _facts(slot: Slot, directory: Directory) -> dict[str, str]:
    place = directory.location(slot.location_id)
    return {
        "practitioner": directory.practitioner(slot.practitioner_id).name,
        "location": place.name,
        "visit_type": directory.visit_type(slot.visit_type_id).name(directory.languages[0]),
        "starts_at": _local(slot.starts_at, place.zone),
        "ends_at": _local(slot.ends_at, place.zone),
    }


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat()


def _line(facts: dict[str, str]) -> str:
    start = datetime.fromisoformat(facts["starts_at"])
    return f"{start:%a %d %b %Y %H:%M}  {facts['practitioner']}, {facts['location']}"
