"""A language as data: its lexicon file read once into tables that never change.

Everything that belongs to one language stands in `languages/<code>.toml`, whose sections are
described in the English one; the names of weekdays and months come from Babel. Adding a language is
adding a file. A lexicon may stop after days and times: then those are all that it reads, and no
conversation is held in it.
"""

import gc
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.understanding.patterns import Patterns
from bot.understanding.spelling import Spelling, Stems
from bot.understanding.text import Speller
from bot.understanding.values import EmergencyKind, Flexible, Intent, PartOfDay, Person
from bot.understanding.word_classes import calendar_names, numbers

LANGUAGES = Path(__file__).parent / "languages"
DANGERS = Path(__file__).parent / "dangers"  # The words of safety, in files of their own.
_SINGLE = re.compile(r"[^\s()\[\]{}|]+")
# The passes over a message, in order: each may use what the ones before it found.
PASSES = ("days", "days_upon", "clocks", "clocks_upon", "spans")
# How sure a phrase is of what it means; what is below `values.ASK` is not understood.
# `opening` phrases count only where they begin a clause, `alone` ones only as a whole clause, and
# `ended` ones only before a stop: "it is." says yes, "it is 3 pm" does not. A `hint` counts only
# where nothing else is said and nothing is in hand; what it means is asked back.
WEIGHTS = {
    "sure": 0.95, "likely": 0.8, "opening": 0.95, "alone": 0.95, "ended": 0.95, "hint": 0.65,
}  # fmt: skip
# How a specialty is meant, the stronger first: by name, by a complaint, by a part of the body.
MENTIONS = ("name", "complaint", "site")
# The sections that a lexicon of days and times lacks.
_BEYOND_TIMES = (
    "safety", "specialties", "visit_types", "people", "intents", "topics", "about", "details",
    "common", "ordinary", "names", "titles", "doubtful", "exact",
)  # fmt: skip
_VALUES: Mapping[str, Any] = {
    "part": PartOfDay,
    "flexible": Flexible,
    "person": Person,
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """What an intent's phrase stands for."""

    intent: Intent
    weight: float
    level: str
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a safety phrase stands for: a danger, an event that may be past, or a cue."""

    sort: str  # "certain", "event", "harmless", or the name of a cue.
    kind: EmergencyKind | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A medical specialty. `otherwise` treats its complaints at a clinic without it; complaints of
    children that would go to one of `for_children` come here."""

    code: str
    otherwise: str | None = None
    for_children: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """One language, ready to read messages with; equal to itself only."""

    code: str
    whole: bool  # More than days and times.
    speller: Speller
    spelling: Spelling
    classes: Patterns  # -> (kind, value)
    passes: Mapping[str, Patterns]  # -> name of a rule
    intents: Patterns  # -> Phrase
    details: Patterns  # -> (topic, a finer one)
    safety: Patterns  # -> Alarm
    specialties: Patterns  # -> (code, one of MENTIONS)
    fields: Mapping[str, Field]
    visit_types: Patterns  # -> code
    people: Patterns  # -> ("name" | "born" | ...)
    birth_years: Patterns  # -> name of a rule of `births`
    past: Patterns  # -> "lasting" or "over"
    words: frozenset[str]  # All that this language knows, given names too.
    ordinary: frozenset[str]  # The same without names.
    content: frozenset[str]  # The words of all patterns.
    stems: Stems  # Those of them that are only beginnings.
    common: frozenset[str]  # Words that are never a person's name.
    names: frozenset[str]  # Given names.
    also_names: frozenset[str]  # Common words that are names besides.
    towns: frozenset[str]
    titles: frozenset[str]
    doctors: frozenset[str]  # Those of them that a doctor has.
    degrees: frozenset[str]  # "MD", after a practitioner's name.
    particles: frozenset[str]
    doubtful: frozenset[str]
    exact: Mapping[tuple[str, ...], Intent]


@lru_cache(maxsize=1)
def lexicons() -> tuple[str, ...]:
    """Return the languages that have a lexicon."""
    return tuple(sorted(path.stem for path in LANGUAGES.glob("*.toml")))


@lru_cache(maxsize=16)
def lexicon(code: str) -> Lexicon:
    """Return a language's lexicon; KeyError if there is none."""
    if code not in lexicons():
        raise KeyError(f"no lexicon for language {code!r}")
    with _uncollected():
        return _built(code, source_of(code))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector away from a lexicon: all that it is made of stays. Walking over
    its many small parts while they are made takes as long as making them, and later makes one
    message in a hundred wait ten milliseconds."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_on:
            gc.enable()


def source_of(code: str) -> dict[str, Any]:
    """Return what the files of a language say, the words of danger as its section `safety`."""
    source = tomllib.loads((LANGUAGES / f"{code}.toml").read_text(encoding="utf-8"))
    dangers = DANGERS / f"{code}.toml"
    if dangers.exists():
        source["safety"] = tomllib.loads(dangers.read_text(encoding="utf-8"))
    return source


def _built(code: str, source: dict[str, Any]) -> Lexicon:
    source["sets"], longer = _sets(source.get("safety", {}).pop("classes", {}))
    source["classes"] |= longer
    speller = Speller(source["shorthand"], source["endings"], _calendar_words(code, source))
    classes = _classes(code, source)
    passes = {name: _rules(source[name]) for name in PASSES}
    whole = "intents" in source
    source = {section: {} for section in _BEYOND_TIMES} | dict(source)
    intents, safety = _intents(source), _safety(source)
    details = _details(source["details"])
    specialties, fields = _specialties(source["specialties"])
    visit_types = _tagged(source["visit_types"])
    people = _tagged(source["people"])
    birth_years, past = _rules(source.get("birth_years", {})), _rules(source.get("past", {}))
    tables = [
        classes, *passes.values(), intents, safety, specialties, visit_types, people, birth_years,
        past, details,
    ]  # fmt: skip
    content = frozenset(
        word for table in tables for word in table.vocabulary if not word[0].isdigit()
    )
    in_order = sorted(content)
    for table in tables:
        table.widen(in_order)
        table.ready()  # So that the first patient does not wait for it.
    common, ordinary, given = (
        frozenset(source[name].get("words", "").split()) for name in ("common", "ordinary", "names")
    )
    ordinary |= content | speller.vocabulary | common
    words = ordinary | given
    return Lexicon(
        code=code,
        whole=whole,
        speller=speller,
        spelling=Spelling(words, words - content),
        classes=classes,
        passes=passes,
        intents=intents,
        details=details,
        safety=safety,
        specialties=specialties,
        fields=fields,
        visit_types=visit_types,
        people=people,
        birth_years=birth_years,
        past=past,
        words=words,
        ordinary=ordinary,
        content=content,
        stems=Stems(content),
        common=common,
        names=given,
        also_names=frozenset(source["names"].get("also_words", "").split()),
        towns=frozenset(source["names"].get("towns", ())),
        titles=frozenset(source["titles"].get("words", ())),
        doctors=frozenset(source["titles"].get("doctors", ())),
        degrees=frozenset(source["titles"].get("degrees", ())),
        particles=frozenset(source["titles"].get("particles", ())),
        doubtful=frozenset(source["doubtful"].get("words", ())),
        exact={
            tuple(message.split()): Intent(name)
            for name, messages in source["exact"].items()
            for message in messages
        },
    )


def _classes(code: str, source: Mapping[str, Any]) -> Patterns:
    table = Patterns()
    for kind, values in source["classes"].items():
        convert = _VALUES.get(kind, lambda value: value)
        entries = values.items() if isinstance(values, dict) else ((word, True) for word in values)
        for pattern, value in entries:
            meant = tuple(value) if isinstance(value, list) else convert(value)
            table.add(pattern, (kind, meant))
    counting = source["numbers"]["units"].keys() | source["numbers"]["tens"].keys()
    for kind, pattern, value in calendar_names(code):  # Portuguese "dez": ten, and December.
        table.add(pattern, (f"short_{kind}" if pattern in counting else kind, value))
    for kind, pattern, value in numbers(source["numbers"]):
        table.add(pattern, (kind, value))
    return table


def _calendar_words(code: str, source: Mapping[str, Any]) -> set[str]:
    """Return the names of weekdays and months that are single words, in full and short."""
    named = {word for _, word, _ in calendar_names(code)}
    typed = {*source["classes"].get("weekday", ()), *source["classes"].get("month", ())}
    return {word for word in named | typed if _SINGLE.fullmatch(word)}


def _rules(source: Mapping[str, Any]) -> Patterns:
    table = Patterns()
    for rule, patterns in source.items():
        for pattern in patterns:
            table.add(pattern, rule)
    return table


def _intents(source: Mapping[str, Any]) -> Patterns:
    table = Patterns()
    for name, levels in source["intents"].items():
        _add_phrases(table, Intent(name), None, levels)
    for topic, levels in source["topics"].items():
        _add_phrases(table, Intent.ASK, topic, levels)
    for name, topics in source["about"].items():
        for topic, levels in topics.items():
            _add_phrases(table, Intent(name), topic, levels)
    return table


def _add_phrases(
    table: Patterns, intent: Intent, topic: str | None, levels: Mapping[str, Iterable[str]]
) -> None:
    for level, patterns in levels.items():
        phrase = Phrase(intent, WEIGHTS[level], level, topic)
        for pattern in patterns:
            table.add(pattern, phrase)


def _details(source: Mapping[str, Mapping[str, Iterable[str]]]) -> Patterns:
    table = Patterns()
    for topic, finer in source.items():
        for detail, patterns in finer.items():
            for pattern in patterns:
                table.add(pattern, (topic, detail))
    return table


def _sets(
    classes: Mapping[str, Iterable[str]],
) -> tuple[dict[str, frozenset[str]], dict[str, list[str]]]:
    """Take the single words, which most members of a class are, from its longer patterns."""
    words: dict[str, set[str]] = {}
    longer: dict[str, list[str]] = {}
    for name, patterns in classes.items():
        for pattern in patterns:
            flat = pattern[1:-1] if pattern[:1] == "(" and pattern[-1:] == ")" else pattern
            members = [pattern] if set(flat) & set("()[]{}") else flat.split("|")
            for member in members:
                if _SINGLE.fullmatch(member):
                    words.setdefault(name, set()).add(member)
                else:
                    longer.setdefault(name, []).append(member)
    return {name: frozenset(some) for name, some in words.items()}, longer


def _safety(source: Mapping[str, Any]) -> Patterns:
    table = Patterns(source.get("sets"))
    dangers = source["safety"]
    for kind in EmergencyKind:
        for sort, patterns in dangers.get(kind.value, {}).items():
            for pattern in patterns:
                table.add(pattern, Alarm(sort, kind))
    for cue, patterns in dangers.get("cues", {}).items():
        for pattern in patterns:
            table.add(pattern, Alarm(cue))
    return table


def _specialties(source: Mapping[str, Any]) -> tuple[Patterns, dict[str, Field]]:
    table, fields = Patterns(), {}
    for code, entry in source.items():
        fields[code] = Field(code, entry.get("otherwise"), frozenset(entry.get("for_children", ())))
        for how in MENTIONS:
            for pattern in entry.get(f"{how}s", ()):
                table.add(pattern, (code, how))
    return table, fields


def _tagged(source: Mapping[str, Iterable[str]]) -> Patterns:
    table = Patterns()
    for tag, patterns in source.items():
        for pattern in patterns:
            table.add(pattern, tag)
    return table
