"""Stretches from one day to another, said on Sunday 22 November 2026."""

import pytest

from tests.bot.understanding.clinic import said

Days = tuple[str, str]


def stretch(text: str, language: str = "en") -> Days:
    found = said(text, language=language)
    assert "date" not in found
    return found["date_from"], found["date_to"]


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("en", "within two weeks", ("2026-11-22", "2026-12-06")),
        ("es", "en los próximos días", ("2026-11-22", "2026-11-29")),
        ("de", "in zwei bis drei wochen", ("2026-12-06", "2026-12-13")),
    ],
)
def test_from_today_on(language: str, text: str, days: Days) -> None:
    assert stretch(text, language) == days


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("pt", "de 23 a 27", ("2026-11-23", "2026-11-27")),
        ("en", "from the 4th to the 23rd of next month", ("2026-12-04", "2026-12-23")),
        ("de", "vom 28. bis zum 3. januar", ("2026-12-28", "2027-01-03")),
        ("en", "the 5th and 6th of december", ("2026-12-05", "2026-12-06")),
        ("de", "5. und 6.12.", ("2026-12-05", "2026-12-06")),
    ],
)
def test_two_numbers_and_a_month_or_none(language: str, text: str, days: Days) -> None:
    assert stretch(text, language) == days


@pytest.mark.parametrize(
    "text", ["10 august to 12 september 2027", "10 august 2027 to 12 september"]
)
def test_a_year_that_is_said_once_holds_for_both_ends(text: str) -> None:
    assert stretch(text) == ("2027-08-10", "2027-09-12")


def test_a_weekday_at_the_end_is_the_first_one_after_the_beginning() -> None:
    assert stretch("from friday to monday") == ("2026-11-27", "2026-11-30")


def test_of_two_days_that_are_no_stretch_one_is_chosen() -> None:
    assert said("the 5th or the 20th of december")["dates"] == "2026-12-05 2026-12-20"
