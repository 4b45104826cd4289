"""`frontdesk reach`: who has been told of a day's visits, and whom somebody should call."""

import json
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Connection, select

from bot.cli.opening import looking, opened
from bot.clinic import read_directory
from bot.directory import Directory
from core.audit import OPERATOR, record
from core.demo_clock import clock_of
from core.models import patients
from core.occasions.unreached import TO_CALL, Reach, Reached, reach_of_day

WORDS = {
    Reached.CONFIRMED: "confirmed",
    Reached.DELIVERED: "told, not answered",
    Reached.ON_ITS_WAY: "a message is on its way",
    Reached.UNDELIVERED: "call: the message did not arrive",
    Reached.NOT_SENT: "call: the message was not sent",
    Reached.NO_WAY: "call: nobody may be told by message",
    Reached.NOT_REMINDED: "not reminded, as the clinic's policy says",
}


@click.command()
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Instead of tomorrow.")
@click.option("--details", is_flag=True, help="Also the patients' names; the look is recorded.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a visit.")
def reach(day: datetime | None, details: bool, as_json: bool) -> None:
    """List the visits of a day (tomorrow), and whether each patient has been reached."""
    with opened(needs_keys=details) as database, looking(database, details) as connection:
        directory = read_directory(connection)
        now = clock_of(database)()
        found = [
            each
            for place in directory.locations
            for each in reach_of_day(connection, place.key, _day(day, place.zone, now))
        ]
        facts = [_facts(connection, each, directory, details=details) for each in found]
        if details and found:
            visits = [each.appointment_id for each in found]
            about = [each.patient_id for each in found]
            record(connection, OPERATOR, "looked", "appointment", visits, patients=about, now=now)
    for each in facts:
        click.echo(json.dumps(each, ensure_ascii=False) if as_json else _line(each))
    if not as_json:
        click.echo(_summary(found))


def _day(day: datetime | None, zone: ZoneInfo, now: datetime) -> date:
    return day.date() if day else now.astimezone(zone).date() + timedelta(days=1)


def _facts(
    connection: Connection, reach: Reach, directory: Directory, *, details: bool
) -> dict[str, Any]:
    place = directory.location(reach.location_id)
    facts: dict[str, Any] = {
        "starts_at": reach.starts_at.astimezone(place.zone).isoformat(),
        "practitioner": directory.practitioner(reach.practitioner_id).name,
        "location": place.name,
        "outcome": reach.outcome.value,
        "why": reach.why,
        "call": reach.outcome in TO_CALL,
    }
    return facts | ({"patient": _name(connection, reach.patient_id)} if details else {})


def _name(connection: Connection, patient_id: int) -> str:
    names = select(patients.c.first_name, patients.c.last_name)
    row = connection.execute(names.where(patients.c.id == patient_id)).one()
    return f"{row.first_name} {row.last_name}"


def _line(facts: dict[str, Any]) -> str:
    start = datetime.fromisoformat(facts["starts_at"])
    outcome = WORDS[Reached(facts["outcome"])] + (f" ({facts['why']})" if facts["why"] else "")
    who = [facts["patient"]] if "patient" in facts else []
    parts = [f"{start:%a %d %b %H:%M}", facts["practitioner"], facts["location"], *who, outcome]
    return "  ".join(parts)


def _summary(found: list[Reach]) -> str:
    if not found:
        return "No visits that day."
    counts = Counter(each.outcome for each in found)
    confirmed, to_call = counts[Reached.CONFIRMED], sum(counts[each] for each in TO_CALL)
    told = confirmed + counts[Reached.DELIVERED]
    return f"{len(found)} visits: {told} reached, {confirmed} of them confirmed; {to_call} to call."
