"""Questions: what is answered, of which place, and what is put to staff."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.questions.facts import Presence, Terms
from bot.dialogue.state import Task
from bot.dialogue.turn import Answer, Say
from bot.messages import Asked
from tests.bot.dialogue.pretend import DIRECTORY, SITUATION, PretendClinic, Talk, keys

FRIDAY = date(2026, 11, 27)
WEEK = (((540, 1020),),) * 5 + ((), ())
DOWNTOWN, PHOENIX = (
    replace(
        place,
        opening_hours={day: ((time(8), time(18)),) for day in range(5)},
        holidays={date(2026, 11, 26): "Thanksgiving Day"},
    )
    for place in DIRECTORY.locations
)


def talk(*, places: Any = (DOWNTOWN, PHOENIX), **changes: Any) -> Talk:
    """A talk at a clinic where everybody works downtown on weekdays, for twenty minutes each."""
    directory = replace(DIRECTORY, locations=tuple(places), **changes)
    people = [person.key for person in directory.practitioners]
    presences = tuple(
        Presence(key, 1, WEEK, ((540, 1020),), date(2026, 11, 30), ((540, 1020),)) for key in people
    )
    clinic = PretendClinic()
    clinic.others[ask.FindPresence] = told.PresenceFound(presences[:1])
    clinic.others[ask.FindTerms] = told.TermsFound(tuple(Terms(key, 1, 20, 20) for key in people))
    return Talk(clinic, situation=replace(SITUATION, directory=directory))


def sentences(answer: Answer, key: str) -> list[Say]:
    return [said for said in answer.says if said.key == key]


def questions(one: Talk) -> list[str]:
    return [asked.question for asked in one.clinic.asked if isinstance(asked, ask.AskStaff)]


def test_a_general_question_is_answered_for_the_first_place_then_for_the_other() -> None:
    answer = talk().says("what are your hours?")
    assert [said.values["place"] for said in sentences(answer, "hours_week")] == [
        "Downtown",
        "Phoenix",
    ]
    assert answer.asked is None


def test_of_a_place_that_is_named_only_that_is_told() -> None:
    answer = talk().says("what's the address of the Phoenix clinic?")
    assert [said.values["place"] for said in sentences(answer, "address_of")] == ["Phoenix"]


def test_while_booking_only_the_place_in_question_is_told() -> None:
    one = talk()
    one.says("dr patel on tuesday")
    answer = one.says("where are you?")
    assert [said.values["place"] for said in sentences(answer, "address_of")] == ["Downtown"]


def test_of_many_places_the_first_are_told_and_the_others_mentioned() -> None:
    places = [replace(DOWNTOWN, key=key, name=f"Place {key}") for key in range(1, 8)]
    answer = talk(places=places).says("where are you?")
    assert len(sentences(answer, "address_of")) == 3
    assert sentences(answer, "more_places")[0].values == {"count": 4}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("are you open on Friday?", "hours_day"),
        ("are you open on Saturday?", "closed_day"),
        ("are you open on Thanksgiving?", "closed_holiday"),
        ("are you closed on holidays?", "closed_holidays"),
    ],
)
def test_a_day_is_answered_with_its_hours_or_that_it_is_closed(text: str, key: str) -> None:
    assert sentences(talk(places=[DOWNTOWN]).says(text), key)


def test_a_closed_day_comes_with_the_next_open_one() -> None:
    answer = talk(places=[DOWNTOWN]).says("are you open on Thanksgiving?")
    assert keys(answer) == ["closed_holiday", "opens_next"]
    assert answer.says[-1].values["day"] == FRIDAY


def test_on_sundays_it_is_closed_now() -> None:
    answer = talk(places=[DOWNTOWN]).says("are you open now?")
    assert keys(answer) == ["closed_now", "opens_next"]
    assert answer.says[-1].values["day"] == date(2026, 11, 23)


def test_several_questions_of_one_message_are_all_answered() -> None:
    places = [replace(DOWNTOWN, parking={"en": "Behind the house."})]
    answer = talk(places=places).says("where are you and do you have parking?")
    assert keys(answer) == ["address_of", "told"]


def test_several_questions_in_the_middle_are_answered_before_it_goes_on() -> None:
    one = talk(places=[replace(DOWNTOWN, parking={"en": "Behind the house."}), PHOENIX])
    one.says("dr patel on tuesday")
    answer = one.says("where are you and do you have parking?")
    assert keys(answer)[:2] == ["address_of", "told"]
    assert answer.asked is Asked.SLOT


def test_a_question_beside_a_wish_and_the_wish_are_both_seen_to() -> None:
    answer = talk().says("do you take Aetna and can I see dr patel on tuesday?")
    assert keys(answer)[0] == "insurance_call"
    assert answer.asked is Asked.SLOT


@pytest.mark.parametrize("text", ["how much is it?", "where are you?", "what should I bring?"])
def test_the_task_in_hand_goes_on_where_it_was(text: str) -> None:
    one = talk()
    one.says("dr patel on tuesday", "1")
    answer = one.says(text)
    assert answer.asked is Asked.NAME
    assert answer.state.draft is not None
    assert answer.state.draft.task is Task.BOOK
    assert answer.state.held == one.state.held


def test_what_the_clinic_has_written_is_told_in_the_patients_language() -> None:
    both = {"en": "Behind the house.", "es": "Detrás de la casa."}
    answer = talk(places=[replace(DOWNTOWN, parking=both)]).says("is there parking?")
    assert sentences(answer, "told")[0].values["text"].told == both


def test_where_one_place_has_nothing_written_its_phone_is_told() -> None:
    places = [replace(DOWNTOWN, parking={"en": "Behind the house."}), PHOENIX]
    answer = talk(places=places).says("is there parking?")
    assert keys(answer) == ["told_of_place", "call_place"]


def test_what_is_the_same_everywhere_is_told_once() -> None:
    same = {"en": "All insurers."}
    places = [replace(place, insurance=same) for place in (DOWNTOWN, PHOENIX)]
    assert keys(talk(places=places).says("which insurance do you take?")) == ["told"]


def test_what_is_not_known_is_put_to_staff_in_the_patients_words() -> None:
    one = talk()
    answer = one.says("what should I bring?")
    assert keys(answer) == ["asking_staff"]
    assert questions(one) == ["what should I bring?"]


def test_staff_are_asked_once_about_one_thing_and_again_about_another() -> None:
    one = talk()
    one.says("what should I bring?")
    assert keys(one.says("what do I have to bring with me?")) == ["asked_staff"]
    one.says("can I pay by card?")
    assert questions(one) == ["what should I bring?", "can I pay by card?"]


def test_the_price_is_that_of_the_visit_and_the_practitioners_fee() -> None:
    people = tuple(
        replace(person, fee_cents=6_000 if person.last_name == "Johnson" else 0)
        for person in DIRECTORY.practitioners
    )
    kinds = tuple(
        replace(kind, price_cents=12_000 if kind.code == "consultation" else None)
        for kind in DIRECTORY.visit_types
    )
    answer = talk(practitioners=people, visit_types=kinds).says("how much does it cost?")
    prices = [said.values["prices"].items for said in answer.says]
    assert prices == [((1, 12_000),), ((1, 18_000),)]
    assert answer.says[-1].values["practitioner"] == 3


def test_without_a_price_staff_are_asked() -> None:
    assert keys(talk().says("how much is a consultation?")) == ["asking_staff"]


def test_a_question_may_go_on_without_its_verb() -> None:
    one = talk()
    one.says("where are you?")
    answer = one.says("and in Phoenix?")
    assert [said.values["place"] for said in sentences(answer, "address_of")] == ["Phoenix"]


def test_an_offer_to_look_is_taken_up_with_more_to_say() -> None:
    one = talk()
    assert one.says("is dr patel in on tuesday?").asked is Asked.YES_NO
    answer = one.says("at 10")
    assert answer.state.draft is not None
    assert answer.state.draft.practitioner == DIRECTORY.practitioners[0].key
    assert answer.state.draft.slot is not None


def test_an_offer_to_look_may_be_declined() -> None:
    one = talk()
    one.says("is dr patel in on tuesday?")
    assert one.says("no").state.draft is None


def test_in_the_middle_of_something_nothing_else_is_offered() -> None:
    one = talk()
    one.says("dr patel on tuesday")
    answer = one.says("is dr patel in on friday?")
    assert "is_in" in keys(answer)
    assert answer.asked is Asked.SLOT


@pytest.mark.parametrize(
    "text", ["should I take aspirin?", "is this dangerous?", "is it normal that my knee swells?"]
)
def test_nothing_is_said_on_health(text: str) -> None:
    answer = talk().says(text)
    assert keys(answer) == ["no_advice", "shall_i_look"]


def test_a_complaint_in_a_question_on_health_leads_to_who_treats_it() -> None:
    one = talk()
    one.says("is it normal that my knee swells?")
    answer = one.says("yes")
    assert answer.state.draft is not None
    assert answer.state.draft.specialty == "orthopaedics"


def test_results_are_told_by_staff_alone() -> None:
    one = talk()
    assert keys(one.says("are my test results back?")) == ["results"]
    assert questions(one) == ["are my test results back?"]


def test_a_specialty_that_there_is_none_of_is_answered_with_those_there_are() -> None:
    assert keys(talk().says("do you have a neurologist?")) == ["specialty_missing"]


def test_of_very_many_practitioners_only_what_they_do_is_told() -> None:
    person = DIRECTORY.practitioners[0]
    many = tuple(replace(person, key=key, last_name=f"Doe{key}") for key in range(1, 40))
    answer = talk(practitioners=many).says("who are your doctors?")
    assert keys(answer) == ["specialties_offered"]


def test_whoever_speaks_a_language_is_named() -> None:
    first, *others = DIRECTORY.practitioners
    people = (replace(first, languages=("es",)), *others)
    answer = talk(practitioners=people).says("which doctors speak Spanish?")
    assert sentences(answer, "speak")[0].values["people"].practitioners == (first.key,)
    assert keys(talk().says("does anyone speak French?")) == ["nobody_speaks"]


def test_until_when_a_visit_can_be_given_up_is_the_clinics_rule() -> None:
    one = talk()
    assert keys(one.says("how late can I cancel?")) == ["can_give_up"]
    one.clinic.others[ask.FindTerms] = told.TermsFound((), notice_hours=24)
    answer = one.says("how late can I cancel?")
    assert sentences(answer, "can_give_up_until")[0].values["lasting"].shortest == 24 * 60


def test_an_old_question_about_a_visit_stays_small_in_the_state() -> None:
    one = talk()
    for number in range(30):
        one.says(f"can you do a {number} x-ray?", "can I pay by card?", "where are you?")
    assert len(one.state.to_json()) < 2_000


def test_who_is_in_asks_of_everybody_whoever_is_in_hand() -> None:
    one = talk()
    one.says("move my visit with dr okafor", "dr okafor on tuesday")
    one.says("who is in on friday?")
    found = [each for each in one.clinic.asked if isinstance(each, ask.FindPresence)]
    assert len(found[-1].practitioners) == len(DIRECTORY.practitioners)


def test_of_several_weekdays_the_usual_week_is_told() -> None:
    answer = talk().says("does dr patel work on tuesdays and thursdays?")
    assert keys(answer)[0] == "sees_patients"


def test_a_question_beside_a_wish_is_about_the_place_of_whom_it_names() -> None:
    answer = talk().says("dr patel on tuesday, where are you?")
    assert [said.values["place"] for said in sentences(answer, "address_of")] == ["Downtown"]


def test_which_bus_is_answered_only_where_the_way_is_told() -> None:
    assert keys(talk(places=[DOWNTOWN]).says("which bus goes there?"))[-1] == "asking_staff"
    known = replace(DOWNTOWN, directions={"en": "Bus 9 to Market Street."})
    assert keys(talk(places=[known]).says("which bus goes there?")) == ["address_of", "told"]
