"""Worker processes are killed at random while the providers accept, refuse, delay and drop: in the
end their books and our log agree, message by message."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Row, func, or_, select

from bot import lookups
from bot.worker import run_once
from core import clock
from core.database.connect import Database
from core.messaging import log, unknown
from core.messaging.unknown import UnknownMessage
from core.models import messages, tasks
from core.models.messaging import Direction, MessageStatus, TaskKind
from tests.builders import a_conversation, a_setting, an_address, an_organization
from tests.core.messaging.waiting import a_waiting_message
from tests.endurance.processes import Providers, Workers, providers
from tests.providers.clock import MovableClock
from tests.providers.mishaps import Weather, over
from tests.providers.telegram_peer import TelegramPeer
from tests.providers.telegram_updates import Person
from tests.providers.twilio_peer import SMS_FROM, WHATSAPP_FROM, TwilioPeer

SEED = 20281231
PEOPLE = 60  # Of each channel.
LENGTHS = [
    pytest.param(2.0, 2, id="2-seconds"),
    pytest.param(60.0, 3, id="a-minute", marks=pytest.mark.stress),
]
STORM = [
    Weather("refuse", share=0.04),
    Weather("flood", seconds=1, share=0.02),
    Weather("outage", share=0.04),
    Weather("delay", seconds=0.4, share=0.15),
    Weather("drop", does_work=True, share=0.05),
    Weather("drop", does_work=False, share=0.05),
    Weather("cut", share=0.03),
]
TAKEN = (MessageStatus.SENT, MessageStatus.DELIVERED)
REFUSED = (MessageStatus.FAILED, MessageStatus.DROPPED)
NO_LIMIT = 1_000_000


@dataclass
class Clinic:
    """Writes to many people, unasked and in answer, without an end."""

    database: Database
    talks: list[tuple[str, int]] = field(default_factory=list)
    written: int = 0

    def open(self, peers: Providers) -> None:
        ours = {"sms": SMS_FROM, "whatsapp": WHATSAPP_FROM.removeprefix("whatsapp:")}
        ours["telegram"] = TelegramPeer.token.partition(":")[0]
        with self.database.transaction() as connection:
            an_organization(connection, is_demo=False)
            for rule in ("sms_segments_a_second", "telegram_chat_messages_a_second"):
                a_setting(connection, rule, NO_LIMIT)
            for number in range(PEOPLE):
                for channel, our_address in ours.items():
                    chat = 1000 + number
                    phone = f"+1415555{chat}" if channel != "telegram" else str(chat)
                    address = an_address(connection, channel, address=phone)
                    talk = a_conversation(connection, address, our_address=our_address)
                    self.talks.append((channel, talk))
                    if channel == "telegram":
                        peers.telegram.start(Person(chat))
                    elif channel == "whatsapp":
                        self._hears_from(connection, talk)
                        peers.twilio.heard_from(f"whatsapp:{phone}")

    def _hears_from(self, connection: Connection, talk: int) -> None:
        """Who has just written may be written to in words of our own."""
        incoming = {"direction": "in", "status": MessageStatus.RECEIVED, "due_at": None}
        now = clock.now()
        a_waiting_message(connection, talk, channel="whatsapp", received_at=now, **incoming)

    def write(self, dice: Random, count: int) -> None:
        with self.database.transaction() as connection:
            for _ in range(count):
                self.written += 1
                channel, talk = dice.choice(self.talks)
                # No two are alike: by their words they are found at whoever knows no id of ours.
                a_waiting_message(
                    connection,
                    talk,
                    channel=channel,
                    kind=dice.choice(["reminder", "reply"]),
                    text=f"This is message {self.written}",
                )
            log.wake_worker(connection)


def storm(peers: Providers) -> None:
    peers.twilio.weather = over(STORM, TwilioPeer.refusal, SEED)
    peers.telegram.weather = over(STORM, TelegramPeer.refusal, SEED)


def fair(peers: Providers) -> None:
    peers.twilio.weather = peers.telegram.weather = None


def kill_for(seconds: float, count: int, database: Database, peers: Providers) -> Clinic:
    """Messages are written, and one of `count` workers is killed about every second; in the end
    all of them."""
    dice, clinic = Random(SEED), Clinic(database)
    clinic.open(peers)
    clinic.write(dice, 50)
    storm(peers)
    with Workers(database, peers.environment, count) as workers:
        while len(peers.twilio.requests) < count:  # They take a while to begin.
            time.sleep(0.02)
        ends_at = time.monotonic() + seconds
        next_kill = time.monotonic() + dice.uniform(0.1, 1.5)
        while time.monotonic() < ends_at:
            clinic.write(dice, dice.randint(1, 4))
            time.sleep(0.1)
            if time.monotonic() >= next_kill:
                workers.kill_one(dice)
                next_kill = time.monotonic() + dice.uniform(0.5, 2.5)
        workers.kill_all()
        print(f"{workers.killed} kills")
    fair(peers)
    return clinic


def settle(database: Database, peers: Providers) -> None:
    """A worker that nobody kills goes on, for as many hours of its clock as there is work."""
    later = MovableClock()
    for _ in range(100):
        run_once(database, peers.settings, later)
        if not unsettled(database):
            return
        later.move(timedelta(minutes=5))
    raise AssertionError(f"{unsettled(database)} messages are without an end")


def unsettled(database: Database) -> int:
    on_its_way = messages.c.status.in_([MessageStatus.QUEUED, MessageStatus.SENDING])
    to_be_seen_to = messages.c.due_at.is_not(None) & messages.c.status.in_(
        [MessageStatus.UNKNOWN, MessageStatus.FAILED, MessageStatus.DROPPED]
    )
    with database.reading() as connection:
        left = select(func.count()).where(or_(on_its_way, to_be_seen_to))
        return connection.scalar(left) or 0


def disagreements(database: Database, peers: Providers) -> list[str]:
    """What the log says of a message, and the providers' books do not."""
    return [
        f"{row.channel} message {row.id} is {row.status} and was accepted {len(found)} times"
        for row, found in compared(database, peers)
        if not agrees(row, found)
    ]


