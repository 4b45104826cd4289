"""The clinic asks how a visit was: what counts as a rating, as a comment, as neither."""

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.state import Task
from bot.dialogue.turn import AskFeedback, Prompted
from bot.understanding.values import EmergencyKind, Intent
from tests.bot.dialogue.pretend import Talk, a_visit, keys, meant

VISIT = a_visit()


@pytest.fixture
def asked() -> Talk:
    """The clinic has just asked."""
    talk = Talk()
    assert keys(talk.hears(Prompted(AskFeedback(VISIT)))) == ["ask_rating"]
    return talk


def kept(talk: Talk) -> list[object]:
    return [
        each.halves if isinstance(each, ask.KeepRating) else each.text
        for each in talk.clinic.asked
        if isinstance(each, (ask.KeepRating, ask.KeepComment))
    ]


@pytest.mark.parametrize(
    ("text", "halves"),
    [("5", 10), ("1", 2), ("4.5", 9), ("great", 10), ("4 stars", 8), ("8/10", 8)],
)
def test_a_rating_in_figures_or_words(asked: Talk, text: str, halves: int) -> None:
    answer = asked.says(text)
    assert kept(asked) == [halves]
    assert keys(answer) == ["ask_comment_bad" if halves <= 4 else "ask_comment"]


@pytest.mark.parametrize("text", ["0", "6", "10"])
def test_a_number_that_is_no_mark_is_asked_for_again(asked: Talk, text: str) -> None:
    assert keys(asked.says(text)) == ["rating_range", "ask_rating"]
    assert kept(asked) == []


def test_a_rating_with_its_reason_needs_no_further_question(asked: Talk) -> None:
    text = "2, I had to wait for an hour"
    assert keys(asked.says(text)) == ["feedback_thanks_bad"]
    assert kept(asked) == [4, text]


@pytest.mark.parametrize(
    "text",
    [
        "the nurse was very kind",
        "nobody told me anything for an hour",
        "no complaints, the doctor was late but friendly and confirmed everything",
        "I had to cancel my lunch because you were running late",
    ],
)
def test_a_comment_is_kept_word_for_word(asked: Talk, text: str) -> None:
    assert keys(asked.says("5", text)) == ["feedback_thanks"]
    assert kept(asked) == [10, text]


@pytest.mark.parametrize("text", ["skip", "no", "no thanks"])
def test_a_comment_may_be_left_out(asked: Talk, text: str) -> None:
    assert keys(asked.says("5", text)) == ["feedback_thanks"]
    assert kept(asked) == [10]


@pytest.mark.parametrize("text", ["no", "no thanks", "skip", "I'd rather not"])
def test_who_would_rather_not_is_left_in_peace(asked: Talk, text: str) -> None:
    assert keys(asked.says(text)) == ["feedback_declined"]
    assert asked.state.draft is None


@pytest.mark.parametrize("text", ["Dr Okafor on Friday at 2pm", "book me with Dr Patel tomorrow"])
@pytest.mark.parametrize("before", [(), ("4",)])
def test_another_wish_is_no_answer_and_the_question_does_not_come_back(
    asked: Talk, before: tuple[str, ...], text: str
) -> None:
    asked.says(*before, text)
    assert len(kept(asked)) == len(before)
    assert asked.state.draft is not None
    assert asked.state.draft.task is Task.BOOK
    assert asked.state.aside == ()


def test_words_of_crisis_in_a_comment_take_the_safety_way(asked: Talk) -> None:
    asked.says("1")
    answer = asked.hears(meant(Intent.EMERGENCY, kind=EmergencyKind.SELF_HARM))
    assert keys(answer) == ["self_harm"]
    assert answer.urgent
    assert kept(asked) == [2]


def test_back_asks_for_the_rating_anew(asked: Talk) -> None:
    assert keys(asked.says("1", "back")) == ["ask_rating"]
    asked.says("5")
    assert kept(asked) == [2, 10]


def test_what_was_in_hand_is_come_back_to() -> None:
    talk = Talk()
    talk.says("Dr Patel on Tuesday")
    talk.hears(Prompted(AskFeedback(VISIT)))
    assert keys(talk.says("5", "skip"))[:2] == ["feedback_thanks", "where_we_were"]
    assert talk.state.draft is not None
    assert talk.state.draft.task is Task.BOOK
