"""The show of a worker that is killed: whom the order reaches, and what becomes of the messages."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.crash import (
    BEFORE,
    MESSAGES,
    Keeper,
    NoWorkerToKill,
    OrderedAlready,
    begin,
    bury,
    fates,
    keeper_of,
    simulated_sender,
)
from bot.delivery import Delivery
from bot.lookups import LookUps
from bot.senders.demo import DemoSender
from bot.senders.log import LogSender
from core.database.connect import Database
from core.messaging.outcomes import expire_leases
from core.models import messages
from core.models.messaging import MessageStatus
from tests.builders import an_organization

QUARTER = timedelta(minutes=15)

# A worker that sends all it finds, as the demo's does.
WORKER = """
import sys
from bot.crash import simulated_sender
from bot.delivery import Delivery
from core.database.connect import Database
from core.keys import Keyring
from tests.builders import NOW

sys.stdin.readline()
database = Database(sys.argv[1], Keyring.demo())
Delivery(database, {}, clock=lambda: NOW, simulated=simulated_sender(database)).deliver()
"""


@pytest.fixture
def keeper(sqlite_database: Database) -> Iterator[Keeper]:
    with sqlite_database.transaction() as connection:
        an_organization(connection)
    keeper = Keeper(sqlite_database)
    keeper.book.open()
    yield keeper
    keeper.leave()
    os.unlink(f"{sqlite_database.url.database}.book")


@pytest.fixture
def worker(sqlite_database: Database, keeper: Keeper) -> Iterator[subprocess.Popen[bytes]]:
    """Sends when it is told to."""
    url = str(sqlite_database.url)
    with subprocess.Popen([sys.executable, "-c", WORKER, url], stdin=subprocess.PIPE) as process:
        keeper.keep(process.pid)
        yield process
        process.kill()


def go_and_die(worker: subprocess.Popen[bytes]) -> int:
    worker.communicate(b"\n", timeout=60)
    return worker.returncode


def look_up(database: Database, keeper: Keeper, now: datetime) -> None:
    """A new worker, which asks about what is unknown, and sends what is to be sent."""
    sender = DemoSender(keeper.book, pause=lambda _seconds: None)
    delivery = Delivery(database, {}, clock=lambda: now, simulated=sender)
    LookUps(database, delivery, lambda: now).look()
    delivery.deliver()
    delivery.close()


def count(database: Database, keeper: Keeper, run: str) -> Counter[tuple[MessageStatus, int]]:
    return Counter((each.status, each.taken) for each in fates(database, keeper, run))


def test_killed_in_the_middle_nothing_is_lost_and_nothing_doubled(
    sqlite_database: Database, keeper: Keeper, worker: subprocess.Popen[bytes], now: datetime
) -> None:
    run = begin(sqlite_database, keeper, now=now)
    assert go_and_die(worker) == -signal.SIGKILL
    in_hand = bury(sqlite_database, worker.pid, now=now)
    found = count(sqlite_database, keeper, run)
    assert found[MessageStatus.UNKNOWN, 0] + found[MessageStatus.UNKNOWN, 1] == in_hand > 0
    assert found[MessageStatus.QUEUED, 0] > 0
    assert keeper.book.taken().total() >= BEFORE
    look_up(sqlite_database, keeper, now + QUARTER)
    look_up(sqlite_database, keeper, now + 2 * QUARTER)
    assert count(sqlite_database, keeper, run) == {(MessageStatus.DELIVERED, 1): MESSAGES}


def test_control_what_is_sent_again_on_a_guess_is_sent_twice(
    sqlite_database: Database, keeper: Keeper, worker: subprocess.Popen[bytes], now: datetime
) -> None:
    run = begin(sqlite_database, keeper, now=now)
    go_and_die(worker)
    bury(sqlite_database, worker.pid, now=now)
    taken = count(sqlite_database, keeper, run)[MessageStatus.UNKNOWN, 1]
    assert taken > 0, "one whose answer was under way"
    unknown = update(messages).where(messages.c.status == MessageStatus.UNKNOWN)
    with sqlite_database.transaction() as connection:
        connection.execute(unknown.values(status=MessageStatus.QUEUED, due_at=now))
    look_up(sqlite_database, keeper, now)
    assert count(sqlite_database, keeper, run)[MessageStatus.DELIVERED, 2] == taken


def test_only_the_dead_workers_messages_are_given_up(
    sqlite_database: Database, keeper: Keeper, worker: subprocess.Popen[bytes], now: datetime
) -> None:
    begin(sqlite_database, keeper, now=now)
    go_and_die(worker)
    with sqlite_database.transaction() as connection:
        assert expire_leases(connection, now) == 0
    assert bury(sqlite_database, worker.pid + 1, now=now) == 0
    assert bury(sqlite_database, worker.pid, now=now) > 0
    assert bury(sqlite_database, worker.pid, now=now) == 0


def test_an_order_reaches_the_one_process_that_it_names(keeper: Keeper) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        keeper.keep(other.pid)
        keeper.order()
        for number in range(BEFORE):
            keeper.book.note(f"{number}")
        keeper.obey()  # Or this test would end here.
        assert keeper.is_ordered
        other.communicate(b"\n")


def test_a_worker_is_told_once(keeper: Keeper) -> None:
    keeper.keep(os.getpid())
    keeper.order()
    with pytest.raises(OrderedAlready):
        keeper.order()
    keeper.keep(os.getpid())
    assert not keeper.is_ordered, "a new worker has no orders"
    keeper.order()


@pytest.mark.parametrize("written", [None, "", "no number"])
def test_where_nobody_would_start_a_new_one_none_is_killed(
    sqlite_database: Database, keeper: Keeper, now: datetime, written: str | None
) -> None:
    if written is not None:
        with open(f"{sqlite_database.url.database}.worker", "w") as file:
            file.write(written)
    assert not keeper.is_kept
    with pytest.raises(NoWorkerToKill):
        begin(sqlite_database, keeper, now=now)
    assert not keeper.is_ordered
    assert keeper.book.taken() == {}


def test_who_is_kept_no_more_is_not_killed(keeper: Keeper, worker: subprocess.Popen[bytes]) -> None:
    assert keeper.is_kept
    worker.kill()
    worker.wait()
    assert not keeper.is_kept


def test_without_a_book_the_log_takes_it_all(sqlite_database: Database) -> None:
    assert keeper_of(sqlite_database) is None
    assert isinstance(simulated_sender(sqlite_database), LogSender)


def test_beside_postgresql_there_is_no_book(postgresql_database: Database) -> None:
    assert keeper_of(postgresql_database) is None
    with pytest.raises(ValueError, match="SQLite"):
        Keeper(postgresql_database)
