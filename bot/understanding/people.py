"""Who sees the patient: practitioners, specialties, places and visit types by any of their names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.directory import Directory, Practitioner
from bot.understanding.lexicon import Lexicon
from bot.understanding.patterns import Chart, Item, Patterns
from bot.understanding.spelling import close
from bot.understanding.text import words_of


class _Same:
    """A key that is equal to itself only: a directory holds mappings and cannot be hashed."""

    __slots__ = ("directory", "lexicon")

    def __init__(self, directory: Directory, lexicon: Lexicon) -> None:
        self.directory, self.lexicon = directory, lexicon

    def __hash__(self) -> int:
        return hash((id(self.directory), self.lexicon.code))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Same)
            and self.directory is other.directory
            and self.lexicon is other.lexicon
        )


@dataclass(frozen=True, slots=True)
class _Named:
    """A practitioner by the words of their name."""

    name: str
    first: tuple[str, ...]
    last: tuple[str, ...]

    @property
    def words(self) -> frozenset[str]:
        return frozenset((*self.first, *self.last))


@dataclass(frozen=True, slots=True)
class Clinic:
    """The names of one clinic, ready to be found in a message."""

    practitioners: tuple[_Named, ...]
    name_words: frozenset[str]
    places: Patterns  # -> name of the location
    specialties: Patterns  # -> code: the clinic's own words
    codes: frozenset[str]
    visit_types: Patterns  # -> code
    visit_codes: frozenset[str]


def clinic_of(directory: Directory, lexicon: Lexicon) -> Clinic:
    """Return the tables of a clinic; those of the last few are kept."""
    return _clinic(_Same(directory, lexicon))


@lru_cache(maxsize=8)
def _clinic(key: _Same) -> Clinic:
    directory, lexicon = key.directory, key.lexicon
    people = tuple(_named(person, lexicon) for person in directory.practitioners)
    places, specialties, visits = Patterns(), Patterns(), Patterns()
    for place in directory.locations:
        for name in {place.name, place.city} - {""}:
            _add_words(places, name, place.name)
    for item in directory.specialties:
        language_words = item.words.get(lexicon.code, ())
        for name in (*item.names.values(), *language_words):
            _add_words(specialties, name, item.code)
    for visit in directory.visit_types:
        for name in visit.names.values():
            _add_words(visits, name, visit.code)
    return Clinic(
        practitioners=people,
        name_words=frozenset(word for person in people for word in person.words),
        places=places,
        specialties=specialties,
        codes=frozenset(item.code for item in directory.specialties),
        visit_types=visits,
        visit_codes=frozenset(item.code for item in directory.visit_types),
    )


def _add_words(table: Patterns, name: str, meaning: str) -> None:
    if words := words_of(name):
        table.add(" ".join(words), meaning)


def _named(person: Practitioner, lexicon: Lexicon) -> _Named:
    def words(text: str) -> tuple[str, ...]:
        return tuple(word for word in words_of(text) if word not in lexicon.titles)

    return _Named(person.name, words(person.first_name), words(person.last_name))


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in the text that names a practitioner, and everyone it may mean."""

    start: int
    end: int
    names: tuple[str, ...]
    sure: bool  # By surname, full name, or after a title.

    def item(self) -> Item:
        return Item("practitioner", self.start, self.end, self.names)


def mentions(
    chart: Chart, clinic: Clinic, lexicon: Lexicon, *, expected: bool, cues: Iterable[Item]
) -> list[Mention]:
    """Return every mention of a practitioner.

    A word that is a word besides ("May", "Long", "will") is a name only after a title or when a
    practitioner was asked for; a first name alone only after a title, "with" or "see", or as the
    whole answer. Ordinary words are never mended into names.
    """
    after_with = {cue.end for cue in cues if cue.kind == "with"}
    found: list[Mention] = []
    place, words = 0, chart.words
    while place < len(words):
        titled = place > 0 and words[place - 1] in lexicon.titles
        mention = _mention_at(
            chart, place, clinic, lexicon,
            _Trust(titled, titled or expected or place in after_with, expected or len(words) <= 3),
        )  # fmt: skip
        if mention is None:
            place += 1
            continue
        start = mention.start - 1 if titled else mention.start
        found.append(Mention(start, mention.end, mention.names, mention.sure))
        place = mention.end
    return found


