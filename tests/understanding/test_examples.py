"""Every rule and every wish of every language has an example, and the examples hold.

`examples/<code>.toml` lists them: `[rules]` and `[people]` as [text, what was asked, what it says],
`[intents]` and `[specialties]` as texts. They are read at the clinic of the unit tests, on Sunday
22 November 2026 at ten.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.understanding import grammar
from bot.understanding.lexicon import PASSES, lexicon, lexicons, source_of
from bot.understanding.values import Intent
from tests.bot.understanding.clinic import read, said

EXAMPLES = Path(__file__).parent / "examples"
# Said by their own rules: what only entities say, dangers, and questions (see `topics`).
WITHOUT = {Intent.INFORM, Intent.EMERGENCY}


def load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


SOURCES = {code: source_of(code) for code in lexicons()}
GIVEN = {code: load(EXAMPLES / f"{code}.toml") for code in lexicons()}
WHOLE = [code for code in lexicons() if lexicon(code).whole]


def examples(section: str) -> Iterator[tuple[str, str, Any]]:
    for code, given in GIVEN.items():
        for name, listed in given.get(section, {}).items():
            for example in listed:
                yield code, name, example


@pytest.mark.parametrize(("code", "name", "example"), [*examples("rules"), *examples("people")])
def test_an_example_says_what_it_says(code: str, name: str, example: list[Any]) -> None:
    text, asked, says = example
    assert said(text, asked or None, language=code) == says, name


@pytest.mark.parametrize(("code", "intent", "text"), [*examples("intents")])
def test_an_example_wants_what_it_wants(code: str, intent: str, text: str) -> None:
    found = read(text, language=code)
    assert intent in {str(found.intent), *(str(wish.intent) for wish in found.also)}


@pytest.mark.parametrize(("code", "specialty", "text"), [*examples("specialties")])
def test_a_complaint_leads_to_who_treats_it(code: str, specialty: str, text: str) -> None:
    words = lexicon(code)
    here = {
        "general_practice",
        "cardiology",
        "dermatology",
        "dentistry",
        "paediatrics",
        "orthopaedics",
    }
    treats = specialty if specialty in here else words.fields[specialty].otherwise
    found = read(text, language=code).entities
    assert found.specialty == treats or (specialty not in here and "specialty" in found.ambiguous)


def rules_of(code: str) -> set[str]:
    return {
        rule
        for section in (*PASSES, "birth_years", "past")
        for rule in SOURCES[code].get(section, {})
    }


@pytest.mark.parametrize("code", lexicons())
def test_every_rule_has_an_example(code: str) -> None:
    assert rules_of(code) - GIVEN[code]["rules"].keys() == set()


@pytest.mark.parametrize("code", lexicons())
def test_control_an_example_needs_its_rule(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rule at least one of its examples says something else."""
    idle = []
    for rule in sorted(rules_of(code) & grammar.RULES.keys()):
        with monkeypatch.context() as without:
            without.setattr(grammar, "RULES", {**grammar.RULES, rule: lambda *_: None})
            still = [
                said(text, asked or None, language=code) == says
                for text, asked, says in GIVEN[code]["rules"].get(rule, ())
            ]
        if all(still):
            idle.append(rule)
    assert idle == []


@pytest.mark.parametrize("code", WHOLE)
def test_every_wish_and_every_specialty_has_an_example(code: str) -> None:
    wishes = {str(intent) for intent in Intent if intent not in WITHOUT}
    assert wishes - GIVEN[code]["intents"].keys() == set()
    assert SOURCES[code]["specialties"].keys() - GIVEN[code]["specialties"].keys() == set()
