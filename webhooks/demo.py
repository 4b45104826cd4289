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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

import core.clock
from bot.crash import BOOK, ORDER, WORKER, Keeper, bury
from core.config import INSTANCE, ConfigurationError, Settings, read_settings
from core.database.connect import Database
from core.database.migrate import upgrade
from core.demo_clock import clock_of
from core.keys import Keyring
from core.setup.demo import set_up_demo
from core.setup.history import add_history

DEMO_FILE = INSTANCE / "demo.db"
BESIDE_IT = ("", "-wal", "-shm", ".lock", ".turnstile", BOOK, WORKER, ORDER)
# The keys of a demo are published, and its providers are none.
NOT_FOR_A_DEMO = ("TWILIO_", "TELEGRAM_", "SECRET_KEY", "ENCRYPTION_KEY", "PUBLIC_URL")
ANYWHERE = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104
START_SECONDS = 30.0
STOP_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.2
WORKER_COMMAND = "worker"
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
    with stop_signals() as stopping:
        code = keep_open(settings, port, stopping)
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
    """Make the made-up clinic with its made-up history, and its provider's book; what is there
    already stays."""
    database = Database(database_url, Keyring.demo())
    try:
        upgrade(database)
        now = core.clock.now()
        set_up_demo(database, now)
        add_history(database, now)
        Keeper(database).book.open()
    finally:
        database.dispose()


def keep_open(settings: Settings, port: int, stopping: threading.Event) -> int:
    """Run the clinic's web and worker; returns as `run` does."""
    environment = child_environment(settings, port)
    commands = [[sys.executable, "-m", "bot", name] for name in ("serve", WORKER_COMMAND)]
    host = ANYWHERE.get(settings.host, settings.host)
    with worker_kept(settings.database_url) as worker_started:
        return run(commands, environment, host, port, stopping, worker_started)


# Called with the process id of a new worker, and that of the dead one it stands in for, or None.
WorkerStarted = Callable[[int, int | None], None]


@contextmanager
def worker_kept(database_url: str) -> Iterator[WorkerStarted]:
    """Say beside the database which process its worker is, for as long as somebody would start a
    new one in its place."""
    database = Database(database_url, Keyring.demo())
    keeper = Keeper(database)

    def worker_started(process_id: int, dead: int | None) -> None:
        if dead is not None:
            bury(database, dead, now=clock_of(database)())
        keeper.keep(process_id)

    try:
        yield worker_started
    finally:
        keeper.leave()
        database.dispose()


def run(
    commands: Sequence[Sequence[str]],
    environment: Mapping[str, str],
    host: str,
    port: int,
    stopping: threading.Event,
    worker_started: WorkerStarted = lambda _new, _dead: None,
) -> int:
    """Run the commands until we are told to stop (0) or one of them ends by itself (1). A worker
    that is killed is no reason to end: a new one takes its place."""
    children = Children(commands, environment, worker_started)
    try:
        children.start()
        return _watch(children, host, port, stopping)
    finally:
        _stop(children.running)


class Children:
    """The processes of a demo, one for each command."""

    def __init__(
        self,
        commands: Sequence[Sequence[str]],
        environment: Mapping[str, str],
        worker_started: WorkerStarted,
    ) -> None:
        self._commands = commands
        self._environment = environment
        self._worker_started = worker_started
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def running(self) -> list[subprocess.Popen[bytes]]:
        return list(self._running.values())

    def start(self) -> None:
        for place in range(len(self._commands)):
            self._start(place, dead=None)

    def look(self) -> str | None:
        """Return what has ended by itself, in words; replace a worker that was killed."""
        for place, child in list(self._running.items()):
            name, code = self._commands[place][-1], child.poll()
            if code == -signal.SIGKILL and name == WORKER_COMMAND:
                click.echo("The worker was killed. A new one starts.")
                self._start(place, dead=child.pid)
            elif code is not None:
                return f"{name} ended by itself (exit code {code})"
        return None

    def _start(self, place: int, *, dead: int | None) -> None:
        command = self._commands[place]
        # In sessions of their own: Ctrl-C reaches us alone, and we tell them.
        child = subprocess.Popen(command, env=self._environment, start_new_session=True)  # noqa: S603
        self._running[place] = child
        if command[-1] == WORKER_COMMAND:
            self._worker_started(child.pid, dead)


def _watch(children: Children, host: str, port: int, stopping: threading.Event) -> int:
    is_open = False
    give_up_at = time.monotonic() + START_SECONDS
    while not stopping.wait(LOOK_EVERY_SECONDS):
        if (ended := children.look()) is not None:
            click.echo(f"Error: {ended}", err=True)
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
