"""What is past: since when something hurts, or when it happened. None of it is an appointment."""

from collections.abc import Iterable

from bot.understanding.chart import Chart, Item
from bot.understanding.lexicon import Lexicon


def past(chart: Chart, lexicon: Lexicon, *, lasting: bool, complaint: bool) -> list[Item]:
    """Return the words that tell of the past; with `lasting` "since Monday" is among them.

    Where one word is "since" and "from" ("desde el lunes"), it is "since" beside a `complaint`.

    Of what may have happened on one of two days, it happened on the first: "it started on Friday,
    can I come on Monday?".
    """
    first: dict[int, Item] = {}
    for match in lexicon.past.matches(chart):
        if not {"lasting": lasting, "ongoing": complaint}.get(match.meaning, True):
            continue
        item = Item("past", match.start, match.end, None)
        known = first.get(match.start)
        longer = known is not None and known.end < match.end
        if known is None or longer == (match.meaning != "over"):
            first[match.start] = item
    return list(first.values())


def is_past(item: Item, told: Iterable[Item]) -> bool:
    """ "The last Friday of May" is more than "last Friday", and is to come."""
    return any(
        item.overlaps(other)
        and not (item.start <= other.start and other.end <= item.end and item.length > other.length)
        for other in told
    )
