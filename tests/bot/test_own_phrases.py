"""A clinic's own wording: what is refused and where, what is kept, and that it is what is said."""

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from bot.cli.phrases import phrases as phrases_command
from bot.clinic import read_directory
from bot.clinic_file import directory_of, read_checked
from bot.dialogue.turn import Say, say
from bot.phrases import ALWAYS, MEETING_WORDS, Brevity, Phrasebook, languages, own, sentences
from core.database.connect import Database
from core.models import phrases
from core.setup import DEMO_FILE, ClinicFileError, read_clinic_file, set_up
from tests.bot.talking import BOOKING, Patient, text_of
from tests.bot.test_carrier_words import ANSWERS, CARRIER_WORDS
from tests.bot.test_phrases import DEMO
from tests.builders import NOW
from tests.core.setup.small_clinic import SMALL, changed

PAGE = (Path(__file__).parents[2] / "docs" / "clinic-file.md").read_text(encoding="utf-8")
FIRST_LINE = SMALL.count("\n") + 2  # Of what is added to the file below a heading.


def problems(text: str) -> list[str]:
    try:
        read_checked(text)
    except ClinicFileError as error:
        return [problem.removeprefix("clinic.toml:") for problem in error.problems]
    return []


def in_english(*lines: str) -> str:
    return SMALL + "[phrases.en]\n" + "\n".join(lines) + "\n"


# What is refused, and what is said of it; beside it the same put right.
MISTAKES = [
    ('welcom = "x"', 'unknown sentence; did you mean "welcome"?', 'welcome = "x"'),
    (
        'list_button = "Pick"',
        'unknown sentence; did you mean "old_button"?',
        'welcome = "Pick"',
    ),
    (
        'ask_when = "{who}: when, {whom}?"',
        'unknown word in braces, {whom}; did you mean "who"?',
        'ask_when = "When, {who}?"',
    ),
    (
        'slot_gone = "{slot.dya}, {slot.day}, {slot.time}: taken."',
        'unknown word in braces, {slot.dya}; did you mean "slot.day"?',
        'slot_gone = "{slot.day}, {slot.time}: taken."',
    ),
    (
        'slot_gone = "{slot.day:>9}, {slot.time}, {slot.day}: taken."',
        'unknown word in braces, {slot.day:>9}; did you mean "slot.day"?',
        'slot_gone = "{slot.short_day}, {slot.time}: taken by somebody else at {slot.place}."',
    ),
    (
        'welcome = "Any time, {0}."',
        "unknown word in braces, {0} (there are: born, clinic, crisis, emergency, example, "
        "languages, phone)",
        'welcome = "Any time, says {clinic}."',
    ),
    (
        'welcome = "Any time {."',
        'expected braces in pairs, such as {phone}, got "Any time {."',
        'welcome = "Any time {{."',
    ),
    (
        'slot_gone = "{slot.time} has gone."',
        "expected the facts of our sentence, {slot.day} or {slot.short_day} is missing: "
        '"Sorry, {slot.time} on {slot.day} has just been taken."',
        'slot_gone = "{slot.time} on {slot.short_day} has gone."',
    ),
    (
        'welcome = "Gladly. Reply HELP for help."',
        'expected no "HELP": carriers act upon whoever sends it back',
        'welcome = "Gladly. I am here to help."',
    ),
    (
        'welcome = "Gladly. You can cancel by phone."',
        'expected no "cancel": carriers act upon whoever sends it back',
        'welcome = "Gladly. Cancelled visits help others."',
    ),
    (
        'welcome = "Gladly 😀 ❤."',
        'expected letters that an SMS has, got "😀❤"',
        'welcome = "Gladly… « à bientôt »."',
    ),
    (
        f'welcome = "{"Gladly. " * 40}"',
        "expected at most 2 SMS with the clinic's longest names, got 3",
        f'welcome = "{"Gladly. " * 38}"',
    ),
    ("welcome = 5", "expected text in quotes, got 5", 'welcome = "5"'),
    ('welcome = " "', 'expected some text, got " "', 'welcome = " x "'),
]


