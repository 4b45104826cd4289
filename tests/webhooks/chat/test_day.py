"""The day of the clinic and the ledger of messages, as a demo shows them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from core.database.connect import Database
from core.models import absences, appointments, conversations, holidays
from tests.webhooks.chat.clinic import (
    DOWNTOWN,
    MONDAY,
    MONDAY_NOON,
    a_patient,
    a_patient_with_address,
    add,
    an_appointment,
)
from tests.webhooks.chat.conftest import client_of
from tests.webhooks.chat.scripted_desk import ScriptedDesk
from tests.webhooks.chat.test_messages import SMS, send
from webhooks.chat.ledger import masked


def day_of(client: FlaskClient, **query: str) -> dict[str, Any]:
    answer = client.get("/chat/day", query_string=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), DOWNTOWN).astimezone(UTC)


def test_the_day_is_today_at_the_first_location(client: FlaskClient) -> None:
    day = day_of(client)
    assert (day["date"], day["today"], day["now"]) == ("2026-03-02", "2026-03-02", "11:40")
    assert (day["location"], day["zone"]) == ("Downtown", "America/Los_Angeles")
    assert day["locations"] == ["Downtown", "Phoenix"]
    assert [person["name"] for person in day["practitioners"]][:2] == [
        "Dr Anita Patel",
        "Dr Samuel Okafor",
    ]


def test_a_column_has_hours_breaks_and_visits(client: FlaskClient) -> None:
    patel = day_of(client)["practitioners"][0]
    assert patel["specialty"] == "general practice"
    assert patel["hours"] == [["09:00", "17:00"]]
    assert patel["breaks"] == [["12:00", "13:00"]]
    first, second, third = patel["appointments"]
    assert (first["start"], first["end"], first["status"]) == ("09:20", "09:40", "completed")
    assert (second["status"], third["status"]) == ("confirmed", "scheduled")
    assert first["patient"] == "JM"


def test_no_name_of_a_patient_is_shown(client: FlaskClient) -> None:
    assert "Jonah" not in client.get("/chat/day").text
    assert "Marsh" not in client.get("/chat/day").text


def test_another_location_keeps_its_own_time(client: FlaskClient) -> None:
    day = day_of(client, location="Phoenix", date="2026-07-01")
    assert (day["now"], day["zone"]) == ("12:40", "America/Phoenix")
    assert [person["name"] for person in day["practitioners"]] == ["Dr David Kim"]


def test_what_is_over_or_never_was_takes_no_room(client: FlaskClient, demo: Database) -> None:
    with demo.transaction() as connection:
        patient = a_patient(connection, "Nadia", "Quist")
        for hour, status in enumerate(("cancelled", "expired", "entered_in_error"), start=15):
            an_appointment(connection, 1, patient, at(hour), 20, status)
    assert len(day_of(client)["practitioners"][0]["appointments"]) == 3


@pytest.mark.parametrize(("minutes", "is_shown"), [(5, True), (0, False), (-1, False)])
def test_a_hold_is_shown_while_its_term_runs(
    client: FlaskClient, demo: Database, minutes: int, is_shown: bool
) -> None:
    send(client, text="Hi")
    with demo.transaction() as connection:
        held = an_appointment(connection, 1, a_patient(connection, "N", "Q"), at(15), 20)
        connection.execute(
            update(appointments)
            .where(appointments.c.id == held)
            .values(
                status="held",
                patient_id=None,
                conversation_id=connection.scalar(select(conversations.c.id)),
                hold_expires_at=MONDAY_NOON + timedelta(minutes=minutes),
            )
        )
    visits = day_of(client)["practitioners"][0]["appointments"]
    assert [visit["patient"] for visit in visits if visit["status"] == "held"] == [""] * is_shown


def test_absences_and_closed_days_are_said(client: FlaskClient, demo: Database) -> None:
    with demo.transaction() as connection:
        away = {"date_from": MONDAY, "date_to": MONDAY}
        add(connection, absences, **away, practitioner_id=1, whole_day=True)
        morning = {"starts": time(9), "ends": time(11)}
        add(connection, absences, **away, **morning, practitioner_id=2, whole_day=False)
        add(connection, holidays, location_id=1, day=MONDAY, name="Founders' Day")
    day = day_of(client, date="2026-03-02")
    assert day["closed"] == "Founders' Day"
    assert day["practitioners"][0]["absences"] == [["00:00", "24:00"]]
    assert day["practitioners"][1]["absences"] == [["09:00", "11:00"]]
    assert day_of(client)["date"] == "2026-03-03", "a closed day is not what one wants to see"


def test_the_latest_change_names_its_day(client: FlaskClient, demo: Database) -> None:
    before = day_of(client)["latest"]
    with demo.transaction() as connection:
        patient = a_patient(connection, "Nadia", "Quist")
        an_appointment(connection, 5, patient, at(9, 30, date(2026, 3, 5)), 30)
    latest = day_of(client)["latest"]
    assert latest["event"] > before["event"]
    assert (latest["date"], latest["location"]) == ("2026-03-05", "Downtown")


@pytest.mark.parametrize(
    "query",
    [
        {"date": "yesterday"},
        {"date": "9999-12-31"},
        {"date": "0001-01-01"},
        {"location": "Atlantis"},
    ],
)
def test_a_day_that_is_none_is_refused(client: FlaskClient, query: dict[str, str]) -> None:
    answer = client.get("/chat/day", query_string=query)
    assert answer.status_code == 400
    assert answer.get_json()["error"]


def test_the_ledger_shows_every_message_and_no_words(client: FlaskClient) -> None:
    send(client, text="my secret")
    send(client, {"channel": "telegram", "address": "415550142"}, text="another")
    answer = client.get("/chat/ledger")
    rows = answer.get_json()["messages"]
    assert [(row["direction"], row["channel"]) for row in rows] == [
        ("in", "sms"),
        ("out", "sms"),
        ("in", "telegram"),
        ("out", "telegram"),
    ]
    assert rows[1]["status"] == "delivered"
    assert rows[1]["segments"] == 1
    assert set(rows[1]["times"]) == {"queued", "sent", "delivered"}
    assert "secret" not in answer.text
    assert SMS["address"] not in answer.text


def test_the_ledger_gives_only_what_is_new(client: FlaskClient) -> None:
    send(client, text="one")
    last = client.get("/chat/ledger").get_json()["messages"][-1]["id"]
    assert client.get(f"/chat/ledger?after={last}").get_json()["messages"] == []
    send(client, text="two")
    ledger = client.get(f"/chat/ledger?after={last}").get_json()
    assert len(ledger["messages"]) == 2
    assert len(ledger["states"]) == 4


@pytest.mark.parametrize(
    ("address", "shown"),
    [("+14155550142", "+1•••0142"), ("415550142", "•••0142"), ("ana", "•••a"), ("", "•••")],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_patients_on_file_can_be_played(demo: Database, desk: ScriptedDesk) -> None:
    a_patient_with_address(demo, "Maria", "Lopez", "+14155550123")
    a_patient_with_address(demo, "Little", "Ruiz", "+14155550142")  # Registered by who is played.
    page = client_of(demo, desk).get("/chat").text
    assert "Maria Lopez" in page
    assert "Little" not in page
