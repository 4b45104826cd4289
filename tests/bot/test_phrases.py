"""The phrasebooks: nothing missing, nothing unused, nothing too long, nothing that opts one out."""

import ast
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import phrases
from bot.clinic_file import directory_of
from bot.dialogue.left import NAMED
from bot.dialogue.questions import facts
from bot.dialogue.state import DeedKind, Draft, Task
from bot.dialogue.turn import Say, say
from bot.dialogue.values import Opening, Refusal, Slot, Visit
from bot.dialogue.wait import Wait
from bot.dialogue.when import When
from bot.dialogue.wishes import GUESSES
from bot.directory import Directory, Location
from bot.phrases import FOLDER, Phrasebook, languages
from bot.senders.telegram_menu import COMMANDS as MENU
from bot.understanding.values import PartOfDay, Person
from core.messaging.tasks import ALARMS
from core.models.messaging import TaskKind
from core.setup import DEMO_FILE, read_clinic_file

BOT = FOLDER.parent
SAYING = [
    "alarms.py",
    "answering.py",
    "handovers.py",
    "optout.py",
    "phrases/__init__.py",
    "reception/people.py",
    "senders/making.py",
    "speaking.py",
]
SOURCES = [*sorted((BOT / "dialogue").rglob("*.py")), *(BOT / name for name in SAYING)]
ENGLISH = phrases.sentences("en")
DEMO = directory_of(read_clinic_file(DEMO_FILE))

# Keys that the code puts together: prefix -> what may follow.
FAMILIES: Mapping[str, Iterable[str]] = {
    # Of a slot that was taken `slot_gone` tells more.
    "refused_": [str(refusal) for refusal in Refusal if refusal is not Refusal.SLOT_TAKEN],
    # An emergency and thoughts of self-harm have sentences of their own.
    # What staff are told of at once.
    "alarm_": [*ALARMS, TaskKind.HANDOVER, TaskKind.UPKEEP, TaskKind.DELIVERY],
    "undone_": [str(kind) for kind in DeedKind],
    # The menu that Telegram shows (bot/senders/telegram_menu.py).
    "command_": list(MENU),
    "guess_": [str(intent) for intent in GUESSES],
    "rested_": [str(task) for task in NAMED],
    # The parts of a wish that waits (bot/dialogue/wait.py).
    "wish_": [str(part) for part in PartOfDay],
    "weekdays_": list(map(str, range(7))),
    "not_weekdays_": list(map(str, range(7))),
    # How many come together.
    "confirm_together_": ["2", "3"],
    "booked_together_": ["2", "3"],
    "ask_name_": [str(person) for person in Person],
    "again_": ["missed", "due", "called_off"],
    "news_": ["booked", "moved", "other"],
    "ask_birth_date_": [str(person) for person in Person],
}
# Put together with `+` in bot/dialogue/offers/offer.py.
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
        place = {"say": 0, "Say": 0, "say_first": 0, "ask": 1, "_drop": 1, "drop": 1}.get(name)
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
    # The shorter form of a question that is asked once more, and that of an SMS.
    shorter = {f"{key}_{form}" for key in mentioned for form in ("again", "brief")}
    assert set(ENGLISH) - mentioned - shorter == set()


def test_keys_that_are_put_together_are_known_here() -> None:
    assert set().union(*map(prefixes_said, CODE)) == set(FAMILIES) - {"command_"}


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


# The longest words there are; what they cost by SMS is in test_phrases_by_sms.py.

LONGEST_NAME = "Maximiliana Featherstonehaugh"
# A Wednesday in September, in the zone that is not the clinic's first: "10:30 AM MST".
WHEN = datetime(2026, 9, 23, 10, 30, tzinfo=ZoneInfo("America/Phoenix")).astimezone(UTC)


WISH = When(
    day_from=date(2026, 9, 23),
    day_to=date(2026, 9, 30),
    weekdays=(2, 3),
    minute_from=10 * 60 + 30,
    minute_until=16 * 60 + 30,
)


def worst_facts(clinic: Directory, place: Location) -> dict[str, Any]:
    """What is told of hours, prices and people, at its longest."""
    day = (8 * 60 + 30, 16 * 60 + 30)
    kinds = [kind.key for kind in clinic.visit_types if kind.for_patients]
    return {
        "place": place.name,
        "address": place.address,
        "place_phone": place.phone,
        "day": date(2026, 9, 23),
        "hours": facts.Hours((day,)),
        "week": facts.Weekly((*[(day,)] * 5, ((9 * 60, 12 * 60),), ())),
        "days": facts.ClosedDays(((date(2026, 9, 23), "Independence Day"),) * 4),
        "text": facts.Text(
            {"en": "Beside the house, behind the red gate; the first hour is free."}
        ),
        "prices": facts.Prices(tuple((kind, 12345) for kind in kinds)),
        "kind": facts.VisitKind(kinds[-1]),
        "lasting": facts.Lasting(15, 45),
        "people": facts.People(
            tuple(person.key for person in clinic.practitioners),
            frozenset(person.key for person in clinic.practitioners[-2:]),
        ),
        "specialties": facts.Specialties(tuple(item.code for item in clinic.specialties)),
    }


def worst_values(clinic: Directory = DEMO) -> Iterator[dict[str, Any]]:
    """With each practitioner of the clinic at each place."""
    for person in clinic.practitioners:
        for place in clinic.locations:
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
                "slot_2": slot,
                "slot_3": slot,
                "was": visit,
                "visit_2": visit,
                "visit_3": visit,
                "patient_2": LONGEST_NAME,
                "patient_3": LONGEST_NAME,
                "name": LONGEST_NAME.split()[0],
                "count": 5,
                "cost": 9_999,
                "language": "pt",
                "code": "123456",
                "minutes": 120,
                "wait": Wait(1, LONGEST_NAME, person.key, None, when=WISH),
                "until": date(2026, 9, 23),
                "birth_date": date(1980, 9, 23),
                "first": date(2026, 9, 23),
                "last": date(2026, 9, 23),
                "opening": Opening(place.key, WHEN),
                "task": 123456,
                "tasks": "123456, 123457",
                "channel": "WhatsApp",
                **worst_facts(clinic, place),
                "person": facts.People((person.key,), frozenset({person.key})),
            }


WORST = list(worst_values())


def test_nothing_is_left_to_be_filled_in() -> None:
    book = Phrasebook(DEMO, "en")
    for key in ENGLISH:
        for values in WORST[:2]:
            assert not re.search(r"[{}]|None|<", book.say(Say(key, values))), key


def test_a_sentence_that_begins_with_a_word_to_fill_in_begins_with_a_capital() -> None:
    book = Phrasebook(DEMO, "fr")
    asked = book.say(say("ask_when", who=Draft(Task.BOOK, specialty="dermatology")))
    assert asked.startswith("Dermatologie")
    assert book.say(say("specialty_label", specialty="dermatology")) == "dermatologie"


def test_a_sentence_that_the_phrasebook_lacks_is_an_error() -> None:
    with pytest.raises(KeyError):
        Phrasebook(DEMO, "en").say(say("greetign"))


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
        "asking_staff",
        "asked_staff",
        "no_advice",
        "results",
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
