"""What a message may cost, counted in calls: the same on every machine and on every day."""

import random
import sys
from types import FrameType

import pytest

from bot.understanding.lexicon import lexicon, lexicons
from tests.bot.understanding.clinic import read

stress = pytest.mark.stress

PAGE, ESSAY = 1_000, 10_000
# The worst that we could build; each is repeated to the length wanted.
WORST = (
    "i would like to see doctor patel on tuesday at three in the afternoon for my daughter please ",
    "from 3 to 4 or between the 5th and the 8th of may, ",
    "3 4 5 ",
    "no not yes ",
    "my my son daughter and ",
    "appointmnt wensdy tomorow ",
    "((((",
    "7",
    "a-b-c/d:e'f",
    "\u200b\u202e\U0001f642 ",
)


def calls(text: str, language: str) -> int:
    """Return how many calls reading a message takes, after a first one has warmed it up."""
    count = 0

    def tick(frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        del frame
        count += event in ("call", "c_call")

    read(text, language=language)
    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        read(text, language=language)
    finally:
        sys.setprofile(before)
    return count


def of_its_own_words(language: str) -> str:
    """A text of nothing but words that matter to a language."""
    words = sorted(lexicon(language).content)
    return " ".join(random.Random(language).choices(words, k=ESSAY // 4)) + " "


EACH = [
    "en",
    *(pytest.param(code, marks=stress) for code in lexicons() if code != "en"),
]


@pytest.mark.parametrize("language", EACH)
def test_an_essay_costs_no_more_than_a_bounded_multiple_of_a_page(language: str) -> None:
    for part in (*WORST, of_its_own_words(language)):
        text = part * (ESSAY // len(part) + 1)
        page, essay = calls(text[:PAGE], language), calls(text[:ESSAY], language)
        assert essay <= 15 * page, part[:40]


# One of them tells of a limit; that it holds for all is looked at under stress.
@pytest.mark.parametrize(
    "part",
    [WORST[0], *(pytest.param(part, marks=stress) for part in WORST[1:])],
    ids=lambda part: ascii(part[:20]),
)
def test_what_is_longer_than_an_essay_is_not_read(part: str) -> None:
    essay, flood = (part * (size // len(part) + 1) for size in (2 * ESSAY, 10 * ESSAY))
    assert calls(flood, "en") <= 1.01 * calls(essay, "en")


@pytest.mark.parametrize("language", EACH)
def test_no_page_costs_much_more_than_an_ordinary_one(language: str) -> None:
    ordinary = calls((WORST[0] * 20)[:PAGE], "en")
    for part in (*WORST[1:], of_its_own_words(language)):
        text = part * (PAGE // len(part) + 1)
        assert calls(text[:PAGE], language) <= 5 * ordinary, part[:40]


def test_the_count_grows_with_what_is_done() -> None:
    """The control: twice the work is twice the calls."""
    once = calls("tuesday at three or friday at four", "en")
    assert calls("hi", "en") < once < calls("tuesday at three or friday at four, " * 3, "en")
