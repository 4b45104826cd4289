"""What is noticed when a tick of the worker has not run for too long, and who is told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot import upkeep
from bot.messages import Channel
from bot.upkeep import DELIVER, TICKS, WATCH, Watch
from bot.worker import Worker
from core.config import Settings
from core.database.connect import Database
from core.messaging import outbox, ticks
from core.messaging.conversations import lock_conversation
from core.models import messages, tasks
from tests.bot.talking import OURS, Clock, Patient, rows, text_of
from tests.builders import NOW, Clinic, a_colleague

ANNA = "+14155550171"
pytestmark = pytest.mark.usefixtures("clinic")


@dataclass
class House:
    """A clinic whose ticks run, or not, and whoever looks after them."""

    database: Database
    wall: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.watch = Watch(self.database, self.wall, {})
        with self.database.transaction() as connection:
            conversation = lock_conversation(
                connection, channel="sms", address=ANNA, our_address=OURS, now=NOW, simulated=False
            )
            a_colleague(connection, "anna", 1, address_id=conversation.address_id)

    def run(self, names: Iterable[str]) -> None:
        with self.database.transaction() as connection:
            for name in names:
                ticks.record(connection, name=name, ran_at=self.wall(), handled=0)

    def after(self, time: timedelta, *, without: Iterable[str] = ()) -> int:
        """So much later all have run but those; what comes of looking then."""
        self.wall.at += time
        self.run(TICKS.keys() - set(without))
        return self.watch.look()

    def opened(self) -> list[tuple[str, str | None]]:
        return [(row.note, row.outcome) for row in rows(self.database, tasks)]

    def told(self) -> list[str]:
        return [row.text for row in rows(self.database, messages) if row.direction == "out"]


@pytest.fixture
def house(database: Database, clinic: Clinic) -> House:
    del clinic
    return House(database)


HOUR = timedelta(hours=1)


def test_while_all_run_nobody_is_told(house: House) -> None:
    assert [house.after(minutes * HOUR / 60) for minutes in (1, 5, 600)] == [0, 0, 0]
    assert house.opened() == []
    assert house.told() == []


def test_each_tick_has_a_limit_of_its_own(house: House) -> None:
    house.run(TICKS)
    for name, kept in TICKS.items():
        with house.database.reading() as connection:
            assert name not in _late(connection, NOW + kept.limit)
            assert name in _late(connection, NOW + kept.limit + timedelta(microseconds=1))
        assert kept.limit > upkeep.MISSED * kept.every


def _late(connection, now: datetime) -> set[str]:  # type: ignore[no-untyped-def]
    return {each.name for each in upkeep.overdue(connection, now)}


def test_one_that_stands_still_is_one_task_and_one_message(house: House) -> None:
    for _ in range(3):
        assert house.after(HOUR, without=["remind"]) == 1
    assert house.opened() == [("remind stands still: no reminder goes out.", None)]
    (text,) = house.told()
    assert text.startswith("Alarm: a part of the desk stands still. Task 1")
    assert house.after(HOUR) == 0
    assert house.opened() == [("remind stands still: no reminder goes out.", "runs again")]
    # The next outage is another one.
    house.after(HOUR, without=["speak"])
    assert len(house.opened()) == 2
    assert len(house.told()) == 2


def test_what_else_stops_meanwhile_belongs_to_the_same_outage(house: House) -> None:
    house.after(HOUR, without=["remind"])
    house.after(HOUR, without=["remind", "waitlist"])
    ((note, outcome),) = house.opened()
    assert note.splitlines() == [
        "remind stands still: no reminder goes out.",
        "waitlist stands still: freed times are offered to nobody.",
    ]
    assert outcome is None
    assert len(house.told()) == 1


def test_no_worker_at_all_is_said_as_that_and_no_message_comes_when_it_is_over(
    house: House,
) -> None:
    house.run(TICKS)
    house.wall.at += HOUR
    house.watch.look()
    assert house.opened() == [
        ("No worker runs: nothing is sent. Run `frontdesk worker`.", None),
    ]
    house.wall.at += HOUR
    assert _claimed(house) == []
    (row,) = [each for each in rows(house.database, messages) if each.direction == "out"]
    assert (row.status, row.error_code) == ("dropped", "expired")


def test_control_while_another_tick_stands_still_the_message_goes_out(house: House) -> None:
    house.after(HOUR, without=["remind"])
    assert len(_claimed(house)) == 1


def _claimed(house: House) -> list[int]:
    with house.database.transaction() as connection:
        claim = outbox.claim(
            connection, now=house.wall(), owner="w", lease=timedelta(minutes=2), limit=10
        )
        return [message.id for message in claim.messages]


def test_whoever_has_just_begun_to_look_gives_the_ticks_their_time(house: House) -> None:
    """A worker that starts after a night finds all of them a night old, or never run."""
    house.run(set(TICKS) - {"speak"})
    house.wall.at += 12 * HOUR
    begun = Watch(house.database, house.wall, {})
    assert begun.look() == 0
    house.wall.at += timedelta(seconds=55)
    assert begun.look() == 0
    # Control: it does not stay so.
    house.wall.at += max(upkeep.limit for upkeep in TICKS.values())
    assert begun.look() == len(TICKS) - 1


def test_several_that_look_at_once_open_one_task(house: House) -> None:
    house.run(TICKS)
    others = [Watch(house.database, house.wall, {}) for _ in range(3)]
    house.wall.at += HOUR
    for each in (*others, house.watch):
        each.look()
    assert len(house.opened()) == 1
    assert len(house.told()) == 1


def test_a_colleague_takes_it_like_any_other_alarm(house: House) -> None:
    house.after(HOUR, without=["remind"])
    anna = Patient(house.database, Channel.SMS, ANNA, house.wall)
    assert "it is yours" in text_of(anna.says("1"))
    (task,) = rows(house.database, tasks)
    assert task.acknowledged_at is not None


def test_the_words_say_since_when_and_what_is_left_undone(house: House) -> None:
    house.run(TICKS.keys() - {"speak"})
    now = NOW + timedelta(minutes=90)
    with house.database.reading() as connection:
        words = {each.name: each.in_words(now) for each in upkeep.overdue(connection, now)}
        later = upkeep.Overdue("remind", NOW).in_words(NOW + 7 * HOUR)
    assert words["remind"] == "remind has not run for 90 minutes, so no reminder goes out"
    assert words["speak"].startswith("speak has never run, so nobody hears")
    assert later == "remind has not run for 7 hours, so no reminder goes out"


def test_the_worker_has_just_these_ticks(sqlite_database: Database) -> None:
    worker = Worker(sqlite_database, Settings(), lambda: NOW, {})
    names = [tick.name for tick in worker.ticks()]
    worker.close()
    assert sorted(names) == sorted(TICKS)
    assert names[-2:] == [DELIVER, WATCH]
