"""What is chosen of a list by its place, and words that stand for something known."""

import pytest

from bot.understanding.values import Intent
from tests.bot.understanding.clinic import offers, read, said

THREE = offers("2026-11-24 10:00", "2026-11-24 10:30", "2026-11-24 14:00")


@pytest.mark.parametrize(
    ("text", "choice"), [("the middle one", "2"), ("the top one", "1"), ("the last one", "3")]
)
def test_a_place_in_what_was_offered(text: str, choice: str) -> None:
    assert said(text, "slot", offer=THREE) == {"choice": choice}


def test_of_a_list_that_is_not_known_the_middle_is_the_second_of_three() -> None:
    assert said("the one in the middle", "choice") == {"choice": "2"}


def test_both_of_several_times_are_asked_back() -> None:
    assert said("both", "slot", offer=THREE)["ambiguous"] == "choice"


def test_book_it_is_a_yes_and_no_label() -> None:
    found = read("book it", "yes_no", offer=THREE, labels=("Book", "Cancel"))
    assert (found.intent, found.entities.choice) == (Intent.YES, None)


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("es", "no hablo inglés", "es"),  # In no other words: the one it is said in.
        ("en", "in spanish please, not english", "es"),
        ("en", "english please", "en"),
    ],
)
def test_the_language_asked_for(language: str, text: str, wanted: str) -> None:
    found = read(text, language=language)
    assert (found.intent, found.entities.language) == (Intent.LANGUAGE, wanted)