@pytest.mark.parametrize(("line", "problem", "right"), MISTAKES)
def test_a_mistake_is_named_with_its_line(line: str, problem: str, right: str) -> None:
    key = line.partition(" ")[0]
    assert problems(in_english(line)) == [f"{FIRST_LINE}: phrases.en.{key}: {problem}"]
    assert problems(in_english(right)) == []  # The control.


def test_all_mistakes_are_named_at_once_with_those_of_the_rest_of_the_file() -> None:
    text = in_english('welcom = "x"', 'goodbye = "The END"', 'kept = "{"')
    text = changed('country = "GB"', 'country = "UK"', text)
    lines = [int(problem.partition(":")[0]) for problem in problems(text)]
    assert lines == [3, FIRST_LINE, FIRST_LINE + 1, FIRST_LINE + 2]


def test_a_sentence_may_have_several_mistakes() -> None:
    found = problems(in_english('slot_gone = "STOP {whom} 😀"'))
    assert len(found) == 4
    assert {problem.partition(":")[0] for problem in found} == {str(FIRST_LINE)}


def test_a_language_that_is_not_talked_here_is_refused() -> None:
    text = SMALL + '[phrases.de]\nwelcome = "Gern."\n'
    line = FIRST_LINE - 1
    assert problems(text) == [
        f"{line}: phrases.de: expected a language that is talked here (there are: en, es, fr, pt)"
    ]


@pytest.mark.parametrize("written", ["[phrases]\nen = 5\n", "phrases = 5\n"])
def test_what_is_no_sentence_at_all_is_refused_too(written: str) -> None:
    (problem,) = problems(written + SMALL if "[" not in written else SMALL + written)
    assert "expected a table" in problem


# What must stay.


@pytest.mark.parametrize(
    ("key", "without"),
    [
        ("booked", "{visit.whom?}"),
        ("booked", "{visit.day}"),
        ("booked", "{visit.time}"),
        ("booked", "{visit.patient}"),
        ("confirm_booking", "{slot.place}"),
        ("confirm_cancel", "{visit.whom?}"),
        ("emergency", "{emergency}"),
        ("self_harm", "{crisis}"),
        ("apology", "{phone}"),
        ("disclosure", "{clinic}"),
        ("disclosure", "{emergency}"),
        ("disclosure", "STOP"),
        ("opted_out", "START"),
        ("person_label", "{name}"),
    ],
)
@pytest.mark.parametrize("language", languages())
def test_what_nobody_may_leave_out_is_missed(language: str, key: str, without: str) -> None:
    ours = sentences(language)[key]
    found = re.search(without, ours)
    assert found
    text = ours.replace(found[0], "")
    assert any(found[0] in what for what in own.mistakes(language, key, text))


def test_a_place_may_be_told_by_its_address_and_a_doctor_by_surname() -> None:
    text = "{visit.surname}, {visit.short_day} {visit.time}, {visit.address}, {visit.patient}"
    assert not any(own.mistakes("en", "booked", text))


def test_courtesies_may_be_left_out() -> None:
    assert not any(own.mistakes("en", "greeting", "Hello."))


@pytest.mark.parametrize("word", [word.replace("[- ]", "-") for word in [*CARRIER_WORDS, *ANSWERS]])
def test_no_word_of_carriers_may_be_invited(word: str) -> None:
    assert any(own.mistakes("en", "welcome", f"Reply {word} any time."))
    assert any(own.mistakes("en", "welcome", word))


@pytest.mark.parametrize("language", languages())
def test_our_own_sentences_would_all_be_accepted(language: str) -> None:
    """The control of the rule itself: it asks nothing that we do not do."""
    for key, text in own.changeable(language).items():
        assert list(own.problems(DEMO, language, key, text)) == [], key


def test_whatever_is_accepted_can_be_said() -> None:
    """Each sentence, with all the words in braces that it may name, of a visit and of a slot."""
    book = Phrasebook(DEMO, "en")
    for key in own.changeable("en"):
        words = sorted(own.may_name(key))
        for values in own.longest_values(DEMO, "en", words):
            said = book.fill(" ".join(f"{{{word}}}" for word in words), values)
            assert "{" not in said, key


