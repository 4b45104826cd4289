"""When a copy of a broadcast goes out: not at night, not too many, behind all else."""

from datetime import timedelta

from bot.messages import Channel
from core.broadcasts import keeping
from core.broadcasts.reach import reach
from core.messaging import outbox
from core.messaging.conversations import lock_by_id
from core.messaging.log import queue_reply
from core.models import broadcast_recipients, messages
from core.models.broadcasts import BroadcastPurpose
from core.models.messaging import MessageKind
from tests.bot.broadcasts.house import NIGHT, TEXT, House
from tests.bot.talking import Patient, rows, set_rule
from tests.builders import a_conversation, a_link, a_patient
from tests.core.broadcasts.people import (
    CARE,
    EVERYBODY,
    MORNING,
    OPERATION,
)
from tests.core.scheduling.words import TUESDAY, at


def test_at_night_it_waits_for_the_morning(house: House) -> None:
    house.now = NIGHT
    house.agrees()
    house.works()
    assert house.heard == []
    house.now = at("07:59", TUESDAY)
    house.ticks()
    house.delivers()
    assert house.heard == []
    house.now = at("08:00", TUESDAY)
    house.works(minutes=1)
    assert house.heard == [TEXT]


def test_the_night_is_that_of_each_patient(house: House) -> None:
    house.comes(zone="America/New_York")
    house.now = at("18:00")  # Nine in the evening there.
    house.agrees()
    house.works()
    assert house.heard == [TEXT]
    assert house.at.waiting == 1


def test_what_stands_in_the_outbox_at_nightfall_waits_too(house: House) -> None:
    house.now = at("19:59")
    house.agrees()
    house.ticks()
    house.now = NIGHT
    house.delivers()
    house.works()
    assert house.heard == []
    house.now = at("08:00", TUESDAY)
    house.works(minutes=1)
    assert house.heard == [TEXT]


def test_so_many_a_minute_and_no_more(house: House) -> None:
    set_rule(house.database, broadcast_messages_a_minute=4, sms_segments_a_second=0)
    house.comes(9)
    house.agrees()
    for seconds in range(0, 180, 3):
        house.now = MORNING + timedelta(seconds=seconds)
        house.ticks()
        house.delivers()
        assert len(house.heard) <= 4 * (1 + seconds // 60)
    assert len(house.heard) == 10
    queued = sorted(row.queued_at for row in rows(house.database, broadcast_recipients))
    for first, fifth in zip(queued, queued[4:], strict=False):
        assert fifth - first >= timedelta(minutes=1)


def test_without_the_rule_there_is_no_such_limit(house: House) -> None:
    """The control."""
    set_rule(house.database, broadcast_messages_a_minute=0, sms_segments_a_second=0)
    house.comes(9)
    house.agrees()
    house.works(minutes=1)
    assert len(house.heard) == 10


def test_a_reminder_that_waits_goes_first(house: House) -> None:
    with house.database.transaction() as connection:
        place = lock_by_id(connection, house.clinic.conversation_id)
        queue_reply(
            connection,
            place,
            text="Your visit is tomorrow.",
            choices=(),
            list_id=None,
            segments=1,
            in_reply_to=None,
            simulated=False,
            now=MORNING,
            kind=MessageKind.REMINDER,
        )
    house.agrees()
    assert house.ticks() == 0
    assert house.at.waiting == 1
    house.works(minutes=1)
    assert house.heard == ["Your visit is tomorrow.", TEXT]


def test_care_keeps_the_limits_for_a_day_and_operation_does_not(house: House) -> None:
    set_rule(house.database, broadcast_messages_a_minute=0)
    house.agrees(purpose=CARE)
    house.works(minutes=1)
    assert len(house.heard) == 1
    second(house, CARE)
    house.works(minutes=1)
    assert len(house.heard) == 1
    second(house, OPERATION)
    house.works(minutes=1)
    assert len(house.heard) == 2
    house.now = at("09:00", TUESDAY)
    house.works(minutes=1)
    assert len(house.heard) == 3


def second(house: House, purpose: BroadcastPurpose) -> None:
    """The same once more, by the same colleague."""

    with house.database.transaction() as connection:
        before = keeping.by_id(connection, house.id)
        made = keeping.draft(
            connection,
            EVERYBODY,
            "And on Monday.",
            staff_id=before.staff_id,
            purpose=purpose,
            now=house.now,
        )
        ways = reach(connection, EVERYBODY, purpose, house.now).ways
        keeping.agree(connection, made.id, ways, starts_at=house.now, now=house.now)


def test_what_could_not_go_out_in_three_days_does_not_any_more(house: House) -> None:
    house.agrees()
    house.now += timedelta(days=3)
    house.works(minutes=1)
    assert house.heard == []
    assert house.at.reasons == {"too_late": 1}


def test_nobody_is_interrupted(house: House) -> None:
    patient = Patient(house.database, Channel.SMS, "+14155550166")
    patient.clock.at = MORNING
    patient.says("hello", "dr patel tuesday at 10")
    with house.database.transaction() as connection:
        a_link(connection, a_patient(connection, "Nora"), patient.own_address.id)
    house.agrees()
    house.works(minutes=5)
    assert TEXT in house.heard
    assert house.at.waiting == 1
    house.works(minutes=20)
    assert house.heard.count(TEXT) == 2


def test_a_channel_that_stands_still_keeps_no_other_waiting(house: House) -> None:
    house.comes(3)
    house.comes(1, channel="telegram")
    house.agrees()
    for _ in range(3):
        house.ticks()  # Nothing is delivered.
    queued = [row for row in rows(house.database, messages) if row.campaign]
    assert sorted(row.channel for row in queued) == ["sms", "sms", "telegram"]


def test_in_one_claim_what_goes_to_many_comes_last(house: House) -> None:
    house.agrees()
    house.ticks()
    with house.database.transaction() as connection:
        place = lock_by_id(connection, a_conversation(connection))
        queue_reply(
            connection,
            place,
            text="Your visit is tomorrow.",
            choices=(),
            list_id=None,
            segments=1,
            in_reply_to=None,
            simulated=False,
            now=house.now,
            kind=MessageKind.REMINDER,
        )
        lease = timedelta(minutes=2)
        taken = outbox.claim(connection, now=house.now, owner="w", lease=lease, limit=10)
    assert [each.text for each in taken.messages] == ["Your visit is tomorrow.", TEXT]
