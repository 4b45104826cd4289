"""Conversations as text: read, played against a real desk, and written down again.

    # What this conversation shows.
    @ now 2026-11-29T09:00          wall time of the clinic's first location
    @ channel sms                   web, if not said
    > what the patient types
    < what they read, line by line
    < [a choice] [another]
    = booked Dr Anita Patel, 2026-12-01 10:00, John Smith
    ! 20 minutes pass               and more of tests/dialogues/happenings.py

`> [2]` presses the second button of the last list. Holds are not written down: they come and go.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from bot.answering import Handled
from bot.clinic import read_directory
from bot.desk import Desk
from bot.messages import Address, Channel, Choice, Content, InboundMessage
from core.database.connect import Database
from tests.dialogues.happenings import happen

SILENT = {"held", "released"}
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

    @classmethod
    def parse(cls, text: str) -> "Transcript":
        lines = [line.rstrip() for line in text.splitlines() if line.strip()]
        settings = dict(line[2:].split(" ", 1) for line in lines if line.startswith("@ "))
        return cls(
            title="\n".join(line for line in lines if line.startswith("#")),
            now=settings.get("now", "2026-11-29T09:00"),
            channel=Channel(settings.get("channel", "web")),
            lines=[line for line in lines if line[0] in "<>=!"],
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

    @classmethod
    def set(cls, database: Database, transcript: Transcript) -> "Stage":
        with database.reading() as connection:
            zone = read_directory(connection).locations[0].zone
        at = datetime.fromisoformat(transcript.now).replace(tzinfo=zone)
        return cls(database, transcript.channel, at)

    def play(self, transcript: Transcript) -> list[str]:
        """Return the whole conversation as it went. Each message is served by a new desk, so that
        nothing can hide in memory between turns."""
        written = []
        for line in transcript.said():
            written.append(line)
            if line.startswith("!"):
                self.at = happen(line[1:].strip(), self.database, self.at)
            else:
                desk = Desk(self.database, clock=lambda: self.at)
                written += self._write(desk.receive(self._message(line[1:].strip())))
        return written

    def _message(self, text: str) -> InboundMessage:
        pressed = re.fullmatch(r"\[(\d+)\]", text)
        return InboundMessage(
            provider_id=str(next(self.numbers)),
            sender=Address(self.channel, PATIENTS[self.channel]),
            recipient="transcript",
            text=self.choices[int(pressed[1]) - 1].value if pressed else text,
            content=Content.BUTTON if pressed else Content.TEXT,
            simulated=True,
        )

    def _write(self, handled: Handled) -> list[str]:
        written = []
        for reply in handled.replies:
            written += [f"< {part}" for part in reply.text.splitlines()]
            if reply.choices and self.channel is not Channel.SMS:
                written.append("< " + " ".join(f"[{choice.label}]" for choice in reply.choices))
            self.choices = reply.choices or self.choices
        return written + [
            f"= {_event(happened.type, dict(happened.facts))}"
            for happened in handled.happened
            if happened.type not in SILENT
        ]


def _event(kind: str, facts: dict[str, Any]) -> str:
    words = [facts.get("practitioner")]
    if "starts_at" in facts:
        words.append(f"{datetime.fromisoformat(facts['starts_at']):%Y-%m-%d %H:%M}")
    words.append(facts.get("patient"))
    said = ", ".join(str(word) for word in words if word)
    return f"{kind} {said}".strip()
