"""As it was last time: with whom, where, at what hour."""

from dataclasses import replace
from datetime import timedelta

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Slot
from bot.messages import Asked
from tests.bot.dialogue.pretend import TEN, PretendClinic, Talk, a_slot, keys

OKAFOR = 2
LAST = replace(a_slot(TEN - timedelta(days=20)), practitioner=OKAFOR, visit_type=2)


def a_talk(last: Slot | None = LAST) -> Talk:
    clinic = PretendClinic(free=(replace(a_slot(), practitioner=OKAFOR),))
    clinic.others[ask.FindUsual] = told.UsualFound(last)
    return Talk(clinic)


def test_the_usual_doctor_and_kind_of_visit() -> None:
    talk = a_talk()
    talk.says("same as last time, on tuesday")
    draft = talk.state.draft
    assert draft is not None
    assert (draft.practitioner, draft.visit_type, draft.location) == (OKAFOR, 2, 1)
    assert draft.when.minute is None


def test_the_same_hour_as_last_time() -> None:
    talk = a_talk()
    talk.says("my usual doctor on tuesday, same time as last time")
    draft = talk.state.draft
    assert draft is not None
    assert (draft.practitioner, draft.when.minute) == (OKAFOR, 600)


def test_without_a_visit_it_is_asked_with_whom() -> None:
    answer = a_talk(None).says("my usual doctor on tuesday")
    assert (keys(answer)[0], answer.asked) == ("no_last_visit", Asked.SPECIALTY)


def test_of_the_usual_dentist_only_dentists_are_looked_for() -> None:
    talk = a_talk(None)
    talk.says("my usual dentist on tuesday")
    [asked] = [command for command in talk.clinic.asked if isinstance(command, ask.FindUsual)]
    assert asked.specialty == "dentistry"


def test_who_has_left_is_no_usual_place() -> None:
    talk = a_talk(replace(LAST, location=2))
    talk.says("same as last time on tuesday")
    draft = talk.state.draft
    assert draft is not None
    assert (draft.practitioner, draft.location) == (OKAFOR, None)


def test_the_same_doctor_as_the_one_in_view_needs_no_memory() -> None:
    talk = a_talk()
    talk.says("dr patel on tuesday", "with the same doctor on wednesday")
    assert "FindUsual" not in talk.clinic.kinds()
