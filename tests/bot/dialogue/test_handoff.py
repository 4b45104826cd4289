"""A person: when one is fetched, and what is answered until they do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.state import Draft, Question, State, Task
from bot.dialogue.turn import AskFeedback, HandedBack, Pressed, Prompted, Unreadable
from bot.messages import Asked
from tests.bot.dialogue.pretend import SITUATION, PretendClinic, Talk, a_visit, keys
from tests.bot.dialogue.test_engine import STATES

OPENS_AT = datetime(2026, 11, 23, 16, tzinfo=UTC)
WITH_PERSON = replace(SITUATION, with_person=True)


def handed_over() -> Talk:
    """As the desk has it in the turns after a hand-over."""
    talk = Talk()
    talk.says("dr patel tuesday", "talk to a person")
    talk.situation = WITH_PERSON
    return talk


@pytest.mark.parametrize(
    ("outcome", "key"),
    [
        (told.HandedOver(15), "handed_over_soon"),
        (told.HandedOver(opens_at=OPENS_AT), "handed_over_later"),
        (told.HandedOver(), "handed_over"),
    ],
)
def test_the_patient_hears_when_somebody_answers(outcome: told.HandedOver, key: str) -> None:
    talk = Talk(PretendClinic(others={ask.HandOver: outcome}))
    [said] = talk.says("talk to a person").says
    assert said.key == key
    assert "phone" in said.values


@pytest.mark.parametrize("words", ["yes", "1", "Talk to a person", "I want a person"])
def test_the_offer_after_three_misses_is_taken_in_any_way(words: str) -> None:
    talk = Talk()
    talk.says("xyzzy plugh", "frobnicate quux", "blah florp")
    assert keys(talk.says(words)) == ["handed_over_soon"]


def test_and_by_its_button() -> None:
    talk = Talk()
    talk.says("xyzzy plugh", "frobnicate quux", "blah florp")
    assert talk.state.question is not None
    assert talk.state.question.key == "offer_person"
    answer = talk.hears(Pressed(talk.state.question.list_id, 1))
    assert keys(answer) == ["handed_over_soon"]


def test_a_rule_hands_over_after_so_many_misses() -> None:
    talk = Talk(situation=replace(SITUATION, handover_after_misses=2))
    assert "handed_over_soon" not in keys(talk.says("xyzzy plugh"))
    assert keys(talk.says("frobnicate quux")) == ["handed_over_soon"]


def test_without_the_rule_nobody_is_fetched_unasked() -> None:
    talk = Talk()
    talk.says(*["xyzzy plugh"] * 6)
    assert "HandOver" not in talk.clinic.kinds()


def test_what_was_begun_is_put_away_and_no_question_is_open() -> None:
    talk = handed_over()
    assert (talk.state.draft, talk.state.question) == (None, None)
    assert [draft.task for draft in talk.state.aside] == [Task.BOOK]


@pytest.mark.parametrize(
    "words",
    [
        "it is about my bill",
        "thanks",
        "yes",
        "1",
        "dr patel tuesday at 10",
        "my visits",
        "asdf",
        "undo",
        "fuck you",
    ],
)
def test_meanwhile_we_are_silent(words: str) -> None:
    talk = handed_over()
    before, asked = talk.state, len(talk.clinic.asked)
    assert talk.says(words).says == ()
    assert talk.state == replace(before, said=())
    assert talk.clinic.asked[asked:] == []


@pytest.mark.parametrize("event", [Unreadable(), Unreadable(too_long=True)])
def test_a_photo_is_for_the_person_too(event: Unreadable) -> None:
    assert handed_over().hears(event).says == ()


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("my dad collapsed and isn't breathing", "emergency"),
        ("I don't want to live anymore", "self_harm"),
        ("I'll come and shoot you all", "threat"),
        ("help", "disclosure"),
        ("INFO", "disclosure"),
        ("start over", "back_with_me"),
        ("a person please", "handed_over_soon"),
    ],
)
def test_some_things_cannot_wait_for_a_person(words: str, key: str) -> None:
    assert keys(handed_over().says(words))[0] == key


def test_an_old_button_is_answered_politely_and_not_acted_on() -> None:
    talk = handed_over()
    assert keys(talk.hears(Pressed("1", 1))) == ["old_button"]


def test_start_over_takes_the_conversation_back_with_nothing_left_of_before() -> None:
    talk = handed_over()
    talk.says("start over")
    assert talk.clinic.asked[-1] == ask.TakeBack()
    assert talk.state.aside == ()
    talk.situation = SITUATION
    assert talk.says("dr patel tuesday").asked is Asked.SLOT


def test_once_staff_have_handed_it_back_we_go_on_where_it_was() -> None:
    talk = handed_over()
    talk.situation = SITUATION
    assert keys(talk.says("thanks"))[:2] == ["welcome", "where_we_were"]
    assert talk.state.draft is not None


# What the clinic has asked by itself since: a reminder, an offer.


def asked_by_the_clinic() -> Talk:
    """Whether a visit is given up; and then the patient would rather talk to somebody."""
    question = Question(
        Asked.YES_NO, ("yes", "drop"), ("Yes", "No"), "1", "confirm_cancel", unasked=True
    )
    state = State(Draft(Task.CANCEL, visit=a_visit()), question, lists=1)
    talk = Talk(PretendClinic(visits=(a_visit(),)), state)
    assert keys(talk.says("talk to a person")) == ["handed_over_soon"]
    talk.situation = WITH_PERSON
    return talk


@pytest.mark.parametrize("words", ["yes", "1", "Yes"])
def test_the_answer_to_what_the_clinic_asked_is_still_acted_on(words: str) -> None:
    assert keys(asked_by_the_clinic().says(words)) == ["cancelled"]


def test_so_is_its_button() -> None:
    assert keys(asked_by_the_clinic().hears(Pressed("1", 1))) == ["cancelled"]


def test_then_we_are_silent_again() -> None:
    talk = asked_by_the_clinic()
    talk.says("no")
    assert talk.says("yes").says == ()


def test_what_is_open_of_our_own_is_not() -> None:
    """The control."""
    talk = Talk(PretendClinic(visits=(a_visit(),)))
    talk.says("cancel my visit", "talk to a person")
    talk.situation = WITH_PERSON
    assert talk.says("yes").says == ()


def test_asking_for_the_person_again_leaves_it_open() -> None:
    talk = asked_by_the_clinic()
    question = talk.state.question
    talk.says("a person please")
    assert talk.state.question == question


def test_what_the_clinic_asks_meanwhile_is_asked() -> None:
    talk = handed_over()
    assert "ask_rating" in keys(talk.hears(Prompted(AskFeedback(a_visit()))))
    assert keys(talk.says("5"))


def test_anything_else_is_for_the_person_and_the_question_stays() -> None:
    talk = asked_by_the_clinic()
    question = talk.state.question
    assert talk.says("what does my insurance say to that?").says == ()
    assert talk.state.question == question


def test_the_state_of_a_hand_over_loads_from_before_there_was_one() -> None:
    old = '{"version":1,"question":{"asked":"yes_no","options":["yes","drop"],"key":"guess_human"}}'
    state = State.from_json(old)
    assert (state.alarmed, state.warned) == (None, False)
    assert state.question == Question(Asked.YES_NO, ("yes", "drop"), key="guess_human")


@pytest.mark.parametrize("walk", STATES.values(), ids=STATES)
def test_from_anywhere_a_person_is_fetched_and_start_over_leads_back(
    walk: Callable[[], Talk],
) -> None:
    talk = walk()
    assert "handed_over_soon" in keys(talk.says("a person please"))
    assert talk.state.draft is None
    talk.situation = WITH_PERSON
    assert talk.says("it is about my bill").says == ()
    assert keys(talk.says("start over")) == ["back_with_me"]
    assert (talk.state.draft, talk.state.question, talk.state.aside) == (None, None, ())


@pytest.mark.parametrize(
    "words", ["hello?", "anyone there?", "are you there?", "still waiting", "??", "a person please"]
)
def test_who_calls_while_waiting_hears_in_short_when(words: str) -> None:
    talk = handed_over()
    talk.says("it is about my bill")
    [first] = talk.says(words).says
    assert first.form == "handed_over_soon_again"
    assert keys(talk.says(words)) == ["still_waiting"]


def test_handed_back_the_open_question_comes_at_once() -> None:
    talk = handed_over()
    talk.situation = SITUATION
    answer = talk.hears(Prompted(HandedBack()))
    assert keys(answer)[:2] == ["handed_back_on", "where_we_were"]
    assert answer.asked is Asked.SLOT
    assert talk.says("1").asked is Asked.NAME


def test_handed_back_with_nothing_open_asks_what_else() -> None:
    talk = Talk()
    talk.says("talk to a person")
    assert keys(talk.hears(Prompted(HandedBack()))) == ["handed_back"]


def test_handed_back_nobody_in_danger_is_asked_about_a_visit() -> None:
    talk = Talk()
    talk.says("dr patel tuesday", "i want to die")
    assert keys(talk.hears(Prompted(HandedBack()))) == ["handed_back"]
