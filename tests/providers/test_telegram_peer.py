"""The Telegram peer, with python-telegram-bot as its client: what it takes, what it refuses."""

import asyncio
import time

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    Update,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from tests.providers.sdk import talk
from tests.providers.telegram_contract import RefusedError, check_result, check_type
from tests.providers.telegram_peer import BOT, TelegramPeer
from tests.providers.telegram_updates import Person

ANA = Person(111)


def refused(peer: TelegramPeer, method: str, **call: object) -> str:
    """A raw call: what the library would not even send."""
    answer = httpx.post(f"{peer.url}/bot{peer.token}/{method}", json=call).json()
    assert answer["ok"] is False
    return f"{answer['error_code']} {answer['description']}"


def keyboard(*data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(text, callback_data=text) for text in data]])


def test_a_message_with_buttons_is_sent_edited_and_pressed(telegram: TelegramPeer) -> None:
    Update.de_json(telegram.start(ANA), None)
    sent, edited = talk(
        telegram,
        lambda bot: bot.send_message(ANA.id, "Which?", reply_markup=keyboard("l:1", "l:2")),
        lambda bot: bot.edit_message_text(
            "Done", ANA.id, telegram.accepted[0].message["message_id"]
        ),
    )
    assert sent.reply_markup.inline_keyboard[0][1].callback_data == "l:2"
    assert (edited.text, edited.reply_markup) == ("Done", None)
    assert telegram.accepted[0].edits == 1


def test_a_press_is_answered_once_it_happened(telegram: TelegramPeer) -> None:
    telegram.start(ANA)
    talk(telegram, lambda bot: bot.send_message(ANA.id, "Which?", reply_markup=keyboard("l:1")))
    query = Update.de_json(telegram.press(telegram.accepted[0], 1), None).callback_query
    assert query is not None
    assert query.data == "l:1"
    assert talk(telegram, lambda bot: bot.answer_callback_query(query.id)) == [True]
    with pytest.raises(BadRequest, match="too old"):
        talk(telegram, lambda bot: bot.answer_callback_query("other"))


def test_the_phone_number_can_be_asked_for(telegram: TelegramPeer) -> None:
    telegram.start(ANA)
    markup = ReplyKeyboardMarkup([[KeyboardButton("Share my number", request_contact=True)]])
    talk(telegram, lambda bot: bot.send_message(ANA.id, "Your number?", reply_markup=markup))
    assert telegram.accepted[0].buttons == [{"text": "Share my number", "request_contact": True}]


def test_who_never_pressed_start_or_blocked_us_is_not_written_to(telegram: TelegramPeer) -> None:
    with pytest.raises(Forbidden, match="initiate"):
        talk(telegram, lambda bot: bot.send_message(ANA.id, "Hello"))
    telegram.start(ANA)
    telegram.blocked.add(ANA.id)
    with pytest.raises(Forbidden, match="blocked"):
        talk(telegram, lambda bot: bot.send_message(ANA.id, "Hello"))
    assert telegram.accepted == []


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        ({"text": "x"}, "chat_id is missing"),
        ({"chat_id": 111}, "text is missing"),
        ({"chat_id": 111, "text": "x", "colour": "red"}, "unknown"),
        ({"chat_id": 111, "text": 7}, "not of type String"),
        ({"chat_id": 111, "text": " "}, "text is empty"),
        ({"chat_id": 111, "text": "x" * 4_097}, "too long"),
        ({"chat_id": 111, "text": "x", "protect_content": "yes"}, "not of type Boolean"),
        ({"chat_id": 111, "text": "x", "reply_markup": {"inline_keyboard": [{}]}}, "not a list"),
        ({"chat_id": 111, "text": "x", "reply_markup": {"inline_keyboard": [[{}]]}}, "missing"),
        (
            {"chat_id": 111, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
            "exactly one",
        ),
        (
            {
                "chat_id": 111,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "é" * 33}]]},
            },
            "BUTTON_DATA_INVALID",
        ),
    ],
)
def test_it_refuses_what_is_wrong(
    telegram: TelegramPeer, call: dict[str, object], complaint: str
) -> None:
    telegram.start(ANA)
    answer = refused(telegram, "sendMessage", **call)
    assert answer.startswith("400 Bad Request")
    assert complaint in answer
    assert telegram.accepted == []


