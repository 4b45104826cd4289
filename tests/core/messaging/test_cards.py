"""Card numbers never reach the log; everything else does, unchanged."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.messaging.cards import MASK, mask_cards

# The test numbers that card schemes publish.
CARDS = {
    "Visa": "4111111111111111",
    "Visa, 13 digits": "4222222222222",
    "Visa, 19 digits": "4111111111111111110",
    "Mastercard": "5555555555554444",
    "Mastercard, 2-series": "2223003122003222",
    "American Express": "378282246310005",
    "Discover": "6011111111111117",
    "Diners": "30569309025904",
}


@pytest.mark.parametrize("number", CARDS.values(), ids=CARDS)
@pytest.mark.parametrize("separator", ["", " ", "-"])
def test_a_card_number_is_masked_however_it_is_grouped(number: str, separator: str) -> None:
    grouped = separator.join(re.findall(".{1,4}", number))
    assert mask_cards(f"it is {grouped}, thanks") == f"it is {MASK}, thanks"
    assert mask_cards(grouped) == MASK


def test_each_of_several_is_masked() -> None:
    text = " and ".join([CARDS["Visa"], CARDS["Discover"]])
    assert mask_cards(text) == f"{MASK} and {MASK}"


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # One digit off
        "411111111111",  # Too short
        "41111111111111111111",  # Too long
        "call +1 415 555 0100 or 415-555-0199",
        "+4915112345678",
        "+8613912345678 and +8613800138000",
        "4 May 1980, 10:00",
        "between 10-12-2026 and 12-12-2026",
        "record 00012345",
        "",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask_cards(text) == text


@pytest.mark.parametrize("rest", range(10))
def test_a_number_with_its_country_is_a_telephone_whatever_its_digits(rest: int) -> None:
    """One in ten of that length passes the check."""
    assert mask_cards(f"+861391234567{rest}") == f"+861391234567{rest}"


@given(st.text(alphabet="0123456789 -+x", max_size=60))
def test_what_is_left_holds_no_card_number(text: str) -> None:
    assert mask_cards(mask_cards(text)) == mask_cards(text)


def test_a_long_row_of_digits_takes_no_time() -> None:
    assert mask_cards("4" * 60_000) == "4" * 60_000
