"""How a lexicon's patterns are read."""

import pytest

from bot.understanding.chart import Chart, Item, longest
from bot.understanding.lexicon import lexicon
from bot.understanding.patterns import Patterns
from bot.understanding.text import tokenise


def found(pattern: str, text: str) -> list[tuple[int, int]]:
    table = Patterns()
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
