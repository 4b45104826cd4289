"""What a sentence costs by SMS, with the longest words there are: one segment for what is said in
any ordinary talk, two at most for all else."""

import re
from dataclasses import replace
from typing import Any

import pytest

from bot import gsm7, phrases
from bot.dialogue.turn import Say
from bot.directory import Directory
from bot.messages import Channel, Choice
from bot.phrases import Brevity, Phrasebook, languages
from bot.rendering import MOST_SEGMENTS, Rendered
from bot.wording import worded
from tests.bot.test_phrases import DEMO, worst_values

# A clinic whose doctors, places, streets and name are all as long as real ones get.
GRAND = replace(
    DEMO,
    clinic="Saint Bartholomew Family Health",
    locations=tuple(
        replace(
            place,
            name="Embarcadero North",
            address="12345 Martin Luther King Boulevard, Philadelphia",
        )
        for place in DEMO.locations
    ),
    practitioners=tuple(
        replace(
            person,
            name=f"Dr Maximiliana Featherstonehaug{letter}",
            first_name="Maximiliana",
            last_name=f"Featherstonehaug{letter}",
            titles={"en": "Dr", "es": "Dra.", "fr": "Dre", "pt": "Dra."},
        )
        for person, letter in zip(DEMO.practitioners, "abcdefg", strict=True)
    ),
)
CLINICS = {"the demo clinic": DEMO, "a clinic of long names": GRAND}


def worst_of(clinic: Directory) -> list[dict[str, Any]]:
    """With whoever has the longest name there, at each place."""
    longest = max(clinic.practitioners, key=lambda person: len(person.name))
    return [each for each in worst_values(clinic) if each["practitioner"] == longest.key]


WORST = {name: worst_of(clinic) for name, clinic in CLINICS.items()}
LABELS = {"yes_book", "yes_move", "yes_give_up", "no_keep", "other_time", "yes_beside"}
LABELS |= {"move_that_one"}

# One message each, in the order of an ordinary talk: the sentences, then the choices below them.
COMMON = [
    "greeting",
    "ask_specialty",
    "ask_when",
    "ask_other_time",
    "ask_new_time",
    "nothing_free",
    "offer slot_label_day slot_label_day slot_label_day",
    "offer_day slot_label slot_label slot_label",
    "offer_nearest_day slot_label slot_label slot_label",
    "slot_is_free ask_name_self",
    "slot_is_free ask_name_daughter",
    "ask_name_self",
    "ask_last_name",
    "ask_birth_date_self",
    "confirm_booking yes_book other_time",
    "confirm_booking_earliest yes_book other_time",
    "booked",
    "booked_pending",
    "no_visits",
    "visits_one visit_line",
    "confirm_move yes_move other_time",
    "moved",
    "confirm_cancel yes_give_up no_keep",
    "cancelled",
    "confirmed",
    "arrived",
    "late_noted",
    "feedback_thanks",
    "kept",
    "dropped",
    "welcome",
    "goodbye",
    "not_understood",
    "opted_out",
]
# With a list of days, doctors or visits below: one segment while names are not that long.
COMMON_BUT_FOR_NAMES = [
    "offer_nearest slot_label_day slot_label_day slot_label_day",
    "offer_several slot_label_day_who slot_label_day_who slot_label_day_who",
    "offer_day_several slot_label_who slot_label_who slot_label_who",
    "offer_nearest_day_several slot_label_who slot_label_who slot_label_who",
    "visits_several visit_line visit_line",
    "ask_which_to_move visit_label visit_label visit_label",
    "ask_which_to_cancel visit_label visit_label visit_label",
]
# Two segments: what comes together more rarely, and the very first message of all.
TOGETHER = [
    "disclosure greeting",
    "disclosure help",
    "disclosure offer_several slot_label_day_who slot_label_day_who slot_label_day_who",
    "disclosure slot_is_free ask_name_self",
    "confirm_beside yes_beside move_that_one other_time",
    "that_one_stands confirm_beside yes_beside other_time",
    "booked missed_often",
    "practitioner_gone offer_nearest slot_label_day_who slot_label_day_who slot_label_day_who",
    "slot_gone offer slot_label_day_who slot_label_day_who slot_label_day_who",
]


