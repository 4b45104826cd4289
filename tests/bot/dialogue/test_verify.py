"""Proving who one is, becoming known, and ceasing to be: as the engine has it."""

from dataclasses import replace

import pytest

from bot.dialogue import commands as ask
from bot.dialogue.people.strangers import mentions_people, only_of
from bot.dialogue.state import DeedKind, State, Task
from bot.dialogue.turn import Shared
from bot.dialogue.values import KnownPerson, Refusal
from bot.messages import Asked, ChoiceKind
from bot.understanding.values import Intent, Person
from tests.bot.dialogue.pretend import (
    CODE,
    PHONE,
    SITUATION,
    PretendClinic,
    Talk,
    a_visit,
    keys,
    meant,
)

JOHN = KnownPerson(5, "John Smith", Person.SELF)
ANN = KnownPerson(6, "Ann Smith", Person.DAUGHTER)


def of(*people: KnownPerson) -> Talk:
    return Talk(PretendClinic(people=people))


def sent(talk: Talk) -> list[ask.SendCode]:
    return [command for command in talk.clinic.asked if isinstance(command, ask.SendCode)]


@pytest.mark.parametrize("wish", ["my visits", "cancel my visit", "move my visit"])
def test_where_nothing_is_seen_a_proof_is_offered_once(wish: str) -> None:
    talk = of(JOHN)
    answer = talk.says(wish)
    assert keys(answer) == ["no_visits_here", "offer_proof"]
    assert answer.state.draft is not None
    assert answer.state.draft.task is Task.VERIFY
    assert keys(talk.says("no")) == ["proof_declined"]
    assert "offer_proof" not in keys(talk.says(wish))


def test_who_is_proved_is_offered_none() -> None:
    talk = of(replace(JOHN, is_proved=True))
    assert keys(talk.says("my visits")) == ["no_visits"]
    assert keys(talk.says("verify me")) == ["proved_already"]


def test_somebody_known_is_asked_nothing_more() -> None:
    talk = of(JOHN)
    assert talk.says("verify me").asked is Asked.CODE
    assert sent(talk) == [ask.SendCode(patient=5)]


def test_of_several_it_is_asked_who() -> None:
    talk = of(replace(JOHN, relation=Person.PARENT), ANN)
    assert keys(talk.says("verify me")) == ["ask_whose"]
    talk.says("2")
    assert sent(talk) == [ask.SendCode(patient=6)]


@pytest.mark.parametrize(
    "text",
    [CODE, "123 456", "123-456", "the code is 123456", "it says 123 456, thanks", "1 2 3 4 5 6"],
)
def test_a_code_is_read_however_it_is_written(text: str) -> None:
    talk = of(JOHN)
    talk.says("my visits", "yes")
    talk.clinic.visits = (a_visit(),)
    assert keys(talk.says(text)) == ["proved", "visits_one", "visit_line"]


@pytest.mark.parametrize("text", ["12", "12345", "1234567", "1234 5678"])
def test_figures_of_another_length_are_no_try(text: str) -> None:
    talk = of(JOHN)
    talk.says("verify me")
    assert keys(talk.says(text)) == ["code_has_six", "ask_code"]
    assert talk.clinic.wrong_codes == 0


def test_the_third_wrong_one_is_the_last() -> None:
    talk = of(JOHN)
    talk.says("verify me")
    for _ in range(2):
        assert keys(talk.says("000000")) == ["code_wrong", "ask_code"]
    answer = talk.says("000000")
    assert keys(answer) == ["code_failed"]
    assert answer.state.draft is None


def test_a_question_in_between_leaves_the_code_asked_for() -> None:
    talk = of(JOHN)
    talk.says("verify me")
    assert keys(talk.says("thanks")) == ["welcome", "ask_code"]
    assert len(sent(talk)) == 1
    assert keys(talk.says("send me another code")) == ["another_code"]
    assert len(sent(talk)) == 2


def test_who_may_ask_for_no_more_codes_is_told_whom_to_call() -> None:
    talk = Talk(PretendClinic(refusals={ask.SendCode: Refusal.TOO_MANY_CODES}))
    answer = talk.says("verify me", "John Smith", "4 May 1980")
    assert keys(answer) == ["refused_too_many_codes"]
    assert answer.state.draft is None


