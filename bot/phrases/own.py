"""A clinic's own wording of a sentence: what it must keep, and what it must not say.

The rule is short. A sentence of one's own keeps the facts of ours: whatever stands in braces there
stands in braces here, save `{clinic}`, `{example}` and `{born}`; "Dr Patel" for "Dr Anita Patel", a
day in fewer letters and an address for a place's name will do. It may name whatever else that
sentence knows. It keeps STOP and START where ours has them, and has no other word that carriers
act upon. It can be sent in the cheap alphabet, in at most two SMS.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from string import Formatter
from typing import Any

from bot import gsm7
from bot.dialogue.state import Draft, Task
from bot.dialogue.values import Visit
from bot.dialogue.wait import Wait
from bot.dialogue.when import When
from bot.directory import Directory, Practitioner
from bot.phrases import (
    ALWAYS,
    MEETING_WORDS,
    Brevity,
    Phrasebook,
    discretion,
    languages,
    sentences,
)
from core.setup.values import nearest, shown

COURTESIES = frozenset({"clinic", "example", "born"})
# First words of ours to somebody: these say who speaks.
SAYS_WHO = frozenset({"disclosure", "broadcast"})
# Words that tell the same fact: one of them will do.
SAME_FACT = ({"who", "whom", "surname"}, {"day", "short_day"}, {"place", "address"})
# Of a visit all can be told; a free time is nobody's yet, and a place opens for everybody.
UNKNOWN_OF: Mapping[str, frozenset[str]] = {
    "visit": frozenset(),
    "was": frozenset(),
    "slot": frozenset({"patient"}),
    "opening": frozenset({"who", "whom", "surname", "patient"}),
}
# As whole messages these opt people out or in, or are answered by the carrier itself.
CARRIER_WORDS = re.compile(
    r"(?<!\w)(STOP|STOPALL|UNSUBSCRIBE|END|QUIT|REVOKE|OPT[- ]?OUT|CANCEL|START|UNSTOP)(?!\w)",
    re.IGNORECASE,
)
# Everyday words too, so that only in capitals, or by themselves, they look like words to send back.
CARRIER_ANSWERS = (
    "HELP|INFO|AYUDA|AIDE|AJUDA|CANCELAR|ALTO|BAJA|PARAR|PARE|ARRET|ARRÊT|ANNULER|SAIR|ALTA|"
    "INICIAR|SUBSCRIBE"
)
SHOUTED = re.compile(rf"(?<!\w)({CARRIER_ANSWERS})(?!\w)")
BY_ITSELF = re.compile(rf'(?:^|["“«] ?)({CARRIER_ANSWERS})[.!?]?(?:$| ?["”»])', re.IGNORECASE)
# Words around the messages, which Telegram and WhatsApp are told once for everybody.
AROUND = re.compile(r"command_\w+|list_button")
MOST_SEGMENTS = 2
LONGEST_DAY = date(2026, 9, 23)
LONGEST_NAME = "Maximiliana Featherstonehaugh"
LONGEST_WISH = When(days=(LONGEST_DAY,), minute_from=10 * 60 + 30, minute_until=16 * 60 + 30)


class _Filling(str):
    """Stands for what no length is known of, and for whatever it has."""

    __slots__ = ()

    def __getattr__(self, name: str) -> str:
        return str(self)


FILLING = _Filling("x" * 25)  # Longer than most.


def problems(directory: Directory | None, language: str, key: str, text: str) -> Iterator[str]:
    """Yield what is wrong with a sentence of one's own; how long it gets, where the clinic is known
    and nothing else is wrong."""
    found = list(mistakes(language, key, text))
    yield from found
    if directory is not None and not found:
        yield from _too_long(directory, language, text)


def mistakes(language: str, key: str, text: str) -> Iterator[str]:
    """Yield what is wrong with a sentence of one's own, in any clinic."""
    ours = sentences(language).get(key)
    if ours is None or AROUND.fullmatch(key):
        yield f"unknown sentence{nearest(key, changeable(language))}"
        return
    try:
        words = words_in(text)
    except ValueError:
        yield f"expected braces in pairs, such as {{phone}}, got {shown(text)}"
        return
    yield from unknown_words(words, may_name(key))
    missing = [fact for fact in must_name(language, key) if not fact & set(words)]
    if missing:
        facts = ", ".join(" or ".join(f"{{{word}}}" for word in sorted(fact)) for fact in missing)
        yield f"expected the facts of our sentence, {facts} is missing: {shown(ours)}"
    yield from _of_carriers(ours, text)
    letters = "".join(dict.fromkeys(sign for sign in text if not gsm7.is_gsm7(gsm7.fold(sign))))
    if letters:
        yield f"expected letters that an SMS has, got {shown(letters)}"


