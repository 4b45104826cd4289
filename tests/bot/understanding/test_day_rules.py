"""Days counted from today or from another day, said on Sunday 22 November 2026."""

import pytest

from tests.bot.understanding.clinic import offers, said


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "three fridays from now", "2026-12-11"),
        ("en", "friday after next", "2026-12-04"),
        ("en", "friday fortnight", "2026-12-11"),
        ("en", "a fortnight from friday", "2026-12-11"),
        ("en", "friday in 3 weeks", "2026-12-11"),
        ("en", "tomorrow week", "2026-11-30"),
        ("en", "in a fortnight", "2026-12-06"),
        ("en", "in two months", "2027-01-22"),
        ("en", "in a year", "2027-11-22"),
        ("de", "in zwei wochen und drei tagen", "2026-12-09"),
    ],
)
def test_counted_from_today(language: str, text: str, day: str) -> None:
    assert said(text, language=language)["date"] == day


def test_beyond_the_calendar_there_is_no_day() -> None:
    assert said("in 99999 days") == said("in 9999 years") == {}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("mardi en huit", "2026-12-01"),
        ("mardi en quinze", "2026-12-08"),
        ("dimanche en huit", "2026-11-29"),  # It is Sunday: counted from today, not from the next.
    ],
)
def test_en_huit_counts_from_the_coming_such_weekday_or_from_today(text: str, day: str) -> None:
    assert said(text, language="fr")["date"] == day


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "two weeks after december 1", "2026-12-15"),
        ("de", "zwei wochen und drei tage nach dem 1. dezember", "2026-12-18"),
        ("en", "a week before christmas", "2026-12-18"),
        ("en", "the day before christmas eve", "2026-12-23"),
        ("en", "the day after thanksgiving", "2026-11-27"),
        ("en", "the monday after thanksgiving", "2026-11-30"),
        ("en", "the friday before christmas", "2026-12-18"),
        ("es", "el lunes de la semana del 7 de diciembre", "2026-12-07"),
    ],
)
def test_counted_from_a_day_that_is_named(language: str, text: str, day: str) -> None:
    assert said(text, language=language)["date"] == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("the day after", "2026-11-25"),
        ("a week later", "2026-12-01"),
        ("two days earlier", "2026-11-22"),
    ],
)
def test_counted_from_what_was_offered(text: str, day: str) -> None:
    assert said(text, "slot", offer=offers("2026-11-24 10:30"))["date"] == day


def test_where_nothing_was_offered_it_is_asked_back() -> None:
    found = said("a day later", "date")
    assert "date" not in found
    assert "date" in found["ambiguous"]
