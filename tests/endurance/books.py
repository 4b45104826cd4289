"""All that was written down in a year: the providers' ledger, the log, and what became of each
visit by the events of appointments."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from core.models import (
    appointment_events,
    appointments,
    locations,
    messages,
    occasions,
    patients,
    reminders,
)
from tests.bot.talking import rows
from tests.endurance.year import Year
from tests.providers.ledger import Entry


class Stand(NamedTuple):
    """How a visit stood from an instant on."""

    since: datetime
    status: str
    starts_at: datetime


@dataclass
class Books:
    """Read once."""

    year: Year
    ended_at: datetime
    entries: list[tuple[Entry, Row[Any]]] = field(default_factory=list)
    messages: dict[int, Row[Any]] = field(default_factory=dict)
    accepted: dict[int, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    stands: dict[int, list[Stand]] = field(default_factory=lambda: defaultdict(list))
    visits: dict[int, Row[Any]] = field(default_factory=dict)
    zones: dict[int, ZoneInfo] = field(default_factory=dict)
    about: dict[int, list[Row[Any]]] = field(default_factory=lambda: defaultdict(list))
    occasions: dict[int, Row[Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, year: Year) -> "Books":
        books = cls(year, year.clock.at)
        database = year.database
        books.messages = {row.id: row for row in rows(database, messages) if row.direction == "out"}
        said_by = SaidBy(year, books.messages.values())
        for entry in year.peers.twilio.ledger.entries():
            if entry.outcome not in ("accepted", "refused"):
                continue
            row = said_by(entry)
            books.entries.append((entry, row))
            if entry.outcome == "accepted":
                books.accepted[row.id].append(entry)
        books._read_visits()
        for reminder in rows(database, reminders):
            for message_id in books.chain(reminder.message_id):
                books.about[message_id].append(reminder)
        for occasion in rows(database, occasions):
            for message_id in books.chain(occasion.message_id):
                books.occasions[message_id] = occasion
        return books

    def _read_visits(self) -> None:
        database = self.year.database
        self.visits = {row.id: row for row in rows(database, appointments)}
        zones = {row.id: ZoneInfo(row.zone) for row in rows(database, locations)}
        own = {row.id: row.zone for row in rows(database, patients)}
        for row in self.visits.values():
            zone = own.get(row.patient_id)
            self.zones[row.id] = ZoneInfo(zone) if zone else zones[row.location_id]
        for row in rows(database, appointment_events):
            state = json.loads(row.state_to)
            starts_at = datetime.fromisoformat(state["starts_at"])
            self.stands[row.appointment_id].append(Stand(row.at, state["status"], starts_at))

    def chain(self, message_id: int | None) -> Iterator[int]:
        """A message, and those that it stands for."""
        while message_id is not None:
            yield message_id
            message_id = self.messages[message_id].instead_of_id

    def stand(self, visit_id: int, at: datetime) -> Stand | None:
        known = self.stands[visit_id]
        index = bisect_right([each.since for each in known], at)
        return known[index - 1] if index else None

    def arrived(self, message_ids: Iterator[int]) -> list[Entry]:
        found = [entry for each in message_ids for entry in self.accepted[each]]
        return [entry for entry in found if not entry.fails]


class SaidBy:
    """Finds the message that a provider has written down: by our id, which Twilio is told; by the
    provider's, as far as we know it; else by the words, to that chat."""

    def __init__(self, year: Year, said: Iterable[Row[Any]]) -> None:
        phones = {phone.conversation_id: phone.at_provider for phone in year.people.phones}
        self._ours: dict[str, Row[Any]] = {}
        self._theirs: dict[tuple[str, str, str], Row[Any]] = {}
        self._words: dict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
        # Of those in the same words first the ones of which we know no id.
        for row in sorted(said, key=lambda row: (bool(row.provider_id), row.id)):
            to = phones[row.conversation_id]
            self._ours[row.public_id] = row
            self._words[to, row.text].append(row)
            if row.provider_id:
                self._theirs[row.channel, to, row.provider_id.rpartition(":")[2]] = row

    def __call__(self, entry: Entry) -> Row[Any]:
        known = self._theirs.get((entry.channel, entry.to, entry.provider_id))
        row = self._ours.get(entry.our_id) or known
        if row is None:
            same = self._words[entry.to, entry.text]
            assert same, "a provider has heard what nobody has said"
            row = same.pop(0) if len(same) > 1 else same[0]
        return row
