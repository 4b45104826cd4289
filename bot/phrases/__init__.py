"""Every sentence a person may read, and how days, times, people and places are put into words.

A phrasebook is one TOML file per language: name of the sentence -> the sentence. In braces stand

    {clinic} {phone} {emergency} {crisis} {example}   of the clinic
    {slot.day} {slot.short_day} {slot.time} {slot.who} {slot.surname}
    {slot.place} {slot.address} {slot.phone}  of its location
    {visit....} the same, and {visit.patient}
    {who}            whom or what a search is for: "Dr Patel", "dermatology"
    {languages}      those that the clinic can be talked with in
    {practitioner} {specialty} {patient} {name} {count}

Days and times follow the language and the clinic's country (Babel, CLDR); a time carries its zone
when the location is not in the zone of the clinic's first.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list

from bot.dialogue.state import Draft
from bot.dialogue.turn import Say
from bot.dialogue.values import Slot, Visit
from bot.directory import Directory, Location, Practitioner

FOLDER = Path(__file__).parent
DEFAULT_LANGUAGE = "en"
NARROW_SPACE = "\u202f"  # CLDR's between time and "PM"; it would make an SMS cost twice.


@cache
def sentences(language: str) -> Mapping[str, str]:
    """Return the sentences of a language; those of English where it has no phrasebook."""
    path = FOLDER / f"{language}.toml"
    if not path.exists():
        return sentences(DEFAULT_LANGUAGE)
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that a conversation can be held in."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@dataclass(frozen=True)
class Phrasebook:
    """The sentences of one language, filled with the facts of one clinic."""

    directory: Directory
    language: str

    def say(self, say: Say) -> str:
        """Return the sentence; raises KeyError for a name that there is none of."""
        values = {name: self._word(name, value) for name, value in say.values.items()}
        return sentences(self.language)[say.key].format_map(self._clinic | values)

    @cached_property
    def _clinic(self) -> dict[str, Any]:
        place = self.directory.locations[0]
        people = self.directory.practitioners
        return {
            "clinic": self.directory.clinic,
            "phone": place.phone,
            "emergency": place.emergency_number,
            "crisis": place.crisis_number,
            "example": people[0].title_and_surname(self.language)
            if people
            else self.directory.clinic,
            "languages": _named(languages(), self.language),
        }

    def _word(self, name: str, value: Any) -> Any:
        if isinstance(value, (Slot, Visit)):
            return Meeting(self, value)
        if isinstance(value, Draft):
            return self._wanted(value)
        if name == "practitioner":
            return self.directory.practitioner(value).full_name(self.language)
        if name == "specialty":
            specialty = self.directory.specialty(value)
            return specialty.name(self.language) if specialty else value
        return value

    def _wanted(self, draft: Draft) -> str:
        if draft.practitioner is not None:
            return self.directory.practitioner(draft.practitioner).full_name(self.language)
        specialty = self.directory.specialty(draft.specialty or "")
        return specialty.name(self.language) if specialty else self.directory.clinic

    @cached_property
    def locale(self) -> Locale:
        return _locale(self.language, self.directory.country)


@dataclass(frozen=True)
class Meeting:
    """A slot or a visit in words; each property is a word a sentence may use."""

    book: Phrasebook
    item: Slot | Visit

    @cached_property
    def _location(self) -> Location:
        return self.book.directory.location(self.item.location)

    @cached_property
    def _practitioner(self) -> Practitioner:
        return self.book.directory.practitioner(self.item.practitioner)

    @cached_property
    def _start(self) -> datetime:
        return self.item.starts_at.astimezone(self._location.zone)

    @property
    def day(self) -> str:
        return _day(self._start.date(), self.book.locale)

    @property
    def short_day(self) -> str:
        return _short_day(self._start.date(), self.book.locale)

    @property
    def time(self) -> str:
        text = _time(self._start.time(), self.book.locale)
        home = self.book.directory.locations[0].zone
        return text if self._location.zone.key == home.key else f"{text} {self._start.tzname()}"

    @property
    def who(self) -> str:
        return self._practitioner.full_name(self.book.language)

    @property
    def surname(self) -> str:
        return self._practitioner.title_and_surname(self.book.language)

    @property
    def place(self) -> str:
        return self._location.name

    @property
    def address(self) -> str:
        return self._location.address

    @property
    def phone(self) -> str:
        return self._location.phone

    @property
    def patient(self) -> str:
        return self.item.patient_name if isinstance(self.item, Visit) else ""


@cache
def _locale(language: str, country: str) -> Locale:
    try:
        return Locale.parse(f"{language}_{country}")
    except UnknownLocaleError:
        return Locale.parse(language)


@cache
def _named(codes: tuple[str, ...], language: str) -> str:
    """Return "English, French or Spanish", in the reader's language."""
    locale = Locale.parse(language)
    return format_list([locale.languages[code] for code in codes], "or", locale)


@lru_cache(maxsize=2048)
def _day(day: date, locale: Locale) -> str:
    """Return "Tuesday, December 1": the locale's full date less its year, which CLDR has no
    pattern of its own for in every language."""
    pattern = re.sub(r"[, ]*('[^']*' *)?y+.*$", "", locale.date_formats["full"].pattern)
    return format_date(day, pattern, locale=locale)


@lru_cache(maxsize=2048)
def _short_day(day: date, locale: Locale) -> str:
    return format_skeleton("MMMEd", day, locale=locale)


@lru_cache(maxsize=2048)
def _time(at: time, locale: Locale) -> str:
    return format_time(at, "short", locale=locale).replace(NARROW_SPACE, " ")
