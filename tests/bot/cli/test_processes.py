"""`frontdesk worker` and `frontdesk telegram`."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.hearing import COMMANDS
from bot.phrases import languages
from core.database.connect import Database
from core.models import messages as message_table
from tests.bot.cli.conftest import Run
from tests.builders import NOW
from tests.core.messaging.waiting import waiting
from tests.providers.telegram_peer import TelegramPeer


def test_the_worker_runs_every_tick_once_and_says_what_it_did(on_demo: Run, demo: Database) -> None:
    waiting(demo, is_simulated=True, due_at=NOW - timedelta(days=365))
    ran = on_demo("worker", "--once")
    assert ran.code == 0
    assert "deliver: 1" in ran.lines
    assert "tidy_holds: 0" in ran.lines
    with demo.reading() as connection:
        assert connection.scalar(select(message_table.c.status)) == "delivered"
    assert "deliver: 0" in on_demo("worker", "--once").lines


@pytest.mark.parametrize("action", ["set", "show", "delete"])
def test_without_a_token_telegram_is_not_asked(run: Run, action: str) -> None:
    ran = run("telegram", "webhook", action)
    assert ran.code == 1
    assert "TELEGRAM_BOT_TOKEN" in ran.err


def test_a_webhook_needs_an_address_and_a_secret(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw")
    ran = run("telegram", "webhook", "set")
    assert ran.code == 1
    assert {line.split(":")[1].strip() for line in ran.err.splitlines()} == {
        "PUBLIC_URL",
        "TELEGRAM_WEBHOOK_SECRET",
    }


def test_telegram_is_told_where_we_listen_and_what_our_menu_says(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TelegramPeer() as peer:
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", peer.token)
        monkeypatch.setenv("TELEGRAM_API_BASE", peer.url)
        monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", "a-secret_of-the-webhook")
        monkeypatch.setenv("PUBLIC_URL", "https://desk.example.org")
        assert run("telegram", "webhook", "set").code == 0
        assert peer.webhook["url"] == "https://desk.example.org/telegram/webhook"
        assert set(peer.commands) == {"", *languages()}
        for menu in peer.commands.values():
            names = [command["command"] for command in menu]
            assert names == ["start", "book", "my", "language", "help"]
            assert {f"/{name}" for name in names} == set(COMMANDS)
        assert peer.commands[""] == peer.commands["en"] != peer.commands["es"]
        assert "wait" in run("telegram", "webhook", "show").out
        assert run("telegram", "webhook", "delete").code == 0
        assert peer.webhook == {}
