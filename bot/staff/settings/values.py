"""What somebody wrote as a new value, read, and checked as the clinic file is."""

import json
from collections.abc import Sequence
from typing import Any

from bot.dialogue.turn import Say, say
from bot.phrases import own
from bot.staff.settings.reading import (
    bare,
    hours_in,
    lengths_in,
    number_in,
    says_none,
    week_in,
)
from bot.staff.settings.subjects import QUIET_HOURS, Subject, keys_of
from bot.staff.settings.worded import unit_of
from bot.staff.work import Work, line
from core.errors import UnfitSetting
from core.rules import defaults, most_of
from core.scheduling.week import DAYS
from core.setup.by_staff import Present
from core.setup.changeable import OPENING_HOURS, PHRASE, REMINDERS, stored
from core.setup.changes import week_of


class Unread(Exception):  # noqa: N818 - it is no error of ours
    """The words are no such value; `says` tells what was expected, with an example."""

    def __init__(self, *says: Say) -> None:
        super().__init__()
        self.says = says


def values_in(
    work: Work, subject: Subject, words: str, here: Sequence[Present]
) -> list[str | None]:
    """Return the value of each of the subject's settings as it is stored; raises Unread.

    `here`: what holds now. Days that are not named keep their hours, texts of other languages
    theirs.
    """
    written = _written(work, subject, words, here)
    try:
        return [
            None if value is None else stored(work.connection, key, value)
            for key, value in zip(keys_of(work, subject), written, strict=True)
        ]
    except UnfitSetting:
        raise _wrong(subject, words) from None


def _written(work: Work, subject: Subject, words: str, here: Sequence[Present]) -> list[Any]:
    """Return what the clinic file would say; None: nothing."""
    language, is_none = work.book.language, says_none(words, work.book.language)
    if subject.is_text:
        return [_texts(work, subject, None if is_none else words, here[0].value)]
    if subject.name == PHRASE:
        return [None if is_none else _sentence(work, subject, words)]
    if subject.name == OPENING_HOURS:
        return [_week(work, subject, words, here[0].value)]
    if subject.name == QUIET_HOURS:
        found = (0, 0) if is_none else hours_in(words)
        if found is None:
            raise _wrong(subject, words)
        return list(found)
    if subject.name == REMINDERS:
        lengths = [] if is_none else lengths_in(bare(words), language)
        if lengths is None:
            raise _wrong(subject, words)
        return [lengths for _ in here]
    if subject.name.endswith("_hour"):
        span = hours_in(f"{words} - 0")
        number = None if span is None else span[0]
    else:
        number = 0 if is_none else number_in(words, language, unit_of(subject.name))
    if number is None:
        raise _wrong(subject, words)
    return [number]


def _wrong(subject: Subject, words: str) -> Unread:
    shown = words if len(words) <= 60 else f"{words[:57]}..."
    if subject.name in defaults():
        kind = "hour" if subject.name.endswith("_hour") else "number"
        return Unread(say(f"wrong_{kind}", text=shown, most=most_of(subject.name)))
    return Unread(say(f"wrong_{'text' if subject.is_text else subject.name}", text=shown))


def _week(work: Work, subject: Subject, words: str, value: str | None) -> dict[str, list[str]]:
    named = week_in(bare(words), work.book.language)
    if named is None:
        raise _wrong(subject, words)
    kept = {
        DAYS[day]: [str(part) for part in parts] for day, parts in week_of(value or "{}").items()
    }
    return {day: hours for day, hours in {**kept, **named}.items() if hours}


def _texts(
    work: Work, subject: Subject, text: str | None, value: str | None
) -> dict[str, str] | None:
    """Return the texts with this one among them; the clinic's first language is never missing."""
    first = work.clinic.directory.languages[0]
    language = subject.language or first
    texts: dict[str, str] = json.loads(value) if value is not None else {}
    if text is not None:
        texts[language] = text
    elif language == first:
        return None
    else:
        texts.pop(language, None)
    if first not in texts:
        raise Unread(say("first_language_first", language=first))
    return texts


def _sentence(work: Work, subject: Subject, text: str) -> str:
    found = list(own.problems(work.clinic.directory, subject.language, subject.about, text))
    if found:
        raise Unread(say("wrong_phrase"), *map(line, found))
    return text
