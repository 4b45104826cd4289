"""How near words are to each other, in letters and by ear."""

import pytest

from bot.understanding.spelling import Spelling, close, sounds_like


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("okafur", "okafor"),
        ("keem", "kim"),
        ("shen", "chen"),
        ("jonson", "johnson"),
        ("fernandes", "fernandez"),
        ("philips", "filips"),
        ("smyth", "smith"),
    ],
)
def test_names_that_sound_alike(typed: str, name: str) -> None:
    assert sounds_like(typed, name)


@pytest.mark.parametrize(
    ("typed", "name"), [("chan", "chen"), ("kam", "kim"), ("patel", "okafor"), ("lo", "li")]
)
def test_names_that_do_not(typed: str, name: str) -> None:
    assert not sounds_like(typed, name)


def test_one_slip_from_four_letters_on_two_from_seven() -> None:
    assert close("patl", "patel")
    assert close("fernandz", "fernandez")
    assert not close("kin", "kim")


def test_a_slip_is_mended_to_a_word_rather_than_to_a_name() -> None:
    spelling = Spelling({"dentist", "denise"}, {"denise"})
    assert spelling.mended("denist") == "dentist"
