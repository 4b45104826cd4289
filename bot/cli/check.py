"""`frontdesk check`: what is configured, what is missing, and what that means."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.opening import demo_mark
from bot.upkeep import is_worker_silent, overdue
from core import clock
from core.config import ConfigurationError, Settings, open_database, read_settings
from core.database.guards import missing_guards
from core.database.migrate import is_current
from core.demo_clock import ahead
from core.messaging import templates
from core.messaging.backlog import open_tasks_by_kind
from core.models import practitioners, staff_pairings
from core.rules import load_rules
from core.scheduling.stranded import (
    outside_in_words,
    visits_outside_hours,
    visits_without_resource,
    without_resource_in_words,
)
from core.setup.whatsapp import described_templates
from core.staff.colleagues import alarm_list
from core.staff.members import members


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; what is `wrong` makes the command fail, the rest is told."""

    mark: str  # "ok", "off", "WRONG"
    text: str

    @property
    def wrong(self) -> bool:
        return self.mark == "WRONG"


def ok(text: str) -> Finding:
    return Finding("ok", text)


def off(text: str) -> Finding:
    return Finding("off", text)


def wrong(text: str) -> Finding:
    return Finding("WRONG", text)


@click.command()
def check() -> None:
    """Say in plain words what is configured, what is missing and what it means."""
    try:
        settings = read_settings()
    except ConfigurationError as error:
        findings = [wrong(line) for line in str(error).splitlines()]
    else:
        findings = [*_database(settings), *_channels(settings)]
    for finding in findings:
        click.echo(f"{finding.mark:>5}  {finding.text}")
    if any(finding.wrong for finding in findings):
        sys.exit(1)


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        database = open_database(settings, needs_keys=False)
        with database.reading() as connection:
            yield from _schema(connection, settings)
        database.dispose()
    except SQLAlchemyError as error:
        yield wrong(f"database: can't be reached ({type(error).__name__}); see DATABASE_URL")


def _schema(connection: Connection, settings: Settings) -> Iterator[Finding]:
    if not is_current(connection):
        yield wrong("database: not migrated; run `frontdesk migrate`")
        return
    lost = missing_guards(connection)
    if lost:
        yield wrong(f"database: its guards are missing: {', '.join(lost)}")
    else:
        yield ok("database: reachable, migrated, its guards in place")
    is_demo = demo_mark(connection)
    if is_demo is None:
        yield wrong("clinic: none yet; run `frontdesk setup CLINIC.toml` (or demo)")
        return
    count = connection.scalar(
        select(func.count()).select_from(practitioners).where(practitioners.c.is_active)
    )
    kind = "a demo, with made-up people and published keys" if is_demo else "a real one"
    yield ok(f"clinic: {kind}; {count} practitioners")
    if not is_demo:
        yield from _keys(settings)
    yield from _stranded(connection)
    yield from _own_phrases(connection)
    if settings.twilio_whatsapp_from and not is_demo:
        yield from _templates(connection)
    yield from _waiting(connection)
    yield from _alarms(connection, settings)
    yield from _staff_chats(connection)
    yield from _ticks(connection)


def _staff_chats(connection: Connection) -> Iterator[Finding]:
    """Who may do something in chat, and what others could read there."""
    able = [each for each in members(connection) if each.grants]
    if not able:
        yield off("staff's chats: nobody has a role yet, so nobody can see the day in chat")
        return
    paired = select(func.count()).where(staff_pairings.c.ended_at.is_(None))
    chats = f"staff's chats: {connection.scalar(paired)} of {len(able)} with a role have one"
    rules = load_rules(connection).general
    if rules.staff_chat_detail == "minimal":
        yield ok(f"{chats}; they show initials and times, no names")
    else:
        yield off(
            f"{chats}; they show patients' names, which Telegram keeps on its own servers and"
            ' phones show on their screens: staff_chat_detail = "minimal" shows initials'
        )
    if hours := rules.staff_chat_clear_hours:
        yield ok(f"staff's chats: what names patients is taken off the screen after {hours} hours")
    else:
        yield off(
            "staff's chats: what names patients stays on the screen and on Telegram's servers;"
            " staff_chat_clear_hours = 24 takes it off after a day"
        )
    if rules.staff_export == "on":
        yield off(
            "staff's chats: /export sends visits as a file, which passes through Telegram's"
            ' servers and stays wherever it is saved: staff_export = "off" ends that'
        )
    else:
        yield ok("staff's chats: no visits leave them as a file, /export is off")


def _ticks(connection: Connection) -> Iterator[Finding]:
    now = clock.now()
    late = overdue(connection, now)
    if is_worker_silent(late):
        yield off("worker: none has run for a minute, so nothing is sent; run `frontdesk worker`")
    elif late:
        yield from (off(f"worker: {each.in_words(now)}") for each in late)
    else:
        yield ok("worker: running")


