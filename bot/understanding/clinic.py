"""The names of one clinic, ready to be found: practitioners, specialties, places, visit types."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache
from typing import NamedTuple, Self

from bot.directory import Directory
from bot.understanding.chart import Chart, Item
from bot.understanding.lexicon import Lexicon, lexicon, lexicons
from bot.understanding.moment import opening
from bot.understanding.patterns import Patterns
from bot.understanding.spelling import Spelling, close, sounds_like
from bot.understanding.text import words_of

_MOST_SLIPS = 4096
_CLIPPED = 4  # Letters that are left of a long last word.


@dataclass(frozen=True, slots=True)
class NamedPractitioner:
    """A practitioner by the words of their name."""

    name: str
    last: tuple[str, ...]
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Clinic:
    """The names of one clinic, ready to be found in a message."""

    by_word: Mapping[str, tuple[NamedPractitioner, ...]]
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


class Names(NamedTuple):
    """All of a directory that the tables of one language are made of. A clinic's absences and rules
    change far more often than what is called what."""

    clinic: str
    places: tuple[tuple[str, str, str], ...]  # Name, city, address.
    people: tuple[tuple[str, str, str], ...]  # Whole name, first, last.
    specialties: tuple[tuple[str, tuple[str, ...]], ...]  # Code, what it is called.
    visit_types: tuple[tuple[str, tuple[str, ...]], ...]
    hours: tuple[time, time]

    @classmethod
    def of(cls, directory: Directory, language: str) -> Self:
        return cls(
            clinic=directory.clinic,
            places=tuple((each.name, each.city, each.address) for each in directory.locations),
            people=tuple(
                (each.name, each.first_name, each.last_name) for each in directory.practitioners
            ),
            specialties=tuple(
                (each.code, (*each.names.values(), *each.words.get(language, ())))
                for each in directory.specialties
            ),
            visit_types=tuple(
                (each.code, tuple(each.names.values()))
                for each in directory.visit_types
                if each.for_patients
            ),
            hours=opening(directory),
        )


@lru_cache(maxsize=32)
def clinic_of(directory: Directory, words: Lexicon) -> Clinic:
    """Return the tables of a clinic; those of the last few are kept."""
    return _tables(Names.of(directory, words.code), words)


@lru_cache(maxsize=32)
def _tables(names: Names, words: Lexicon) -> Clinic:
    people = tuple(_named(*person, words) for person in names.people)
    places, specialties, visits = Patterns(), Patterns(), Patterns()
    for place, city, _ in names.places:
        for name in {place, city} - {""}:
            _add_words(places, name, place)
            for short in _short_forms(name, words):
                places.add(short, place)
    for table, named in ((specialties, names.specialties), (visits, names.visit_types)):
        for code, called in named:
            for name in called:
                _add_words(table, name, code)
    return Clinic(
        by_word=_by_word(people),
        places=places,
        specialties=specialties,
        codes=frozenset(code for code, _ in names.specialties),
        visit_types=visits,
        visit_codes=frozenset(code for code, _ in names.visit_types),
        hours=names.hours,
        own_words=frozenset(
            word
            for place, city, address in names.places
            for text in (
                names.clinic,
                place,
                city,
                address,
                *_short_forms(place, words),
                *_short_forms(city, words),
            )
            for word in words_of(text)
        ),
        spelling=Spelling(places.vocabulary | specialties.vocabulary | visits.vocabulary),
    )


def prepare(directory: Directory) -> None:
    """Work out the tables of a clinic in all languages, so that no patient waits for them."""
    for code in lexicons():
        clinic_of(directory, lexicon(code))


def _by_word(people: Iterable[NamedPractitioner]) -> Mapping[str, tuple[NamedPractitioner, ...]]:
    found: dict[str, tuple[NamedPractitioner, ...]] = {}
    for person in people:
        for word in person.words:
            found[word] = (*found.get(word, ()), person)
    return found


def _short_forms(name: str, lexicon: Lexicon) -> tuple[str, ...]:
    """Return what people make of a name of several words: "SF" and "San Fran"."""
    first, *others = words_of(name) or [""]
    if not others:
        return ()
    initials = "".join(word[0] for word in (first, *others))
    halved = [*(first, *others[:-1]), others[-1][:_CLIPPED]]
    forms = [" ".join(halved)] if len(others[-1]) > _CLIPPED + 2 else []
    return (*forms, *([initials] if initials not in lexicon.words else ()))


def _add_words(table: Patterns, name: str, meaning: str) -> None:
    if words := words_of(name):
        table.add(" ".join(words), meaning)


def _named(name: str, first_name: str, last_name: str, lexicon: Lexicon) -> NamedPractitioner:
    def words(text: str) -> tuple[str, ...]:
        return tuple(word for word in words_of(text) if word not in lexicon.titles)

    first, last = words(first_name), words(last_name)
    return NamedPractitioner(name, last, frozenset((*first, *last)))


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


def whole_names(chart: Chart, clinic: Clinic) -> set[int]:
    """Return the places of the words of practitioners who are named in full."""
    found: set[int] = set()
    for place, word in enumerate(chart.typed):
        for person in clinic.by_word.get(word, ()):
            span = range(place, place + len(person.words))
            if len(span) > 1 and person.words == set(chart.typed[span.start : span.stop]):
                found.update(span)
    return found


def tagged(table: Patterns, chart: Chart) -> list[Item]:
    """Return the matches of a table whose meanings are the kinds of what they announce."""
    return [Item(match.meaning, match.start, match.end, None) for match in table.matches(chart)]
