"""Letters, words and slips of the thumb."""

import pytest

from bot.understanding.lexicon import lexicon
from bot.understanding.spelling import close
from bot.understanding.text import clean, folded, tokenise, words_of


def words(text: str) -> list[str]:
    return [token.word for token in tokenise(clean(text, 500), lexicon("en").speller)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I’d like", ["i", "would", "like"]),
        ("can't", ["can", "not"]),
        ("cant", ["can", "not"]),
        ("Dr. Patel’s", ["dr", "patel"]),
        ("to\u200bmor\u00adrow", ["tomorrow"]),
        ("tmrw @ 3pm", ["tomorrow", "@", "3", "pm"]),
        ("the 5th", ["the", "5", "th"]),
        ("10:30", ["10:30"]),
        ("2026-12-05", ["2026-12-05"]),
        ("2-4", ["2", "-", "4"]),
        ("follow-up", ["followup"]),
        ("ＴＯＤＡＹ", ["today"]),
    ],
)
def test_words_are_written_out(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_folding_takes_case_and_accents_away() -> None:
    assert folded("García") == "garcia"
    assert words_of("Dr. Lucía Fernández") == ("dr", "lucia", "fernandez")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("wedensday", "wednesday"),
        ("appoitment", "appointment"),
        ("appointmnet", "appointment"),
        ("tomorow", "tomorrow"),
        ("cancle", "cancel"),
        ("ppointment", "appointment"),
        ("dermatologst", "dermatologist"),
    ],
)
def test_slips_are_mended(typed: str, meant: str) -> None:
    language = lexicon("en")
    assert language.spelling.mended(typed) == meant or meant in language.speller.written_out(typed)


@pytest.mark.parametrize("word", ["mike", "form", "hearing", "chair", "sunny", "stroke"])
def test_words_are_not_mended(word: str) -> None:
    assert word in lexicon("en").words or lexicon("en").spelling.mended(word) is None


def test_a_name_may_have_a_slip_or_two_by_its_length() -> None:
    assert close("patl", "patel")
    assert close("fernandes", "fernandez")
    assert close("kmi", "kim", loose=True)
    assert not close("kin", "kim")
    assert not close("parcel", "patel")
