"""Telegram's webhook: who is let in, and what each kind of update means."""

import json
from copy import deepcopy
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from bot.messages import Address, Channel, Content, InboundMessage, Reply
from bot.senders.keyboard import NOTHING
from core.database.connect import Database
from core.database.types import keyring_of
from tests.builders import a_conversation, an_address
from tests.core.messaging.waiting import a_waiting_message, address_of
from tests.providers.telegram_peer import BOT
from tests.providers.telegram_updates import Person, Updates
from tests.webhooks.front import SECRET, FakeDesk, client, no_commit
from webhooks.telegram import parse_update

HEADER = "X-Telegram-Bot-Api-Secret-Token"
ANA = Person(111, language_code="es")
OURS = "110201543"
updates = Updates()


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def web(sqlite_database: Database, desk: FakeDesk) -> FlaskClient:
    return client(sqlite_database, desk)


def post(web: FlaskClient, data: Any, secret: str = SECRET) -> Any:
    body = data if isinstance(data, bytes) else json.dumps(data)
    return web.post(
        "/telegram/webhook", data=body, headers={HEADER: secret}, content_type="application/json"
    )


def parsed(update: dict[str, Any]) -> InboundMessage:
    message = parse_update(update, OURS)
    assert message is not None
    return message


# Who is let in.


def test_an_update_is_handed_over_once_and_answered_empty(web: FlaskClient, desk: FakeDesk) -> None:
    update = updates.text(ANA, "hola")
    answer = post(web, update)
    assert (answer.status_code, answer.data) == (200, b"")
    [message] = desk.received
    assert message.provider_id == str(update["update_id"])
    assert message.sender == Address(Channel.TELEGRAM, "111")
    assert (message.recipient, message.text, message.language) == (OURS, "hola", "es")
    assert message.sent_at is not None
    assert message.sent_at.timestamp() == update["message"]["date"]


@pytest.mark.parametrize("secret", ["", "wrong", "pässwört", SECRET + "x", SECRET[:-1]])
def test_with_another_secret_nothing_is_read(web: FlaskClient, desk: FakeDesk, secret: str) -> None:
    answer = post(web, updates.text(ANA, "hola"), secret)
    assert (answer.status_code, answer.data) == (403, b"")
    assert desk.received == []


def test_without_the_header_nothing_is_read(web: FlaskClient, desk: FakeDesk) -> None:
    assert web.post("/telegram/webhook", json=updates.text(ANA, "hola")).status_code == 403
    assert desk.received == []


@pytest.mark.parametrize("secret", ["", SECRET])
@pytest.mark.parametrize("token", [None, "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"])
def test_without_a_configured_secret_nobody_is_let_in(
    sqlite_database: Database, desk: FakeDesk, secret: str, token: str | None
) -> None:
    web = client(sqlite_database, desk, telegram_webhook_secret=None, telegram_bot_token=token)
    assert post(web, updates.text(ANA, "hola"), secret).status_code == 403
    assert desk.received == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"{}",
        b"[" * 60_000,
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b'{"update_id": 1, "message": []}',
        b'{"update_id": 1, "message": "x"}',
        b'{"update_id": 1, "message": {"message_id": 1}}',
        b'{"update_id": 1, "callback_query": {"id": "1"}}',
        b'{"update_id": 1, "my_chat_member": {}}',
        b'{"update_id": 1, "unheard_of": {}}',
    ],
)
def test_what_is_no_update_is_accepted_and_ignored(
    web: FlaskClient, desk: FakeDesk, body: bytes
) -> None:
    """Anything but 200 would bring it again for hours."""
    assert post(web, body).status_code == 200
    assert desk.received == []


def test_503_only_when_the_database_does_not_commit(web: FlaskClient, desk: FakeDesk) -> None:
    desk.error = no_commit()
    assert post(web, updates.text(ANA, "hola")).status_code == 503


# What each kind means.


