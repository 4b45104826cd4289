"""`[whatsapp.templates]`: what is refused, and on which line."""

import pytest

from bot.clinic_file import read_checked
from bot.templates.sentences import may_name
from core.setup import ClinicFileError
from tests.core.setup.small_clinic import SMALL

SID = "HX0123456789abcdef0123456789abcdef"
HEADING = SMALL.count("\n") + 1  # The line that names what is missing below it.


def problems(text: str) -> list[str]:
    try:
        read_checked(text)
    except ClinicFileError as error:
        return [problem.removeprefix("clinic.toml:") for problem in error.problems]
    return []


def about(key: str, *lines: str, language: str = "en") -> str:
    return SMALL + f"[whatsapp.templates.{language}.{key}]\n" + "\n".join(lines) + "\n"


# What is refused, and what is said of it; beside it the same put right.
MISTAKES = [
    (
        'body = "{visit.day}: see you."',
        "expected words before and after all that stands in braces",
        'body = "On {visit.day} we see you."',
    ),
    (
        'body = "See you on {visit.day}"',
        "expected words before and after all that stands in braces",
        'body = "See you on {visit.day}!"',
    ),
    (
        'body = "On {visit.day} {visit.time}, yes."',
        "expected words between two that stand in braces",
        'body = "On {visit.day} at {visit.time}, yes."',
    ),
    (
        'body = "With {visit.who}, right?"',
        "unknown word in braces, {visit.who}",
        'body = "At {visit.house}, right?"',
    ),
    (
        'body = "On {visit.dya}, right?"',
        'unknown word in braces, {visit.dya}; did you mean "visit.day"?',
        'body = "On {visit.day}, right?"',
    ),
    (
        'body = "On {{1}}, right?"',
        "expected words in braces such as {visit.day}",
        'body = "On {visit.day}, right?"',
    ),
    (
        'body = "On {visit.day, right?"',
        "expected braces in pairs",
        'body = "On {visit.day}, right?"',
    ),
    (
        'body = "On {visit.day}: CANCEL if you can\'t."',
        'expected no "CANCEL": carriers act upon whoever sends it back',
        'body = "On {visit.day}: say so if you can\'t."',
    ),
    (
        'body = "On    {visit.day}, right?"',
        "expected no tabs, no four blanks",
        'body = "On {visit.day}, right?"',
    ),
    (
        f'body = "On {{visit.day}}, {"very " * 210}well."',
        "expected at most 1024 characters with the longest names",
        f'body = "On {{visit.day}}, {"very " * 180}well."',
    ),
    (
        'buttons = ["Yes", "No"]',
        "expected 3 buttons, one for each answer, or none, got 2",
        'buttons = ["Yes", "Another time", "No"]',
    ),
    (
        'buttons = ["Yes, I certainly will", "Another time", "No"]',
        "expected at most 20 characters, got 21",
        'buttons = ["Yes, certainly", "Another time", "No"]',
    ),
    (
        'buttons = ["Yes", "Yes", "No"]',
        'expected each title once, got "Yes" again',
        "buttons = []",
    ),
    (
        'buttons = ["Yes", "Another time", "Cancel"]',
        'expected no "Cancel": carriers act upon whoever sends it back',
        'buttons = ["Yes", "Another time", "I can\'t"]',
    ),
    (
        'buttons = ["Yes", "On {visit.day}", "No"]',
        "expected a title without braces",
        'buttons = ["Yes", "Another day", "No"]',
    ),
    (
        'category = "authentication"',
        "utility",
        'category = "marketing"',
    ),
    (
        'content_sid = "HX12"',
        'expected the id of a template at Twilio, "HX" and 32 hex digits',
        f'content_sid = "{SID}"\nvariables = ["visit.day"]',
    ),
    (
        f'content_sid = "{SID}"',
        "expected variables beside content_sid",
        f'content_sid = "{SID}"\nvariables = []',
    ),
    (
        f'content_sid = "{SID}"\nvariables = ["visit.who"]',
        "unknown word in braces, {visit.who}",
        f'content_sid = "{SID}"\nvariables = ["visit.day", "button.1", "button.2", "button.3"]',
    ),
    (
        f'body = "Hello."\ncontent_sid = "{SID}"\nvariables = []',
        "expected no body beside content_sid",
        'body = "Hello."',
    ),
    (
        'variables = ["visit.day"]',
        "expected content_sid beside variables",
        'body = "On {visit.day}, right?"',
    ),
    ('bodi = "Hello."', 'did you mean "body"?', 'body = "Hello."'),
]


@pytest.mark.parametrize(("wrong", "why", "right"), MISTAKES, ids=lambda text: text[:40])
def test_a_mistake_is_named_with_its_line_and_put_right_is_taken(
    wrong: str, why: str, right: str
) -> None:
    found = problems(about("reminder", *wrong.split("\n")))
    assert len(found) == 1, found
    line, _, said = found[0].partition(":")
    assert why in said
    assert HEADING <= int(line) <= HEADING + 1 + wrong.count("\n")
    assert problems(about("reminder", *right.split("\n"))) == []


def test_sentences_and_languages_that_there_are_not_are_named() -> None:
    [unknown] = problems(about("remainder", 'body = "Hello."'))
    assert 'unknown sentence; did you mean "reminder"?' in unknown
    # An answer to somebody needs no template.
    [answer] = problems(about("booked", 'body = "Hello."'))
    assert "unknown sentence" in answer
    [foreign] = problems(about("reminder", 'body = "Hallo."', language="de"))
    assert "expected a language that is talked here" in foreign


def test_what_nobody_answers_has_no_buttons() -> None:
    [found] = problems(about("ask_rating", 'buttons = ["Good", "Bad"]'))
    assert "expected no buttons here, got 2" in found


@pytest.mark.parametrize("word", ["visit.who", "visit.patient", "visit.surname", "born", "reason"])
def test_no_template_may_name_what_others_must_not_read(word: str) -> None:
    assert word not in may_name("reminder")
    [found] = problems(about("reminder", f'body = "About {{{word}}}, please."'))
    assert f"unknown word in braces, {{{word}}}" in found
