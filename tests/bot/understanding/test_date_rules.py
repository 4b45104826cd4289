"""Days that the calendar names, said on Sunday 22 November 2026."""

import pytest

from tests.bot.understanding.clinic import said


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "the 25th of this month", "2026-11-25"),
        ("en", "the 4th of next month", "2026-12-04"),
        ("en", "5 march next year", "2027-03-05"),
        ("es", "5 de marzo del próximo año", "2027-03-05"),
        ("es", "el 27 del 11", "2026-11-27"),
        ("en", "second monday of march", "2027-03-08"),
        ("it", "primo lunedi di marzo del 2027", "2027-03-01"),
        ("it", "ultimo lunedi di marzo del 2027", "2027-03-29"),
        ("en", "the last day of the month", "2026-11-30"),
        ("en", "the last day of february", "2027-02-28"),
    ],
)
def test_a_day_of_a_month(language: str, text: str, day: str) -> None:
    assert said(text, language=language)["date"] == day


def test_a_day_that_a_month_does_not_have_is_asked_back() -> None:
    assert said("31 february") == {"ambiguous": "date"}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("dia 5 ou 6 de dezembro", "2026-12-05 2026-12-06"),
        ("dias 5, 6 e 7", "2026-12-05 2026-12-06 2026-12-07"),
    ],
)
def test_several_days_may_share_their_month(text: str, days: str) -> None:
    assert said(text, language="pt")["dates"] == days


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("de", "am 5.12.", "2026-12-05"),
        ("de", "24.11", "2026-11-24"),  # No clinic is open at 24:11.
        ("es", "el 24.11", "2026-11-24"),
        ("fr", "27 11 26", "2026-11-27"),
        ("fr", "31 10", "2027-10-31"),
        ("en", "11-27", "2026-11-27"),
    ],
)
def test_figures_that_can_be_no_time_are_a_day(language: str, text: str, day: str) -> None:
    assert said(text, language=language) == {"date": day}


def test_figures_that_are_hours_of_the_clinic_are_no_day() -> None:
    assert said("9-12") == {"time_from": "09:00", "time_to": "12:00"}


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("en", "tuesday the 13th", "2027-04-13"),
        ("en", "friday 27", "2026-11-27"),
        ("es", "el martes 24", "2026-11-24"),
        ("it", "lunedi 7", "2026-12-07"),
        ("pt", "segunda 7", "2026-12-07"),
        ("fr", "lundi 7", "2026-12-07"),
    ],
)
def test_a_weekday_and_a_number_are_the_next_day_that_is_both(
    language: str, text: str, day: str
) -> None:
    found = said(text, language=language)
    assert (found["date"], "time" in found, "ambiguous" in found) == (day, False, False)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("saturday 5 december", {"date": "2026-12-05"}),
        ("sunday 5 december", {"date": "2027-12-05"}),
        ("monday 5 december 2026", {"date": "2026-12-05", "ambiguous": "date"}),
    ],
)
def test_a_weekday_and_a_date_must_agree_in_this_year_or_the_next(
    text: str, given: dict[str, str]
) -> None:
    assert said(text, "date") == given


@pytest.mark.parametrize(("language", "text"), [("es", "el martes 3"), ("en", "tuesday 3")])
def test_a_low_number_after_a_weekday_is_an_hour_where_none_such_is_near(
    language: str, text: str
) -> None:
    found = said(text, language=language)
    assert (found["date"], found["time"]) == ("2026-11-24", "15:00")


def test_where_it_can_be_no_hour_a_pair_far_ahead_is_asked_back() -> None:
    assert said("mardi 3", language="fr")["ambiguous"] == "date"  # In August.
