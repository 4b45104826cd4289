"""What is left of a message when all that means something here is taken away: whom staff name, of
whom understanding knows nothing."""

from collections.abc import Sequence

from bot.understanding.findings import Findings
from bot.understanding.text import Token, folded

_SIGNS = "-'\N{RIGHT SINGLE QUOTATION MARK}."


def names_mistaken(found: Findings) -> list[Token]:
    """Return given names that were read as a shorthand: "tom" is no day where staff name people."""
    names = found.words.names
    return [
        token
        for token in found.chart.tokens
        if token.word != folded(token.typed) and folded(token.typed) in names
    ]


def without(text: str, tokens: Sequence[Token]) -> str:
    """Return the text with blanks in their place."""
    for token in tokens:
        text = text[: token.start] + " " * (token.end - token.start) + text[token.end :]
    return text


def unread(found: Findings, also: Sequence[Token] = ()) -> str:
    """Return the words that nothing was made of, as they were typed and in their order; `also`:
    words of the same text that were taken out of it before."""
    read = (
        *found.names,
        *found.days,
        *found.specialties,
        *found.relations,
        *found.cues,
        *found.chart.items("location", "visit", "part"),
        *found.said("filler", "trailing", "joint"),
    )
    taken = {index for item in read for index in range(item.start, item.end)}
    ordinary = found.words.common | found.words.particles
    left = [
        token
        for index, token in enumerate(found.chart.tokens)
        if index not in taken and token.word not in ordinary and _is_word(token.typed)
    ]
    in_order = sorted([*left, *also], key=lambda token: token.start)
    return " ".join(dict.fromkeys(token.typed for token in in_order))


def _is_word(typed: str) -> bool:
    return typed.translate({ord(sign): "" for sign in _SIGNS}).isalpha()
