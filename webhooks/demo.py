"""The `frontdesk demo` command: a made-up clinic, its web and its worker, and where to look.

Whatever `DATABASE_URL` says, the demo has a database of its own. Nothing of it reaches a provider:
web and worker are started without any provider's variables.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

import core.clock
from core.config import INSTANCE, ConfigurationError, Settings, read_settings
from core.database.connect import Database
from core.database.migrate import upgrade
from core.keys import Keyring
from core.setup.demo import set_up_demo
from core.setup.history import add_history

DEMO_FILE = INSTANCE / "demo.db"
BESIDE_IT = ("", "-wal", "-shm", ".lock", ".turnstile")
# The keys of a demo are published, and its providers are none.
NOT_FOR_A_DEMO = ("TWILIO_", "TELEGRAM_", "SECRET_KEY", "ENCRYPTION_KEY", "PUBLIC_URL")
ANYWHERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104
START_SECONDS = 30.0
STOP_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command()
@click.option("--fresh", is_flag=True, envvar="FRESH", help="Forget what was booked: begin anew.")
def demo(fresh: bool) -> None:
    """Run a made-up clinic to try everything on, in the browser."""
    try:
        settings = demo_settings()
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    port = free_port(settings)
    if fresh:
        forget(DEMO_FILE)
    prepare(settings.database_url)
    environment = child_environment(settings, port)
    commands = [[sys.executable, "-m", "bot", name] for name in ("serve", "worker")]
    host = ANYWHERE.get(settings.host, settings.host)
    with stop_signals() as stopping:
        code = run(commands, environment, host, port, stopping)
    if code:
        raise click.exceptions.Exit(code)


def demo_settings() -> Settings:
    """The settings of the environment, but of the demo's database and without providers.

    Raises ConfigurationError.
    """
    absent = dict.fromkeys(name for name in Settings.model_fields if _is_for_a_real_clinic(name))
    return read_settings(database_url=f"sqlite:///{DEMO_FILE}", **absent)


def free_port(settings: Settings) -> int:
    """Return the port to serve on; raises ClickException when somebody else has it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise click.ClickException(
                f"port {settings.port} on {settings.host} can't be used ({error.strerror}); "
                "set PORT to another one, such as PORT=8123"
            ) from error
        port: int = probe.getsockname()[1]
    return port


def forget(file: Path) -> None:
    for ending in BESIDE_IT:
        file.with_name(file.name + ending).unlink(missing_ok=True)


def prepare(database_url: str) -> None:
    """Make the made-up clinic with its made-up history; what is there already stays."""
    database = Database(database_url, Keyring.demo())
    try:
        upgrade(database)
        now = core.clock.now()
        set_up_demo(database, now)
        add_history(database, now)
    finally:
        database.dispose()


def run(
    commands: Sequence[Sequence[str]],
    environment: Mapping[str, str],
    host: str,
    port: int,
    stopping: threading.Event,
) -> int:
    """Run the commands until we are told to stop (0) or one of them ends by itself (1)."""
    children: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            # In sessions of their own: Ctrl-C reaches us alone, and we tell them.
            child = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603
            children.append(child)
        return _watch(commands, children, host, port, stopping)
    finally:
        _stop(children)


def _watch(
    commands: Sequence[Sequence[str]],
    children: Sequence[subprocess.Popen[bytes]],
    host: str,
    port: int,
    stopping: threading.Event,
) -> int:
    is_open = False
    give_up_at = time.monotonic() + START_SECONDS
    while not stopping.wait(LOOK_EVERY_SECONDS):
        for command, child in zip(commands, children, strict=True):
            if (code := child.poll()) is not None:
                click.echo(f"Error: {command[-1]} ended by itself (exit code {code})", err=True)
                return 1
        if not is_open and (is_open := is_healthy(host, port)):
            click.echo(welcome(host, port))
        if not is_open and time.monotonic() > give_up_at:
            click.echo(f"Error: no answer on port {port} for {START_SECONDS:.0f} s", err=True)
            return 1
    return 0


def is_healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def welcome(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    lines = (
        "Harbor Health is open. It is made up; nothing reaches a real phone.",
        "",
        f"Open http://{shown}:{port}/chat",
        "",
        "Ctrl-C stops it. FRESH=1 begins anew.",
    )
    width = max(len(line) for line in lines)
    edge = "─" * (width + 4)
    body = [f"│  {line:<{width}}  │" for line in lines]
    return "\n".join((f"\n╭{edge}╮", *body, f"╰{edge}╯\n"))


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that is set when somebody wants us to stop."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, stop) for number in SIGNALS}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    give_up_at = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, give_up_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def child_environment(settings: Settings, port: int) -> dict[str, str]:
    """What web and worker see: the same, as variables."""
    # The one look at the environment beside core/config.py: children inherit all the rest of it.
    kept = {key: value for key, value in os.environ.items() if not _is_for_a_real_clinic(key)}
    return kept | {
        "DATABASE_URL": settings.database_url,
        "HOST": settings.host,
        "PORT": str(port),
        "PYTHONUNBUFFERED": "1",
    }


def _is_for_a_real_clinic(variable: str) -> bool:
    return variable.upper().startswith(NOT_FOR_A_DEMO)
