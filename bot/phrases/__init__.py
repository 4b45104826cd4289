"""Every sentence a person may read, and how days, times, people and places are put into words.

A phrasebook is one TOML file per language: name of the sentence -> the sentence. In braces stand

    {clinic} {phone} {emergency} {crisis} {example}   of the clinic
    {born}           a date of birth, for example
    {birth_date}     one that was said
    {slot.day} {slot.short_day} {slot.time} {slot.who} {slot.surname}
    {slot.whom}      the same with an article, where the language has one there
    {slot.place} {slot.address} {slot.phone}  of its location
    {visit....} the same, and {visit.patient}
    {slot_2...} {visit_2...} {patient_2} {slot_3...} ...  of those who come together
    {opening.day} {opening.time}   when a location opens
    {wait.who} {wait.wish} {wait.patient}   of an entry of the waitlist
    {who}            whom or what a search is for: "Dr Patel", "dermatology"
    {languages}      those that the clinic can be talked with in
    {practitioner} {specialty} {patient} {name} {count} {language}
    {day} {hours} {week} {people} {prices} {text} ...  what the clinic tells (`facts`)

Days and times follow the language and the clinic's country (Babel, CLDR); a time carries its zone
when the location is not in the zone of the clinic's first.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import IntEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from babel import Locale

from bot.dialogue.questions.facts import Fact
from bot.dialogue.state import Draft
from bot.dialogue.turn import Say
from bot.dialogue.values import Opening, Slot, Visit
from bot.dialogue.wait import Wait
from bot.directory import Directory, Location, Practitioner, Specialty
from bot.phrases import calendar, facts, titles
from bot.phrases.waits import Waiting

FOLDER = Path(__file__).parent
DEFAULT_LANGUAGE = "en"
PATIENTS = {"patient", "patient_2", "patient_3"}
DOUBLE_STOP = re.compile(r"(?<!\.)\.\.(?!\.)")
SOMEBODYS_BIRTHDAY = date(1980, 5, 14)  # Its 14 can't be a month.


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


class Brevity(IntEnum):
    """How many letters are saved, for an SMS that would cost more."""

    NONE = 0
    WORDS = 1  # "Tue, Dec 1", "Dr Patel", and first names only.
    SENTENCES = 2  # And a shorter sentence, where there is one: its name ends in `_brief`.


@dataclass(frozen=True)
class Phrasebook:
    """The sentences of one language, filled with the facts of one clinic. `discreet`: others may
    read them on a locked screen, so that sensitive specialties are not named."""

    directory: Directory
    language: str
    brevity: Brevity = Brevity.NONE
    discreet: bool = False

    def say(self, say: Say) -> str:
        """Return the sentence; raises KeyError for a name that there is none of."""
        forms = [say.key]
        if self.brevity is Brevity.SENTENCES:
            forms.insert(0, f"{say.key}_brief")
        if say.form != say.key:
            forms.insert(0, say.form)
        # The clinic's own sentence is not replaced by a form of ours that it has not written.
        for said in (self.directory.phrases.get(self.language, {}), sentences(self.language)):
            for form in forms:
                if form in said:
                    return self.fill(said[form], say.values)
        raise KeyError(say.key)

    def fill(self, sentence: str, values: Mapping[str, Any]) -> str:
        """Return the sentence with its words in braces filled in."""
        words = {name: self._word(name, value) for name, value in values.items()}
        text = sentence.format_map(self.of_clinic | words)
        if sentence.startswith("{") and sentence.endswith((".", "?", ":")):
            text = text[:1].upper() + text[1:]  # "Dermatology": as a sentence begins.
        # "10:00 a.m." ends a sentence, too.
        return DOUBLE_STOP.sub(".", text) if ".." in text else text

    @cached_property
    def of_clinic(self) -> dict[str, Any]:
        """What any sentence may name."""
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
            "languages": calendar.one_of(languages(), self.language),
            "born": calendar.date_of(SOMEBODYS_BIRTHDAY, self.locale),
        }

    def _word(self, name: str, value: Any) -> Any:
        if name == "birth_date" and isinstance(value, date):
            return calendar.date_of(value, self.locale)
        thing = self._thing(value)
        if thing is not None:
            return thing
        if name == "practitioner":
            return self.called(self.directory.practitioner(value))
        if name == "language":
            return calendar.own_name(value)
        if name == "cost":
            return facts.money(100 * value, self)
        if name in PATIENTS and self.brevity:
            return _first_name(value)
        if name == "specialty":
            specialty = self.directory.specialty(value)
            return self.of_specialty(specialty) if specialty else value
        return value

    def _thing(self, value: Any) -> Any:
        """Return what says for itself what it is; None for a key, a number, a text."""
        match value:
            case Slot() | Visit() | Opening():
                return Meeting(self, value)
            case Wait():
                return Waiting(self, value)
            case Draft():
                return self._wanted(value)
            case date():
                return self.day(value)
            case time():
                return calendar.clock(value, self.locale)
            case _ if isinstance(value, Fact):
                return facts.worded(value, self)
        return None

    def _wanted(self, draft: Draft) -> str:
        if draft.practitioner is not None:
            return self.called(self.directory.practitioner(draft.practitioner))
        specialty = self.directory.specialty(draft.specialty or "")
        return self.of_specialty(specialty) if specialty else self.directory.clinic

    def of_specialty(self, specialty: Specialty) -> str:
        """Return its name; where others may read it and it must not be named, who sees them."""
        if not (self.discreet and specialty.is_sensitive):
            return specialty.name(self.language)
        people = self.directory.practitioners
        names = [self.called(each) for each in people if specialty.code in each.specialties]
        return ", ".join(names) or self.directory.clinic

    def day(self, on: date) -> str:
        say_day = calendar.short_day if self.brevity else calendar.day
        return say_day(on, self.locale)

    def week(self) -> tuple[tuple[int, str], ...]:
        """Return the weekdays, 0 for Monday, in their order here."""
        return calendar.week(self.locale)

    def months(self, first: date, last: date) -> str:
        return calendar.months(first, last, self.locale)

    def called(self, person: Practitioner) -> str:
        return self.surname_of(person) if self.brevity else person.full_name(self.language)

    def surname_of(self, person: Practitioner) -> str:
        """ "Dr Patel"; of two of that name, in full."""
        others = (each.last_name for each in self.directory.practitioners if each.key != person.key)
        if person.last_name in others:
            return person.full_name(self.language)
        return person.title_and_surname(self.language)

    @cached_property
    def locale(self) -> Locale:
        return calendar.locale_of(self.language, self.directory.country)


@dataclass(frozen=True)
class Meeting:
    """A slot or a visit in words; each property is a word a sentence may use."""

    book: Phrasebook
    item: Slot | Visit | Opening

    @cached_property
    def _location(self) -> Location:
        return self.book.directory.location(self.item.location)

    @cached_property
    def _practitioner(self) -> Practitioner:
        if isinstance(self.item, Opening):
            raise TypeError("expected a slot or a visit: an opening is with nobody")
        return self.book.directory.practitioner(self.item.practitioner)

    @cached_property
    def _start(self) -> datetime:
        return self.item.starts_at.astimezone(self._location.zone)

    @property
    def day(self) -> str:
        return self.book.day(self._start.date())

    @property
    def short_day(self) -> str:
        return calendar.short_day(self._start.date(), self.book.locale)

    @property
    def time(self) -> str:
        text = calendar.clock(self._start.time(), self.book.locale)
        home = self.book.directory.locations[0].zone
        return text if self._location.zone.key == home.key else f"{text} {self._start.tzname()}"

    @property
    def who(self) -> str:
        return self.book.called(self._practitioner)

    @property
    def whom(self) -> str:
        title = self._practitioner.title(self.book.language)
        article = titles.article(title, self._practitioner.gender, self.book.language)
        return f"{article} {self.who}".lstrip()

    @property
    def surname(self) -> str:
        return self.book.surname_of(self._practitioner)

    @property
    def place(self) -> str:
        return self._location.name

    @property
    def house(self) -> str:
        """Where it is, as others may read it on a locked screen."""
        names = (self.book.directory.clinic, self._location.name)
        return self._location.discreet_name or ", ".join(dict.fromkeys(names))

    @property
    def address(self) -> str:
        return self._location.address

    @property
    def phone(self) -> str:
        return self._location.phone

    @property
    def patient(self) -> str:
        """Whose visit it is; of somebody who is not named here, that it is theirs."""
        name = self.item.patient_name if isinstance(self.item, Visit) else ""
        if not name:
            return self.book.say(Say("unnamed"))
        return _first_name(name) if self.book.brevity else name


def _first_name(name: str | None) -> str:
    return (name or "").partition(" ")[0]


# What a sentence may always name, and what can be said of a slot or a visit.
ALWAYS = frozenset({"clinic", "phone", "emergency", "crisis", "example", "languages", "born"})
MEETING_WORDS = frozenset(
    name for name, word in vars(Meeting).items() if isinstance(word, property)
)
