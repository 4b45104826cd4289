"""How a command ends: its exit code, and what it says where it cannot do its work."""

import subprocess
import sys

import click
import pytest
from sqlalchemy import select

from bot.cli import frontdesk
from core.database.connect import Database
from core.models import appointments
from tests.bot.cli.conftest import Run

SUNDAY = "2026-11-29T09:00"


@pytest.mark.parametrize("name", ["", *frontdesk.list_commands(click.Context(frontdesk))])
def test_every_command_answers_help(run: Run, name: str) -> None:
    ran = run(*([name] if name else []), "--help")
    assert ran.code == 0
    assert ran.out.startswith("Usage: frontdesk")


@pytest.mark.parametrize(
    "call",
    [
        ["fly"],
        ["chat", "--channel", "fax"],
        ["chat", "--now", "tomorrow"],
        ["slots", "--days", "0"],
        ["slots", "--part-of-day", "noon"],
        ["slots", "--from", "tomorrow"],
        ["setup"],
        ["telegram", "webhook", "dance"],
        ["worker", "--twice"],
        ["reach", "--date", "tomorrow"],
        ["waitlist", "--days", "0"],
        ["daysheet"],
        ["daysheet", "--to", "sheets", "--location", "Nowhere"],
        ["daysheet", "--to", "sheets", "--date", "2026-11-23", "--tomorrow"],
    ],
)
def test_a_wrong_call_exits_two(on_demo: Run, call: list[str]) -> None:
    ran = on_demo(*call)
    assert ran.code == 2
    assert "Error: " in ran.err
    assert ran.out == ""


NEEDING_A_DATABASE = [
    ["chat"],
    ["slots"],
    ["understand", "--database"],
    ["setup", "demo"],
    ["worker", "--once"],
    ["serve"],
    ["reach"],
    ["waitlist"],
    ["daysheet", "--to", "sheets"],
]


@pytest.mark.parametrize("call", NEEDING_A_DATABASE, ids=lambda call: call[0])
def test_on_a_database_that_is_not_migrated_it_names_the_command(
    empty: Run, call: list[str]
) -> None:
    ran = empty(*call)
    assert ran.code == 1
    [line] = ran.err.splitlines()
    assert "`frontdesk migrate`" in line


@pytest.mark.parametrize(
    "call", [["chat"], ["slots"], ["worker", "--once"]], ids=lambda call: call[0]
)
def test_on_a_database_without_a_clinic_it_names_setup(migrated: Run, call: list[str]) -> None:
    ran = migrated(*call)
    assert ran.code == 1
    assert "`frontdesk setup`" in ran.err


@pytest.mark.parametrize("call", [*NEEDING_A_DATABASE, ["migrate"]], ids=lambda call: call[0])
def test_a_database_that_cannot_be_reached_is_one_clear_line(
    run: Run, call: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@/nothing?host=/nonexistent")
    ran = run(*call)
    assert ran.code == 1
    [line] = ran.err.splitlines()
    assert "DATABASE_URL" in line


@pytest.mark.parametrize("call", [["chat"], ["slots"], ["migrate"], ["worker", "--once"]])
def test_wrong_settings_are_all_named(
    run: Run, call: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    ran = run(*call)
    assert ran.code == 1
    assert [line.split(":")[1].strip() for line in ran.err.splitlines()] == ["LOG_LEVEL", "PORT"]


def test_a_traceback_is_shown_with_debug_only(empty: Run) -> None:
    assert "Traceback" not in empty("slots").err
    script = [sys.executable, "-m", "bot", "slots", "--debug"]
    ended = subprocess.run(script, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr
    assert "NotMigrated" in ended.stderr


def test_python_m_bot_is_the_same(on_demo: Run) -> None:
    script = [sys.executable, "-m", "bot", "slots", "--earliest", "--json", "--now", SUNDAY]
    ended = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == on_demo(*script[3:]).out


def test_a_reader_that_has_seen_enough_is_no_error(on_demo: Run) -> None:
    assert on_demo("slots", "--earliest").code == 0  # Also sets DATABASE_URL for the shell.
    line = f"{sys.executable} -m bot slots --days 90 | head -n 1"
    ended = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    assert len(ended.stdout.splitlines()) == 1


def test_nothing_was_booked_by_looking(on_demo: Run, demo: Database) -> None:
    for call in (["slots"], ["check"], ["understand"]):
        on_demo(*call)
    with demo.reading() as connection:
        assert connection.execute(select(appointments)).all() == []
