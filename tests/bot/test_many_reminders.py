"""More reminders are due than one look takes, or one worker."""

import pytest

import bot.reminders
from bot.messages import Channel
from bot.reminders import Reminders
from core.database.connect import Database
from core.models import reminders
from core.occasions import due
from tests.bot.talking import OURS, Patient, rows
from tests.bot.test_reminders import THREE_DAYS

pytestmark = pytest.mark.usefixtures("clinic")
NAMES = {"9am": "John Smith", "10am": "Ann Lee", "11am": "Omar Diaz"}


@pytest.fixture
def desk(database: Database, monkeypatch: pytest.MonkeyPatch) -> Reminders:
    """One reminder of three people each is due; one look takes one."""
    phones = [Patient(database, Channel.SMS, f"+1415555018{number}") for number in range(3)]
    for phone, (hour, name) in zip(phones, NAMES.items(), strict=True):
        phone.says(f"dr patel on december 1 at {hour} for {name}, 4 May 1980", "yes")
        phone.clock.at = THREE_DAYS.replace(hour=12)
    monkeypatch.setattr(bot.reminders, "MOST_AT_ONCE", 1)
    return Reminders(database, phones[0].clock, {"sms": OURS})


def queued(database: Database) -> int:
    return sum(row.state == "queued" for row in rows(database, reminders))


def test_all_are_said_page_by_page(database: Database, desk: Reminders) -> None:
    assert desk.remind() == 3
    assert queued(database) == 3
    assert desk.remind() == 0


def test_but_for_a_few_seconds_only_and_then_in_the_next_tick(
    database: Database, desk: Reminders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.reminders, "LONGEST_SECONDS", -1.0)
    assert desk.remind() == 1
    assert queued(database) == 1
    assert desk.remind() == 1


@pytest.mark.usefixtures("clinic", "desk")
def test_what_one_worker_is_about_to_say_others_do_not_wait_for(
    postgresql_database: Database, database: Database
) -> None:
    if database is not postgresql_database:
        pytest.skip("only PostgreSQL has several who write")
    first, second, *_ = [row.id for row in rows(database, reminders) if row.stage == "3d"]
    with database.transaction() as one, database.transaction() as other:
        assert due.is_left(one, first)
        assert not due.is_left(other, first)
        assert due.is_left(other, second)
    with database.transaction() as connection:
        assert due.is_left(connection, first)
