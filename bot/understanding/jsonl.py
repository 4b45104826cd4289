"""`frontdesk understand`: one record in, one record out; `answer` says in which shapes."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, time
from typing import Any

from bot.directory import Directory, Location, Practitioner, Specialty
from bot.messages import Asked
from bot.understanding.chart import Chart
from bot.understanding.lexicon import available, lexicon
from bot.understanding.reading import language_of, spelt, understand
from bot.understanding.text import folded, tokenise, words_of
from bot.understanding.values import Context, Entities, OfferedSlot


def answer(
    record: Mapping[str, object], directory: Directory, *, explain: bool = False, now: datetime
) -> dict[str, object]:
    """Return what is understood of a record; ValueError says what was expected instead.

    In: `text`, and as far as known `id`, `lang`, `locale` ("en-GB": day before month), `now` (ISO
    8601; the argument holds where it is missing), `asked` (what the bot had asked last), `offer`
    ([{starts_at, practitioner}]) and `clinic` ({practitioners, specialties, locations}: names that
    replace those of the directory).
    Out: `id`, `lang`, `intent`, `confidence` from 0 to 1, `entities` (those that were said: dates
    in ISO 8601, times as HH:MM, the clinic's own names) and `also`, further wishes in their order.
    """
    text = record.get("text")
    if not isinstance(text, str):
        raise ValueError('"text" must be a string: the message')
    context = _context(record, directory, now)
    found = understand(text, context)
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
        out["words"] = _words(text, context)
    return out


def printed(entities: Entities, directory: Directory, language: str) -> dict[str, object]:
    """Return the entities that were said, in the words of the outside world."""
    out: dict[str, object] = {}
    for item in fields(entities):
        value = getattr(entities, item.name)
        if value is None or value == ():
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
    return value


def _words(text: str, context: Context) -> list[str]:
    """Return the words as they were read, with slips mended and shorthand written out."""
    return [token.word for token in spelt(text[:2000], lexicon(language_of(context)), context)]


# Reading a record


def _context(record: Mapping[str, object], directory: Directory, now: datetime) -> Context:
    asked = _text(record, "asked")
    if asked is not None and asked not in {kind.value for kind in Asked}:
        kinds = ", ".join(kind.value for kind in Asked)
        raise ValueError(f'"asked" must be one of {kinds}; it is {asked!r}')
    clinic = record.get("clinic")
    if clinic is not None:
        directory = renamed(directory, clinic)
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


def renamed(directory: Directory, clinic: object) -> Directory:
    """Return the directory with the names of another clinic."""
    if not isinstance(clinic, Mapping):
        raise ValueError('"clinic" must be an object: practitioners, specialties, locations')
    changes: dict[str, Any] = {}
    if "practitioners" in clinic:
        names = _texts("practitioners", clinic["practitioners"])
        changes["practitioners"] = tuple(
            _practitioner(key, name) for key, name in enumerate(names, 1)
        )
    if "specialties" in clinic:
        names = _texts("specialties", clinic["specialties"])
        changes["specialties"] = tuple(_specialty(name, directory.languages) for name in names)
    if "locations" in clinic:
        changes["locations"] = _locations(_texts("locations", clinic["locations"]), directory)
    return replace(directory, **changes)


def _practitioner(key: int, name: str) -> Practitioner:
    titles = frozenset().union(*(lexicon(code).titles for code in available()))
    words = [word for word in name.split() if not set(words_of(word)) <= titles]
    first, last = (words[0], " ".join(words[1:])) if len(words) > 1 else ("", " ".join(words))
    return Practitioner(key, name, first, last, (), ())


def _specialty(name: str, languages: Sequence[str]) -> Specialty:
    """Return a specialty under its code, found by its name; an unknown one is its own code."""
    codes = [
        match.meaning[0]
        for table in map(lexicon, available())
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