def test_start_comes_with_its_payload() -> None:
    message = parsed(updates.start(ANA, "from-poster"))
    assert (message.text, message.content) == ("/start from-poster", Content.TEXT)


def test_a_press_brings_the_value_and_stops_the_clock(web: FlaskClient, desk: FakeDesk) -> None:
    shown = {"message_id": 5, "date": 1, "chat": ANA.as_chat(), "text": "Which day?"}
    update = updates.press(ANA, shown, "abc:2")
    answer = post(web, update)
    assert answer.get_json() == {
        "method": "answerCallbackQuery",
        "callback_query_id": update["callback_query"]["id"],
    }
    [message] = desk.received
    assert (message.text, message.content) == ("abc:2", Content.BUTTON)
    assert message.sender == Address(Channel.TELEGRAM, "111")
    assert (message.recipient, message.provider_id) == (OURS, str(update["update_id"]))


def test_we_are_seen_to_type_where_an_answer_is_on_its_way(
    web: FlaskClient, desk: FakeDesk
) -> None:
    desk.replies = (Reply("¡Hola!"),)
    answer = post(web, updates.text(ANA, "hola"))
    assert answer.get_json() == {"method": "sendChatAction", "chat_id": 111, "action": "typing"}


def test_a_press_of_what_is_only_looked_at_is_no_message(web: FlaskClient, desk: FakeDesk) -> None:
    shown = {"message_id": 5, "date": 1, "chat": ANA.as_chat(), "text": "Which day?"}
    answer = post(web, updates.press(ANA, shown, NOTHING))
    assert answer.get_json()["method"] == "answerCallbackQuery"
    assert desk.received == []


def test_a_press_on_a_message_too_old_to_be_shown_counts() -> None:
    old = {"message_id": 5, "date": 0, "chat": ANA.as_chat()}
    assert parsed(updates.press(ANA, old, "abc:2")).text == "abc:2"


@pytest.mark.parametrize("number", ["+14155550123", "14155550123"])
def test_ones_own_contact_is_a_number(number: str) -> None:
    message = parsed(updates.contact(ANA, number))
    assert (message.text, message.content) == ("+14155550123", Content.CONTACT)


def test_somebody_elses_contact_proves_nothing() -> None:
    message = parsed(updates.contact(ANA, "+14155550123", own=False))
    assert (message.text, message.content) == ("", Content.UNREADABLE)
    nameless = updates.contact(ANA, "+14155550123")
    del nameless["message"]["contact"]["user_id"]
    assert parsed(nameless).content is Content.UNREADABLE


def test_a_contact_that_is_no_number_is_not_believed() -> None:
    assert parsed(updates.contact(ANA, "12")).content is Content.UNREADABLE


def test_what_is_not_text_is_unreadable_unless_something_is_written_below() -> None:
    for update in (
        updates.photo(ANA),
        updates.voice(ANA),
        updates.location(ANA),
        updates.sticker(ANA),
    ):
        assert parsed(update).content is Content.UNREADABLE
    photo = updates.photo(ANA)
    photo["message"]["caption"] = "my card"
    assert (parsed(photo).text, parsed(photo).content) == ("my card", Content.TEXT)


def in_group(update: dict[str, Any]) -> dict[str, Any]:
    update["message"]["chat"] = {"id": -5, "type": "group", "title": "Family"}
    return update


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "in a private chat"), ("es", "en un chat privado"), ("cy", "in a private chat")],
)
def test_a_command_in_a_group_is_answered_please_in_private(
    web: FlaskClient, desk: FakeDesk, language: str, said: str
) -> None:
    """At once, whoever it is and without a word of anybody."""
    somebody = Person(111, language_code=language)
    answer = post(web, in_group(updates.text(somebody, "/today@frontdesk_bot"))).get_json()
    assert (answer["method"], answer["chat_id"]) == ("sendMessage", -5)
    assert said in answer["text"]
    assert desk.received == []


