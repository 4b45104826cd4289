"""Weeks, months and years as the calendar names them, said on Sunday 22 November 2026."""

from datetime import datetime

import pytest

from tests.bot.understanding.clinic import SUNDAY, ZONE, said

WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=ZONE)


def stretch(text: str, language: str = "en", now: datetime = SUNDAY) -> tuple[str, str]:
    found = said(text, language=language, now=now)
    assert "date" not in found
    return found["date_from"], found["date_to"]


@pytest.mark.parametrize("text", ["this week", "the week"])
def test_on_its_last_day_this_week_is_the_one_to_come(text: str) -> None:
    assert stretch(text) == ("2026-11-23", "2026-11-29")


def test_in_its_middle_this_week_is_what_is_left_of_it() -> None:
    assert stretch("this week", now=WEDNESDAY) == ("2026-11-25", "2026-11-29")
    assert stretch("rest of this week", now=WEDNESDAY) == ("2026-11-25", "2026-11-29")
    assert stretch("the week", now=WEDNESDAY) == ("2026-11-23", "2026-11-29")


@pytest.mark.parametrize(
    ("now", "text", "days"),
    [
        (SUNDAY, "a principios de semana", ("2026-11-23", "2026-11-24")),
        (WEDNESDAY, "a principios de semana", ("2026-11-30", "2026-12-01")),
        (WEDNESDAY, "a mediados de semana", ("2026-11-25", "2026-11-25")),
        (SUNDAY, "a finales de semana", ("2026-11-26", "2026-11-27")),
    ],
)
def test_a_part_of_the_week_that_is_over_is_the_next_weeks(
    now: datetime, text: str, days: tuple[str, str]
) -> None:
    assert stretch(text, "es", now) == days


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("en", "in the week of december 7", ("2026-12-07", "2026-12-13")),
        ("es", "la semana de 18", ("2026-12-14", "2026-12-20")),
        ("es", "la semana después de navidad", ("2026-12-28", "2027-01-03")),
        ("en", "thanksgiving week", ("2026-11-23", "2026-11-29")),
        ("de", "kalenderwoche 49", ("2026-11-30", "2026-12-06")),
        ("fr", "semaine 2", ("2027-01-11", "2027-01-17")),
        ("en", "first week of december", ("2026-11-30", "2026-12-06")),
        ("en", "last week of december", ("2026-12-28", "2027-01-03")),
    ],
)
def test_a_week_that_is_named(language: str, text: str, days: tuple[str, str]) -> None:
    assert stretch(text, language) == days


@pytest.mark.parametrize(("language", "text"), [("fr", "semaine 60"), ("es", "13/2026")])
def test_a_week_or_a_month_that_no_year_has_is_none(language: str, text: str) -> None:
    assert said(text, "date", language=language) == {}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("the weekend", ("2026-11-28", "2026-11-29")),
        ("labor day weekend", ("2027-09-04", "2027-09-06")),
        ("christmas weekend", ("2026-12-25", "2026-12-27")),
        ("thanksgiving weekend", ("2026-11-28", "2026-11-29")),  # A Thursday does not touch it.
    ],
)
def test_a_weekend_takes_in_the_holiday_beside_it(text: str, days: tuple[str, str]) -> None:
    assert stretch(text) == days


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("en", "the rest of the month", ("2026-11-22", "2026-11-30")),
        ("en", "month after next", ("2027-01-01", "2027-01-31")),
        ("en", "the second half of december", ("2026-12-16", "2026-12-31")),
        ("pt", "11/2026", ("2026-11-01", "2026-11-30")),
        ("es", "marzo del año que viene", ("2027-03-01", "2027-03-31")),
        ("pt", "março do ano que vem", ("2027-03-01", "2027-03-31")),
        ("fr", "l'année prochaine", ("2027-01-01", "2027-12-31")),
    ],
)
def test_a_month_or_a_year(language: str, text: str, days: tuple[str, str]) -> None:
    assert stretch(text, language) == days
