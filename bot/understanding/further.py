"""A further visit in the same breath: "yes, and can you book one for my son too?".

Such a message answers the open question and then wants something else. Its two parts are read
apart, so that neither takes the other's names and hours.
"""

from dataclasses import replace

from bot.understanding.findings import Findings
from bot.understanding.values import Entities, Intent, Person, Understanding, Wish

_ANSWERING = {Intent.YES, Intent.INFORM, Intent.BOOK}
_NOTHING = {Intent.OUT_OF_SCOPE, Intent.GREET, Intent.THANKS}
_WANTING = {Intent.BOOK, Intent.AVAILABILITY}
_OPEN = ("yes_no", "slot", "name", "date_of_birth")
_TELLING = {Intent.INFORM, Intent.ASK}


def begins(found: Findings) -> int | None:
    """Return where in the text a further visit may begin, None where nothing speaks of one.

    It is about somebody else or says that it is another visit, and a word such as "also" goes with
    it; what answers the question stands before it, set apart by a stop or an "and". After an
    offer, or where it is asked who the patient is, it may be all that is said.
    """
    another = [cue.start for cue in found.said("further_visit")]
    others = [item.start for item in found.relations if item.value is not Person.SELF]
    besides = [cue.start for cue in found.said("further", "directly_after")]
    besides = besides or (another if others else [])
    others += another
    if found.context.asked is None or not besides or not others:
        return None
    tokens = found.chart.tokens
    joints = {cue.start for cue in found.said("joint")}
    answers = {item.end for item in found.phrases if item.value.intent is Intent.YES}
    starts = [
        place
        for place in range(1, min(*besides, *others) + 1)
        if tokens[place - 1].stop or (place in joints and place in answers)
    ]
    if starts:
        return tokens[starts[-1]].start
    return 0 if found.asked(*_OPEN) else None


def one_more(found: Findings, whole: Understanding) -> Understanding:
    """ "And one for my wife, too", where nothing is asked: a wish of its own, and not that what
    there is was meant for her."""
    for_another = whole.entities.person not in (None, Person.SELF)
    more = found.said("further", "further_visit")
    if whole.intent is Intent.INFORM and for_another and more and found.context.asked is None:
        return replace(whole, intent=Intent.BOOK)
    return whole


def joined(answer: Understanding | None, wish: Understanding) -> Understanding | None:
    """Return the answer, if there is one, with the wish beside it; None where the wish is none."""
    if answer and answer.intent in _NOTHING:
        answer = None  # "You know, my daughter needs one too."
    said = wish.entities
    # "Can I bring my son for his jab?" asks, and yet is one.
    is_visit = wish.intent in _WANTING or (
        wish.intent in _TELLING and (said.specialty or said.visit_type or said.directly_after)
    )
    if not is_visit or (answer and (answer.intent not in _ANSWERING or answer.also)):
        return None
    also = (Wish(Intent.BOOK, said), *wish.also)
    if answer is None:
        return Understanding(Intent.INFORM, wish.confidence, Entities(), wish.language, also)
    return replace(answer, also=also)
