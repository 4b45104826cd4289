"""`frontdesk serve` as a process: when it refuses to start, and what it does when it runs."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.upkeep import TICKS, Watch, is_worker_silent, overdue
from core import clock
from core.config import Settings
from core.database.connect import Database
from core.database.migrate import upgrade
from core.keys import Keyring
from core.messaging import ticks
from core.messaging.tasks import open_tasks
from tests.bot.test_worker import until
from tests.builders import a_clinic
from tests.core.messaging.waiting import a_waiting_message, status
from webhooks import server

ROOT = Path(__file__).parents[2]
START = "from webhooks.server import serve; serve()"


@pytest.fixture
def migrated(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A demo database, as `frontdesk migrate` and `setup demo` leave it."""
    shutil.copyfile(sqlite_template, tmp_path / "served.db")
    database = Database(f"sqlite:///{tmp_path / 'served.db'}", Keyring.demo())
    with database.transaction() as connection:
        a_clinic(connection)
    yield database
    database.dispose()


def command(database_url: str, *options: str, **environment: str) -> "subprocess.Popen[str]":
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    given = {"DATABASE_URL": database_url, "PORT": "0", **environment}
    return subprocess.Popen(
        [sys.executable, "-c", START, *options],
        cwd=ROOT,
        env=clean | given,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def refused(database_url: str, *options: str, **environment: str) -> tuple[int, str]:
    process = command(database_url, *options, **environment)
    _, error = process.communicate(timeout=30)
    return process.returncode, error


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


@contextmanager
def served(database: Database, *options: str) -> Iterator[str]:
    """The address at which it listens; ended by SIGTERM, which must end it well."""
    process = command(url_of(database), *options)
    assert process.stderr is not None
    lines = []
    try:
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r"Listening at: (\S+)", line):
                break
        else:
            raise AssertionError("".join(lines))
        yield found[1]
    finally:
        process.send_signal(signal.SIGTERM)
        _, error = process.communicate(timeout=30)
    assert process.returncode == 0, error
    assert "Traceback" not in error


def get(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_database_that_is_not_migrated_names_the_command(tmp_path: Path) -> None:
    code, error = refused(f"sqlite:///{tmp_path / 'new.db'}")
    assert (code, error) == (1, "Error: the database is not migrated: run `frontdesk migrate`\n")


def test_without_keys_it_serves_no_database_but_a_demo(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'real.db'}", Keyring.demo())
    upgrade(database)
    database.dispose()
    code, error = refused(url_of(database))
    assert code == 1
    assert "SECRET_KEY: expected" in error
    assert "ENCRYPTION_KEY: expected" in error
    assert "Traceback" not in error


def test_wrong_settings_are_all_named(migrated: Database) -> None:
    code, error = refused(url_of(migrated), TWILIO_SMS_FROM="12", LOG_LEVEL="loud")
    assert code == 1
    assert "TWILIO_SMS_FROM" in error
    assert "LOG_LEVEL" in error


def test_a_database_that_cannot_be_reached_is_said_in_one_line() -> None:
    code, error = refused("postgresql://nobody@/nothing?host=/nonexistent")
    assert (code, error) == (1, "Error: the database of DATABASE_URL cannot be reached\n")


def test_polling_needs_a_bot_and_a_worker_inside_needs_one_process(migrated: Database) -> None:
    code, error = refused(url_of(migrated), "--poll-telegram")
    assert (code, error) == (1, "Error: --poll-telegram needs TELEGRAM_BOT_TOKEN\n")
    code, error = refused(url_of(migrated), "--with-worker", "--workers", "2")
    assert (code, "--with-worker is for one process" in error) == (2, True)


def test_it_serves_and_ends_when_told(migrated: Database) -> None:
    with served(migrated) as address:
        assert [get(f"{address}/{path}") for path in ("healthz", "readyz", "chat", "no")] == [
            200,
            200,
            200,
            404,
        ]


def test_with_worker_it_sends_too(migrated: Database) -> None:
    with migrated.transaction() as connection:
        message_id = a_waiting_message(connection, channel="web", due_at=clock.now())
    with served(migrated, "--with-worker") as address:
        assert get(f"{address}/healthz") == 200
        deadline = time.monotonic() + 15
        while status(migrated, message_id) != "delivered":
            assert time.monotonic() < deadline
            time.sleep(0.05)
    with migrated.reading() as connection:
        assert not is_worker_silent(overdue(connection, datetime.now(UTC)))


def test_the_web_process_tells_staff_that_no_worker_runs(
    migrated: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else could: a worker that is dead raises no alarm."""
    monkeypatch.setattr(server, "LOOK_SECONDS", 0.01)
    long_ago = clock.now() - timedelta(hours=1)
    with migrated.transaction() as connection:
        for name in TICKS:
            ticks.record(connection, name=name, ran_at=long_ago, handled=0)
    stop = watched_since(long_ago, migrated, monkeypatch)
    try:
        until(lambda: waiting_tasks(migrated) == ["upkeep"])
        with migrated.transaction() as connection:
            for name in TICKS:
                ticks.record(connection, name=name, ran_at=clock.now(), handled=0)
        until(lambda: waiting_tasks(migrated) == [])
    finally:
        stop()


def watched_since(
    begun: datetime, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Looked after by a process that began then."""
    with monkeypatch.context() as then:
        then.setattr(clock, "now", lambda: begun)
        watch = Watch(database, lambda: clock.now(), {})
    monkeypatch.setattr(server, "Watch", lambda *_: watch)
    return server.watch_workers(Settings(), database)


def waiting_tasks(database: Database) -> list[str]:
    with database.reading() as connection:
        return [str(task.kind) for task in open_tasks(connection)]
