"""What the providers took and refused, when, for whom and how often: the other side's own books.

A test compares them with ours: `accepted` is what the provider took, `reached` what came to a
phone, `doubled` what did so twice.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

ACCEPTED, REFUSED, EDITED, BY_PROVIDER = "accepted", "refused", "edited", "by provider"


@dataclass(frozen=True)
class Fate:
    """What became of a message later."""

    status: str
    at: datetime
    code: int | None = None


@dataclass
class Entry:
    """One request to say something, and what the provider made of it."""

    at: datetime
    channel: str  # "sms", "whatsapp", "telegram"
    to: str
    text: str  # As it is read on the phone.
    outcome: str = ACCEPTED
    number: int = 0
    from_: str = ""
    buttons: tuple[str, ...] = ()
    provider_id: str = ""
    our_id: str = ""  # Telegram is told none.
    code: str = ""  # Why it was refused.
    fails: int = 0  # Accepted, but what it ends in: it reaches no phone.
    is_answered: bool = True  # False: it was done, and the client never heard of it.
    segments: int = 0
    price: Decimal = Decimal(0)  # In US dollars.
    template: str = ""
    samples: tuple[str, ...] = ()  # Variables that nobody gave: a sample stands in the text.
    fates: list[Fate] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.fates[-1].status if self.fates else ""

    def as_json(self) -> dict[str, Any]:
        kept = {
            name: getattr(self, name)
            for name in (
                "number", "channel", "to", "text", "outcome", "buttons", "provider_id", "our_id",
                "code", "fails", "is_answered", "segments", "template", "samples", "status",
            )
        }  # fmt: skip
        fates = [
            {"status": fate.status, "at": fate.at.isoformat(), "code": fate.code}
            for fate in self.fates
        ]
        own = {"at": self.at.isoformat(), "from": self.from_, "price": str(self.price)}
        return {**kept, **own, "fates": fates}


class Ledger:
    """Safe to write and read from several threads; one may serve several providers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._by_id: dict[str, list[Entry]] = {}  # Ours; a test may ask for thousands.
        self._watched = threading.local()

    def write(self, entry: Entry) -> Entry:
        with self._lock:
            entry.number = len(self._entries) + 1
            self._entries.append(entry)
            self._by_id.setdefault(entry.our_id, []).append(entry)
        watched: list[Entry] | None = getattr(self._watched, "entries", None)
        if watched is not None:
            watched.append(entry)
        return entry

    @contextmanager
    def watching(self) -> Iterator[list[Entry]]:
        """What this thread writes meanwhile."""
        self._watched.entries = []
        try:
            yield self._watched.entries
        finally:
            self._watched.entries = None

    def entries(self, *, after: int = 0, **wanted: str) -> list[Entry]:
        """In their order, those after a number; `to="+1..."`, `outcome="refused"` and so on."""
        with self._lock:
            if "our_id" in wanted and not after:
                found = list(self._by_id.get(wanted["our_id"], ()))
            else:
                found = self._entries[after:]
        return [
            entry
            for entry in found
            if all(getattr(entry, name) == value for name, value in wanted.items())
        ]

    def accepted(self, *, after: int = 0, **wanted: str) -> list[Entry]:
        return self.entries(after=after, outcome=ACCEPTED, **wanted)

    def times(self, our_id: str) -> int:
        """How often the message of this id of ours was accepted."""
        return len(self.accepted(our_id=our_id))

    def reached(self, *, after: int = 0, **wanted: str) -> list[Entry]:
        """What came to a phone: accepted, and nothing was wrong with it afterwards."""
        return [entry for entry in self.accepted(after=after, **wanted) if not entry.fails]

    def doubled(self) -> list[tuple[str, str, str]]:
        """(channel, to, our id) of what reached a phone more than once; the text stands for the id
        where the provider was told none."""
        counted = Counter(
            (entry.channel, entry.to, entry.our_id or entry.text) for entry in self.reached()
        )
        return [key for key, count in counted.items() if count > 1]

    def price(self) -> Decimal:
        return sum((entry.price for entry in self.accepted()), Decimal(0))
