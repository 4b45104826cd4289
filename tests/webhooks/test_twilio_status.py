"""Twilio's status callbacks: what a report changes, and what it says of the address."""

import logging

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.messages import Channel
from bot.senders.base import OutgoingMessage
from core.database.connect import Database
from core.messaging import troubles
from tests.bot.senders.lines import twilio_sender
from tests.builders import an_organization
from tests.core.messaging.waiting import address_of, seen, waiting
from tests.providers.posting import repeated_and_shuffled
from tests.providers.twilio_peer import AUTH_TOKEN, TwilioPeer
from tests.providers.twilio_webhooks import signed_form
from tests.webhooks.front import PUBLIC_URL, FakeDesk, client


@pytest.fixture
def web(sqlite_database: Database) -> FlaskClient:
    return client(sqlite_database, FakeDesk())


def report(web: FlaskClient, public_id: str, **fields: str) -> TestResponse:
    url = f"{PUBLIC_URL}/twilio/status?message={public_id}"
    form = signed_form(AUTH_TOKEN, url, {"MessageSid": "SM9"} | fields)
    return web.post(f"/twilio/status?message={public_id}", data=form.fields, headers=form.headers)


def test_a_status_moves_our_message_forward_and_never_back(
    sqlite_database: Database, web: FlaskClient
) -> None:
    message_id = waiting(sqlite_database, public_id="x", status="sent")
    for word, expected in (
        ("queued", "sent"),
        ("delivered", "delivered"),
        ("sent", "delivered"),
        ("undelivered", "delivered"),
        ("read", "read"),
        ("delivered", "read"),
    ):
        assert report(web, "x", MessageStatus=word).status_code == 200
        assert seen(sqlite_database, message_id).status == expected


@pytest.mark.parametrize(("code", "ends"), [(None, "delivered"), (30003, "undelivered")])
@pytest.mark.parametrize("seed", range(4))
def test_twilios_callbacks_end_where_twilio_ended_however_they_come(
    sqlite_database: Database, web: FlaskClient, seed: int, code: int | None, ends: str
) -> None:
    message_id = waiting(sqlite_database, public_id="x", status="sent")
    to = "+14155550123"
    with TwilioPeer() as peer:
        if code:
            peer.make_bad(to, code)
        sender = twilio_sender(peer)
        sender.send(OutgoingMessage("x", Channel.SMS, to, "", "See you on Tuesday."))
        sender.close()
        forms = peer.status_callbacks(peer.accepted[0], f"{PUBLIC_URL}/twilio/status?message=x")
    for form in repeated_and_shuffled(forms, times=3, seed=seed):
        path = form.url.removeprefix(PUBLIC_URL)
        assert web.post(path, data=form.fields, headers=form.headers).status_code == 200
    assert seen(sqlite_database, message_id).status == ends


def test_a_status_finds_its_message_by_twilios_id_too(
    sqlite_database: Database, web: FlaskClient
) -> None:
    message_id = waiting(sqlite_database, status="sent", provider_id="SM9")
    report(web, "", MessageStatus="delivered")
    assert seen(sqlite_database, message_id).status == "delivered"


@pytest.mark.parametrize(
    ("code", "state", "opted_in"),
    [("30005", "bad", None), ("21610", "good", False), ("30007", "good", None)],
)
def test_a_failed_delivery_says_what_it_says_of_the_address(
    sqlite_database: Database, web: FlaskClient, code: str, state: str, opted_in: bool | None
) -> None:
    message_id = waiting(sqlite_database, public_id="x", status="sent")
    report(web, "x", MessageStatus="undelivered", ErrorCode=code)
    row, address = seen(sqlite_database, message_id), address_of(sqlite_database, message_id)
    assert (row.status, row.error_code) == ("undelivered", code)
    assert (address.state, address.opted_in) == (state, opted_in)


@pytest.mark.parametrize(
    "fields", [{"MessageStatus": "delivered"}, {"MessageStatus": "dancing"}, {}]
)
def test_a_status_that_tells_us_nothing_is_accepted(
    web: FlaskClient, fields: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "frontdesk.twilio")
    assert report(web, "nobody's", **fields).status_code == 200
    assert "status" in caplog.text


def test_what_a_message_cost_is_kept_however_late_it_is_told(
    sqlite_database: Database, web: FlaskClient
) -> None:
    message_id = waiting(sqlite_database, public_id="x", status="sent", segments=1)
    report(web, "x", MessageStatus="delivered", NumSegments="2")
    report(web, "x", MessageStatus="sent", Price="-0.0079", PriceUnit="usd")
    row = seen(sqlite_database, message_id)
    assert (row.status, row.segments, row.price) == ("delivered", 2, "0.0079 USD")


@pytest.mark.parametrize(
    "cost",
    [
        {"NumSegments": "many"},
        {"NumSegments": "-1"},
        {"NumSegments": "9999"},
        {"NumSegments": "²"},
        {"Price": "free", "PriceUnit": "USD"},
        {"Price": "0.0079"},
        {"Price": "0.0079", "PriceUnit": "US dollars"},
    ],
)
def test_a_cost_that_makes_no_sense_is_left_out(
    sqlite_database: Database, web: FlaskClient, cost: dict[str, str]
) -> None:
    message_id = waiting(sqlite_database, public_id="x", status="sent", segments=1)
    assert report(web, "x", MessageStatus="delivered", **cost).status_code == 200
    row = seen(sqlite_database, message_id)
    assert (row.status, row.segments, row.price) == ("delivered", 1, None)


@pytest.mark.parametrize(("kind", "is_said_elsewhere"), [("reminder", True), ("reply", False)])
def test_a_reminder_that_is_reported_lost_is_to_be_said_elsewhere(
    sqlite_database: Database, web: FlaskClient, kind: str, is_said_elsewhere: bool
) -> None:
    message_id = waiting(sqlite_database, public_id="x", status="sent", kind=kind, due_at=None)
    report(web, "x", MessageStatus="undelivered", ErrorCode="30006")
    assert (seen(sqlite_database, message_id).due_at is not None) is is_said_elsewhere


def test_a_carrier_that_takes_nothing_alarms_staff_until_a_message_arrives(
    sqlite_database: Database, web: FlaskClient
) -> None:
    with sqlite_database.transaction() as connection:
        an_organization(connection)
    waiting(sqlite_database, public_id="x", status="sent")
    waiting(sqlite_database, public_id="y", status="sent")
    for _ in range(2):
        report(web, "x", MessageStatus="undelivered", ErrorCode="30034")
    with sqlite_database.reading() as connection:
        assert list(troubles.open_troubles(connection)) == ["sms 30034"]
    report(web, "y", MessageStatus="delivered", MessageSid="SM8")
    with sqlite_database.reading() as connection:
        assert troubles.open_troubles(connection) == {}
