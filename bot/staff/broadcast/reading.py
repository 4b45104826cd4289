"""Whom a message is for, and what it says: from words.

What a word means decides who is written to, so none is passed over: one that is not known here, and
names no day, person or place, is asked about.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.phrases import calendar
from bot.staff.reading import Asked, without_words
from bot.staff.work import Work
from bot.understanding.values import Entities
from core.broadcasts.group import Group
from core.models.broadcasts import BroadcastPurpose
from core.people.names import words as words_of_name

FOLDER = Path(__file__).parent / "words"
MOST_MONTHS = 60
OLDEST = 120
_PURPOSES = {purpose.value: purpose for purpose in BroadcastPurpose}
# What a head may be understood as; anything else in it is more than a group can say.
_USED = frozenset(
    {"date", "date_from", "date_to", "dates", "weekday", "practitioner", "location", "name"}
)
_MARK = re.compile(r":(?=\s|$)|\n")  # Between whom it is for and what it says.


@dataclass(frozen=True, slots=True)
class Heard:
    """`head`: what was said of the group, for when the text is asked for; `group` None: nothing of
    one; `unread`: the words of it that nothing was made of."""

    head: str = ""
    text: str = ""
    group: Group | None = None
    purpose: BroadcastPurpose | None = None
    unread: tuple[str, ...] = ()


def heard(work: Work, said: str) -> Heard:
    """Return what somebody wants to send to whom. Raises ImpossibleGroup."""
    parts = _MARK.split(said, maxsplit=1)
    head = without_words(parts[0], "broadcast", work.book.language).strip()
    reading = _Reading(work, head)
    reading.read()
    text = _ended(parts[1].strip()) if len(parts) > 1 else ""
    group = Group(**reading.parts) if reading.parts or reading.is_everybody else None
    return Heard(head, text, group, reading.purpose, tuple(reading.unread))


def _ended(text: str) -> str:
    """Our own sentence comes behind it."""
    return f"{text}." if text[-1:].isalnum() else text


@dataclass
class _Reading:
    """What was made of the words so far, and those that are left."""

    work: Work
    left: str
    is_everybody: bool = False
    purpose: BroadcastPurpose | None = None
    parts: dict[str, Any] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def read(self) -> None:
        for name, purpose in _PURPOSES.items():
            if self._take(name):
                self.purpose = purpose
        if found := self._take("unseen"):
            self.parts["unseen_since"] = self._months_ago(found[0])
        if found := self._take("lately"):
            self.parts |= {"first": self._months_ago(found[0]), "last": self.work.today}
        self._read_ages()
        if found := self._take("speaks"):
            self._read_language(found[0])
        self.is_everybody = bool(self._take("everybody"))
        self._read_names()

    def _read_ages(self) -> None:
        today = self.work.today
        if found := self._take("between"):
            self.parts["born_from"] = _born(today, int(found[1]) + 1) + timedelta(days=1)
            self.parts["born_until"] = _born(today, int(found[0]))
        elif found := self._take("at_least"):
            self.parts["born_until"] = _born(today, int(found[0]))
        elif found := self._take("under"):
            self.parts["born_from"] = _born(today, int(found[0])) + timedelta(days=1)

    def _read_language(self, name: str) -> None:
        said, language = name.casefold(), self.work.book.language
        code = calendar.by_name(language).get(said) or calendar.by_name("en").get(said)
        if code is None:
            self.unread.append(name)
        else:
            self.parts["language"] = code

    def _read_names(self) -> None:
        """Days, a practitioner, a place."""
        asked = self.work.read(self.left)
        self.unread += self._unknown(asked)
        if self.unread:
            return
        if asked.practitioner is not None:
            self.parts["practitioner"] = asked.practitioner
        if asked.location is not None:
            self.parts["location"] = asked.location
        if (days := _days(asked, self.work)) is not None:
            if "first" in self.parts:  # Of months and of days only one can be meant.
                self.unread.append(self.left.strip())
            self.parts |= {"first": days[0], "last": days[1]}

    def _unknown(self, asked: Asked) -> list[str]:
        """Return the words that are not known; all, where they say more than a group can."""
        language = self.work.book.language
        typed = re.findall(r"[^\s,;.?!]+", self.left)
        known = _fillers(language) | _day_words(language) | _names(self.work)
        unknown = [word for word in typed if not (_is_number(word) or _parts(word) <= known)]
        if unknown:
            return unknown
        more = any(
            getattr(asked.said, each.name) != each.default
            for each in fields(Entities)
            if each.name not in _USED
        )
        in_vain = not _are_all_read(typed, asked, language)
        is_wrong = more or in_vain or asked.is_nobody or self._names_two_places()
        return [self.left.strip()] if is_wrong else []

    def _names_two_places(self) -> bool:
        said = _parts(self.left)
        places = (set(words_of_name(each.name)) for each in self.work.clinic.directory.locations)
        return sum(names <= said for names in places) > 1

    def _take(self, name: str) -> tuple[str, ...] | None:
        """Take what stands for that out of the words; return its parts, None if nothing does."""
        for pattern in _patterns(self.work.book.language, name):
            if found := pattern.search(self.left):
                self.left = f"{self.left[: found.start()]} {self.left[found.end() :]}"
                return found.groups() or ("1",)
        return None

    def _months_ago(self, months: str) -> date:
        return months_before_day(self.work.today, min(int(months), MOST_MONTHS))


def months_before_day(today: date, months: int) -> date:
    """Return the same day so many months ago."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    for day in range(today.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, min(today.day, 28))


