"""What nobody has asked for may be read by others: it says where and when, and nothing else."""

import re
from dataclasses import replace

import pytest

from bot.dialogue.turn import (
    AskFeedback,
    OfferAnother,
    OfferTime,
    Prompt,
    Prompted,
    RemindOf,
    TellGone,
)
from bot.dialogue.turn import say as said
from bot.dialogue.values import Offered
from bot.phrases import Brevity, Phrasebook, languages, own, sentences
from bot.phrases.discretion import OFFER, UNASKED, allowed
from tests.bot.dialogue.pretend import PATEL, Talk, a_slot, a_visit, keys
from tests.bot.test_phrases import DEMO

VISIT = replace(a_visit(), patient_name="Canary Finch")
SLOT = a_slot()
# Each thing that must not be read stands in the clinic by a name that nothing else has.
CANARIES = replace(
    DEMO,
    practitioners=tuple(
        replace(each, name="Dr Heron", first_name="Wader", last_name="Heron")
        if each.key == PATEL
        else each
        for each in DEMO.practitioners
    ),
    specialties=tuple(
        replace(each, names=dict.fromkeys(each.names, "ornithology")) for each in DEMO.specialties
    ),
    visit_types=tuple(
        replace(each, names=dict.fromkeys(each.names, "plucking")) for each in DEMO.visit_types
    ),
)
SECRET = re.compile("Canary|Finch|Heron|Wader|ornithology|plucking", re.IGNORECASE)
VALUES = {
    "visit": VISIT,
    "was": VISIT,
    "slot": SLOT,
    "patient": VISIT.patient_name,
    "name": "Robin",
    "count": 2,
    "cost": 160,
    "minutes": 20,
}
PROMPTS: list[Prompt] = [
    RemindOf((VISIT,)),
    RemindOf((VISIT,), named=True),
    RemindOf((VISIT, replace(VISIT, key=10)), cost=160),
    RemindOf((VISIT, replace(VISIT, key=10)), named=True),
    OfferTime(Offered(1, SLOT)),
    OfferTime(Offered(1, SLOT, VISIT)),
    TellGone(SLOT),
    AskFeedback(VISIT),
    OfferAnother(VISIT, "missed"),
    OfferAnother(VISIT, "due"),
    OfferAnother(VISIT, "called_off"),
    RemindOf((VISIT,), news="booked"),
    RemindOf((VISIT,), news="moved", was=VISIT),
    RemindOf((VISIT,), news="other", was=VISIT),
    RemindOf((VISIT,), news="late", minutes=20),
    RemindOf((VISIT,), news="late_here", minutes=20),
    RemindOf((VISIT,), news="on_time"),
]


def blanks(text: str) -> set[str]:
    return set(re.findall(r"{([^}]+)}", text))


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: type(prompt).__name__)
def test_all_that_the_clinic_says_first_is_of_a_class_that_lists_its_words(prompt: Prompt) -> None:
    assert set(keys(Talk().hears(Prompted(prompt)))) <= UNASKED.keys()


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("key", UNASKED)
def test_our_sentences_hold_no_other_words(language: str, key: str) -> None:
    words = allowed(key)
    assert words is not None
    assert blanks(sentences(language)[key]) <= words


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("brevity", Brevity)
@pytest.mark.parametrize("key", UNASKED)
def test_no_canary_sings(language: str, brevity: Brevity, key: str) -> None:
    text = Phrasebook(CANARIES, language, brevity, discreet=True).say(said(key, **VALUES))
    found = set(SECRET.findall(text))
    # Who waits for several practitioners must hear whose time it is.
    assert found <= ({"Heron", "Wader"} if key in (*OFFER, "news_other") else set())


def test_control_what_answers_somebody_may_name_them() -> None:
    text = Phrasebook(CANARIES, "en").say(said("confirmed", **VALUES))
    assert {"Canary", "Finch", "Heron"} <= set(SECRET.findall(text))


@pytest.mark.parametrize("word", ["visit.patient", "visit.who", "visit.surname", "name", "born"])
def test_a_clinics_own_reminder_may_not_hold_more(word: str) -> None:
    text = f"Visit on {{visit.day}} at {{visit.time}}, {{visit.house}}, {{visit.phone}}, {{{word}}}"
    assert any("unknown word in braces" in each for each in own.mistakes("en", "reminder", text))


def test_control_a_clinics_own_reminder_with_its_words_is_taken() -> None:
    text = "See you {visit.short_day} {visit.time}, {visit.house}? Call {visit.phone} of {clinic}."
    assert list(own.mistakes("en", "reminder", text)) == []


def test_a_discreet_name_stands_in_place_of_clinic_and_place() -> None:
    places = tuple(replace(each, discreet_name="The House") for each in DEMO.locations)
    book = Phrasebook(replace(DEMO, locations=places), "en", discreet=True)
    text = book.say(said("reminder", **VALUES))
    assert "The House" in text
    assert DEMO.clinic not in text
    assert DEMO.locations[0].name not in text
