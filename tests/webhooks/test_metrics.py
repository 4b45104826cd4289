"""`/metrics`: numbers that Prometheus reads, and nothing of a patient."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

import core.clock
from bot.upkeep import TICKS
from core.database.connect import Database
from core.messaging import ticks
from core.messaging.tasks import open_task
from core.models.messaging import TaskKind
from tests.builders import NOW, Clinic, an_appointment
from tests.core.messaging.waiting import waiting
from tests.webhooks.front import FakeDesk, client

# A line of the text format: a name, labels without anything to escape, a number.
SAMPLE = re.compile(r'[a-z_]+(\{([a-z]+="[a-z_]+",?)+\})? \d+(\.\d+)?(e\+\d+)?')


def scraped(database: Database) -> dict[str, float]:
    answer = client(database, FakeDesk(), metrics=True).get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in samples)
    described = {line.split()[2] for line in lines if line.startswith("# TYPE ")}
    assert {re.split("[{ ]", line)[0] for line in samples} <= described
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in samples)}


@pytest.mark.usefixtures("clinic")
def test_off_there_is_no_such_page(database: Database) -> None:
    assert client(database, FakeDesk()).get("/metrics").status_code == 404
    assert client(database, FakeDesk(), metrics=True).get("/metrics").status_code == 200


@pytest.mark.usefixtures("clinic")
def test_it_says_when_each_tick_last_ran_and_which_is_overdue(database: Database) -> None:
    now = core.clock.now()
    with database.transaction() as connection:
        for name in TICKS:
            ticks.record(connection, name=name, ran_at=now, handled=2)
        ticks.record(connection, name="remind", ran_at=now - timedelta(hours=1), handled=3)
    found = scraped(database)
    last = found['frontdesk_tick_last_ran_timestamp_seconds{tick="deliver"}']
    assert last == pytest.approx(now.timestamp(), abs=1e-3)
    assert found['frontdesk_tick_handled_total{tick="remind"}'] == 5
    late = {name: found[f'frontdesk_tick_overdue{{tick="{name}"}}'] for name in TICKS}
    assert late == {name: float(name == "remind") for name in TICKS}


def test_it_says_what_waits_since_when_and_whom_nobody_has_reached(
    database: Database, clinic: Clinic
) -> None:
    waiting(database, due_at=NOW - timedelta(seconds=90), queued_at=NOW)
    waiting(database, due_at=NOW + timedelta(hours=1), queued_at=NOW)  # Not its time yet.
    waiting(database, status="sending", lease_until=NOW, lease_owner="w")
    waiting(database, status="unknown", due_at=NOW)
    waiting(database, status="sent", due_at=None)
    with database.transaction() as connection:
        open_task(connection, TaskKind.DELIVERY, note="Maria Lopez", now=NOW)
        an_appointment(
            connection,
            patient_id=clinic.patient_id,
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=NOW + timedelta(hours=31),  # Monday, nine o'clock there
        )
    found = scraped(database)
    assert found['frontdesk_messages_waiting{channel="sms",status="queued"}'] == 2
    assert found['frontdesk_messages_waiting{channel="sms",status="sending"}'] == 1
    assert found['frontdesk_messages_unsettled{channel="sms",status="unknown"}'] == 1
    assert found["frontdesk_messages_oldest_due_seconds"] == 90
    assert found['frontdesk_tasks_open{kind="delivery"}'] == 1
    assert found['frontdesk_tasks_open{kind="emergency"}'] == 0
    assert found['frontdesk_visits_tomorrow{outcome="not_reminded"}'] == 1


@pytest.mark.usefixtures("clinic")
def test_nothing_waits_nothing_is_old(database: Database) -> None:
    assert scraped(database)["frontdesk_messages_oldest_due_seconds"] == 0


def test_it_asks_little_and_writes_nothing(sqlite_database: Database, clinic: Clinic) -> None:
    del clinic
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(sqlite_database.engine, "before_cursor_execute", note)
    scraped(sqlite_database)
    event.remove(sqlite_database.engine, "before_cursor_execute", note)
    statements = [each for each in asked if not each.startswith(("PRAGMA", "BEGIN"))]
    assert 5 < len(statements) <= 12
    assert all(each.startswith("SELECT") for each in statements)
