"""Dates of birth: which dates are some, and in which year."""

import pytest

from bot.understanding.values import Intent
from tests.bot.understanding.clinic import a_directory, read, said

BIRTHS = {
    "4 May 1980": "1980-05-04",
    "05/04/1980": "1980-05-04",
    "1980-05-04": "1980-05-04",
    "1980/5/4": "1980-05-04",
    "May 4th 80": "1980-05-04",
    "May the fourth 1980": "1980-05-04",
    "050480": "1980-05-04",
    "05041980": "1980-05-04",
    "5.4.1980": "1980-05-04",
    "5 4 80": "1980-05-04",
    "born on the 4th of May 1980": "1980-05-04",
    "25/12/1999": "1999-12-25",
    "may 4 1926": "1926-05-04",
}


@pytest.mark.parametrize(("text", "born"), BIRTHS.items())
def test_a_date_of_birth_lies_in_the_past(text: str, born: str) -> None:
    assert said(text, "date_of_birth") == {"date_of_birth": born}


@pytest.mark.parametrize("asked", ["slot", "date", "date_time"])
def test_where_a_day_was_asked_a_year_that_nobody_books_for_is_one_of_birth(asked: str) -> None:
    assert said("mike o'neil 3/5/91", asked) == {
        "name": "Mike O'Neil",
        "date_of_birth": "1991-03-05",
    }
    assert said("3/5/15", asked) == {"date_of_birth": "2015-03-05"}
    # Controls: a day to come, and last year's by a slip.
    assert said("12/3/26", asked) == {"date": "2026-12-03"}
    assert said("12/3/25", asked) == {"date": "2025-12-03"}


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("four may nineteen eighty", "1980-05-04"),
        ("june second nineteen oh five", "1905-06-02"),
        ("march third nineteen sixty eight", "1968-03-03"),
        ("the ninth of july two thousand and eleven", "2011-07-09"),
        ("april twenty second nineteen ninety nine", "1999-04-22"),
    ],
)
def test_a_year_in_words(text: str, born: str) -> None:
    assert said(text, "date_of_birth") == {"date_of_birth": born}


@pytest.mark.parametrize(
    ("text", "born"),
    [("5/4/26", "2026-05-04"), ("5/4/27", "1927-05-04"), ("12/5/26", "1926-12-05")],
)
def test_a_year_of_two_figures_is_never_one_to_come(text: str, born: str) -> None:
    assert said(text, "date_of_birth") == {"date_of_birth": born}


def test_the_order_of_a_birth_date_is_the_countrys() -> None:
    britain = a_directory(country="GB")
    found = said("05/04/1980", "date_of_birth", directory=britain)
    assert found["date_of_birth"] == "1980-04-05"


@pytest.mark.parametrize(
    "text",
    [
        "4 May", "the 4th", "1980", "80", "4580", "may 1980", "i was born in may 1980", "I'm 40",
        "40 years old", "forty", "nineteen eighty",
    ],
)  # fmt: skip
def test_a_birth_date_that_is_not_all_there_is_asked_back(text: str) -> None:
    found = read(text, "date_of_birth")
    assert found.intent is Intent.INFORM
    assert said(text, "date_of_birth") == {"ambiguous": "date_of_birth"}


@pytest.mark.parametrize("asked", ["name", "date_of_birth"])
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("no, thursday instead", "2026-11-26"),
        ("can we make it the 5th?", "2026-12-05"),
        ("tomorrow", "2026-11-23"),
        ("could i come 7 december instead", "2026-12-07"),
        ("12/7/26 instead", "2026-12-07"),
        ("no, the 5th", "2026-12-05"),
    ],
)
def test_a_correction_of_the_appointment_is_no_birth_date(text: str, day: str, asked: str) -> None:
    found = said(text, asked)
    assert found["date"] == day
    assert "date_of_birth" not in found
    assert "ambiguous" not in found


@pytest.mark.parametrize("text", ["no, May 4th 80", "sorry, it's 4 may 1980", "can i say 5/4/80"])
def test_a_correction_of_the_birth_date_is_one(text: str) -> None:
    assert said(text, "date_of_birth")["date_of_birth"] == "1980-05-04"


def test_a_bare_day_where_a_name_was_asked_for_is_a_birth_date() -> None:
    assert said("5 may", "name") == {"ambiguous": "date_of_birth"}
    assert said("5 may 1980", "name") == {"date_of_birth": "1980-05-05"}


def test_a_birth_date_is_no_appointment_and_an_appointment_no_birth_date() -> None:
    found = said("book me for 5 december, dob 5 may 1980")
    assert found["date"] == "2026-12-05"
    assert found["date_of_birth"] == "1980-05-05"
    assert "date_of_birth" not in said("5 december 2026", "date")
    assert said("12/5/26") == {"date": "2026-12-05"}


def test_a_weekday_behind_a_birth_date_is_the_day_of_the_appointment() -> None:
    found = said("dr patel for my wife, born 3 march 1982, wednesday at 10")
    assert (found["date_of_birth"], found["date"]) == ("1982-03-03", "2026-11-25")
    assert said("born on wednesday 3 march 1982") == {"date_of_birth": "1982-03-03"}


def test_a_year_for_which_nobody_books_is_one_of_birth() -> None:
    assert said("dr patel on friday, 3/4/85")["date_of_birth"] == "1985-03-04"