def test_unknown_methods_tokens_and_messages_are_refused(telegram: TelegramPeer) -> None:
    telegram.start(ANA)
    assert refused(telegram, "sendTelepathy").startswith("404")
    with pytest.raises(InvalidToken):
        talk(telegram, token="1:wrong")
    with pytest.raises(BadRequest, match="not found"):
        talk(telegram, lambda bot: bot.edit_message_text("x", ANA.id, 99))


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("setMyCommands", {"commands": [{"command": "Book", "description": "x"}]}),
        ("setMyCommands", {"commands": [{"command": "book", "description": " "}]}),
        ("setMyCommands", {"commands": [{"command": "book", "description": "x" * 257}]}),
        ("setMyCommands", {"commands": [{"command": "book", "description": "x"}] * 101}),
        ("setMyCommands", {"commands": [], "language_code": "en-US"}),
        ("sendChatAction", {"chat_id": 111, "action": "dance"}),
    ],
)
def test_it_refuses_wrong_menus_and_actions(
    telegram: TelegramPeer, method: str, call: dict[str, object]
) -> None:
    telegram.start(ANA)
    assert refused(telegram, method, **call).startswith("400 Bad Request")
    assert (telegram.commands, telegram.actions) == ({}, [])


def test_a_message_that_was_deleted_or_asks_for_a_contact_cannot_be_edited(
    telegram: TelegramPeer,
) -> None:
    telegram.start(ANA)
    markup = ReplyKeyboardMarkup([[KeyboardButton("Share my number", request_contact=True)]])
    talk(
        telegram,
        lambda bot: bot.send_message(ANA.id, "Hello"),
        lambda bot: bot.send_message(ANA.id, "Your number?", reply_markup=markup),
    )
    hello, asking = (sent.message["message_id"] for sent in telegram.accepted)
    telegram.deleted.add(hello)
    with pytest.raises(BadRequest, match="not found"):
        talk(telegram, lambda bot: bot.edit_message_text("x", ANA.id, hello))
    with pytest.raises(BadRequest, match="can't be edited"):
        talk(telegram, lambda bot: bot.edit_message_text("x", ANA.id, asking))


def test_an_edit_that_changes_nothing_is_refused(telegram: TelegramPeer) -> None:
    telegram.start(ANA)
    talk(telegram, lambda bot: bot.send_message(ANA.id, "Same"))
    number = telegram.accepted[0].message["message_id"]
    with pytest.raises(BadRequest, match="not modified"):
        talk(telegram, lambda bot: bot.edit_message_text("Same", ANA.id, number))


