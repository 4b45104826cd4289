"""Telegram's rules beyond its types, with python-telegram-bot as the client (RULES.md, 6)."""

import asyncio
from collections.abc import Iterator

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, RetryAfter

from tests.providers.conftest import Clock
from tests.providers.ledger import EDITED
from tests.providers.sdk import talk
from tests.providers.telegram_peer import SECRET_HEADER, TelegramPeer
from tests.providers.telegram_rules import Pace
from tests.providers.telegram_updates import Person

ANA = Person(111)


@pytest.fixture(autouse=True)
def _pauses_as_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture
def paced(clock: Clock) -> Iterator[TelegramPeer]:
    with TelegramPeer(pace=Pace(seconds=clock.seconds), now=clock) as peer:
        peer.start(ANA)
        yield peer


def say(peer: TelegramPeer, to: int = ANA.id, text: str = "Hello") -> None:
    talk(peer, lambda bot: bot.send_message(to, text))


def keyboard(*data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data=each)] for each in data])


# Budgets


def test_one_message_a_second_to_a_chat(paced: TelegramPeer, clock: Clock) -> None:
    say(paced)
    with pytest.raises(RetryAfter) as caught:
        say(paced)
    assert caught.value._retry_after.total_seconds() == 1
    assert [entry.code for entry in paced.ledger.entries(outcome="refused")] == ["429"]
    clock.passes(seconds=1)
    say(paced)
    assert len(paced.accepted) == 2


def test_thirty_messages_a_second_to_all(paced: TelegramPeer, clock: Clock) -> None:
    async def to_all(people: range) -> list[str]:
        async with Bot(paced.token, base_url=f"{paced.url}/bot") as bot:
            refused = []
            for number in people:
                try:
                    await bot.send_message(number, "Hello")
                except RetryAfter:
                    refused.append(str(number))
            return refused

    for number in range(40):
        paced.start(Person(number))
    assert asyncio.run(to_all(range(32))) == ["30", "31"]
    clock.passes(seconds=1)
    assert asyncio.run(to_all(range(30, 40))) == []


def test_a_burst_may_be_tolerated() -> None:
    clock = Clock()
    with TelegramPeer(pace=Pace(burst=3, seconds=clock.seconds)) as peer:
        peer.start(ANA)
        for _ in range(3):
            say(peer)
        with pytest.raises(RetryAfter):
            say(peer)


# Who may be written to


def test_a_block_holds_until_it_is_lifted(telegram: TelegramPeer) -> None:
    telegram.start(ANA)
    assert "my_chat_member" in telegram.block(ANA)
    with pytest.raises(Forbidden, match="blocked"):
        say(telegram)
    telegram.unblock(ANA)
    say(telegram)
    assert [entry.outcome for entry in telegram.ledger.entries()] == ["refused", "accepted"]


@pytest.mark.parametrize("payload", ["x" * 65, "a b", "é"])
def test_a_deep_link_carries_what_telegram_allows(telegram: TelegramPeer, payload: str) -> None:
    with pytest.raises(ValueError, match="64"):
        telegram.start(ANA, payload)
    telegram.start(ANA, "x" * 64)


# Texts and buttons


def test_a_text_has_4096_signs(telegram: TelegramPeer) -> None:
    telegram.start(ANA)
    say(telegram, text="x" * 4_096)
    with pytest.raises(BadRequest, match=r"(?i)too long"):
        say(telegram, text="x" * 4_097)


def test_a_button_carries_64_bytes_and_there_are_100(telegram: TelegramPeer) -> None:
    telegram.start(ANA)

    def send(*data: str) -> None:
        talk(telegram, lambda bot: bot.send_message(ANA.id, "?", reply_markup=keyboard(*data)))

    send(*["é" * 32] * 100)
    with pytest.raises(BadRequest, match=r"(?i)BUTTON_DATA_INVALID"):
        send("é" * 32 + "x")
    with pytest.raises(BadRequest, match=r"(?i)too long"):
        send(*["x"] * 101)


