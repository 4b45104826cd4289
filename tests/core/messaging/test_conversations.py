"""Conversations: found or begun, one at a time, and remembered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import NoResultFound

from core.database.connect import Database
from core.messaging import conversations, log
from core.messaging.conversations import Conversation, lock_conversation
from core.models import addresses, messages
from core.models import conversations as table
from core.models.messaging import MessageStatus
from core.people import consents
from core.scheduling.appointments import SYSTEM, Actor
from tests.builders import NOW, an_organization

OURS = "+14155550100"


@pytest.fixture
def clinic_of_nobody(database: Database) -> Database:
    with database.transaction() as connection:
        an_organization(connection)
    return database


def found(
    connection: Connection, address: str = "+14155550123", ours: str = OURS, channel: str = "sms"
) -> Conversation:
    return lock_conversation(
        connection, channel=channel, address=address, our_address=ours, now=NOW, simulated=False
    )


def test_an_address_is_found_again(clinic_of_nobody: Database) -> None:
    with clinic_of_nobody.transaction() as connection:
        first = found(connection)
    with clinic_of_nobody.transaction() as connection:
        again = found(connection)
    assert (first.id, first.address_id) == (again.id, again.address_id)
    assert (first.state, first.version, first.disclosed_at) == (None, 0, None)


@pytest.mark.parametrize(
    "other", [{"address": "+14155550124"}, {"ours": "+16025550100"}, {"channel": "whatsapp"}]
)
def test_another_address_on_either_side_is_another_conversation(
    clinic_of_nobody: Database, other: dict[str, str]
) -> None:
    with clinic_of_nobody.transaction() as connection:
        assert found(connection).id != found(connection, **other).id
        same_person = found(connection).address_id == found(connection, **other).address_id
        assert same_person == ("ours" in other)


def test_begun_at_once_by_two_it_is_one(clinic_of_nobody: Database) -> None:
    def begin() -> int:
        with clinic_of_nobody.transaction() as connection:
            return found(connection).id

    with ThreadPoolExecutor(2) as pool:
        ids = {future.result() for future in [pool.submit(begin) for _ in range(2)]}
    assert len(ids) == 1
    with clinic_of_nobody.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(addresses)) == 1


def test_it_is_locked_until_the_end_of_the_transaction(clinic_of_nobody: Database) -> None:
    """On SQLite every writer waits; on PostgreSQL only who wants the same conversation."""
    with clinic_of_nobody.transaction() as connection:
        found(connection)
        found(connection, "+14155550199")
    locked, done = Event(), Event()

    def hold() -> None:
        with clinic_of_nobody.transaction() as connection:
            found(connection)
            locked.set()
            assert done.wait(20)

    def want(address: str) -> int:
        with clinic_of_nobody.transaction() as connection:
            return found(connection, address).id

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(hold)
        assert locked.wait(20)
        if not clinic_of_nobody.is_sqlite:
            assert pool.submit(want, "+14155550199").result(20)
        waiting = pool.submit(want, "+14155550123")
        with pytest.raises(TimeoutError):
            waiting.result(0.2)
        done.set()
        assert waiting.result(20)
        holding.result(20)


def test_without_a_clinic_there_is_none(database: Database) -> None:
    with database.transaction() as connection, pytest.raises(NoResultFound):
        found(connection)


def test_a_turn_is_saved_and_counted(clinic_of_nobody: Database) -> None:
    with clinic_of_nobody.transaction() as connection:
        conversation = found(connection)
        for state in ("one", "two"):
            conversations.save_turn(
                connection, conversation, state=state, language="en", simulated=True, now=NOW
            )
        after = found(connection)
    assert (after.state, after.version, after.language) == ("two", 2, "en")
    assert (after.last_turn_at, after.is_simulated) == (NOW, True)


def test_what_was_told_and_wished_is_remembered_with_its_time(clinic_of_nobody: Database) -> None:
    with clinic_of_nobody.transaction() as connection:
        conversation = found(connection)
        key = conversation.address_id
        actor = Actor.patient(key, "sms")
        consents.note_disclosed(
            connection, key, wording="2026-11", has_written=True, actor=actor, now=NOW
        )
        consents.set_opt_in(connection, key, opted_in=False, how="keyword", actor=actor, now=NOW)
        after = found(connection)
        row = connection.execute(select(addresses)).one()
    assert (after.disclosed_at, after.opted_in, after.is_barred) == (NOW, False, True)
    assert (row.disclosure_version, row.opt_changed_at) == ("2026-11", NOW)


@pytest.mark.parametrize(
    ("channel", "opted_in", "how", "is_barred"),
    [
        ("sms", False, "keyword", True),
        ("sms", False, "provider:21610", True),
        ("sms", False, "message", False),
        ("sms", True, "keyword", False),
        ("whatsapp", False, "keyword", False),
        ("telegram", False, "message", False),
    ],
)
def test_only_a_carrier_bars_a_number(
    clinic_of_nobody: Database, channel: str, opted_in: bool, how: str, is_barred: bool
) -> None:
    with clinic_of_nobody.transaction() as connection:
        conversation = found(connection, channel=channel)
        key = conversation.address_id
        consents.set_opt_in(connection, key, opted_in=opted_in, how=how, actor=SYSTEM, now=NOW)
        assert found(connection, channel=channel).is_barred is is_barred


def test_when_they_last_wrote_is_known_to_the_day(clinic_of_nobody: Database) -> None:
    for moment in (NOW, NOW + timedelta(hours=23)):
        with clinic_of_nobody.transaction() as connection:
            conversations.note_heard(connection, found(connection), moment)
            assert found(connection).heard_at == NOW
    with clinic_of_nobody.transaction() as connection:
        conversations.note_heard(connection, found(connection), NOW + timedelta(days=1))
        assert found(connection).heard_at == NOW + timedelta(days=1)


# The log.


def logged(connection: Connection, conversation: Conversation, provider_id: str) -> int | None:
    return log.log_incoming(
        connection,
        conversation,
        provider_id=provider_id,
        text="hello",
        simulated=False,
        now=NOW,
    )


def test_a_repeat_is_not_logged_again(clinic_of_nobody: Database) -> None:
    with clinic_of_nobody.transaction() as connection:
        conversation = found(connection)
        assert logged(connection, conversation, "1") is not None
        assert logged(connection, conversation, "1") is None
        assert logged(connection, conversation, "2") is not None
        assert connection.scalar(select(func.count()).select_from(messages)) == 2


def test_an_incoming_message_can_be_marked(clinic_of_nobody: Database) -> None:
    with clinic_of_nobody.transaction() as connection:
        first = logged(connection, found(connection), "1")
        second = logged(connection, found(connection), "2")
        assert first
        log.mark_incoming(connection, first, MessageStatus.IGNORED, NOW)
        statuses = connection.execute(
            select(messages.c.id, messages.c.status).order_by(messages.c.id)
        ).all()
    assert [tuple(row) for row in statuses] == [(first, "ignored"), (second, "received")]


def test_both_sides_of_a_conversation_hold_their_address_encrypted(
    clinic_of_nobody: Database,
) -> None:
    with clinic_of_nobody.transaction() as connection:
        found(connection)
        raw = connection.exec_driver_sql("SELECT address FROM addresses").scalar_one()
        assert b"4155550123" not in bytes(raw)
        assert connection.scalar(select(addresses.c.address)) == "+14155550123"
        assert connection.scalar(select(table.c.our_address)) == OURS
