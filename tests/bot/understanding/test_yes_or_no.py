"""Whether "no" and "yes" answer the open question, or only stand in the message."""

import pytest

from bot.understanding.values import Intent
from tests.bot.understanding.clinic import offers, read, said

TWO = offers("2026-11-24 10:30", "2026-11-25 11:00")


@pytest.mark.parametrize("text", ["no fever", "a cough and no appetite"])
def test_what_a_patient_does_not_have_is_no_no(text: str) -> None:
    assert read(text, "reason").intent is Intent.INFORM


@pytest.mark.parametrize("text", ["no", "well um no", "no, forget it"])
def test_a_few_words_may_go_before_a_no_or_after_it(text: str) -> None:
    assert read(text, "yes_no").intent is Intent.NO


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("no, cancel my appointment", Intent.CANCEL),
        ("no wait, go back", Intent.BACK),
        ("no, start over", Intent.RESTART),
    ],
)
def test_a_no_before_a_wish_is_the_wish(text: str, intent: Intent) -> None:
    assert read(text, "yes_no").intent is intent


def test_to_give_it_all_up_is_more_than_a_no() -> None:
    assert said("no, forget it", "yes_no")["topic"] == "all"
    assert "topic" not in said("no", "yes_no")


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("thursday, not friday", {"date": "2026-11-26", "weekday": "3", "not_weekdays": "4"}),
        ("mondays no", {"not_weekdays": "0"}),
        ("monday no, tuesday", {"date": "2026-11-24", "weekday": "1", "not_weekdays": "0"}),
    ],
)
def test_where_a_day_is_asked_for_a_no_beside_one_refuses_that_day(
    text: str, given: dict[str, str]
) -> None:
    assert read(text, "date").intent is Intent.INFORM
    assert said(text, "date") == given


def test_a_no_that_a_comma_sets_apart_answers_before_the_day() -> None:
    found = read("no, not monday", "date")
    assert (found.intent, found.entities.not_weekdays) == (Intent.NO, (0,))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("ok, start over", Intent.RESTART),
        ("i changed my mind, keep it", Intent.UNDO),
        ("yes, show me more", Intent.MORE),
        ("yes, anything else?", Intent.ALTERNATIVES),
    ],
)
def test_a_yes_before_a_word_about_the_conversation_is_that_word(text: str, intent: Intent) -> None:
    assert read(text, "slot", offer=TWO).intent is intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("yes please", Intent.YES),
        ("great, thanks", Intent.THANKS),
        ("yes, book me", Intent.BOOK),
    ],
)
def test_out_of_the_blue_a_yes_gives_way_to_whatever_else_is_said(
    text: str, intent: Intent
) -> None:
    assert read(text).intent is intent
