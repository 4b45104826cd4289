"""The words that every language has classes of: names of weekdays and months, and numbers."""

from collections.abc import Iterator, Mapping
from typing import Any

from babel import Locale

from bot.understanding.text import folded


def calendar_names(code: str) -> Iterator[tuple[str, str, int]]:
    """Yield the names of weekdays and months in full and short, as CLDR has them."""
    locale = Locale.parse(code)
    for kind, names in (("weekday", locale.days), ("month", locale.months)):
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for index, name in names[context][width].items():
                    word = folded(str(name)).rstrip(".")
                    # "may" and "mar" are words too; patterns decide where a month can stand.
                    yield kind, word, int(index)


def numbers(source: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield the number words up to 59 and the ordinals up to 31."""
    link = f" {source['link']} ".replace("  ", " ")
    words: dict[str, int] = dict(source["units"])
    words |= source["tens"]
    for ten, value in source["tens"].items():
        if value >= 20:
            words |= {
                f"{ten}{link}{unit}": value + number
                for unit, number in source["units"].items()
                if 0 < number < 10
            }
    for word, value in words.items():
        yield from number_kinds(word, value)
    ordinals: dict[str, int] = dict(source["ordinals"])
    for ten, value in source["tens"].items():
        if value in (20, 30):
            ordinals |= {
                f"{ten}{link}{unit}": value + number
                for unit, number in source["ordinals"].items()
                if number < 10 and value + number <= 31
            }
    for word, value in ordinals.items():
        yield "ordinal", word, value
    for suffix in source["ordinal_suffixes"]:
        for number in range(1, 32):
            yield "ordinal", f"{number} {suffix}", number
            yield "ordinal_figure", f"{number} {suffix}", number


def number_kinds(word: str, value: int) -> Iterator[tuple[str, str, int]]:
    """Yield everything that a number may be taken for."""
    yield "number", word, value
    if value <= 24:
        yield "hour", word, value
    if value <= 59:
        yield "minute", word, value
    if 1 <= value <= 31:
        yield "dayno", word, value
