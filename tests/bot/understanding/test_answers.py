"""What a message means as a reply."""

import pytest

from bot.understanding.values import Intent
from tests.bot.understanding.clinic import offers, read, said

THREE = offers("2026-11-24 10:00", "2026-11-24 10:30", "2026-11-24 14:00")
LABELS = ("Tue 24 Nov 10:00", "Tue 24 Nov 10:30", "Tue 24 Nov 14:00")


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "yep",
        "ok",
        "okay",
        "sure",
        "that works",
        "perfect",
        "sounds good",
        "y",
        "👍",
        "👍🏽",
        "yes please",
        "Yes!!",
        "yeah go ahead",
        "great, thanks",
        "that's right",
        "book it",
        "k",
        "please do",
        "of course",
        "that is fine",
        "confirm",
        "yess",
        "ok then",
    ],
)
def test_everyday_yes(text: str) -> None:
    found = read(text, "yes_no")
    assert found.intent is Intent.YES
    assert found.confidence >= 0.75


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "nope",
        "nah",
        "not that",
        "no thanks",
        "no thank you",
        "👎",
        "not really",
        "I don't think so",
        "that doesn't work for me",
        "never mind",
        "wrong",
        "maybe later",
        "not now",
    ],
)
def test_everyday_no(text: str) -> None:
    found = read(text, "yes_no")
    assert found.intent is Intent.NO
    assert found.confidence >= 0.75


def test_no_with_a_correction_is_a_no_with_what_is_wanted_instead() -> None:
    found = read("no, Thursday instead", "yes_no")
    assert found.intent is Intent.NO
    assert str(found.entities.date) == "2026-11-26"


def test_yes_but_is_a_yes_with_a_correction() -> None:
    found = read("yes but at 3", "yes_no")
    assert found.intent is Intent.YES
    assert str(found.entities.time) == "15:00:00"


def test_a_day_that_is_fine_is_a_day_not_a_yes() -> None:
    assert read("tuesday is fine", "date").intent is Intent.INFORM


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("1", 1),
        ("2", 2),
        ("the first", 1),
        ("first one", 1),
        ("second", 2),
        ("option 2", 2),
        ("#3", 3),
        ("number 3 please", 3),
        ("last one", -1),
        ("the third one please", 3),
        ("i'll take the second one", 2),
        ("2nd", 2),
        ("two", 2),
    ],
)
def test_a_choice_from_a_list(text: str, choice: int) -> None:
    assert read(text, "slot", offer=THREE, labels=LABELS).entities.choice == choice


def test_the_earlier_and_the_later_one() -> None:
    two = offers("2026-11-24 10:30", "2026-11-24 09:00")
    assert read("the earlier one", "slot", offer=two).entities.choice == 2
    assert read("the later one", "slot", offer=two).entities.choice == 1


def test_a_time_on_offer_is_a_time_and_a_choice() -> None:
    entities = read("the 10:30 one", "slot", offer=THREE).entities
    assert (str(entities.time), entities.choice) == ("10:30:00", 2)


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        ("slot", "10", {"time": "10:00", "choice": "1"}),
        ("slot", "2", {"choice": "2"}),
        ("time", "2", {"time": "14:00"}),
        ("time", "10", {"time": "10:00"}),
        ("date", "5", {"date": "2026-12-05"}),
        ("rating", "4", {"rating": "4.0"}),
        ("code", "4071", {}),
    ],
)
def test_a_bare_number_is_what_was_asked_for(
    asked: str, text: str, expected: dict[str, str]
) -> None:
    offer = THREE if asked == "slot" else ()
    assert said(text, asked, offer=offer) == expected


def test_a_number_beyond_the_list_is_asked_back() -> None:
    assert said("7", "slot", offer=THREE)["ambiguous"] == "choice"


def test_a_choice_counts_while_something_else_is_asked() -> None:
    found = read("actually the second one", "name", offer=THREE)
    assert (found.intent, found.entities.choice) == (Intent.INFORM, 2)


@pytest.mark.parametrize(("text", "choice"), [("downtown", 1), ("Pheonix", 2), ("phoenix", 2)])
def test_a_label_typed_back(text: str, choice: int) -> None:
    labels = ("Downtown", "Phoenix")
    assert read(text, "choice", labels=labels).entities.choice == choice


def test_a_label_that_fits_two_is_no_choice() -> None:
    assert read("tue 24 nov", "slot", labels=LABELS).entities.choice is None


def test_a_rating_in_words() -> None:
    assert said("excellent", "rating") == {"rating": "5.0"}


def test_a_no_before_a_number_is_no_number_ten() -> None:
    found = said("no, 10 o'clock in the morning", "yes_no", offer=offers("2026-11-24 09:00"))
    assert found == {"time": "10:00"}


def test_a_day_is_no_choice_where_nothing_is_listed() -> None:
    assert said("yes, for the 14th please", "yes_no") == {"date": "2026-12-14"}
    assert said("on the 5th please") == {"date": "2026-12-05"}
