"""The `frontdesk serve` command: gunicorn, told everything here and by the environment."""

import logging
import threading
from collections.abc import Callable

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import SQLAlchemyError

import core.clock
from bot.desk import Desk
from bot.phrases import languages
from bot.reminders import own_addresses
from bot.understanding.tongue import prepare
from bot.upkeep import Watch
from core import logs
from core.config import ConfigurationError, Settings, open_database, read_settings
from core.database.connect import Database
from core.database.migrate import is_current
from core.demo_clock import clock_of
from core.errors import ClinicError
from webhooks.app import create_app

logger = logging.getLogger("frontdesk.serve")

WORKERS, THREADS = 2, 8
# A worker that is told to stop may still wait for a provider that is slow to answer.
GRACEFUL_SECONDS = 45
LOOK_SECONDS = 60.0


@click.command()
@click.option("--with-worker", is_flag=True, help="Run the worker too, in this one process.")
@click.option("--poll-telegram", is_flag=True, help="Ask Telegram for updates; no webhook needed.")
@click.option("--workers", type=click.IntRange(1, 64), help=f"Processes (default {WORKERS}).")
@click.option("--threads", type=click.IntRange(1, 64), default=THREADS, show_default=True)
def serve(with_worker: bool, poll_telegram: bool, workers: int | None, threads: int) -> None:
    """Answer Twilio, Telegram and the web chat over HTTP."""
    if with_worker and workers not in (None, 1):
        raise click.UsageError("--with-worker is for one process; run `frontdesk worker` beside it")
    try:
        settings = read_settings()
        logs.configure(settings.log_level)
        check(settings)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    except SQLAlchemyError as error:
        raise click.ClickException("the database of DATABASE_URL cannot be reached") from error
    if poll_telegram and not settings.telegram_on:
        raise click.ClickException("--poll-telegram needs TELEGRAM_BOT_TOKEN")
    processes = 1 if with_worker else workers or WORKERS
    Server(settings, processes, threads, with_worker, poll_telegram).run()


def check(settings: Settings) -> None:
    """Look at what would otherwise fail at the first message.

    Raises ConfigurationError, ClickException when the database is not migrated.
    """
    # Without keys first: on a new database it is the migration that comes first.
    database = open_database(settings, needs_keys=False)
    try:
        with database.reading() as connection:
            if not is_current(connection):
                raise click.ClickException("the database is not migrated: run `frontdesk migrate`")
    finally:
        database.dispose()
    open_database(settings).dispose()


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn without a configuration file. All that is opened is opened after the fork."""

    def __init__(
        self,
        settings: Settings,
        processes: int,
        threads: int,
        with_worker: bool,
        poll_telegram: bool,
    ) -> None:
        self._settings = settings
        self._options = {
            "bind": f"{settings.host}:{settings.port}",
            "workers": processes,
            "worker_class": "gthread",
            "threads": threads,
            "graceful_timeout": GRACEFUL_SECONDS,
            "loglevel": settings.log_level.lower(),
            "control_socket_disable": True,  # It would be written into the home folder.
            "worker_exit": lambda _arbiter, _worker: self._close(),
        }
        self._with_worker = with_worker
        self._poll_telegram = poll_telegram
        prepare(languages())  # Before the fork: read once, and shared by all processes.
        self._to_stop: list[Callable[[], None]] = []
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Once in each process, after the fork."""
        settings = self._settings
        database = open_database(settings)
        clock = clock_of(database)
        self._to_stop.append(database.dispose)
        desk = Desk(database, clock)
        desk.prepare()
        if self._poll_telegram:
            from webhooks import polling

            stop = polling.start_in_background(settings, database, desk.receive, clock)
            self._to_stop.append(stop)
        if self._with_worker:
            from bot import worker

            self._to_stop.append(worker.start_in_background(database, settings, clock))
        self._to_stop.append(watch_workers(settings, database))
        return create_app(settings, database, clock=clock, desk=desk)

    def _close(self) -> None:
        while self._to_stop:
            self._to_stop.pop()()  # What was opened last is closed first.


def watch_workers(settings: Settings, database: Database) -> Callable[[], None]:
    """Look once a minute whether the ticks run, and tell staff where they do not: no dead worker
    could. Returns what stops it."""
    stopping = threading.Event()
    upkeep = Watch(database, core.clock.now, own_addresses(settings))

    def watch() -> None:
        while not stopping.wait(LOOK_SECONDS):
            try:
                upkeep.look()
            except (SQLAlchemyError, ClinicError):
                logger.exception("could not look after the worker")

    thread = threading.Thread(target=watch, name="watch-workers", daemon=True)
    thread.start()

    def stop() -> None:
        stopping.set()
        thread.join()

    return stop
