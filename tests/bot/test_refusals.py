"""What a refusal leads to: one table a provider, for an answer at once and a report that comes
later."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.messages import Channel
from bot.refusals import ended_by, fault_of, note_delivered, see_to
from bot.senders import telegram_errors, twilio_errors
from bot.senders.faults import Address, Alarm, Fault, Next
from core.database.connect import Database
from core.messaging import troubles
from core.models import addresses, tasks
from tests.builders import Clinic, an_address

SMS, WHATSAPP, TELEGRAM = Channel.SMS, Channel.WHATSAPP, Channel.TELEGRAM

# Said once more in plain words: channel, code, what becomes of the message, what it says of the
# address, until when staff are alarmed.
EXPECTED = [
    (SMS, "21610", Next.ELSEWHERE, Address.OPTED_OUT, None),
    (SMS, "21211", Next.ELSEWHERE, Address.BAD, None),
    (SMS, "21614", Next.ELSEWHERE, Address.BAD, None),
    (SMS, "21635", Next.ELSEWHERE, Address.BAD, None),
    (SMS, "30005", Next.ELSEWHERE, Address.BAD, None),
    (WHATSAPP, "63024", Next.ELSEWHERE, Address.BAD, None),
    (SMS, "30004", Next.ELSEWHERE, None, None),
    (SMS, "30006", Next.ELSEWHERE, None, None),
    (SMS, "30001", Next.AGAIN, None, None),
    (SMS, "30003", Next.AGAIN, None, None),
    (SMS, "30008", Next.AGAIN, None, None),
    (SMS, "30036", Next.AGAIN, None, None),
    (SMS, "20429", Next.AGAIN, None, None),
    (WHATSAPP, "63018", Next.AGAIN, None, None),
    (WHATSAPP, "63016", Next.TEMPLATE, None, None),
    (SMS, "20003", Next.AGAIN, None, Alarm.UNTIL_ACCEPTED),
    (SMS, "21606", Next.AGAIN, None, Alarm.UNTIL_ACCEPTED),
    (WHATSAPP, "63007", Next.AGAIN, None, Alarm.UNTIL_ACCEPTED),
    (SMS, "30034", Next.ELSEWHERE, None, Alarm.UNTIL_DELIVERED),
    (SMS, "30007", Next.ELSEWHERE, None, Alarm.UNTIL_SEEN),
    (WHATSAPP, "63021", Next.ELSEWHERE, None, Alarm.UNTIL_SEEN),
    (SMS, "99999", Next.ELSEWHERE, None, None),
    (TELEGRAM, "403", Next.ELSEWHERE, Address.BAD, None),
    (TELEGRAM, "chat_not_found", Next.ELSEWHERE, Address.BAD, None),
    (TELEGRAM, "400", Next.ELSEWHERE, None, None),
    (TELEGRAM, "429", Next.AGAIN, None, None),
    (TELEGRAM, "401", Next.AGAIN, None, Alarm.UNTIL_ACCEPTED),
    (SMS, "channel_off", Next.ELSEWHERE, None, Alarm.UNTIL_ACCEPTED),
]


@pytest.mark.parametrize(("channel", "code", "then", "address", "alarm"), EXPECTED)
def test_each_code_leads_where_it_should(
    channel: Channel, code: str, then: Next, address: Address | None, alarm: Alarm | None
) -> None:
    fault = fault_of(channel, code)
    assert (fault.next, fault.address, fault.alarm) == (then, address, alarm)


@pytest.mark.parametrize("table", [twilio_errors.FAULTS, telegram_errors.FAULTS])
def test_who_is_alarmed_reads_what_to_do(table: dict[str, Fault]) -> None:
    for code, fault in table.items():
        assert bool(fault.alarm_note) is (fault.alarm is not None), code


@pytest.fixture
def address(database: Database, clinic: Clinic) -> int:  # noqa: ARG001
    with database.transaction() as connection:
        return an_address(connection)


def refused(database: Database, address: int, code: str, now: datetime) -> None:
    with database.transaction() as connection:
        see_to(connection, channel=SMS, address_id=address, code=code, now=now)


def alarms(database: Database) -> list[str]:
    """The first words of the notes."""
    still_open = tasks.c.kind == "delivery", tasks.c.closed_at.is_(None)
    with database.reading() as connection:
        notes = connection.scalars(select(tasks.c.note).where(*still_open).order_by(tasks.c.id))
        return [str(note).partition(":")[0] for note in notes]


def test_an_alarm_is_raised_once_for_each_channel_and_code(
    database: Database, address: int, now: datetime
) -> None:
    for code in ("20003", "20003", "21606", "30007", "20003"):
        refused(database, address, code, now)
    assert alarms(database) == [
        "sms 20003",
        "sms 21606",
        "sms 30007",
    ]
    with database.reading() as connection:
        row = connection.execute(select(addresses).where(addresses.c.id == address)).one()
    assert (row.state, row.opted_in) == ("good", None)


def test_what_kept_messages_from_arriving_is_over_when_one_arrives(
    database: Database, address: int, now: datetime
) -> None:
    for code in ("30034", "30007", "20003"):
        refused(database, address, code, now)
    with database.transaction() as connection:
        note_delivered(connection, WHATSAPP, now)
    assert len(alarms(database)) == 3
    with database.transaction() as connection:
        note_delivered(connection, SMS, now)
    assert alarms(database) == ["sms 30007", "sms 20003"]
    refused(
        database, address, "30034", now + timedelta(hours=1)
    )  # It is back, and so is the alarm.
    assert len(alarms(database)) == 3


def test_what_refused_them_is_over_when_one_is_taken() -> None:
    keys = ["sms 20003", "sms 30034", "whatsapp 63007", "sms channel_off"]
    assert ended_by(Alarm.UNTIL_ACCEPTED, SMS, keys) == ["sms 20003", "sms channel_off"]


def test_a_trouble_that_is_over_is_closed(database: Database, address: int, now: datetime) -> None:
    refused(database, address, "20003", now)
    with database.transaction() as connection:
        assert troubles.end_troubles(connection, {"sms 20003"}, now) == 1
        assert troubles.open_troubles(connection) == {}
