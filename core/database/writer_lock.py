"""One writer at a time on SQLite, in the order they came.

SQLite's busy handler sleeps and retries instead of queueing, which makes one request in a hundred
wait 17 to 45 times as long as the median (docs/benchmarks.md). A queue among the threads of a
process, and a file lock among processes, remove that.
"""

import fcntl
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock


class FairLock:
    """A lock whose waiters get it first come, first served; `threading.Lock` promises no order."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._held = False
        self._waiting: deque[Lock] = deque()

    def acquire(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()  # Released by whoever held the lock before us, who hands it over.

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False


class WriterLock:
    """The right to write to one SQLite file, among all threads and processes of this machine."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._threads = FairLock()
        self._descriptor: int | None = None
        self._owner = 0

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self._threads.acquire()
        try:
            descriptor = self._open()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _open(self) -> int:
        # A descriptor inherited through fork shares its lock with the parent: each process
        # opens its own.
        if self._descriptor is None or self._owner != os.getpid():
            self._descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            self._owner = os.getpid()
        return self._descriptor

    def close(self) -> None:
        if self._descriptor is not None and self._owner == os.getpid():
            os.close(self._descriptor)
        self._descriptor = None
