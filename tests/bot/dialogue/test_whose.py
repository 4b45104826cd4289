"""A visit that was just booked is somebody else's: one visit in the end, and a clear yes."""

import pytest

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import KnownPerson, Refusal
from bot.messages import Asked
from bot.understanding.values import Person
from tests.bot.dialogue.pretend import PretendClinic, Talk, a_visit, keys

ANN = KnownPerson(9, "Ann Smith", Person.DAUGHTER)
JOHN = KnownPerson(5, "John Smith", Person.SELF)
JANE = KnownPerson(8, "Jane Smith", Person.PARTNER)


def a_talk(**changes: object) -> Talk:
    clinic = PretendClinic(people=(JOHN, JANE), **changes)  # type: ignore[arg-type]
    clinic.others |= {ask.GiveVisitTo: told.VisitBooked(a_visit())}
    talk = Talk(clinic)
    talk.says("dr patel tuesday at 10", "yes")
    return talk


@pytest.mark.parametrize(
    "text",
    [
        "no wait, it's for my wife",
        "oh sorry, that's for my wife",
        "sorry, I meant for my wife",
        "wrong person, it's for my wife",
        "it should be in my wife's name",
        "it's for Jane Smith",
    ],
)
def test_it_is_put_in_the_other_name_after_a_yes(text: str) -> None:
    talk = a_talk()
    answer = talk.says(text)
    assert (keys(answer), answer.asked) == (["confirm_in_name"], Asked.YES_NO)
    assert "GiveVisitTo" not in talk.clinic.kinds()
    assert keys(talk.says("yes")) == ["booked_in_name"]
    assert talk.clinic.asked[-1] == ask.GiveVisitTo(a_visit(), 8)
    assert talk.state.draft is None


def test_whoever_is_new_is_asked_who_they_are_first() -> None:
    talk = a_talk()
    talk.clinic.others |= {ask.RegisterPatient: told.PatientRegistered(ANN)}
    assert keys(talk.says("no, it's for my daughter")) == ["ask_name_daughter"]
    assert keys(talk.says("Ann Smith 4 May 2015")) == ["confirm_in_name"]


@pytest.mark.parametrize("text", ["no", "3", "never mind"])
def test_it_stays_as_it_is_on_a_no(text: str) -> None:
    talk = a_talk()
    assert keys(talk.says("no wait, it's for my wife", text)) == ["kept"]
    assert talk.clinic.kinds().count("BookVisit") == 1
    assert "GiveVisitTo" not in talk.clinic.kinds()


def test_a_visit_more_may_have_been_meant() -> None:
    talk = a_talk()
    talk.says("no wait, it's for my wife", "no, one more visit")
    assert talk.state.draft is not None
    assert talk.state.draft.patient == 8
    assert "GiveVisitTo" not in talk.clinic.kinds()


def test_one_for_her_too_is_a_visit_more_at_once() -> None:
    talk = a_talk()
    assert "confirm_in_name" not in keys(talk.says("and one for my wife too"))


def test_what_cannot_be_changed_is_said() -> None:
    talk = a_talk(refusals={ask.GiveVisitTo: Refusal.NOT_OFFERED})
    assert keys(talk.says("no wait, it's for my wife", "yes")) == ["not_in_name"]
    assert talk.state.draft is None


def test_the_same_person_once_more_changes_nothing() -> None:
    talk = a_talk()
    assert keys(talk.says("no wait, it's for me")) == ["kept"]
