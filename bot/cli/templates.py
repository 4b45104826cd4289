"""`frontdesk templates`: what WhatsApp takes after a day of silence, made and followed up."""

from collections import Counter
from collections.abc import Callable, Iterator

import click

from bot.cli.opening import demo_mark, opened
from bot.senders.content import ContentApi
from bot.senders.making import make_content_api
from bot.templates.keeping import Keeper
from core import clock
from core.config import ConfigurationError, read_settings
from core.messaging.templates import Template
from core.models.messaging import TemplateStatus


@click.group()
def templates() -> None:
    """The WhatsApp templates of what the clinic says first."""


@templates.command()
def sync() -> None:
    """Make those at Twilio that are missing or have changed, and put them before WhatsApp."""
    _show(Keeper.sync)


@templates.command()
def status() -> None:
    """Ask what WhatsApp thinks of each: pending, approved, rejected and why, paused, disabled."""
    _show(Keeper.ask)


def _show(ask: Callable[[Keeper], Iterator[Template]]) -> None:
    """One line a template, as it is known: Twilio takes its time."""
    api = _api()
    try:
        with opened() as database:
            with database.reading() as connection:
                if demo_mark(connection):
                    raise click.ClickException(
                        "nothing of a demo reaches a provider: expected a clinic of your own"
                    )
            counts: Counter[TemplateStatus] = Counter()
            for template in ask(Keeper(database, api, clock.now)):
                if not counts:
                    click.echo(_columns("sentence", "in", "status", "id at Twilio", "why"))
                click.echo(_line(template))
                counts[template.status] += 1
    finally:
        api.close()
    told = ", ".join(f"{counts[each]} {_worded(each)}" for each in TemplateStatus if counts[each])
    click.echo(told or "There are none yet: run `frontdesk templates sync`.")


def _api() -> ContentApi:
    """Return Twilio's; raises ConfigurationError where WhatsApp is off."""
    api = make_content_api(read_settings())
    if api is None:
        raise ConfigurationError(
            "TWILIO_WHATSAPP_FROM: expected for this, with TWILIO_ACCOUNT_SID and"
            " TWILIO_AUTH_TOKEN; templates are for WhatsApp"
        )
    return api


def _line(template: Template) -> str:
    status, sid = _worded(template.status), template.content_sid or "-"
    return _columns(template.key, template.language, status, sid, template.reason or "")


def _columns(key: str, language: str, status: str, sid: str, reason: str) -> str:
    return f"{key:<20}{language:<4}{status:<11}{sid:<36}{reason}".rstrip()


def _worded(status: TemplateStatus) -> str:
    return status.value.replace("_", " ")
