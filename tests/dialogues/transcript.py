"""Conversations as text: read, played against a real desk, and written down again.

    # What this conversation shows.
    @ now 2026-11-29T09:00          wall time of the clinic's first location
    @ channel sms                   web, if not said
    @ only sms                      where the words mean something else elsewhere (a carrier's)
    > what the patient types
    < what they read, line by line
    < [a choice] [another]
    = booked Dr Anita Patel, 2026-12-01 10:00, John Smith
    ! 20 minutes pass               and more of tests/dialogues/happenings.py

`> [2]` presses the second button of the last list; `> [contact +1415...]` shares one's own number,
as Telegram lets one. Holds are not written down: they come and go.

Each is played on every channel: what is written down is one rendering, and the others must come to
the same (`Stage.content`).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any, Self

from sqlalchemy import select

from bot import gsm7
from bot.clinic import read_directory
from bot.desk import Desk
from bot.happened import Happened
from bot.messages import Address, Asked, Channel, Choice, ChoiceKind, Content, InboundMessage
from bot.speaking import Handled
from core.database.connect import Database
from core.models import addresses, conversations, messages
from core.models.messaging import MessageKind
from tests.dialogues.happenings import happen

OURS = "transcript"
SILENT = {"held", "released"}
UNASKED = tuple(kind for kind in MessageKind if kind is not MessageKind.REPLY)
# What a message came to: its line, what is asked after it, the choices, the events.
Came = tuple[str, Asked | None, tuple[str, ...], tuple[str, ...]]
PATIENTS = {
    Channel.SMS: "+14155550123",
    Channel.WHATSAPP: "+14155550123",
    Channel.TELEGRAM: "1000001",
    Channel.WEB: "visitor",
}


@dataclass
class Transcript:
    title: str
    now: str
    channel: Channel
    lines: list[str]
    channels: tuple[Channel, ...] = tuple(Channel)

    @classmethod
    def parse(cls, text: str) -> "Transcript":
        lines = [line.rstrip() for line in text.splitlines() if line.strip()]
        settings = dict(line[2:].split(" ", 1) for line in lines if line.startswith("@ "))
        only = settings.get("only")
        return cls(
            title="\n".join(line for line in lines if line.startswith("#")),
            now=settings.get("now", "2026-11-29T09:00"),
            channel=Channel(settings.get("channel", only or "web")),
            lines=[line for line in lines if line[0] in "<>=!"],
            channels=(Channel(only),) if only else tuple(Channel),
        )

    def said(self) -> list[str]:
        """What was typed and what happened outside; the rest is what the desk makes of it."""
        return [line for line in self.lines if line[0] in ">!"]


@dataclass
class Stage:
    """A clinic, a patient, and a clock that moves when the transcript says so."""

    database: Database
    channel: Channel
    at: datetime
    numbers: Iterator[int] = field(default_factory=count)
    choices: tuple[Choice, ...] = ()
    told: int = 0  # The last notice that was written down.

    @classmethod
    def set(
        cls, database: Database, transcript: Transcript, channel: Channel | None = None
    ) -> Self:
        with database.reading() as connection:
            zone = read_directory(connection).locations[0].zone
        at = datetime.fromisoformat(transcript.now).replace(tzinfo=zone)
        return cls(database, channel or transcript.channel, at)

    def play(self, transcript: Transcript) -> list[str]:
        """Return the whole conversation as it went."""
        return self.played(transcript)[0]

    def content(self, transcript: Transcript) -> list[Came]:
        """Return what the conversation comes to, whatever it looks like: what each message
        changed, what is asked after it, and the choices."""
        return self.played(transcript)[1]

    def played(self, transcript: Transcript) -> tuple[list[str], list[Came]]:
        """Return both."""
        written: list[str] = []
        content: list[Came] = []
        for line, handled in self.turns(transcript):
            written.append(line)
            if handled is None:
                written += self._notices()
                continue
            written += self._write(handled)
            labels = tuple(gsm7.fold(choice.label) for choice in self._choices(handled))
            events = tuple(_event(each.type, dict(each.facts)) for each in _told(handled))
            content.append((line, handled.asked, labels, events))
        return written, content

    def turns(self, transcript: Transcript) -> Iterator[tuple[str, Handled | None]]:
        """Yield each message with what came of it; None for what happens outside."""
        for line in transcript.said():
            if line.startswith("!"):
                self.at = happen(line[1:].strip(), self.database, self.at)
                yield line, None
                continue
            handled = self.receive(self._message(line[1:].strip()))
            for reply in handled.replies:
                self.choices = _listed(reply.choices) or self.choices
            yield line, handled

    def receive(self, message: InboundMessage) -> Handled:
        return self.desk().receive(message)

    def desk(self) -> Desk:
        """Return a new desk for each message, so that nothing can hide in memory between turns."""
        return Desk(self.database, clock=lambda: self.at)

    def _choices(self, handled: Handled) -> tuple[Choice, ...]:
        """Return what may be picked; a calendar is one channel's way to ask for a day."""
        if handled.asked in (Asked.DATE, Asked.DATE_TIME):
            return ()
        listed = (choice for reply in handled.replies for choice in reply.choices)
        return tuple(choice for choice in listed if choice.kind is not ChoiceKind.CONTACT)

    def _message(self, text: str) -> InboundMessage:
        if shared := re.fullmatch(r"\[contact (\+\d+)\]", text):
            return replace(self._message(shared[1]), content=Content.CONTACT)
        pressed = re.fullmatch(r"\[(\d+)\]", text)
        if pressed and self.channel is Channel.SMS:
            text, pressed = pressed[1], None  # Nothing can be pressed there: the number is typed.
        return InboundMessage(
            provider_id=str(next(self.numbers)),
            sender=Address(self.channel, PATIENTS[self.channel]),
            recipient=OURS,
            text=self.choices[int(pressed[1]) - 1].value if pressed else text,
            content=Content.BUTTON if pressed else Content.TEXT,
            simulated=True,
        )

    def _notices(self) -> list[str]:
        """What the patient hears without having written."""
        unasked = (
            select(messages.c.id, messages.c.text, messages.c.choices, addresses.c.address)
            .select_from(messages.join(conversations).join(addresses))
            .where(messages.c.kind.in_(UNASKED), messages.c.id > self.told)
            .where(conversations.c.our_address == OURS)
            .where(addresses.c.channel == self.channel)
            .order_by(messages.c.id)
        )
        with self.database.reading() as connection:
            found = connection.execute(unasked).all()
        self.told = max((row.id for row in found), default=self.told)
        # Staff are told of things on the same channels, at addresses of their own.
        theirs = [row for row in found if row.address == PATIENTS[self.channel]]
        for row in theirs:
            self.choices = _choices_of(row.choices) or self.choices
        return [
            line for row in theirs for line in self._written(row.text, _choices_of(row.choices))
        ]

    def _written(self, text: str, choices: tuple[Choice, ...]) -> list[str]:
        written = [f"< {part}" for part in text.splitlines()]
        if choices and self.channel is not Channel.SMS:
            written.append("< " + " ".join(f"[{choice.label}]" for choice in choices))
        return written

    def _write(self, handled: Handled) -> list[str]:
        written = []
        for reply in handled.replies:
            written += self._written(reply.text, _listed(reply.choices))
        return written + [
            f"= {_event(happened.type, dict(happened.facts))}" for happened in _told(handled)
        ]


@dataclass
class OneDesk(Stage):
    """Served by the same desk throughout, with what it keeps of the clinic, as patients are."""

    def __post_init__(self) -> None:
        self._desk = super().desk()

    def desk(self) -> Desk:
        return self._desk


def _listed(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Without a calendar's: it would be most of a transcript, and is one channel's."""
    return tuple(choice for choice in choices if choice.kind is not ChoiceKind.DAY)


def _choices_of(stored: str | None) -> tuple[Choice, ...]:
    return tuple(Choice(each["label"], each["value"]) for each in json.loads(stored or "[]"))


def _told(handled: Handled) -> list[Happened]:
    return [happened for happened in handled.happened if happened.type not in SILENT]


def _event(kind: str, facts: dict[str, Any]) -> str:
    words = [facts.get("practitioner")]
    if "starts_at" in facts:
        words.append(f"{datetime.fromisoformat(facts['starts_at']):%Y-%m-%d %H:%M}")
    words.append(facts.get("patient"))
    said = ", ".join(str(word) for word in words if word)
    return f"{kind} {said}".strip()
