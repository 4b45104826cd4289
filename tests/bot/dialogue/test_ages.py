"""An adult who asks for the children's doctor hears whom instead; a parent is asked nothing."""

from dataclasses import replace
from typing import Any

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.values import KnownPerson, Refusal
from bot.messages import Asked
from bot.understanding.values import Person
from tests.bot.dialogue.pretend import DIRECTORY, SITUATION, PretendClinic, Talk, a_slot, keys

FERNANDEZ = next(person for person in DIRECTORY.practitioners if person.last_name == "Fernández")
WITH_AGES = replace(
    DIRECTORY,
    specialties=tuple(
        replace(item, age_until=17) if item.code == "paediatrics" else item
        for item in DIRECTORY.specialties
    ),
)
WISH = "dr fernandez on tuesday at 10"


def a_talk(**clinic: Any) -> Talk:
    free = (replace(a_slot(), practitioner=FERNANDEZ.key),)
    situation = replace(SITUATION, directory=WITH_AGES)
    return Talk(PretendClinic(free=free, **clinic), situation=situation)


def test_whoever_names_nobody_is_asked_whether_it_is_for_a_child() -> None:
    answer = a_talk().says(WISH)
    assert (keys(answer), answer.asked) == (["ask_for_child"], Asked.PERSON)


@pytest.mark.parametrize("text", ["for a child", "1", "my daughter", "for my son"])
def test_a_child_is_seen(text: str) -> None:
    talk = a_talk()
    talk.says(WISH, text)
    assert talk.state.held is not None


def test_a_parent_who_says_so_is_not_asked() -> None:
    talk = a_talk()
    assert "ask_for_child" not in keys(talk.says(f"{WISH} for my daughter"))
    assert talk.state.held is not None


def test_an_adult_hears_whom_instead_before_anything_is_held() -> None:
    talk = a_talk()
    assert talk.says(WISH, "for me").asked is Asked.DATE_OF_BIRTH
    answer = talk.says("4 May 1980")
    assert keys(answer) == ["sees_until_age", "see_instead"]
    assert [option.code for option in answer.options] == [
        "practitioner:1",
        "practitioner:2",
        "for:child",
    ]
    assert talk.state.held is None
    assert "RegisterPatient" not in talk.clinic.kinds()


def test_a_young_person_who_writes_for_themselves_is_seen() -> None:
    talk = a_talk()
    talk.says(WISH, "for me", "4 May 2012")
    assert talk.state.held is not None


def test_the_wish_stays_when_the_doctor_changes() -> None:
    talk = a_talk()
    talk.says(WISH, "for me", "4 May 1980", "1")
    draft = talk.state.draft
    assert draft is not None
    assert (draft.practitioner, draft.when.minute) == (1, 600)


@pytest.mark.parametrize("command", [ask.FindSlots, ask.HoldSlot])
def test_what_the_clinic_refuses_for_an_age_is_answered_alike(command: type) -> None:
    """Of a patient who is known only the clinic knows the birth date."""
    me = KnownPerson(5, "John Smith", Person.SELF)
    talk = a_talk(people=(me,), refusals={command: Refusal.SEES_OTHER_AGES})
    answer = talk.says(WISH)
    assert keys(answer) == ["sees_until_age", "see_instead"]
    talk.clinic.refusals = {}
    assert "ask_name_child" in keys(talk.says("it's for my child"))


def test_where_no_specialty_has_ages_nobody_is_asked() -> None:
    """The control."""
    talk = a_talk()
    talk.situation = SITUATION
    assert "ask_for_child" not in keys(talk.says(WISH))