def test_edits_stand_in_the_ledger_and_change_nothing_twice(telegram: TelegramPeer) -> None:
    telegram.start(ANA)
    say(telegram)
    number = telegram.accepted[0].message["message_id"]
    talk(telegram, lambda bot: bot.edit_message_text("Bye", ANA.id, number))
    with pytest.raises(BadRequest, match=r"(?i)not modified"):
        talk(telegram, lambda bot: bot.edit_message_text("Bye", ANA.id, number))
    first, edited, refused = telegram.ledger.entries()
    assert (first.provider_id, edited.provider_id) == (str(number), str(number))
    assert [edited.outcome, edited.text, refused.code] == [EDITED, "Bye", "400"]
    assert telegram.ledger.doubled() == []


# Presses


def test_a_button_turns_until_its_press_is_answered_in_time(clock: Clock) -> None:
    with TelegramPeer(now=clock) as peer:
        peer.start(ANA)
        talk(peer, lambda bot: bot.send_message(ANA.id, "?", reply_markup=keyboard("l:1")))
        early, late = (peer.press(peer.accepted[0], 1)["callback_query"]["id"] for _ in range(2))
        assert peer.chats.turning == [early, late]
        with pytest.raises(BadRequest, match=r"(?i)too_long"):
            talk(peer, lambda bot: bot.answer_callback_query(early, "x" * 201))
        talk(peer, lambda bot: bot.answer_callback_query(early, "x" * 200))
        clock.passes(hours=1)
        with pytest.raises(BadRequest, match=r"(?i)too old"):
            talk(peer, lambda bot: bot.answer_callback_query(late))
        assert peer.chats.turning == [late]


# How updates come


def test_posted_updates_carry_the_secret_and_only_what_was_asked_for(
    telegram: TelegramPeer,
) -> None:
    assert SECRET_HEADER not in telegram.webhook_headers
    talk(
        telegram,
        lambda bot: bot.set_webhook(
            "https://c.example/x", secret_token="s3", allowed_updates=["message"]
        ),
    )
    assert telegram.webhook_headers[SECRET_HEADER] == "s3"
    assert telegram.wants(telegram.start(ANA))
    assert not telegram.wants(telegram.block(ANA))


@pytest.mark.parametrize("secret", ["x" * 257, "a b", "é"])
def test_a_secret_has_256_signs_of_some(telegram: TelegramPeer, secret: str) -> None:
    url = "https://c.example/x"
    with pytest.raises(BadRequest, match=r"(?i)secret token"):
        talk(telegram, lambda bot: bot.set_webhook(url, secret_token=secret))
    talk(telegram, lambda bot: bot.set_webhook(url, secret_token="x" * 256))


def test_a_webhook_on_this_machine_needs_a_server_of_ones_own(telegram: TelegramPeer) -> None:
    url = "http://127.0.0.1:8000/telegram/webhook"
    with pytest.raises(BadRequest, match=r"(?i)https"):
        talk(telegram, lambda bot: bot.set_webhook(url))
    with TelegramPeer(local=True) as peer:
        talk(peer, lambda bot: bot.set_webhook(url))
        with pytest.raises(BadRequest, match=r"(?i)https"):
            talk(peer, lambda bot: bot.set_webhook("http://clinic.example:8000/x"))


def test_updates_that_nobody_takes_are_forgotten_after_a_day(clock: Clock) -> None:
    with TelegramPeer(now=clock) as peer:
        peer.queue(peer.start(ANA))
        clock.passes(hours=23)
        peer.queue(peer.updates.text(ANA, "hello"))
        [ids] = talk(peer, lambda bot: bot.get_updates())
        assert [update.update_id for update in ids] == sorted(update.update_id for update in ids)
        assert len(ids) == 2
        clock.passes(hours=2)
        [[left]] = talk(peer, lambda bot: bot.get_updates())
        assert left.message.text == "hello"
