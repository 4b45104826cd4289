"""`frontdesk understand`: one record in, one record out; `answer` says in which shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from bot.directory import Directory, Location, Practitioner, Specialty
from bot.messages import Asked
from bot.understanding.chart import Chart
from bot.understanding.lexicon import lexicon, lexicons
from bot.understanding.reading import meant, read
from bot.understanding.reasons import reasons
from bot.understanding.text import folded, tokenise, words_of
from bot.understanding.values import Context, Entities, Named, OfferedSlot


def answer(
    record: Mapping[str, object], directory: Directory, *, explain: bool = False, now: datetime
) -> dict[str, object]:
    """Return what is understood of a record; ValueError says what was expected instead.

    In: `text`, and as far as known `id`, `lang`, `locale` ("en-GB": day before month), `now` (ISO
    8601; the argument holds where it is missing), `asked` (what the bot had asked last), `offer`
    ([{starts_at, practitioner}]) and `clinic` ({practitioners, specialties, locations}: names that
    replace those of the directory).
    Out: `id`, `lang`, `intent`, `confidence` from 0 to 1, `entities` (those that were said: dates
    in ISO 8601, times as HH:MM, the clinic's own names), `also`, further wishes in their order, and
    with `explain` also `why`: which words led to what (see `reasons`).
    """
    text = record.get("text")
    if not isinstance(text, str):
        raise ValueError('"text" must be a string: the message')
    context = _context(record, directory, now)
    findings = read(text, context)
    found = meant(findings)
    out: dict[str, object] = {"id": record.get("id")} if "id" in record else {}
    out |= {
        "lang": found.language,
        "intent": found.intent.value,
        "confidence": found.confidence,
        "entities": printed(found.entities, context.directory, found.language),
        "also": [
            {
                "intent": wish.intent.value,
                "entities": printed(wish.entities, context.directory, found.language),
            }
            for wish in found.also
        ],
    }
    if explain:
        out["why"] = reasons(findings)
    return out


# Outside, a danger has its kind; these say how we answer it.
_OF_DANGER = frozenset({"threat", "help_is_coming"})


def printed(entities: Entities, directory: Directory, language: str) -> dict[str, object]:
    """Return the entities that were said, in the words of the outside world."""
    out: dict[str, object] = {}
    for item in fields(entities):
        value = getattr(entities, item.name)
        if value is None or value == () or item.name in _OF_DANGER:
            continue
        if item.name == "specialty":
            specialty = directory.specialty(value)
            value = specialty.name(language) if specialty else value
        elif item.name == "visit_type":
            kinds = [kind for kind in directory.visit_types if kind.code == value]
            value = kinds[0].name(language) if kinds else value
        out[item.name] = _plain(value)
    return out


def _plain(value: object) -> object:
    match value:
        case time():
            return value.strftime("%H:%M")
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(item) for item in value]
        case str():
            return str(value)
        case Named():
            return {"name": value.name, "date_of_birth": _plain(value.date_of_birth)}
    return value


# Reading a record


def _context(record: Mapping[str, object], directory: Directory, now: datetime) -> Context:
    asked = _text(record, "asked")
    if asked is not None and asked not in {kind.value for kind in Asked}:
        kinds = ", ".join(kind.value for kind in Asked)
        raise ValueError(f'"asked" must be one of {kinds}; it is {asked!r}')
    if (clinic := record.get("clinic")) is not None:
        directory = _renamed(directory, _Names.of(clinic))
    said = _text(record, "now")
    moment = _moment("now", said) if said is not None else now
    if moment.tzinfo is None:
        zone = directory.locations[0].zone if directory.locations else now.tzinfo
        moment = moment.replace(tzinfo=zone)
    return Context(
        now=moment,
        directory=directory,
        asked=asked,
        offer=_offer(record.get("offer")),
        labels=_texts("labels", record.get("labels") or []),
        language=_text(record, "lang"),
        locale=_text(record, "locale"),
    )


def _text(record: Mapping[str, object], key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f'"{key}" must be a string, not {value!r}')
    return value


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f'"{key}" must be a list of strings')
    return tuple(value)


def _moment(key: str, value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError(f'"{key}" must be a moment in ISO 8601, like 2026-11-22T10:00:00-08:00')
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(
            f'"{key}" must be a moment in ISO 8601, like 2026-11-22T10:00:00-08:00; it is {value!r}'
        ) from None


def _offer(value: object) -> tuple[OfferedSlot, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError('"offer" must be a list of {"starts_at", "practitioner"}')
    return tuple(
        OfferedSlot(_moment("starts_at", item.get("starts_at")), str(item.get("practitioner", "")))
        for item in value
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of another clinic; None where it keeps those of the directory."""

    practitioners: tuple[str, ...] | None
    specialties: tuple[str, ...] | None
    locations: tuple[str, ...] | None

    @classmethod
    def of(cls, clinic: object) -> "_Names":
        if not isinstance(clinic, Mapping):
            raise ValueError('"clinic" must be an object: practitioners, specialties, locations')
        keys = (item.name for item in fields(cls))
        return cls(*(_texts(key, clinic[key]) if key in clinic else None for key in keys))


@lru_cache(maxsize=32)  # Many lines speak of the same few clinics.
def _renamed(directory: Directory, names: _Names) -> Directory:
    """Return the directory with the names of another clinic."""
    changes: dict[str, Any] = {}
    if names.practitioners is not None:
        changes["practitioners"] = tuple(
            _practitioner(key, name) for key, name in enumerate(names.practitioners, 1)
        )
    if names.specialties is not None:
        changes["specialties"] = tuple(
            _specialty(name, directory.languages) for name in names.specialties
        )
    if names.locations is not None:
        changes["locations"] = _locations(names.locations, directory)
    return replace(directory, **changes)


def _practitioner(key: int, name: str) -> Practitioner:
    titles = frozenset().union(*(lexicon(code).titles for code in lexicons()))
    words = [word for word in name.split() if not set(words_of(word)) <= titles]
    first, last = (words[0], " ".join(words[1:])) if len(words) > 1 else ("", " ".join(words))
    return Practitioner(key, name, first, last, (), ())


def _specialty(name: str, languages: Sequence[str]) -> Specialty:
    """Return a specialty under its code, found by its name; an unknown one is its own code."""
    codes = [
        match.meaning[0]
        for table in map(lexicon, lexicons())
        for match in table.specialties.matches(Chart(tokenise(folded(name), table.speller)))
        if match.start == 0 and match.end == len(tokenise(folded(name), table.speller))
    ]
    code = codes[0] if codes else name
    return Specialty(code, dict.fromkeys(languages or ("en",), name))


def _locations(names: Sequence[str], directory: Directory) -> tuple[Location, ...]:
    first = directory.locations[0]
    known = {place.name: place for place in directory.locations}
    return tuple(
        known.get(name) or replace(first, key=1000 + key, name=name, city="")
        for key, name in enumerate(names)
    )