def test_floods_are_answered_with_a_pause(
    telegram: TelegramPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    telegram.start(ANA)
    telegram.flood_next(retry_after=7)
    with pytest.raises(RetryAfter, match="7"):
        talk(telegram, lambda bot: bot.set_my_commands([]), lambda bot: bot.get_me())


def test_webhook_and_polling_exclude_each_other(telegram: TelegramPeer) -> None:
    talk(
        telegram,
        lambda bot: bot.set_webhook(
            "https://clinic.example/telegram/webhook",
            secret_token="s3cret",
            allowed_updates=["message", "callback_query", "my_chat_member"],
            max_connections=40,
        ),
    )
    [info] = talk(telegram, lambda bot: bot.get_webhook_info())
    assert info.allowed_updates == ("message", "callback_query", "my_chat_member")
    with pytest.raises(Conflict):
        talk(telegram, lambda bot: bot.get_updates())
    talk(telegram, lambda bot: bot.delete_webhook())
    assert talk(telegram, lambda bot: bot.get_updates()) == [()]


@pytest.mark.parametrize(
    "webhook", [{"url": "http://c.example/x"}, {"url": "https://c.example:8000/x"}]
)
def test_webhooks_telegram_cannot_reach_are_refused(
    telegram: TelegramPeer, webhook: dict[str, str]
) -> None:
    assert "bad webhook" in refused(telegram, "setWebhook", **webhook)
    assert telegram.webhook == {}


def test_updates_are_kept_until_confirmed(telegram: TelegramPeer) -> None:
    first, second = telegram.start(ANA), telegram.updates.text(ANA, "hello")
    telegram.queue(first)
    telegram.queue(second)
    [both] = talk(telegram, lambda bot: bot.get_updates())
    assert [update.update_id for update in both] == [first["update_id"], second["update_id"]]
    [rest] = talk(telegram, lambda bot: bot.get_updates(offset=second["update_id"]))
    assert [update.message.text for update in rest] == ["hello"]
    began = time.monotonic()
    empty = talk(telegram, lambda bot: bot.get_updates(offset=second["update_id"] + 1, timeout=1))
    assert empty == [()]
    assert time.monotonic() - began >= 1


def test_every_update_reads_back_as_what_was_done(telegram: TelegramPeer) -> None:
    make = telegram.updates
    own = Update.de_json(make.contact(ANA, "+14155550123"), None)
    other = Update.de_json(make.contact(ANA, "+14155550124", own=False), None)
    assert own.message is not None
    assert own.message.contact is not None
    assert other.message is not None
    assert other.message.contact is not None
    assert own.message.contact.user_id == own.message.chat.id
    assert other.message.contact.user_id != other.message.chat.id
    start = Update.de_json(telegram.start(ANA, "abc"), None)
    assert start.message is not None
    assert start.message.text == "/start abc"
    for made in (make.photo(ANA), make.voice(ANA), make.location(ANA), make.sticker(ANA)):
        read = Update.de_json(made, None)
        assert read.message is not None
        assert read.message.text is None
    blocked = Update.de_json(make.blocked(ANA, BOT), None)
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    ids = [make.text(ANA, "x")["update_id"] for _ in range(3)]
    assert ids == sorted(set(ids))


def test_its_own_answers_are_held_to_the_description() -> None:
    check_result("getMe", BOT)
    for wrong in ({}, {**BOT, "colour": "red"}, {**BOT, "is_bot": "yes"}):
        with pytest.raises(RefusedError):
            check_result("getMe", wrong)
    with pytest.raises(RefusedError):
        check_type("Update", {"update_id": 1, "message": {"text": "no chat"}})


def test_commands_actions_and_scripted_failures(telegram: TelegramPeer) -> None:
    telegram.start(ANA)
    talk(
        telegram,
        lambda bot: bot.set_my_commands([BotCommand("book", "Book a visit")]),
        lambda bot: bot.set_my_commands([BotCommand("book", "Réserver")], language_code="fr"),
        lambda bot: bot.send_chat_action(ANA.id, "typing"),
    )
    assert telegram.commands == {
        "": [{"command": "book", "description": "Book a visit"}],
        "fr": [{"command": "book", "description": "Réserver"}],
    }
    assert telegram.actions == [{"chat_id": ANA.id, "action": "typing"}]

    async def dropped() -> None:
        async with Bot(telegram.token, base_url=f"{telegram.url}/bot") as bot:
            telegram.drop_next(accept=True)
            await bot.send_message(ANA.id, "Hello")

    with pytest.raises(NetworkError):
        asyncio.run(dropped())
    assert [sent.text for sent in telegram.accepted] == ["Hello"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[1]"])
def test_what_is_no_call_is_refused_and_not_the_end(telegram: TelegramPeer, body: bytes) -> None:
    url = f"{telegram.url}/bot{telegram.token}/sendMessage"
    answer = httpx.post(url, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["ok"]) == (400, False)


def test_what_is_no_picture_is_refused(telegram: TelegramPeer) -> None:
    telegram.start(ANA)
    with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
        talk(telegram, lambda bot: bot.send_photo(ANA.id, b"not a picture"))
    assert telegram.accepted == []
