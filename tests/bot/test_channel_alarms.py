"""A channel that takes nothing: one task and one alarm, told on another channel, and closed by
itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from bot.channel_alarms import ChannelAlarms
from bot.messages import Channel
from bot.senders.base import DeliveryError, Sender
from core.database.connect import Database
from core.messaging import failing, troubles
from core.models import messages, tasks
from tests.bot.talking import Clock, rows
from tests.bot.test_delivery import FakeSender, deliver
from tests.builders import Clinic, a_colleague, a_conversation, an_address
from tests.core.messaging.waiting import a_waiting_message

SMS, WHATSAPP, TELEGRAM = Channel.SMS, Channel.WHATSAPP, Channel.TELEGRAM
UNREACHABLE = DeliveryError("unreachable")


class Out(FakeSender):
    """Takes nothing while `is_out`."""

    def __init__(self, error: DeliveryError = UNREACHABLE) -> None:
        super().__init__()
        self.error = error
        self.is_out = True

    def send(self, message):  # type: ignore[no-untyped-def]
        if self.is_out:
            raise self.error
        return super().send(message)


@dataclass
class House:
    database: Database
    clock: Clock = field(default_factory=Clock)
    sms: Out = field(default_factory=Out)
    telegram: FakeSender = field(default_factory=FakeSender)

    def __post_init__(self) -> None:
        self.alarms = ChannelAlarms(self.database, self.clock, {})

    def waits(self, channel: str = "sms", count: int = 1) -> None:
        with self.database.transaction() as connection:
            for _ in range(count):
                there = a_conversation(connection, an_address(connection, channel))
                a_waiting_message(connection, there, channel=channel)

    def sends(self, **later: float) -> None:
        self.clock.passes(**later)
        senders: Mapping[Channel, Sender] = {SMS: self.sms, TELEGRAM: self.telegram}
        deliver(self.database, senders, self.clock())
        self.alarms.look()

    def is_out_for(self, minutes: int) -> None:
        for _ in range(minutes):
            self.sends(minutes=1)

    def colleague(self, username: str, position: int, channel: str) -> int:
        with self.database.transaction() as connection:
            address = an_address(connection, channel)
            a_colleague(connection, username, position, address_id=address, language="en")
            return address

    def opened(self) -> list[tuple[str, str | None]]:
        return [(row.note.partition(":")[0], row.outcome) for row in rows(self.database, tasks)]

    def told(self) -> list[str]:
        with self.database.reading() as connection:
            notices = select(messages.c.text).where(messages.c.subject.like("task %"))
            return list(connection.scalars(notices.order_by(messages.c.id)))


@pytest.fixture
def house(database: Database, clinic: Clinic) -> House:
    del clinic
    house = House(database)
    house.colleague("anna", 1, "sms")
    house.colleague("ben", 2, "telegram")
    return house


def test_what_fails_for_minutes_is_one_task_and_one_alarm_on_another_channel(
    house: House,
) -> None:
    house.waits()
    house.is_out_for(20)
    assert house.opened() == [("sms nothing_passes", None)]
    [text] = house.told()
    assert text.startswith("Alarm: SMS takes no messages from us")
    assert [row.channel for row in rows(house.database, messages) if row.subject] == ["telegram"]


def test_it_is_closed_by_itself_when_sending_works_again(house: House) -> None:
    house.waits()
    house.is_out_for(20)
    house.sms.is_out = False
    house.sends(minutes=15)
    assert house.opened() == [("sms nothing_passes", "works again")]
    with house.database.reading() as connection:
        assert failing.failing(connection) == frozenset()
    # The next outage is another one.
    house.sms.is_out = True
    house.waits()
    house.is_out_for(20)
    assert len(house.opened()) == len(house.told()) == 2


def test_a_provider_that_stumbles_alarms_nobody(house: House) -> None:
    house.waits(count=6)
    house.is_out_for(4)
    assert house.opened() == []
    house.sms.is_out = False
    house.sends(minutes=2)
    house.sms.is_out = True
    house.waits()
    house.is_out_for(4)  # It counts from then on.
    assert house.opened() == []
    assert house.told() == []


def test_while_something_passes_in_between_nobody_is_alarmed(house: House) -> None:
    house.waits()
    for _ in range(10):
        house.is_out_for(2)
        house.sms.is_out = False
        house.waits()
        house.sends(minutes=1)
        house.sms.is_out = True
        house.waits()
    assert house.opened() == []


def test_what_is_wrong_with_a_message_is_nothing_of_the_channel(house: House) -> None:
    house.sms.error = DeliveryError("21211", permanent=True)
    for _ in range(10):
        house.waits()
        house.is_out_for(1)
    assert house.opened() == []
    with house.database.reading() as connection:
        assert failing.failing(connection) == frozenset()


def test_a_provider_that_asks_us_to_be_slower_is_not_out(house: House) -> None:
    house.sms.error = DeliveryError("20429")
    house.waits(count=3)
    house.is_out_for(15)
    assert house.opened() == []


def test_credentials_that_are_refused_alarm_at_once_and_once(house: House) -> None:
    house.sms.error = DeliveryError("20003")
    house.waits(count=3)
    house.is_out_for(20)
    assert house.opened() == [("sms 20003", None)]
    assert len(house.told()) == 1


def test_a_second_fault_of_the_same_channel_is_a_task_and_no_second_alarm(house: House) -> None:
    house.waits(count=2)
    house.is_out_for(15)
    house.sms.error = DeliveryError("20003")
    house.is_out_for(15)
    assert [key for key, _ in house.opened()] == ["sms nothing_passes", "sms 20003"]
    assert len(house.told()) == 1


def test_a_text_that_was_refused_is_a_task_without_an_alarm(house: House) -> None:
    house.sms.error = DeliveryError("30007", permanent=True)
    house.waits()
    house.is_out_for(2)
    assert house.opened() == [("sms 30007", None)]
    assert house.told() == []


def test_where_no_channel_works_it_is_told_as_soon_as_one_does(
    database: Database, clinic: Clinic
) -> None:
    del clinic
    house = House(database)
    house.colleague("anna", 1, "sms")
    house.waits()
    house.is_out_for(20)
    assert len(house.opened()) == 1
    assert house.told() == []
    house.colleague("ben", 2, "telegram")
    house.sends(minutes=1)
    assert len(house.told()) == 1


def test_several_workers_open_one_task_and_tell_once(house: House) -> None:
    house.waits()
    house.is_out_for(20)
    others = [ChannelAlarms(house.database, house.clock, {}) for _ in range(3)]
    assert [each.look() for each in others] == [0, 0, 0]
    with house.database.transaction() as connection:
        key = "sms nothing_passes"
        assert troubles.raise_trouble(connection, key, "again", house.clock()) is False
    assert len(house.told()) == 1


def test_control_what_nobody_was_told_of_is_told(house: House) -> None:
    house.waits()
    house.is_out_for(20)
    with house.database.transaction() as connection:
        connection.execute(tasks.update().values(assigned_at=None, assigned_to_id=None))
    assert house.alarms.look() == 1
    assert len(house.told()) == 2
