"""What it takes to serve one turn: the books, who is at the desk, and what the turn has changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.clinic import Clinic
from bot.dialogue.outcomes import Outcome
from bot.directory import Directory
from bot.happened import Happened, facts_of
from bot.reception.insight import Insight
from core.messaging.conversations import Conversation
from core.rules import Rules
from core.scheduling.appointments import Actor, Appointment
from core.scheduling.catalogue import Catalogue


@dataclass
class Office:
    """One turn of one conversation, in the transaction of its message."""

    connection: Connection
    clinic: Clinic
    conversation: Conversation
    message_id: int | None  # None: nobody has written, the clinic speaks first.
    now: datetime
    happened: list[Happened] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.actor = Actor.patient(self.conversation.address_id, self.conversation.channel)
        self.with_person = self.conversation.person_wanted_at is not None
        self.insight = Insight(
            self.connection, self.clinic.catalogue, self.conversation.address_id, self.now
        )

    @property
    def catalogue(self) -> Catalogue:
        return self.clinic.catalogue

    @property
    def directory(self) -> Directory:
        return self.clinic.directory

    @property
    def rules(self) -> Rules:
        return self.clinic.rules

    def note(self, kind: str, what: Appointment | None = None, **facts: Any) -> None:
        """Remember what happened, for whoever listens (`frontdesk chat --json`)."""
        if what is not None:
            link = self.insight.link(what.patient_id)
            facts = facts_of(what, self.directory, link.name if link else None) | facts
        self.happened.append(Happened(kind, facts))


# A command's handler takes the office and the command, and returns the outcome.
Handler = Callable[[Office, Any], Outcome]
Handlers = Mapping[type, Handler]
