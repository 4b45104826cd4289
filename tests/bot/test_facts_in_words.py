"""What the clinic tells, put into words: hours, prices, people, in each language."""

from dataclasses import replace
from datetime import date

import pytest

from bot import gsm7
from bot.clinic_file import directory_of
from bot.dialogue.questions.facts import (
    ClosedDays,
    Fact,
    Hours,
    Language,
    Lasting,
    People,
    Prices,
    Specialties,
    Text,
    VisitKind,
    Weekly,
)
from bot.phrases import Phrasebook
from bot.phrases.facts import worded
from core.setup import DEMO_FILE, read_clinic_file

DEMO = directory_of(read_clinic_file(DEMO_FILE))
DAY = ((480, 1080),)
LUNCH = ((510, 750), (810, 1020))


def book(language: str = "en", **changes: object) -> Phrasebook:
    return Phrasebook(replace(DEMO, **changes), language)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Mon-Fri 8:00 AM-6:00 PM; Sat 9:00 AM-12:00 PM"),
        ("es", "lun-vie 8:00 a.m.-6:00 p.m.; sáb 9:00 a.m.-12:00 p.m."),
        ("fr", "lun-ven 08:00-18:00; sam 09:00-12:00"),
        ("pt", "seg-sex 08:00-18:00; sáb 09:00-12:00"),
    ],
)
def test_days_of_like_hours_are_put_together(language: str, words: str) -> None:
    week = Weekly((*[DAY] * 5, ((540, 720),), ()))
    assert worded(week, book(language)) == words


def test_days_that_are_not_neighbours_are_listed() -> None:
    week = Weekly((DAY, (), DAY, (), DAY, DAY, ()))
    assert worded(week, book()) == "Mon, Wed, Fri-Sat 8:00 AM-6:00 PM"


def test_a_lunch_break_is_told_and_midnight_ends_a_day() -> None:
    assert worded(Hours(LUNCH), book()) == "8:30 AM-12:30 PM, 1:30 PM-5:00 PM"
    assert worded(Hours(((1080, 1440),)), book()) == "6:00 PM-12:00 AM"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "consultation $120, check-up $48.50"),
        ("es", "consulta $120, chequeo $48.50"),
        ("fr", "consultation 120 $US, bilan de santé 48,50 $US"),
        ("pt", "consulta US$ 120, check-up US$ 48,50"),
    ],
)
def test_prices_are_in_the_clinics_currency_and_the_readers_way(language: str, words: str) -> None:
    assert worded(Prices(((1, 12_000), (3, 4_850))), book(language)) == words


def test_another_currency_is_written_as_it_is_there() -> None:
    pounds = book(currency="GBP", country="GB")
    assert worded(Prices(((1, 4_850),)), pounds) == "consultation £48.50"


@pytest.mark.parametrize(
    ("lasting", "words"),
    [
        (Lasting(20, 20), {"en": "20 minutes", "es": "20 minutos", "pt": "20 minutos"}),
        (Lasting(15, 30), {"en": "15-30 minutes", "fr": "15-30 minutes"}),
        (Lasting(60, 60), {"en": "1 hour", "es": "1 hora", "fr": "1 heure", "pt": "1 hora"}),
        (Lasting(1440, 1440), {"en": "24 hours", "fr": "24 heures", "pt": "24 horas"}),
    ],
)
def test_a_length_of_time_has_its_plural(lasting: Lasting, words: dict[str, str]) -> None:
    assert {code: worded(lasting, book(code)) for code in words} == words


def test_people_are_named_with_what_they_do_and_where_they_are_not_at_the_first_place() -> None:
    patel, okafor, *_, kim = (person.key for person in DEMO.practitioners)
    people = People((patel, okafor, kim), frozenset({kim}))
    assert worded(people, book()) == (
        "Dr Patel, Dr Okafor (general practice), Dr Kim (orthopaedics, Phoenix)"
    )
    assert worded(people, book("es")).startswith("Dra. Patel, Dr. Okafor (medicina general)")


def test_two_of_one_name_are_named_in_full() -> None:
    first, second, *others = DEMO.practitioners
    people = (first, replace(second, last_name="Patel"), *others)
    assert worded(People((first.key,)), book(practitioners=people)) == (
        "Dr Anita Patel (general practice)"
    )


def test_a_text_is_told_in_the_readers_language_else_in_the_first() -> None:
    text = Text({"en": "Behind the house.", "es": "Detrás de la casa."})
    assert worded(text, book("es")) == "Detrás de la casa."
    assert worded(text, book("fr")) == "Behind the house."


FACTS: tuple[Fact, ...] = (
    Weekly((DAY,) * 7),
    Hours(LUNCH),
    Prices(((1, 12_000), (2, 8_000), (3, 15_050))),
    People(tuple(person.key for person in DEMO.practitioners)),
    Specialties(tuple(item.code for item in DEMO.specialties)),
    ClosedDays(((date(2026, 11, 26), "Thanksgiving Day"),)),
    Lasting(15, 30),
    Language("pt"),
    VisitKind(3),
)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
@pytest.mark.parametrize("language", ["en", "es", "fr", "pt"])
def test_every_fact_can_be_sent_in_the_cheap_alphabet(language: str, fact: Fact) -> None:
    assert gsm7.is_gsm7(gsm7.fold(worded(fact, book(language))))
