"""Telephone numbers."""

import pytest

from core.phone import for_reading, is_country, to_e164


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("+14155550100", "US", "+14155550100"),
        ("(415) 555-0100", "US", "+14155550100"),
        ("415.555.0100", "US", "+14155550100"),
        ("1 415 555 0100", "US", "+14155550100"),
        ("01904 496000", "GB", "+441904496000"),
        ("+44 1904 496000", "US", "+441904496000"),
        ("030 901820", "DE", "+4930901820"),
        ("tel:+1-415-555-0100", "US", "+14155550100"),
    ],
)
def test_a_number_however_written_is_one_number(text: str, region: str, expected: str) -> None:
    assert to_e164(text, region) == expected


@pytest.mark.parametrize("text", ["", "x", "911", "12", "+1", "+999 123", "1" * 40, "hello 5"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert to_e164(text, "US") is None


def test_without_its_country_a_number_is_read_as_of_the_region() -> None:
    assert to_e164("4155550100", "US") == "+14155550100"
    assert to_e164("4155550100", "FR") is None


def test_numbers_are_read_as_they_are_dialled() -> None:
    assert for_reading("+14155550100") == "+1 415-555-0100"
    assert for_reading("+441904496000") == "+44 1904 496000"
    assert for_reading("24273") == "24273"
    assert for_reading("") == ""


@pytest.mark.parametrize(
    ("text", "known"), [("US", True), ("GB", True), ("us", False), ("", False)]
)
def test_countries_are_known_by_their_code(text: str, known: bool) -> None:
    assert is_country(text) is known
