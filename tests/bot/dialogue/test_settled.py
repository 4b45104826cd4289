"""Just after a visit was settled: that it should be otherwise, or that another should follow it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.state import Deed, DeedKind, Task
from bot.dialogue.turn import Heard
from bot.understanding.values import Entities, Intent, Person, Understanding, Wish
from tests.bot.dialogue.pretend import PATEL, TEN, PretendClinic, Talk, a_slot, a_visit, keys, meant

OKAFOR = 2
UNSURE = 0.6


class Booking(PretendClinic):
    """What was booked is a visit that can be found from then on."""

    def perform(self, command: ask.Command) -> told.Outcome:
        outcome = super().perform(command)
        if isinstance(outcome, (told.VisitBooked, told.VisitMoved)):
            self.visits = (outcome.visit,)
        return outcome


def booked(*free: Any) -> Talk:
    talk = Talk(Booking(free=free or (a_slot(), a_slot(TEN + timedelta(minutes=20)))))
    talk.says("dr patel tuesday at 10", "John Smith 4 May 1980", "yes")
    assert talk.state.done is not None
    talk.clinic.asked.clear()
    return talk


def searches(talk: Talk) -> list[ask.FindSlots]:
    return [each for each in talk.clinic.asked if isinstance(each, ask.FindSlots)]


@pytest.mark.parametrize("intent", [Intent.ALTERNATIVES, Intent.INFORM, Intent.NO])
def test_another_doctor_is_a_move_to_a_colleague_at_that_time(intent: Intent) -> None:
    talk = booked()
    talk.hears(meant(intent, other=("practitioner",)))
    draft = talk.state.draft
    assert draft is not None
    assert (draft.task, draft.visit) == (Task.RESCHEDULE, a_visit())
    search = searches(talk)[0]
    assert (search.practitioner, search.specialty) == (None, "general_practice")
    assert search.not_practitioners == (PATEL,)
    assert [(w.day_from, w.minute_from) for w in search.windows] == [(TEN.date(), 10 * 60)]


def test_where_nobody_else_does_that_the_visit_stays() -> None:
    dentist = replace(a_slot(), practitioner=5)
    talk = Talk(Booking(free=(dentist,)))
    talk.says("dr chen tuesday at 10", "John Smith 4 May 1980", "yes")
    chens = replace(a_visit(dentist), practitioner=5)
    talk.clinic.visits = (chens,)
    talk.state = replace(talk.state, done=Deed(DeedKind.BOOKED, chens))
    answer = talk.hears(meant(Intent.ALTERNATIVES, other=("practitioner",), specialty="dentistry"))
    assert keys(answer) == ["nobody_else", "kept"]
    assert talk.state.draft is None


def test_minutes_later_are_counted_from_the_visit_though_the_words_are_not_sure() -> None:
    talk = booked()
    later = Understanding(Intent.RESCHEDULE, UNSURE, Entities(shift_minutes=20), "en")
    answer = talk.hears(Heard(later))
    assert keys(answer) == ["confirm_move"]
    assert talk.state.draft is not None
    assert talk.state.draft.slot == a_slot(TEN + timedelta(minutes=20))


def test_without_a_visit_just_settled_such_words_are_only_guessed_at() -> None:
    """The control."""
    talk = Talk(PretendClinic(visits=(a_visit(),)))
    later = Understanding(Intent.RESCHEDULE, UNSURE, Entities(shift_minutes=20), "en")
    assert keys(talk.hears(Heard(later))) == ["guess_reschedule"]


@pytest.mark.parametrize("intent", [Intent.INFORM, Intent.BOOK])
def test_right_after_it_is_the_next_slot_with_the_same_person(intent: Intent) -> None:
    talk = booked()
    talk.hears(meant(intent, directly_after=True, person=Person.PARTNER))
    draft = talk.state.draft
    assert draft is not None
    assert (draft.task, draft.practitioner, draft.person) == (Task.BOOK, PATEL, Person.PARTNER)
    assert (draft.when.days, draft.when.minute) == ((TEN.date(),), 10 * 60 + 20)


def test_another_visit_with_another_doctor_is_no_move() -> None:
    talk = booked()
    talk.hears(meant(Intent.BOOK, other=("practitioner",)))
    draft = talk.state.draft
    assert draft is not None
    assert (draft.task, draft.specialty) == (Task.BOOK, "general_practice")
    assert draft.not_practitioners == (PATEL,)


def test_the_other_doctor_on_the_same_day_instead_of_a_visit_given_up() -> None:
    talk = booked()
    other_doctor = Entities(other=("practitioner",), same=("date",))
    talk.hears(
        Heard(
            Understanding(
                Intent.CANCEL,
                1.0,
                Entities(),
                "en",
                also=(Wish(Intent.BOOK, other_doctor),),
            )
        )
    )
    talk.says("yes")
    draft = talk.state.draft
    assert draft is not None
    assert (draft.task, draft.specialty) == (Task.BOOK, "general_practice")
    assert draft.when.days == (TEN.date(),)
    assert PATEL in draft.not_practitioners


def test_when_can_you_see_me_is_answered_with_the_first_times_there_are() -> None:
    talk = Talk()
    talk.hears(meant(Intent.AVAILABILITY, practitioner="Dr Anita Patel"))
    assert talk.state.draft is not None
    assert talk.state.draft.when.any_day
    assert talk.state.draft.offer


def test_a_day_that_was_said_counts() -> None:
    """The control."""
    talk = Talk()
    talk.hears(meant(Intent.AVAILABILITY, practitioner="Dr Anita Patel", date=TEN.date()))
    assert talk.state.draft is not None
    assert not talk.state.draft.when.any_day
