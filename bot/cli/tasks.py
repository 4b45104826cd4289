"""`frontdesk tasks`: what waits for staff, taken and closed from the terminal."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection, select

from bot.cli.opening import looking, opened
from bot.clinic import read_clinic, read_directory
from bot.directory import Directory
from bot.handovers import hand_back
from core.audit import OPERATOR, record
from core.demo_clock import clock_of
from core.messaging.tasks import StaffTask, find_task, note_of, open_tasks, take
from core.models import addresses, conversations, patients, staff
from core.staff.colleagues import staff_named


@click.group(invoke_without_command=True)
@click.option("--details", is_flag=True, help="Also who it is about, and what was noted; recorded.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a task.")
@click.pass_context
def tasks(ctx: click.Context, details: bool, as_json: bool) -> None:
    """List what waits for staff, the most pressing first; take a task, or close it."""
    if ctx.invoked_subcommand is not None:
        return
    with opened(needs_keys=details) as database, looking(database, details) as connection:
        directory = read_directory(connection)
        waiting = open_tasks(connection)
        facts = [_facts(connection, task, directory, details=details) for task in waiting]
        if details and waiting:
            _record_look(connection, waiting, clock_of(database)())
    for each in facts:
        click.echo(json.dumps(each, ensure_ascii=False) if as_json else _line(each))
    if not (facts or as_json):
        click.echo("Nothing waits.")


def _record_look(connection: Connection, waiting: list[StaffTask], now: datetime) -> None:
    numbers = [task.id for task in waiting]
    about = [task.patient_id for task in waiting if task.patient_id is not None]
    record(connection, OPERATOR, "looked", "task", numbers, patients=about, now=now)


def _facts(
    connection: Connection, task: StaffTask, directory: Directory, *, details: bool
) -> dict[str, Any]:
    """Return what may be told of a task: of the patient only where `details` were asked for."""
    facts: dict[str, Any] = {
        "task": task.id,
        "kind": task.kind.value,
        "since": _local(task.opened_at, directory),
        "due": _local(task.due_at, directory),
        "channel": _channel(connection, task.conversation_id),
        "assigned_to": _username(connection, task.assigned_to_id),
        "taken_by": _username(connection, task.acknowledged_by_id),
    }
    if details:
        facts |= {
            "patient": _patient(connection, task.patient_id),
            "note": note_of(connection, task.id),
        }
    return facts


def _line(facts: Mapping[str, Any]) -> str:
    return "  ".join(_parts(facts))


def _parts(facts: Mapping[str, Any]) -> Iterator[str]:
    yield f"{facts['task']:>5}  {facts['kind']:<12}"
    yield f"since {_short(facts['since'])}"
    if facts["due"] != facts["since"]:
        yield f"due {_short(facts['due'])}"
    if facts["taken_by"]:
        yield f"taken by {facts['taken_by']}"
    elif facts["assigned_to"]:
        yield f"with {facts['assigned_to']}"
    for name in ("channel", "patient", "note"):
        if facts.get(name):
            yield str(facts[name])


def _short(at: str | None) -> str:
    return datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M") if at else "-"


def _local(at: datetime | None, directory: Directory) -> str | None:
    return at.astimezone(directory.locations[0].zone).isoformat() if at else None


def _username(connection: Connection, staff_id: int | None) -> str | None:
    name: str | None = connection.scalar(select(staff.c.username).where(staff.c.id == staff_id))
    return name


def _channel(connection: Connection, conversation_id: int | None) -> str | None:
    of_it = select(addresses.c.channel).select_from(conversations.join(addresses))
    channel: str | None = connection.scalar(of_it.where(conversations.c.id == conversation_id))
    return channel


def _patient(connection: Connection, patient_id: int | None) -> str | None:
    names = select(patients.c.first_name, patients.c.last_name)
    row = connection.execute(names.where(patients.c.id == patient_id)).one_or_none()
    return f"{row.first_name} {row.last_name}" if row else None


def _record(connection: Connection, action: str, task: StaffTask, now: datetime) -> None:
    about = [] if task.patient_id is None else [task.patient_id]
    record(connection, OPERATOR, action, "task", [task.id], patients=about, now=now)


@tasks.command("take")
@click.argument("number", type=int)
@click.option("--as", "username", required=True, metavar="USERNAME", help="Who sees to it.")
def take_one(number: int, username: str) -> None:
    """Say that somebody sees to a task: an alarm then goes to nobody else."""
    with opened(needs_keys=False) as database, database.transaction() as connection:
        task = find_task(connection, number)
        by, now = staff_named(connection, username).id, clock_of(database)()
        if not take(connection, task, by, now):
            other = _username(connection, task.acknowledged_by_id)
            raise click.ClickException(f"task {number} has been taken by {other} already")
        _record(connection, "took", task, now)
    click.echo(f"Task {number} is {username}'s.")


@tasks.command("done")
@click.argument("number", type=int)
@click.option("--outcome", required=True, metavar="TEXT", help="What came of it.")
def done(number: int, outcome: str) -> None:
    """Close a task; a conversation that was handed over goes back to the desk."""
    with opened() as database, database.transaction() as connection:
        now = clock_of(database)()
        task = find_task(connection, number)
        hand_back(connection, read_clinic(connection, now), task, outcome, now)
        _record(connection, "closed", task, now)
    click.echo(f"Task {number} is closed.")
