"""Words are erased when the clinic no longer keeps them; the rest of the log stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.worker import Worker
from core.config import Settings
from core.database.connect import Database
from core.models import conversations
from tests.builders import NOW, a_conversation, a_setting, an_address
from tests.core.messaging.waiting import a_waiting_message, seen, waiting

A_YEAR_AGO = NOW - timedelta(days=366)
WRITTEN: dict[str, Any] = {"status": "sent", "due_at": None, "sent_at": A_YEAR_AGO}


def keep_for(database: Database, months: int) -> None:
    with database.transaction() as connection:
        a_setting(connection, "message_retention_months", months)


def purge(database: Database) -> int:
    worker = Worker(database, Settings(), lambda: NOW, senders={})
    (tick,) = [each for each in worker.ticks() if each.name == "purge"]
    handled = worker.run(tick)
    worker.close()
    return handled


@pytest.mark.usefixtures("clinic")
def test_what_was_said_too_long_ago_is_erased_and_what_became_of_it_stays(
    database: Database,
) -> None:
    old = waiting(database, created_at=A_YEAR_AGO, choices="[]", variables="{}", **WRITTEN)
    young = waiting(database, created_at=A_YEAR_AGO + timedelta(days=2), **WRITTEN)
    keep_for(database, 12)
    assert purge(database) == 1
    row = seen(database, old)
    assert (row.text, row.choices, row.variables) == (None, None, None)
    assert (row.status, row.sent_at, row.channel) == ("sent", A_YEAR_AGO, "sms")
    assert seen(database, young).text == "Which day?"
    assert purge(database) == 0  # There is nothing left to do.


@pytest.mark.usefixtures("clinic")
def test_control_unless_the_clinic_says_so_nothing_is_erased(database: Database) -> None:
    old = waiting(database, created_at=A_YEAR_AGO, **WRITTEN)
    assert purge(database) == 0
    assert seen(database, old).text == "Which day?"


@pytest.mark.usefixtures("clinic")
def test_what_is_still_to_be_sent_keeps_its_words(database: Database) -> None:
    old = waiting(database, created_at=A_YEAR_AGO)
    keep_for(database, 1)
    assert purge(database) == 0
    assert seen(database, old).text == "Which day?"


@pytest.mark.usefixtures("clinic")
def test_what_is_remembered_of_an_old_talk_goes_with_it(database: Database) -> None:
    with database.transaction() as connection:
        old, young = (
            a_conversation(connection, an_address(connection), state='{"version":1}')
            for _ in range(2)
        )
        for key, at in ((old, A_YEAR_AGO), (young, NOW)):
            spoken = update(conversations).where(conversations.c.id == key)
            connection.execute(spoken.values(last_turn_at=at))
            a_waiting_message(connection, key, created_at=at, **WRITTEN)
    keep_for(database, 12)
    assert purge(database) == 2
    with database.reading() as connection:
        states = select(conversations.c.id, conversations.c.state)
        kept = {row.id: row.state for row in connection.execute(states)}
    assert (kept[old], kept[young]) == (None, '{"version":1}')


@pytest.mark.usefixtures("clinic")
def test_much_is_erased_bit_by_bit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.worker.MOST_ERASED", 2)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    keys = [waiting(database, created_at=long_ago, **WRITTEN) for _ in range(3)]
    keep_for(database, 12)
    assert [purge(database), purge(database), purge(database)] == [2, 1, 0]
    assert [seen(database, key).text for key in keys] == [None] * 3
