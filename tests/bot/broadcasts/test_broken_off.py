"""A broadcast that is stopped, cut off, or taken up by two at once."""

from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from unittest.mock import patch

import pytest
from sqlalchemy import update

from bot.broadcasts import ToMany
from bot.messages import Channel
from bot.senders.base import DeliveryError
from core.broadcasts import keeping, sending
from core.models import addresses, broadcast_recipients
from tests.bot.broadcasts.house import TEXT, House
from tests.bot.talking import Patient, set_rule
from tests.builders import a_link
from tests.core.broadcasts.people import (
    MORNING,
    somebody,
)


def test_what_is_stopped_does_not_go_out(house: House) -> None:
    house.comes(3)
    house.agrees()
    house.ticks()  # One stands in the outbox.
    with house.database.transaction() as connection:
        assert keeping.stop(connection, house.id, house.now) == 4
    house.works()
    assert house.heard == []
    assert (house.at.withdrawn, house.at.recipients) == (4, 4)
    with house.database.transaction() as connection:
        keeping.go_on(connection, house.id, house.now)
    house.works()
    assert house.heard == [TEXT] * 4


def test_what_a_provider_has_is_not_withdrawn_and_not_sent_again(house: House) -> None:
    house.comes(2)
    house.agrees()
    house.ticks()
    house.delivers()
    assert len(house.heard) == 2
    with house.database.transaction() as connection:
        assert keeping.stop(connection, house.id, house.now) == 1
        keeping.go_on(connection, house.id, house.now)
    house.works()
    assert len(house.heard) == 3
    assert len({message.recipient for message in house.sender.sent}) == 3


@pytest.mark.parametrize("where", ["put", "said"])
def test_a_crash_in_the_middle_loses_none_and_doubles_none(house: House, where: str) -> None:
    house.comes(4)
    house.agrees()
    count = 0
    whole = getattr(ToMany, where)

    def breaks(self: ToMany, *parts: object) -> object:
        nonlocal count
        count += 1
        found = whole(self, *parts)
        if count % 2:
            raise KeyboardInterrupt  # As a worker that is killed: nobody tidies up.
        return found

    with patch.object(ToMany, where, breaks):
        for _ in range(12):
            try:
                house.works(minutes=1)
            except KeyboardInterrupt:
                house.now += timedelta(seconds=3)
    assert count > 5
    assert len(house.heard) == 5
    assert len({message.recipient for message in house.sender.sent}) == 5


def test_one_that_fails_stops_no_other(house: House) -> None:
    house.comes(2)
    house.agrees()
    whole = sending.may_go

    def fails(connection, turn, *more):  # type: ignore[no-untyped-def]
        if turn.address_id == house.clinic.address_id and house.now < MORNING + timedelta(hours=1):
            raise RuntimeError("broken")
        return whole(connection, turn, *more)

    with patch.object(sending, "may_go", fails):
        house.works()
        assert len(house.heard) == 2
        house.now += timedelta(hours=1)
        house.works()
    assert len(house.heard) == 3


def both(work: Callable[[], object]) -> None:
    pair = [Thread(target=work) for _ in range(2)]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()


def test_two_workers_say_each_copy_once(house: House) -> None:
    set_rule(house.database, broadcast_messages_a_minute=0, sms_segments_a_second=0)
    house.comes(12)
    house.agrees()

    def work() -> None:
        for _ in range(15):
            house.ticks()
            house.delivers()

    both(work)
    house.works(minutes=1)
    assert len(house.heard) == 13
    assert len({message.recipient for message in house.sender.sent}) == 13


def test_two_workers_keep_the_pace_together(house: House) -> None:
    set_rule(house.database, broadcast_messages_a_minute=3, sms_segments_a_second=0)
    house.comes(9)
    house.agrees()

    def work() -> None:
        for _ in range(10):
            house.ticks()
            house.delivers()

    both(work)
    assert len(house.heard) == 3


def test_a_copy_taken_without_its_lock_would_go_out_twice(house: House) -> None:
    """The control: it is the state of its row that keeps it from being said again."""
    house.agrees()
    house.works(minutes=1)
    with house.database.transaction() as connection:
        connection.execute(
            update(broadcast_recipients).values(state="waiting", message_id=None, queued_at=None)
        )
    house.works(minutes=1)
    assert house.heard == [TEXT] * 2


def test_what_fails_at_the_provider_is_counted(house: House) -> None:
    house.sender.outcomes = [DeliveryError("30006", permanent=True)]
    house.comes()
    house.agrees()
    house.works()
    assert (house.at.failed, house.at.sent) == (1, 1)


def test_who_falls_silent_on_whatsapp_is_told_on_another_way(house: House) -> None:
    patient = Patient(house.database, Channel.WHATSAPP, "+14155550166")
    patient.clock.at = MORNING - timedelta(hours=20)
    patient.says("hello")
    house.delivers()
    house.sender.sent.clear()
    with house.database.transaction() as connection:
        nora, phone = somebody(connection)
        a_link(connection, nora, patient.own_address.id)
        house.now = MORNING
        one = update(addresses).where(addresses.c.id == phone)
        connection.execute(one.values(last_heard_at=MORNING - timedelta(days=90)))
    house.agrees()
    house.now = MORNING + timedelta(hours=5)
    house.works()
    assert house.heard == [TEXT] * 2
    assert {message.channel for message in house.sender.sent} == {Channel.SMS}
    assert house.at.reasons == {"window_closed": 1}
