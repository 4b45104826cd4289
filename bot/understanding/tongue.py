"""Which language a message is written in, as far as its words tell."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from bot.understanding.lexicon import lexicon
from bot.understanding.text import words_of

# One word tells nothing: "no" and "ok" are everybody's, and "hola" may be a courtesy.
FEWEST_WORDS = 3
FEWEST_TELLING = 2
_LONGEST = 500  # Letters that are looked at; more would tell the same.


def prepare(among: Sequence[str]) -> None:
    """Read all that these languages need, so that no patient waits for it."""
    _owners(tuple(among))


def written_in(text: str, among: Sequence[str]) -> str | None:
    """Return the language of a message, None where it is not clear.

    A word tells when just one of the languages knows it, or has it among its everyday words. The
    language must have two such words, and more than twice as many as any other; one is enough where
    no other language knows all the words.
    """
    words = words_of(text[:_LONGEST])
    if len(words) < FEWEST_WORDS:
        return None
    owners = _owners(tuple(among))
    telling = [owners[word] for word in words if word in owners]
    counts = sorted(((telling.count(code), code) for code in set(telling)), reverse=True)
    if not counts:
        return None
    if counts[0][0] < FEWEST_TELLING:
        knowing = [code for code in among if lexicon(code).words.issuperset(words)]
        return knowing[0] if knowing == [counts[0][1]] and len(counts) == 1 else None
    if len(counts) > 1 and counts[0][0] <= 2 * counts[1][0]:
        return None
    return counts[0][1]


def hinted_in(text: str, among: Sequence[str]) -> str | None:
    """Return the language that the words of a message tell, however few; None where none or
    several do. For somebody of whom nothing else is known: "bonjour"."""
    owners = _owners(tuple(among))
    told = {owners[word] for word in words_of(text[:_LONGEST]) if word in owners}
    return told.pop() if len(told) == 1 else None


def knows_a_word(text: str, language: str) -> bool:
    """Tell whether a language has any of the words: else there is nothing to understand in it."""
    return not lexicon(language).ordinary.isdisjoint(words_of(text[:_LONGEST]))


@lru_cache(maxsize=8)
def _owners(codes: tuple[str, ...]) -> Mapping[str, str]:
    """Return the words that tell one of these languages, names left out."""
    knowing: dict[str, list[str]] = {}
    everyday: dict[str, list[str]] = {}
    names = frozenset[str]().union(*(lexicon(code).names for code in codes))
    for code in codes:
        words = lexicon(code)
        for word in words.ordinary - names:
            knowing.setdefault(word, []).append(code)
        for word in (words.common | (words.particles & words.ordinary)) - names:
            everyday.setdefault(word, []).append(code)
    return {
        word: owners[0]
        for owners_of in (everyday, knowing)  # Who alone knows a word comes last and counts.
        for word, owners in owners_of.items()
        if len(owners) == 1
    }
