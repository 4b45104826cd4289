"""The ticks: run once, run in the background, woken, and stopped in good order."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot import worker
from bot.messages import Channel
from bot.worker import Tick, Worker
from core.config import Settings
from core.database.connect import Database
from core.messaging import ticks
from core.messaging.log import wake_worker
from tests.bot.test_delivery import FakeSender
from tests.core.messaging.waiting import a_waiting_message, seen, status, waiting


def until(is_so: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.01)


def last_ran(database: Database) -> dict[str, datetime]:
    with database.reading() as connection:
        return ticks.last_ran(connection)


def test_once_runs_every_tick_until_nothing_is_due(database: Database, now: datetime) -> None:
    first = waiting(database)
    second = waiting(database, seen(database, first).conversation_id)
    cut_off = waiting(database, status="sending", lease_until=now, lease_owner="gone")
    senders = {Channel.SMS: FakeSender()}
    handled = worker.run_once(database, Settings(), lambda: now, senders)
    assert {name: count for name, count in handled.items() if count} == {
        "expire_leases": 1,
        "deliver": 2,
    }
    assert [status(database, each) for each in (first, second, cut_off)] == [
        "sent",
        "sent",
        "unknown",
    ]
    assert last_ran(database).keys() == handled.keys()
    assert set(worker.run_once(database, Settings(), lambda: now, senders).values()) == {0}


def test_a_tick_that_fails_is_logged_and_stops_no_other(
    sqlite_database: Database, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> int:
        raise RuntimeError("Maria Lopez")

    ticking = Worker(sqlite_database, Settings(), lambda: now, {})
    assert ticking.run(Tick("broken", 1, fail)) == 0
    assert ticking.run(Tick("sound", 1, lambda: 3)) == 3
    ticking.close()
    assert "tick broken failed" in caplog.text
    assert list(last_ran(sqlite_database)) == ["sound"]


def test_ticks_are_noted_only_every_few_seconds(sqlite_database: Database, now: datetime) -> None:
    times = iter(now + timedelta(seconds=second) for second in range(10))
    ticking = Worker(sqlite_database, Settings(), lambda: now, {}, wall=lambda: next(times))
    for _ in range(3):
        ticking.run(Tick("often", 1, lambda: 1))
    ticking.close()
    # The worker has looked at the clock once before.
    assert last_ran(sqlite_database) == {"often": now + timedelta(seconds=1)}


def test_in_the_background_what_is_queued_is_soon_sent(database: Database, now: datetime) -> None:
    sender = FakeSender()
    stop = worker.start_in_background(database, Settings(), lambda: now, {Channel.SMS: sender})
    try:
        first = waiting(database)
        until(lambda: status(database, first) == "sent")
        second = waiting(database)
        until(lambda: status(database, second) == "sent")
    finally:
        stop()
    third = waiting(database)
    time.sleep(0.4)
    assert status(database, third) == "queued"
    assert threading.active_count() < 20


def test_postgresql_wakes_the_worker(
    postgresql_database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "FALLBACK_POLL_SECONDS", 3600.0)
    sender = FakeSender()
    stop = worker.start_in_background(
        postgresql_database, Settings(), lambda: now, {Channel.SMS: sender}
    )
    try:
        time.sleep(0.5)  # The listener is listening.
        for _ in range(3):
            with postgresql_database.transaction() as connection:
                message_id = a_waiting_message(connection)
                wake_worker(connection)
            # The poll would come in an hour.
            until(lambda: status(postgresql_database, message_id) == "sent")  # noqa: B023
    finally:
        stop()


def test_control_without_the_word_of_postgresql_it_would_wait_for_the_poll(
    postgresql_database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "FALLBACK_POLL_SECONDS", 3600.0)
    stop = worker.start_in_background(
        postgresql_database, Settings(), lambda: now, {Channel.SMS: FakeSender()}
    )
    try:
        time.sleep(0.5)
        message_id = waiting(postgresql_database)
        time.sleep(0.5)
        assert status(postgresql_database, message_id) == "queued"
    finally:
        stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_worker_after_what_is_being_sent(
    sqlite_database: Database,
    now: datetime,
    number: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "frontdesk.worker")

    class Interrupted(FakeSender):
        """The signal comes while the provider takes its time."""

        def send(self, message):  # type: ignore[no-untyped-def]
            os.kill(os.getpid(), number)
            time.sleep(0.3)
            return super().send(message)

    message_id = waiting(sqlite_database)
    monkeypatch.setattr(worker, "make_senders", lambda _: {Channel.SMS: Interrupted()})
    before = signal.getsignal(number)
    worker.run(sqlite_database, Settings(), lambda: now)
    assert status(sqlite_database, message_id) == "sent"
    assert signal.getsignal(number) == before
    assert "worker stopped" in caplog.text
