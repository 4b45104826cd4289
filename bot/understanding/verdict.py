"""Which of the things said is the point of the message.

In this order: a whole message with one meaning ("STOP"); the answer to the open question; yes or
no; a wish; a word about the conversation ("go back"); entities for the task in hand; courtesies.
What is left is out of scope, with a confidence so low that nobody acts on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding import intents
from bot.understanding.chart import Item
from bot.understanding.findings import Findings
from bot.understanding.values import Intent

_CERTAIN = 0.9  # Of a phrase that leaves no doubt.
_ANSWER = 0.9
_IN_HAND, _TO_BOOK, _LOOSE = 0.85, 0.7, 0.6  # Of entities: for a task, a doctor's name, a day.
_FEW = 2  # Words that may go before a "no" that answers: "well, um, no".
_STRANGE, _EMPTY = 0.3, 0.2
_BEFORE_OTHERS = (Intent.DECEASED, Intent.WRONG_PERSON, Intent.STOP)
_GIVEN = frozenset(
    {"choice", "name", "date_of_birth", "phone", "person", "usual", "same", "rating", "date",
     "time", "ambiguous"}
)  # fmt: skip
# Topics whose words are used of anything in the world.
_VAGUE_TOPICS = frozenset({"price", "practitioners", "phone", "hours"})


@dataclass(frozen=True, slots=True)
class Verdict:
    intent: Intent
    confidence: float
    topic: str | None = None
    also: tuple[Item, ...] = ()  # Phrases of further wishes, in order.


def decide(found: Findings) -> Verdict:
    said = {item.value.intent: item for item in reversed(found.phrases)}
    for judge in (_exact, _answer, _yes_or_no, _not_for_us, _wish, _move, _courtesy, _entities):
        if verdict := judge(found, said):
            return verdict
    if found.asked("reason", "text") and found.chart.words:
        return Verdict(Intent.INFORM, _LOOSE)
    return _greeting(said) or Verdict(
        Intent.OUT_OF_SCOPE, _STRANGE if found.chart.words else _EMPTY
    )


Said = dict[Intent, Item]


def _exact(found: Findings, said: Said) -> Verdict | None:
    del said
    intent = found.words.exact.get(tuple(found.chart.words))
    return Verdict(intent, 1.0) if intent else None


def _answer(found: Findings, said: Said) -> Verdict | None:
    """A message that gives just what was asked: a name, a birth date, a number."""
    del said
    given = {
        "name": not found.tasks,
        "date_of_birth": not _sure(found),
        "phone": True,
        "rating": True,
    }.get(found.context.asked or "", False)
    unclear = found.entities.get("ambiguous", ())
    if given and (found.context.asked in found.entities or found.context.asked in unclear):
        return Verdict(Intent.INFORM, _ANSWER)
    return None


def _yes_or_no(found: Findings, said: Said) -> Verdict | None:
    if (no := said.get(Intent.NO)) and _is_no(found, said, no):
        return Verdict(Intent.NO, no.value.weight)
    if (yes := said.get(Intent.YES)) and _is_yes(found, said, yes):
        return Verdict(Intent.YES, yes.value.weight)
    return None


def _is_no(found: Findings, said: Said, no: Item) -> bool:
    """ "No, Thursday" is a no; "no, cancel it" is a wish; "no fever" answers nothing."""
    if no.length == 1 and not found.chart.tokens[no.start].stop:
        denied = (*found.dangers, *found.specialties)
        if any(item.start == no.end for item in denied):
            return False
        inside = no.start > _FEW and not found.chart.begins_sentence[no.start]
        if inside and no.end < len(found.chart.words):
            return False  # "A cough and no appetite", "but there's no rush".
    if {Intent.ALTERNATIVES, Intent.UNDO, Intent.RESTART, Intent.BACK} & said.keys():
        return False
    wishes = {item.value.intent for item in found.tasks}
    return not (wishes - {Intent.BOOK, Intent.AVAILABILITY} if found.in_hand else wishes)


def _is_yes(found: Findings, said: Said, yes: Item) -> bool:
    """ "Yes, but at 3" is a yes; "Tuesday is fine" gives a day; "great, thanks" is thanks."""
    wishes = {item.value.intent for item in found.tasks}
    named = (*found.days, *found.names, *found.specialties)
    if any(item.start < yes.start for item in named) or (yes.start > 1 and _gives(found)):
        return False
    if not found.in_hand:
        return not wishes and not {Intent.THANKS, Intent.GOODBYE} & said.keys()
    if {Intent.ALTERNATIVES, Intent.MORE} & said.keys():
        return False
    return not wishes - {Intent.BOOK, Intent.CONFIRM}


def _not_for_us(found: Findings, said: Said) -> Verdict | None:
    if not _sure(found):
        if Intent.OUT_OF_SCOPE in said:
            return Verdict(Intent.OUT_OF_SCOPE, 0.8)
        if Intent.ABUSE in said:
            return Verdict(Intent.ABUSE, 0.85)
    return None


def _wish(found: Findings, said: Said) -> Verdict | None:
    del said
    if not found.tasks or (_is_vague(found.tasks) and _is_strange(found)):
        return None
    first, *rest = sorted(
        found.tasks, key=lambda item: (item.value.intent not in _BEFORE_OTHERS, item.start)
    )
    intent: Intent = first.value.intent
    if intent is Intent.CONFIRM and found.asked("yes_no"):
        return Verdict(Intent.YES, 0.95)
    offering = found.asked("slot", "date", "time", "date_time", "yes_no")
    if intent is Intent.RESCHEDULE and offering and not found.days and not _of_visit(found, first):
        return Verdict(Intent.ALTERNATIVES, 0.9)  # "Another day" than those on offer.
    if intent is Intent.BOOK and offering and not rest and not _of_visit(found, first):
        # "Can I come at 3?" goes on with what is in hand.
        return _entities(found, {}) or Verdict(intent, first.value.weight)
    return Verdict(intent, first.value.weight, first.value.topic, tuple(rest))


def _of_visit(found: Findings, phrase: Item) -> bool:
    visits = found.chart.items("visit")
    return any(phrase.start <= item.start and item.end <= phrase.end for item in visits)


def _move(found: Findings, said: Said) -> Verdict | None:
    for intent in intents.MOVES:
        if intent in said and not (intent is Intent.HELP and found.names_something()):
            return Verdict(intent, said[intent].value.weight)
    return None


def _courtesy(found: Findings, said: Said) -> Verdict | None:
    """Thanks or goodbye, unless the message names something or answers "when?"."""
    if found.names_something() or found.asked("date", "time", "date_time"):
        return None
    intent = next((i for i in (Intent.GOODBYE, Intent.THANKS) if i in said), None)
    return Verdict(intent, 0.95) if intent else None


def _greeting(said: Said) -> Verdict | None:
    intent = next((intent for intent in intents.COURTESIES if intent in said), None)
    return Verdict(intent, 0.95) if intent else None


def _entities(found: Findings, said: Said) -> Verdict | None:
    """Only entities: for the task in hand; out of the blue, a doctor's name is a wish to book."""
    del said
    if not (found.names_something() or found.days or _gives(found)) or _is_strange(found):
        return None
    if found.in_hand:
        return Verdict(Intent.INFORM, _IN_HAND)
    if found.mentions or found.specialties or "visit_type" in found.entities:
        return Verdict(Intent.BOOK, _TO_BOOK)
    return Verdict(Intent.INFORM, _LOOSE)


def _gives(found: Findings) -> bool:
    return not _GIVEN.isdisjoint(found.entities)


def _sure(found: Findings) -> bool:
    return any(item.value.weight >= _CERTAIN for item in found.tasks)


def _is_vague(tasks: Sequence[Item]) -> bool:
    """ "How much" and "in french" are about us only if nothing else in the message is strange."""
    return all(
        item.value.intent is Intent.LANGUAGE or item.value.topic in _VAGUE_TOPICS for item in tasks
    )


def _is_strange(found: Findings) -> bool:
    """Tell whether the words that mean nothing here outweigh those that do.

    Only of a message out of the blue: in a task, half a sentence is enough.
    """
    if found.in_hand:
        return False
    known = (
        *found.names, *found.days, *found.specialties, *found.phrases, *found.relations,
        *found.said("filler", "trailing", "joint"),
    )  # fmt: skip
    explained = {index for item in known for index in range(item.start, item.end)}
    strange = sum(
        index not in explained and token.word not in found.words.common and token.typed.isalpha()
        for index, token in enumerate(found.chart.tokens)
    )
    return strange > 2 or (strange == 2 and not found.names_something())
