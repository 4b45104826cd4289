"""Which of the things said is the point of the message.

In this order: a whole message with one meaning ("STOP"); the answer to the open question; yes or
no; a wish; a word about the conversation ("go back"); entities for the task in hand; courtesies.
What is left is out of scope, with a confidence so low that nobody acts on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding import intents, postponing, when
from bot.understanding.chart import Item
from bot.understanding.findings import Findings
from bot.understanding.values import Flexible, Intent

_ANSWER = 0.9
_IN_HAND, _TO_BOOK, _LOOSE = 0.85, 0.7, 0.6  # Of entities: for a task, a doctor's name, a day.
_MANY = 2  # Strange words, from which on a wish may be none of ours.
_MOST = 4  # The same, where a doctor or a complaint and a day are named.
_FEW = 2  # Words that may go before a "no" that answers: "well, um, no".
# What is meant where it stands beside a no.
_BESIDE_NO = {
    Intent.ALTERNATIVES, Intent.UNDO, Intent.RESTART, Intent.BACK, Intent.HELP, Intent.REPEAT,
}  # fmt: skip
# What is meant where it stands beside a yes that answers nothing.
_INSTEAD_OF_YES = {Intent.THANKS, Intent.GOODBYE, Intent.OUT_OF_SCOPE}
_STRANGE, _EMPTY = 0.3, 0.2
_BEFORE_OTHERS = (Intent.DECEASED, Intent.WRONG_PERSON, Intent.STOP)
_GIVEN = frozenset(
    {"choice", "name", "date_of_birth", "phone", "person", "usual", "same", "rating", "date",
     "time", "ambiguous"}
)  # fmt: skip
# Questions whose answers go on with what is in hand.
_OPEN = (
    "slot", "date", "time", "date_time", "yes_no", "appointment", "practitioner", "location",
    "visit_type", "person", "choice",
)  # fmt: skip
# Wishes whose words are said of anything: "how long does it take", "I want to cancel".
_OF_ANYTHING = frozenset(
    {Intent.BOOK, Intent.RESCHEDULE, Intent.CANCEL, Intent.CONFIRM, Intent.LIST,
     Intent.AVAILABILITY, Intent.ASK, Intent.ARRIVED}
)  # fmt: skip
# Wishes that ask of anything in the world what one also asks of a clinic.
_ASKING = frozenset({Intent.AVAILABILITY, Intent.ASK, Intent.LIST, Intent.ARRIVED})
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
    judges = (
        _exact, _answer, _yes_or_no, _not_for_us, _put_off, _wish, _move, _courtesy, _entities,
    )  # fmt: skip
    for judge in judges:
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
        "person": not found.tasks,
        "date_of_birth": not _sure(found),
        "phone": True,
        "rating": True,
    }.get(found.context.asked or "", False)
    unclear = found.entities.get("ambiguous", ())
    if given and (found.context.asked in found.entities or found.context.asked in unclear):
        return Verdict(Intent.INFORM, _ANSWER)
    return None


def _yes_or_no(found: Findings, said: Said) -> Verdict | None:
    no, yes = said.get(Intent.NO), said.get(Intent.YES)
    if no and _is_no(found, said, no) and not (yes and _is_corrected(found, no, yes)):
        return Verdict(Intent.NO, no.value.weight, also=_questions(found, no))
    if yes and _is_yes(found, said, yes):
        return Verdict(Intent.YES, yes.value.weight, also=_questions(found, yes))
    return None


def _is_corrected(found: Findings, no: Item, yes: Item) -> bool:
    """ "No, but actually, yes"."""
    corrections = found.said("correction")
    return any(no.end <= cue.start and cue.end < yes.end for cue in corrections)


def _questions(found: Findings, answer: Item) -> tuple[Item, ...]:
    """ "Yes, what's the address?": what is asked besides an answer that a stop sets apart."""
    opening = answer.start <= 1 and bool(found.chart.tokens[answer.end - 1].stop)
    if not (found.in_hand and opening):
        return ()
    return tuple(item for item in found.tasks if item.value.intent is Intent.ASK)


def _is_no(found: Findings, said: Said, no: Item) -> bool:
    """ "No, Thursday" is a no; "no, cancel it" is a wish; "no fever" answers nothing."""
    if no.length == 1 and not found.chart.tokens[no.start].stop:
        denied = (*found.dangers, *found.specialties)
        if any(item.start == no.end for item in denied):
            return False
        inside = no.start > _FEW and not found.chart.begins_sentence[no.start]
        if inside and no.end < len(found.chart.words):
            return False  # "A cough and no appetite", "but there's no rush".
    if _BESIDE_NO & said.keys() or _refuses_day(found, no):
        return False
    besides = _questions(found, no)
    wishes = {
        item.value.intent
        for item in found.tasks
        if item not in besides and not _is_other_day(found, item)
    }
    return not (wishes - {Intent.BOOK, Intent.AVAILABILITY} if found.in_hand else wishes)


def _refuses_day(found: Findings, no: Item) -> bool:
    """ "The 3rd of December, no" says which day will not do: it belongs to the day."""
    if not found.asked("date", "date_time"):
        return False
    wanted = [item for item in found.days if item.kind in when.DAYS]
    if len(wanted) > 1 and any(item.overlaps(no) or item.start == no.end for item in wanted[:1]):
        return no.start == 0 and not found.chart.tokens[no.start].stop  # "Not this week, the next."
    if no.start > 0 and no.end in found.day_cues.excepting:
        return True  # "Thursday, not Friday".
    refusing = no.start in found.day_cues.refused
    return refusing and any(
        item.end == no.start for item in found.days if item.kind in ("day", "weekdays")
    )


def _is_other_day(found: Findings, wish: Item) -> bool:
    """ "Thursday instead", of what is on offer."""
    moving = wish.value.intent is Intent.RESCHEDULE
    return moving and found.in_hand and not _of_visit(found, wish)


def _is_yes(found: Findings, said: Said, yes: Item) -> bool:
    """ "Yes, but at 3" is a yes; "Tuesday is fine" gives a day; "great, thanks" is thanks."""
    besides = _questions(found, yes)
    wishes = {item.value.intent for item in found.tasks if item not in besides}
    named = (*found.days, *found.names, *found.specialties)
    if any(item.start < yes.start for item in named) or (yes.start > 1 and _gives(found)):
        return False
    if Intent.UNDO in said:
        return False  # "I changed my mind, keep it."
    if not found.in_hand:
        return not wishes and not _INSTEAD_OF_YES & said.keys()
    if {Intent.ALTERNATIVES, Intent.MORE} & said.keys():
        return False
    return not wishes - {Intent.BOOK, Intent.CONFIRM}


def _not_for_us(found: Findings, said: Said) -> Verdict | None:
    strange = said.get(Intent.OUT_OF_SCOPE)
    if strange and found.asked("reason") and found.names_something():
        return None  # "I fell at the gym and hurt my foot."
    if strange and (
        not _sure(found)
        or _is_question(found.tasks)
        or (_ASKING.issuperset(task.value.intent for task in found.tasks) and _names_none(found))
        or any(
            0 <= strange.start - task.end <= _FEW and not _of_visit(found, task)
            for task in found.tasks
        )
    ):
        return Verdict(Intent.OUT_OF_SCOPE, 0.8)
    if Intent.ABUSE in said and not _sure(found):
        return Verdict(Intent.ABUSE, 0.85)
    return None


def _names_none(found: Findings) -> bool:
    """ "Yoga on Tuesday, is there room?" asks for nothing that a clinic has."""
    return not (found.in_hand or found.names_something())


def _is_question(tasks: Sequence[Item]) -> bool:
    """ "How much is the train" asks, but not us."""
    return all(item.value.intent is Intent.ASK for item in tasks)


def _put_off(found: Findings, said: Said) -> Verdict | None:
    sure = postponing.sure(found, said.keys())
    return Verdict(Intent.RESCHEDULE, sure) if sure else None


def _wish(found: Findings, said: Said) -> Verdict | None:
    del said
    if not found.tasks or (_is_vague(found.tasks) and _is_strange(found)):
        return None
    if all(item.value.level == "hint" for item in found.tasks) and not _is_ours(found):
        return None
    first, *rest = sorted(
        found.tasks, key=lambda item: (item.value.intent not in _BEFORE_OTHERS, item.start)
    )
    if first.value.intent not in _BEFORE_OTHERS and (going_on := _going_on(found, first, rest)):
        return going_on
    phrase = first.value
    doubtful = phrase.intent in _OF_ANYTHING and not _is_ours(found)
    sure = min(phrase.weight, _LOOSE) if doubtful else phrase.weight
    return Verdict(phrase.intent, sure, phrase.topic, tuple(rest))


def _going_on(found: Findings, first: Item, rest: Sequence[Item]) -> Verdict | None:
    """A wish that, after a question or an offer, goes on with what is in hand."""
    intent: Intent = first.value.intent
    if intent is Intent.CONFIRM and found.asked("yes_no", "slot", "choice"):
        return Verdict(Intent.YES, 0.95)
    offering = found.asked(*_OPEN)
    if intent is Intent.AVAILABILITY and (_wants_others(found) or _asks_anew(found)):
        return Verdict(Intent.ALTERNATIVES, 0.9)
    if intent is Intent.RESCHEDULE and offering and not rest and not _of_visit(found, first):
        if found.days:
            return Verdict(Intent.INFORM, _IN_HAND)  # "Thursday instead" of what is on offer.
        return Verdict(Intent.ALTERNATIVES, 0.9)  # "Another day" than those on offer.
    named = found.asked("appointment") and found.names_something()
    if intent is Intent.BOOK and not rest and (named or found.asked("reason", "visit_type")):
        return Verdict(Intent.INFORM, _IN_HAND)  # "I need a flu shot", "the visit with Chen".
    if intent is Intent.BOOK and offering and not rest and not _of_visit(found, first):
        given = _entities(found, {})  # "Can I come at 3?"
        if given is None and found.asked("yes_no") and "?" not in found.chart.tokens[-1].stop:
            return Verdict(Intent.YES, _ANSWER)  # "Book it."
        return given
    return None


def _wants_others(found: Findings) -> bool:
    """ "Got anything earlier?", after an offer."""
    return bool(found.context.offer) and any(
        item.kind == "flexible" and item.value in (Flexible.SOONER, Flexible.LATER)
        for item in found.days
    )


def _asks_anew(found: Findings) -> bool:
    """ "What have you got then?", after an offer: nothing in it would do."""
    offering = found.asked("slot") or bool(found.context.offer)
    return offering and not (found.days or found.names_something())


def _of_visit(found: Findings, phrase: Item) -> bool:
    """ "Move my appointment", "move that one": not another day than those on offer."""
    visits = (*found.chart.items("visit"), *found.said("that_one"))
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
    if _wants_others(found):
        return Verdict(Intent.ALTERNATIVES, _IN_HAND)
    if found.in_hand:
        return Verdict(Intent.INFORM, _IN_HAND)
    if any(item.kind == "shift" for item in found.days):
        return Verdict(Intent.RESCHEDULE, _TO_BOOK)  # "An hour later": than the visit booked.
    if found.mentions or found.specialties or {"visit_type", "usual"} & found.entities.keys():
        return Verdict(Intent.BOOK, _TO_BOOK)
    return Verdict(Intent.INFORM, _LOOSE)


def _gives(found: Findings) -> bool:
    return not _GIVEN.isdisjoint(found.entities)


def _sure(found: Findings) -> bool:
    return any(item.value.weight >= intents.SURE for item in found.tasks)


def _is_vague(tasks: Sequence[Item]) -> bool:
    """ "How much" is about us only if nothing else in the message is strange."""
    return all(item.value.topic in _VAGUE_TOPICS for item in tasks)


def _is_strange(found: Findings) -> bool:
    """Tell whether the words that mean nothing here outweigh those that do.

    Only of a message out of the blue: in a task, half a sentence is enough.
    """
    strange = _strange_words(found)
    if found.names_something() and found.days:
        return strange > _MOST
    return strange > _MANY or (strange == _MANY and not found.names_something())


def _is_ours(found: Findings) -> bool:
    """Tell whether a wish is about something of a clinic's, or at least about nothing strange."""
    named = found.names_something() or found.days or found.relations or found.names
    return bool(named or found.chart.items("visit", "doctor")) or _strange_words(found) < _MANY


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
