"""What somebody wishes to be told of, said in words: "tell me at once when somebody cancels", "new
never, moved in the digest", "digest off"."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bot.phrases import DEFAULT_LANGUAGE
from bot.understanding.text import words_of
from core.models.staff import Hears
from core.staff.wishes import Change

FOLDER = Path(__file__).parent / "words"
# One wish ends, and another begins.
_BETWEEN = re.compile(r"[,;.\n]|\band\b|\by\b", re.IGNORECASE)
ALL, ON, OFF = "all", "on", "off"


@dataclass(frozen=True, slots=True)
class Wished:
    """`hears`: when they wish to hear of what; `of`: what they named without saying when; `digest`:
    whether they want it, None: they did not say."""

    hears: Mapping[Change, Hears] = field(default_factory=dict)
    of: tuple[Change, ...] = ()
    digest: bool | None = None


def wished_in(text: str, language: str) -> Wished:
    """Return what a message wishes; nothing, where it says nothing of it."""
    whole = _plain(text)
    if (wants := _switched(whole, language)) is not None:
        return Wished(digest=wants)
    hears: dict[Change, Hears] = {}
    named: list[Change] = []
    when: Hears | None = None
    for part in _BETWEEN.split(text):
        here, said = _changes(_plain(part), language), _when(_plain(part), language)
        named += [change for change in here if change not in named]
        when = said or when
        if when is not None and named:
            hears |= dict.fromkeys(named, when)
            named = []
    if when is not None and not hears:  # "Notify never": all of it.
        hears = dict.fromkeys(Change, when)
    return Wished(hears, tuple(named))


def _switched(text: str, language: str) -> bool | None:
    """Return whether they want the digest, None where the words are about something else."""
    about_visits = _changes(text, language)
    if about_visits or not _longest(text, language, Hears.DIGEST):
        return None
    on, off = (_longest(text, language, each) for each in (ON, OFF))
    return None if on == off else on > off


def _changes(text: str, language: str) -> list[Change]:
    if _longest(text, language, ALL):
        return list(Change)
    return [change for change in Change if _longest(text, language, change)]


def _when(text: str, language: str) -> Hears | None:
    found = {hears: _longest(text, language, hears) for hears in Hears}
    best = max(found, key=lambda hears: found[hears])
    return best if found[best] else None


def _longest(text: str, language: str, name: str) -> int:
    """Return how long the longest of the words for something is that the text holds; 0: none."""
    return max(
        (len(phrase) for phrase in _listed(language, name) if f" {phrase} " in f" {text} "),
        default=0,
    )


@cache
def _listed(language: str, name: str) -> tuple[str, ...]:
    """Those of the language and the English ones: commands are English."""
    return tuple(
        _plain(phrase)
        for code in dict.fromkeys((language, DEFAULT_LANGUAGE))
        for phrase in words_for(code).get(name, ())
    )


@cache
def words_for(language: str) -> Mapping[str, tuple[str, ...]]:
    """Return the words of a language, by what they stand for; none without a file."""
    path = FOLDER / f"{language}.toml"
    if not path.exists():
        return {}
    listed = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: tuple(phrases) for name, phrases in listed.items()}


def _plain(text: str) -> str:
    return " ".join(words_of(text))
