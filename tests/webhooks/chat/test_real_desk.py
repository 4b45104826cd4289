"""The web chat over the demo clinic and the real desk, on both databases."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.desk import Desk
from core.config import Settings
from core.database.connect import Database
from core.setup.demo import set_up_demo
from tests.webhooks.chat.test_day import day_of
from tests.webhooks.chat.test_messages import TELEGRAM, said, send
from webhooks.chat import make_blueprint

NOW = datetime(2026, 3, 2, 19, 40, tzinfo=UTC)  # A Monday, 11:40 Downtown.


@pytest.fixture
def client(database: Database) -> FlaskClient:
    set_up_demo(database, NOW)
    app = Flask("test")
    desk = Desk(database, lambda: NOW)
    app.register_blueprint(make_blueprint(Settings(), database, desk, lambda: NOW))
    return app.test_client()


def test_what_is_asked_for_is_kept_in_the_calendar(client: FlaskClient) -> None:
    send(client, TELEGRAM, text="I need a dentist tomorrow morning")
    question, offer = said(client, TELEGRAM)["messages"]
    assert question["text"] == "I need a dentist tomorrow morning"
    choice = offer["choices"][0]
    send(client, TELEGRAM, button=choice["value"])
    pressed = said(client, TELEGRAM, after=offer["id"])["messages"][0]
    assert pressed["text"] == choice["label"]
    latest = day_of(client)["latest"]
    assert (latest["type"], latest["date"]) == ("held", "2026-03-03")
    day = day_of(client, date=latest["date"], location=latest["location"])
    chen = next(person for person in day["practitioners"] if person["name"] == "Dr Michael Chen")
    assert [visit["status"] for visit in chen["appointments"]] == ["held"]
    assert len(client.get("/chat/ledger").get_json()["messages"]) == 4
