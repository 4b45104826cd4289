"""What is wrong with a template in a clinic's own words, before WhatsApp's reviewers say so.

Sources: Twilio's pages `twilio/quick-reply` (length, variables at the edges and side by side) and
"WhatsApp message template approvals"; what may be read by others is `bot.phrases.discretion`'s.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.dialogue.turn import MOST_VISITS
from bot.directory import Directory
from bot.phrases import Phrasebook, languages, own
from bot.rendering import QUICK_REPLY_TITLE, WHATSAPP_BODY
from bot.templates.sentences import SENTENCES, TIMES, may_name
from core.messaging.templates import BUTTON
from core.setup.lines import Path
from core.setup.values import Problem, nearest, shown

LONGEST_TITLE = QUICK_REPLY_TITLE
_BRACES = r"\{[^{}]*\}"
AT_AN_EDGE = re.compile(rf"^\s*{_BRACES}|{_BRACES}\s*$")
SIDE_BY_SIDE = re.compile(rf"{_BRACES}\s*{_BRACES}")
ROW_OF_BLANKS = re.compile(r"\t| {4}|\n{3}")


def problems(
    directory: Directory | None, language: str, key: str, told: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield what is wrong with one template of the clinic file, as far as it can be read; how long
    it gets where the clinic is known."""
    if language not in languages():
        yield (), f"expected a language that is talked here{nearest(language, languages())}"
        return
    if key not in SENTENCES:
        yield (), f"unknown sentence{nearest(key, SENTENCES)}"
        return
    if isinstance(body := told.get("body"), str):
        found = list(body_mistakes(key, body.strip()))
        if directory is not None and not found:
            found = list(_too_long(directory, language, body.strip()))
        yield from ((("body",), what) for what in found)
    if isinstance(buttons := told.get("buttons"), list):
        yield from _in_buttons(key, buttons)
    if isinstance(variables := told.get("variables"), list):
        known = may_name(key) | _presses(key)
        named = [word for word in variables if isinstance(word, str)]
        yield from ((("variables",), what) for what in own.unknown_words(named, known))


def body_mistakes(key: str, body: str) -> Iterator[str]:
    """Yield what is wrong with the body of a template, in any clinic."""
    if "{{" in body:
        yield f"expected words in braces such as {{visit.day}}, got {shown(body)}"
        return
    try:
        words = own.words_in(body)
    except ValueError:
        yield f"expected braces in pairs, such as {{visit.day}}, got {shown(body)}"
        return
    yield from own.unknown_words(words, may_name(key))
    if AT_AN_EDGE.search(body):
        yield "expected words before and after all that stands in braces: WhatsApp wants them"
    if SIDE_BY_SIDE.search(body):
        yield "expected words between two that stand in braces: WhatsApp wants them"
    if ROW_OF_BLANKS.search(body):
        yield "expected no tabs, no four blanks and no two empty lines in a row"
    yield from _of_carriers(body)


def _of_carriers(text: str) -> Iterator[str]:
    for word in dict.fromkeys(own.inviting(text)):
        yield f"expected no {shown(word)}: carriers act upon whoever sends it back"


def _in_buttons(key: str, titles: Sequence[object]) -> Iterator[Problem]:
    """One for each answer, in their order, or none: what is pressed is known by its place."""
    answers = len(SENTENCES[key].answers)
    if titles and len(titles) != answers:
        right = f"{answers} buttons, one for each answer, or none" if answers else "no buttons here"
        yield ("buttons",), f"expected {right}, got {len(titles)}"
    for place, title in enumerate(titles):
        if not isinstance(title, str):
            continue
        path: Path = ("buttons", place)
        if len(title) > LONGEST_TITLE:
            yield path, f"expected at most {LONGEST_TITLE} characters, got {len(title)}"
        if "{" in title:
            yield path, f"expected a title without braces, got {shown(title)}"
        if title in titles[:place]:
            yield path, f"expected each title once, got {shown(title)} again"
        yield from ((path, what) for what in _of_carriers(title))


def _presses(key: str) -> frozenset[str]:
    """Return the names of what comes back when a button is pressed."""
    return frozenset(f"{BUTTON}{place}" for place, _ in enumerate(SENTENCES[key].answers, start=1))


def _too_long(directory: Directory, language: str, body: str) -> Iterator[str]:
    book = Phrasebook(directory, language)
    times = ", ".join(["10:30 PM: Maximiliana"] * MOST_VISITS)
    most = max(
        len(book.fill(body, {**values, TIMES: times}))
        for values in own.longest_values(directory, language, own.words_in(body))
    )
    if most > WHATSAPP_BODY:
        yield f"expected at most {WHATSAPP_BODY} characters with the longest names, got {most}"
