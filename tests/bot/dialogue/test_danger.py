"""Danger, threats and abuse: what is said, what stays open, and what comes after."""

from dataclasses import replace

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.state import Task
from bot.dialogue.turn import Pressed, Unreadable
from bot.dialogue.values import Alert
from bot.messages import Asked
from bot.understanding.values import EmergencyKind
from tests.bot.dialogue.pretend import PATEL, PretendClinic, Talk, a_slot, a_visit, keys

CHEST_PAIN = "my dad collapsed and isn't breathing"
DESPAIR = "I don't want to live anymore"


def at_the_name() -> Talk:
    talk = Talk()
    talk.says("dr patel tuesday at 10")
    assert talk.state.question is not None
    assert talk.state.question.asked is Asked.NAME
    return talk


def at_the_confirmation() -> Talk:
    talk = at_the_name()
    talk.says("John Smith", "4 May 1980")
    assert talk.state.question is not None
    assert talk.state.question.asked is Asked.YES_NO
    return talk


# The numbers are those of the place in question.


def two_places(talk: Talk) -> Talk:
    """The second place, which only Dr Patel's visits are at, has other numbers."""
    directory = talk.situation.directory
    first = directory.locations[0]
    second = replace(first, key=7, name="Lyon", emergency_number="112", crisis_number="3114")
    talk.situation = replace(
        talk.situation, directory=replace(directory, locations=(first, second))
    )
    return talk


def test_the_number_to_call_is_that_of_the_place_spoken_of() -> None:
    slot = replace(a_slot(), location=7)
    talk = two_places(Talk(PretendClinic(free=(slot,))))
    talk.says("dr patel tuesday at 10")
    [said] = talk.says(CHEST_PAIN).says
    assert said.values["emergency"] == "112"
    [said] = talk.says(DESPAIR).says
    assert said.values["crisis"] == "3114"


def test_without_one_it_is_the_clinics_first() -> None:
    talk = two_places(Talk())
    [said] = talk.says(CHEST_PAIN).says
    assert said.values["emergency"] == talk.situation.directory.locations[0].emergency_number


def test_of_visits_just_listed_it_is_the_firsts() -> None:
    talk = two_places(Talk(PretendClinic(visits=(replace(a_visit(), location=7),))))
    talk.says("my visits")
    [said] = talk.says(CHEST_PAIN).says
    assert said.values["emergency"] == "112"


# After an emergency.


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("ok", "after_emergency"),
        ("the ambulance is coming", "after_emergency"),
        ("they are here now", "after_emergency"),
        ("thanks", "welcome"),
    ],
)
def test_after_an_emergency_an_ok_is_answered_in_kind_and_nothing_is_asked(
    words: str, key: str
) -> None:
    talk = at_the_name()
    before = talk.state.question
    talk.says(CHEST_PAIN)
    answer = talk.says(words)
    assert keys(answer) == [key]
    assert answer.asked is None
    assert talk.state.question == before  # It stays open all the same.


def test_the_next_wish_goes_on_where_it_was() -> None:
    talk = at_the_name()
    talk.says(CHEST_PAIN, "ok", "thanks")
    assert "confirm_booking" not in keys(talk.says("John Smith"))
    assert talk.state.draft is not None
    assert talk.state.draft.name == "John Smith"
    assert talk.state.alarmed is None


def test_the_first_yes_is_to_the_number_to_call_and_books_nothing() -> None:
    talk = at_the_confirmation()
    talk.says(CHEST_PAIN)
    assert keys(talk.says("yes")) == ["after_emergency"]
    assert keys(talk.says("yes")) == ["booked"]


def test_a_number_of_the_open_list_is_an_answer_at_once() -> None:
    talk = at_the_confirmation()
    talk.says(CHEST_PAIN)
    assert keys(talk.says("1")) == ["booked"]


def test_a_button_is_an_answer_at_once() -> None:
    talk = at_the_confirmation()
    question = talk.state.question
    assert question is not None
    talk.says(CHEST_PAIN)
    assert keys(talk.hears(Pressed(question.list_id, 1))) == ["booked"]


def test_worse_news_is_a_new_emergency() -> None:
    talk = at_the_name()
    talk.says(CHEST_PAIN)
    answer = talk.says("the ambulance is coming but he stopped breathing again")
    assert keys(answer) == ["emergency"]
    assert talk.clinic.kinds().count("AlertStaff") == 2


def test_that_an_ambulance_comes_is_an_emergency_where_none_was_spoken_of() -> None:
    assert keys(Talk().says("the ambulance is coming")) == ["emergency"]


def test_help_names_the_number_again() -> None:
    talk = at_the_name()
    talk.says(CHEST_PAIN)
    assert keys(talk.says("help")) == ["emergency", "disclosure", "help_keyword"]


# Self-harm.


def every_field() -> dict[str, Talk]:
    slots = Talk()
    slots.says("dr patel tuesday")
    birth = at_the_name()
    birth.says("John Smith")
    cancelling = Talk(PretendClinic(visits=(a_visit(),)))
    cancelling.says("cancel my visit")
    lost = Talk()
    lost.says("xyzzy", "florp", "quux")
    return {
        "nothing": Talk(),
        "a name": at_the_name(),
        "a birth date": birth,
        "a confirmation": at_the_confirmation(),
        "a choice of slots": slots,
        "calling off": cancelling,
        "an offer of a person": lost,
    }


