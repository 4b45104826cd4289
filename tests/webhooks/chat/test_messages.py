"""A message goes in, and what was said comes out of the log."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from bot.messages import Content
from core.database.connect import Database
from tests.webhooks.chat.conftest import client_of
from tests.webhooks.chat.scripted_desk import ScriptedDesk, set_status

OURS = {"Sec-Fetch-Site": "same-origin"}
SMS = {"channel": "sms", "address": "+14155550142"}
TELEGRAM = {"channel": "telegram", "address": "415550142"}


def send(client: FlaskClient, identity: dict[str, str] = SMS, **body: Any) -> TestResponse:
    return client.post("/chat/messages", json=body | {"identity": identity}, headers=OURS)


def said(client: FlaskClient, identity: dict[str, str] = SMS, after: str = "") -> dict[str, Any]:
    answer = client.get("/chat/messages", query_string=identity | {"after": after})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_text_reaches_the_desk_as_the_chosen_person(
    client: FlaskClient, desk: ScriptedDesk
) -> None:
    identity = {"channel": "whatsapp", "address": "(415) 555-0142"}
    assert send(client, identity, text="  Hi ").status_code == 200
    (message,) = desk.received
    assert (message.sender.channel, message.sender.value) == ("whatsapp", "+14155550142")
    assert (message.text, message.content) == ("Hi", Content.TEXT)
    assert message.simulated
    assert message.origin == "127.0.0.1"


def test_half_a_character_does_no_harm(client: FlaskClient, desk: ScriptedDesk) -> None:
    body = f'{{"text": "hi \\ud83d", "identity": {json.dumps(SMS)}}}'
    answer = client.post("/chat/messages", data=body, headers=OURS, content_type="application/json")
    assert answer.status_code == 200
    assert desk.received[0].text == "hi ?"


def test_one_recipient_a_channel(client: FlaskClient, desk: ScriptedDesk) -> None:
    for identity in (SMS, SMS, TELEGRAM):
        send(client, identity, text="Hi")
    first, second, other = (message.recipient for message in desk.received)
    assert first == second != other


def test_what_was_said_is_read_from_the_log(client: FlaskClient) -> None:
    send(client, text="Hi")
    question, *replies = said(client)["messages"]
    assert (question["direction"], question["text"], question["sms"]) == ("in", "Hi", None)
    assert [reply["direction"] for reply in replies] == ["out", "out"]
    assert replies[1]["sms"] == {"segments": 1, "characters": 15, "encoding": "GSM-7"}
    assert replies[1]["status"] == "delivered"
    assert replies[1]["at"] == "2026-03-02T19:40:00+00:00"


def test_an_sms_says_what_made_it_dear(client: FlaskClient, desk: ScriptedDesk) -> None:
    from bot.messages import Reply

    desk.script = lambda _message, _wish: [Reply("さようなら 🙂" * 10)]
    send(client, text="bye")
    assert said(client)["messages"][-1]["sms"] == {
        "segments": 2,
        "characters": 80,
        "encoding": "UCS-2",
    }


def test_only_what_is_new_is_asked_for(client: FlaskClient, demo: Database) -> None:
    send(client, text="Hi")
    last = said(client)["messages"][-1]["id"]
    assert said(client, after=last)["messages"] == []
    send(client, text="bye")
    assert [new["text"] for new in said(client, after=last)["messages"]] == [
        "bye",
        "Done. See you soon!",
    ]
    set_status(demo, "failed")
    newest = said(client)["messages"][-1]["id"]
    assert said(client, after=newest)["states"][newest] == "failed"


def test_one_person_sees_nothing_of_another(client: FlaskClient) -> None:
    send(client, text="Hi")
    id_of_another = said(client)["messages"][0]["id"]
    assert said(client, TELEGRAM) == {"messages": [], "states": {}, "cleared": {}}
    send(client, TELEGRAM, text="Hello")
    assert len(said(client, TELEGRAM, after=id_of_another)["messages"]) == 2


def test_a_press_comes_back_with_what_stood_on_the_button(
    client: FlaskClient, desk: ScriptedDesk
) -> None:
    send(client, TELEGRAM, text="I need a dentist")
    choice = said(client, TELEGRAM)["messages"][-1]["choices"][1]
    send(client, TELEGRAM, button=choice["value"])
    assert desk.received[-1].content is Content.BUTTON
    assert desk.received[-1].text == choice["value"]
    assert [message["text"] for message in said(client, TELEGRAM)["messages"]][
        2
    ] == "Tue 3 Mar 9:30 AM"


def test_a_time_that_was_typed_is_no_press(client: FlaskClient) -> None:
    send(client, TELEGRAM, text="I need a dentist")
    send(client, TELEGRAM, text="9:30")
    assert said(client, TELEGRAM)["messages"][2]["text"] == "9:30"


def test_telegram_alone_shares_a_number(client: FlaskClient, desk: ScriptedDesk) -> None:
    assert send(client, contact="+1 415 555 0142").status_code == 404
    assert send(client, TELEGRAM, contact="nonsense").status_code == 400
    assert send(client, TELEGRAM, contact="+1 415 555 0142").status_code == 200
    (message,) = desk.received
    assert (message.content, message.text) == (Content.CONTACT, "+14155550142")


def test_a_repeat_is_known_and_nobody_elses(client: FlaskClient, desk: ScriptedDesk) -> None:
    for identity in (SMS, SMS, TELEGRAM):
        assert send(client, identity, text="Hi", id="0123456789abcdef").status_code == 200
    first, second, other = (message.provider_id for message in desk.received)
    assert first == second != other
    assert len(said(client)["messages"]) == 3
    assert "4155550142" not in first


@pytest.mark.parametrize(
    "identity",
    [
        None,
        "sms",
        [],
        {},
        {"channel": "sms"},
        {"channel": "fax", "address": "+14155550142"},
        {"channel": "sms", "address": "nobody"},
        {"channel": "sms", "address": 14155550142},
        {"channel": ["sms"], "address": "+14155550142"},
        {"channel": "telegram", "address": "me"},
        {"channel": "web", "address": "../etc"},
        {"channel": "web", "address": "a" * 25},
    ],
)
def test_who_is_nobody_is_told_so(
    client: FlaskClient, desk: ScriptedDesk, identity: object
) -> None:
    answer = client.post("/chat/messages", json={"text": "hi", "identity": identity}, headers=OURS)
    assert answer.status_code == 400
    assert answer.get_json()["error"]
    assert desk.received == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ("null", 400),
        ('"hi"', 400),
        ("{}", 400),
        ('{"text": 1}', 400),
        ('{"text": ["hi"]}', 400),
        ('{"text": " "}', 400),
        ('{"text": "hi", "button": "1:1"}', 400),
        ('{"button": null}', 400),
        (json.dumps({"text": "x" * 5_000}), 413),
        (json.dumps({"text": "x" * 100_000}), 413),
        ("[" * 10_000, 400),
    ],
)
def test_what_makes_no_message_is_refused_in_words(
    client: FlaskClient, desk: ScriptedDesk, body: str, status: int
) -> None:
    if body.startswith("{") and body.endswith("}"):
        body = body[:-1] + (", " if len(body) > 2 else "") + f'"identity": {json.dumps(SMS)}}}'
    answer = client.post("/chat/messages", data=body, headers=OURS, content_type="application/json")
    assert answer.status_code == status
    assert answer.get_json()["error"]
    assert desk.received == []


@pytest.mark.parametrize(
    ("headers", "content_type", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, "application/json", 200),
        ({"Sec-Fetch-Site": "same-origin"}, "application/json; charset=utf-8", 200),
        ({"Origin": "http://localhost"}, "application/json", 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, "application/json", 200),
        ({}, "application/json", 403),
        ({"Sec-Fetch-Site": "cross-site"}, "application/json", 403),
        ({"Sec-Fetch-Site": "same-site"}, "application/json", 403),
        ({"Sec-Fetch-Site": "none"}, "application/json", 403),
        ({"Origin": "http://evil.example"}, "application/json", 403),
        ({"Origin": "http://localhost:9999"}, "application/json", 403),
        ({"Origin": "https://localhost"}, "application/json", 403),
        ({"Origin": "null"}, "application/json", 403),
        (
            {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
            "application/json",
            403,
        ),
        ({"Sec-Fetch-Site": "same-origin"}, "text/plain", 415),
        ({"Sec-Fetch-Site": "same-origin"}, "application/x-www-form-urlencoded", 415),
        ({"Sec-Fetch-Site": "same-origin"}, None, 415),
    ],
)
def test_only_our_own_page_may_send(
    client: FlaskClient,
    desk: ScriptedDesk,
    headers: dict[str, str],
    content_type: str | None,
    status: int,
) -> None:
    body = json.dumps({"text": "hi", "identity": SMS})
    answer = client.post("/chat/messages", data=body, headers=headers, content_type=content_type)
    assert answer.status_code == status
    assert len(desk.received) == (1 if status == 200 else 0)


def test_behind_a_proxy_our_page_has_the_public_name(real: Database, desk: ScriptedDesk) -> None:
    client = client_of(real, desk, web_chat=True, public_url="https://desk.example.org/frontdesk")
    for origin, status in (("https://desk.example.org", 403), ("https://evil.example", 403)):
        answer = client.post("/chat/messages", json={"text": "hi"}, headers={"Origin": origin})
        assert answer.status_code == status
        # The first comes from our page and lacks the cookie only.
        assert ("load it again" in answer.get_json()["error"]) == ("desk" in origin)


def test_a_desk_out_of_order_is_said_in_words(client: FlaskClient, desk: ScriptedDesk) -> None:
    desk.failure = OperationalError("insert", {"text": "secret"}, Exception("disk full"))
    answer = send(client, text="Hi")
    assert answer.status_code == 503
    assert "try again" in answer.get_json()["error"]
    assert "secret" not in answer.text