def test_who_would_rather_book_books() -> None:
    talk = of(JOHN)
    talk.says("my visits")
    assert keys(talk.says("dr patel tuesday at 10")) == ["confirm_booking"]


def test_instead_of_a_move_something_new_is_booked() -> None:
    talk = of(JOHN)
    talk.says("move my visit to tuesday at 10 with dr patel")
    assert keys(talk.says("book a visit")) == ["confirm_booking"]


def test_a_shared_number_does_it_at_any_time() -> None:
    talk = replace(of(JOHN), situation=replace(SITUATION, shares_contact=True))
    offered = talk.says("my visits")
    assert [option.kind for option in offered.options] == [None, None, ChoiceKind.CONTACT]
    assert "contact_unknown" in keys(talk.hears(Shared("+1")))
    assert "proved" in keys(talk.hears(Shared(PHONE)))
    talk.says("dr patel tuesday at 10")
    answer = talk.hears(Shared(PHONE))  # In the middle of something else.
    assert keys(answer) == ["proved", "confirm_booking"]


def test_the_number_of_that_choice_shares_nothing() -> None:
    talk = replace(of(JOHN), situation=replace(SITUATION, shares_contact=True))
    talk.says("my visits")
    assert keys(talk.says("3")) == ["press_contact", "offer_proof"]


# Becoming known.


def test_registering_takes_a_name_and_a_birth_date() -> None:
    talk = of()
    assert talk.says("register me").asked is Asked.NAME
    assert talk.says("John Smith").asked is Asked.DATE_OF_BIRTH
    answer = talk.says("4 May 1980")
    assert keys(answer) == ["registered"]
    assert (answer.asked, answer.state.draft) == (None, None)


def test_somebody_known_here_is_not_registered_again() -> None:
    talk = of(JOHN)
    assert keys(talk.says("register me")) == ["known_here"]
    assert talk.says("register my son").asked is Asked.NAME


def test_in_the_middle_of_a_booking_it_is_come_back_to() -> None:
    talk = of()
    talk.says("dr patel tuesday at 10", "register my son", "Tom Smith")
    assert keys(talk.says("3 March 2019"))[:2] == ["registered", "where_we_were"]


# Ceasing to be.


def test_a_wrong_number_leaves_nothing() -> None:
    talk = Talk(PretendClinic(people=(JOHN,), visits=(a_visit(),)))
    talk.says("my visits", "dr patel tuesday at 10")
    answer = talk.says("wrong number")
    assert keys(answer) == ["alerted_wrong_person"]
    state = answer.state
    assert (state.draft, state.question, state.visits, state.aside, state.wishes, state.done) == (
        None, None, (), (), (), None,
    )  # fmt: skip
    assert talk.clinic.kinds()[-1] == "ReleaseHold"


def test_a_death_stops_what_was_wished_in_the_same_message() -> None:
    talk = Talk(PretendClinic(people=(JOHN,), visits=(a_visit(),)))
    answer = talk.says("my husband died, please cancel his visit and book me dr patel on friday")
    assert keys(answer) == ["alerted_deceased"]
    assert (answer.state.draft, answer.state.wishes) == (None, ())


def test_who_we_are_is_asked_in_the_middle_of_something() -> None:
    talk = of(JOHN)
    talk.says("dr patel tuesday at 10")
    assert keys(talk.says("who is this?"))[-1] == "confirm_booking"
    assert "Disown" not in talk.clinic.kinds()


@pytest.mark.parametrize("intent", [Intent.WRONG_PERSON, Intent.DECEASED])
def test_where_a_person_answers_nothing_is_said(intent: Intent) -> None:
    talk = replace(of(JOHN), situation=replace(SITUATION, with_person=True))
    assert keys(talk.hears(meant(intent))) == []
    assert talk.clinic.kinds()[0] in ("Disown", "ReportDeath")


# What a conversation remembers of people.


def test_of_whom_the_address_speaks_for_no_more_nothing_is_remembered() -> None:
    talk = Talk(PretendClinic(people=(JOHN,), visits=(a_visit(),)))
    talk.says("cancel my visit", "yes", "my visits", "move my visit")
    state = talk.state
    assert mentions_people(state)
    assert state.done is not None
    assert state.done.kind is DeedKind.CANCELLED
    assert only_of(state, {5}) == state
    forgotten = only_of(state, {6})
    assert not mentions_people(forgotten)
    assert forgotten.question is None
    assert not mentions_people(State())
