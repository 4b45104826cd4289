"""`frontdesk simulate providers`: started, asked, stopped."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from bot.cli import simulate
from core.config import Settings
from tests.bot.cli.conftest import Run

COMMAND = [sys.executable, "-m", "bot", "simulate", "providers"]
ROOT = Path(__file__).parents[3]


@contextmanager
def running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and what it printed when it was ready."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [*COMMAND, *options], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    try:
        yield process, "".join(lines)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_what_to_set_serves_its_page_and_stops_cleanly(number: signal.Signals) -> None:
    with running("--port", "0", "--desk", "http://127.0.0.1:8123") as (process, printed):
        exported = dict(re.findall(r"^export (\w+)=(.+)$", printed, re.MULTILINE))
        settings = Settings(**{name.lower(): text for name, text in exported.items()})
        assert settings.public_url == "http://127.0.0.1:8123"
        assert settings.twilio_on
        assert settings.telegram_on
        [page] = re.findall(r"ledger: (\S+)", printed)
        assert "Simulated providers" in requests.get(page, timeout=5).text
        asked = f"{settings.telegram_api_base}/bot{settings.telegram_bot_token}/getMe"
        assert requests.get(asked, timeout=5).json()["ok"] is True
        process.send_signal(number)
        assert process.wait(10) == 0


def test_a_port_that_somebody_has_is_one_clear_line(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = run("simulate", "providers", "--port", str(min(taken.getsockname()[1], 65_533)))
    assert ran.code == 1
    assert "--port" in ran.err


def test_an_address_that_is_none_is_a_wrong_call(run: Run) -> None:
    assert run("simulate", "providers", "--desk", "here").code == 2


def test_outside_of_a_checkout_it_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(simulate, "CHECKOUT", tmp_path)
    ran = run("simulate", "providers")
    assert ran.code == 1
    assert "checkout" in ran.err


def test_what_is_not_installed_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise ModuleNotFoundError(name="jsonschema")

    monkeypatch.setattr(simulate, "import_module", missing)
    ran = run("simulate", "providers")
    assert ran.code == 1
    assert "jsonschema" in ran.err
    assert "make setup" in ran.err
