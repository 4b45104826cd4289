"""How we speak: short, warm, without blame, right for women and men; and never twice alike."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bot import gsm7
from bot.phrases import languages, own, sentences

TRANSCRIPTS = sorted((Path(__file__).parents[1] / "dialogues").glob("*.txt"))
PEOPLE = r"\{(?:\w+\.(?:who|surname|patient)|who|practitioner|patient|name)\}"
# An article or a participle that would have to know whether it speaks of a woman or of a man.
GENDERED = {
    "es": rf"\b(?:el|la|del|los|las) {PEOPLE}|\b(?:el|del|al) paciente\b|bienvenid|juntos",
    "fr": rf"\b(?:le|la|du|de) {PEOPLE}|\b(?:le|du|au) patient\b|désolé|bienvenu|ravi\b",
    "pt": rf"\b(?:o|a|do|da|ao|à) {PEOPLE}|\b(?:o|do|ao) paciente\b|obrigad|bem-vind|juntos",
}
BLAMING = {
    "en": r"\binvalid|\bthat(?:'s| is) wrong|\berror|\byou must|\byou failed|\byour mistake",
    "es": r"\binválid|\bincorrect|\berror(?!,)|\busted debe|\bdebe usted",
    "fr": r"\binvalide|\berreur|\bvous devez|\bvous avez oublié",
    "pt": r"\binválid|\bincorret|\berro\b|\bvocê deve",
}
APOLOGY = (
    r"\bsorry\b|\bperdone\b|\bdisculpe\b|\blo siento\b|\bpardon\b|\bdesculpe\b|\bsinto muito\b"
)
# What may be said twice, word for word: a full sentence that asks for a yes, what there is, whom to
# call, and words that are the patient's or a clinic's own.
SAME_AGAIN = (
    r"confirm_|visit|emergency|self_harm|violence|booked|moved|help|disclosure|broadcast|"
    r"prices|told|address|phone_of|hours_|open|closed|is_in|who_is|lasts|people|no_advice|results"
)
OUR_WORDS, FEW = r"\b\w+\b(?![^{]*\})", 2  # A sentence with fewer may be anything.
CHOICES = re.compile(r"\[|\d+ ")


@pytest.mark.parametrize("language", languages())
def test_nobody_is_shouted_at(language: str) -> None:
    for key, text in sentences(language).items():
        assert text.count("!") <= (1 if key == "greeting" else 0), key
        assert not re.search(r"[A-Z]{5,}", text.replace("START", "")), key


@pytest.mark.parametrize("language", GENDERED)
def test_a_sentence_is_right_for_women_and_men(language: str) -> None:
    wrong = {
        key: text
        for key, text in sentences(language).items()
        if re.search(GENDERED[language], text, re.IGNORECASE)
    }
    assert wrong == {}


@pytest.mark.parametrize("language", languages())
def test_nobody_is_blamed(language: str) -> None:
    wrong = {
        key: text
        for key, text in sentences(language).items()
        if re.search(BLAMING[language], text, re.IGNORECASE)
    }
    assert wrong == {}


def test_such_sentences_would_be_found() -> None:
    """The control."""
    assert re.search(GENDERED["es"], "El {slot.who} está libre.", re.IGNORECASE)
    assert re.search(GENDERED["fr"], "Visite de {patient}")
    assert re.search(GENDERED["pt"], "Obrigado.", re.IGNORECASE)
    assert re.search(BLAMING["en"], "That is an invalid date.")


# Once more, in other words.


@pytest.mark.parametrize("language", languages())
def test_a_second_form_asks_the_same_in_other_words(language: str) -> None:
    ours = sentences(language)
    seconds = [key for key in ours if key.endswith("_again")]
    assert len(seconds) > 30
    for key in seconds:
        first = key.removesuffix("_again")
        assert ours[key] != ours[first]
        assert own.may_name(key) <= own.may_name(first), key
        if key.startswith(("offer", "ask_when", "ask_specialty", "ask_person", "slot_is_free")):
            assert len(ours[key]) <= len(ours[first]), key


@pytest.mark.parametrize("language", languages())
def test_what_asks_for_a_yes_to_something_irreversible_has_no_shorter_second_form(
    language: str,
) -> None:
    again = {f"{key}_again" for key in sentences(language) if key.startswith("confirm_")}
    assert not again & sentences(language).keys()


# Whole replies, as they come out of the conversations that we keep.


def replies(path: Path) -> Iterator[list[str]]:
    """The lines of each reply; an empty one where something happens, such as days that pass."""
    reply: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("< "):
            reply.append(line[2:])
        elif reply:
            yield reply
            reply = []
        if line.startswith("! "):
            yield []
    if reply:
        yield reply


def apologies(reply: list[str]) -> int:
    return len(re.findall(APOLOGY, " ".join(reply), re.IGNORECASE))


def test_no_reply_apologises_twice() -> None:
    found = [
        (path.stem, reply)
        for path in TRANSCRIPTS
        for reply in replies(path)
        if apologies(reply) > 1
    ]
    assert found == []
    assert any(apologies(reply) for path in TRANSCRIPTS for reply in replies(path))  # The control.


def test_no_reply_repeats_the_one_before() -> None:
    """But for what must be said in full each time, and the choices."""
    found = [
        (path.stem, line)
        for path in TRANSCRIPTS
        for line in repeated(list(replies(path)), language_of(path))
    ]
    assert found == []


def language_of(path: Path) -> str:
    code = path.stem.partition("_")[0]
    return code if code in languages() else "en"


def repeated(said: list[list[str]], language: str) -> list[str]:
    ours = sentences(language)
    may = [_pattern(text) for key, text in ours.items() if re.match(SAME_AGAIN, key)]
    others = [text for key, text in ours.items() if not re.match(SAME_AGAIN, key)]
    may_not = [_pattern(text) for text in others if len(re.findall(OUR_WORDS, text)) > FEW]
    return [
        line
        for before, after in pairwise(said)
        # Other times below the same words are an answer of their own.
        if list(filter(CHOICES.match, before)) == list(filter(CHOICES.match, after))
        for line in after
        if line in before
        and not CHOICES.match(line)
        and (_is_one_of(may_not, line) or not _is_one_of(may, line))
    ]


def _is_one_of(patterns: list[re.Pattern[str]], line: str) -> bool:
    return any(pattern.fullmatch(gsm7.fold(line)) for pattern in patterns)


def _pattern(text: str) -> re.Pattern[str]:
    """Our sentence, whatever stands in its braces, as it is sent by SMS."""
    return re.compile(".*".join(map(re.escape, re.split(r"\{[^}]*\}", gsm7.fold(text)))))


def test_a_reply_that_repeats_itself_would_be_found() -> None:
    """The control."""
    assert repeated([["Sorry, I didn't get that."], ["Sorry, I didn't get that."]], "en")
    assert not repeated([["You have one visit ahead:"], ["You have one visit ahead:"]], "en")
