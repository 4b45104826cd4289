"""A reminder that one channel loses is said on the next, answered there, or becomes a call."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update

from bot.elsewhere import Elsewhere
from bot.messages import Channel
from bot.reminders import Reminders
from bot.saying_again import SayingAgain
from core.database.connect import Database
from core.database.types import keyring_of
from core.models import appointments, messages, patient_addresses, reminders, tasks
from core.models.messaging import MessageKind
from tests.bot.talking import OURS, Clock, Patient, rows, types_of
from tests.builders import ZONE, Clinic, a_link, a_setting, an_address
from tests.core.scheduling.words import MONDAY, a_slot, book_slot

THREE_DAYS = datetime(2026, 11, 28, 10, 0, tzinfo=ZoneInfo(ZONE))
ALL = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.TELEGRAM})


@pytest.fixture
def clock() -> Clock:
    return Clock(THREE_DAYS)


@pytest.fixture
def phones(database: Database, clinic: Clinic, clock: Clock) -> dict[str, Patient]:
    """Maria Lopez is reached by WhatsApp, by SMS, and has a visit on Tuesday week at ten."""
    number = "+14155550177"
    with database.transaction() as connection:
        connection.execute(delete(patient_addresses))
        for channel in (Channel.SMS, Channel.WHATSAPP):
            digest = keyring_of(connection.dialect).hash_address((channel, number))
            changes = {"address": number, "address_hash": digest}
            heard = THREE_DAYS - timedelta(days=30 if channel is Channel.SMS else 20)
            address = an_address(connection, channel, last_heard_at=heard, **changes)
            a_link(connection, clinic.patient_id, address)
        book_slot(connection, clinic, a_slot(clinic, "10:00", MONDAY + timedelta(days=8)))
    return {
        channel: Patient(database, channel, number, clock)
        for channel in (Channel.SMS, Channel.WHATSAPP)
    }


def remind(database: Database, clock: Clock) -> None:
    Reminders(database, clock, {"sms": OURS, "whatsapp": OURS}).remind()


def lose(database: Database, clock: Clock, code: str = "63024") -> None:
    """What was queued last is refused for good."""
    with database.transaction() as connection:
        last = select(messages.c.id).order_by(messages.c.id.desc()).limit(1).scalar_subquery()
        lost = {"status": "failed", "error_code": code, "failed_at": clock(), "due_at": clock()}
        connection.execute(update(messages).where(messages.c.id == last).values(lost))


def take_up(database: Database, clock: Clock) -> None:
    again = SayingAgain(clock, {"sms": OURS, "whatsapp": OURS}, ALL)
    Elsewhere(database, ALL, again, clock).look()


def test_it_is_said_on_the_next_channel_and_answered_there(
    database: Database, clock: Clock, phones: dict[str, Patient]
) -> None:
    remind(database, clock)
    lose(database, clock)
    take_up(database, clock)
    [lost, said] = [row for row in rows(database, messages) if row.kind == MessageKind.REMINDER]
    assert (lost.channel, said.channel) == ("whatsapp", "sms")
    assert said.instead_of_id == lost.id
    assert types_of(phones["sms"].says("1")) == ["confirmed"]
    take_up(database, clock)
    assert len(rows(database, messages)) == 4  # The two, the answer, and what was said to it.


@pytest.mark.usefixtures("phones")
def test_without_another_way_staff_call(database: Database, clock: Clock) -> None:
    remind(database, clock)
    lose(database, clock)
    take_up(database, clock)
    lose(database, clock, "21211")
    take_up(database, clock)
    [task] = rows(database, tasks)
    [visit] = rows(database, appointments)
    assert (task.kind, task.appointment_id) == ("call", visit.id)


@pytest.mark.usefixtures("phones")
def test_outside_the_window_without_a_template_another_channel_says_it(
    database: Database, clock: Clock
) -> None:
    remind(database, clock)
    lose(database, clock, "63016")
    take_up(database, clock)
    assert [row.channel for row in rows(database, messages)] == ["whatsapp", "sms"]


@pytest.mark.usefixtures("phones")
def test_at_night_it_waits_for_the_morning(database: Database, clock: Clock) -> None:
    remind(database, clock)
    clock.passes(hours=12)
    lose(database, clock)
    take_up(database, clock)
    assert len(rows(database, messages)) == 1
    clock.passes(hours=10)
    take_up(database, clock)
    assert [row.channel for row in rows(database, messages)] == ["whatsapp", "sms"]


@pytest.mark.usefixtures("phones")
def test_of_a_visit_that_was_called_off_nothing_is_said(database: Database, clock: Clock) -> None:
    remind(database, clock)
    lose(database, clock)
    with database.transaction() as connection:
        connection.execute(update(appointments).values(status="cancelled"))
    take_up(database, clock)
    assert len(rows(database, messages)) == 1
    assert rows(database, tasks) == []


@pytest.mark.usefixtures("phones")
def test_the_limit_of_a_day_does_not_count_what_was_lost(database: Database, clock: Clock) -> None:
    with database.transaction() as connection:
        a_setting(connection, "unprompted_a_day", 1)
    remind(database, clock)
    lose(database, clock)
    take_up(database, clock)
    assert [row.state for row in rows(database, reminders)] == ["queued", "planned"]
    assert len(rows(database, messages)) == 2