def changeable(language: str) -> dict[str, str]:
    """Return our sentences that a clinic may have otherwise."""
    ours = sentences(language)
    return {key: text for key, text in ours.items() if not AROUND.fullmatch(key)}


def words_in(text: str) -> list[str]:
    """Return what stands in braces, as it stands there; raises ValueError where one is missing."""
    parts = Formatter().parse(text)
    return [
        name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
        for _, name, form, conversion in parts
        if name is not None
    ]


def unknown_words(words: Iterable[str], known: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with words in braces that are none of those that are known."""
    for word in dict.fromkeys(words):
        if word not in known:
            yield f"unknown word in braces, {{{word}}}{nearest(word, known)}"


@cache
def may_name(key: str) -> frozenset[str]:
    """Return the words in braces that a sentence can be filled with: those of the clinic, those
    that ours has in any language, and whatever else can be told of the visit that it names; of what
    nobody has asked for, only what others may read."""
    if (few := discretion.allowed(key)) is not None:
        return few
    ours = {word for code in languages() for word in words_in(sentences(code)[key])}
    roots = UNKNOWN_OF.keys() & {word.partition(".")[0] for word in ours}
    more = {f"{root}.{word}" for root in roots for word in MEETING_WORDS - UNKNOWN_OF[root]}
    return frozenset(ALWAYS | ours | more)


@cache
def must_name(language: str, key: str) -> tuple[frozenset[str], ...]:
    """Return the facts of our sentence, each as the words that can tell it."""
    optional = COURTESIES - ({"clinic"} if key in SAYS_WHO else set())
    words = [word for word in words_in(sentences(language)[key]) if word not in optional]
    return tuple(dict.fromkeys(_telling(word) for word in words))


def _telling(word: str) -> frozenset[str]:
    root, dot, last = word.partition(".")
    same = next((words for words in SAME_FACT if last in words), {last})
    return frozenset(f"{root}.{each}" for each in same) if dot else frozenset({word})


def _of_carriers(ours: str, text: str) -> Iterator[str]:
    for word in ("STOP", "START"):
        if word in ours and word not in text:
            yield f"expected the word {word}, as in our sentence: {shown(ours)}"
    allowed = {word.upper() for word in CARRIER_WORDS.findall(ours)}
    for word in dict.fromkeys(inviting(text)):
        if word.upper() not in allowed:
            yield f"expected no {shown(word)}: carriers act upon whoever sends it back"


def inviting(text: str) -> list[str]:
    """Return the words in it that somebody might send back, and a carrier would act upon."""
    return [*CARRIER_WORDS.findall(text), *SHOUTED.findall(text), *BY_ITSELF.findall(text)]


def sound(own: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return the sentences that can be said: after an update ours may be others than those that
    they were written for."""
    return {
        language: {
            key: text for key, text in texts.items() if not any(mistakes(language, key, text))
        }
        for language, texts in own.items()
        if language in languages()
    }


def _too_long(directory: Directory, language: str, text: str) -> Iterator[str]:
    book = Phrasebook(directory, language, Brevity.WORDS)
    most = max(
        gsm7.segments(gsm7.fold(book.fill(text, values)))
        for values in longest_values(directory, language, words_in(text))
    )
    if most > MOST_SEGMENTS:
        yield f"expected at most {MOST_SEGMENTS} SMS with the clinic's longest names, got {most}"


def longest_values(
    directory: Directory, language: str, words: list[str]
) -> Iterator[Mapping[str, Any]]:
    def letters(person: Practitioner) -> int:
        return len(person.full_name(language))

    person = max(directory.practitioners, key=letters, default=None)
    specialty = max(directory.specialties, key=lambda item: len(item.name(language)), default=None)
    for place in directory.locations:
        start = datetime.combine(LONGEST_DAY, time(22, 30), place.zone).astimezone(UTC)
        span = (start, start + timedelta(minutes=30))
        key = person.key if person else 0
        visit = Visit(0, "", 0, 0, LONGEST_NAME, key, place.key, 0, *span)
        known: dict[str, Any] = dict.fromkeys(UNKNOWN_OF, visit)
        known |= {"patient": LONGEST_NAME, "name": LONGEST_NAME.split()[0], "count": 10}
        known |= {"language": language, "cost": 1_000, "minutes": 100}
        if person:
            known |= {"practitioner": key, "who": Draft(Task.BOOK, practitioner=key)}
        known["wait"] = Wait(0, LONGEST_NAME, key or None, None, when=LONGEST_WISH)
        if specialty:
            known |= {"specialty": specialty.code}
        roots = {word.partition(".")[0] for word in words}
        yield dict.fromkeys(roots, FILLING) | known
