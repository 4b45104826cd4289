"""One writer at a time on SQLite, in the order they came.

SQLite's busy handler sleeps and retries instead of queueing, which makes one request in a hundred
wait 17 to 45 times as long as the median (docs/benchmarks.md). A queue among the threads of a
process, and file locks among processes, remove that.
"""

import fcntl
import os
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from sqlalchemy.exc import OperationalError


class FairLock:
    """A lock whose waiters get it first come, first served; `threading.Lock` promises no order."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._held = False
        self._waiting: deque[Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Return whether the lock was to be had within so many seconds."""
        with self._guard:
            if not self._held:
                self._held = True
                return True
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        # Released by whoever held the lock before us, who hands it over.
        return turn.acquire(timeout=timeout) or not self._leave(turn)

    def _leave(self, turn: Lock) -> bool:
        """Leave the queue; False if our turn came at the last moment."""
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return True
            return False

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


class WriterLock:
    """The right to write to one SQLite file, among all threads and processes of this machine.

    Among processes there are two file locks: whoever is next waits at the turnstile, so that a
    process that has just written cannot overtake it. The kernel gives both back when a process
    dies.
    """

    def __init__(self, database: Path, timeout: float) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._turnstile_path = database.with_name(database.name + ".turnstile")
        self._timeout = timeout
        self._threads = FairLock()
        self._descriptors: tuple[int, int] | None = None
        self._owner = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Hold the right for the block; raises OperationalError, as SQLite itself does, when the
        threads of this process do not yield it in time."""
        if not self._threads.acquire(self._timeout):
            busy = sqlite3.OperationalError("database is locked")
            raise OperationalError("BEGIN IMMEDIATE", None, busy)
        try:
            turnstile, descriptor = self._open()
            fcntl.flock(turnstile, fcntl.LOCK_EX)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            finally:
                fcntl.flock(turnstile, fcntl.LOCK_UN)
            try:
                yield
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _open(self) -> tuple[int, int]:
        # A descriptor inherited through fork shares its lock with the parent: each process
        # opens its own.
        if self._descriptors is None or self._owner != os.getpid():
            flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC
            self._descriptors = (
                os.open(self._turnstile_path, flags, 0o600),
                os.open(self._path, flags, 0o600),
            )
            self._owner = os.getpid()
        return self._descriptors

    def close(self) -> None:
        if self._descriptors is not None and self._owner == os.getpid():
            for descriptor in self._descriptors:
                os.close(descriptor)
        self._descriptors = None
