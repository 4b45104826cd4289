"""`frontdesk check`: what is configured, what is missing, and what that means."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import click
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.cli.opening import demo_mark
from core import clock
from core.config import ConfigurationError, Settings, open_database, read_settings
from core.database.guards import missing_guards
from core.database.migrate import is_current
from core.messaging import ticks
from core.models import practitioners, tasks
from core.scheduling.stranded import (
    outside_in_words,
    visits_outside_hours,
    visits_without_resource,
    without_resource_in_words,
)

SILENT_WORKER = timedelta(minutes=1)


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
        yield wrong(f"database: guards against double booking are missing: {', '.join(lost)}")
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
    yield from _waiting(connection)
    last = ticks.last_ran(connection).get("deliver")
    if last is None or clock.now() - last > SILENT_WORKER:
        yield off("worker: none has run for a minute, so nothing is sent; run `frontdesk worker`")
    else:
        yield ok("worker: running")


def _stranded(connection: Connection) -> Iterator[Finding]:
    """Visits that a change of hours or rooms left behind, and nobody has moved or cancelled."""
    now = clock.now()
    outside, without = (
        visits_outside_hours(connection, now),
        visits_without_resource(connection, now),
    )
    for line in outside_in_words(connection, outside):
        yield off(f"hours: {line}")
    for line in without_resource_in_words(connection, without):
        yield off(f"rooms and devices: {line}")


def _waiting(connection: Connection) -> Iterator[Finding]:
    """What patients' words have opened for staff, and nobody has closed."""
    rows = connection.execute(
        select(tasks.c.kind, func.count())
        .where(tasks.c.closed_at.is_(None))
        .group_by(tasks.c.kind)
        .order_by(tasks.c.kind)
    )
    kinds = [f"{count} {kind.replace('_', ' ')}" for kind, count in rows]
    if kinds:
        yield off(f"tasks: waiting for staff: {', '.join(kinds)}")


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
    yield ok("web chat: on") if settings.web_chat else off("web chat: WEB_CHAT is not on")
