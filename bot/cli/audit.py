"""`frontdesk audit`: who has seen what, and the proof that nobody has altered the log of it."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Connection, or_, select

from bot.cli.opening import opened
from bot.clinic import read_directory
from core.audit import OPERATOR, Entry, Fault, Verdict, record
from core.audit import verify as verify_chain
from core.audit import who_saw as who_saw_patient
from core.clock import instant
from core.demo_clock import clock_of
from core.errors import PatientNotFound
from core.keys import UnreadableCiphertext
from core.models import patients
from core.people.merging import went_into

FAULTS = {
    Fault.CHANGED: "was changed, or not written by Frontdesk",
    Fault.UNREADABLE: "has a reason that can't be read: it was changed, or ENCRYPTION_KEY lacks"
    " the key it was written with",
    Fault.MISSING: "is missing, and later ones are there",
    Fault.CUT_OFF: "is missing, and so is all that came after it",
    Fault.PATIENTS: "is about other patients than it was when it was written",
    Fault.HEAD: "is the last that is there, and was not the last that was written",
}


@click.group()
def audit() -> None:
    """Who has looked at what and changed what, and whether that log is as it was written."""


@audit.command()
def verify() -> None:
    """Prove that nobody has altered the audit log."""
    with opened() as database, database.reading() as connection:
        verdict = verify_chain(connection)
    if verdict.fault:
        raise click.ClickException(_complaint(verdict, verdict.fault))
    counted = "1 entry" if verdict.looked_at == 1 else f"{verdict.looked_at} entries"
    click.echo(f"{counted}, chain intact")


def _complaint(verdict: Verdict, fault: Fault) -> str:
    complaint = f"entry {verdict.entry_id} of the audit log {FAULTS[fault]}"
    if (verdict.entry_id, fault) == (1, Fault.CHANGED):
        complaint += " under this SECRET_KEY"
    return complaint


@audit.command("who-saw")
@click.argument("patient")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From the start of that day on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object an entry.")
def who_saw(patient: str, since: datetime | None, as_json: bool) -> None:
    """List who has seen or changed PATIENT's record.

    The newest first. PATIENT: the public id of the record, or its number in the clinic's other
    system. The look is itself recorded.
    """
    with opened() as database, database.transaction() as connection:
        zone = read_directory(connection).locations[0].zone
        now = clock_of(database)()
        patient_id = _patient(connection, patient)
        begins = instant(since.replace(tzinfo=zone)) if since else None
        try:
            facts = [_facts(each, zone) for each in _entries(connection, patient_id, begins)]
        except UnreadableCiphertext as error:
            raise click.ClickException(
                f"{error}; `frontdesk audit verify` names the entry"
            ) from error
        about = [patient_id]
        record(connection, OPERATOR, "who_saw", "patient", about, patients=about, now=now)
    for each in facts:
        click.echo(json.dumps(each, ensure_ascii=False) if as_json else _line(each))
    if not (facts or as_json):
        click.echo("Nobody, as far as the audit log goes back." if since is None else "Nobody.")


def _entries(connection: Connection, patient_id: int, since: datetime | None) -> list[Entry]:
    """Return what is about the record, or about those that went into it, the newest first."""
    found = {
        each.id: each
        for record_id in (patient_id, *went_into(connection, patient_id))
        for each in who_saw_patient(connection, record_id, since)
    }
    return [found[entry_id] for entry_id in sorted(found, reverse=True)]


def _patient(connection: Connection, name: str) -> int:
    """Return the record's id; raises PatientNotFound."""
    named = or_(patients.c.public_id == name, patients.c.external_id == name)
    own_first = (patients.c.public_id == name).desc()
    found: int | None = connection.scalar(
        select(patients.c.id).where(named).order_by(own_first).limit(1)
    )
    if found is None:
        raise PatientNotFound(
            "expected the public id of a patient's record, or its number in the clinic's other"
            " system (external id); there is none of that name"
        )
    return found


def _facts(entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "entry": entry.id,
        "at": entry.at.astimezone(zone).isoformat(),
        "who": entry.who.username or entry.who.actor.value,
        "role": entry.who.role,
        "action": entry.action,
        "resource": entry.resource,
        "reason": entry.reason,
        "is_sensitive": entry.is_sensitive,
        "channel": entry.who.channel,
        "session": entry.who.session,
    }


def _line(facts: dict[str, Any]) -> str:
    at = datetime.fromisoformat(facts["at"])
    who = facts["who"] + (f" ({facts['role']})" if facts["role"] else "")
    where = facts["channel"] + (f" {facts['session']}" if facts["session"] else "")
    what = facts["action"] + (" (sensitive)" if facts["is_sensitive"] else "")
    parts = [f"{at:%Y-%m-%d %H:%M}", who, what, facts["resource"], where]
    return "  ".join([*parts, facts["reason"]] if facts["reason"] else parts)
