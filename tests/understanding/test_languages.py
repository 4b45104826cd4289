"""A language that a conversation can be held in is whole: nothing that English has is missing."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import bot.understanding
from bot import phrases
from bot.understanding.lexicon import lexicon, lexicons, source_of

PROGRAM = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted(Path(bot.understanding.__path__[0]).glob("*.py"))
)
# What every language has in its own way: the rules of days and times, and how its words are spelt.
ITS_OWN = {
    "endings", "shorthand", "numbers", "days", "days_upon", "clocks", "clocks_upon", "spans",
    "birth_years", "past", "classes.weekday", "classes.month", "classes.number",
    "classes.named_day", "classes.spoken_minute",
}  # fmt: skip
SPOKEN = phrases.languages()


def entries(table: Mapping[str, Any]) -> set[str]:
    """Return the names of all sections and of what stands in them, down to the cues of safety."""
    found = {
        f"{section}.{name}" for section, inner in table.items() for name in inner if inner[name]
    }
    found |= {f"safety.cues.{name}" for name in table["safety"]["cues"]}
    return {
        name
        for name in found
        if not ITS_OWN & {name, name.partition(".")[0]} and not _is_for_patterns(name)
    }


def _is_for_patterns(name: str) -> bool:
    """Tell whether it is a class of words that only the patterns of its language use."""
    section, _, kind = name.partition(".")
    return kind == "classes" or (section == "classes" and f'"{kind}"' not in PROGRAM)


def missing(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> set[str]:
    return entries(ours) - entries(theirs)


@pytest.mark.parametrize("code", SPOKEN)
def test_a_spoken_language_has_a_whole_lexicon(code: str) -> None:
    assert lexicon(code).whole
    assert missing(source_of(code), source_of("en")) == set()


def test_the_four_languages_are_spoken() -> None:
    assert {"en", "es", "fr", "pt"} <= set(SPOKEN)


@pytest.mark.parametrize(
    ("section", "entry"),
    [("intents", "waitlist"), ("people", "usual"), ("specialties", "ent"), ("exact", "stop")],
)
def test_control_what_is_missing_is_found(section: str, entry: str) -> None:
    torn = source_of("en")
    del torn[section][entry]
    assert f"{section}.{entry}" in missing(torn, source_of("en"))


def kinds_used(value: Any) -> Iterator[str]:
    """Yield the `{kinds}` in all patterns below a value."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from re.findall(r"{([a-z_]+)}", name)
            yield from kinds_used(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from kinds_used(inner)
    elif isinstance(value, str):
        yield from re.findall(r"{([a-z_]+)}", value)


def unknown_kinds(source: Mapping[str, Any]) -> set[str]:
    classes = {*source["classes"], *source.get("safety", {}).get("classes", {})}
    return {
        kind for kind in kinds_used(source) if kind not in classes and f'"{kind}"' not in PROGRAM
    }


@pytest.mark.parametrize("code", lexicons())
def test_every_kind_that_a_pattern_speaks_of_exists(code: str) -> None:
    assert unknown_kinds(source_of(code)) == set()


def test_control_a_kind_that_nothing_is_would_be_found() -> None:
    source = source_of("en")
    source["days"]["coming_weekday"].append("on the {wekday}")
    assert unknown_kinds(source) == {"wekday"}
