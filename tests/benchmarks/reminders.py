"""How fast a queue of reminders is emptied: claimed, read, handed to a sender that accepts at once,
and marked, by two worker processes.

Beside the bare loop of two processes over the same database (`bare_outbox`), and beside APScheduler
with one job a reminder in its SQLAlchemy store, in the same mode of SQLite.
"""

import logging
import multiprocessing
import statistics
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection, create_engine, event, func, insert, select, text
from sqlalchemy.engine import URL

from bot.delivery import Delivery
from bot.messages import Channel
from bot.senders.base import Accepted, OutgoingMessage
from core import clock
from core.database.connect import SQLITE_PRAGMAS, Database
from core.database.types import keyring_of
from core.keys import Keyring
from core.models import addresses, conversations, messages, new_public_id
from tests.benchmarks import bare_outbox
from tests.benchmarks.rounds import Contender, ratio, take_turns
from tests.benchmarks.scratch import demo_databases, scratch_folder
from tests.benchmarks.table import Line, at_least
from tests.builders import a_setting

ROUNDS, DUE, LATER, JOBS = 5, 10_000, 10_000, 3_000
WORKERS = 2
BODY = (
    "Downtown Clinic: you have a visit on Tue 1 Dec at 10:20. 1 confirm, 2 another time, 3 can't"
    " come. Call 415-555-0100. STOP to opt out"
)
# The limit is asked, as always, and never reached.
NO_LIMIT = 1_000_000


class AtOnce:
    """Accepts whatever it is given."""

    def send(self, message: OutgoingMessage) -> Accepted:
        return Accepted(f"SM{message.public_id}", "queued")

    def look_up(
        self, message: OutgoingMessage, since: datetime, known: Collection[str] = ()
    ) -> Accepted | None:
        raise NotImplementedError

    def close(self) -> None:
        pass


def lift_limits(database: Database) -> None:
    with database.transaction() as connection:
        a_setting(connection, "sms_segments_a_second", NO_LIMIT)


def fill(database: Database, due: int, later: int) -> None:
    """So many reminders that are due, and so many that are not, each to somebody of their own."""
    now = clock.now()
    with database.transaction() as connection:
        first = (connection.scalar(select(func.max(addresses.c.id))) or 0) + 1
        ids = range(first, first + due + later)
        _write(connection, ids, now, due)
    with database.engine.connect() as connection:
        for table in ("messages", "conversations", "addresses"):
            connection.execute(text(f"ANALYZE {table}"))
        connection.commit()


def _write(connection: Connection, ids: range, now: datetime, due: int) -> None:
    keyring = keyring_of(connection.dialect)
    both = {"created_at": now, "updated_at": now}
    people, talks, said = [], [], []
    for number, each in enumerate(ids):
        phone = f"+1415{each:07d}"
        digest = keyring.hash_address(("sms", phone))
        person = {"id": each, "channel": "sms", "address": phone, "address_hash": digest}
        people.append(person | both | {"state": "good"})
        talk = {"id": each, "public_id": new_public_id(), "address_id": each}
        talk |= {"our_address": "+14155550100", "version": 0, "is_simulated": False}
        talks.append(talk | both)
        at = now - timedelta(seconds=10 + number % 997)
        at = at if number < due else now + timedelta(days=1, seconds=number)
        message = {"public_id": new_public_id(), "conversation_id": each, "direction": "out"}
        message |= {"channel": "sms", "kind": "reminder", "text": BODY, "status": "queued"}
        message |= {"queued_at": now, "due_at": at, "attempts": 0, "segments": 1}
        said.append(message | both | {"is_simulated": False})
    for table, rows in ((addresses, people), (conversations, talks), (messages, said)):
        connection.execute(insert(table), rows)


def _deliver(url: str, start: Barrier, pipe: Pipe) -> None:
    """Our worker: each time it is told to, it empties the queue, and says how long that took."""
    database = Database(url, Keyring.demo())
    while pipe.recv():
        delivery = Delivery(database, {Channel.SMS: AtOnce()})
        start.wait()
        began = time.perf_counter()
        taken = delivery.deliver()
        pipe.send((taken, time.perf_counter() - began))
        delivery.close()
    database.dispose()


