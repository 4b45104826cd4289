"""Twilio's status callbacks: what a report changes, and what it says of the address."""

import logging

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.database.connect import Database
from tests.core.messaging.waiting import address_of, seen, waiting
from tests.providers.twilio_peer import AUTH_TOKEN
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
