"""A question in the same breath as an answer: "Tuesday afternoon then, and what's the address?".

What is told before it holds, whatever is asked: the two parts are read apart.
"""

from dataclasses import replace

from bot.understanding import when
from bot.understanding.findings import Findings
from bot.understanding.values import Intent, Understanding, Wish

_TELLING = {Intent.INFORM, Intent.BOOK, Intent.AVAILABILITY, Intent.RESCHEDULE}
_OF_A_PERSON = ("name", "date_of_birth")


def begins(found: Findings) -> int | None:
    """Return where in the text a question begins, after what answers or wishes for something; None
    where nothing stands before it.

    The two are set apart by an "and" or a "but"; in the middle of something a stop will do. Without
    one "Dr Chen on Tuesday. What do you charge?" asks about just that.
    """
    tokens = found.chart.tokens
    joints = {cue.start for cue in found.said("joint")}
    asked = [item.start for item in found.tasks if item.value.intent is Intent.ASK][:1]
    if not asked and tokens and found.asked(*_OF_A_PERSON) and "?" in tokens[-1].stop:
        asked = [len(tokens)]  # Whatever it asks: "Joan Marsh, do you need my birthday too?".
    places = [
        place
        for place in range(1, (asked or [0])[0] + 1)
        if place < len(tokens)
        and (place in joints or (found.in_hand and bool(tokens[place - 1].stop)))
    ]
    if not places:
        return None
    told = (*found.names, *(item for item in found.days if item.kind in (*when.DAYS, *when.TIMES)))
    return tokens[places[-1]].start if any(item.end <= places[-1] for item in told) else None


def joined(told: Understanding, question: Understanding) -> Understanding | None:
    """Return what is told with the question beside it; None where nothing is told, or nothing is
    asked that can be answered."""
    if told.intent not in _TELLING or told.also:
        return None
    if question.intent is Intent.ASK:
        also = (Wish(Intent.ASK, question.entities), *question.also)
        return replace(told, also=also)
    return told if told.entities.said() & set(_OF_A_PERSON) else None