def _born(today: date, years: int) -> date:
    """Return the last day on which somebody was born who is of that age today."""
    return months_before_day(today, 12 * min(years, OLDEST))


def _is_number(word: str) -> bool:
    return re.fullmatch(r"\d{1,2}(?:st|nd|rd|th)?", word, re.IGNORECASE) is not None


def _parts(word: str) -> set[str]:
    return set(words_of_name(word))


def _are_all_read(typed: Sequence[str], asked: Asked, language: str) -> bool:
    """Tell whether every day that was named is one that was understood, and none between them is
    left out."""
    said = asked.said
    read = {asked.day, said.date_from, said.date_to, *said.dates} - {None}
    numbers = [word for word in typed if _is_number(word)]
    weekdays = [word for word in typed if _parts(word) & _weekdays(language)]
    if max(len(numbers), len(weekdays)) > len(read):
        return False
    of_days = any(_is_number(word) or _parts(word) & _day_words(language) for word in typed)
    gaps = (later - earlier for earlier, later in pairwise(sorted(said.dates)))
    return all(gap == timedelta(days=1) for gap in gaps) and bool(read or not of_days)


def _days(asked: Asked, work: Work) -> tuple[date, date] | None:
    """Return the first and the last day that was named; "from Monday on" ends with what can be
    booked."""
    said = asked.said
    first = said.date_from or asked.day
    if first is None:
        return None
    if said.date_from is not None and said.date_to is None:
        return first, first + timedelta(days=work.clinic.rules.horizon_days)
    return first, said.date_to or max((first, *said.dates))


def _names(work: Work) -> set[str]:
    """Return the words of the names of people and places."""
    language, directory = work.book.language, work.clinic.directory
    people = (f"{each.name} {each.title(language)}" for each in directory.practitioners)
    return _parts(" ".join((*people, *(place.name for place in directory.locations))))


@cache
def _fillers(language: str) -> frozenset[str]:
    return _listed(language, "fillers")


@cache
def _day_words(language: str) -> frozenset[str]:
    """Return the words that name a day, each by itself or with others."""
    return _listed(language, "days") | _weekdays(language) | _of_calendar(language, "months")


@cache
def _weekdays(language: str) -> frozenset[str]:
    return _of_calendar(language, "days")


def _of_calendar(language: str, what: str) -> frozenset[str]:
    codes = dict.fromkeys((language, "en"))
    return frozenset(
        part for code in codes for name in calendar.names_of(code, what) for part in _parts(name)
    )


def _listed(language: str, name: str) -> frozenset[str]:
    codes = dict.fromkeys((language, "en"))
    return frozenset(
        part for code in codes for word in _words(code).get(name, ()) for part in _parts(word)
    )


@cache
def _patterns(language: str, name: str) -> tuple[re.Pattern[str], ...]:
    return tuple(_compiled(language, name))


def _compiled(language: str, name: str) -> Iterator[re.Pattern[str]]:
    for code in dict.fromkeys((language, "en")):
        for pattern in _words(code).get(name, ()):
            filled = pattern.replace("{n}", r"(\d{1,3})").replace("{language}", r"(\w+)")
            yield re.compile(rf"(?<!\w){filled}(?!\w)", re.IGNORECASE)


@cache
def _words(language: str) -> Mapping[str, tuple[str, ...]]:
    path = FOLDER / f"{language}.toml"
    if not path.exists():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8"))
