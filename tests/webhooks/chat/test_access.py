"""Who may come in: anybody at the machine of a demo, visitors where the clinic says so."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.database.connect import Database
from tests.webhooks.chat.conftest import client_of, standing_clock
from tests.webhooks.chat.scripted_desk import ScriptedDesk
from webhooks.chat.gate import FORWARDING_HEADERS
from webhooks.chat.identity import COOKIE

ANA = {"channel": "sms", "address": "+14155550142"}
OURS = {"Sec-Fetch-Site": "same-origin"}
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}

EVERYTHING = (
    ("GET", "/chat"),
    ("POST", "/chat/messages"),
    ("GET", "/chat/messages"),
    ("GET", "/chat/day"),
    ("GET", "/chat/ledger"),
    ("GET", "/chat/clock"),
    ("POST", "/chat/clock"),
    ("POST", "/chat/crash"),
    ("GET", "/chat/crash/x"),
    ("POST", "/chat/rush"),
    ("POST", "/chat/staff-code"),
    ("GET", "/chat/static/main.js"),
)
# What shows others, or makes one somebody else.
DEMO_CONTROLS: tuple[tuple[str, str, object], ...] = (
    ("GET", "/chat/day", None),
    ("GET", "/chat/day?date=2026-03-02&location=Downtown", None),
    ("GET", "/chat/ledger", None),
    ("GET", "/chat/ledger?after=x", None),
    ("GET", "/chat/messages?channel=sms&address=%2B14155550142", None),
    ("GET", "/chat/messages?address=anybody", None),
    ("POST", "/chat/messages", {"text": "hi", "identity": ANA}),
    ("POST", "/chat/messages", {"text": "hi", "identity": {"channel": "web", "address": "ana"}}),
    ("POST", "/chat/messages", {"text": "hi", "identity": {}}),
    ("POST", "/chat/messages", {"contact": "+14155550142"}),
    ("GET", "/chat/clock", None),
    ("POST", "/chat/clock", {"to": "day"}),
    ("POST", "/chat/crash", {}),
    ("GET", "/chat/crash/x", None),
    ("POST", "/chat/rush", {"guard": True}),
    ("POST", "/chat/staff-code", {"staff": "rosa"}),
)


def visit(client: FlaskClient, method: str, path: str, **more: Any) -> TestResponse:
    return client.open(path, method=method, headers=OURS, **more)


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_a_clinic_that_has_not_opened_it_has_no_web_chat(
    real: Database, method: str, path: str
) -> None:
    client = client_of(real, ScriptedDesk(real, standing_clock))
    assert (
        visit(client, method, path, json={"text": "hi"} if method == "POST" else None).status_code
        == 404
    )


@pytest.mark.parametrize(("method", "path", "body"), DEMO_CONTROLS)
def test_the_demos_controls_are_not_there_on_a_real_clinic(
    real: Database, method: str, path: str, body: object
) -> None:
    desk = ScriptedDesk(real, standing_clock)
    client = client_of(real, desk, web_chat=True)
    assert visit(client, "GET", "/chat").status_code == 200
    assert visit(client, method, path, json=body).status_code == 404
    assert desk.received == []


@pytest.mark.parametrize(("method", "path", "body"), DEMO_CONTROLS)
def test_the_demos_controls_are_for_the_machine_it_runs_on(
    demo: Database, method: str, path: str, body: object
) -> None:
    desk = ScriptedDesk(demo, standing_clock)
    client = client_of(demo, desk, web_chat=True)
    client.set_cookie(COOKIE, _cookie(client, environ_overrides=ELSEWHERE), path="/chat")
    answer = visit(client, method, path, json=body, environ_overrides=ELSEWHERE)
    assert answer.status_code == 404
    assert desk.received == []


@pytest.mark.parametrize(("method", "path"), EVERYTHING)
def test_a_demo_is_not_there_for_other_machines(
    client: FlaskClient, method: str, path: str
) -> None:
    body = {"text": "hi", "identity": ANA} if method == "POST" else None
    assert visit(client, method, path, json=body, environ_overrides=ELSEWHERE).status_code == 404


@pytest.mark.parametrize("header", FORWARDING_HEADERS)
def test_a_demo_is_not_there_through_a_proxy(client: FlaskClient, header: str) -> None:
    assert client.get("/chat/ledger").status_code == 200
    assert client.get("/chat/ledger", headers={header: "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[", ""])
def test_a_demo_is_not_there_under_a_foreign_name(client: FlaskClient, host: str) -> None:
    """A page elsewhere may have its own name resolve to this machine."""
    assert client.get("/chat/ledger", headers={"Host": host}).status_code in (400, 404)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1"])
@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_a_demo_is_there_for_its_own_machine(client: FlaskClient, address: str, host: str) -> None:
    answer = client.get(
        "/chat/ledger", headers={"Host": host}, environ_overrides={"REMOTE_ADDR": address}
    )
    assert answer.status_code == 200


def test_a_visitor_is_a_new_address_each_time(real: Database) -> None:
    desk = ScriptedDesk(real, standing_clock)
    for _ in range(2):
        client = client_of(real, desk, web_chat=True)
        visit(client, "GET", "/chat")
        for text in ("hi", "again"):
            assert visit(client, "POST", "/chat/messages", json={"text": text}).status_code == 200
        said = visit(client, "GET", "/chat/messages").get_json()["messages"]
        assert [message["text"] for message in said if message["direction"] == "in"] == [
            "hi",
            "again",
        ]
    senders = [message.sender for message in desk.received]
    assert senders[0] == senders[1] != senders[2] == senders[3]
    assert {sender.channel for sender in senders} == {"web"}
    assert not any(message.simulated for message in desk.received)


def test_a_visitors_cookie_is_for_the_chat_alone(real: Database) -> None:
    def given(**request: Any) -> str:
        client = client_of(real, ScriptedDesk(real, standing_clock), web_chat=True)
        return client.get("/chat", **request).headers["Set-Cookie"]

    far = given(environ_overrides=ELSEWHERE)
    for attribute in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/chat"):
        assert attribute in far
    assert "Secure" not in given()
    assert "Secure" in given(headers={"X-Forwarded-For": "203.0.113.7"})


def test_a_visitor_keeps_the_cookie(real: Database) -> None:
    client = client_of(real, ScriptedDesk(real, standing_clock), web_chat=True)
    assert "Set-Cookie" in client.get("/chat").headers
    assert "Set-Cookie" not in client.get("/chat").headers


def test_a_visitor_cannot_choose_an_address(real: Database) -> None:
    desk = ScriptedDesk(real, standing_clock)
    client = client_of(real, desk, web_chat=True)
    token, _, mac = _cookie(client).partition(".")
    for forged in (None, "", "ana", f"ana.{mac}", token, f"{token}.", f"{token}.{'0' * 32}", "é.é"):
        stranger = client_of(real, desk, web_chat=True)
        if forged is not None:
            stranger.set_cookie(COOKIE, forged, path="/chat")
        answer = visit(stranger, "POST", "/chat/messages", json={"text": "hi"})
        assert answer.status_code == 403, forged
        assert "load it again" in answer.get_json()["error"]
        assert visit(stranger, "GET", "/chat/messages").status_code == 403
    assert desk.received == []


def test_a_real_clinics_page_shows_the_chat_alone(real: Database) -> None:
    client = client_of(real, ScriptedDesk(real, standing_clock), web_chat=True)
    page = client.get("/chat").text
    assert 'id="log"' in page
    controls = (
        "picker",
        "panel-second",
        "panel-calendar",
        "panel-ledger",
        "people",
        "tabs",
        "panels.css",
        "clock-steps",
        "try",
        "crash",
        "rush",
    )
    for control in controls:
        assert f'id="{control}"' not in page


def test_the_page_runs_nothing_but_its_own_files(client: FlaskClient) -> None:
    answer = client.get("/chat")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "style=" not in answer.text
    assert "onclick" not in answer.text
    assert "//" not in answer.text.replace("http://www.w3.org", "")


def _cookie(client: FlaskClient, **more: Any) -> str:
    given = client.get("/chat", **more).headers["Set-Cookie"]
    return given.partition(f"{COOKIE}=")[2].partition(";")[0]
