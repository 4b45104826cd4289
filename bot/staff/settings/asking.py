"""Which setting is meant by words: "change the opening hours at Downtown to mon-fri 8-18"."""

import re
from dataclasses import dataclass

from bot.phrases import languages, own
from bot.staff.reading import Asked
from bot.staff.settings.reading import bare, listed, says_none
from bot.staff.settings.subjects import EVERY, QUIET_HOURS, Subject, places
from bot.staff.work import Work
from core.setup.changeable import (
    OPENING_HOURS,
    PHRASE,
    PLACE_TEXTS,
    PREPARATION,
    REMINDERS,
    Group,
)

_NAMED = (OPENING_HOURS, QUIET_HOURS, REMINDERS, *PLACE_TEXTS, PREPARATION)


@dataclass(frozen=True, slots=True)
class Meant:
    """`subjects`: what may be meant, one of them; `words`: the value, if one was said."""

    subjects: tuple[Subject, ...] = ()
    words: str = ""
    group: Group | None = None


def meant_in(work: Work, asked: Asked) -> Meant | None:
    """Return what is meant, None where no setting is named."""
    text = asked.text.strip()
    sentence = _sentence_in(work, text)
    if sentence is not None:
        return sentence
    for name in _NAMED:
        rest = _after(work, text, name)
        if rest is None:
            continue
        found = _subjects(work, name, asked)
        value = "" if found[0].is_text else _value(work, rest, asked)
        return Meant(found, value)
    groups = (group for group in Group if _after(work, text, str(group)) is not None)
    group = next(groups, None)
    return None if group is None else Meant(group=group)


def _subjects(work: Work, name: str, asked: Asked) -> tuple[Subject, ...]:
    if name == QUIET_HOURS:
        return (Subject(name),)
    if name in (REMINDERS, PREPARATION):
        kinds = work.clinic.directory.visit_types
        named = [kind.code for kind in kinds if kind.key == asked.visit_type]
        every = [EVERY] if name == REMINDERS else []
        return tuple(Subject(name, code) for code in named or [*every, *(k.code for k in kinds)])
    here = [asked.location] if asked.location else places(work)
    # Whoever has no place is told so where it is asked whether they may.
    return tuple(Subject(name, location_id=place) for place in here or [0])


def _after(work: Work, text: str, name: str) -> str | None:
    """Return what follows the words for a setting; None where they do not stand there."""
    for words in sorted(listed(work.book.language, name), key=len, reverse=True):
        found = re.search(rf"\b{re.escape(words)}\b", text, re.IGNORECASE)
        if found is not None:
            return text[found.end() :]
    return None


def _value(work: Work, text: str, asked: Asked) -> str:
    """Return what is left as a value, "" where that says none."""
    directory = work.clinic.directory
    names = [place.name for place in directory.locations if place.key == asked.location]
    if asked.visit_type is not None:
        names.append(directory.visit_type(asked.visit_type).name(work.book.language))
    for name in names:
        named = rf"(?:\b(?:at|in|for|of|en|para|de)\s+)?\b{re.escape(name)}\w{{,2}}\b"
        text = re.sub(named, " ", text, flags=re.IGNORECASE)
    language = work.book.language
    text = bare(text.strip(" ?.:,"))
    is_closed = set(listed(language, "closed")).intersection(text.casefold().split())
    is_value = re.search(r"\d", text) or says_none(text, language) or is_closed
    return text if is_value else ""


def _sentence_in(work: Work, text: str) -> Meant | None:
    """Return what "phrase welcome es" names: a sentence, in the clinic's first language unless
    another is named."""
    first, *rest = text.split() or [""]
    if first.casefold() != PHRASE or not rest:
        return None
    first_language = work.clinic.directory.languages[0]
    language = rest[1] if len(rest) > 1 and rest[1] in languages() else first_language
    if rest[0] not in own.changeable(language):
        return Meant(group=Group.SENTENCES)
    return Meant((Subject(PHRASE, rest[0], language),))
