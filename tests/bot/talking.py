"""Talking to a desk as a patient would, and looking at what it wrote down."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Row, Table, func, insert, select

from bot.desk import Desk
from bot.messages import Address, Channel, Choice, Content, InboundMessage
from bot.speaking import Handled
from core.database.connect import Database
from core.models import (
    addresses,
    appointments,
    conversations,
    messages,
    metadata,
    settings,
    tasks,
)
from tests.builders import NOW

APOLOGY = "something went wrong on our side"
OURS = "+14155550100"
# All that a new patient says to book.
BOOKING = ("dr patel tuesday at 10am", "John Smith", "4 May 1980")
_numbers = count(1)


@dataclass
class Clock:
    """Stands still until a test moves it."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Patient:
    """Somebody at one address, and the desk they write to."""

    database: Database
    channel: Channel = Channel.WEB
    address: str = "visitor"
    clock: Clock = field(default_factory=Clock)
    choices: tuple[Choice, ...] = ()
    expects_an_apology: bool = False

    def __post_init__(self) -> None:
        self.desk = Desk(self.database, self.clock, pause=lambda _: None)

    def message(self, text: str, **changes: Any) -> InboundMessage:
        message = InboundMessage(
            provider_id=f"message {next(_numbers)}",
            sender=Address(self.channel, self.address),
            recipient=OURS,
            text=text,
        )
        return replace(message, **changes)

    def sends(self, message: InboundMessage) -> Handled:
        handled = self.desk.receive(message)
        assert self.expects_an_apology or APOLOGY not in text_of(handled)
        for reply in handled.replies:
            self.choices = reply.choices or self.choices
        return handled

    def says(self, *texts: str, **changes: Any) -> Handled:
        """Say one thing after the other; return what came of the last."""
        for text in texts:
            handled = self.sends(self.message(text, **changes))
        return handled

    def presses(self, number: int) -> Handled:
        """Press a button of the last list that was shown."""
        return self.presses_value(self.choices[number - 1].value)

    def presses_value(self, value: str) -> Handled:
        return self.says(value, content=Content.BUTTON)

    # What was written down.

    @property
    def conversation(self) -> Row[Any]:
        return self._rows(conversations)[-1]

    @property
    def own_address(self) -> Row[Any]:
        [found] = self._addresses
        return found

    @property
    def _addresses(self) -> list[Row[Any]]:
        mine = (self.channel, self.address)
        return [row for row in rows(self.database, addresses) if (row.channel, row.address) == mine]

    @property
    def incoming(self) -> list[Row[Any]]:
        return [row for row in self._rows(messages) if row.direction == "in"]

    @property
    def outgoing(self) -> list[Row[Any]]:
        return [row for row in self._rows(messages) if row.direction == "out"]

    @property
    def tasks(self) -> list[str]:
        return [row.kind for row in self._rows(tasks)]

    def _rows(self, table: Table) -> list[Row[Any]]:
        known = {row.id for row in self._addresses}
        mine = {row.id for row in rows(self.database, conversations) if row.address_id in known}
        key = "id" if table is conversations else "conversation_id"
        return [row for row in rows(self.database, table) if getattr(row, key) in mine]


def text_of(handled: Handled) -> str:
    return "\n".join(reply.text for reply in handled.replies)


def types_of(handled: Handled) -> list[str]:
    """What the message changed; that a slot is kept or given back meanwhile is left out."""
    return [each.type for each in handled.happened if each.type not in ("held", "released")]


def rows(database: Database, table: Table) -> list[Row[Any]]:
    with database.reading() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key.columns)))


def everything(database: Database) -> Mapping[str, list[Row[Any]]]:
    """All that stands in the database, by table."""
    return {table.name: rows(database, table) for table in metadata.sorted_tables}


def live_visits(database: Database) -> list[Row[Any]]:
    return [row for row in rows(database, appointments) if row.status in ("scheduled", "pending")]


def how_many(database: Database, table: Table) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def set_rule(database: Database, **rules: int) -> None:
    with database.transaction() as connection:
        for key, value in rules.items():
            connection.execute(
                insert(settings),
                {
                    "key": key,
                    "value": str(value),
                    "description": "",
                    "source": "file",
                    "updated_by": "a test",
                    "is_active": True,
                    "created_at": NOW,
                    "updated_at": NOW,
                },
            )
