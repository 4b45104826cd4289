"""The show of a worker that is killed, and the ledger beside it, as the page hears of them."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from bot.crash import MESSAGES, Keeper
from core.database.connect import Database
from core.models import messages
from core.models.messaging import Direction
from tests.webhooks.chat.test_messages import send

OURS = {"Sec-Fetch-Site": "same-origin"}


def kill(client: FlaskClient, headers: dict[str, str] = OURS) -> TestResponse:
    return client.post("/chat/crash", json={}, headers=headers)


def said(demo: Database) -> list[str]:
    """The ids of what we said, in its order."""
    ours = select(messages.c.public_id).where(messages.c.direction == Direction.OUT)
    with demo.reading() as connection:
        return list(connection.scalars(ours.order_by(messages.c.id)))


def all_become(demo: Database, status: str) -> None:
    ours = update(messages).where(messages.c.direction == Direction.OUT)
    with demo.transaction() as connection:
        connection.execute(ours.values(status=status))


@pytest.mark.usefixtures("keeper")
def test_messages_are_queued_and_the_worker_is_told_to_die(client: FlaskClient) -> None:
    run = kill(client).get_json()["run"]
    seen = client.get(f"/chat/crash/{run}").get_json()
    assert seen["ordered"] is True
    assert [each["status"] for each in seen["messages"]] == ["queued"] * MESSAGES
    assert {each["taken"] for each in seen["messages"]} == {0}


def test_what_was_taken_is_counted_by_the_providers_book(
    client: FlaskClient, demo: Database, keeper: Keeper
) -> None:
    run = kill(client).get_json()["run"]
    once, twice = said(demo)[:2]
    for public_id in (once, twice, twice):
        keeper.book.note(public_id)
    taken = [each["taken"] for each in client.get(f"/chat/crash/{run}").get_json()["messages"]]
    assert taken == [1, 2] + [0] * (MESSAGES - 2)


@pytest.mark.usefixtures("keeper")
def test_told_twice_it_is_refused_in_words(client: FlaskClient, demo: Database) -> None:
    assert kill(client).status_code == 200
    again = kill(client)
    assert again.status_code == 409
    assert "Try again in a moment." in again.get_json()["error"]
    assert len(said(demo)) == MESSAGES


def test_where_nobody_starts_a_new_worker_none_is_killed(
    client: FlaskClient, demo: Database, keeper: Keeper
) -> None:
    assert 'id="crash"' in client.get("/chat").text
    keeper.leave()
    assert 'id="crash"' not in client.get("/chat").text
    answer = kill(client)
    assert answer.status_code == 409
    assert "make demo" in answer.get_json()["error"]
    assert said(demo) == []


def test_without_a_book_there_is_nothing_to_see(client: FlaskClient) -> None:
    assert 'id="crash"' not in client.get("/chat").text
    assert kill(client).status_code == 404
    assert client.get("/chat/crash/x").status_code == 404
    send(client, text="Hi")
    ledger = client.get("/chat/ledger").get_json()
    assert ledger["account"] is None
    assert {message["taken"] for message in ledger["messages"]} == {None}


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}]
)
def test_another_site_kills_nobody(
    client: FlaskClient, keeper: Keeper, headers: dict[str, str]
) -> None:
    assert kill(client, headers).status_code == 403
    assert not keeper.is_ordered


def test_the_ledger_holds_the_log_against_the_book(
    client: FlaskClient, demo: Database, keeper: Keeper
) -> None:
    def account() -> dict[str, int]:
        found: dict[str, int] = client.get("/chat/ledger").get_json()["account"]
        return found

    send(client, text="Hi")
    one, two = said(demo)
    all_become(demo, "sending")
    assert account() == {"sent": 0, "under_way": 2, "lost": 0, "doubled": 0}
    keeper.book.note(one)
    keeper.book.note(two)
    all_become(demo, "delivered")
    assert account() == {"sent": 2, "under_way": 0, "lost": 0, "doubled": 0}
    keeper.book.note(two)
    assert account()["doubled"] == 1
    states = client.get("/chat/ledger").get_json()["states"]
    assert (states[one]["taken"], states[two]["taken"]) == (1, 2)


@pytest.mark.parametrize("status", ["sent", "delivered", "read", "failed", "undelivered"])
@pytest.mark.usefixtures("keeper")
def test_control_what_is_lost_is_shown_as_lost(
    client: FlaskClient, demo: Database, status: str
) -> None:
    send(client, text="Hi")
    all_become(demo, status)
    assert client.get("/chat/ledger").get_json()["account"]["lost"] == 2


@pytest.mark.usefixtures("keeper")
def test_what_was_not_worth_sending_is_not_lost(client: FlaskClient, demo: Database) -> None:
    send(client, text="Hi")
    all_become(demo, "dropped")
    assert client.get("/chat/ledger").get_json()["account"]["lost"] == 0
