"""Which of the things said is the point of the message.

In this order: a whole message with one meaning ("STOP"); the answer to the open question; yes or
no; a wish; a word about the conversation ("go back"); entities for the task in hand; courtesies.
What is left is out of scope, with a confidence so low that nobody acts on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding import answers, intents, postponing, several
from bot.understanding.chart import Item
from bot.understanding.findings import Findings
from bot.understanding.ours import is_ours, is_strange, is_vague, names_none
from bot.understanding.values import Flexible, Intent
from bot.understanding.yes_or_no import is_corrected, is_no, is_yes, questions, refused

_ANSWER = 0.9
_IN_HAND, _TO_BOOK, _LOOSE = 0.85, 0.7, 0.6  # Of entities: for a task, a doctor's name, a day.
_STRANGE, _EMPTY = 0.3, 0.2
_NEAR = 2  # Words between a wish and something strange that it is a wish for.
_BEFORE_OTHERS = (Intent.DECEASED, Intent.WRONG_PERSON, Intent.STOP)
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
    if no and is_no(found, said, no) and not (yes and is_corrected(found, no, yes)):
        return Verdict(Intent.NO, no.value.weight, refused(found), questions(found, no))
    if yes and is_yes(found, said, yes):
        return Verdict(Intent.YES, yes.value.weight, also=questions(found, yes))
    return None


def _not_for_us(found: Findings, said: Said) -> Verdict | None:
    strange = said.get(Intent.OUT_OF_SCOPE)
    if strange and found.asked("reason") and found.names_something():
        return None  # "I fell at the gym and hurt my foot."
    if strange and (
        not _sure(found)
        or _is_question(found.tasks)
        or (_ASKING.issuperset(task.value.intent for task in found.tasks) and names_none(found))
        or any(
            0 <= strange.start - task.end <= _NEAR and not found.is_of_visit(task)
            for task in found.tasks
        )
    ):
        return Verdict(Intent.OUT_OF_SCOPE, 0.8)
    if Intent.ABUSE in said and not _sure(found):
        return Verdict(Intent.ABUSE, 0.85)
    return None


def _is_question(tasks: Sequence[Item]) -> bool:
    """ "How much is the train" asks, but not us."""
    return all(item.value.intent is Intent.ASK for item in tasks)


def _put_off(found: Findings, said: Said) -> Verdict | None:
    sure = postponing.sure(found, said.keys())
    return Verdict(Intent.RESCHEDULE, sure) if sure else None


def _wish(found: Findings, said: Said) -> Verdict | None:
    del said
    if not found.tasks or (is_vague(found.tasks) and is_strange(found)):
        return None
    if all(item.value.level == "hint" for item in found.tasks) and not is_ours(found):
        return None
    tasks = [item for item in found.tasks if not _is_own_name_corrected(found, item)]
    if not tasks:
        return Verdict(Intent.INFORM, _IN_HAND)
    first, *rest = sorted(
        tasks, key=lambda item: (item.value.intent not in _BEFORE_OTHERS, item.start)
    )
    if first.value.intent not in _BEFORE_OTHERS and (going_on := _going_on(found, first, rest)):
        return going_on
    phrase = first.value
    doubtful = phrase.intent in _OF_ANYTHING and not is_ours(found)
    sure = min(phrase.weight, _LOOSE) if doubtful else phrase.weight
    return Verdict(phrase.intent, sure, phrase.topic, tuple(rest))


def _is_own_name_corrected(found: Findings, task: Item) -> bool:
    """ "My name is Jon, not John", in the middle of a booking, mends a name."""
    stranger = task.value.intent is Intent.WRONG_PERSON
    return stranger and found.in_hand and "name" in found.entities


def _going_on(found: Findings, first: Item, rest: Sequence[Item]) -> Verdict | None:
    """A wish that, after a question or an offer, goes on with what is in hand."""
    intent: Intent = first.value.intent
    if intent is Intent.CONFIRM and found.asked("yes_no", "slot", "choice"):
        return _confirmed(found, first, rest)
    offering = found.asked(*_OPEN)
    if intent is Intent.ASK and "gender" in found.entities and not _asks(found):
        return Verdict(Intent.INFORM, _IN_HAND)  # "A female doctor, please."
    if _asks_for_others(found, intent):
        return Verdict(Intent.ALTERNATIVES, 0.9)
    another = intent is Intent.RESCHEDULE and several.speaks_of_another(found, first)
    if intent is Intent.RESCHEDULE and offering and not rest and not another:
        if found.days:
            return Verdict(Intent.INFORM, _IN_HAND)  # "Thursday instead" of what is on offer.
        if found.asked("yes_no") and _is_a_label(found):
            return None  # "Move it", to the question whether to.
        return Verdict(Intent.ALTERNATIVES, 0.9)  # "Another day" than those on offer.
    named = found.asked("appointment") and found.names_something()
    if intent is Intent.BOOK and not rest and (named or found.asked("reason", "visit_type")):
        return Verdict(Intent.INFORM, _IN_HAND)  # "I need a flu shot", "the visit with Chen".
    if intent is Intent.BOOK and offering and not rest and not found.is_of_visit(first):
        given = _entities(found, {})  # "Can I come at 3?"
        if given is None and found.asked("yes_no") and "?" not in found.chart.tokens[-1].stop:
            return Verdict(Intent.YES, _ANSWER)  # "Book it."
        return given
    return None


def _confirmed(found: Findings, first: Item, rest: Sequence[Item]) -> Verdict | None:
    """ "I confirm" is a yes; "confirm my visit on Wednesday" may be about another one."""
    if several.speaks_of_another(found, first):
        return None
    asked = tuple(item for item in rest if item.value.intent is Intent.ASK)
    return Verdict(Intent.YES, 0.95, also=asked)


def _asks_for_others(found: Findings, intent: Intent) -> bool:
    if intent is Intent.BOOK:
        return _somebody_else_instead(found)
    return intent is Intent.AVAILABILITY and (_wants_others(found) or _asks_anew(found))


def _somebody_else_instead(found: Findings) -> bool:
    """ "Can I see someone else?": than whom it is settled with, or offered; but not "I need an
    appointment with another doctor as well"."""
    if "practitioner" not in found.entities.get("other", ()) or found.days or found.mentions:
        return False
    more = found.said("further", "further_visit") or found.chart.items("visit")
    return bool(found.said("in_place")) or not more


