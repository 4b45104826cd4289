"""Times of day whose rules English has no words for, said on Sunday 22 November 2026 at ten."""

import pytest

from tests.bot.understanding.clinic import said


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("de", "fünf vor halb drei", "14:25"),
        ("de", "fünf nach halb drei", "14:35"),
        ("it", "mezzogiorno", "12:00"),
        ("pt", "meio dia", "12:00"),
        ("en", "ten minutes to 3", "14:50"),
        ("en", "quarter to one", "12:45"),
        ("es", "a las 11 del mediodía", "11:00"),
        ("es", "a las 2 del mediodía", "14:00"),
        ("fr", "midi trente", "12:30"),
    ],
)
def test_a_time_in_words(language: str, text: str, expected: str) -> None:
    assert said(text, "time", language=language) == {"time": expected}


@pytest.mark.parametrize(
    ("language", "text", "first", "last"),
    [
        ("en", "from 11pm to 3", "23:00", "03:00"),
        ("en", "from 9 in the morning to 2", "09:00", "14:00"),
        ("en", "from 7 to 20", "07:00", "20:00"),
        ("es", "entre una y dos", "13:00", "14:00"),
    ],
)
def test_each_end_of_a_window_helps_to_read_the_other(
    language: str, text: str, first: str, last: str
) -> None:
    assert said(text, "time", language=language) == {"time_from": first, "time_to": last}


def test_a_day_and_an_hour_in_figures_are_no_date() -> None:
    assert said("am 5. 10 uhr", language="de") == {"date": "2026-12-05", "time": "10:00"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in half an hour", "10:30"),
        ("in an hour and a half", "11:30"),
        ("in two and a half hours", "12:30"),
    ],
)
def test_counted_from_now(text: str, expected: str) -> None:
    assert said(text) == {"date": "2026-11-22", "time": expected}


def test_this_noon_is_todays() -> None:
    assert said("ce midi", language="fr") == {"date": "2026-11-22", "time": "12:00"}


def test_around_noon_is_an_hour_on_either_side() -> None:
    window = {"time": "12:00", "time_from": "11:00", "time_to": "13:00"}
    assert said("around noon") == said("vers midi", language="fr") == window


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("half an hour later", "30"), ("an hour and a half later", "90"), ("an hour earlier", "-60")],
)
def test_a_shift_of_the_visit_booked(text: str, minutes: str) -> None:
    assert said(text) == {"shift_minutes": minutes}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "before 10 or after 3"),
        ("fr", "après 15h ou avant 10h"),
        ("pt", "depois das 15h ou antes das 10h"),
    ],
)
def test_two_ends_of_the_day_are_asked_back(language: str, text: str) -> None:
    assert said(text, language=language) == {"ambiguous": "time"}
