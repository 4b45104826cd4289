"""Putting off without the word: who cannot come and names another time would have it moved."""

import pytest

from bot.understanding.values import Intent
from tests.bot.understanding.clinic import read


@pytest.mark.parametrize(
    "text",
    [
        "cant make it tomorrow. how about friday at 3?",
        "can't come monday, friday after 3?",
        "instead of monday i'd like friday, my appointment",
    ],
)
def test_another_time_in_place_of_the_visits_is_a_move(text: str) -> None:
    found = read(text)
    assert found.intent is Intent.RESCHEDULE
    assert found.confidence >= 0.75
    assert found.entities.weekday == 4
    assert found.entities.visit_date is not None


def test_without_a_question_it_is_only_likely() -> None:
    found = read("can't make it monday. tuesday would work")
    assert (found.intent, found.confidence < 0.75) == (Intent.RESCHEDULE, True)


@pytest.mark.parametrize(
    "text",
    ["i can't make it on monday, cancel it", "i can't come on monday", "can't come tomorrow"],
)
def test_who_only_cannot_come_or_says_cancel_gives_it_up(text: str) -> None:
    assert read(text).intent is Intent.CANCEL
