"""What the last reply said is said in other words; what asks for a yes, in full each time."""

from bot.dialogue.turn import Answer
from tests.bot.dialogue.pretend import Talk


def forms(answer: Answer) -> list[str]:
    return [one.form for one in answer.says]


def test_a_question_that_comes_again_changes_its_form_each_time() -> None:
    talk = Talk()
    assert forms(talk.says("dr patel")) == ["ask_when"]
    assert forms(talk.says("thanks")) == ["welcome", "ask_when_again"]
    assert forms(talk.says("thanks")) == ["welcome_again", "ask_when"]
    assert forms(talk.says("hello")) == ["hello", "ask_when_again"]


def test_another_question_is_asked_in_full() -> None:
    talk = Talk()
    talk.says("dr patel", "thanks")
    assert forms(talk.says("tuesday at 10")) == ["slot_is_free", "ask_name_self"]


def test_the_same_words_of_another_slot_are_said_in_full_but_the_name_is_asked_for_in_others() -> (
    None
):
    talk = Talk()
    talk.says("dr patel tuesday at 10")
    assert forms(talk.says("thanks")) == ["welcome", "slot_is_free_again", "ask_name_self_again"]
    talk.says("thanks")
    assert forms(talk.says("rather at 11")) == ["slot_is_free", "ask_name_self_again"]


def test_other_times_are_offered_in_full_and_the_same_in_fewer_words() -> None:
    talk = Talk()
    first = forms(talk.says("dr patel on tuesday"))
    assert forms(talk.says("thanks")) == ["welcome", f"{first[-1]}_again"]
    other = talk.says("on wednesday")
    assert not forms(other)[-1].endswith("_again")


def test_a_day_that_is_said_before_anything_else_is_noted_once() -> None:
    talk = Talk()
    assert forms(talk.says("an appointment on tuesday")) == ["day_noted", "ask_specialty"]
    assert forms(talk.says("thanks")) == ["welcome", "ask_specialty_again"]
    assert forms(talk.says("in the morning"))[0] == "noted"
    assert forms(talk.says("rather on wednesday"))[0] == "day_noted"


def test_a_greeting_in_the_middle_of_something_is_only_returned() -> None:
    talk = Talk()
    assert forms(talk.says("hello")) == ["greeting"]
    assert forms(talk.says("hello")) == ["greeting_again"]
    talk.says("dr patel")
    assert forms(talk.says("hello")) == ["hello", "ask_when_again"]
