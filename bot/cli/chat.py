"""`frontdesk chat`: a conversation in the terminal, through the same desk as every channel."""

import json
import secrets
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from bot.cli.lines import lines_of_input
from bot.cli.opening import demo_mark, opened
from bot.cli.options import INSTANT
from bot.clinic import read_directory
from bot.desk import Desk
from bot.messages import Address, Channel, Choice, ChoiceKind, Content, InboundMessage
from bot.speaking import Handled
from core import clock, logs
from core.clock import Clock
from core.config import read_settings
from core.database.connect import Database
from core.demo_clock import clock_of
from core.errors import ClinicError
from core.phone import to_e164

WEEK = 7
RECIPIENT = "terminal"  # What the terminal calls our side.
# Who one is on a demo when nothing is said: the same each time, so that one is known.
DEMO_ADDRESSES = {
    Channel.SMS: "+14155550123",
    Channel.WHATSAPP: "+14155550123",
    Channel.TELEGRAM: "1000001",
    Channel.WEB: "terminal",
}


class NotADemo(ClinicError):  # noqa: N818
    """Who one is, and what time it is, may be chosen on a demo only."""


@click.command()
@click.option("--channel", type=click.Choice([one.value for one in Channel]), default="web")
@click.option("--from", "sender", metavar="ADDRESS", help="A number (+1415...) or a chat id.")
@click.option("--now", type=INSTANT, metavar="ISO", help="Fix the clock at that moment.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a message.")
@click.option("--transcript", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
def chat(
    channel: str, sender: str | None, now: datetime | None, as_json: bool, transcript: Path | None
) -> None:
    """Talk to the clinic: one message a line, until the end of the input.

    {"button": VALUE} presses a button. Nothing reaches a provider.
    """
    logs.configure(read_settings().log_level)
    with opened() as database:
        address = _address(database, Channel(channel), sender)
        desk = Desk(database, _clock(database, now))
        lines: list[str] = []
        for line in _lines(interactive=not as_json and sys.stdin.isatty()):
            handled = desk.receive(_message(line, address))
            lines += _as_transcript(line, handled)
            if as_json:
                click.echo(json.dumps(_as_dict(line, handled), ensure_ascii=False))
                sys.stdout.flush()
            else:
                _print(handled)
        if transcript:
            transcript.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _address(database: Database, channel: Channel, sender: str | None) -> Address:
    with database.reading() as connection:
        is_demo = bool(demo_mark(connection))
        country = read_directory(connection).country
    if sender is None:
        if is_demo:
            return Address(channel, DEMO_ADDRESSES[channel])
        if channel is not Channel.WEB:
            raise NotADemo("only a demo lets you choose a channel; leave --channel out")
        return Address(channel, secrets.token_urlsafe(16))
    if not is_demo:
        raise NotADemo("only a demo lets you choose who you are; leave --from out")
    if channel in (Channel.SMS, Channel.WHATSAPP):
        number = to_e164(sender, country)
        if number is None:
            raise click.BadParameter(f"expected a number such as +14155550123, got {sender!r}")
        return Address(channel, number)
    return Address(channel, sender)


def _clock(database: Database, now: datetime | None) -> Clock:
    if now is None:
        return clock_of(database)
    with database.reading() as connection:
        if not demo_mark(connection):
            raise NotADemo("only a demo lets you move the clock; leave --now out")
        zone = read_directory(connection).locations[0].zone
    fixed = clock.instant(now if now.tzinfo else now.replace(tzinfo=zone))
    return lambda: fixed


def _lines(*, interactive: bool) -> Iterator[str]:
    if not interactive:
        yield from lines_of_input()
        return
    while True:
        try:
            yield click.prompt(">", prompt_suffix=" ", default="", show_default=False)
        except click.Abort:
            click.echo()
            return


def _message(line: str, address: Address) -> InboundMessage:
    button = _button(line)
    return InboundMessage(
        provider_id=secrets.token_urlsafe(16),
        sender=address,
        recipient=RECIPIENT,
        text=line if button is None else button,
        content=Content.TEXT if button is None else Content.BUTTON,
        simulated=True,
    )


def _button(line: str) -> str | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return str(data["button"]) if isinstance(data, dict) and set(data) == {"button"} else None


def _as_dict(line: str, handled: Handled) -> dict[str, object]:
    return {
        "in": line,
        "replies": [
            {
                "text": reply.text,
                "choices": [
                    {"label": choice.label, "value": choice.value}
                    | ({"kind": choice.kind.value} if choice.kind else {})
                    for choice in reply.choices
                ],
            }
            for reply in handled.replies
        ],
        "task": handled.task,
        "asked": handled.asked,
        "events": [happened.as_dict() for happened in handled.happened],
    }


def _print(handled: Handled) -> None:
    for reply in handled.replies:
        click.echo(reply.text)
        for labels in _rows(reply.choices):
            if not all(label in reply.text for label in labels):
                click.echo("  ".join(f"[{label}]" for label in labels))


def _as_transcript(line: str, handled: Handled) -> list[str]:
    """The form of tests/dialogues: "> " what was said, "< " what was answered."""
    lines = [f"> {line}"]
    for reply in handled.replies:
        lines += [f"< {part}" for part in reply.text.splitlines()]
        rows = ("".join(f" [{label}]" for label in labels) for labels in _rows(reply.choices))
        lines += [f"<{row}" for row in rows]
    return lines


def _rows(choices: tuple[Choice, ...]) -> list[list[str]]:
    """Return the labels as they stand: in one row, or a calendar's seven to a row."""
    labels = [choice.label for choice in choices]
    is_calendar = any(choice.kind is ChoiceKind.DAY for choice in choices)
    width = WEEK if is_calendar else max(len(labels), 1)
    return [labels[start : start + width] for start in range(0, len(labels), width)]
