"""Reminders of visits that are booked already follow a policy that changes."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from core import models
from core.models import reminders
from core.models.appointments import AppointmentStatus
from core.models.occasions import ReminderState
from core.occasions.planning import plan_anew
from core.scheduling.progress import change_status
from tests.builders import NOW, Clinic, a_setting
from tests.core.occasions.test_planning import NEXT_MONDAY, planned
from tests.core.scheduling.words import PATIENT, a_slot, book_slot

Policy = Callable[[list[str] | None], None]


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> int:
    return book_slot(connection, clinic, a_slot(clinic, "10:00", NEXT_MONDAY)).id


@pytest.fixture
def policy(connection: Connection) -> Policy:
    def decide(stages: list[str] | None) -> None:
        value = None if stages is None else json.dumps(stages)
        connection.execute(update(models.visit_types).values(reminders=value))
        plan_anew(connection, NOW)

    return decide


@pytest.mark.usefixtures("visit")
def test_what_is_planned_follows_the_new_policy_and_back(
    connection: Connection, policy: Policy
) -> None:
    before = planned(connection)
    assert before == ["3d: Fri 27 10:00", "1d: Sun 29 10:00"]
    policy(["5d", "1d"])
    assert planned(connection) == ["5d: Wed 25 10:00", "1d: Sun 29 10:00"]
    policy([])
    assert planned(connection) == []
    policy(None)
    assert planned(connection) == before
    of_planned = select(reminders.c.note).where(reminders.c.state == ReminderState.PLANNED)
    assert set(connection.scalars(of_planned)) == {None}


@pytest.mark.usefixtures("visit")
def test_it_is_idempotent(connection: Connection, policy: Policy) -> None:
    policy(["5d"])
    rows = connection.execute(select(reminders).order_by(reminders.c.id)).all()
    plan_anew(connection, NOW + timedelta(minutes=1))
    assert connection.execute(select(reminders).order_by(reminders.c.id)).all() == rows


@pytest.mark.usefixtures("visit")
def test_what_was_said_is_not_said_again(connection: Connection, policy: Policy) -> None:
    sent = update(reminders).where(reminders.c.stage == "3d")
    connection.execute(sent.values(state=ReminderState.QUEUED))
    policy(["1d"])
    policy(["3d", "1d"])
    assert planned(connection) == ["1d: Sun 29 10:00"]
    assert planned(connection, ReminderState.QUEUED) == ["3d: Fri 27 10:00"]


@pytest.mark.usefixtures("visit")
def test_nobody_is_reminded_at_once_by_a_stage_that_is_over(
    connection: Connection, policy: Policy
) -> None:
    policy(["30d", "1d"])
    assert planned(connection) == ["1d: Sun 29 10:00"]


@pytest.mark.usefixtures("visit")
def test_quiet_hours_move_what_falls_into_them(connection: Connection, policy: Policy) -> None:
    a_setting(connection, "quiet_until_hour", 11)
    policy(None)
    assert planned(connection) == ["3d: Fri 27 11:00", "1d: Sun 29 11:00"]


def test_who_has_confirmed_is_not_reminded_again(
    visit: int, connection: Connection, policy: Policy
) -> None:
    step: dict[str, Any] = {"version": 1, "actor": PATIENT, "now": NOW}
    change_status(connection, visit, AppointmentStatus.CONFIRMED, **step)
    policy(["5d"])
    assert planned(connection) == []
