"""The repairs by name: undo, back, skip, repeat; several wishes, interruption and return."""

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.state import Task
from bot.dialogue.values import Refusal
from bot.messages import Asked
from bot.understanding.values import Intent
from tests.bot.dialogue.pretend import DIRECTORY, PretendClinic, Talk, a_slot, a_visit, keys, meant

KIM = next(person.key for person in DIRECTORY.practitioners if person.last_name == "Kim")
BOOKED = ("dr patel tuesday at 10", "John Smith", "4 May 1980", "yes")


def with_visit() -> Talk:
    return Talk(PretendClinic(visits=(a_visit(),)))


# Undo


def test_a_booking_is_undone_at_a_word() -> None:
    talk = Talk()
    talk.says(*BOOKED)
    assert keys(talk.says("undo")) == ["undone_booked"]
    assert "UndoLast" in talk.clinic.kinds()


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("cancel my visit", "undone_cancelled"),
        ("move my visit to tuesday at 11", "undone_moved"),
    ],
)
def test_a_change_is_undone_at_a_word(wish: str, said: str) -> None:
    talk = with_visit()
    talk.says(wish, "yes")
    assert keys(talk.says("undo that")) == [said]


def test_what_was_undone_is_not_undone_twice() -> None:
    talk = Talk()
    talk.says(*BOOKED, "undo")
    assert keys(talk.says("undo")) == ["nothing_to_undo"]


def test_too_late_to_undo_leads_to_what_comes_to_the_same() -> None:
    talk = Talk()
    talk.says(*BOOKED)
    talk.clinic.refusals[ask.UndoLast] = Refusal.NOTHING_TO_UNDO
    answer = talk.says("undo")
    assert keys(answer) == ["undo_too_late", "confirm_cancel"]
    assert answer.state.draft is not None
    assert answer.state.draft.task is Task.CANCEL


def test_a_time_taken_meanwhile_is_said() -> None:
    talk = with_visit()
    talk.says("cancel my visit", "yes")
    talk.clinic.refusals[ask.UndoLast] = Refusal.SLOT_TAKEN
    assert keys(talk.says("undo"))[0] == "undo_taken"


def test_undo_in_the_middle_of_a_booking_gives_up_the_last_answer() -> None:
    talk = Talk()
    talk.says("dr patel tuesday")
    assert talk.says("undo").asked is Asked.DATE_TIME
    assert "UndoLast" not in talk.clinic.kinds()


def test_an_undo_that_names_something_else_is_a_correction() -> None:
    talk = Talk()
    talk.says("dr patel tuesday at 10")
    said = meant(Intent.UNDO, practitioner="Dr David Kim").understanding.entities
    answer = talk.hears(meant(Intent.UNDO, practitioner=said.practitioner))
    assert answer.state.draft is not None
    assert answer.state.draft.practitioner == KIM


# Back


def test_back_goes_one_answer_back_each_time_and_then_leaves() -> None:
    talk = Talk()
    talk.says("dr patel", "tuesday", "1", "John Smith")
    asked = [talk.says("back").asked for _ in range(5)]
    assert asked == [Asked.NAME, Asked.SLOT, Asked.DATE_TIME, Asked.SPECIALTY, None]


def test_back_at_the_confirmation_shows_the_times_again() -> None:
    talk = Talk()
    talk.says("dr patel tuesday John Smith 4 May 1980", "2")
    answer = talk.says("go back")
    assert answer.asked is Asked.SLOT
    assert answer.state.draft is not None
    assert answer.state.draft.refused == ()


def test_back_at_the_confirmation_asks_first_for_what_was_answered_last() -> None:
    talk = Talk()
    talk.says("dr patel tuesday", "2", "John Smith", "4 May 1980")
    asked = [talk.says("go back").asked for _ in range(3)]
    assert asked == [Asked.DATE_OF_BIRTH, Asked.NAME, Asked.SLOT]


def test_back_from_giving_up_asks_which_visit_and_then_keeps_it() -> None:
    other = a_visit(a_slot(a_slot().ends_at))
    talk = Talk(PretendClinic(visits=(a_visit(), other)))
    talk.says("cancel my visit", "1")
    assert talk.says("back").asked is Asked.APPOINTMENT
    assert keys(talk.says("back")) == ["kept"]


# Skip and repeat


def test_whoever_leaves_the_time_to_us_is_offered_some() -> None:
    assert Talk().says("dr patel", "I don't know").asked is Asked.SLOT


def test_whoever_skips_a_list_of_times_gets_the_first() -> None:
    talk = Talk()
    answer = talk.says("dr patel tuesday", "doesn't matter")
    assert answer.state.draft is not None
    assert answer.state.draft.slot == a_slot()


def test_a_birth_date_cannot_be_skipped_and_is_asked_again() -> None:
    answer = Talk().says("dr patel tuesday at 10", "John Smith", "I'd rather not say")
    assert keys(answer)[0] == "cannot_skip"
    assert answer.asked is Asked.DATE_OF_BIRTH


def test_repeat_asks_the_same_again() -> None:
    talk = Talk()
    first = talk.says("dr patel tuesday")
    again = talk.says("say that again?")
    assert (again.asked, again.options) == (first.asked, first.options)
    assert again.says[-1].again


def test_repeat_after_a_menu_shows_the_menu() -> None:
    talk = Talk()
    menu = talk.says("blah blah", "qwerty uiop")
    assert talk.says("repeat please").options == menu.options


# Several wishes, and what was interrupted


def test_a_question_of_another_task_is_seen_to_and_the_first_goes_on() -> None:
    talk = with_visit()
    talk.says("dr kim tuesday")
    assert talk.says("cancel my visit with dr patel").asked is Asked.YES_NO
    answer = talk.says("yes")
    assert keys(answer)[:2] == ["cancelled", "where_we_were"]
    assert answer.state.draft is not None
    assert answer.state.draft.practitioner == KIM


def test_nothing_is_come_back_to_that_had_not_begun() -> None:
    talk = with_visit()
    talk.says("book a visit", "cancel my visit with dr patel")
    assert keys(talk.says("yes")) == ["cancelled"]


def test_start_over_forgets_what_was_put_aside() -> None:
    talk = with_visit()
    answer = talk.says("dr kim tuesday", "cancel my visit with dr patel", "start over")
    assert answer.state.aside == ()
    assert keys(answer) == ["restarted"]


def test_two_wishes_of_one_message_are_done_one_after_the_other() -> None:
    talk = with_visit()
    answer = talk.says("cancel my tuesday visit and book dr kim on friday")
    assert keys(answer) == ["one_by_one", "confirm_cancel"]
    answer = talk.says("yes")
    assert keys(answer)[0] == "cancelled"
    assert answer.state.draft is not None
    assert answer.state.draft.practitioner == KIM


def test_a_booking_instead_of_a_visit_given_up_is_for_the_same_patient_and_doctor() -> None:
    talk = with_visit()
    answer = talk.says("cancel my tuesday visit and book me on friday", "yes")
    assert answer.state.draft is not None
    assert (answer.state.draft.patient, answer.state.draft.practitioner) == (
        a_visit().patient,
        a_visit().practitioner,
    )


def test_an_emergency_comes_before_any_wish() -> None:
    answer = with_visit().says("cancel my visit, I have chest pain and can't breathe")
    assert keys(answer) == ["emergency"]
    assert answer.state.draft is None
