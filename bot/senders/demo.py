"""A provider for a demo: it carries nothing anywhere, and keeps a book of what it has taken.

The book is a file of its own, beside the database and apart from it, as a provider's is: so it can
be held against our log, message by message.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from bot.senders.base import Accepted, OutgoingMessage

# Seconds that a request, and its answer, are under way: long enough to be interrupted.
SHORTEST, LONGEST = 0.05, 0.25


class Book:
    """What a provider has taken: a line with our id for each time it did."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def exists(self) -> bool:
        return self._path.exists()

    def open(self) -> None:
        self._path.touch()

    def note(self, public_id: str) -> None:
        """On the disk when this returns. One short write at the end of a file is not torn apart by
        those of other threads and processes."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{public_id}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def taken(self) -> Counter[str]:
        """Return how often it has taken each message."""
        return Counter(self._path.read_text().split()) if self.exists() else Counter()


class DemoSender:
    """Takes every message, after a moment. `meanwhile` is called twice, while the request is under
    way and while its answer is."""

    def __init__(
        self,
        book: Book,
        meanwhile: Callable[[], None] = lambda: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._book = book
        self._meanwhile = meanwhile
        self._pause = pause

    def send(self, message: OutgoingMessage) -> Accepted:
        self._travel()
        self._book.note(message.public_id)
        self._travel()
        return self._accepted(message)

    def look_up(
        self,
        message: OutgoingMessage,
        since: datetime,  # noqa: ARG002
        known: Collection[str] = (),  # noqa: ARG002
    ) -> Accepted | None:
        """The book knows our ids, so nothing has to be told apart by its words."""
        return self._accepted(message) if message.public_id in self._book.taken() else None

    def close(self) -> None:
        pass

    def _travel(self) -> None:
        self._pause(random.uniform(SHORTEST, LONGEST))  # noqa: S311 - spreads, hides nothing
        self._meanwhile()

    @staticmethod
    def _accepted(message: OutgoingMessage) -> Accepted:
        return Accepted(provider_id=message.public_id, status="delivered")
