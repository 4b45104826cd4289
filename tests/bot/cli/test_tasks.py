"""`frontdesk tasks`: what waits, without a word of patients; taken and closed from a terminal."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from core import clock
from core.database.connect import Database
from core.messaging.tasks import open_task, open_tasks
from core.models import conversations, messages, staff, tasks
from core.models.messaging import TaskKind
from tests.bot.cli.conftest import Run
from tests.builders import a_colleague, a_conversation, a_patient

Waiting = Callable[..., int]


@pytest.fixture
def waiting(demo: Database) -> Waiting:
    """Opens a task about Maria Lopez."""

    def opened(kind: TaskKind = TaskKind.EMERGENCY, **changes: Any) -> int:
        with demo.transaction() as connection:
            task_id = open_task(
                connection,
                kind,
                conversation_id=a_conversation(connection, person_wanted_at=clock.now()),
                patient_id=a_patient(connection),
                now=clock.now(),
                **changes,
            )
            assert task_id is not None
            return task_id

    return opened


@pytest.fixture
def anna(demo: Database) -> None:
    with demo.transaction() as connection:
        a_colleague(connection, "anna")


def test_nothing_waits(on_demo: Run) -> None:
    assert on_demo("tasks").lines == ["Nothing waits."]
    assert on_demo("tasks", "--json").lines == []


def test_what_waits_is_listed_the_most_pressing_first(on_demo: Run, waiting: Waiting) -> None:
    question = waiting(TaskKind.QUESTION)
    alarm = waiting()
    ran = on_demo("tasks")
    assert ran.code == 0
    assert [line.split()[:2] for line in ran.lines] == [
        [str(alarm), "emergency"],
        [str(question), "question"],
    ]
    assert "sms" in ran.out


def test_patients_are_named_only_when_asked_for(on_demo: Run, waiting: Waiting) -> None:
    waiting(TaskKind.QUESTION, note="Is there parking for a van?")
    assert not {"Maria", "parking"} & {*on_demo("tasks").out.replace(".", " ").split()}
    assert "Lopez" not in on_demo("tasks", "--json").out
    ran = on_demo("tasks", "--details")
    assert "Maria Lopez" in ran.out
    assert "parking for a van" in ran.out


def test_the_list_as_json(on_demo: Run, waiting: Waiting) -> None:
    number = waiting()
    [line] = on_demo("tasks", "--json").lines
    facts = json.loads(line)
    assert (facts["task"], facts["kind"], facts["taken_by"]) == (number, "emergency", None)


@pytest.mark.usefixtures("anna")
def test_a_task_is_taken_once(on_demo: Run, waiting: Waiting) -> None:
    number = str(waiting())
    assert on_demo("tasks", "take", number, "--as", "anna").lines == [f"Task {number} is anna's."]
    assert "taken by anna" in on_demo("tasks").out
    again = on_demo("tasks", "take", number, "--as", "anna")
    assert (again.code, again.err) == (1, f"Error: task {number} has been taken by anna already\n")


@pytest.mark.usefixtures("anna")
def test_who_is_not_staff_takes_nothing(on_demo: Run, waiting: Waiting) -> None:
    ran = on_demo("tasks", "take", str(waiting()), "--as", "bob")
    assert ran.code == 1
    assert "expected one of the clinic's staff (rosa, tom, anita, lucia, anna), got bob" in ran.err


def test_a_closed_task_is_gone(on_demo: Run, waiting: Waiting, demo: Database) -> None:
    number = str(waiting())
    assert on_demo("tasks", "done", number, "--outcome", "called back").code == 0
    assert on_demo("tasks").lines == ["Nothing waits."]
    with demo.reading() as connection:
        assert connection.scalar(select(tasks.c.outcome)) == "called back"
    ran = on_demo("tasks", "done", number, "--outcome", "again")
    assert (ran.code, ran.err) == (
        1,
        f"frontdesk: expected the number of an open task, got {number}\n",
    )


def test_closing_a_hand_over_gives_the_conversation_back(
    on_demo: Run, waiting: Waiting, demo: Database
) -> None:
    number = str(waiting(TaskKind.HANDOVER))
    assert on_demo("tasks", "done", number, "--outcome", "answered").code == 0
    with demo.reading() as connection:
        assert connection.scalar(select(conversations.c.person_wanted_at)) is None
        assert "automated desk" in (connection.scalar(select(messages.c.text)) or "")
        assert open_tasks(connection) == []


def test_check_says_whom_alarms_reach(on_demo: Run, demo: Database) -> None:
    assert "off  alarms: their channel is off, so nothing reaches rosa, tom" in on_demo("check").out
    with demo.transaction() as connection:
        connection.execute(update(staff).values(alarm_position=None))
    assert "off  alarms: reach nobody" in on_demo("check").out


def test_check_names_those_whom_alarms_reach(on_demo: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://desk.example.org")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "0" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "secret")
    monkeypatch.setenv("TWILIO_SMS_FROM", "+14155550100")
    assert "ok  alarms: go to rosa, then tom" in on_demo("check").out
