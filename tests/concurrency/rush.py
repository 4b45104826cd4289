"""Many at once: threads that start together, in this process or in several."""

import multiprocessing
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier as ProcessBarrier
from threading import Barrier

from sqlalchemy import Connection, func, select

from core.database.connect import Database
from core.keys import Keyring
from core.models import appointments
from core.scheduling.statuses import OPEN

# What contender number so-and-so does, in a transaction of its own.
Attempt = Callable[[Connection, int], object]
WON = "won"


def rush(database: Database, contenders: int, attempt: Attempt, first: int = 0) -> Counter[str]:
    """Let threads try at the same moment, once each; return how often each outcome came: WON, or
    the name of the error, whichever it is."""
    start = Barrier(contenders)

    def contend(number: int) -> str:
        start.wait()
        try:
            with database.transaction() as connection:
                attempt(connection, number)
        except Exception as error:  # An error that nobody foresaw is an outcome to fail on.
            return type(error).__name__
        return WON

    with ThreadPoolExecutor(contenders) as pool:
        return Counter(pool.map(contend, range(first, first + contenders)))


def rush_of_processes(
    database: Database, processes: int, threads: int, rounds: list[Attempt]
) -> list[Counter[str]]:
    """The same, from several processes with several threads each: the outcomes of each round.

    The attempts are pickled; each contender of a round has its own number.
    """
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(processes)
    outcomes: Queue[list[Counter[str]]] = context.Queue()
    url = database.url.render_as_string(hide_password=False)
    children = [
        context.Process(target=_child, args=(url, number, threads, rounds, start, outcomes))
        for number in range(processes)
    ]
    for child in children:
        child.start()
    answers = [outcomes.get(timeout=120) for _ in children]
    for child in children:
        child.join()
    totals = [Counter[str]() for _ in rounds]
    for answer in answers:
        for total, counted in zip(totals, answer, strict=True):
            total.update(counted)
    return totals


def _child(
    url: str,
    number: int,
    threads: int,
    rounds: list[Attempt],
    start: ProcessBarrier,
    outcomes: "Queue[list[Counter[str]]]",
) -> None:
    database = Database(url, Keyring.demo())
    answer = []
    for attempt in rounds:
        start.wait()
        answer.append(rush(database, threads, attempt, first=number * threads))
    outcomes.put(answer)
    database.dispose()


def double_bookings(database: Database) -> int:
    """Return how many pairs of live visits of one practitioner overlap, seat for seat."""
    one, two = appointments.alias(), appointments.alias()
    pairs = (
        select(func.count())
        .select_from(one)
        .join(two, (one.c.practitioner_id == two.c.practitioner_id) & (one.c.seat == two.c.seat))
        .where(one.c.id < two.c.id, one.c.status.in_(OPEN), two.c.status.in_(OPEN))
        .where(one.c.occupied_from < two.c.occupied_until)
        .where(two.c.occupied_from < one.c.occupied_until)
    )
    with database.reading() as connection:
        return connection.scalar(pairs) or 0