@pytest.mark.parametrize("field", every_field())
def test_words_of_self_harm_have_their_own_answer_in_every_field(field: str) -> None:
    talk = every_field()[field]
    question = talk.state.question
    answer = talk.says(DESPAIR)
    assert keys(answer) == ["self_harm"]
    assert (answer.options, answer.asked) == ((), None)
    assert answer.urgent
    assert talk.clinic.asked[-1] == ask.AlertStaff(Alert.SELF_HARM)
    assert talk.state.question == question


@pytest.mark.parametrize(
    "words",
    [
        "ok",
        "thanks",
        "nobody cares",
        "I can't go back",
        "whatever",
        "no",
        "yes",
        "help",
        "John Smith",
    ],
)
def test_the_next_messages_stay_calm(words: str) -> None:
    talk = at_the_confirmation()
    talk.says(DESPAIR)
    for _ in range(3):
        answer = talk.says(words)
        assert set(keys(answer)) <= {"self_harm", "after_self_harm", "still_here_self_harm"}
        assert (answer.options, answer.asked) == ((), None)
    assert "BookVisit" not in talk.clinic.kinds()


@pytest.mark.parametrize("event", [Unreadable(), Unreadable(too_long=True)])
def test_so_do_answers_to_what_cannot_be_read(event: Unreadable) -> None:
    talk = at_the_name()
    talk.says(DESPAIR)
    assert keys(talk.hears(event)) == ["after_self_harm"]


def test_no_two_answers_in_a_row_are_the_same() -> None:
    talk = Talk()
    talk.says(DESPAIR)
    said = [key for _ in range(4) for key in keys(talk.says("ok"))]
    assert said == ["after_self_harm", "still_here_self_harm"] * 2


def test_as_soon_as_they_ask_for_a_visit_they_get_one() -> None:
    talk = at_the_name()
    talk.says(DESPAIR, "ok")
    assert "ask_name_self" in keys(talk.says("book dr patel tuesday at 10"))


def test_who_would_talk_to_somebody_hears_first_who_is_there_right_now() -> None:
    talk = Talk()
    talk.says(DESPAIR)
    assert keys(talk.says("can I talk to someone")) == ["self_harm", "handed_over_soon"]
    assert "HandOver" in talk.clinic.kinds()


def test_an_emergency_in_between_leaves_it_calm() -> None:
    talk = Talk()
    talk.says(DESPAIR, "I took all my pills and can't breathe", "ok")
    assert talk.state.alarmed is EmergencyKind.SELF_HARM


# Threats and abuse.


def test_a_threat_alerts_staff_and_changes_nothing() -> None:
    talk = at_the_name()
    before = talk.state
    answer = talk.says("I'll come and shoot you all")
    assert keys(answer) == ["threat"]
    assert talk.clinic.asked[-1] == ask.AlertStaff(Alert.THREAT)
    assert talk.state == replace(before, said=("threat",))


def test_who_is_threatened_is_no_threat() -> None:
    talk = Talk()
    assert keys(talk.says("my husband says he will kill me")) == ["violence"]
    assert talk.clinic.asked[-1] == ask.AlertStaff(Alert.EMERGENCY)


def test_abuse_gets_one_calm_boundary_and_the_question_stays() -> None:
    talk = at_the_name()
    answer = talk.says("fuck you")
    assert keys(answer)[0] == "boundary"
    assert answer.asked is Asked.NAME
    assert "AlertStaff" not in talk.clinic.kinds()


def test_the_second_time_staff_know_and_nothing_is_said() -> None:
    talk = at_the_name()
    talk.says("fuck you")
    question = talk.state.question
    for _ in range(2):
        answer = talk.says("you idiots")
        assert answer.says == ()
        assert talk.clinic.asked[-1] == ask.AlertStaff(Alert.ABUSE)
    assert talk.state.question == question


def test_abuse_never_blocks_a_booking() -> None:
    talk = Talk()
    talk.says("fuck you", "you idiots")
    talk.says("you idiots, book me with dr patel tuesday at 10", "John Smith", "4 May 1980")
    assert keys(talk.says("yes")) == ["booked"]


CHEST = "my chest hurts and i can't breathe, "


@pytest.mark.parametrize("words", ["today please, i need this asap", "tuesday", "on tuesday at 10"])
def test_a_visit_wished_for_in_danger_is_taken_up_after_the_number_to_call(words: str) -> None:
    talk = Talk()
    assert keys(talk.says(CHEST + "i need to see dr patel")) == ["emergency"]
    assert talk.state.draft is None
    draft = talk.says(words).state.draft
    assert draft is not None
    assert (draft.task, draft.practitioner) == (Task.BOOK, PATEL)
    assert talk.state.wishes == ()


@pytest.mark.parametrize("words", ["Ben", "ok", "thanks", "it hurts so much"])
def test_what_names_no_time_waits_for_the_wish(words: str) -> None:
    talk = Talk()
    talk.says(CHEST + "i need to see dr patel", words)
    assert talk.state.draft is None
    assert talk.says("tuesday at 10").state.draft is not None


def test_a_day_to_come_is_about_a_visit_and_today_about_the_danger() -> None:
    talk = Talk()
    talk.says(CHEST)
    assert keys(talk.says("today")) == ["after_emergency"]
    draft = talk.says("tomorrow at 10").state.draft
    assert draft is not None
    assert draft.task is Task.BOOK


def test_after_thoughts_of_self_harm_no_day_is_one_for_a_visit() -> None:
    talk = Talk()
    talk.says("i want to die")
    assert keys(talk.says("tomorrow")) == ["after_self_harm"]


def test_a_wish_in_the_middle_of_a_booking_begins_no_second_one() -> None:
    talk = at_the_name()
    talk.says(CHEST + "i need an appointment")
    assert talk.state.wishes == ()
