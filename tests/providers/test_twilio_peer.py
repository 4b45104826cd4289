"""The Twilio peer, with Twilio's own SDK as its client: what it takes, what it refuses."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.senders.twilio import HttpClient
from tests.providers.conftest import Clock
from tests.providers.sdk import ON_WHATSAPP, PATIENT, WEBHOOK, content, refusal, replies
from tests.providers.twilio_contract import FOLDER, find
from tests.providers.twilio_peer import SERVICE_SID, SMS_FROM, WHATSAPP_FROM, TwilioPeer
from tests.providers.twilio_webhooks import sign


def test_a_message_is_kept_and_can_be_fetched_and_listed(
    twilio: TwilioPeer, client: Any, clock: Clock
) -> None:
    sent = client.messages.create(to=PATIENT, from_=SMS_FROM, body="Tue 1 Dec 10:00?")
    assert (sent.status, sent.num_segments, sent.direction) == ("queued", "1", "outbound-api")
    assert client.messages(sent.sid).fetch().body == "Tue 1 Dec 10:00?"
    since = clock() - timedelta(minutes=5)
    assert [m.sid for m in client.messages.list(to=PATIENT, date_sent_after=since)] == [sent.sid]
    assert client.messages.list(to="+14155550124") == []
    assert [message.sid for message in twilio.accepted] == [sent.sid]


def test_a_messaging_service_accepts_rather_than_queues(client: Any) -> None:
    sent = client.messages.create(to=PATIENT, messaging_service_sid=SERVICE_SID, body="Hello")
    assert (sent.status, sent.messaging_service_sid) == ("accepted", SERVICE_SID)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"to": "12", "from_": SMS_FROM, "body": "x"}, 21211),
        ({"to": "+0123", "from_": SMS_FROM, "body": "x"}, 20001),
        ({"to": PATIENT, "from_": SMS_FROM}, 21602),
        ({"to": PATIENT, "body": "x"}, 21603),
        ({"to": PATIENT, "from_": "+14155550999", "body": "x"}, 21606),
        ({"to": ON_WHATSAPP, "from_": "whatsapp:+14155550999", "body": "x"}, 63007),
        ({"to": ON_WHATSAPP, "from_": SMS_FROM, "body": "x"}, 21910),
        ({"to": PATIENT, "from_": SMS_FROM, "body": "x" * 1_601}, 21617),
        ({"to": PATIENT, "from_": SMS_FROM, "content_sid": "HX" + "0" * 32}, 21655),
        ({"to": PATIENT, "from_": SMS_FROM, "content_sid": "HX1"}, 20001),
        ({"to": PATIENT, "from_": SMS_FROM, "body": "x", "status_callback": "/status"}, 20001),
        ({"to": PATIENT, "from_": SMS_FROM, "body": "x", "risk_check": "maybe"}, 20001),
        ({"to": PATIENT, "from_": SMS_FROM, "body": "x", "validity_period": "soon"}, 20001),
        ({"to": PATIENT, "from_": SMS_FROM, "body": "x", "message_intent": "otp"}, 20001),
    ],
)
def test_it_refuses_what_is_wrong(
    twilio: TwilioPeer, client: Any, form: dict[str, object], code: int
) -> None:
    assert refusal(client.messages.create, **form) == code
    assert twilio.accepted == []


def test_wrong_credentials_are_refused(twilio: TwilioPeer) -> None:
    http = HttpClient(twilio.url, timeout=5)
    stranger = Client(twilio.account_sid, "wrong", http_client=http)
    with pytest.raises(TwilioRestException) as caught:
        stranger.messages.create(to=PATIENT, from_=SMS_FROM, body="x")
    assert (caught.value.status, caught.value.code) == (401, 20003)
    http.session.close()


@pytest.mark.parametrize(
    "body",
    [
        {"language": "en"},
        {"language": "en", "types": {}},
        {"language": "en", "types": {"twilio/list-picker": {"body": "b", "items": []}}},
        {"language": "en", "types": {"twilio/unknown": {"body": "b"}}},
        {"language": "en", "types": {"twilio/text": {"body": "{{1}}"}}},
        {"language": "en", "surprise": 1, "types": {"twilio/text": {"body": "b"}}},
        {
            "language": "en",
            "types": {"twilio/quick-reply": {"body": "b", "actions": replies(11, "t%d")}},
        },
    ],
)
def test_content_is_held_to_its_description(twilio: TwilioPeer, body: dict[str, Any]) -> None:
    account = (twilio.account_sid, twilio.auth_token)
    answer = requests.post(f"{twilio.url}/v1/Content", json=body, auth=account, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


def test_its_own_answers_are_held_to_the_description(twilio: TwilioPeer) -> None:
    found = find("POST", f"/2010-04-01/Accounts/{twilio.account_sid}/Messages.json")
    assert found is not None
    for wrong in ({"sid": "SM1"}, {"status": "gone"}, {"colour": "red"}, {"date_sent": "soon"}):
        with pytest.raises(AssertionError):
            found[0].check_answer(201, wrong)


def test_what_it_posts_is_signed_as_twilio_signs(twilio: TwilioPeer, client: Any) -> None:
    made = client.content.v1.contents.create(content("quick-reply", actions=replies(2)))
    twilio.heard_from(ON_WHATSAPP)
    client.messages.create(
        to=ON_WHATSAPP,
        from_=WHATSAPP_FROM,
        content_sid=made.sid,
        content_variables='{"1": "No "}',
        status_callback="https://clinic.example/twilio/status?message=m1",
    )
    sent = twilio.accepted[0]
    pressed = twilio.press(WEBHOOK, sent, 2)
    assert pressed.fields["ButtonPayload"] == "l:1"
    assert pressed.fields["ButtonText"] == pressed.fields["Body"] == "No 1"
    assert pressed.fields["WaId"] == PATIENT.removeprefix("+")
    validator = RequestValidator(twilio.auth_token)
    for form in (twilio.inbound(WEBHOOK, PATIENT, " hi "), pressed, *twilio.status_callbacks(sent)):
        signature = form.headers["X-Twilio-Signature"]
        assert validator.validate(form.url, form.fields, signature)
        assert not validator.validate(form.url, {**form.fields, "Body": "other"}, signature)


def test_the_published_signature_vectors_hold() -> None:
    published = json.loads((FOLDER / "signature_vectors.json").read_text())
    for vector in (item for item in published["vectors"] if "form" in item):
        fields = [(name, value) for name, value in vector["form"]]
        parts = urlsplit(vector["url"])
        port = {"https": 443, "http": 80}[parts.scheme]
        hosts = (parts.netloc, parts.hostname, f"{parts.hostname}:{port}")
        urls = [urlunsplit(parts._replace(netloc=str(host))) for host in hosts]
        made = {sign(published["auth_token"], url, fields) for url in urls}
        assert (vector["signature"] in made) is vector["valid"], vector["name"]


def test_it_can_be_told_to_fail(twilio: TwilioPeer, client: Any) -> None:
    form = {"to": PATIENT, "from_": SMS_FROM, "body": "x"}
    twilio.fail_next(status=429, code=20429)
    twilio.drop_next(accept=True)
    assert refusal(client.messages.create, **form) == 20429
    with pytest.raises(requests.ConnectionError):
        client.messages.create(**form)
    assert len(twilio.accepted) == 1
    client.messages.create(**form)
    assert len(twilio.accepted) == 2


def test_what_is_no_text_is_refused_and_not_the_end(twilio: TwilioPeer, client: Any) -> None:
    account = (twilio.account_sid, twilio.auth_token)
    url = f"{twilio.url}/2010-04-01/Accounts/{twilio.account_sid}/Messages.json"
    answer = requests.post(url, data=b"Body=\xff\xfe", auth=account, timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    client.messages.create(to=PATIENT, from_=SMS_FROM, body="x")
