"""The simulator's own address: the page, the ledger, the state, and the orders it takes."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from tests.providers.control import PAGE, Control
from tests.providers.loopback import LoopbackPeer
from tests.providers.sdk import ON_WHATSAPP, PATIENT, refusal, talk, twilio_client
from tests.providers.simulator import Simulator
from tests.providers.test_posting import Desk
from tests.providers.twilio_peer import SMS_FROM, WHATSAPP_FROM


@pytest.fixture
def desk() -> Iterator[LoopbackPeer]:
    with Desk() as listening:
        yield listening


@pytest.fixture
def simulator(desk: Desk) -> Iterator[Simulator]:
    with Simulator(desk.url) as made:
        yield made


@pytest.fixture
def control(simulator: Simulator) -> Iterator[Control]:
    with Control(simulator) as listening:
        yield listening


@pytest.fixture
def client(simulator: Simulator) -> Iterator[Any]:
    with twilio_client(simulator.twilio) as made:
        yield made


def order(control: Control, path: str, **given: Any) -> dict[str, Any]:
    answer = requests.post(control.url + path, json=given, timeout=5)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ledger(control: Control, **wanted: str) -> list[dict[str, Any]]:
    return list(requests.get(f"{control.url}/ledger", params=wanted, timeout=5).json())


SMS = {"channel": "sms", "from": PATIENT}
TELEGRAM = {"channel": "telegram", "from": "111"}


def test_a_person_writes_and_the_desk_hears_it(control: Control, desk: Desk) -> None:
    order(control, "/write", **SMS, text="hello")
    order(control, "/write", **TELEGRAM, text="hello")
    assert order(control, "/clock", hours=0)["alerts"] == []
    assert control._simulator.postman.wait_until_idle()
    assert len(desk.requests) == 3  # Start came before the first word in Telegram.


def test_what_a_phone_shows_is_asked_for_by_program(
    control: Control, simulator: Simulator, client: Any
) -> None:
    client.messages.create(to=PATIENT, from_=SMS_FROM, body="Tuesday?")
    client.messages.create(to="+14155550124", from_=SMS_FROM, body="Monday?")
    [entry] = ledger(control, to=PATIENT, outcome="accepted")
    assert (entry["text"], entry["segments"], entry["price"]) == ("Tuesday?", 1, "0.0083")
    assert [entry["text"] for entry in ledger(control, after="1")] == ["Monday?"]
    assert simulator.ledger.price() == 2 * simulator.ledger.entries()[0].price


def test_buttons_are_pressed_by_their_label(
    control: Control, simulator: Simulator, desk: Desk
) -> None:
    order(control, "/write", **TELEGRAM, text="hello")
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("10:00", callback_data="l:1")]])
    talk(simulator.telegram, lambda bot: bot.send_message(111, "When?", reply_markup=markup))
    order(control, "/press", **TELEGRAM, label="10:00")
    assert simulator.postman.wait_until_idle()
    assert b'"l:1"' in desk.requests[-1].body
    assert order(control, "/clock", hours=0)["turning"] == 1


def test_opting_out_and_bad_numbers(control: Control, client: Any) -> None:
    form = {"to": PATIENT, "from_": SMS_FROM, "body": "x"}
    assert order(control, "/opt-out", **SMS)["opted_out"] == [PATIENT]
    assert refusal(client.messages.create, **form) == 21610
    order(control, "/write", **SMS, text="START")
    assert order(control, "/bad-number", **SMS, code=21211)["bad_numbers"] == {PATIENT: 21211}
    assert refusal(client.messages.create, **form) == 21211
    assert order(control, "/bad-number", **SMS, code="landline")["bad_numbers"] == {PATIENT: 30006}
    assert order(control, "/good-number", **SMS)["bad_numbers"] == {}
    client.messages.create(**form)


def test_blocking_is_telegrams_and_whatsapps_too(control: Control) -> None:
    assert order(control, "/block", **TELEGRAM)["blocked"] == ["111"]
    answer = requests.post(f"{control.url}/write", json={**TELEGRAM, "text": "x"}, timeout=5)
    assert "blocked" in answer.json()["error"]
    assert order(control, "/unblock", **TELEGRAM)["blocked"] == []
    on_whatsapp = {"channel": "whatsapp", "from": PATIENT}
    assert order(control, "/block", **on_whatsapp)["bad_numbers"] == {ON_WHATSAPP: 63024}


def test_the_clock_closes_the_24_hours(control: Control, simulator: Simulator, client: Any) -> None:
    order(control, "/write", channel="whatsapp", text="hello", **{"from": PATIENT})
    form = {"to": ON_WHATSAPP, "from_": WHATSAPP_FROM, "body": "x"}
    client.messages.create(**form)
    order(control, "/clock", hours=25)
    client.messages.create(**form)
    assert [each.error_code for each in simulator.twilio.accepted] == [None, 63016]
    at = (simulator.clock() + timedelta(days=3)).isoformat()
    assert order(control, "/clock", at=at)["now"][:13] == at[:13]


def test_templates_change_their_state(control: Control, simulator: Simulator) -> None:
    sid = simulator.twilio.has_template("Your visit is on {{1}}.")
    [template] = order(control, "/template", sid=sid, status="paused")["templates"]
    assert template["status"] == "paused"


def test_weather_and_habits(control: Control, client: Any) -> None:
    form = {"to": PATIENT, "from_": SMS_FROM, "body": "x"}
    state = order(control, "/weather", provider="twilio", kind="refuse", status=400, code=30007)
    assert state["weather"]["twilio"]["kind"] == "refuse"
    assert refusal(client.messages.create, **form) == 30007
    order(control, "/weather", provider="twilio", kind="accept")
    client.messages.create(**form)
    state = order(control, "/habits", times=2, is_reordered=True, lost=0)
    assert state["habits"] == {"times": 2, "is_reordered": True, "lost": 0}


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/write", {**SMS, "text": ""}),
        ("/write", {"channel": "fax", "from": "1", "text": "x"}),
        ("/write", {"channel": "sms", "from": "4155550123", "text": "x"}),
        ("/write", {"channel": "telegram", "from": "Ana", "text": "x"}),
        ("/write", {"text": "x"}),
        ("/press", {**SMS, "label": "10:00"}),
        ("/bad-number", {**SMS, "code": 12}),
        ("/bad-number", {**SMS, "code": None}),
        ("/weather", {"provider": "twilio", "kind": "snow"}),
        ("/weather", {"provider": "pigeon", "kind": "drop"}),
        ("/weather", {"provider": "twilio", "kind": "drop", "wind": 3}),
        ("/habits", {"times": 0}),
        ("/habits", {"pace": 0}),
        ("/clock", {"hours": -1}),
        ("/clock", {"hours": 1e300}),
        ("/clock", {"at": "tomorrow"}),
        ("/template", {"sid": "HX1", "status": "approved"}),
        ("/template", {"sid": [], "status": "approved"}),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_with_a_reason(
    control: Control, path: str, given: dict[str, Any]
) -> None:
    answer = requests.post(control.url + path, json=given, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("call", "status"),
    [
        ({"headers": {"Host": "evil.example"}}, 403),
        ({"data": '{"hours": 1}', "headers": {"Content-Type": "text/plain"}}, 415),
        ({"data": "hours=1"}, 415),
        ({"data": "[]", "headers": {"Content-Type": "application/json"}}, 400),
        ({"data": "{", "headers": {"Content-Type": "application/json"}}, 400),
    ],
)
def test_pages_from_elsewhere_steer_nothing(
    control: Control, simulator: Simulator, call: dict[str, Any], status: int
) -> None:
    before = simulator.clock._ahead
    assert requests.post(f"{control.url}/clock", **call, timeout=5).status_code == status
    assert simulator.clock._ahead == before


def test_what_is_not_there_says_what_is(control: Control) -> None:
    assert requests.get(f"{control.url}/nothing", timeout=5).status_code == 404
    assert requests.get(f"{control.url}/ledger?colour=red", timeout=5).status_code == 400
    answer = requests.post(f"{control.url}/dance", json={}, timeout=5)
    assert "/write" in answer.json()["error"]


def test_the_page_is_our_own_and_loads_nothing_from_elsewhere(control: Control) -> None:
    answer = requests.get(f"{control.url}/", timeout=5)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    for name in re.findall(r'(?:src|href)="(?!data:)([^"]+)"', answer.text):
        assert requests.get(f"{control.url}/{name}", timeout=5).status_code == 200
    for file in PAGE.iterdir():
        text = file.read_text()
        assert not re.search(r"https?://|innerHTML|insertAdjacentHTML|document\.write", text)
