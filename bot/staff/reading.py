"""What somebody of staff means: a command with a slash, or words for it; and what they name.

Names, days and times are read as in patients' messages; which command plain words stand for is a
file for each language. The longest phrase of a message decides, so that "who's next week" is no
"who's next".
"""

import datetime as dt  # A name in `Asked` is `time`.
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.directory import Directory
from bot.understanding import understand
from bot.understanding.text import words_of as folded_words
from bot.understanding.values import Context, Entities

FOLDER = Path(__file__).parent / "words"
SLASH = re.compile(r"/([a-z_]+)(?:@\w+)?(?:\s+(.*))?", re.ASCII | re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message names. Numbers are keys of the `Directory`; `candidates`: several of one name;
    `is_nobody`: somebody who does not work here; `number`: the message is nothing but it."""

    text: str = ""
    day: dt.date | None = None
    time: dt.time | None = None
    practitioner: int | None = None
    candidates: tuple[int, ...] = ()
    is_nobody: bool = False
    location: int | None = None
    number: int | None = None

    @property
    def says_something(self) -> bool:
        """Tell whether a day, a person or a place is named."""
        who = self.practitioner or self.candidates or self.is_nobody
        return bool(self.day or self.location or who)


def command_in(text: str, language: str) -> tuple[str, str] | None:
    """Return the command that a message is, and what else it says; None if it is none."""
    slash = SLASH.fullmatch(text.strip())
    if slash is not None:
        return slash[1].lower(), (slash[2] or "").strip()
    words = _plain(text)
    found = (
        (len(phrase), command)
        for code in dict.fromkeys((language, "en"))
        for command, phrase in _phrases(code)
        if f" {phrase} " in f" {words} "
    )
    best = max(found, default=None, key=lambda each: each[0])
    return None if best is None else (best[1], text)


def asked_in(text: str, directory: Directory, now: dt.datetime, language: str) -> Asked:
    """Return what a message names. `now` is local to the clinic's first location."""
    context = Context(now=now, directory=directory, language=language)
    said = understand(text, context).entities
    by_name = {person.name: person.key for person in directory.practitioners}
    place = directory.location_named(said.location or "")
    bare = text.strip().rstrip(".)")
    return Asked(
        text=text,
        day=_day(said),
        time=said.time,
        practitioner=by_name.get(said.practitioner or ""),
        candidates=tuple(by_name[name] for name in said.candidates if name in by_name),
        is_nobody="practitioner" in said.ambiguous and not said.candidates,
        location=place.key if place else None,
        number=int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 4 else None,
    )


def _day(said: Entities) -> dt.date | None:
    return said.date or said.date_from or next(iter(said.dates), None)


@cache
def words_of(language: str) -> Mapping[str, tuple[str, ...]]:
    """Return the phrases of a language: command -> what stands for it; none without a file."""
    path = FOLDER / f"{language}.toml"
    if not path.exists():
        return {}
    listed = tomllib.loads(path.read_text(encoding="utf-8"))
    return {command: tuple(phrases) for command, phrases in listed.items()}


def _phrases(language: str) -> Iterator[tuple[str, str]]:
    for command, phrases in words_of(language).items():
        yield from ((command, _plain(phrase)) for phrase in phrases)


def _plain(text: str) -> str:
    return " ".join(folded_words(text))