def said(keys: str, language: str, clinic: str) -> list[Rendered]:
    """The message with each of the clinic's doctors at each of its places."""
    book = Phrasebook(CLINICS[clinic], language)
    names = keys.split()
    labels = [key for key in names if key in LABELS or "label" in key]
    sentences = [key for key in names if key not in labels]
    return [
        worded(
            [Say(key, values) for key in sentences],
            tuple(Choice(book.say(Say(key, values)), "") for key in labels),
            book,
            Channel.SMS,
        )
        for values in WORST[clinic]
    ]


def cost(keys: str, language: str, clinic: str) -> int:
    return max(rendered.segments for rendered in said(keys, language, clinic))


@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("keys", COMMON)
def test_what_is_said_in_an_ordinary_talk_is_one_segment(
    keys: str, language: str, clinic: str
) -> None:
    assert cost(keys, language, clinic) == 1, said(keys, language, clinic)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("keys", COMMON_BUT_FOR_NAMES)
def test_a_longer_list_is_one_segment_while_names_are_short(keys: str, language: str) -> None:
    assert cost(keys, language, "the demo clinic") == 1, said(keys, language, "the demo clinic")
    assert cost(keys, language, "a clinic of long names") <= MOST_SEGMENTS


@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("keys", TOGETHER)
def test_what_comes_together_is_two_at_most(keys: str, language: str, clinic: str) -> None:
    assert cost(keys, language, clinic) <= MOST_SEGMENTS, said(keys, language, clinic)


@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("language", languages())
def test_no_sentence_of_all_is_more_than_two_segments(language: str, clinic: str) -> None:
    for key, text in phrases.sentences(language).items():
        # All who work here, with names as long as that, are told in parts.
        if "{people" not in text or clinic == "the demo clinic":
            assert cost(key, language, clinic) <= MOST_SEGMENTS, key


@pytest.mark.parametrize("clinic", CLINICS)
@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("brevity", Brevity)
def test_every_sentence_can_be_sent_in_the_cheap_alphabet(
    language: str, clinic: str, brevity: Brevity
) -> None:
    book = Phrasebook(CLINICS[clinic], language, brevity)
    for key in phrases.sentences(language):
        for values in WORST[clinic]:
            assert gsm7.is_gsm7(gsm7.fold(book.say(Say(key, values)))), key


@pytest.mark.parametrize("language", languages())
def test_what_is_said_briefly_still_names_what_is_agreed_on(language: str) -> None:
    for key in ("booked", "moved", "confirm_move", "confirm_cancel"):
        sentence = phrases.sentences(language)[f"{key}_brief"]
        blanks = {name.partition(".")[2] for name in re.findall(r"{([a-z_.]+)}", sentence)}
        assert {"day", "time", "place", "patient"} <= blanks, key
        assert blanks & {"who", "whom"}, key


def test_a_message_that_is_too_dear_would_be_found() -> None:
    """The control."""
    assert cost("booked", "en", "the demo clinic") == 1
    book = Phrasebook(GRAND, "en")
    values = WORST["a clinic of long names"][-1]
    assert gsm7.segments(book.say(Say("booked", values))) == MOST_SEGMENTS
    assert cost("booked booked booked booked", "en", "a clinic of long names") > MOST_SEGMENTS
    assert not gsm7.is_gsm7(gsm7.fold("さ"))


def test_two_doctors_of_one_name_keep_their_first_names() -> None:
    one, other, *rest = DEMO.practitioners
    namesakes = replace(DEMO, practitioners=(one, replace(other, last_name=one.last_name), *rest))
    book = Phrasebook(namesakes, "en", Brevity.WORDS)
    assert book.called(namesakes.practitioners[0]) == "Dr Anita Patel"
    assert book.called(namesakes.practitioners[2]) == "Dr Johnson"
