"""Putting off: who cannot come and names another time would have their visit moved.

Nobody has to say "move": "can't come tomorrow, Friday after 3?" does, and so does who speaks of a
visit and would have something "instead".
"""

from collections.abc import Collection, Sequence

from bot.understanding import intents, when
from bot.understanding.chart import Item
from bot.understanding.findings import Findings
from bot.understanding.values import Intent

_CLEAR, _DOUBTFUL = 0.85, 0.7
# Wishes that are one with moving a visit, if it is one's own visit that they are about.
_PART_OF_MOVING = frozenset(
    {Intent.BOOK, Intent.AVAILABILITY, Intent.LIST, Intent.CANCEL, Intent.CONFIRM, Intent.LATE}
)


def sure(found: Findings, said: Collection[Intent]) -> float | None:
    """Return how sure it is that a message puts a visit off, None if it does not."""
    wishes = {item.value.intent for item in found.tasks}
    if found.in_hand or wishes - _PART_OF_MOVING:
        return None
    booked, absent = found.said("booked"), found.said("absence")
    firm = _is_firm_cancel(found, absent)
    if _in_place(found) and (booked or absent) and not firm:
        return _CLEAR
    if not absent or firm or Intent.CANCEL not in said:
        return None
    place = min(cue.start for cue in absent)
    asking = any(
        item.start > place
        and item.value.intent in (Intent.BOOK, Intent.AVAILABILITY)
        and item.value.weight >= intents.SURE
        for item in found.phrases
    )
    if asking:
        return _CLEAR
    if turn(found) is None:
        return None
    return _CLEAR if "?" in found.chart.tokens[-1].stop else _DOUBTFUL


def turn(found: Findings) -> int | None:
    """Return where a message turns from the visit that will not do to the time wished for: at the
    pause between two days or times, None where there is none."""
    absent = found.said("absence")
    if not absent:
        return None
    place = min(cue.start for cue in absent)
    days = [item for item in found.days if item.kind in (*when.DAYS, *when.TIMES)]
    for stop in (index + 1 for index, token in enumerate(found.chart.tokens) if token.stop):
        before = any(place < item.start and item.end <= stop for item in days)
        after = any(item.start >= stop for item in days)
        if before and after:
            return stop
    return None


def _in_place(found: Findings) -> bool:
    """Tell whether something else is wanted instead; "also another visit" is wanted besides."""
    besides = found.said("further_visit") if found.said("further") else []
    return any(not any(cue.overlaps(other) for other in besides) for cue in found.said("in_place"))


def _is_firm_cancel(found: Findings, absent: Sequence[Item]) -> bool:
    """ "Cancel it" is firm, "I can't come" is not."""
    return any(
        item.value.intent is Intent.CANCEL
        and item.value.weight >= intents.SURE
        and not any(item.overlaps(cue) for cue in absent)
        for item in found.phrases
    )
