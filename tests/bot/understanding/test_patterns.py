"""How a lexicon's patterns are read."""

import pytest

from bot.understanding.chart import Chart, Item, longest
from bot.understanding.lexicon import lexicon
from bot.understanding.patterns import Patterns
from bot.understanding.spelling import Stems
from bot.understanding.text import Token, tokenise
from bot.understanding.values import Intent
from tests.bot.understanding.clinic import read

SETS = {"animal": frozenset(("cat", "dog"))}


def found(pattern: str, text: str) -> list[tuple[int, int]]:
    table = Patterns(SETS)
    table.add(pattern, "meaning")
    chart = Chart(tokenise(text, lexicon("en").speller))
    return sorted({(match.start, match.end) for match in table.matches(chart)})


@pytest.mark.parametrize(
    ("pattern", "text", "places"),
    [
        ("book", "please book", [(1, 2)]),
        ("(book|make) [me] one", "book me one or make one", [(0, 3), (4, 6)]),
        ("move ... visit", "move my next visit", [(0, 4)]),
        ("move ... visit", "move visit", [(0, 2)]),
        ("move ... visit", "move a b c d e visit", []),
        ("move ... visit", "we move. a visit", []),
        ("a (b c|d [e]) f", "a b c f a d f a d e f", [(0, 4), (4, 7), (7, 11)]),
        ("my {animal} runs", "my dog runs my cat runs my car runs", [(0, 3), (3, 6)]),
        ("{animal} ... runs", "a cat that runs", [(1, 4)]),
    ],
)
def test_patterns_choose_leave_out_and_skip(
    pattern: str, text: str, places: list[tuple[int, int]]
) -> None:
    assert found(pattern, text) == places


@pytest.mark.parametrize("pattern", ["(a", "a)", "[a", "(a|b]", "[a]", ""])
def test_a_pattern_that_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|bracket"):
        Patterns().add(pattern, "meaning")


def test_the_longest_item_wins() -> None:
    short, long, apart = Item("x", 0, 1, 1), Item("x", 0, 2, 2), Item("x", 3, 4, 3)
    assert longest([short, long, apart]) == [long, apart]


def test_a_stem_stands_for_all_words_that_begin_so() -> None:
    table = Patterns({"harm": frozenset({"burn*", "cut"})})
    table.add("(bleed*|faint) badly", "wound")
    table.add("{harm} hand", "hand")
    known = sorted({"bleeding", "bleeds", "blend", "burnt", "bleed*", "burn*"})
    table.widen(known)
    stems = Stems(known)

    def meanings(text: str) -> list[str]:
        words = [word if word in known else stems.of(word) or word for word in text.split()]
        tokens = [Token(word, word, 0, 0) for word in words]
        return [match.meaning for match in table.matches(Chart(tokens))]

    assert meanings("bleeding badly") == ["wound"]
    assert meanings("bleeder badly") == ["wound"]  # A word that nothing else knows.
    assert meanings("burnt hand") == meanings("burning hand") == ["hand"]
    assert meanings("blend badly") == meanings("bled badly") == []


def test_the_longest_stem_wins() -> None:
    stems = Stems(["sang*", "sangr*"])
    assert (stems.of("sangrando"), stems.of("sangue"), stems.of("san")) == ("sangr*", "sang*", None)


def test_a_word_that_begins_as_a_stem_does_is_no_slip() -> None:
    """Otherwise "infartando" is mended to "informando"."""
    assert "infart*" in lexicon("pt").content
    assert read("acho que estou infartando", language="pt").intent is Intent.EMERGENCY
