"""Twilio's webhooks: who is let in, what a form means, and what a status changes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Request
from flask.testing import FlaskClient
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.datastructures import MultiDict
from werkzeug.test import EnvironBuilder, TestResponse

from bot.messages import Address, Channel, Content, InboundMessage
from core.database.connect import Database
from tests.core.messaging.waiting import seen, waiting
from tests.providers.twilio_peer import AUTH_TOKEN, SMS_FROM, TwilioPeer
from tests.providers.twilio_webhooks import SignedForm, sign, signed_form
from tests.webhooks.front import MESSAGES, PUBLIC_URL, FakeDesk, client, no_commit
from webhooks.twilio import is_from_twilio, parse_message

VECTORS = json.loads(
    (Path(__file__).parents[1] / "providers/contracts/twilio/signature_vectors.json").read_text()
)
PATIENT = "+14155550123"
TEXT = {"MessageSid": "SM1", "From": PATIENT, "To": SMS_FROM, "Body": "hello", "NumMedia": "0"}


@pytest.fixture
def twilio() -> Iterator[TwilioPeer]:
    with TwilioPeer() as peer:
        yield peer


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def web(sqlite_database: Database, desk: FakeDesk) -> FlaskClient:
    return client(sqlite_database, desk)


def post(web: FlaskClient, form: SignedForm, **changes: Any) -> TestResponse:
    parts = urlsplit(form.url.removeprefix(PUBLIC_URL))
    options = {"data": form.fields, "headers": form.headers, "query_string": parts.query}
    return web.post(parts.path, **options | changes)


# Who is let in.


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_twilios_own_examples_are_judged_as_twilio_does(vector: dict[str, Any]) -> None:
    parts = urlsplit(vector["url"])
    is_json = "body" in vector
    builder = EnvironBuilder(
        parts.path,
        "http://internal:8000",  # What a proxy shows us is not what was signed.
        query_string=parts.query,
        method="POST",
        headers=[("X-Twilio-Signature", vector["signature"])],
        data=vector["body"]
        if is_json
        else MultiDict([(name, value) for name, value in vector["form"]]),
        content_type="application/json" if is_json else None,
    )
    validator = RequestValidator(VECTORS["auth_token"])
    public_url = f"{parts.scheme}://{parts.netloc}"
    assert is_from_twilio(validator, public_url, Request(builder.get_environ())) is vector["valid"]


def test_a_signed_message_is_handed_over_once_and_answered_empty(
    web: FlaskClient, desk: FakeDesk, twilio: TwilioPeer
) -> None:
    answer = post(web, twilio.inbound(MESSAGES, PATIENT, "Dr Patel, Tuesday"))
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert answer.text.endswith("<Response/>")
    [message] = desk.received
    assert message.sender == Address(Channel.SMS, PATIENT)
    assert (message.recipient, message.text) == (SMS_FROM, "Dr Patel, Tuesday")


@pytest.mark.parametrize(
    "signature",
    [None, "", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "é", "x" * 5000],
    ids=["missing", "empty", "another's", "not ASCII", "long"],
)
@pytest.mark.parametrize("path", ["/twilio/messages", "/twilio/status?message=x"])
def test_without_the_right_signature_nothing_changes_and_nothing_is_said(
    sqlite_database: Database,
    web: FlaskClient,
    desk: FakeDesk,
    signature: str | None,
    path: str,
) -> None:
    message_id = waiting(sqlite_database, public_id="x", status="sent")
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    form = TEXT | {"MessageStatus": "delivered"}
    answer = web.post(path, data=form, headers=headers)
    assert (answer.status_code, answer.data) == (403, b"")
    assert desk.received == []
    assert seen(sqlite_database, message_id).status == "sent"


def test_a_changed_added_or_repeated_field_breaks_the_signature(
    web: FlaskClient, desk: FakeDesk
) -> None:
    form = signed_form(AUTH_TOKEN, MESSAGES, TEXT)
    for fields in (
        TEXT | {"Body": "hello "},
        TEXT | {"Extra": "1"},
        MultiDict([*TEXT.items(), ("Body", "cancel everything")]),
    ):
        assert post(web, form, data=fields).status_code == 403
    assert post(web, form, query_string="a=b").status_code == 403
    assert desk.received == []


def test_a_field_that_comes_twice_with_one_value_is_signed_once(
    web: FlaskClient, desk: FakeDesk
) -> None:
    form = signed_form(AUTH_TOKEN, MESSAGES, TEXT)
    assert post(web, form, data=MultiDict([*TEXT.items(), ("Body", "hello")])).status_code == 200
    assert len(desk.received) == 1


def test_values_are_not_trimmed_and_any_sign_may_stand_in_them(
    web: FlaskClient, desk: FakeDesk
) -> None:
    body = "  ¿mañana? 🙂 + & = %20\r\n "
    assert post(web, signed_form(AUTH_TOKEN, MESSAGES, TEXT | {"Body": body})).status_code == 200
    assert desk.received[0].text == body


def test_behind_a_proxy_only_our_public_address_counts(web: FlaskClient, desk: FakeDesk) -> None:
    form = signed_form(AUTH_TOKEN, MESSAGES, TEXT)
    elsewhere = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    headers = form.headers | elsewhere
    assert post(web, form, base_url="http://10.0.0.7:8000", headers=headers).status_code == 200
    forged = signed_form(AUTH_TOKEN, "https://evil.example/twilio/messages", TEXT)
    assert post(web, form, headers=forged.headers | elsewhere).status_code == 403
    assert len(desk.received) == 1


def test_a_proxy_that_hides_a_path_needs_it_in_the_public_address(
    sqlite_database: Database, desk: FakeDesk
) -> None:
    web = client(sqlite_database, desk, public_url=f"{PUBLIC_URL}/desk")
    form = signed_form(AUTH_TOKEN, f"{PUBLIC_URL}/desk/twilio/messages", TEXT)
    assert web.post("/twilio/messages", data=TEXT, headers=form.headers).status_code == 200


def test_json_is_believed_only_with_the_hash_of_its_body(web: FlaskClient, desk: FakeDesk) -> None:
    headers = {"X-Twilio-Signature": sign(AUTH_TOKEN, MESSAGES, [])}
    answer = web.post("/twilio/messages", json=TEXT, headers=headers)
    assert answer.status_code == 403
    url = f"{MESSAGES}?bodySHA256={'0' * 64}"
    headers = {"X-Twilio-Signature": sign(AUTH_TOKEN, url, [])}
    answer = web.post(url.removeprefix(PUBLIC_URL), json=TEXT, headers=headers)
    assert answer.status_code == 403
    assert desk.received == []


def test_when_twilio_is_off_there_is_no_such_address(
    sqlite_database: Database, desk: FakeDesk
) -> None:
    off = dict.fromkeys(("twilio_account_sid", "twilio_auth_token", "twilio_sms_from"))
    web = client(sqlite_database, desk, **off)
    assert post(web, signed_form(AUTH_TOKEN, MESSAGES, TEXT)).status_code == 404
    assert web.post("/twilio/status").status_code == 404


# What a form means.


@pytest.mark.parametrize("field", ["MessageSid", "From", "To"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_form_without_its_essentials_is_told_what_is_missing(
    web: FlaskClient, desk: FakeDesk, field: str, value: str | None
) -> None:
    fields = {name: text for name, text in TEXT.items() if name != field}
    if value is not None:
        fields[field] = value
    answer = post(web, signed_form(AUTH_TOKEN, MESSAGES, fields))
    assert (answer.status_code, answer.text) == (400, f"{field} is missing\n")
    assert desk.received == []


def parsed(**changes: str) -> InboundMessage:
    message = parse_message(TEXT | changes)
    assert message is not None
    return message


def test_the_prefix_makes_it_whatsapp() -> None:
    message = parsed(From=f"whatsapp:{PATIENT}", To="whatsapp:+14155550199")
    assert message.sender == Address(Channel.WHATSAPP, PATIENT)
    assert message.recipient == "+14155550199"


def test_a_channel_that_we_do_not_speak_is_answered_and_ignored(
    web: FlaskClient, desk: FakeDesk
) -> None:
    form = signed_form(AUTH_TOKEN, MESSAGES, TEXT | {"From": "messenger:123"})
    assert post(web, form).status_code == 200
    assert desk.received == []


@pytest.mark.parametrize(
    ("fields", "text", "content"),
    [
        ({}, "hello", Content.TEXT),
        ({"NumMedia": "1", "Body": ""}, "", Content.UNREADABLE),
        ({"NumMedia": "1", "Body": "my card"}, "my card", Content.TEXT),
        ({"NumMedia": "many", "Body": ""}, "", Content.UNREADABLE),
        ({"Latitude": "37.7", "Longitude": "-122.4", "Body": "Home"}, "", Content.UNREADABLE),
        ({"Body": ""}, "", Content.UNREADABLE),
        ({"ButtonPayload": "abc:2", "ButtonText": "Tue", "Body": "Tue"}, "abc:2", Content.BUTTON),
        ({"ListId": "abc:7", "ListTitle": "10:00", "Body": "10:00"}, "abc:7", Content.BUTTON),
    ],
)
def test_what_a_message_consists_of(fields: dict[str, str], text: str, content: Content) -> None:
    message = parsed(**fields)
    assert (message.text, message.content) == (text, content)


def test_what_the_carrier_did_with_a_word_is_passed_on(
    web: FlaskClient, desk: FakeDesk, twilio: TwilioPeer
) -> None:
    for word in ("STOP", "START", "hello"):
        post(web, twilio.inbound(MESSAGES, PATIENT, word))
    assert [message.opt_out_type for message in desk.received] == ["STOP", "START", None]


def test_a_repeated_message_keeps_its_id(web: FlaskClient, desk: FakeDesk) -> None:
    """That it takes effect once is the desk's promise; ours is that it can tell."""
    form = signed_form(AUTH_TOKEN, MESSAGES, TEXT)
    assert [post(web, form).status_code for _ in range(2)] == [200, 200]
    assert [message.provider_id for message in desk.received] == ["SM1", "SM1"]


def test_503_only_when_the_database_does_not_commit(web: FlaskClient, desk: FakeDesk) -> None:
    desk.error = no_commit()
    answer = post(web, signed_form(AUTH_TOKEN, MESSAGES, TEXT))
    assert (answer.status_code, answer.text) == (503, "try again later\n")
    desk.error = None
    assert post(web, signed_form(AUTH_TOKEN, MESSAGES, TEXT)).status_code == 200
