"""Every language file is whole."""

import tomllib

import pytest

from bot.understanding import grammar
from bot.understanding.lexicon import LANGUAGES, PASSES, lexicon, lexicons
from bot.understanding.values import Intent


@pytest.mark.parametrize("code", lexicons())
def test_a_language_names_only_rules_and_intents_that_exist(code: str) -> None:
    source = tomllib.loads((LANGUAGES / f"{code}.toml").read_text(encoding="utf-8"))
    for section in PASSES:
        assert source[section].keys() <= grammar.RULES.keys()
    assert set(source.get("intents", ())) <= {intent.value for intent in Intent}
    assert lexicon(code) is lexicon(code)


def test_english_has_a_phrase_for_every_intent_but_those_that_need_none() -> None:
    source = tomllib.loads((LANGUAGES / "en.toml").read_text(encoding="utf-8"))
    without = {Intent.ASK, Intent.INFORM, Intent.EMERGENCY}
    told = set(source["intents"]) | set(source["exact"])
    assert {intent.value for intent in Intent if intent not in without} <= told


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(KeyError, match="xx"):
        lexicon("xx")
