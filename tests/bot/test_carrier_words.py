"""No sentence of ours invites a word as an answer that opts the patient out, or that the carrier
answers in our place."""

import re
from collections.abc import Mapping

import pytest

from bot import phrases
from bot.optout import CARRIER_START, CARRIER_STOP
from bot.phrases import languages
from bot.understanding import understand
from bot.understanding.values import Context, Intent
from tests.bot.test_optout import TWILIO_STOPS
from tests.bot.test_phrases import DEMO
from tests.builders import NOW

# As they stand, in any case, wherever they stand: somebody may send them back by themselves.
CARRIER_WORDS = [*TWILIO_STOPS, r"OPT[- ]OUT", "START", "UNSTOP"]
INVITED = re.compile(rf"(?<![a-z])({'|'.join(CARRIER_WORDS)})(?![a-z])", re.IGNORECASE)
# Everyday words too, so that only what looks like a word to be sent back counts: capitals, a
# quotation, or a choice that is nothing else. HELP and INFO are answered by the carrier.
ANSWERS = ["HELP", "INFO", "AYUDA", "AIDE", "AJUDA", "CANCELAR", "ALTO", "BAJA", "PARAR"]
ANSWERS += ["PARE", "ARRET", "ARRÊT", "ANNULER", "SAIR", "ALTA", "INICIAR", "SUBSCRIBE"]
SHOUTED = re.compile(rf"(?<![A-ZÀ-Ü])({'|'.join(ANSWERS)})(?![A-ZÀ-Ü])")
QUOTED = re.compile(r'["“«] ?([^"”»]+?) ?["”»]')

# The only places: the one hint of how to opt out, and how to come back after that.
ALLOWED = {
    "disclosure": {"STOP", "OPT OUT"},
    "broadcast": {"STOP", "OPT OUT"},
    "opted_out": {"START"},
    "opted_out_everywhere": {"START"},
}
# "Let's start over" is no START: only these exact words are, as the whole message.
HARMLESS = {"restarted", "handed_over", "handed_over_soon", "handed_over_later"}


def inviting(sentences: Mapping[str, str]) -> dict[str, set[str]]:
    """Which words each sentence invites, as far as they are not allowed there."""
    found = {}
    for key, text in sentences.items():
        words = {match[1].upper() for match in INVITED.finditer(text)}
        words |= {match[1] for match in SHOUTED.finditer(text)}
        wholes = {text, *QUOTED.findall(text)}
        words |= {each.upper() for each in wholes if each.strip(" .!?").upper() in ANSWERS}
        if words := words - ALLOWED.get(key, set()):
            found[key] = words
    return {key: words for key, words in found.items() if key not in HARMLESS}


@pytest.mark.parametrize("language", languages())
def test_no_sentence_invites_a_word_that_carriers_act_on(language: str) -> None:
    assert inviting(phrases.sentences(language)) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Reply CANCEL to cancel.",
        "1 Yes, 2 Cancel",
        "Say stop any time.",
        "STOP",
        "The end.",
        "You can opt out.",
        "Reply HELP for help.",
        'Write "help".',
        "Help",
        "Envíe BAJA",
        "«parar»",
        "Ajuda",
    ],
)
def test_such_a_word_would_be_found(text: str) -> None:
    """The control."""
    assert inviting({"somewhere": text})


@pytest.mark.parametrize(
    "text",
    [
        "Your appointment ends at ten; cancelled; stopping; a weekend.",
        "How can I help?",
        "Puedo anular una cita; hasta la baja tensión.",
        "Aidez-nous, parfois.",
    ],
)
def test_everyday_words_that_only_look_alike_are_none(text: str) -> None:
    assert not inviting({"somewhere": text})


@pytest.mark.parametrize("language", languages())
def test_stop_stands_once_and_only_in_the_hint(language: str) -> None:
    sentences = phrases.sentences(language)
    for hint in ("disclosure", "broadcast"):
        assert sentences[hint].count("STOP") == 1
    assert [
        key for key, text in sentences.items() if re.search(r"\bstop\b", text, re.IGNORECASE)
    ] == ["disclosure", "broadcast"]
    assert "{emergency}" in sentences["disclosure"]


def test_the_hint_says_how_to_opt_out_and_who_speaks() -> None:
    hint = phrases.sentences("en")["disclosure"]
    assert "Reply STOP to opt out." in hint
    assert "automated" in hint


@pytest.mark.parametrize("language", languages())
def test_what_we_propose_to_say_or_press_is_never_taken_for_an_opt_out(language: str) -> None:
    """Choices are sent back word for word, and so is what stands between quotation marks."""
    context = Context(now=NOW, directory=DEMO, language=language)
    for key, text in phrases.sentences(language).items():
        is_short = len(text.split()) <= 6 and "{" not in text
        for proposal in (*QUOTED.findall(text), *([text] if is_short else [])):
            assert proposal.casefold() not in CARRIER_STOP | CARRIER_START, key
            assert understand(proposal, context).intent not in (Intent.STOP, Intent.START), key
