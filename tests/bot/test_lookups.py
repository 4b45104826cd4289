"""What nobody knows to have arrived: looked up where that can be done, else put before staff; never
said twice, and never lost in silence."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.delivery import Delivery
from bot.lookups import LookUps
from bot.senders.making import make_senders
from core.config import Settings
from core.database.connect import Database
from core.messaging.outcomes import expire_leases
from core.messaging.statuses import record_status
from core.models import tasks
from core.models.messaging import MessageStatus
from tests.builders import a_conversation, an_address
from tests.core.messaging.waiting import a_waiting_message, address_of, seen, status, waiting
from tests.providers.twilio_peer import SMS_FROM, TwilioPeer

MINUTE = timedelta(minutes=1)


@pytest.fixture
def twilio() -> Iterator[TwilioPeer]:
    with TwilioPeer() as peer:
        yield peer


@pytest.fixture
def now(twilio: TwilioPeer) -> datetime:
    """The peer's own time: it says when a message was created."""
    return twilio.now()


@pytest.fixture
def settings(twilio: TwilioPeer) -> Settings:
    return Settings(
        public_url="https://desk.example.org",
        twilio_account_sid=twilio.account_sid,
        twilio_auth_token=twilio.auth_token,
        twilio_sms_from=SMS_FROM,
        twilio_api_base=twilio.url,
    )


class Desk:
    """Delivery and look-ups with one clock that is set."""

    def __init__(self, database: Database, settings: Settings, now: datetime) -> None:
        self.now = now
        self._delivery = Delivery(database, make_senders(settings), clock=lambda: self.now)
        self._look_ups = LookUps(database, self._delivery, lambda: self.now)

    def deliver(self) -> None:
        self._delivery.deliver()

    def look_until(self, end: timedelta) -> int:
        """Look every half minute, as the worker does more often; return how many were looked at."""
        looked, end_at = 0, self.now + end
        while self.now < end_at:
            self.now += MINUTE / 2
            looked += self._look_ups.look()
            self._delivery.deliver()
        return looked

    def close(self) -> None:
        self._delivery.close()


@pytest.fixture
def desk(database: Database, settings: Settings, now: datetime) -> Iterator[Desk]:
    made = Desk(database, settings, now)
    yield made
    made.close()


def notes(database: Database) -> list[str]:
    with database.reading() as connection:
        found = select(tasks.c.note).where(tasks.c.kind == "delivery", tasks.c.closed_at.is_(None))
        return [str(note) for note in connection.scalars(found)]


def test_what_arrived_after_all_is_found_with_its_id_and_not_sent_again(
    database: Database, twilio: TwilioPeer, desk: Desk
) -> None:
    message_id = waiting(database)
    twilio.drop_next(accept=True)
    desk.deliver()
    assert status(database, message_id) == "unknown"
    assert desk.look_until(MINUTE) == 1
    row = seen(database, message_id)
    assert (row.status, row.provider_id) == ("sent", twilio.accepted[0].sid)
    desk.look_until(timedelta(hours=3))
    assert len(twilio.accepted) == 1


def test_what_never_arrived_goes_out_once_that_is_sure(
    database: Database, twilio: TwilioPeer, desk: Desk
) -> None:
    message_id = waiting(database)
    twilio.drop_next(accept=False)
    desk.deliver()
    desk.look_until(9 * MINUTE)
    assert (status(database, message_id), len(twilio.accepted)) == ("unknown", 0)
    desk.look_until(15 * MINUTE)
    assert (status(database, message_id), len(twilio.accepted)) == ("sent", 1)
    assert seen(database, message_id).attempts == 2


def test_what_is_of_no_use_by_then_is_not_sent(
    database: Database, twilio: TwilioPeer, desk: Desk
) -> None:
    late = waiting(database, kind="reminder", valid_until=desk.now + 5 * MINUTE)
    twilio.drop_next(accept=False)
    desk.deliver()
    desk.look_until(30 * MINUTE)
    row = seen(database, late)
    assert (row.status, row.error_code, twilio.accepted) == ("failed", "not_sent", [])


def test_an_answer_is_not_sent_once_the_talk_has_gone_on(
    database: Database, twilio: TwilioPeer, desk: Desk
) -> None:
    answer = waiting(database, text="Which day?")
    twilio.drop_next(accept=False)
    desk.deliver()
    waiting(database, seen(database, answer).conversation_id, text="Booked.")
    desk.look_until(30 * MINUTE)
    assert [sent.body for sent in twilio.accepted] == ["Booked."]
    assert seen(database, answer).error_code == "not_sent"


