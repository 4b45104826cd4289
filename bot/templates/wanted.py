"""The templates that a clinic wants: our sentences in every language that we talk, or its own."""

import hashlib
import json
from collections.abc import Iterator, Mapping

from bot.directory import Directory
from bot.phrases import Phrasebook, languages, own, sentences
from bot.templates import checks
from bot.templates.filling import words
from bot.templates.sentences import SENTENCES, TIMES
from core.messaging.templates import BUTTON, Wanted
from core.setup.whatsapp import WhatsAppTemplate

Described = Mapping[str, Mapping[str, WhatsAppTemplate]]  # Language -> sentence -> in its words.

OURS = "frontdesk_"  # Begins the names of those that we make.


def wanted_templates(directory: Directory, described: Described) -> list[Wanted]:
    """Return them all; of those that Twilio has already, body and buttons are read from there."""
    return [
        _wanted(directory, language, key, described.get(language, {}).get(key))
        for language in languages()
        for key in SENTENCES
    ]


def _wanted(directory: Directory, language: str, key: str, told: WhatsAppTemplate | None) -> Wanted:
    told = told or WhatsAppTemplate()
    if told.content_sid is not None:
        words_of_it = tuple(told.variables or ())
        name = f"{told.content_sid}_{_digest(key, language, words_of_it)}"
        return Wanted(key, language, name, "", "", words_of_it, (), told.content_sid)
    category = told.category or SENTENCES[key].category
    body, named = numbered(told.body or default_body(directory, language, key))
    buttons = tuple(default_buttons(directory, language, key))
    if told.buttons is not None:
        buttons = tuple(told.buttons)
    pressed = tuple(f"{BUTTON}{number}" for number, _ in enumerate(buttons, start=1))
    name = _name(key, language, category, body, buttons)
    return Wanted(key, language, name, category, body, (*named, *pressed), buttons)


def _name(key: str, language: str, category: str, body: str, buttons: tuple[str, ...]) -> str:
    """Of a wording, and of no other: what is there already is found by it."""
    return f"{OURS}{key}_{language}_{_digest(key, language, category, body, buttons)}"


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:10]


def default_body(directory: Directory, language: str, key: str) -> str:
    """Return the clinic's own sentence where it could be a template, else ours."""
    texts = directory.phrases.get(language, {})
    if key in texts:
        mine = _whole(key, {**sentences(language), **texts})
        if not any(checks.body_mistakes(key, mine)):
            return mine
    return _whole(key, sentences(language))


def _whole(key: str, texts: Mapping[str, str]) -> str:
    return "\n".join((texts[key], *(texts.get(each, each) for each in SENTENCES[key].below)))


def default_buttons(directory: Directory, language: str, key: str) -> Iterator[str]:
    book = Phrasebook(directory, language)
    for answer in SENTENCES[key].answers:
        label = book.say(answer.label)
        ours = sentences(language)[answer.label.key]
        yield label if len(label) <= checks.LONGEST_TITLE else ours


def numbered(body: str) -> tuple[str, tuple[str, ...]]:
    """Return the body as Twilio has it, with {{1}}, {{2}} ..., and the words that fill it."""
    named = tuple(dict.fromkeys(own.words_in(body)))
    for number, word in enumerate(named, start=1):
        body = body.replace(f"{{{word}}}", f"{{{{{number}}}}}")
    return body, named


def samples(directory: Directory, wanted: Wanted) -> dict[str, str]:
    """Return an example for each variable, which WhatsApp's reviewers read: nobody's data."""
    named = [word for word in wanted.variables if not word.startswith(BUTTON)]
    values = next(iter(own.longest_values(directory, wanted.language, named)))
    book = Phrasebook(directory, wanted.language, discreet=True)
    times = ", ".join([book.fill("{visit.time}", values)] * 2)
    known = words(wanted.key, {**values, TIMES: times}, book)
    return {
        str(number): known.get(word) or f"1:{word.removeprefix(BUTTON)}"
        for number, word in enumerate(wanted.variables, start=1)
    }