@dataclass(frozen=True, slots=True)
class _Trust:
    """How much the words around a word speak for its being a practitioner's name."""

    titled: bool
    cued: bool
    alone: bool


def _mention_at(
    chart: Chart, place: int, clinic: Clinic, lexicon: Lexicon, trust: _Trust
) -> Mention | None:
    scores: dict[str, tuple[int, int, int]] = {}
    for person in clinic.practitioners:
        if hit := _hit(chart, place, person, lexicon, trust):
            scores[person.name] = hit
    if not scores:
        return None
    best = max((words, exact) for words, exact, _ in scores.values())
    names = tuple(name for name, (words, exact, _) in scores.items() if (words, exact) == best)
    return Mention(place, place + best[0], names, sure=max(s[2] for s in scores.values()) > 0)


def _hit(
    chart: Chart, place: int, person: _Named, lexicon: Lexicon, trust: _Trust
) -> tuple[int, int, int] | None:
    """Return (how many words fit, how many of them exactly, whether a surname is among them)."""
    fits = exact = 0
    surname = False
    used: set[str] = set()
    for index in range(place, min(place + 5, len(chart.words))):
        if fits and chart.tokens[index - 1].ends_sentence and chart.tokens[index - 1].typed[1:]:
            break
        word = _fitting(chart, index, person, lexicon, trust, started=fits > 0)
        if word is None or word in used:
            break
        used.add(word)
        fits += 1
        exact += word == _typed(chart, index)
        surname = surname or word in person.last
    if not fits or (not surname and fits == 1 and not (trust.cued or trust.alone)):
        return None
    if fits == 1 and _only_particle(used, lexicon):
        return None
    return fits, exact, int(surname)


def _only_particle(used: set[str], lexicon: Lexicon) -> bool:
    return used <= lexicon.particles


def _typed(chart: Chart, index: int) -> str:
    token = chart.tokens[index]
    words = words_of(token.typed)
    word = words[0] if len(words) == 1 else token.word
    return word.removesuffix("'s")


def _fitting(
    chart: Chart, index: int, person: _Named, lexicon: Lexicon, trust: _Trust, *, started: bool
) -> str | None:
    token, typed = chart.tokens[index], _typed(chart, index)
    if typed in person.words:
        ordinary = typed in lexicon.words and (typed in lexicon.common or _is_word(typed, lexicon))
        return typed if not ordinary or trust.cued or trust.alone or started else None
    if typed in lexicon.words and not (trust.titled and len(typed) >= 4 and not started):
        return None
    if not token.typed.replace("'", "").replace("-", "").isalpha():
        return None
    loose = trust.titled and typed not in lexicon.words
    near = [word for word in (*person.last, *person.first) if close(typed, word, loose=loose)]
    return near[0] if near else None


def _is_word(word: str, lexicon: Lexicon) -> bool:
    return word in lexicon.doubtful


def patterns_items(table: Patterns, kind: str, chart: Chart) -> list[Item]:
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
            code = otherwise if how == "complaint" and otherwise in clinic.codes else ""
            if how == "complaint" and not code:
                continue
        found.append(Item("specialty", match.start, match.end, (code, how)))
    return found


def visit_types(chart: Chart, clinic: Clinic, lexicon: Lexicon) -> list[Item]:
    found = patterns_items(clinic.visit_types, "visit_type", chart)
    known = {code.replace("_", "-"): code for code in clinic.visit_codes}
    for item in patterns_items(lexicon.visit_types, "visit_type", chart):
        if item.value in known:
            found.append(Item("visit_type", item.start, item.end, known[item.value]))
    return found


def places(chart: Chart, clinic: Clinic) -> list[Item]:
    return patterns_items(clinic.places, "location", chart)


def single(items: Sequence[Item]) -> Item | None:
    return items[-1] if items else None


def patterns_items_tagged(table: Patterns, chart: Chart) -> list[Item]:
    """Return the matches of a table whose meanings are the kinds of what they announce."""
    return [Item(match.meaning, match.start, match.end, None) for match in table.matches(chart)]
