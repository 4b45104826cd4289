"""The copies of a broadcast, from the yes to the patients' phones."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread
from unittest.mock import patch

import pytest
from sqlalchemy import update

from bot.broadcasts import Broadcasts, ToMany
from bot.delivery import Delivery
from bot.messages import Channel
from bot.senders.base import DeliveryError
from core.broadcasts import keeping, sending
from core.broadcasts.group import Filter, Group
from core.broadcasts.keeping import Progress
from core.broadcasts.reach import reach
from core.database.connect import Database
from core.messaging import outbox
from core.messaging.conversations import lock_by_id
from core.messaging.log import queue_reply
from core.models import addresses, appointments, broadcast_recipients, messages, patients
from core.models.broadcasts import BroadcastPurpose
from core.models.messaging import MessageKind
from core.models.people import ConsentPurpose, Standing
from core.people.consents import record
from tests.bot.talking import OURS, Patient, rows, set_rule
from tests.bot.test_delivery import FakeSender
from tests.builders import Clinic, a_conversation, a_link, a_patient
from tests.core.broadcasts.people import (
    CARE,
    EVERYBODY,
    MARKETING,
    MORNING,
    OPERATION,
    WHOLE,
    a_visit,
    agreed,
    somebody,
)
from tests.core.scheduling.words import MONDAY, RECEPTIONIST, TUESDAY, at

NIGHT = at("21:00")
TEXT = "Harbor Health: We are closed on Friday. Reply STOP to opt out."


class House:
    """A clinic with a worker, a broadcast, and a clock."""

    def __init__(self, database: Database, clinic: Clinic) -> None:
        self.database, self.clinic, self.now = database, clinic, MORNING
        self.sender = FakeSender()
        self.people = [(clinic.patient_id, clinic.address_id)]

    def clock(self) -> datetime:
        return self.now

    def comes(self, count: int = 1, **changes: object) -> list[tuple[int, int]]:
        """So many patients more, each with a phone."""
        with self.database.transaction() as connection:
            came = [
                somebody(connection, f"Nora {number}", **changes)  # type: ignore[arg-type]
                for number in range(count)
            ]
        self.people += came
        return came

    def agrees(self, meant: Filter = EVERYBODY, purpose: BroadcastPurpose = OPERATION) -> int:
        with self.database.transaction() as connection:
            self.id = agreed(connection, meant, purpose, now=self.now)
        return self.id

    def ticks(self) -> int:
        return Broadcasts(self.database, self.clock, {"sms": OURS}).send()

    def delivers(self) -> None:
        channels = (Channel.SMS, Channel.TELEGRAM, Channel.WHATSAPP)
        senders = dict.fromkeys(channels, self.sender)
        Delivery(
            self.database, senders, clock=self.clock, threads=1, simulated=self.sender
        ).deliver()

    def works(self, *, minutes: int = 5) -> None:
        """As a worker does, looking every few seconds."""
        for _ in range(minutes * 20):
            self.ticks()
            self.delivers()
            self.now += timedelta(seconds=3)

    @property
    def heard(self) -> list[str]:
        return [message.text for message in self.sender.sent]

    @property
    def at(self) -> Progress:
        with self.database.reading() as connection:
            return keeping.progress(connection, self.id)

    def changes(self, patient_id: int, **values: object) -> None:
        with self.database.transaction() as connection:
            one = update(patients).where(patients.c.id == patient_id)
            connection.execute(one.values(**values))


@pytest.fixture
def house(database: Database, clinic: Clinic) -> House:
    return House(database, clinic)


def test_everybody_reads_it_once(house: House) -> None:
    house.comes(3)
    house.agrees()
    house.works()
    assert house.heard == [TEXT] * 4
    assert len({message.recipient for message in house.sender.sent}) == 4
    assert (house.at.sent, house.at.recipients) == (4, 4)
    carried = [row for row in rows(house.database, messages) if row.campaign]
    assert {row.kind for row in carried} == {MessageKind.BROADCAST}
    assert len({row.campaign for row in carried}) == 1


def test_a_family_reads_it_once(house: House) -> None:
    with house.database.transaction() as connection:
        a_link(connection, a_patient(connection, "Tom"), house.clinic.address_id, relation="son")
    house.agrees()
    house.works()
    assert house.heard == [TEXT]


def test_each_reads_how_to_opt_out_in_their_own_language(house: House) -> None:
    house.comes(phone={"language": "es"})
    house.agrees()
    house.works()
    assert sorted(house.heard) == [
        TEXT,
        "Harbor Health: We are closed on Friday. STOP para no recibir mensajes.",
    ]


# Between the yes and the turn of a copy


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"standing": Standing.DECEASED}, "deceased"),
        ({"standing": Standing.BLOCKED}, "blocked"),
        ({"contact_rules": '{"never": "asked"}'}, "no_contact"),
    ],
)
def test_how_the_clinic_stands_to_them_is_read_again(
    house: House, values: dict[str, object], why: str
) -> None:
    ((nora, _),) = house.comes()
    house.agrees()
    house.changes(nora, **values)
    house.works()
    assert house.heard == [TEXT]
    assert house.at.reasons == {why: 1}


def test_who_opts_out_between_the_yes_and_the_sending_hears_nothing(house: House) -> None:
    patient = Patient(house.database, Channel.SMS, "+14155550166")
    patient.clock.at = MORNING
    patient.says("hello")
    with house.database.transaction() as connection:
        a_link(connection, a_patient(connection, "Nora"), patient.own_address.id)
    house.delivers()
    house.sender.sent.clear()
    house.agrees()
    patient.says("STOP")
    house.works(minutes=30)
    assert house.heard == [TEXT]
    assert house.at.reasons == {"opted_out": 1}


def test_who_opts_out_while_it_stands_in_the_outbox_hears_nothing(house: House) -> None:
    house.agrees()
    house.ticks()
    with house.database.transaction() as connection:
        connection.execute(update(addresses).values(opted_in=False))
    house.works()
    assert house.heard == []
    assert house.at.reasons == {"opted_out": 1}


def test_who_dies_while_it_stands_in_the_outbox_hears_nothing(house: House) -> None:
    house.agrees()
    house.ticks()
    house.changes(house.clinic.patient_id, standing=Standing.DECEASED)
    house.works()
    assert house.heard == []
    assert house.at.reasons == {"deceased": 1}


def test_who_called_off_their_visit_is_not_told_of_that_day(house: House) -> None:
    with house.database.transaction() as connection:
        visit = a_visit(connection, house.clinic, house.clinic.patient_id)
    house.agrees(Filter(Group(first=MONDAY, last=MONDAY), WHOLE))

    with house.database.transaction() as connection:
        one = update(appointments).where(appointments.c.id == visit)
        connection.execute(one.values(status="cancelled"))
    house.works()
    assert house.heard == []
    assert house.at.reasons == {"no_address": 1}


def consents(house: House, *, given: bool) -> None:
    with house.database.transaction() as connection:
        record(
            connection,
            house.clinic.address_id,
            ConsentPurpose.MARKETING,
            is_given=given,
            how="message",
            actor=RECEPTIONIST,
            now=house.now,
        )


@pytest.mark.parametrize("is_queued", [False, True])
def test_who_takes_back_that_they_agreed_hears_no_marketing(
    house: House, *, is_queued: bool
) -> None:
    consents(house, given=True)
    house.agrees(purpose=MARKETING)
    if is_queued:
        house.ticks()
    consents(house, given=False)
    house.works()
    assert house.heard == []
    assert house.at.reasons == {"no_consent": 1}


def test_who_agreed_hears_marketing(house: House) -> None:
    """The control."""
    house.comes()
    consents(house, given=True)
    house.agrees(purpose=MARKETING)
    house.works()
    assert house.heard == [TEXT]


# When


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


# Stopped, and broken off


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