def _stranded(connection: Connection) -> Iterator[Finding]:
    """Visits that a change of hours or rooms left behind, and nobody has moved or cancelled."""
    now = clock.now() + ahead(connection)
    outside, without = (
        visits_outside_hours(connection, now),
        visits_without_resource(connection, now),
    )
    for line in outside_in_words(connection, outside):
        yield off(f"hours: {line}")
    for line in without_resource_in_words(connection, without):
        yield off(f"rooms and devices: {line}")


def _templates(connection: Connection) -> Iterator[Finding]:
    """What WhatsApp would not take from us once a patient has been silent for a day."""
    from bot.clinic import read_directory
    from bot.templates.wanted import wanted_templates

    known = templates.in_use(connection)
    wanted = wanted_templates(read_directory(connection), described_templates(connection))
    changed = {each.name for each in wanted} - {each.name for each in known}
    stages = Counter(each.status.value.replace("_", " ") for each in known)
    told = ", ".join(f"{count} {stage}" for stage, count in sorted(stages.items()))
    if not known:
        yield off(
            "WhatsApp templates: none, so nothing is said first there once a patient has been"
            " silent for a day; run `frontdesk templates sync`"
        )
    elif stages.keys() == {"approved"}:
        yield ok(f"WhatsApp templates: {told}")
    else:
        yield off(f"WhatsApp templates: {told}; see `frontdesk templates status`")
    if known and changed:
        yield off(
            f"WhatsApp templates: {len(changed)} no longer say what the clinic says; run"
            " `frontdesk templates sync`"
        )
    for each in known:
        if each.status in templates.TURNED_DOWN:
            reason = f": {each.reason}" if each.reason else ""
            yield off(f"WhatsApp templates: {each.title} is {each.status}{reason}")


def _own_phrases(connection: Connection) -> Iterator[Finding]:
    """The clinic's own sentences that an update has left behind: they are said in our words."""
    from bot.clinic import own_phrases
    from bot.phrases import own

    written = own_phrases(connection)
    sound = own.sound(written)
    for language, texts in written.items():
        for key in texts.keys() - sound.get(language, {}).keys():
            yield off(f"phrases: {key} ({language}) no longer fits and is said in our words")


def _waiting(connection: Connection) -> Iterator[Finding]:
    """What patients' words have opened for staff, and nobody has closed."""
    waiting = open_tasks_by_kind(connection)
    kinds = [f"{count} {kind.replace('_', ' ')}" for kind, count in waiting.items()]
    if kinds:
        yield off(f"tasks: waiting for staff: {', '.join(kinds)}")


def _alarms(connection: Connection, settings: Settings) -> Iterator[Finding]:
    """Whether an emergency that a patient writes of reaches anybody."""
    ways = {"sms": settings.twilio_on, "telegram": settings.telegram_on}
    listed = alarm_list(connection)
    if not listed:
        yield off(
            "alarms: reach nobody: no [[staff]] of the clinic file has alarms and a phone or chat"
        )
        return
    cut_off = [each.username for each in listed if not ways.get(each.channel or "")]
    if cut_off:
        yield off(f"alarms: their channel is off, so nothing reaches {', '.join(cut_off)}")
    else:
        yield ok(f"alarms: go to {', then '.join(each.username for each in listed)}")


def _day_sheets(folder: Path | None) -> Finding:
    """Whether the desk has something on paper when nothing else works."""
    if folder is None:
        return off("day sheets: DAYSHEET_FOLDER is not set, so the worker writes none")
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return wrong(f"day sheets: {folder} can't be written to; see DAYSHEET_FOLDER")
    return ok(f"day sheets: the worker writes them to {folder}")


def _keys(settings: Settings) -> Iterator[Finding]:
    try:
        settings.keyring()
    except ConfigurationError as error:
        for line in str(error).splitlines():
            yield wrong(line)
    else:
        yield ok("keys: set")


def _channels(settings: Settings) -> Iterator[Finding]:
    sms = settings.twilio_sms_from or settings.twilio_messaging_service_sid
    if not settings.twilio_on:
        yield off("SMS and WhatsApp: TWILIO_ACCOUNT_SID is not set")
    else:
        yield ok("SMS: on") if sms else off("SMS: no TWILIO_SMS_FROM or messaging service")
        yield (
            ok("WhatsApp: on")
            if settings.twilio_whatsapp_from
            else off("WhatsApp: TWILIO_WHATSAPP_FROM is not set")
        )
    if not settings.telegram_on:
        yield off("Telegram: TELEGRAM_BOT_TOKEN is not set")
    elif settings.telegram_webhook_secret and settings.public_url:
        yield ok("Telegram: on; `frontdesk telegram webhook set` tells Telegram where we listen")
    else:
        yield ok("Telegram: on without a webhook; run `frontdesk serve --poll-telegram`")
    yield _day_sheets(settings.daysheet_folder)
    yield ok("web chat: on") if settings.web_chat else off("web chat: WEB_CHAT is not on")
