"""The phrasebooks: nothing missing, nothing unused, nothing too long, nothing that opts one out."""

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import gsm7, phrases
from bot.clinic_file import directory_of
from bot.dialogue.engine import GUESSES
from bot.dialogue.state import Draft, Task
from bot.dialogue.turn import Say, say
from bot.dialogue.values import Alert, Refusal, Slot, Visit
from bot.phrases import FOLDER, Phrasebook, languages
from bot.understanding.values import Person
from core.setup import DEMO_FILE, read_clinic_file
from tests.bot.test_optout import TWILIO_STOPS

BOT = FOLDER.parent
SOURCES = [*sorted((BOT / "dialogue").glob("*.py")), BOT / "answering.py", BOT / "optout.py"]
ENGLISH = phrases.sentences("en")
DEMO = directory_of(read_clinic_file(DEMO_FILE))
SEGMENTS = 2  # Never more in one SMS.

# Keys that the code puts together: prefix -> what may follow.
FAMILIES = {
    # Of a slot that was taken `slot_gone` tells more.
    "refused_": [str(refusal) for refusal in Refusal if refusal is not Refusal.SLOT_TAKEN],
    # An emergency and thoughts of self-harm have sentences of their own.
    "alerted_": ["handover", "my_data", "wrong_person", "deceased"],
    "guess_": [str(intent) for intent in GUESSES],
    "ask_name_": [str(person) for person in Person],
    "ask_birth_date_": [str(person) for person in Person],
}
# Put together with `+` in bot/dialogue/offer.py.
OFFERS = {
    f"{first}{day}{several}"
    for first in ("offer", "offer_nearest")
    for day in ("", "_day")
    for several in ("", "_several")
} | {f"slot_label{day}{who}" for day in ("", "_day") for who in ("", "_who")}


# What the code says.


def _nodes(source: str) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(source))


def keys_said(source: str) -> set[str]:
    """The keys that are handed, as they stand, to whatever says or asks."""
    found = set()
    for node in _nodes(source):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        place = {"say": 0, "Say": 0, "ask": 1, "_drop": 1, "drop": 1}.get(name)
        if place is not None and len(node.args) > place:
            found |= set(_constants(node.args[place]))
    return found


