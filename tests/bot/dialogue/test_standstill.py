"""Nothing comes for ever: the third time brings something else."""

import pytest

from bot.dialogue.state import Task
from bot.dialogue.turn import Answer
from tests.bot.dialogue.pretend import PretendClinic, Talk, a_visit, keys

MENU, PERSON, CALL = "not_understood_menu", "offer_person", "offer_call"


@pytest.mark.parametrize(("words", "yes"), [("dr patel", "yes"), ("dr patel", "ok")])
def test_a_yes_to_an_open_question_leads_to_help(words: str, yes: str) -> None:
    talk = Talk()
    talk.says(words)
    assert keys(talk.says(yes)) == ["need_answer", "ask_when"]
    assert keys(talk.says(yes)) == [MENU]
    assert keys(talk.says(yes)) == [PERSON]
    assert keys(talk.says(yes)) == ["handed_over_soon"]


def test_what_is_never_understood_comes_to_a_call_and_begins_anew() -> None:
    talk = Talk()
    answers = [keys(talk.says("asdf"))[-1] for _ in range(6)]
    again = "not_understood_open"
    assert answers == [again, MENU, PERSON, CALL, again, MENU]


@pytest.mark.parametrize(
    "words", ["hello", "thanks", "what's the address", "i don't know", "say that again", "help"]
)
@pytest.mark.parametrize("before", [(), ("dr patel",), ("dr patel tuesday at 10",)])
def test_whatever_is_repeated_brings_something_else(before: tuple[str, ...], words: str) -> None:
    talk = Talk()
    for each in before:
        talk.says(each)
    answers = [said(talk.says(words)) for _ in range(8)]
    assert all(answers)
    asked_for = words == "say that again"  # Whoever asks for it may hear it once more.
    runs = zip(answers, answers[1:], answers[2:], strict=False)
    assert asked_for or not any(first == second == third for first, second, third in runs)
    assert any(MENU in answer or PERSON in answer for answer in answers)


def said(answer: Answer) -> frozenset[str]:
    return frozenset(keys(answer))


def test_different_questions_are_no_standstill() -> None:
    talk = Talk()
    talk.says("dr patel")
    for words in ("what's the address", "do you have parking", "how much is a check-up", "thanks"):
        assert keys(talk.says(words))[-1] == "ask_when"


def test_a_choice_of_the_menu_counts_as_an_answer() -> None:
    talk = Talk()
    talk.says("dr patel")
    for _ in range(3):
        answer = talk.says("hello")
    assert keys(answer)[-1] == MENU
    assert keys(talk.says("1"))[-1] == "ask_when"


def test_the_task_stays_for_whoever_goes_on_after_the_menu() -> None:
    talk = Talk(PretendClinic(visits=(a_visit(),)))
    talk.says("dr patel", "yes", "yes")
    draft = talk.says("tuesday at 10").state.draft
    assert draft is not None
    assert draft.task is Task.BOOK


@pytest.mark.parametrize("words", ["wrong number", "she died"])
def test_an_ok_after_the_end_is_a_goodbye(words: str) -> None:
    talk = Talk()
    talk.says("dr patel tuesday at 10", words)
    assert keys(talk.says("ok")) == ["goodbye"]
    assert keys(talk.says("yes")) == ["goodbye"]
