"""Many people at one slot of a scratch copy: who wins with the guard, who without, and that the
demo itself never notices."""

import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import update

from bot import rush
from bot.rush import PEOPLE, AlreadyRunning, Heard, NothingFree, run_rush
from core.database.connect import Database
from core.errors import PatientBusy
from core.models import organizations, practitioners
from core.scheduling.booking import book
from core.setup import WrongKindOfClinic, set_up_demo
from core.setup.history import add_history
from tests.builders import NOW, a_clinic

SOME = 20


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder where nobody else's files lie."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def heard(run: rush.Rush) -> Counter[Heard]:
    return Counter(answer.heard for answer in run.answers)


def dump(database: Database) -> list[str]:
    """Everything in the file: schema, triggers and rows."""
    with closing(sqlite3.connect(str(database.url.database))) as connection:
        return list(connection.iterdump())


def test_with_the_guard_one_of_all_gets_the_slot(demo: Database) -> None:
    run = run_rush(demo, guarded=True, now=NOW)
    assert heard(run) == {Heard.BOOKED: 1, Heard.TAKEN: PEOPLE - 1}
    assert (run.visits, run.seats) == (1, 1)


def test_control_without_the_guard_several_are_told_booked(demo: Database) -> None:
    run = run_rush(demo, guarded=False, now=NOW, people=SOME)
    assert heard(run)[Heard.BOOKED] > 1
    assert run.visits == heard(run)[Heard.BOOKED]
    assert run.seats == 1
    assert set(heard(run)) <= {Heard.BOOKED, Heard.TAKEN}


def test_everybody_is_answered_once_and_in_the_order_that_is_told(demo: Database) -> None:
    run = run_rush(demo, guarded=True, now=NOW, people=SOME)
    assert sorted(answer.person for answer in run.answers) == list(range(SOME))
    times = [answer.seconds for answer in run.answers]
    assert times == sorted(times)
    assert run.seconds == times[-1]


def test_the_slot_is_named_as_the_clinic_names_it(demo: Database) -> None:
    slot = run_rush(demo, guarded=True, now=NOW, people=2).slot
    assert (slot.who, slot.day) == ("Dr Anita Patel", "Monday, November 23")
    assert (slot.time, slot.place) == ("9:00 AM", "Downtown")


@pytest.mark.parametrize("guarded", [True, False])
def test_the_demo_is_left_as_it_was(demo: Database, guarded: bool) -> None:
    add_history(demo, NOW)
    before = dump(demo)
    run_rush(demo, guarded=guarded, now=NOW, people=SOME)
    run_rush(demo, guarded=guarded, now=NOW, people=SOME)
    assert dump(demo) == before
    assert any("CREATE TRIGGER slot_taken_insert" in line for line in before)


@pytest.mark.parametrize("guarded", [True, False])
def test_the_copy_is_gone_afterwards(demo: Database, temporary: Path, guarded: bool) -> None:
    run_rush(demo, guarded=guarded, now=NOW, people=2)
    assert [left.suffix for left in temporary.iterdir()] == [".lock"]


def test_the_copy_is_gone_after_a_failure_and_another_run_may_begin(
    demo: Database, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(rush, "book", fail)
        with pytest.raises(ZeroDivisionError):
            run_rush(demo, guarded=True, now=NOW, people=2)
    assert [left.suffix for left in temporary.iterdir()] == [".lock"]
    assert heard(run_rush(demo, guarded=True, now=NOW, people=2))[Heard.BOOKED] == 1


def test_one_runs_at_a_time(demo: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    is_asked, may_answer = Event(), Event()

    def hesitate(*args: object, **others: object) -> object:
        is_asked.set()
        may_answer.wait(30)
        return book(*args, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(rush, "book", hesitate)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(run_rush, demo, guarded=True, now=NOW, people=2)
        try:
            assert is_asked.wait(30)
            with pytest.raises(AlreadyRunning):
                run_rush(demo, guarded=True, now=NOW, people=2)
        finally:
            may_answer.set()
    assert heard(first.result()) == {Heard.BOOKED: 1, Heard.TAKEN: 1}
    run_rush(demo, guarded=True, now=NOW, people=2)


def test_one_runs_at_a_time_in_all_processes_and_a_killed_one_is_in_nobodys_way(
    demo: Database,
) -> None:
    with another_process_running(demo) as process:
        with pytest.raises(AlreadyRunning):
            run_rush(demo, guarded=True, now=NOW, people=2)
        process.kill()
        process.wait()
        run_rush(demo, guarded=True, now=NOW, people=2)


@contextmanager
def another_process_running(database: Database) -> Iterator["subprocess.Popen[str]"]:
    """A process in the middle of a run: its first booking never ends."""
    script = f"""
import tempfile, time
from datetime import datetime
from bot import rush
from core.database.connect import Database
from core.keys import Keyring
tempfile.tempdir = {tempfile.tempdir!r}
def book(*_, **__):
    print("asked", flush=True)
    time.sleep(60)
rush.book = book
database = Database("sqlite:///{database.url.database}", Keyring.demo())
rush.run_rush(database, guarded=True, now=datetime.fromisoformat("{NOW.isoformat()}"), people=2)
"""
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "asked\n"
            yield process
        finally:
            process.kill()


def test_whose_turn_does_not_come_in_time_gives_up(
    demo: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rush, "LONGEST_SECONDS", -1.0)
    run = run_rush(demo, guarded=True, now=NOW, people=SOME)
    assert heard(run) == {Heard.NOTHING: SOME}
    assert (run.visits, run.seats) == (0, 0)


def test_a_machine_that_cannot_start_so_many_gives_up_and_leaves_nothing_behind(
    demo: Database, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Thread.start

    def start_few(thread: Thread) -> None:
        if thread.name == "rush_5":
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as small:
        small.setattr(rush, "START_SECONDS", 0.2)
        small.setattr(Thread, "start", start_few)
        with pytest.raises(RuntimeError, match="new thread"):
            run_rush(demo, guarded=True, now=NOW, people=SOME)
    assert [left.suffix for left in temporary.iterdir()] == [".lock"]
    assert heard(run_rush(demo, guarded=True, now=NOW, people=SOME))[Heard.BOOKED] == 1


def test_another_refusal_is_told_apart_from_a_taken_slot(
    demo: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PatientBusy("somewhere else")

    monkeypatch.setattr(rush, "book", refuse)
    assert heard(run_rush(demo, guarded=True, now=NOW, people=3)) == {Heard.TROUBLE: 3}
    assert caplog.messages == ["somebody in a rush met PatientBusy"] * 3


def test_without_a_free_slot_there_is_nothing_to_want(demo: Database) -> None:
    with demo.transaction() as connection:
        connection.execute(update(practitioners).values(is_active=False))
    with pytest.raises(NothingFree):
        run_rush(demo, guarded=True, now=NOW)


def test_a_real_clinic_is_refused(sqlite_database: Database, temporary: Path) -> None:
    with pytest.raises(WrongKindOfClinic):
        run_rush(sqlite_database, guarded=True, now=NOW)
    with sqlite_database.transaction() as connection:
        a_clinic(connection)
        connection.execute(update(organizations).values(is_demo=False))
    with pytest.raises(WrongKindOfClinic):
        run_rush(sqlite_database, guarded=True, now=NOW)
    assert list(temporary.iterdir()) == []


def test_a_demo_on_another_database_is_refused(postgresql_database: Database) -> None:
    set_up_demo(postgresql_database, NOW)
    with pytest.raises(ValueError, match="SQLite"):
        run_rush(postgresql_database, guarded=True, now=NOW)
