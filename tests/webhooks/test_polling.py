"""Polling: through the real Bot, against the peer, and never ahead of what is committed."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.messages import Reply
from core.clock import Clock
from core.database.connect import Database
from core.messaging import leases
from tests.providers.sdk import talk
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.telegram_updates import Person
from tests.webhooks.front import FakeDesk, no_commit, settings
from webhooks import polling

ANA = Person(111)


@pytest.fixture
def telegram() -> Iterator[TelegramPeer]:
    with TelegramPeer() as peer:
        peer.start(ANA)
        yield peer


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "LONG_POLL_SECONDS", 0)
    monkeypatch.setattr(polling, "STANDBY_SECONDS", 0.02)
    monkeypatch.setattr(polling, "LONGEST_PAUSE_SECONDS", 0.05)


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.01)


def start(
    peer: TelegramPeer, database: Database, desk: FakeDesk, clock: Clock
) -> Callable[[], None]:
    configured = settings(telegram_api_base=peer.url, telegram_webhook_secret=None)
    return polling.start_in_background(configured, database, desk.receive, clock)


def polled(peer: TelegramPeer) -> list[str]:
    return [request.path for request in peer.requests if request.path.endswith("getUpdates")]


def test_updates_are_handed_over_in_order_and_then_forgotten(
    database: Database, now: datetime, desk: FakeDesk, telegram: TelegramPeer
) -> None:
    for text in ("one", "two", "three"):
        telegram.queue(telegram.updates.text(ANA, text))
    stop = start(telegram, database, desk, lambda: now)
    try:
        until(lambda: len(desk.received) == 3)
        telegram.queue(telegram.updates.text(ANA, "four"))
        until(lambda: len(desk.received) == 4)
        until(lambda: not telegram.pending)
    finally:
        stop()
    assert [message.text for message in desk.received] == ["one", "two", "three", "four"]


def test_what_was_not_committed_is_asked_for_again(
    sqlite_database: Database, now: datetime, desk: FakeDesk, telegram: TelegramPeer
) -> None:
    desk.error = no_commit()
    telegram.queue(telegram.updates.text(ANA, "one"))
    stop = start(telegram, sqlite_database, desk, lambda: now)
    try:
        until(lambda: len(polled(telegram)) >= 3)
        assert len(telegram.pending) == 1
        desk.error = None
        until(lambda: len(desk.received) == 1)
    finally:
        stop()


def test_a_press_stops_turning(
    sqlite_database: Database, now: datetime, desk: FakeDesk, telegram: TelegramPeer
) -> None:
    telegram.start(ANA)
    button = InlineKeyboardMarkup([[InlineKeyboardButton("1", callback_data="abc:1")]])
    talk(telegram, lambda bot: bot.send_message(ANA.id, "?", reply_markup=button))
    telegram.queue(telegram.press(telegram.accepted[0], 1))
    stop = start(telegram, sqlite_database, desk, lambda: now)
    try:
        until(lambda: len(telegram.answered) == 1)
    finally:
        stop()
    assert [message.text for message in desk.received] == ["abc:1"]
    assert telegram.chats.turning == []


def test_we_are_seen_to_type_where_an_answer_is_on_its_way(
    sqlite_database: Database, now: datetime, desk: FakeDesk, telegram: TelegramPeer
) -> None:
    telegram.queue(telegram.updates.text(ANA, "silence"))
    stop = start(telegram, sqlite_database, desk, lambda: now)
    try:
        until(lambda: len(desk.received) == 1)
        desk.replies = (Reply("Hello"),)
        telegram.queue(telegram.updates.text(ANA, "hello"))
        until(lambda: len(telegram.actions) == 1)
    finally:
        stop()
    assert telegram.actions == [{"chat_id": ANA.id, "action": "typing"}]


def test_the_menu_is_shown_once_in_each_language(
    sqlite_database: Database, now: datetime, desk: FakeDesk, telegram: TelegramPeer
) -> None:
    telegram.fail_next(status=502)  # Then it comes a round later, and holds nobody up.
    telegram.queue(telegram.updates.text(ANA, "hello"))
    stop = start(telegram, sqlite_database, desk, lambda: now)
    try:
        until(lambda: len(desk.received) == 1)
        until(lambda: len(telegram.commands) == 5)
        rounds = len(polled(telegram))
        until(lambda: len(polled(telegram)) > rounds + 2)
    finally:
        stop()
    assert set(telegram.commands) == {"", "en", "es", "fr", "pt"}
    told = [request for request in telegram.requests if "setMyCommands" in request.path]
    assert len(told) == 1 + 5


def test_only_the_holder_of_the_lease_asks_and_another_takes_over(
    database: Database, now: datetime, desk: FakeDesk, telegram: TelegramPeer
) -> None:
    with database.transaction() as connection:
        term = timedelta(minutes=1)
        leases.acquire(connection, name=polling.LEASE, holder="another", now=now, term=term)
    moment = [now]
    stop = start(telegram, database, desk, lambda: moment[0])
    try:
        time.sleep(0.2)
        assert telegram.requests == []
        moment[0] = now + term
        until(lambda: len(telegram.requests) > 0)
    finally:
        stop()
    with database.transaction() as connection:  # Given back at the end.
        assert leases.acquire(
            connection, name=polling.LEASE, holder="third", now=moment[0], term=term
        )


def test_a_webhook_in_the_way_is_said_in_plain_words(
    sqlite_database: Database,
    now: datetime,
    desk: FakeDesk,
    telegram: TelegramPeer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    telegram.webhook = {"url": "https://desk.example.org/telegram/webhook"}
    stop = start(telegram, sqlite_database, desk, lambda: now)
    try:
        until(lambda: "frontdesk telegram webhook delete" in caplog.text)
        telegram.webhook = {}
        telegram.queue(telegram.updates.text(ANA, "one"))
        until(lambda: len(desk.received) == 1)
    finally:
        stop()


def test_errors_of_the_network_only_make_it_wait(
    sqlite_database: Database,
    now: datetime,
    desk: FakeDesk,
    telegram: TelegramPeer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    telegram.drop_next()
    telegram.fail_next(status=502)
    telegram.flood_next(0)
    telegram.queue(telegram.updates.text(ANA, "Maria Lopez"))
    stop = start(telegram, sqlite_database, desk, lambda: now)
    try:
        until(lambda: len(desk.received) == 1)
    finally:
        stop()
    assert "cannot be reached" in caplog.text
    assert "Maria" not in caplog.text
    assert telegram.token not in caplog.text


def test_stopping_does_not_wait_for_the_long_poll(
    sqlite_database: Database,
    now: datetime,
    desk: FakeDesk,
    telegram: TelegramPeer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(polling, "LONG_POLL_SECONDS", 3)
    stop = start(telegram, sqlite_database, desk, lambda: now)
    until(lambda: len(polled(telegram)) == 1)
    started = time.monotonic()
    stop()
    assert time.monotonic() - started < 1