def _is_a_label(found: Findings) -> bool:
    return answers.label(found.text, found.context, found.words.common) is not None


def _asks(found: Findings) -> bool:
    return "?" in found.chart.tokens[-1].stop


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


def _move(found: Findings, said: Said) -> Verdict | None:
    for intent in intents.MOVES:
        named = (intent is Intent.HELP and found.names_something()) or (
            intent is Intent.REPEAT and found.days  # "What's the latest on Tuesday?"
        )
        if intent in said and not named:
            return Verdict(intent, said[intent].value.weight)
    return None


def _courtesy(found: Findings, said: Said) -> Verdict | None:
    """Thanks or goodbye, unless the message names something or answers "when?"."""
    if found.names_something() or found.asked("date", "time", "date_time"):
        return None
    intent = next((i for i in (Intent.GOODBYE, Intent.THANKS) if i in said), None)
    praised = found.said("praise") and any(item.kind == "practitioner" for item in found.names)
    if intent is None and praised and not (found.in_hand or found.days):
        return Verdict(Intent.THANKS, _LOOSE)  # "Dr Chen is so kind!"
    return Verdict(intent, 0.95) if intent else None


def _greeting(said: Said) -> Verdict | None:
    intent = next((intent for intent in intents.COURTESIES if intent in said), None)
    return Verdict(intent, 0.95) if intent else None


def _entities(found: Findings, said: Said) -> Verdict | None:
    """Only entities: for the task in hand; out of the blue, a doctor's name is a wish to book."""
    del said
    if not (found.names_something() or found.days or found.gives_something()):
        return None
    if is_strange(found) and not (found.relations and "directly_after" in found.entities):
        return None
    if _wants_others(found):
        return Verdict(Intent.ALTERNATIVES, _IN_HAND)
    if found.in_hand:
        return Verdict(Intent.INFORM, _IN_HAND)
    if "practitioner" in found.entities.get("other", ()) and not found.mentions:
        return Verdict(Intent.ALTERNATIVES, _TO_BOOK)  # "A different GP": than the one booked.
    if any(item.kind == "shift" for item in found.days):
        return Verdict(Intent.RESCHEDULE, _TO_BOOK)  # "An hour later": than the visit booked.
    if found.mentions or found.specialties or {"visit_type", "usual"} & found.entities.keys():
        return Verdict(Intent.BOOK, _TO_BOOK)
    return Verdict(Intent.INFORM, _LOOSE)


def _sure(found: Findings) -> bool:
    return any(item.value.weight >= intents.SURE for item in found.tasks)
