"""`frontdesk demo`: its database, its two processes, and how it ends."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from core.config import Settings
from core.database.connect import Database
from core.database.marks import is_demo
from core.keys import Keyring
from core.models import appointments, organizations
from webhooks import demo

FOREVER = [sys.executable, "-c", "import time; time.sleep(60)"]
HEALTHY = [
    sys.executable,
    "-c",
    """
import http.server, os
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Health).serve_forever()
""",
]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found


@pytest.fixture
def environment(port: int) -> dict[str, str]:
    return {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}


@contextmanager
def set_after(event: threading.Event, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, event.set)
    timer.start()
    yield
    timer.cancel()
    timer.join()


def test_the_demo_is_a_clinic_with_a_history(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    demo.prepare(url)
    assert is_demo(url)
    database = Database(url, Keyring.demo())
    with database.reading() as connection:
        assert connection.scalar(select(organizations.c.name)) == "Harbor Health"
        visits = connection.scalar(select(func.count()).select_from(appointments))
    assert visits
    demo.prepare(url)
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(appointments)) == visits
    database.dispose()


def test_beginning_anew_forgets_every_file(tmp_path: Path) -> None:
    file = tmp_path / "demo.db"
    for name in (
        "demo.db",
        "demo.db-wal",
        "demo.db-shm",
        "demo.db.lock",
        "demo.db.turnstile",
        "demo.db.book",
        "demo.db.worker",
        "demo.db.order",
        "frontdesk.db",
    ):
        (tmp_path / name).touch()
    demo.forget(file)
    demo.forget(file)
    assert [left.name for left in tmp_path.iterdir()] == ["frontdesk.db"]


def test_a_port_in_use_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        result = CliRunner().invoke(demo.demo)
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert str(port) in result.stderr
    assert "set PORT" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_any_port_means_a_free_one() -> None:
    assert demo.free_port(Settings(port=0)) > 0


def test_the_children_know_no_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "half a configuration")
    monkeypatch.setenv("DATABASE_URL", "postgresql://real.example/clinic")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    given = demo.child_environment(demo.demo_settings(), 8123)
    assert given["DATABASE_URL"] == "sqlite:///instance/demo.db"
    assert given["PORT"] == "8123"
    assert given["LOG_LEVEL"] == "DEBUG"
    assert not any(key.startswith(("TWILIO", "TELEGRAM")) for key in given)


def test_it_says_where_to_look_and_stops_when_told(
    port: int, environment: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    stopping = threading.Event()
    with set_after(stopping, 2):
        code = demo.run([HEALTHY, FOREVER], environment, "127.0.0.1", port, stopping)
    assert code == 0
    assert f"Open http://127.0.0.1:{port}/chat" in capfd.readouterr().out


def test_it_ends_when_one_of_them_dies(
    port: int, environment: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    dying = [sys.executable, "-c", "print('my last words'); raise SystemExit(3)"]
    began = time.monotonic()
    code = demo.run([FOREVER, dying], environment, "127.0.0.1", port, threading.Event())
    assert code == 1
    assert time.monotonic() - began < 15
    told = capfd.readouterr()
    assert "my last words" in told.out
    assert "exit code 3" in told.err


def test_a_worker_that_is_killed_is_replaced_and_nothing_else_is(
    port: int, environment: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    started: list[tuple[int, int | None]] = []
    stopping = threading.Event()

    def worker_started(process_id: int, dead: int | None) -> None:
        started.append((process_id, dead))
        if len(started) < 3:
            os.kill(process_id, signal.SIGKILL)
        else:
            stopping.set()

    worker = [*FOREVER, demo.WORKER_COMMAND]
    assert demo.run([worker], environment, "127.0.0.1", port, stopping, worker_started) == 0
    (first, none), (second, dead), (_, dead_too) = started
    assert (none, dead, dead_too) == (None, first, second)
    assert capfd.readouterr().out.count("The worker was killed. A new one starts.") == 2
    killed = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    assert demo.run([killed], environment, "127.0.0.1", port, threading.Event()) == 1
    assert "exit code -9" in capfd.readouterr().err


@pytest.mark.parametrize("number", demo.SIGNALS)
def test_a_signal_asks_it_to_stop(number: signal.Signals) -> None:
    with demo.stop_signals() as stopping:
        os.kill(os.getpid(), number)
        assert stopping.wait(5)
    assert signal.getsignal(number) is not None


def test_one_who_does_not_listen_is_killed(
    monkeypatch: pytest.MonkeyPatch, port: int, environment: dict[str, str]
) -> None:
    monkeypatch.setattr(demo, "STOP_SECONDS", 0.5)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    stopping = threading.Event()
    with set_after(stopping, 1):
        code = demo.run([[sys.executable, "-c", deaf]], environment, "127.0.0.1", port, stopping)
    assert code == 0


def test_the_box_is_even() -> None:
    lines = demo.welcome("::1", 8000).strip().splitlines()
    assert len({len(line) for line in lines}) == 1
    assert any("http://[::1]:8000/chat" in line for line in lines)


def test_it_helps() -> None:
    result = CliRunner().invoke(demo.demo, ["--help"])
    assert result.exit_code == 0
    assert "--fresh" in result.output
    assert isinstance(demo.demo, click.Command)
