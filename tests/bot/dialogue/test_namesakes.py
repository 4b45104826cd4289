"""Of several practitioners who may be meant, one is asked for until one is chosen; then the other
one is a word away."""

from dataclasses import replace

import pytest

from bot.dialogue.turn import Answer, Option, Pressed
from bot.directory import Directory
from bot.messages import Asked
from bot.understanding.values import Flexible, Intent
from tests.bot.dialogue.pretend import SITUATION, PretendClinic, Talk, a_slot, keys, meant
from tests.bot.understanding.clinic import a_directory, practitioner

ANITA, ROHAN, CHEN = 1, 8, 5
NAMES = {"candidates": ("Dr Anita Patel", "Dr Rohan Patel"), "ambiguous": ("practitioner",)}


def two_patels() -> Directory:
    here = a_directory()
    anita, *others = here.practitioners
    anita = replace(anita, gender="female", languages=("es",))
    rohan = practitioner(ROHAN, "Rohan", "Patel", "general_practice")
    return a_directory(practitioners=(anita, *others, rohan))


def a_talk() -> Talk:
    clinic = PretendClinic(free=(a_slot(),))
    talk = Talk(clinic, situation=replace(SITUATION, directory=two_patels()))
    talk.hears(meant(Intent.BOOK, **NAMES))
    return talk


def options(answer: Answer) -> list[str]:
    return [each.code for each in answer.options if isinstance(each, Option)]


def chosen(talk: Talk) -> int | None:
    assert talk.state.draft is not None
    return talk.state.draft.practitioner


def test_which_of_them_is_asked_again_after_what_is_not_understood() -> None:
    talk = a_talk()
    answer = talk.hears(meant(Intent.OUT_OF_SCOPE))
    assert keys(answer)[-1] == "ask_which_practitioner"
    assert options(answer) == [f"practitioner:{ANITA}", f"practitioner:{ROHAN}"]


def test_what_else_is_said_meanwhile_is_kept() -> None:
    talk = a_talk()
    answer = talk.says("tuesday at 10")
    assert keys(answer)[-1] == "ask_which_practitioner"
    answer = talk.hears(meant(Intent.INFORM, gender="female"))
    assert keys(answer)[0] == "slot_is_free"
    assert chosen(talk) == ANITA


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ({"choice": 1}, ANITA),
        ({"choice": 2}, ROHAN),
        ({"gender": "female"}, ANITA),
        ({"gender": "male"}, ROHAN),  # Of him it is not known, of her it is.
        ({"speaks": "es"}, ANITA),
        ({"practitioner": "Dr Rohan Patel"}, ROHAN),
    ],
)
def test_a_number_a_gender_a_language_or_a_name_chooses(said: dict[str, object], who: int) -> None:
    talk = a_talk()
    talk.hears(meant(Intent.INFORM, **said))
    assert chosen(talk) == who


@pytest.mark.parametrize("said", [{"anyone": True}, {"flexible": Flexible.ANY}])
def test_either_is_whoever_of_them_is_free(said: dict[str, object]) -> None:
    talk = a_talk()
    talk.hears(meant(Intent.INFORM, **said))
    draft = talk.state.draft
    assert draft is not None
    assert (draft.practitioner, draft.specialty) == (None, "general_practice")
    assert {ANITA, ROHAN}.isdisjoint(draft.not_practitioners)
    assert 2 in draft.not_practitioners  # Dr Okafor does the same, and was not named.


def test_either_of_two_who_do_not_do_the_same_is_the_first() -> None:
    talk = Talk()
    talk.hears(
        meant(
            Intent.BOOK,
            candidates=("Dr Michael Chen", "Dr David Kim"),
            ambiguous=("practitioner",),
        )
    )
    talk.hears(meant(Intent.INFORM, anyone=True))
    assert chosen(talk) == CHEN


@pytest.mark.parametrize(
    "said",
    [
        {"other": ("practitioner",)},
        {"practitioner": "Dr Rohan Patel"},
        {"practitioner": "Dr Rohan Patel", "choice": 2},
        {"choice": 2},
    ],
)
@pytest.mark.parametrize("asks", [Asked.DATE_TIME, Asked.NAME, Asked.YES_NO])
def test_the_other_one_can_be_had_at_any_later_point(said: dict[str, object], asks: Asked) -> None:
    talk = a_talk()
    answer = talk.hears(meant(Intent.INFORM, gender="female"))
    if asks is not Asked.DATE_TIME:
        answer = talk.says("tuesday at 10")
    if asks is Asked.YES_NO:
        answer = talk.says("John Smith 4 May 1980")
    assert answer.asked is asks
    talk.hears(meant(Intent.INFORM, **said))
    assert chosen(talk) == ROHAN


def test_which_of_them_is_no_question_where_the_visit_tells() -> None:
    clinic = PretendClinic(visits=())
    talk = Talk(clinic, situation=replace(SITUATION, directory=two_patels()))
    answer = talk.hears(meant(Intent.CANCEL, **NAMES))
    assert "ask_which_practitioner" not in keys(answer)


def test_a_button_chooses() -> None:
    talk = a_talk()
    assert talk.state.question is not None
    talk.hears(Pressed(talk.state.question.list_id, 2))
    assert chosen(talk) == ROHAN
