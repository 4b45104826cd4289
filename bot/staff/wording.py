"""What staff read: sentences of their own, filled like the patients'. A language without a file of
its own reads English."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from bot.dialogue.turn import Say
from bot.directory import Location
from bot.phrases import DEFAULT_LANGUAGE, Phrasebook, calendar

FOLDER = Path(__file__).parent / "phrases"


@cache
def staff_sentences(language: str) -> Mapping[str, str]:
    path = FOLDER / f"{language}.toml"
    if not path.exists():
        return staff_sentences(DEFAULT_LANGUAGE)
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def staff_languages() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def called(first_name: str, last_name: str, *, detail: str) -> str:
    """Return what stands for a patient, by the rule `staff_chat_detail`; "" for no name."""
    if detail == "full":
        return f"{first_name} {last_name}".strip()
    return "".join(f"{name[:1]}." for name in (first_name, last_name) if name)


@dataclass(frozen=True)
class StaffPhrasebook(Phrasebook):
    """The sentences of staff's chats, before those that patients read."""

    def say(self, say: Say) -> str:
        own = staff_sentences(self.language)
        return self.fill(own[say.key], say.values) if say.key in own else super().say(say)

    def clock(self, at: datetime, place: Location) -> str:
        """Return the time on the clock of that place."""
        return calendar.clock(at.astimezone(place.zone).time(), self.locale)

    def stamp(self, at: datetime, place: Location) -> str:
        """Return "Mon, Nov 23 9:20 AM", by the clock of that place."""
        return f"{self.short_day(at.astimezone(place.zone).date())} {self.clock(at, place)}"

    def short_day(self, on: date) -> str:
        return calendar.short_day(on, self.locale)

    def short_month(self, on: date) -> str:
        return calendar.short_month(on, self.locale)
