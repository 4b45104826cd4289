"""`frontdesk staff`: who works here and may do what in chat, added, invited and revoked."""

import json
from collections.abc import Mapping
from typing import Any

import click
from sqlalchemy import Connection, insert, select

from bot.cli.opening import opened
from bot.clinic import read_directory
from bot.directory import Directory
from core import audit
from core.demo_clock import clock_of
from core.errors import UnknownLocation, UnknownPractitioner, UsernameTaken
from core.models import new_public_id
from core.models import staff as people
from core.models.staff import Role, StaffSource
from core.people.restricted import counted_by_name
from core.staff import pairing
from core.staff.colleagues import staff_named
from core.staff.members import Member, dismiss, give_roles, members
from core.staff.rights import Grant


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a person.")
@click.pass_context
def staff(ctx: click.Context, as_json: bool) -> None:
    """List the clinic's own people and their roles; add, invite and revoke."""
    if ctx.invoked_subcommand is not None:
        return
    with opened(needs_keys=False) as database, database.reading() as connection:
        directory = read_directory(connection)
        named = counted_by_name(connection)
        facts = [
            _facts(each, directory) | {"named_for": named.get(each.id, 0)}
            for each in members(connection)
        ]
    for each in facts:
        click.echo(json.dumps(each, ensure_ascii=False) if as_json else _line(each))
    if not (facts or as_json):
        click.echo("Nobody yet. Add them to the clinic file, or with frontdesk staff add.")


def _facts(member: Member, directory: Directory) -> dict[str, Any]:
    whose = member.practitioner_id
    return {
        "username": member.username,
        "name": member.name,
        "roles": [_role(grant, directory) for grant in member.grants],
        "practitioner": directory.practitioner(whose).name if whose else None,
    }


def _role(grant: Grant, directory: Directory) -> str:
    if grant.location_id is not None:
        return f"{grant.role} ({directory.location(grant.location_id).name})"
    return f"{grant.role} (a department)" if grant.department_id is not None else str(grant.role)


def _line(facts: Mapping[str, Any]) -> str:
    roles = ", ".join(facts["roles"]) or "no role: may do nothing in chat"
    if facts["named_for"]:
        roles += f"; named for {facts['named_for']} restricted"
    return f"{facts['username']:<12} {facts['name']:<24} {roles}"


@staff.command()
@click.argument("username")
@click.option("--name", required=True, help="First and last name.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    required=True,
    help="What they may do.",
)
@click.option("--location", help="Only there; without it in the whole clinic.")
@click.option("--practitioner", help="Who they are in the calendar: the practitioner's name.")
@click.option("--language", help="In which the chat talks to them, as en or es.")
def add(
    username: str,
    name: str,
    role: str,
    location: str | None,
    practitioner: str | None,
    language: str | None,
) -> None:
    """Add somebody, and print the code that makes a chat theirs."""
    first, _, last = name.strip().partition(" ")
    if not (first and last):
        raise click.BadParameter("expected first and last name", param_hint="--name")
    with opened() as database:
        now = clock_of(database)()
        with database.transaction() as connection:
            directory = read_directory(connection)
            taken = select(people.c.id).where(people.c.username == username)
            if connection.scalar(taken) is not None:
                raise UsernameTaken(f"expected a name that nobody has had yet, got {username}")
            values = {
                "public_id": new_public_id(),
                "username": username,
                "first_name": first,
                "last_name": last.strip(),
                "language": language,
                "practitioner_id": _practitioner(directory, practitioner),
                "source": StaffSource.DESK,
                "created_at": now,
                "updated_at": now,
            }
            (key,) = connection.execute(insert(people), values).inserted_primary_key or (0,)
            give_roles(connection, key, [Grant(Role(role), _location(directory, location))], now)
            _note(connection, "added", key, now)
            code = pairing.invite(connection, key, now)
    _tell(name, code)


@staff.command()
@click.argument("username")
def invite(username: str) -> None:
    """Print a code that makes a chat theirs; an older one is worth nothing any more."""
    with opened() as database:
        now = clock_of(database)()
        with database.transaction() as connection:
            whom = staff_named(connection, username)
            code = pairing.invite(connection, whom.id, now)
            _note(connection, "invited", whom.id, now)
    _tell(whom.name, code)


@staff.command()
@click.argument("username")
@click.option("--dismiss", "is_dismissed", is_flag=True, help="They have left the clinic.")
def revoke(username: str, is_dismissed: bool) -> None:
    """End somebody's chat at once, and an open code; with --dismiss they are gone for good."""
    with opened() as database:
        now = clock_of(database)()
        with database.transaction() as connection:
            whom = staff_named(connection, username)
            ended = pairing.revoke(connection, whom.id, now)
            if is_dismissed:
                dismiss(connection, whom.id, now)
            _note(connection, "dismissed" if is_dismissed else "revoked", whom.id, now)
    said = "their chat is closed" if ended else "there was no open chat or code"
    click.echo(f"{whom.username}: {said}{'; they are gone' if is_dismissed else ''}.")
    if is_dismissed:
        click.echo(
            "Whoever is in the clinic file comes back with the next setup: remove them there."
        )


def _tell(name: str, code: str) -> None:
    click.echo(
        f"{name} writes this code to the clinic's bot, in a private chat of Telegram, within"
    )
    click.echo(f"15 minutes; it can be used once:\n\n    {code}\n")


def _note(connection: Connection, action: str, staff_id: int, now: Any) -> None:
    audit.record(connection, audit.OPERATOR, action, "staff", [staff_id], now=now)


def _location(directory: Directory, name: str | None) -> int | None:
    if name is None:
        return None
    place = directory.location_named(name)
    if place is None:
        listed = ", ".join(each.name for each in directory.locations)
        raise UnknownLocation(f"expected one of {listed}, got {name}")
    return place.key


def _practitioner(directory: Directory, name: str | None) -> int | None:
    if name is None:
        return None
    named = (
        each
        for each in directory.practitioners
        if name in (each.name, f"{each.first_name} {each.last_name}")
    )
    found = next(named, None)
    if found is None:
        listed = ", ".join(each.name for each in directory.practitioners)
        raise UnknownPractitioner(f"expected one of {listed}, got {name}")
    return found.key