def _constants(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(str(text)):
            yield text
        case ast.IfExp(_, one, other):
            yield from _constants(one)
            yield from _constants(other)


def prefixes_said(source: str) -> set[str]:
    """The beginnings of keys that are put together in an f-string."""
    found = set()
    for node in _nodes(source):
        match node:
            case ast.JoinedStr([ast.Constant(str(prefix)), ast.FormattedValue()]):
                found.add(prefix)
    return {prefix for prefix in found if re.fullmatch(r"[a-z_]+_", prefix)}


def words_in(source: str) -> set[str]:
    return {
        node.value
        for node in _nodes(source)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


CODE = [path.read_text(encoding="utf-8") for path in SOURCES]
FAMILY_KEYS = {prefix + rest for prefix, all_of in FAMILIES.items() for rest in all_of}


@pytest.mark.parametrize("language", languages())
def test_every_sentence_that_is_said_is_in_the_phrasebook(language: str) -> None:
    said = set().union(*map(keys_said, CODE), FAMILY_KEYS, OFFERS)
    assert len(said) > 80
    assert said - set(phrases.sentences(language)) == set()


def test_no_sentence_is_there_that_nobody_says() -> None:
    mentioned = set().union(*map(words_in, CODE), FAMILY_KEYS, OFFERS)
    assert set(ENGLISH) - mentioned == set()


def test_keys_that_are_put_together_are_known_here() -> None:
    assert set().union(*map(prefixes_said, CODE)) == set(FAMILIES)
    assert set(FAMILIES["alerted_"]) <= {str(alert) for alert in Alert}


def test_a_key_that_is_missing_would_be_found() -> None:
    """The control of the three above."""
    source = """
turn.say("greetign" if early else "help")
turn.ask(Asked.NAME, f"ask_nam_{person}")
_drop(turn, "drop_it")
"""
    assert keys_said(source) == {"greetign", "help", "drop_it"}
    assert prefixes_said(source) == {"ask_nam_"}
    assert keys_said(source) - set(ENGLISH) == {"greetign", "drop_it"}


@pytest.mark.parametrize("language", languages())
def test_every_language_has_the_same_sentences_with_the_same_words_to_fill_in(
    language: str,
) -> None:
    def blanks(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    theirs = phrases.sentences(language)
    assert set(theirs) == set(ENGLISH)
    # Whether it needs them all is a matter of its grammar; it may not want others.
    for key, text in theirs.items():
        names = {blank.partition(".")[0] for blank in blanks(ENGLISH[key])}
        always = {"clinic", "phone", "emergency", "crisis", "example"}
        assert {blank.partition(".")[0] for blank in blanks(text)} <= names | always, key


# What an SMS holds.

LONGEST_NAME = "Maximiliana Featherstonehaugh"
# A Wednesday in September, in the zone that is not the clinic's first: "10:30 AM MST".
WHEN = datetime(2026, 9, 23, 10, 30, tzinfo=ZoneInfo("America/Phoenix")).astimezone(UTC)


def worst_values() -> Iterator[dict[str, Any]]:
    """With each practitioner of the demo clinic at each place: the longest words there are."""
    for person in DEMO.practitioners:
        for place in DEMO.locations:
            slot = Slot(person.key, place.key, 1, WHEN, WHEN + timedelta(minutes=30))
            visit = Visit(
                1,
                "x",
                1,
                1,
                LONGEST_NAME,
                person.key,
                place.key,
                1,
                WHEN,
                WHEN + timedelta(minutes=30),
            )
            yield {
                "slot": slot,
                "visit": visit,
                "who": Draft(Task.BOOK, practitioner=person.key),
                "practitioner": person.key,
                "specialty": person.specialties[0],
                "patient": LONGEST_NAME,
                "name": LONGEST_NAME.split()[0],
                "count": 5,
            }


WORST = list(worst_values())


@pytest.mark.parametrize("language", languages())
def test_every_sentence_fits_into_two_segments(language: str) -> None:
    book = Phrasebook(DEMO, language)
    for key in phrases.sentences(language):
        texts = [gsm7.fold(book.say(Say(key, values))) for values in WORST]
        assert all(map(gsm7.is_gsm7, texts)), key
        assert max(map(gsm7.segments, texts)) <= SEGMENTS, key


TOGETHER = [
    ["confirm_beside", "yes_beside", "move_that_one", "other_time"],
    ["that_one_stands", "confirm_beside", "yes_beside", "other_time"],
    ["confirm_move", "yes_move", "other_time"],
    ["booked", "missed_often"],
    ["practitioner_gone", "offer_nearest", *["slot_label_day_who"] * 3],
    ["slot_gone", "offer", *["slot_label_day_who"] * 3],
]


@pytest.mark.parametrize("keys", TOGETHER, ids=" ".join)
@pytest.mark.parametrize("language", languages())
def test_what_is_said_in_one_message_fits_too(language: str, keys: list[str]) -> None:
    book = Phrasebook(DEMO, language)
    for values in WORST:
        lines = [book.say(Say(key, values)) for key in keys]
        numbered = [lines[0], *(f"{number} {line}" for number, line in enumerate(lines[1:], 1))]
        assert gsm7.segments(gsm7.fold("\n".join(numbered))) <= SEGMENTS, lines


def test_a_sentence_that_is_too_long_would_be_found() -> None:
    """The control: three hundred letters are two segments, four hundred are not."""
    assert gsm7.segments("x" * 300) == SEGMENTS
    assert gsm7.segments("x" * 400) > SEGMENTS
    assert not gsm7.is_gsm7(gsm7.fold("さ"))


def test_nothing_is_left_to_be_filled_in() -> None:
    book = Phrasebook(DEMO, "en")
    for key in ENGLISH:
        for values in WORST[:2]:
            assert not re.search(r"[{}]|None|<", book.say(Say(key, values))), key


def test_a_sentence_that_the_phrasebook_lacks_is_an_error() -> None:
    with pytest.raises(KeyError):
        Phrasebook(DEMO, "en").say(say("greetign"))


# What carriers take for an opt-out.

ALLOWED = {"disclosure", "opted_in", "opted_out"}
INVITED = re.compile(
    rf"(?<![a-z])({'|'.join([*TWILIO_STOPS, 'START', 'UNSTOP'])})(?![a-z])", re.IGNORECASE
)


def inviting(sentences: dict[str, str]) -> dict[str, str]:
    """Sentences in which such a word stands by itself, so that somebody may send it back."""
    return {
        key: text for key, text in sentences.items() if key not in ALLOWED and INVITED.search(text)
    }


# "Let's start over" is no START: only these exact words are, as the whole message.
HARMLESS = {"restarted"}


@pytest.mark.parametrize("language", languages())
def test_no_sentence_invites_a_word_that_opts_the_patient_out(language: str) -> None:
    sentences = {
        key: text for key, text in phrases.sentences(language).items() if key not in HARMLESS
    }
    assert inviting(sentences) == {}


@pytest.mark.parametrize(
    "text", ["Reply CANCEL to cancel.", "1 Yes, 2 Cancel", "Say stop any time.", "STOP", "The end."]
)
def test_such_a_word_would_be_found(text: str) -> None:
    """The control."""
    assert inviting({"somewhere": text})
    assert not inviting({"disclosure": text})


def test_words_that_only_begin_alike_are_none() -> None:
    assert not inviting({"x": "Your appointment ends at ten; cancelled; stopping; a weekend."})


def test_stop_stands_in_the_one_hint() -> None:
    assert "Reply STOP to opt out." in ENGLISH["disclosure"]
    assert "{emergency}" in ENGLISH["disclosure"]
    assert "automated" in ENGLISH["disclosure"]


# Which sentences name whom to call.


@pytest.mark.parametrize("key", ["emergency", "violence", "unreadable", "too_long", "slow_down"])
def test_the_emergency_number_is_named(key: str) -> None:
    assert "{emergency}" in ENGLISH[key]


def test_the_crisis_line_is_named() -> None:
    assert "{crisis}" in ENGLISH["self_harm"]


@pytest.mark.parametrize(
    "key",
    [
        "apology",
        "please_call",
        "cannot_answer",
        "refused_blocked",
        "refused_must_call",
        "refused_other_age",
        "refused_no_new_patients",
        "refused_too_many_visits",
    ],
)
def test_where_we_can_do_nothing_the_clinics_phone_is_named(key: str) -> None:
    assert "{phone}" in ENGLISH[key]


@pytest.mark.parametrize("key", ["refused_too_late", "that_one_stands"])
def test_of_a_visit_that_there_is_the_phone_of_its_place_is_named(key: str) -> None:
    assert "{visit.phone}" in ENGLISH[key]


def test_nobody_is_told_why_they_must_call() -> None:
    assert not re.search(r"miss|no.show|late", ENGLISH["refused_must_call"], re.IGNORECASE)


# Days and times.


@pytest.mark.parametrize(
    ("country", "zone", "day", "time"),
    [
        ("US", "America/Los_Angeles", "Wednesday, September 23", "10:30 AM MST"),
        ("US", "America/Phoenix", "Wednesday, September 23", "10:30 AM"),
        ("GB", "America/Phoenix", "Wednesday, 23 September", "10:30"),
    ],
)
def test_days_and_times_are_those_of_the_country_and_a_foreign_zone_is_named(
    country: str, zone: str, day: str, time: str
) -> None:
    places = (replace(DEMO.locations[0], zone=ZoneInfo(zone)), DEMO.locations[1])
    book = Phrasebook(replace(DEMO, country=country, locations=places), "en")
    slot = Slot(DEMO.practitioners[-1].key, places[1].key, 1, WHEN, WHEN)
    text = book.say(say("slot_is_free", slot=slot))
    assert f"{day} at {time}, Phoenix" in text


def test_catalogues_are_files_of_sentences() -> None:
    assert {path.stem for path in Path(FOLDER).glob("*.toml")} == set(languages())
    assert all(text == text.strip() and text for text in ENGLISH.values())
