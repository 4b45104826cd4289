"""What the clinic tells, in words: hours, prices, people, lengths of time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import time
from itertools import groupby
from typing import TYPE_CHECKING

from babel.numbers import format_currency
from babel.units import format_unit

from bot.dialogue.questions.facts import (
    ClosedDays,
    Fact,
    Hours,
    Language,
    Lasting,
    People,
    Prices,
    Specialties,
    Stretch,
    Text,
    VisitKind,
    Weekly,
)
from bot.directory import Practitioner
from bot.phrases import calendar

if TYPE_CHECKING:
    from bot.phrases import Phrasebook

SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})  # They would make an SMS cost twice.


def worded(fact: Fact, book: "Phrasebook") -> str:
    match fact:
        case Hours(stretches):
            return _stretches(stretches, book)
        case Weekly():
            return _week(fact, book)
        case Lasting(shortest, longest):
            return _lasting(shortest, longest, book)
        case People():
            return _people(fact, book)
        case Text(told):
            return told.get(book.language) or next(iter(told.values()))
        case Language(code):
            return str(book.locale.languages.get(code, code))
        case VisitKind(visit_type):
            return _kind(visit_type, book)
        case _:
            return ", ".join(_items(fact, book))


def _items(fact: Prices | Specialties | ClosedDays, book: "Phrasebook") -> Iterator[str]:
    match fact:
        case Prices(items):
            for kind, cents in items:
                yield f"{_kind(kind, book)} {money(cents, book)}"
        case Specialties(codes):
            yield from _named(codes, book)
        case ClosedDays(days):
            for day, name in days:
                yield f"{name} ({calendar.short_day(day, book.locale)})"


def _stretches(stretches: Iterable[Stretch], book: "Phrasebook") -> str:
    return ", ".join(f"{_at(start, book)}-{_at(end, book)}" for start, end in stretches)


def _at(minute: int, book: "Phrasebook") -> str:
    hour, minute = divmod(minute, 60)
    return calendar.clock(time(hour % 24, minute), book.locale)


def _week(weekly: Weekly, book: "Phrasebook") -> str:
    """Return "Mon-Fri 8:00 AM-6:00 PM; Sat 9:00 AM-12:00 PM"."""
    alike: dict[tuple[Stretch, ...], list[int]] = {}
    for weekday, stretches in enumerate(weekly.week):
        if stretches:
            alike.setdefault(stretches, []).append(weekday)
    return "; ".join(
        f"{_days(days, book)} {_stretches(hours, book)}" for hours, days in alike.items()
    )


def _days(days: Sequence[int], book: "Phrasebook") -> str:
    """Return "Mon-Wed, Fri"."""
    names = book.locale.days["format"]["abbreviated"]
    runs = [
        [day for _, day in run]
        for _, run in groupby(enumerate(days), lambda item: item[1] - item[0])
    ]
    said = [[names[day].rstrip(".") for day in dict.fromkeys((run[0], run[-1]))] for run in runs]
    return ", ".join("-".join(run) for run in said)


def money(cents: int, book: "Phrasebook") -> str:
    """Return "$120", "$48.50", in the clinic's currency and the reader's way."""
    pattern = book.locale.currency_formats["standard"].pattern
    if cents % 100 == 0:
        pattern = pattern.replace(".00", "")
    return format_currency(
        cents / 100, book.directory.currency, pattern, book.locale, currency_digits=False
    ).translate(SPACES)


def _lasting(shortest: int, longest: int, book: "Phrasebook") -> str:
    unit, size = ("hour", 60) if shortest % 60 == longest % 60 == 0 else ("minute", 1)
    text = format_unit(longest // size, unit, "long", locale=book.locale).translate(SPACES)
    return text if shortest == longest else f"{shortest // size}-{text}"


def _kind(visit_type: int, book: "Phrasebook") -> str:
    return book.directory.visit_type(visit_type).name(book.language)


def _people(people: People, book: "Phrasebook") -> str:
    """Return "Dr Patel, Dr Okafor (general practice), Dr Kim (orthopaedics, Phoenix)"."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for key in people.practitioners:
        person = book.directory.practitioner(key)
        beside = (*_named(person.specialties, book)[:1], *_elsewhere(person, people, book))
        alike.setdefault(beside, []).append(book.surname_of(person))
    return ", ".join(
        f"{', '.join(names)} ({', '.join(beside)})" if beside else ", ".join(names)
        for beside, names in alike.items()
    )


def _named(codes: Iterable[str], book: "Phrasebook") -> list[str]:
    """Return the names of those that may be named where this is read."""
    found = filter(None, map(book.directory.specialty, codes))
    return [each.name(book.language) for each in found if not (book.discreet and each.is_sensitive)]


def _elsewhere(person: Practitioner, people: People, book: "Phrasebook") -> list[str]:
    if person.key not in people.elsewhere:
        return []
    return [book.directory.location(key).name for key in person.locations]
