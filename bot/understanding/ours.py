"""Whether a message is about anything of a clinic's, told by the words that mean nothing here."""

from collections.abc import Sequence

from bot.understanding.chart import Item
from bot.understanding.findings import Findings

_MANY = 2  # Strange words, from which on a wish may be none of ours.
_MOST = 4  # The same, where a doctor or a complaint and a day are named.
# Topics whose words are used of anything in the world.
_VAGUE_TOPICS = frozenset({"price", "practitioners", "phone", "hours"})


def is_ours(found: Findings) -> bool:
    """Tell whether a wish is about something of a clinic's, or at least about nothing strange."""
    named = found.names_something() or found.days or found.relations or found.names
    return bool(named or found.chart.items("visit", "doctor")) or _strange_words(found) < _MANY


def is_strange(found: Findings) -> bool:
    """Tell whether the words that mean nothing here outweigh those that do.

    Only of a message out of the blue: in a task, half a sentence is enough.
    """
    strange = _strange_words(found)
    if found.names_something() and found.days:
        return strange > _MOST
    return strange > _MANY or (strange == _MANY and not found.names_something())


def is_vague(tasks: Sequence[Item]) -> bool:
    """ "How much" is about us only if nothing else in the message is strange."""
    return all(item.value.topic in _VAGUE_TOPICS for item in tasks)


def names_none(found: Findings) -> bool:
    """ "Yoga on Tuesday, is there room?" asks for nothing that a clinic has."""
    return not (found.in_hand or found.names_something())


def _strange_words(found: Findings) -> int:
    """Return how many words of a message out of the blue mean nothing here."""
    if found.in_hand:
        return 0
    known = (
        *found.names, *found.days, *found.specialties, *found.phrases, *found.relations,
        *found.said("filler", "trailing", "joint"),
    )  # fmt: skip
    explained = {index for item in known for index in range(item.start, item.end)}
    ordinary = found.words.common | found.words.particles
    return sum(
        index not in explained and token.word not in ordinary and token.typed.isalpha()
        for index, token in enumerate(found.chart.tokens)
    )
