"""Alarms: told at once to the first of staff, passed on until somebody takes them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from bot.handovers import Watch
from bot.messages import Channel
from core.database.connect import Database
from core.messaging import notices, outbox
from core.messaging.conversations import lock_conversation
from core.messaging.tasks import open_task
from core.models import addresses, conversations, messages, tasks
from core.models.messaging import TaskKind
from tests.bot.talking import OURS, Clock, Patient, rows, set_rule, text_of, types_of
from tests.builders import NOW, Clinic, a_colleague

ANNA, BEN = "+14155550171", "+14155550172"
DESPAIR = "I don't want to live anymore"
THREAT = "I'll come and shoot you all"
pytestmark = pytest.mark.usefixtures("clinic")


@dataclass
class House:
    """A clinic, its staff, somebody who writes, and the worker that looks after alarms."""

    database: Database
    clock: Clock = field(default_factory=Clock)

    def hires(self, **positions: tuple[str, int]) -> None:
        with self.database.transaction() as connection:
            for username, (number, position) in positions.items():
                address_id = lock_conversation(
                    connection,
                    channel="sms",
                    address=number,
                    our_address=OURS,
                    now=NOW,
                    simulated=False,
                ).address_id
                a_colleague(connection, username, position, address_id=address_id)

    def person(self, address: str = "visitor", channel: Channel = Channel.WEB) -> Patient:
        return Patient(self.database, channel, address, self.clock)

    def looks(self) -> int:
        return Watch(self.database, self.clock).look()

    def told(self) -> list[tuple[str, str]]:
        """Who was told, and what of, in order."""
        at = {row.id: row.address for row in rows(self.database, addresses)}
        whose = {row.id: at[row.address_id] for row in rows(self.database, conversations)}
        names = {ANNA: "anna", BEN: "ben"}
        return [
            (names.get(whose[row.conversation_id], "?"), row.text)
            for row in rows(self.database, messages)
            if row.kind == "notice"
        ]

    def names_told(self) -> list[str]:
        return [name for name, _ in self.told()]

    @property
    def task(self) -> Row[Any]:
        return rows(self.database, tasks)[-1]


@pytest.fixture
def house(database: Database, clinic: Clinic) -> House:
    del clinic
    house = House(database)
    house.hires(anna=(ANNA, 1), ben=(BEN, 2))
    return house


@pytest.mark.parametrize(
    ("words", "kind", "told"),
    [
        ("chest pain, I can't breathe", "emergency", "Alarm: somebody wrote of an emergency."),
        ("my husband says he will kill me", "emergency", "Alarm: somebody wrote of an emergency."),
        (DESPAIR, "self_harm", "Alarm: somebody wrote of self-harm."),
        (THREAT, "threat", "Alarm: somebody threatens our people."),
    ],
)
def test_the_first_on_the_list_is_told_at_once(
    house: House, words: str, kind: str, told: str
) -> None:
    house.person().says(words)
    assert house.task.kind == kind
    assert house.told() == [("anna", f"{told} Task {house.task.id}. Reply 1 to take it.")]
    assert house.task.acknowledged_at is None


def test_no_word_of_the_patient_leaves_the_house(house: House) -> None:
    patient = house.person()
    patient.says("dr patel tuesday at 10", "Wilhelmina Ashworth", DESPAIR)
    [(_, told)] = house.told()
    assert "Wilhelmina" not in told
    assert "live" not in told


def test_the_notice_goes_out_with_the_next_delivery(house: House) -> None:
    house.person().says(DESPAIR)
    with house.database.transaction() as connection:
        claimed = outbox.claim(
            connection, now=NOW, owner="a test", lease=timedelta(minutes=2), limit=9
        )
    assert {(each.channel, each.recipient) for each in claimed.messages} >= {("sms", ANNA)}


def test_untaken_it_goes_to_the_next_after_five_minutes_round_and_round(house: House) -> None:
    house.person().says(DESPAIR)
    assert house.looks() == 0
    house.clock.passes(minutes=4, seconds=59)
    assert house.looks() == 0
    for names in (["anna", "ben"], ["anna", "ben", "anna"]):
        house.clock.passes(minutes=5)
        assert house.looks() == 1
        assert house.looks() == 0  # Once, however many workers look.
        assert house.names_told() == names


def test_how_long_is_a_rule(house: House) -> None:
    set_rule(house.database, alarm_minutes=2)
    house.person().says(DESPAIR)
    house.clock.passes(minutes=2)
    assert house.looks() == 1


def test_at_night_and_on_holidays_too(house: House) -> None:
    house.clock.passes(hours=-12)
    house.person().says(DESPAIR)
    house.clock.passes(minutes=5)
    house.looks()
    assert house.names_told() == ["anna", "ben"]


@pytest.mark.parametrize("words", ["1", "ok", "OK.", "taken", "#{task}", "take {task}"])
def test_a_short_answer_takes_it_and_nobody_else_is_told(house: House, words: str) -> None:
    house.person().says(DESPAIR)
    anna = house.person(ANNA, Channel.SMS)
    handled = anna.says(words.format(task=house.task.id))
    assert text_of(handled) == f"Thank you, it is yours: task {house.task.id}."
    assert house.task.acknowledged_at == NOW
    house.clock.passes(minutes=30)
    assert house.looks() == 0
    assert house.names_told() == ["anna"]


def test_who_was_told_first_may_still_take_it_once_it_is_with_the_next(house: House) -> None:
    house.person().says(DESPAIR)
    house.clock.passes(minutes=5)
    house.looks()
    assert "yours" in text_of(house.person(ANNA, Channel.SMS).says("1"))
    assert "somebody else" in text_of(house.person(BEN, Channel.SMS).says("1"))


def test_one_answer_takes_all_that_one_was_told_of(house: House) -> None:
    house.person("one").says(DESPAIR)
    house.person("two").says(THREAT)
    numbers = [row.id for row in rows(house.database, tasks)]
    said = text_of(house.person(ANNA, Channel.SMS).says("1"))
    assert all(str(number) in said for number in numbers)


def test_other_words_of_staff_are_those_of_a_patient(house: House) -> None:
    house.person().says(DESPAIR)
    handled = house.person(ANNA, Channel.SMS).says("dr patel tuesday at 10")
    assert "10:00" in text_of(handled)
    assert house.task.acknowledged_at is None


def test_a_number_after_a_list_is_an_answer_to_the_list(house: House) -> None:
    house.person().says(DESPAIR)
    anna = house.person(ANNA, Channel.SMS)
    anna.says("dr patel tuesday")
    assert "yours" not in text_of(anna.says("1"))
    assert house.task.acknowledged_at is None
    assert "yours" in text_of(anna.says(f"take {house.task.id}"))


def test_nobody_but_those_who_were_told_takes_anything(house: House) -> None:
    house.person().says(DESPAIR)
    assert "yours" not in text_of(house.person(BEN, Channel.SMS).says("1"))
    assert "yours" not in text_of(house.person("+14155550199", Channel.SMS).says("1"))
    assert house.task.acknowledged_at is None


def test_where_nobody_is_listed_the_task_waits_and_nothing_breaks(
    database: Database, clinic: Clinic
) -> None:
    del clinic
    house = House(database)
    assert "988" in text_of(house.person().says(DESPAIR))
    assert house.task.kind == "self_harm"
    house.clock.passes(minutes=6)
    house.looks()
    assert house.told() == []
    house.hires(anna=(ANNA, 1))  # As soon as there is somebody, they hear of it.
    house.clock.passes(minutes=6)
    house.looks()
    assert house.names_told() == ["anna"]


def test_one_alarm_that_cannot_be_passed_on_stops_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house.person("one").says(DESPAIR)
    broken = house.task.id
    house.person("two").says(THREAT)
    queue = notices.queue_notice

    def fails(*given: Any, task_id: int, **rest: Any) -> None:
        if task_id == broken:
            raise ValueError("no way")
        queue(*given, task_id=task_id, **rest)

    monkeypatch.setattr(notices, "queue_notice", fails)
    house.clock.passes(minutes=5)
    assert house.looks() == 1
    assert house.names_told() == ["anna", "anna", "ben"]
    assert f"task {broken} could not be passed on" in caplog.text
    monkeypatch.undo()
    assert house.looks() == 1  # What was begun for it is undone, so that it comes again.


def test_an_alarm_from_a_demos_chat_reaches_no_provider(house: House) -> None:
    patient = house.person()
    patient.sends(replace(patient.message(DESPAIR), simulated=True))
    [notice] = [row for row in rows(house.database, messages) if row.kind == "notice"]
    assert notice.is_simulated


def test_staff_of_another_channel_are_written_to_from_the_configured_number(
    database: Database, clinic: Clinic
) -> None:
    del clinic
    with database.transaction() as connection:
        a_colleague(connection, "anna")
    house = House(database)
    house.person().says(DESPAIR)
    [notice] = [row for row in rows(database, messages) if row.kind == "notice"]
    [there] = [row for row in rows(database, conversations) if row.id == notice.conversation_id]
    assert (notice.channel, there.our_address) == ("sms", "")
    assert not notice.is_simulated


def test_never_rate_limited(house: House) -> None:
    set_rule(house.database, messages_per_sender_a_minute=2)
    patient = house.person()
    patient.says(*["hello"] * 5)
    handled = patient.says(DESPAIR)
    assert "988" in text_of(handled)
    assert house.task.kind == "self_harm"


def test_of_a_number_that_opted_out_staff_alone_hear(house: House) -> None:
    patient = house.person("+14155550123", Channel.SMS)
    patient.says("STOP")
    handled = patient.says(DESPAIR)
    assert handled.replies == ()
    assert types_of(handled) == ["staff_alerted"]
    assert [row.status for row in patient.outgoing] == ["dropped"]
    assert house.names_told() == ["anna"]


@pytest.mark.parametrize("channel", [Channel.WHATSAPP, Channel.TELEGRAM])
def test_elsewhere_who_opted_out_and_writes_is_answered(house: House, channel: Channel) -> None:
    patient = house.person("1000001", channel)
    patient.says("STOP")
    assert "988" in text_of(patient.says(DESPAIR))


def test_what_is_written_below_a_photo_is_read(house: House) -> None:
    """The webhooks hand it over as text; see `webhooks/telegram.py` and `webhooks/twilio.py`."""
    assert "988" in text_of(house.person().says(f"look at this photo. {DESPAIR}"))


def test_a_task_that_has_no_conversation_is_passed_on_without_a_message(house: House) -> None:
    with house.database.transaction() as connection:
        open_task(connection, TaskKind.EMERGENCY, now=NOW)
    assert house.looks() == 1
    assert house.told() == []


def test_who_of_staff_opted_out_is_passed_over(house: House) -> None:
    house.person(ANNA, Channel.SMS).says("STOP")
    house.person().says(DESPAIR)
    assert house.names_told() == ["ben"]


def test_many_workers_at_once_tell_one(house: House) -> None:
    house.person().says(DESPAIR)
    house.clock.passes(minutes=5)
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda _: house.looks(), range(6)))
    assert sum(told) == 1
    assert house.names_told() == ["anna", "ben"]
