"""`frontdesk worker` and `frontdesk telegram webhook`."""

import click

from bot.cli.opening import opened
from core import logs
from core.config import ConfigurationError, Settings, read_settings
from core.demo_clock import clock_of


@click.command()
@click.option("--once", is_flag=True, help="Run every tick once, then end.")
def worker(once: bool) -> None:
    """Send what waits, and do what is due."""
    from bot import worker as ticking

    settings = read_settings()
    logs.configure(settings.log_level)
    with opened() as database:
        clock = clock_of(database)
        if not once:
            ticking.run(database, settings, clock)
            return
        for name, handled in ticking.run_once(database, settings, clock).items():
            click.echo(f"{name}: {handled}")


@click.group()
def telegram() -> None:
    """Telegram's side of the connection."""


@telegram.command()
@click.argument("action", type=click.Choice(["set", "show", "delete"]))
def webhook(action: str) -> None:
    """Tell Telegram where we listen, ask it, or have it forget."""
    from bot.senders import telegram_webhook

    settings = read_settings()
    if not settings.telegram_bot_token:
        raise ConfigurationError("TELEGRAM_BOT_TOKEN: expected for this")
    if action == "set":
        url = _webhook_url(settings)
        telegram_webhook.set_webhook(settings, url)
        click.echo(f"Telegram will call {url}")
    elif action == "delete":
        telegram_webhook.delete_webhook(settings)
        click.echo("Telegram calls nobody now.")
    else:
        click.echo(telegram_webhook.show_webhook(settings))


def _webhook_url(settings: Settings) -> str:
    missing = [
        name
        for name, value in (
            ("PUBLIC_URL", settings.public_url),
            ("TELEGRAM_WEBHOOK_SECRET", settings.telegram_webhook_secret),
        )
        if not value
    ]
    if missing:
        raise ConfigurationError("\n".join(f"{name}: expected for this" for name in missing))
    return f"{settings.public_url}/telegram/webhook"
