"""The demo's clock, as the page moves it."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert
from werkzeug.test import TestResponse

from core.database.connect import Database
from core.demo_clock import FURTHEST, ahead, clock_of
from core.models import reminders
from tests.webhooks.chat.clinic import MONDAY_NOON, a_patient, an_appointment
from tests.webhooks.chat.conftest import app_of, standing_clock
from tests.webhooks.chat.scripted_desk import ScriptedDesk

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def client(demo: Database) -> FlaskClient:
    """Real time stands still at Monday, 11:40 in the clinic's zone."""
    return app_of(demo, ScriptedDesk(demo, clock_of(demo, standing_clock))).test_client()


def move(client: FlaskClient, to: object, headers: dict[str, str] = OURS) -> TestResponse:
    return client.post("/chat/clock", json={"to": to}, headers=headers)


def shown(client: FlaskClient) -> datetime:
    return datetime.fromisoformat(client.get("/chat/clock").get_json()["now"])


@pytest.mark.parametrize(
    ("to", "at"),
    [
        ("quarter", MONDAY_NOON + timedelta(minutes=15)),
        ("hour", MONDAY_NOON + timedelta(hours=1)),
        ("day", MONDAY_NOON + timedelta(days=1)),
        ("morning", datetime(2026, 3, 3, 17, tzinfo=UTC)),
    ],
)
def test_it_is_moved_step_by_step(client: FlaskClient, to: str, at: datetime) -> None:
    assert client.get("/chat/clock").get_json() == {
        "now": MONDAY_NOON.isoformat(),
        "zone": "America/Los_Angeles",
    }
    answer = move(client, to)
    assert answer.status_code == 200
    assert datetime.fromisoformat(answer.get_json()["now"]) == at == shown(client)


def test_nine_in_the_morning_is_nine_on_the_day_the_clocks_change(client: FlaskClient) -> None:
    for _ in range(6):
        move(client, "morning")
    assert shown(client) == datetime(2026, 3, 8, 16, tzinfo=UTC), "Sunday, in summer time"


def test_it_is_moved_to_the_next_reminder(client: FlaskClient, demo: Database) -> None:
    assert move(client, "reminder").status_code == 409
    with demo.transaction() as connection:
        visit = an_appointment(
            connection, 1, a_patient(connection, "Ana", "Ruiz"), MONDAY_NOON + timedelta(days=9), 20
        )
        for days, state in ((-1, "planned"), (2, "withdrawn"), (6, "planned"), (8, "planned")):
            connection.execute(
                insert(reminders).values(
                    appointment_id=visit,
                    appointment_version=1,
                    stage=f"{days}",
                    starts_at=MONDAY_NOON + timedelta(days=9),
                    due_at=MONDAY_NOON + timedelta(days=days),
                    state=state,
                    created_at=MONDAY_NOON,
                    updated_at=MONDAY_NOON,
                )
            )
    for days in (6, 8):
        assert move(client, "reminder").status_code == 200
        assert shown(client) == MONDAY_NOON + timedelta(days=days)
    answer = move(client, "reminder")
    assert answer.status_code == 409
    assert "Book a visit" in answer.get_json()["error"]


@pytest.mark.parametrize("to", ["yesterday", "-1", "", None, 5, {"hours": -1}, ["day"]])
def test_it_goes_no_other_way(client: FlaskClient, to: object) -> None:
    answer = move(client, to)
    assert answer.status_code == 400
    assert answer.get_json()["error"].startswith("Say how far: quarter, hour, day")
    assert shown(client) == MONDAY_NOON


@pytest.mark.stress
def test_it_stops_after_a_year(client: FlaskClient, demo: Database) -> None:
    for _ in range(FURTHEST.days):
        move(client, "day")
    answer = move(client, "hour")
    assert answer.status_code == 409
    assert "FRESH=1" in answer.get_json()["error"]
    with demo.reading() as connection:
        assert ahead(connection) == FURTHEST


def test_another_site_moves_nothing(client: FlaskClient) -> None:
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}):
        assert move(client, "day", headers=headers).status_code == 403
    assert shown(client) == MONDAY_NOON


def test_the_page_and_the_calendar_go_by_it(client: FlaskClient) -> None:
    move(client, "day")
    assert (MONDAY_NOON + timedelta(days=1)).isoformat() in client.get("/chat").text
    assert client.get("/chat/day").get_json()["date"] == "2026-03-03"
