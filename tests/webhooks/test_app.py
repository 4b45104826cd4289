"""What holds for every address: sizes, errors, headers."""

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.database.connect import Database
from tests.builders import an_organization
from tests.core.messaging.waiting import waiting
from tests.webhooks.front import MESSAGES, SECRET, FakeDesk, client
from webhooks.app import MOST_BYTES


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def web(sqlite_database: Database, desk: FakeDesk) -> FlaskClient:
    return client(sqlite_database, desk)


def test_the_bare_address_leads_to_the_chat_where_there_is_one(
    sqlite_database: Database, web: FlaskClient
) -> None:
    assert web.get("/").status_code == 404
    with sqlite_database.transaction() as connection:
        an_organization(connection, is_demo=True)
    assert web.get("/").headers["Location"] == "/chat"
    assert web.get("/", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 404


@pytest.mark.parametrize("path", ["/twilio/messages", "/twilio/status", "/telegram/webhook"])
def test_a_request_that_is_too_large_is_told_so(
    web: FlaskClient, desk: FakeDesk, path: str
) -> None:
    headers = {
        "X-Twilio-Signature": "x",
        "X-Telegram-Bot-Api-Secret-Token": SECRET,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = web.post(path, data=b"a" * (MOST_BYTES + 1), headers=headers)
    assert (answer.status_code, answer.text) == (413, "too large: at most 64 KiB\n")
    assert desk.received == []


def test_a_caller_hears_nothing_of_what_went_wrong_inside(
    web: FlaskClient, desk: FakeDesk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.error = RuntimeError("Maria Lopez")
    update = {
        "update_id": 1,
        "message": {
            "message_id": 1,
            "date": 1,
            "text": "hi",
            "chat": {"id": 1, "type": "private"},
            "from": {"id": 1, "is_bot": False, "first_name": "Ana"},
        },
    }
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    answer = web.post("/telegram/webhook", json=update, headers=headers)
    assert (answer.status_code, answer.text) == (500, "something went wrong\n")
    assert "telegram.receive_update: failed" in caplog.text


def test_a_wrong_address_or_method_is_said_in_one_line(web: FlaskClient) -> None:
    assert web.get("/nothing-here").status_code == 404
    answer = web.get("/telegram/webhook")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.mimetype == "text/plain"
    assert "<" not in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/nothing-here", "/twilio/messages"])
def test_every_answer_carries_the_security_headers(web: FlaskClient, path: str) -> None:
    headers = web.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_alive_and_ready(database: Database, desk: FakeDesk) -> None:
    web = client(database, desk)
    assert (web.get("/healthz").status_code, web.get("/healthz").text) == (200, "ok\n")
    answer = web.get("/readyz")
    assert answer.get_json()["checks"]["database"] is True
    assert answer.get_json()["checks"]["guards"] is True


def test_not_ready_without_a_guard(sqlite_database: Database, desk: FakeDesk) -> None:
    with sqlite_database.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER slot_taken_insert")
    answer = client(sqlite_database, desk).get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"]["guards"] is False


def test_alive_but_not_ready_without_a_database(desk: FakeDesk) -> None:
    nowhere = Database("postgresql://nobody@/nothing?host=/nonexistent", None)
    web = client(nowhere, desk)
    assert web.get("/healthz").status_code == 200
    answer = web.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {
        "ready": False,
        "checks": {"database": False, "migrated": False, "guards": False},
    }
    assert "Traceback" not in answer.text


def test_logs_carry_no_words_of_a_patient(
    sqlite_database: Database,
    web: FlaskClient,
    desk: FakeDesk,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from tests.providers.twilio_peer import AUTH_TOKEN
    from tests.providers.twilio_webhooks import signed_form

    caplog.set_level(logging.DEBUG)
    waiting(sqlite_database, text="Maria")
    fields = {"MessageSid": "SM1", "From": "+14155550123", "To": "+14155550100", "Body": "Maria"}
    form = signed_form(AUTH_TOKEN, MESSAGES, fields)
    assert web.post("/twilio/messages", data=form.fields, headers=form.headers).status_code == 200
    assert len(desk.received) == 1
    for record in caplog.records:
        if record.name.startswith("frontdesk"):
            assert "Maria" not in record.getMessage()
            assert "4155550123" not in record.getMessage()


def test_the_application_opens_nothing_until_it_is_asked(desk: FakeDesk) -> None:
    nowhere = Database("postgresql://nobody@/nothing?host=/nonexistent", None)
    assert isinstance(client(nowhere, desk).application, Flask)
