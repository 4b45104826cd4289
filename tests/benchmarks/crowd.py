"""Client processes with some threads each, which start every task together."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier as ProcessBarrier
from threading import Barrier
from typing import Any, TypeVar

from sqlalchemy.engine import URL

from core.database.connect import Database
from core.keys import Keyring
from core.scheduling.search import Slot
from tests.benchmarks.desk import Desk
from tests.benchmarks.plain import BareDesk, open_bare_desk

Result = TypeVar("Result")
# What every client does, in its own thread and transactions; it is sent to the processes.
Task = Callable[["Client"], Result]


@dataclass(frozen=True, slots=True)
class Share:
    """Slots and patients that nobody else in the crowd books."""

    slots: Sequence[Slot]
    patient_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Client:
    """One of the crowd, with a connection of its own to the bare side."""

    share: Share
    desk: Desk
    bare: BareDesk


class Crowd:
    def __init__(self, pipes: Sequence[Pipe]) -> None:
        self._pipes = pipes

    def run(self, task: Task[Result]) -> list[Result]:
        """Return what the task gave each client; raises what it raised in one of them."""
        for pipe in self._pipes:
            pipe.send(task)
        answers = [pipe.recv() for pipe in self._pipes]
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return [result for answer in answers for result in answer]


@contextmanager
def a_crowd(url: URL, now: datetime, shares: Sequence[Share], *, processes: int) -> Iterator[Crowd]:
    """Yield one client for each share, spread over so many processes."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(processes)
    address = url.render_as_string(hide_password=False)
    threads = len(shares) // processes
    children, pipes = [], []
    for first in range(0, len(shares), threads):
        ours, theirs = context.Pipe()
        mine = shares[first : first + threads]
        child = context.Process(target=_attend, args=(address, now, mine, start, theirs))
        child.start()
        theirs.close()
        children.append(child)
        pipes.append(ours)
    try:
        yield Crowd(pipes)
    finally:
        for pipe in pipes:
            pipe.close()  # Each process ends when it hears nothing more.
        for child in children:
            child.join()


def _attend(
    url: str, now: datetime, shares: Sequence[Share], start: ProcessBarrier, pipe: Pipe
) -> None:
    database = Database(url, Keyring.demo())
    desk = Desk(database, now)
    clients = [Client(share, desk, open_bare_desk(database.url)) for share in shares]
    together = Barrier(len(clients))
    with ThreadPoolExecutor(len(clients)) as pool:
        while (task := _next_task(pipe)) is not None:
            start.wait()
            try:
                pipe.send(list(pool.map(partial(_perform, task, together), clients)))
            except Exception as error:  # Whatever it is, whoever gave the task is to hear it.
                pipe.send(error)
    for client in clients:
        client.bare.close()
    database.dispose()


def _next_task(pipe: Pipe) -> Task[Any] | None:
    try:
        task: Task[Any] = pipe.recv()
    except EOFError:
        return None
    return task


def _perform(task: Task[Result], together: Barrier, client: Client) -> Result:
    together.wait()
    return task(client)
