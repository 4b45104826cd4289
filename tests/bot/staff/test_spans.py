""" "In six weeks", written with a number."""

import pytest

from bot.staff.reading import days_in


@pytest.mark.parametrize(
    ("text", "language", "days"),
    [
        ("in 6 weeks", "en", 42),
        ("1 month", "en", 30),
        ("180 days please", "en", 180),
        ("en 6 meses", "es", 180),
        ("10 días", "es", 10),
        ("1 año", "es", 365),
        ("14", "en", None),  # A bare number is days, or a choice.
        ("Friday", "en", None),
        ("0 weeks", "en", 0),  # Said to be no time by whoever asked.
    ],
)
def test_a_span_is_so_many_days(text: str, language: str, days: int | None) -> None:
    assert days_in(text, language) == days
