"""Any text at all has an answer, in bounded time."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.messages import Asked
from bot.understanding.lexicon import lexicon, lexicons
from bot.understanding.values import Understanding
from tests.bot.understanding.clinic import SUNDAY, offers, read

WORDS = st.sampled_from(
    [
        "no",
        "yes",
        "the",
        "5th",
        "next",
        "friday",
        "week",
        "3",
        "at",
        "pm",
        "dr",
        "patel",
        "johnson",
        "cancel",
        "book",
        "my",
        "appointment",
        "and",
        "or",
        "second",
        "10:30",
        "31/31",
        "0000",
        "99999999999",
        "born",
        "1980",
        "february",
        "30",
        "-",
        ",",
        ".",
        "?",
        "'",
        "me",
        "name",
        "is",
        "half",
        "past",
        "to",
        "in",
        "2",
        "hours",
        "from",
        "until",
        "between",
        "first",
        "one",
        "not",
        "earliest",
        "''s",
        "12.5.80",
        "24:00",
        "25:61",
        "👍",
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=25).map(" ".join))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    TEXTS,
    st.one_of(st.none(), st.sampled_from([kind.value for kind in Asked])),
    st.booleans(),
    st.lists(st.text(max_size=20), max_size=3),
)
def test_any_text_is_understood_somehow(
    text: str, asked: str | None, offered: bool, labels: list[str]
) -> None:
    offer = offers("2026-11-24 10:00", "2026-11-24 14:00") if offered else ()
    found = read(text, asked, offer=offer, labels=labels)
    assert isinstance(found, Understanding)
    assert 0 <= found.confidence <= 1


@pytest.mark.parametrize("language", lexicons())
@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.data())
def test_any_row_of_its_own_words_is_understood_somehow(language: str, data: st.DataObject) -> None:
    own = st.sampled_from(sorted(lexicon(language).content))
    text = data.draw(st.lists(own | WORDS | st.text(max_size=3), max_size=30).map(" ".join))
    asked = data.draw(st.sampled_from([None, *(kind.value for kind in Asked)]))
    found = read(text, asked, language=language)
    assert isinstance(found, Understanding)
    assert found.language == language


@pytest.mark.parametrize("language", lexicons())
@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_no_stretch_of_days_ends_before_it_begins(language: str, data: st.DataObject) -> None:
    said = st.lists(st.sampled_from(_of_days(language)), min_size=2, max_size=12).map(" ".join)
    entities = read(data.draw(said), language=language).entities
    first, last = entities.date_from, entities.date_to
    assert first is None or last is None or first <= last


@cache
def _of_days(language: str) -> list[str]:
    """Words that days, stretches of them and what is unwanted are said with, more than once where
    stretches begin and end."""
    words = lexicon(language)
    days = (words.passes[name].vocabulary for name in ("days", "days_upon", "spans"))
    numbers = [*map(str, range(1, 32)), "5/12", "23/12", "2027", "2026-12-20", ",", "."]
    return [*sorted(set[str]().union(*days)), *4 * _ENDS[language], *numbers]


_ENDS = {
    "de": [
        "vom",
        "bis",
        "zum",
        "nach",
        "vor",
        "woche",
        "weihnachten",
        "montag",
        "freitag",
        "januar",
        "dezember",
    ],
    "en": [
        "from",
        "to",
        "until",
        "after",
        "before",
        "away",
        "not",
        "week",
        "christmas",
        "easter",
        "friday",
        "january",
    ],
    "es": [
        "del",
        "al",
        "hasta",
        "despues",
        "de",
        "antes",
        "fuera",
        "semana",
        "navidad",
        "lunes",
        "enero",
        "diciembre",
    ],
    "fr": [
        "du",
        "au",
        "jusqu",
        "apres",
        "avant",
        "absent",
        "semaine",
        "noel",
        "lundi",
        "vendredi",
        "janvier",
    ],
    "it": [
        "dal",
        "al",
        "fino",
        "dopo",
        "prima",
        "settimana",
        "natale",
        "lunedi",
        "venerdi",
        "gennaio",
    ],
    "pt": [
        "de",
        "ao",
        "ate",
        "depois",
        "antes",
        "viajando",
        "semana",
        "natal",
        "segunda",
        "sexta",
        "janeiro",
    ],
}


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.datetimes(min_value=SUNDAY.replace(tzinfo=None, year=2000)))
def test_any_day_can_be_today(now: object) -> None:
    moment = now.replace(tzinfo=SUNDAY.tzinfo)  # type: ignore[attr-defined]
    for text in (
        "next tuesday",
        "the 31st",
        "in 3 months",
        "29 february",
        "last day of next month",
    ):
        assert read(text, now=moment).language == "en"
