"""`frontdesk simulate`: stand-ins for the world outside, for whoever works on an integration.

The simulator is what the tests run against, and stands with them in `tests/providers/`, so that
one set of rules serves both. It is no part of what is installed (it checks requests with jsonschema
against the providers' own descriptions, which a clinic has no use for): the command works from a
checkout, and says so elsewhere. It is found by its name, so that nothing here imports the tests.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import click

CHECKOUT = Path(__file__).parents[2]
SIMULATOR = "tests.providers.running"
HIGHEST_FIRST_PORT = 65_533  # Three ports in a row are used.


@click.group()
def simulate() -> None:
    """Stand-ins for the world outside."""


@simulate.command()
@click.option(
    "--port",
    type=click.IntRange(0, HIGHEST_FIRST_PORT),
    default=4010,
    show_default=True,
    help="The first of three: Twilio, Telegram, the page. 0 takes any that are free.",
)
@click.option(
    "--desk",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="Where `frontdesk serve` listens: webhooks go there.",
)
def providers(port: int, desk: str) -> None:
    """Run Twilio and Telegram on this machine, with phones and a ledger in a page."""
    if not desk.startswith(("http://", "https://")):
        raise click.BadParameter("expected an address such as http://127.0.0.1:8000")
    running = _simulator()
    try:
        with _stop_signals() as stopping:
            running.run(desk, port, stopping, click.echo)
    except OSError as error:
        ports = f"ports {port} to {port + 2}" if port else "the ports"
        raise click.ClickException(
            f"{ports} can't be used ({error.strerror}); set --port to others"
        ) from error


def _simulator() -> Any:
    place = CHECKOUT.joinpath(*SIMULATOR.split(".")).with_suffix(".py")
    if not place.exists():
        raise click.ClickException(
            "the simulator is not part of what is installed: run this in a checkout of the source, "
            "after `make setup`"
        )
    if str(CHECKOUT) not in sys.path:
        sys.path.insert(0, str(CHECKOUT))
    try:
        return import_module(SIMULATOR)
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"the simulator needs {error.name}: `make setup` installs what is missing"
        ) from error


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that is set by Ctrl-C, and by SIGTERM."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
