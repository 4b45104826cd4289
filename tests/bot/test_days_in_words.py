"""Days and times as people say them, in each language and country."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.dialogue.turn import say
from bot.dialogue.values import Slot
from bot.phrases import Phrasebook, calendar, languages, titles
from bot.understanding import understand
from bot.understanding.values import Context
from tests.bot.test_phrases import DEMO

DAYS = {
    ("en", "US"): ("Tuesday, December 1", "Wednesday, December 2", "Monday, December 21"),
    ("en", "GB"): ("Tuesday, 1 December", "Wednesday, 2 December", "Monday, 21 December"),
    ("es", "US"): ("martes 1 de diciembre", "miércoles 2 de diciembre", "lunes 21 de diciembre"),
    ("es", "ES"): ("martes 1 de diciembre", "miércoles 2 de diciembre", "lunes 21 de diciembre"),
    ("fr", "FR"): ("mardi 1er décembre", "mercredi 2 décembre", "lundi 21 décembre"),
    ("fr", "CA"): ("mardi 1er décembre", "mercredi 2 décembre", "lundi 21 décembre"),
    ("pt", "BR"): (
        "terça-feira, 1º de dezembro",
        "quarta-feira, 2 de dezembro",
        "segunda-feira, 21 de dezembro",
    ),
}
SHORT_DAYS = {
    ("en", "US"): ("Tue, Dec 1", "Mon, Dec 21", "Thu, Dec 31"),
    ("en", "GB"): ("Tue 1 Dec", "Mon 21 Dec", "Thu 31 Dec"),
    ("es", "ES"): ("mar 1 dic", "lun 21 dic", "jue 31 dic"),
    ("fr", "FR"): ("mar. 1er déc.", "lun. 21 déc.", "jeu. 31 déc."),
    ("pt", "BR"): ("ter., 1º de dez.", "seg., 21 de dez.", "qui., 31 de dez."),
    ("pt", "PT"): ("terça, 1/12", "segunda, 21/12", "quinta, 31/12"),
}
TIMES = {
    ("en", "US"): "2:30 PM",
    ("en", "GB"): "14:30",
    ("es", "ES"): "14:30",
    ("fr", "FR"): "14:30",
    ("fr", "CA"): "14 h 30",
    ("pt", "BR"): "14:30",
}


@pytest.mark.parametrize(("place", "said"), DAYS.items())
def test_the_first_of_a_month_is_said_as_people_say_it(
    place: tuple[str, str], said: tuple[str, ...]
) -> None:
    locale = calendar.locale_of(*place)
    days = [date(2026, 12, number) for number in (1, 2, 21)]
    assert tuple(calendar.day(day, locale) for day in days) == said


@pytest.mark.parametrize(("place", "said"), SHORT_DAYS.items())
def test_so_is_it_in_fewer_letters(place: tuple[str, str], said: tuple[str, ...]) -> None:
    locale = calendar.locale_of(*place)
    days = [date(2026, 12, number) for number in (1, 21, 31)]
    assert tuple(calendar.short_day(day, locale) for day in days) == said


@pytest.mark.parametrize(("place", "said"), TIMES.items())
def test_the_clock_is_the_countrys(place: tuple[str, str], said: str) -> None:
    assert calendar.clock(time(14, 30), calendar.locale_of(*place)) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "on Tuesday, December 1"),
        ("es", "el martes 1 de diciembre"),
        ("fr", "le mardi 1er décembre"),
        ("pt", "terça-feira, 1º de dezembro"),
    ],
)
def test_a_day_stands_in_its_sentence_as_it_should(language: str, said: str) -> None:
    start = datetime(2026, 12, 1, 10, tzinfo=ZoneInfo("America/Los_Angeles"))
    slot = Slot(1, 1, 1, start, start + timedelta(minutes=20))
    book = Phrasebook(replace(DEMO, country="US"), language)
    assert said in book.say(say("confirm_booking", slot=slot, patient="Ana"))


@pytest.mark.parametrize(
    ("title", "gender", "language", "said"),
    [
        ("Dra.", "female", "es", "la"),
        ("Sr.", "male", "es", "el"),
        ("Dr", "female", "fr", "la"),
        ("Mme", "female", "fr", ""),
        ("Dr.", "male", "pt", "o"),
        ("Dr", "female", "en", ""),
        ("Dra.", None, "es", ""),
        ("Dr.", "other", "pt", ""),
        ("", "female", "es", ""),
    ],
)
def test_a_title_takes_its_article(
    title: str, gender: str | None, language: str, said: str
) -> None:
    assert titles.article(title, gender, language) == said


@pytest.mark.parametrize(
    ("language", "woman", "man"),
    [
        ("en", "Dr Anita Patel on", "Dr Samuel Okafor on"),
        ("es", "con la Dra. Anita Patel", "con el Dr. Samuel Okafor"),
        ("fr", "avec la Dr Anita Patel", "avec le Dr Samuel Okafor"),
        ("pt", "com a Dra. Anita Patel", "com o Dr. Samuel Okafor"),
    ],
)
def test_sentences_are_right_for_women_and_men(language: str, woman: str, man: str) -> None:
    start = datetime(2026, 12, 1, 10, tzinfo=ZoneInfo("America/Los_Angeles"))
    said = [
        Phrasebook(DEMO, language).say(say("confirm_booking", slot=slot, patient="Ana"))
        for slot in (Slot(key, 1, 1, start, start + timedelta(minutes=20)) for key in (1, 2))
    ]
    assert woman in said[0]
    assert man in said[1]


@pytest.mark.parametrize("at", [9, 15])
def test_a_time_that_ends_in_a_stop_ends_its_sentence(at: int) -> None:
    start = datetime(2026, 12, 1, at, tzinfo=ZoneInfo("America/Los_Angeles"))
    values = {"slot": Slot(1, 1, 1, start, start + timedelta(minutes=20))}
    book = Phrasebook(replace(DEMO, country="US"), "es")
    assert (
        book.fill("A las {slot.time}. Gracias... {slot.time}", values).count("m. Gracias... ") == 1
    )
    assert ".." not in book.fill("A las {slot.time}.", values)


@pytest.mark.parametrize("language", languages())
def test_what_we_write_of_a_day_is_understood_when_it_is_sent_back(language: str) -> None:
    now = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("America/Los_Angeles"))
    context = Context(now=now, directory=DEMO, language=language)
    locale = calendar.locale_of(language, DEMO.country)
    for number in range(1, 32):
        day = date(2026, 12, number)
        for words in (calendar.day(day, locale), calendar.short_day(day, locale)):
            assert understand(words, context).entities.date == day, words


@pytest.mark.parametrize("language", languages())
def test_so_is_the_date_of_birth_that_we_give_as_an_example(language: str) -> None:
    book = Phrasebook(DEMO, language)
    example = book.fill("{born}", {})
    now = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("America/Los_Angeles"))
    context = Context(now=now, directory=DEMO, language=language)
    found = understand(example, replace(context, asked="date_of_birth"))
    assert found.entities.date_of_birth == date(1980, 5, 14)
