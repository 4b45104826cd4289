"""The names of one clinic, ready to be found: practitioners, specialties, places, visit types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache

from bot.directory import Directory, Practitioner
from bot.understanding.chart import Chart, Item
from bot.understanding.lexicon import Lexicon
from bot.understanding.moment import opening
from bot.understanding.patterns import Patterns
from bot.understanding.spelling import Spelling, close, sounds_like
from bot.understanding.text import words_of

_MOST_SLIPS = 4096


@dataclass(frozen=True, slots=True)
class Named:
    """A practitioner by the words of their name."""

    name: str
    last: tuple[str, ...]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Clinic:
    """The names of one clinic, ready to be found in a message."""

    by_word: Mapping[str, tuple[Named, ...]]
    places: Patterns  # -> name of the location
    specialties: Patterns  # -> code: the clinic's own words
    codes: frozenset[str]
    visit_types: Patterns  # -> code
    visit_codes: frozenset[str]
    own_words: frozenset[str]  # Of its name, its places and their addresses.
    hours: tuple[time, time]  # From the first opening to the last closing on any day.
    spelling: Spelling  # Of the words that only this clinic uses.
    _slips: dict[tuple[str, bool], frozenset[str]] = field(default_factory=dict, repr=False)

    def near(self, typed: str, loose: bool) -> frozenset[str]:
        """Return the words of names that a word may be a slip of; what was asked is remembered.

        `loose`, where a name must stand: one more slip will do, or that it sounds like it.
        """
        key = (typed, loose)
        if key not in self._slips:
            if len(self._slips) >= _MOST_SLIPS:
                self._slips.clear()
            self._slips[key] = frozenset(
                word
                for word in self.by_word
                if close(typed, word, loose=loose) or (loose and sounds_like(typed, word))
            )
        return self._slips[key]


@lru_cache(maxsize=32)
def clinic_of(directory: Directory, lexicon: Lexicon) -> Clinic:
    """Return the tables of a clinic; those of the last few are kept."""
    people = tuple(_named(person, lexicon) for person in directory.practitioners)
    places, specialties, visits = Patterns(), Patterns(), Patterns()
    for place in directory.locations:
        for name in {place.name, place.city} - {""}:
            _add_words(places, name, place.name)
    for item in directory.specialties:
        language_words = item.words.get(lexicon.code, ())
        for name in (*item.names.values(), *language_words):
            _add_words(specialties, name, item.code)
    offered = [visit for visit in directory.visit_types if visit.for_patients]
    for visit in offered:
        for name in visit.names.values():
            _add_words(visits, name, visit.code)
    words = {word for person in people for word in person.words}
    return Clinic(
        by_word={
            word: tuple(person for person in people if word in person.words) for word in words
        },
        places=places,
        specialties=specialties,
        codes=frozenset(item.code for item in directory.specialties),
        visit_types=visits,
        visit_codes=frozenset(visit.code for visit in offered),
        hours=opening(directory),
        own_words=frozenset(
            word
            for place in directory.locations
            for text in (directory.clinic, place.name, place.city, place.address)
            for word in words_of(text)
        ),
        spelling=Spelling(places.vocabulary | specialties.vocabulary | visits.vocabulary),
    )


def _add_words(table: Patterns, name: str, meaning: str) -> None:
    if words := words_of(name):
        table.add(" ".join(words), meaning)


def _named(person: Practitioner, lexicon: Lexicon) -> Named:
    def words(text: str) -> tuple[str, ...]:
        return tuple(word for word in words_of(text) if word not in lexicon.titles)

    first, last = words(person.first_name), words(person.last_name)
    return Named(person.name, last, frozenset((*first, *last)))


def _items(table: Patterns, kind: str, chart: Chart) -> list[Item]:
    return [Item(kind, match.start, match.end, match.meaning) for match in table.matches(chart)]


def specialties(chart: Chart, clinic: Clinic, lexicon: Lexicon) -> list[Item]:
    """Return the specialties named or complained of; the value is (code, how), code "" if none.

    A complaint goes to the clinic's own specialist, else to where the lexicon sends it otherwise.
    A specialist by name whom the clinic does not have must be asked back.
    """
    found = [
        Item("specialty", match.start, match.end, (match.meaning, "name"))
        for match in clinic.specialties.matches(chart)
    ]
    for match in lexicon.specialties.matches(chart):
        code, how = match.meaning
        if code not in clinic.codes:
            otherwise = lexicon.fields[code].otherwise
            code = otherwise if how != "name" and otherwise in clinic.codes else ""
            if how != "name" and not code:
                continue
        found.append(Item("specialty", match.start, match.end, (code, how)))
    return found


def visit_types(chart: Chart, clinic: Clinic, lexicon: Lexicon) -> list[Item]:
    found = _items(clinic.visit_types, "visit_type", chart)
    known = {code.replace("_", "-"): code for code in clinic.visit_codes}
    for item in _items(lexicon.visit_types, "visit_type", chart):
        if item.value in known:
            found.append(Item("visit_type", item.start, item.end, known[item.value]))
    return found


def places(chart: Chart, clinic: Clinic) -> list[Item]:
    return _items(clinic.places, "location", chart)


def tagged(table: Patterns, chart: Chart) -> list[Item]:
    """Return the matches of a table whose meanings are the kinds of what they announce."""
    return [Item(match.meaning, match.start, match.end, None) for match in table.matches(chart)]
