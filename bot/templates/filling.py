"""What a template could say of what is said: noted with the message, whatever form it leaves in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.dialogue.turn import Say
from bot.phrases import Brevity, Phrasebook
from bot.templates.sentences import COST, LINES, SENTENCES, TIMES, may_name


@dataclass(frozen=True, slots=True)
class Spoken:
    """The sentence that was said, and every word that a template of it may name."""

    key: str
    variables: Mapping[str, str]


def spoken(says: Sequence[Say], phrasebook: Phrasebook) -> Spoken | None:
    """Return the sentence among these that has a template; None if none has."""
    said = next((each for each in says if each.key in SENTENCES), None)
    if said is None:
        return None
    book = replace(phrasebook, brevity=Brevity.NONE)
    values: dict[str, Any] = dict(said.values)
    for each in says:
        if COST in each.values:
            values[COST] = each.values[COST]
    if lines := [book.say(each) for each in says if each.key in LINES]:
        values[TIMES] = ", ".join(lines)
    return Spoken(said.key, words(said.key, values, book))


def words(key: str, values: Mapping[str, Any], book: Phrasebook) -> dict[str, str]:
    """Return each word that a template of the sentence may name, as far as its value is known."""
    known = values.keys() | book.of_clinic.keys()
    return {
        word: book.fill(f"{{{word}}}", values)
        for word in may_name(key)
        if word.partition(".")[0] in known
    }
