"""Days to be picked below a question for one: when they are shown, and what picking one does."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.turn import Answer, Pressed
from bot.dialogue.values import DAYS, EARLIER, LATER, Refusal
from bot.messages import Asked
from tests.bot.dialogue.pretend import SITUATION, TEN, PretendClinic, Talk, a_slot, keys

TODAY = SITUATION.today
TUESDAY = date(2026, 11, 24)
SHOWING = replace(SITUATION, day_picker=True)


@pytest.fixture
def talk() -> Talk:
    return Talk(situation=SHOWING)


def place_of(day: date, first: date = TODAY) -> int:
    return (day - first).days + 1


def pressed(page: Answer, place: int) -> Pressed:
    question = page.state.question
    assert question is not None
    return Pressed(question.list_id, place)


def searches(talk: Talk) -> list[ask.FindSlots]:
    return [command for command in talk.clinic.asked if isinstance(command, ask.FindSlots)]


def test_a_question_for_the_day_shows_which_days_are_free(talk: Talk) -> None:
    answer = talk.says("an appointment with dr patel")
    assert answer.asked is Asked.DATE_TIME
    assert answer.options == ()
    assert answer.days is not None
    assert (answer.days.first, answer.days.free) == (TODAY, frozenset({TUESDAY}))
    assert (answer.days.has_earlier, answer.days.has_later) == (False, True)
    [search] = searches(talk)
    assert (search.exactly, search.limit) == (True, None)


def test_where_nothing_can_be_shown_nothing_is_looked_for() -> None:
    talk = Talk()
    answer = talk.says("an appointment with dr patel")
    assert (answer.asked, answer.days) == (Asked.DATE_TIME, None)
    assert searches(talk) == []
    assert talk.state.lists == 0


def test_what_was_said_of_the_hours_counts(talk: Talk) -> None:
    talk.says("dr patel, some afternoon")
    [window] = searches(talk)[0].windows
    assert (window.day_from, window.day_to) == (TODAY, TODAY + timedelta(days=DAYS - 1))
    assert window.minute_from == 12 * 60


def test_a_day_that_is_pressed_is_the_wish(talk: Talk) -> None:
    first = talk.says("an appointment with dr patel")
    answer = talk.hears(pressed(first, place_of(TUESDAY)))
    assert talk.state.draft is not None
    assert talk.state.draft.when.days == (TUESDAY,)
    assert answer.asked is Asked.SLOT
    assert answer.days is None


def test_pages_turn_as_far_as_the_clinic_plans(talk: Talk) -> None:
    talk.situation = replace(SHOWING, horizon_days=DAYS + 3)
    first = talk.says("an appointment with dr patel")
    second = talk.hears(pressed(first, LATER))
    assert keys(second) == ["ask_when"]
    assert second.days is not None
    assert second.days.first == TODAY + timedelta(days=DAYS)
    assert (second.days.has_earlier, second.days.has_later) == (True, False)
    back = talk.hears(pressed(second, EARLIER))
    assert back.days == first.days
    assert talk.state.draft == first.state.draft


def test_a_button_of_the_page_before_is_old(talk: Talk) -> None:
    first = talk.says("an appointment with dr patel")
    talk.hears(pressed(first, LATER))
    answer = talk.hears(pressed(first, place_of(TUESDAY)))
    assert keys(answer)[0] == "old_button"
    assert talk.state.draft is not None
    assert talk.state.draft.when.days == ()


def test_no_page_is_shown_where_nothing_is_free_or_may_be_booked(talk: Talk) -> None:
    talk.clinic = PretendClinic(free=(a_slot(TEN + timedelta(days=100)),))
    assert talk.says("an appointment with dr patel").days is None
    refused = Talk(situation=SHOWING)
    refused.clinic.refusals[ask.FindSlots] = Refusal.NO_NEW_PATIENTS
    answer = refused.says("an appointment with dr patel")
    assert (keys(answer), answer.days) == (["ask_when"], None)


def test_below_a_list_of_choices_no_days_are_shown(talk: Talk) -> None:
    answer = talk.says("I want an appointment")
    assert answer.asked is Asked.SPECIALTY
    assert answer.days is None


def test_a_number_is_no_place_on_the_page(talk: Talk) -> None:
    """ "3" to "when?" is three o'clock or the third, as it is without a calendar."""
    plain = Talk()
    for each in (talk, plain):
        each.says("an appointment with dr patel", "3")
    assert talk.state.draft == plain.state.draft
