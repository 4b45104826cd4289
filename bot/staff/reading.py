"""What somebody of staff means: a command with a slash, or words for it; and what they name.

Names, days and times are read as in patients' messages; which command plain words stand for is a
file for each language. The longest phrase of a message decides, so that "who's next week" is no
"who's next".
"""

import datetime as dt  # A name in `Asked` is `time`.
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bot.directory import Directory
from bot.phrases.calendar import days_by_unit, weekdays
from bot.understanding.reading import meant, read
from bot.understanding.text import folded
from bot.understanding.text import words_of as folded_words
from bot.understanding.unread import names_mistaken, unread, without
from bot.understanding.values import Context, Entities, Intent

FOLDER = Path(__file__).parent / "words"
# Before a day that is named beside them: "move the 9:20 to tomorrow".
AWAY = frozenset({"block", "sick", "closed", "cover", "leaving"})
FIRST = AWAY | {"hours", "find", "book", "walkin", "move", "cancel", "report", "standing", "merge"}
FIRST |= {"broadcast"}
# By these somebody leaves what was proposed.
DROPPED = frozenset({Intent.NO, Intent.RESTART, Intent.BACK, Intent.STOP})
DAYS = frozenset({"today", "tomorrow", "week"})
# "Change the opening hours" and "tell me when somebody cancels" are about no visit; but said alone
# they leave what is in hand.
RATHER = FIRST | {"settings", "notify"}
SLASH = re.compile(r"/([a-z_]+)(?:@\w+)?(?:\s+(.*))?", re.ASCII | re.DOTALL | re.IGNORECASE)
# "Write to all: we are closed on Friday": what follows is to be said to somebody.
QUOTED_AFTER = re.compile(r":(?=\s)")
_POSSESSIVE = re.compile(r"['\N{RIGHT SINGLE QUOTATION MARK}]s$")


# "Last Friday": patients say it of what hurts, staff of a day that stands on paper.
_LAST = {"en": r"\b(?:on )?(?:last|past) ({day})\b", "es": r"\b(?:el )?({day}) pasado\b"}

NOTHING_SAID = Entities()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message names. Numbers are keys of the `Directory`; `candidates`: several of one name;
    `is_nobody`: somebody who does not work here; `number`: the message is nothing but it; `who`:
    the words that nothing was made of, a patient's name maybe; `said`: all that was understood."""

    text: str = ""
    said: Entities = NOTHING_SAID
    intent: Intent = Intent.INFORM
    who: str = ""
    day: dt.date | None = None
    time: dt.time | None = None
    practitioner: int | None = None
    candidates: tuple[int, ...] = ()
    is_nobody: bool = False
    location: int | None = None
    visit_type: int | None = None
    number: int | None = None

    @property
    def says_something(self) -> bool:
        """Tell whether a day, a person or a place is named."""
        who = self.practitioner or self.candidates or self.is_nobody
        return bool(self.day or self.location or who)


@dataclass(frozen=True, slots=True)
class Person:
    """What is said of a patient: any of a name, a phone (E.164) and a date of birth."""

    name: str = ""
    phone: str | None = None
    born: dt.date | None = None

    @property
    def has_whole_name(self) -> bool:
        return " " in self.name


def command_in(text: str, language: str) -> tuple[str, str] | None:
    """Return the command that a message is, and what else it says; None if it is none."""
    slash = SLASH.fullmatch(text.strip())
    if slash is not None:
        return slash[1].lower(), (slash[2] or "").strip()
    words = _plain(QUOTED_AFTER.split(text, maxsplit=1)[0])
    found = (
        (command in RATHER, len(phrase), command)
        for code in dict.fromkeys((language, "en"))
        for command, phrase in _phrases(code)
        if f" {phrase} " in f" {words} "
    )
    best = max(found, default=None, key=lambda each: each[:2])
    return None if best is None else (best[2], text)


def without_words(text: str, command: str, language: str) -> str:
    """Return the text without the words that say what is to be done."""
    own = {phrase for code in (language, "en") for phrase in words_of(code).get(command, ())}
    for phrase in sorted(own, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(phrase)}\b", " ", text, flags=re.IGNORECASE)
    return text


def leaves(text: str, language: str) -> bool:
    """Tell whether a message is a command in plain words and nothing else, whatever is in hand;
    "tomorrow" may be the day that was asked for."""
    words = _plain(text)
    return any(
        words == phrase
        for code in dict.fromkeys((language, "en"))
        for command, phrase in _phrases(code)
        if command not in FIRST | DAYS
    )


def asked_in(
    text: str,
    directory: Directory,
    now: dt.datetime,
    language: str,
    *,
    command: str = "",
    asked: str | None = None,
) -> Asked:
    """Return what a message names. `now` is local to the clinic's first location; `command`: what
    the message is, whose own words name nobody; `asked`: what had been asked for, as in
    `bot.understanding.values.Context`."""
    context = Context(now=now, directory=directory, language=language, asked=asked)
    heard, last = _without_last_weekday(text, language, now.date())
    found = read(heard, context)
    if names := names_mistaken(found):
        found = read(without(heard, names), context)
    understood = meant(found)
    said = replace(understood.entities, date=last) if last else understood.entities
    by_name = {person.name: person.key for person in directory.practitioners}
    place = directory.location_named(said.location or "")
    kinds = (kind.key for kind in directory.visit_types if kind.code == said.visit_type)
    bare = text.strip().rstrip(".)")
    return Asked(
        text=text,
        said=said,
        intent=understood.intent,
        who=said.name or _without(unread(found, names), words_of(language).get(command, ())),
        day=_day(said),
        time=said.time,
        practitioner=by_name.get(said.practitioner or ""),
        candidates=tuple(by_name[name] for name in said.candidates if name in by_name),
        is_nobody="practitioner" in said.ambiguous and not said.candidates,
        location=place.key if place else None,
        visit_type=next(kinds, None),
        number=int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 4 else None,
    )


def days_in(text: str, language: str) -> int | None:
    """Return 42 for "in 6 weeks"; None where the words name no such time."""
    units = {folded(name): days for name, days in days_by_unit(language).items()}
    found = re.search(rf"\b(\d{{1,3}}) ({'|'.join(units)})\b", folded(text), re.ASCII)
    return int(found[1]) * units[found[2]] if found else None


def _without_last_weekday(text: str, language: str, today: dt.date) -> tuple[str, dt.date | None]:
    """Return the text without "last Friday", and the day that this was; None if it says none."""
    for code in dict.fromkeys((language, "en")):
        if code not in _LAST:
            continue
        days = [folded(name) for name in weekdays(code)]
        found = re.search(_LAST[code].format(day="|".join(days)), folded(text))
        if found is not None and len(folded(text)) == len(text):
            back = (today.weekday() - days.index(found[1])) % 7 or 7
            return text[: found.start()] + text[found.end() :], today - dt.timedelta(days=back)
    return text, None


def _without(name: str, phrases: tuple[str, ...]) -> str:
    """Return a name without the words that say what is to be done, and without "'s"."""
    own = {word for phrase in phrases for word in _plain(phrase).split()}
    words = (_POSSESSIVE.sub("", word) for word in name.split())
    return " ".join(word for word in words if _plain(word) not in own)


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