def test_what_may_always_be_named_can_always_be_filled_in() -> None:
    assert Phrasebook(DEMO, "en").fill("".join(f"{{{word}}}" for word in ALWAYS), {})


def test_the_page_explains_each_word_in_braces() -> None:
    explained = set(re.findall(r"^\| `{([a-z_.]+)}` \|", PAGE, re.MULTILINE))
    assert explained == ALWAYS | {f"visit.{word}" for word in MEETING_WORDS}


def test_all_sentences_are_printed_as_the_file_can_have_them() -> None:
    for language in languages():
        printed = CliRunner().invoke(phrases_command, ["--lang", language]).output
        assert tomllib.loads(printed) == {"phrases": {language: own.changeable(language)}}
        if language == "en":
            assert problems(SMALL + printed) == []
            lines = printed.splitlines()
            at = next(i for i, line in enumerate(lines) if line.startswith("slot_gone ="))
            assert lines[at - 2 : at] == [
                "# must: {slot.time}, {slot.day} or {slot.short_day}",
                "# may: {slot.address} {slot.house} {slot.phone} {slot.place} {slot.surname} "
                "{slot.who} {slot.whom}",
            ]


# What is said.


def demo_with(*lines: str) -> str:
    return DEMO_FILE.read_text(encoding="utf-8") + "\n[phrases.en]\n" + "\n".join(lines) + "\n"


def test_the_clinics_own_words_are_said_once_they_are_set_up(demo: Database) -> None:
    patient = Patient(demo)
    patient.says("hello")
    assert text_of(patient.says("thanks")) == "You're welcome."
    set_up(demo, demo_with('goodbye = "Take care."', 'welcome = "Gladly."'), "demo", NOW, demo=True)
    assert text_of(patient.says("bye")) == "Take care."
    set_up(demo, DEMO_FILE, "demo", NOW, demo=True)
    assert text_of(patient.says("bye")) != "Take care."


def test_a_booking_ends_in_the_clinics_own_words(demo: Database) -> None:
    line = (
        'booked = "See you {visit.short_day} {visit.time}, {visit.who}, {visit.place}, '
        '{visit.patient}. Bring your card."'
    )
    set_up(demo, demo_with(line), "demo", NOW, demo=True)
    patient = Patient(demo)
    patient.says(*BOOKING)
    assert text_of(patient.says("1")).endswith("Bring your card.")


def test_a_language_without_own_words_keeps_ours(demo: Database) -> None:
    set_up(demo, demo_with('welcome = "Gladly."'), "demo", NOW, demo=True)
    patient = Patient(demo)
    patient.says("hola, buenos días")
    assert text_of(patient.says("muchas gracias")) == "De nada."


def test_a_sentence_of_ones_own_is_never_replaced_by_a_shorter_one_of_ours() -> None:
    text = demo_with('ask_when = "{who}: when?"', 'ask_specialty_again = "Whom?"')
    clinic = directory_of(read_clinic_file(text))
    book = Phrasebook(clinic, "en", Brevity.SENTENCES)
    assert book.say(Say("ask_when", {"who": "Dr Patel"}, again=True)) == "Dr Patel: when?"
    assert book.say(Say("ask_specialty", again=True)) == "Whom?"
    assert book.say(say("ask_specialty")) == sentences("en")["ask_specialty"]


def test_what_has_come_to_be_unsound_is_said_in_our_words(demo: Database) -> None:
    """As after an update whose sentence names other things."""
    texts = {"booked": "Booked, {visit.doctor}.", "no_such": "x", "welcome": "Gladly."}
    with demo.transaction() as connection:
        for key, text in texts.items():
            times = {"created_at": NOW, "updated_at": NOW}
            row = {"language": "en", "key": key, "text": text, "is_active": True}
            connection.execute(insert(phrases).values(**row, **times))
        assert read_directory(connection).phrases == {"en": {"welcome": "Gladly."}}