def test_the_same_words_said_before_are_another_message(
    database: Database, twilio: TwilioPeer, desk: Desk
) -> None:
    first = waiting(database, text="Which day?")
    desk.deliver()
    second = waiting(database, seen(database, first).conversation_id, text="Which day?")
    twilio.drop_next(accept=False)
    desk.deliver()
    desk.look_until(2 * MINUTE)
    assert status(database, second) == "unknown"
    desk.look_until(20 * MINUTE)
    sids = {seen(database, each).provider_id for each in (first, second)}
    assert sids == {sent.sid for sent in twilio.accepted}
    assert len(sids) == 2


def test_twilio_that_does_not_answer_is_asked_less_and_less_and_then_staff_see_it(
    database: Database, twilio: TwilioPeer, desk: Desk
) -> None:
    message_id = waiting(database, text="Your visit is on Tuesday")
    twilio.drop_next(accept=True)
    desk.deliver()
    for _ in range(60):
        twilio.fail_next(status=503, code=20503)
    looked = desk.look_until(timedelta(hours=6))
    row = seen(database, message_id)
    assert (row.status, row.due_at) == ("unknown", None)
    assert looked < 15
    assert notes(database) == [f"Nobody knows whether message {row.public_id} (sms) has arrived."]
    assert len(twilio.accepted) == 1


def test_telegram_tells_nobody_so_staff_see_it_at_once_one_task_a_conversation(
    database: Database, settings: Settings, now: datetime
) -> None:
    with database.transaction() as connection:
        talk = a_conversation(connection, an_address(connection, "telegram"), our_address="1")
        gone = {"channel": "telegram", "status": "sending", "lease_until": now, "sending_at": now}
        ids = [a_waiting_message(connection, talk, **gone) for _ in range(2)]
        assert expire_leases(connection, now) == 2
    desk = Desk(database, settings.model_copy(update={"telegram_bot_token": "1:x"}), now)
    desk.look_until(MINUTE)
    desk.close()
    assert [status(database, each) for each in ids] == ["unknown", "unknown"]
    [note] = notes(database)
    assert note.count("(telegram)") == 2
    assert address_of(database, ids[0]).address not in note


def test_what_is_simulated_has_arrived_in_the_log(
    database: Database, desk: Desk, twilio: TwilioPeer
) -> None:
    cut_off: dict[str, Any] = {"status": "sending", "lease_until": desk.now, "sending_at": desk.now}
    message_id = waiting(database, is_simulated=True, **cut_off)
    with database.transaction() as connection:
        expire_leases(connection, desk.now)
    desk.look_until(MINUTE)
    assert status(database, message_id) == "delivered"
    assert (notes(database), twilio.requests) == ([], [])


def test_a_report_that_comes_first_settles_it(
    database: Database, twilio: TwilioPeer, desk: Desk
) -> None:
    message_id = waiting(database)
    twilio.drop_next(accept=True)
    desk.deliver()
    with database.transaction() as connection:
        record_status(
            connection,
            public_id=seen(database, message_id).public_id,
            provider_id=twilio.accepted[0].sid,
            status=MessageStatus.DELIVERED,
            code=None,
            now=desk.now,
        )
    assert desk.look_until(timedelta(hours=3)) == 0
    assert (status(database, message_id), len(twilio.accepted)) == ("delivered", 1)


def test_one_that_cannot_be_read_stops_no_other(database: Database, desk: Desk) -> None:
    cut_off: dict[str, Any] = {"status": "sending", "lease_until": desk.now, "sending_at": desk.now}
    damaged, sound = (waiting(database, **cut_off) for _ in range(2))
    with database.transaction() as connection:
        mark = "%s" if connection.dialect.name == "postgresql" else "?"
        connection.exec_driver_sql(
            f"UPDATE messages SET text = {mark} WHERE id = {damaged}", (b"\x01nonsense",)
        )
        assert expire_leases(connection, desk.now) == 2
    desk.look_until(20 * MINUTE)
    assert status(database, sound) == "sent"
    assert len(notes(database)) == 1


def test_control_without_the_look_up_a_second_try_would_double_it(
    database: Database, twilio: TwilioPeer, desk: Desk
) -> None:
    """What the tests above would see if an unknown message were simply sent again."""
    message_id = waiting(database)
    twilio.drop_next(accept=True)
    desk.deliver()
    with database.transaction() as connection:
        connection.exec_driver_sql(
            f"UPDATE messages SET status = 'queued', due_at = queued_at WHERE id = {message_id}"
        )
    desk.deliver()
    assert len(twilio.accepted) == 2
