"""Phone numbers in a message."""

import pytest

from tests.bot.understanding.clinic import said


@pytest.mark.parametrize(
    "text", ["(415) 555-0134", "415 555 0134", "+1 415-555-0134", "my number is 4155550134"]
)
def test_a_phone_number_in_e164(text: str) -> None:
    assert said(text, "phone") == {"phone": "+14155550134"}


@pytest.mark.parametrize("text", ["12/05/2026", "2026-12-05", "10:30", "option 2", "1530"])
def test_dates_times_and_choices_are_no_phone_numbers(text: str) -> None:
    assert "phone" not in said(text, "phone")


@pytest.mark.parametrize("asked", ["name", "date_of_birth"])
def test_a_birth_date_in_eight_figures_is_no_phone_number(asked: str) -> None:
    assert "phone" not in said("04041990", asked)
