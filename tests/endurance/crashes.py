"""A worker that ends at any statement: what is not committed by then never was.

A place is a statement, or a call of a provider, with the way through our code that led to it. Each
place is crashed at when it is first come by, and now and then again.
"""

import sys
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from sqlalchemy import Connection, Engine, event

from bot.senders.base import Accepted, OutgoingMessage, Sender

ROOT = str(Path(__file__).parents[2])
OURS = (f"{ROOT}/bot/", f"{ROOT}/core/")

Place = tuple[str, str, tuple[tuple[str, int], ...]]  # The tick, what was done, and the way there.


class CrashError(BaseException):
    """No `except Exception` keeps a process alive that has ended."""


class Crashes:
    """`again`: how often a place that was crashed at before is crashed at once more."""

    def __init__(self, engine: Engine, seed: int, again: float) -> None:
        self.at: Counter[Place] = Counter()
        self.passed: Counter[Place] = Counter()
        self.is_dead = False
        self._again = again
        self._dice = Random(seed)
        self._tick: str | None = None
        event.listen(engine, "after_cursor_execute", self._after_statement)
        self._engine = engine

    def end(self) -> None:
        event.remove(self._engine, "after_cursor_execute", self._after_statement)

    @contextmanager
    def within(self, tick: str) -> Iterator[None]:
        """Only there may it crash; what the world does meanwhile is not the worker's."""
        self._tick, self.is_dead = tick, False
        try:
            yield
        finally:
            self._tick = None

    def _after_statement(self, connection: Connection, cursor: Any, *_: Any) -> None:
        try:
            self.after("statement")
        except CrashError:
            # As the database does when a process has ended; here its objects live on for a while.
            cursor.close()
            driver = connection.connection.driver_connection
            if driver is not None:
                driver.rollback()
            raise

    def after(self, what: str) -> None:
        """Raises CrashError where the process ends; and wherever another of its threads goes on."""
        if self._tick is None:
            return
        if self.is_dead:
            raise CrashError
        place = (self._tick, what, _way(sys._getframe(1)))
        self.passed[place] += 1
        if not self.at[place] or self._dice.random() < self._again:
            self.at[place] += 1
            self.is_dead = True
            raise CrashError


def _way(frame: FrameType | None) -> tuple[tuple[str, int], ...]:
    way = []
    while frame is not None:
        if frame.f_code.co_filename.startswith(OURS):
            way.append((frame.f_code.co_filename[len(ROOT) + 1 :], frame.f_lineno))
        frame = frame.f_back
    return tuple(way)


class CrashingSender:
    """The worker may end before the provider hears of a message, and after it has taken it."""

    def __init__(self, sender: Sender, crashes: Crashes) -> None:
        self._sender = sender
        self._crashes = crashes

    def send(self, message: OutgoingMessage) -> Accepted:
        self._crashes.after(f"before {message.channel} is called")
        accepted = self._sender.send(message)
        self._crashes.after(f"after {message.channel} has accepted")
        return accepted

    def look_up(
        self, message: OutgoingMessage, since: datetime, known: Collection[str] = ()
    ) -> Accepted | None:
        found = self._sender.look_up(message, since, known)
        self._crashes.after(f"after {message.channel} was asked")
        return found

    def close(self) -> None:
        self._sender.close()