def test_what_else_is_said_in_a_group_is_not_answered(web: FlaskClient, desk: FakeDesk) -> None:
    assert post(web, in_group(updates.text(ANA, "who's next?"))).data == b""
    assert desk.received == []


def by_a_bot(update: dict[str, Any]) -> dict[str, Any]:
    update["message"]["from"]["is_bot"] = True
    return update


def post_in_a_channel() -> dict[str, Any]:
    chat = {"id": -100, "type": "channel", "title": "News"}
    return {
        "update_id": 1,
        "channel_post": {"message_id": 1, "date": 1, "chat": chat, "text": "hi"},
    }


@pytest.mark.parametrize(
    "update",
    [
        updates.edited(ANA, 3, "Thursday"),
        in_group(updates.text(ANA, "hi all")),
        by_a_bot(updates.text(ANA, "hi")),
        post_in_a_channel(),
    ],
    ids=["edited", "group", "bot", "channel"],
)
def test_edits_groups_bots_and_channels_are_none_of_ours(
    web: FlaskClient, desk: FakeDesk, update: dict[str, Any]
) -> None:
    answer = post(web, update)
    assert (answer.status_code, answer.data, desk.received) == (200, b"", [])


def test_blocking_and_unblocking_the_bot_is_noted(
    sqlite_database: Database, web: FlaskClient, desk: FakeDesk
) -> None:
    with sqlite_database.transaction() as connection:
        digest = keyring_of(connection.dialect).hash_address(("telegram", "111"))
        address = an_address(connection, "telegram", address="111", address_hash=digest)
        conversation = a_conversation(connection, address)
        message_id = a_waiting_message(connection, conversation, channel="telegram")
    assert post(web, updates.blocked(ANA, BOT)).status_code == 200
    assert address_of(sqlite_database, message_id).state == "bad"
    back = updates.blocked(ANA, BOT)
    back["my_chat_member"]["new_chat_member"] = {"status": "member", "user": BOT}
    assert post(web, back).status_code == 200
    assert address_of(sqlite_database, message_id).state == "good"
    assert post(web, updates.blocked(Person(999), BOT)).status_code == 200
    assert desk.received == []


def test_half_a_character_becomes_a_question_mark() -> None:
    assert parsed(updates.text(ANA, "a\ud83d")).text == "a?"


def test_a_press_may_say_what_no_button_of_ours_says() -> None:
    shown = {"message_id": 5, "date": 1, "chat": ANA.as_chat(), "text": "?"}
    assert parsed(updates.press(ANA, shown, "'; --")).text == "'; --"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(data=st.data())
def test_whatever_stands_in_an_update_it_never_fails(data: st.DataObject) -> None:
    shown = {"message_id": 5, "date": 1, "chat": ANA.as_chat(), "text": "?"}
    kinds = [
        updates.text(ANA, "hola"),
        updates.contact(ANA, "+14155550123"),
        updates.press(ANA, shown, "abc:1"),
        updates.blocked(ANA, BOT),
    ]
    # A copy: what is spoilt below must not be what other tests share.
    update: Any = deepcopy(kinds[data.draw(st.integers(0, len(kinds) - 1))])
    part = update
    while True:
        key = data.draw(st.sampled_from(sorted(part)))
        if not isinstance(part[key], dict) or data.draw(st.booleans()):
            part[key] = data.draw(JUNK)
            break
        part = part[key]
    message = parse_update(json.loads(json.dumps(update)), OURS)
    assert message is None or (
        isinstance(message.text, str)
        and message.sender.value.lstrip("-").isdigit()
        and isinstance(message.language, str | None)
    )


def test_control_the_library_itself_looks_at_no_types() -> None:
    """Shows why we must: PTB hands a number on as the text."""
    update = updates.text(ANA, "hola")
    update["message"]["text"] = 7
    read = Update.de_json(update, None)
    assert read.message is not None
    assert read.message.text == 7  # type: ignore[comparison-overlap]
    assert parse_update(update, OURS) is None
