"""The address of the show: who may ask for a run, and what they are told of it."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from bot import rush
from bot.rush import PEOPLE
from core.database.connect import Database
from core.models import appointments, organizations, practitioners
from tests.webhooks.chat.clinic import make_clinic
from tests.webhooks.chat.conftest import client_of, standing_clock
from tests.webhooks.chat.scripted_desk import ScriptedDesk
from webhooks.chat.gate import FORWARDING_HEADERS

OURS = {"Sec-Fetch-Site": "same-origin"}
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder where nobody else's files lie."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def ask(client: FlaskClient, body: object = None, **more: Any) -> TestResponse:
    more = {"headers": OURS, "json": {"guard": True} if body is None else body} | more
    return client.post("/chat/rush", **more)


def heard(answer: TestResponse) -> Counter[str]:
    return Counter(each["heard"] for each in answer.get_json()["answers"])


def test_with_the_guard_one_hears_that_it_is_booked(client: FlaskClient) -> None:
    answer = ask(client, {"guard": True})
    assert answer.status_code == 200
    assert heard(answer) == {"booked": 1, "taken": PEOPLE - 1}
    run = answer.get_json()
    assert (run["visits"], run["seats"]) == (1, 1)
    assert run["slot"] == {
        "who": "Dr Anita Patel",
        "day": "Monday, March 2",
        "time": "1:00 PM",
        "place": "Downtown",
    }
    assert {each["person"] for each in run["answers"]} == set(range(PEOPLE))
    assert run["seconds"] == run["answers"][-1]["at"] > 0


def test_control_without_the_guard_many_do(client: FlaskClient) -> None:
    answer = ask(client, {"guard": False})
    booked = heard(answer)["booked"]
    assert booked > 1
    assert answer.get_json()["visits"] == booked
    assert answer.get_json()["seats"] == 1


def test_the_demos_own_visits_stay_and_the_copy_does_not(
    client: FlaskClient, demo: Database, temporary: Path
) -> None:
    def visits() -> list[Any]:
        with demo.reading() as connection:
            return list(connection.execute(select(appointments).order_by(appointments.c.id)))

    before = visits()
    for guard in (True, False):
        assert ask(client, {"guard": guard}).status_code == 200
    assert visits() == before != []
    assert [left.suffix for left in temporary.iterdir()] == [".lock"]


@pytest.mark.parametrize("body", [{}, {"guard": "on"}, {"guard": None}, {"guard": 1}, []])
def test_it_must_be_said_whether_the_guard_is_on(client: FlaskClient, body: object) -> None:
    answer = ask(client, body)
    assert answer.status_code == 400
    assert answer.get_json()["error"]


@pytest.mark.parametrize(
    ("request_of", "status"),
    [
        ({"headers": {}}, 403),
        ({"headers": {"Sec-Fetch-Site": "cross-site"}}, 403),
        ({"headers": {"Origin": "http://evil.example"}}, 403),
        ({"json": None, "data": '{"guard": true}', "content_type": "text/plain"}, 415),
        ({"json": None, "data": {"guard": "true"}}, 415),
        ({"environ_overrides": ELSEWHERE}, 404),
        ({"headers": OURS | {FORWARDING_HEADERS[0]: "for=127.0.0.1"}}, 404),
        ({"headers": OURS | {"Host": "evil.example"}}, 404),
    ],
)
def test_only_the_page_itself_on_this_machine_may_ask(
    client: FlaskClient, temporary: Path, request_of: dict[str, Any], status: int
) -> None:
    assert ask(client, **request_of).status_code == status
    assert list(temporary.iterdir()) == []


def test_looking_at_the_address_runs_nothing(client: FlaskClient, temporary: Path) -> None:
    assert client.get("/chat/rush", headers=OURS).status_code == 405
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("web_chat", [True, False])
def test_a_real_clinic_has_no_such_thing(real: Database, temporary: Path, web_chat: bool) -> None:
    client = client_of(real, ScriptedDesk(real, standing_clock), web_chat=web_chat)
    assert ask(client).status_code == 404
    assert "rush" not in client.get("/chat").text
    assert list(temporary.iterdir()) == []


def test_visitors_of_a_demo_do_not_have_it(
    demo: Database, desk: ScriptedDesk, temporary: Path
) -> None:
    client = client_of(demo, desk, web_chat=True)
    page = client.get("/chat", environ_overrides=ELSEWHERE)
    assert page.status_code == 200
    assert "rush" not in page.text
    assert ask(client, environ_overrides=ELSEWHERE).status_code == 404
    assert list(temporary.iterdir()) == []


def test_a_demo_on_another_database_does_not_have_it(postgresql_database: Database) -> None:
    make_clinic(postgresql_database, is_demo=True)
    client = client_of(postgresql_database, ScriptedDesk(postgresql_database, standing_clock))
    assert ask(client).status_code == 404
    page = client.get("/chat").text
    assert 'id="panel-ledger"' in page
    assert "rush" not in page


def test_while_one_runs_others_hear_so(client: FlaskClient, demo: Database) -> None:
    with rush.alone(demo):
        answer = ask(client)
        assert answer.status_code == 409
        assert "Try again in a moment" in answer.get_json()["error"]
    assert ask(client).status_code == 200


def test_a_clinic_without_a_free_slot_says_so(client: FlaskClient, demo: Database) -> None:
    with demo.transaction() as connection:
        connection.execute(update(practitioners).values(is_active=False))
    answer = ask(client)
    assert answer.status_code == 409
    assert "Nothing is free" in answer.get_json()["error"]


def test_a_database_that_is_no_demo_any_more_is_refused(
    client: FlaskClient, demo: Database
) -> None:
    assert ask(client).status_code == 200
    with demo.transaction() as connection:
        connection.execute(update(organizations).values(is_demo=False))
    assert ask(client).status_code == 404
