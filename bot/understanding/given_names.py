"""Given names that are a cry for help elsewhere: "Socorro Nunes" is a patient.

"Socorro" alone, or with anything but a name beside it, stays the cry that it is; in doubt, too.
"""

from collections.abc import Sequence

from bot.understanding.chart import Chart
from bot.understanding.clinic import tagged
from bot.understanding.lexicon import Lexicon
from bot.understanding.text import Token

_CRIES = frozenset({"socorro", "auxilio"})
_ANNOUNCING = ("name", "self", "for_person")
_ASKED = ("name", "person", "date_of_birth")
_MOST = 6  # Words of an answer that is a name,
_FEW = 3  # and of one in words that mean nothing here, in small letters.


def places(chart: Chart, words: Lexicon, asked: str | None) -> set[int]:
    """Return where such a name stands: asked for, announced, or written as names are within a
    sentence, each with another name after it."""
    found = {
        place
        for place, token in enumerate(chart.tokens)
        if token.word in _CRIES and _is_named_on(chart.tokens[place:], words)
    }
    if not found:
        return found
    announced = {cue.end for cue in tagged(words.people, chart) if cue.kind in _ANNOUNCING}
    answers = asked in _ASKED and _is_all_name(chart.tokens, words)
    return {
        place
        for place in found
        if answers or place in announced or _is_written_as_name(chart, place)
    }


def _is_named_on(tokens: Sequence[Token], words: Lexicon) -> bool:
    """ "Socorro Nunes", "Socorro da Silva"."""
    rest = [token for token in tokens[1:3] if token.word not in words.particles]
    return not tokens[0].stop and bool(rest) and _is_name(rest[0], words)


def _is_name(token: Token, words: Lexicon) -> bool:
    strange = token.misspelt or token.word not in words.ordinary
    return token.typed.isalpha() and (strange or token.word in words.names)


def _is_all_name(tokens: Sequence[Token], words: Lexicon) -> bool:
    spelt = [token for token in tokens if token.typed.isalpha()]
    named = (
        token.word in _CRIES or token.word in words.particles or _is_name(token, words)
        for token in spelt
    )
    strange = any(token.misspelt and token.typed.islower() for token in spelt)
    return len(spelt) <= (_FEW if strange else _MOST) and all(named)


def _is_written_as_name(chart: Chart, place: int) -> bool:
    """With a capital, and so is the next; at the beginning of a sentence, where all have one, with
    a birth date after it."""
    tokens = chart.tokens
    capitals = all(token.typed[:1].isupper() for token in tokens[place : place + 2])
    if not capitals or any(token.typed.isupper() for token in tokens[place : place + 2]):
        return False
    dated = any(token.is_number for token in tokens[place + 2 : place + 5])
    return dated or (place > 0 and not tokens[place - 1].stop)
