"""What staff read and write, in each of their languages."""

import re
from collections import Counter

import pytest

from bot.staff.commands import COMMANDS
from bot.staff.reading import command_in, words_of
from bot.staff.wording import staff_languages, staff_sentences

LANGUAGES = staff_languages()


def named_in(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def test_staff_read_english_and_spanish() -> None:
    assert LANGUAGES == ("en", "es")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_there_and_names_the_same(language: str) -> None:
    theirs, english = staff_sentences(language), staff_sentences("en")
    assert theirs.keys() == english.keys()
    other = [key for key in english if named_in(theirs[key]) != named_in(english[key])]
    assert other == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_stand_for_commands_that_there_are_and_for_one_each(language: str) -> None:
    words = words_of(language)
    assert set(words) <= set(COMMANDS)
    counted = Counter(phrase for phrases in words.values() for phrase in phrases)
    assert [phrase for phrase, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_phrase_is_understood_as_its_command(language: str) -> None:
    for command, phrases in words_of(language).items():
        for phrase in phrases:
            for written in (phrase, phrase.upper(), f"  {phrase}?", f"please, {phrase} now"):
                found = command_in(written, language)
                assert found is not None, written
                assert found[0] == command, written


@pytest.mark.parametrize(
    ("text", "command", "rest"),
    [
        ("/today", "today", ""),
        ("/Today@frontdesk_bot Dr Patel", "today", "Dr Patel"),
        ("  /answer\nWe open at eight.", "answer", "We open at eight."),
    ],
)
def test_a_slash_begins_a_command(text: str, command: str, rest: str) -> None:
    assert command_in(text, "en") == (command, rest)


@pytest.mark.parametrize("text", ["", "hello", "/", "nexto", "a doctor", "7"])
def test_what_is_no_command_is_none(text: str) -> None:
    assert command_in(text, "en") is None
