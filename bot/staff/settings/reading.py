"""A setting in words, made into what the clinic file would say: "mon-fri 8-18, sat closed", "3 days
and 1 day before", "21:00 to 7:00".

Here is only how it is said; whether it may be so, the clinic file's own readers decide.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from bot.phrases import DEFAULT_LANGUAGE
from core.scheduling.week import DAYS

FOLDER = Path(__file__).parent / "words"
_TIME = r"(\d{1,2})(?:[:.h](\d\d))?\s*(a\.?m\.?|p\.?m\.?)?"
_TO = r"\s*(?:-|\u2013|to|until|till|a|hasta)\s*(?:las\s+)?"
_SPAN = re.compile(rf"{_TIME}{_TO}{_TIME}", re.IGNORECASE)
_LENGTH = re.compile(r"(\d+)\s*([^\W\d_]+)")
_BETWEEN = re.compile(r"[,;\n]|\band\b|\by\b", re.IGNORECASE)
_LEADING = re.compile(
    r"^(?:to|are|is|=|:|at|from|a|de|son|es|desde|las|the|el|los)\s+", re.IGNORECASE
)
_DAY_SPAN = r"\s*(?:-|\u2013|to|through|a|al)\s*"


@cache
def listed(language: str, name: str) -> tuple[str, ...]:
    """Return the words for something, those of the language and the English ones."""
    return tuple(
        word
        for code in dict.fromkeys((language, DEFAULT_LANGUAGE))
        for word in _words(code).get(name, ())
    )


@cache
def _words(language: str) -> Mapping[str, Sequence[str]]:
    path = FOLDER / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def says_none(text: str, language: str) -> bool:
    """Tell whether the words are "none", "never", "-"."""
    return text.strip().rstrip(".").casefold() in listed(language, "none")


def bare(text: str) -> str:
    """Return the words without "to", "from" and their like before them."""
    text = text.strip()
    while (shorter := _LEADING.sub("", text).strip()) != text:
        text = shorter
    return text


def week_in(text: str, language: str) -> dict[str, list[str]] | None:
    """Return {"mon": ["08:00-18:00"], "sun": []} for the days that are named, None where that is no
    week; a day without hours is closed."""
    week: dict[str, list[str]] = {}
    days: list[str] = []
    names = _day_names(language)
    closed = listed(language, "closed")
    for part in _BETWEEN.split(text.casefold()):
        named, rest = _days_in(bare(part), names)
        rest = bare(rest)
        if named and rest == "":  # "sat and sun closed"
            days = [*(day for day in days if day not in week), *named]
            continue
        if named:
            days = [*(day for day in days if day not in week), *named]
        elif rest == "":
            continue
        span = _SPAN.fullmatch(rest)
        if not days or (span is None and rest not in closed):
            return None
        for day in days:
            hours = week.setdefault(day, [])
            if span is not None:
                hours.append(f"{_wall(span[1], span[2], span[3])}-{_wall(*span.groups()[3:])}")
    return week if week and all(day in week for day in days) else None


def _wall(hour: str, minute: str | None, half: str | None) -> str:
    """Return "18:00"; what is no time stays so, for the readers to refuse."""
    number = int(hour)
    if half is not None and 1 <= number <= 12:
        number = number % 12 + (12 if half.lstrip().casefold().startswith("p") else 0)
    return f"{number:02}:{minute or '00'}"


def _days_in(text: str, names: Mapping[str, Sequence[int]]) -> tuple[list[str], str]:
    """Return the days at the beginning of the text, and what follows."""
    longest = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    found = re.match(rf"({longest})\b\.?(?:{_DAY_SPAN}({longest})\b\.?)?:?", text)
    if found is None:
        return [], text
    first, last = names[found[1]], names[found[2] or found[1]]
    numbers = range(first[0], last[-1] + 1) if found[2] else first
    return [DAYS[number] for number in numbers], text[found.end() :].strip()


def _day_names(language: str) -> dict[str, Sequence[int]]:
    names: dict[str, Sequence[int]] = {}
    for number, day in enumerate(DAYS):
        names |= dict.fromkeys(listed(language, day), (number,))
    names |= dict.fromkeys(listed(language, "every_day"), range(7))
    return names | dict.fromkeys(listed(language, "weekdays"), range(5))


def hours_in(text: str) -> tuple[int, int] | None:
    """Return (21, 7) of "from 21:00 to 7am"; None where that is no span of full hours."""
    found = _SPAN.fullmatch(bare(text.casefold()))
    if found is None or {found[2], found[5]} - {None, "00"}:
        return None
    begins, ends = _wall(*found.groups()[:3]), _wall(*found.groups()[3:])
    return int(begins[:2]), int(ends[:2])


def lengths_in(text: str, language: str) -> list[str] | None:
    """Return ["3d", "1d"] of "3 days and 1 day before"; None where something else is said, too."""
    text = text.casefold()
    for word in listed(language, "one"):
        text = re.sub(rf"\b{word}\b(?=\s+[^\W\d_])", "1", text)
    found = [_length(number, unit, language) for number, unit in _LENGTH.findall(text)]
    left = set(re.findall(r"\w+", _LENGTH.sub(" ", text)))
    if not found or None in found or left - set(listed(language, "before")):
        return None
    return [each for each in found if each is not None]


def _length(number: str, unit: str, language: str) -> str | None:
    if unit in listed(language, "weeks"):
        return f"{7 * int(number)}d"
    found = (letter for letter in "dhm" if unit in listed(language, letter))
    letter = next(found, None)
    return None if letter is None else f"{int(number)}{letter}"


_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}


def number_in(text: str, language: str, unit: str) -> int | None:
    """Return the whole number that is said, in the setting's unit: "m", "h", "d", "" for none.
    Something else beside it, or another unit that does not come out even, is None."""
    text = bare(text).rstrip(".")
    if re.fullmatch(r"\d{1,7}", text, re.ASCII):
        return int(text)
    lengths = lengths_in(text, language) if unit else None
    if lengths is None or len(lengths) != 1:
        return None
    minutes = int(lengths[0][:-1]) * _MINUTES[lengths[0][-1]]
    return minutes // _MINUTES[unit] if minutes % _MINUTES[unit] == 0 else None