def _empty(url: str, start: Barrier, pipe: Pipe) -> None:
    """The yardstick's worker."""
    connection = bare_outbox.connect(Database(url, None).url)
    while pipe.recv():
        start.wait()
        began = time.perf_counter()
        taken = bare_outbox.empty(connection)
        pipe.send((taken, time.perf_counter() - began))
    connection.close()


Work = Callable[[str, Barrier, Pipe], None]


@contextmanager
def workers(work: Work, url: URL) -> Iterator[Callable[[int], float]]:
    """Yield what lets all workers empty the queue at once, and returns messages a second; raises
    unless they took on as many as there were."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(WORKERS)
    address = url.render_as_string(hide_password=False)
    children, pipes = [], []
    for _ in range(WORKERS):
        ours, theirs = context.Pipe()
        child = context.Process(target=work, args=(address, start, theirs))
        child.start()
        children.append(child)
        pipes.append(ours)

    def go(expected: int) -> float:
        for pipe in pipes:
            pipe.send(True)
        answers = [pipe.recv() for pipe in pipes]
        taken = sum(count for count, _ in answers)
        if taken != expected:
            raise RuntimeError(f"expected {expected} to be taken on once each, got {taken}")
        slowest: float = max(seconds for _, seconds in answers)
        return expected / slowest

    try:
        yield go
    finally:
        for pipe in pipes:
            pipe.send(False)
        for child in children:
            child.join()


_fired = 0


def _fire(_number: int) -> None:
    global _fired
    _fired += 1


def apscheduler(folder: Path, jobs: int) -> float:
    """Return how many jobs a second it fires, all of them due at once."""
    global _fired
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    path = folder / f"jobs-{time.time_ns()}.db"
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _entry: object) -> None:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()

    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)},
        timezone=UTC,
        job_defaults={"misfire_grace_time": None},
    )
    _fired = 0
    scheduler.start(paused=True)
    due = datetime.now(UTC) - timedelta(seconds=5)
    for number in range(jobs):
        scheduler.add_job(_fire, "date", run_date=due, args=[number], id=f"r{number}")
    began = time.perf_counter()
    scheduler.resume()
    while _fired < jobs:
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    scheduler.shutdown()
    engine.dispose()
    return jobs / seconds


def measure(
    name: str, database: Database, *, rounds: int = ROUNDS, due: int = DUE, jobs: int = JOBS
) -> list[Line]:
    lift_limits(database)
    with (
        workers(_deliver, database.url) as ours,
        workers(_empty, database.url) as bare,
        scratch_folder() as folder,
    ):

        def deliver(_: int) -> float:
            fill(database, due, LATER)
            return ours(due)

        def empty(_: int) -> float:
            bare_outbox.fill(database.url, due, LATER)
            return bare(due)

        sides: dict[str, Contender] = {"ours": deliver, "bare": empty}
        if database.is_sqlite:
            sides["apscheduler"] = lambda _: apscheduler(folder, jobs)
        rates = take_turns(sides, rounds)
    _check_sent(database, (rounds + 1) * due)
    found = {side: f"{statistics.median(rate):.0f}/s" for side, rate in rates.items()}
    lines = [
        Line(
            f"{name}: reminders sent by {WORKERS} workers, beside the bare loop",
            f"{found['ours']} / {found['bare']}",
            ratio(rates["ours"], rates["bare"]),
            at_least(0.3, "%"),
        )
    ]
    if database.is_sqlite:
        lines.append(
            Line(
                f"{name}: the same beside APScheduler, one job a reminder",
                f"{found['ours']} / {found['apscheduler']}",
                ratio(rates["ours"], rates["apscheduler"]),
                at_least(8),
            )
        )
    return lines


def _check_sent(database: Database, expected: int) -> None:
    """Each once: a message has been tried exactly one time, and has an id of the provider's."""
    with database.reading() as connection:
        sent = connection.scalar(
            select(func.count()).where(
                messages.c.status == "sent",
                messages.c.attempts == 1,
                messages.c.provider_id.is_not(None),
            )
        )
    if sent != expected:
        raise RuntimeError(f"expected {expected} reminders to be sent once, found {sent}")


def run() -> list[Line]:
    with demo_databases() as databases:
        return [line for name, database in databases for line in measure(name, database)]
