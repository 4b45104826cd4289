"""Numbers in figures: every thing that "5", "10:30", "5/12" or "1530" may stand for.

The same in all languages; which reading holds is decided by the words around and the context.
"""

import re
from collections.abc import Iterator
from typing import Any

from bot.understanding.days import Numeric
from bot.understanding.moment import valid_date
from bot.understanding.times import Clock
from bot.understanding.word_classes import number_kinds

_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})")
_CLOCK_WITH_SECONDS = re.compile(r"(\d{1,2}):(\d{2}):\d{2}")
_TWO = re.compile(r"(\d{1,2})/(\d{1,2})")
_MONTH = re.compile(
    r"(?P<month>\d{1,2})[/.](?P<year>\d{4})|(?P<year_first>\d{4})/(?P<month_last>\d{1,2})"
)
_THREE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2}))?")
_ISO = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})")
_DECIMAL = re.compile(r"\d{1,3}\.\d{1,2}")
_YEARS = range(1900, 2101)

Reading = tuple[str, Any]


def readings(word: str) -> Iterator[Reading]:
    """Yield each kind of thing a word that begins with a figure may be, with its value."""
    if word.isdecimal():
        yield from _whole(word)
    elif found := _CLOCK.fullmatch(word) or _CLOCK_WITH_SECONDS.fullmatch(word):
        yield from _clock("figure_clock", int(found[1]), int(found[2]))
        if _DECIMAL.fullmatch(word):
            yield "decimal", float(word)
    elif found := _TWO.fullmatch(word):
        yield "figures", Numeric(int(found[1]), int(found[2]))
    elif found := _THREE.fullmatch(word):
        yield "figures", Numeric(int(found[1]), int(found[2]), int(found[3]))
    elif found := _ISO.fullmatch(word):
        day = valid_date(int(found[1]), int(found[2]), int(found[3]))
        if day:
            yield "iso", day
    elif found := _MONTH.fullmatch(word):
        yield from _month(found)
    elif _DECIMAL.fullmatch(word):
        yield "decimal", float(word)
    yield from _dotted(word)


def _month(found: re.Match[str]) -> Iterator[Reading]:
    month = int(found["month"] or found["month_last"])
    year = int(found["year"] or found["year_first"])
    if year in _YEARS and 1 <= month <= 12:
        yield "month_figures", (year, month)


def _dotted(word: str) -> Iterator[Reading]:
    """ "5.12.", which is December where days come first, whatever the clinic's country."""
    if found := _DOTTED.fullmatch(word):
        yield "dotted", Numeric(int(found[1]), int(found[2]), int(found[3]) if found[3] else None)


def _whole(word: str) -> Iterator[Reading]:
    if len(word) > 4:
        return
    number = int(word)
    if len(word) <= 3:
        yield from ((kind, value) for kind, _, value in number_kinds(word, number))
        if 1 <= number <= 31:
            yield "day_figure", number
    elif number in _YEARS:
        yield "year", number
    if len(word) >= 3:
        kind = "figure_clock" if len(word) == 4 and number not in _YEARS else "four"
        yield from _clock(kind, number // 100, number % 100)


def _clock(kind: str, hour: int, minute: int) -> Iterator[Reading]:
    if hour == 24 and minute == 0:
        hour = 0
    if hour < 24 and minute < 60:
        yield kind, Clock(hour, minute, sure=hour > 12 or hour == 0)
