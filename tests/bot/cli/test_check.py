"""`frontdesk check`: what there is, and what is missing."""

from pathlib import Path

import pytest
from sqlalchemy import update

from core.config import read_settings
from core.database.connect import Database
from core.models import organizations
from tests.bot.cli.conftest import Run, url_of


def test_check_says_what_there_is_and_exits_zero_on_a_demo(on_demo: Run) -> None:
    ran = on_demo("check")
    assert ran.code == 0
    assert "clinic: a demo" in ran.out
    assert "7 practitioners" in ran.out
    assert "SMS and WhatsApp: TWILIO_ACCOUNT_SID is not set" in ran.out
    assert "WRONG" not in ran.out


def test_check_fails_where_something_needed_is_missing(
    on_demo: Run, empty: Run, demo: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = empty("check")
    assert ran.code == 1
    assert "frontdesk migrate" in ran.out
    monkeypatch.setenv("DATABASE_URL", url_of(demo))
    with demo.transaction() as connection:
        connection.execute(update(organizations).values(is_demo=False))
    ran = on_demo("check")
    assert ran.code == 1
    assert "SECRET_KEY" in ran.out
    assert "ENCRYPTION_KEY" in ran.out


def test_check_misses_a_clinic_a_guard_and_a_database(
    migrated: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = migrated("check")
    assert ran.code == 1
    assert "clinic: none yet" in ran.out
    database = Database(read_settings().database_url, None)
    with database.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER slot_taken_insert")
    database.dispose()
    assert "slot_taken_insert" in migrated("check").out
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@/nothing?host=/nonexistent")
    ran = migrated("check")
    assert ran.code == 1
    assert "can't be reached" in ran.out


def test_check_names_wrong_settings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    ran = run("check")
    assert ran.code == 1
    assert "PORT" in ran.out


def test_check_says_when_no_worker_runs_and_when_one_does(on_demo: Run) -> None:
    assert "none has run for a minute" in on_demo("check").out
    assert on_demo("worker", "--once").code == 0
    assert "worker: running" in on_demo("check").out


def test_check_says_whether_day_sheets_are_written(
    on_demo: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "off  day sheets: DAYSHEET_FOLDER is not set" in on_demo("check").out
    monkeypatch.setenv("DAYSHEET_FOLDER", str(tmp_path / "sheets"))
    assert "ok  day sheets: the worker writes them to" in on_demo("check").out
    (tmp_path / "sheets").write_text("no folder", encoding="utf-8")
    ran = on_demo("check")
    assert (ran.code, "can't be written to" in ran.out) == (1, True)