def compared(database: Database, peers: Providers) -> Iterator[tuple[Row[Any], list[str]]]:
    """Each message, with the ids under which its provider has accepted it."""
    accepted: dict[str, list[str]] = {}
    for entry in peers.twilio.ledger.accepted():
        accepted.setdefault(entry.our_id, []).append(entry.provider_id)
    for entry in peers.telegram.ledger.accepted():
        accepted.setdefault(entry.text, []).append(entry.provider_id)
    with database.reading() as connection:
        ours = select(messages).where(messages.c.direction == Direction.OUT)
        rows = connection.execute(ours.order_by(messages.c.id)).all()
    for row in rows:
        known_as = row.text if row.channel == "telegram" else row.public_id
        yield row, accepted.pop(known_as, [])
    assert not accepted, "a provider has accepted what nobody has written"


def agrees(row: Row[Any], found: list[str]) -> bool:
    if row.status in TAKEN:
        return found == [row.provider_id.rpartition(":")[2]]
    if row.status in REFUSED:
        return not found
    # Nobody can tell, and staff know. Twilio can be asked.
    is_unknown = row.status == MessageStatus.UNKNOWN and row.channel == "telegram"
    return is_unknown and len(found) <= 1


def shown_to_staff(database: Database) -> str:
    delivery = select(tasks.c.note).where(tasks.c.kind == TaskKind.DELIVERY)
    with database.reading() as connection:
        return "\n".join(note or "" for note in connection.scalars(delivery))


@pytest.mark.parametrize(("seconds", "count"), LENGTHS)
def test_killed_workers_leave_a_log_that_agrees_with_the_providers_books(
    postgresql_database: Database, seconds: float, count: int
) -> None:
    with providers() as peers:
        clinic = kill_for(seconds, count, postgresql_database, peers)
        was_unknown = how_many(postgresql_database, messages.c.status == MessageStatus.UNKNOWN)
        was_sending = how_many(postgresql_database, messages.c.status == MessageStatus.SENDING)
        settle(postgresql_database, peers)
        assert disagreements(postgresql_database, peers) == []
        assert peers.twilio.ledger.doubled() == peers.telegram.ledger.doubled() == []
        rows = [row for row, _ in compared(postgresql_database, peers)]
    known = shown_to_staff(postgresql_database)
    assert all(row.public_id in known for row in rows if row.status == MessageStatus.UNKNOWN)
    ends = Counter((row.channel, row.status) for row in rows)
    print(
        f"{clinic.written} messages, {was_sending} on their way and {was_unknown} unknown: {ends}"
    )
    assert len(rows) == clinic.written
    assert {(channel, "sent") for channel in ("sms", "whatsapp", "telegram")} <= ends.keys()
    assert was_sending + was_unknown > 0


@pytest.mark.stress
def test_control_a_worker_that_sends_again_on_a_guess_is_found_out(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def guess(looking: lookups.LookUps, each: UnknownMessage) -> None:
        with postgresql_database.transaction() as connection:
            now = looking._clock()
            unknown.send_again(connection, each.message.id, most_tries=99, now=now)

    monkeypatch.setattr(lookups.LookUps, "_find_out", guess)
    with providers() as peers:
        kill_for(8.0, 3, postgresql_database, peers)
        settle(postgresql_database, peers)
        assert disagreements(postgresql_database, peers) != []
        assert peers.twilio.ledger.doubled() + peers.telegram.ledger.doubled() != []


def how_many(database: Database, which: Any) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).where(which)) or 0
