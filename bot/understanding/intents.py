"""What is wanted: the lexicon's phrases found in a message, and which of them counts."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from bot.understanding.chart import Chart, Item, longest
from bot.understanding.lexicon import Lexicon, Phrase
from bot.understanding.values import Intent

# What one wants the clinic to do. Two of them in one message are two wishes.
TASKS = (
    Intent.DECEASED,
    Intent.WRONG_PERSON,
    Intent.STOP,
    Intent.START,
    Intent.MY_DATA,
    Intent.HUMAN,
    Intent.CANCEL,
    Intent.RESCHEDULE,
    Intent.BOOK,
    Intent.CONFIRM,
    Intent.LIST,
    Intent.AVAILABILITY,
    Intent.WAITLIST,
    Intent.ASK,
    Intent.LATE,
    Intent.ARRIVED,
    Intent.LANGUAGE,
)
# What one says about the conversation itself.
MOVES = (
    Intent.RESTART,
    Intent.UNDO,
    Intent.BACK,
    Intent.ALTERNATIVES,
    Intent.MORE,
    Intent.REPEAT,
    Intent.SKIP,
    Intent.HELP,
)
ANSWERS = (Intent.NO, Intent.YES)
COURTESIES = (Intent.GOODBYE, Intent.THANKS, Intent.GREET)
# Wishes that hold these are about one thing: the first says it all.
_SAYS_IT_ALL = {
    Intent.RESCHEDULE: {Intent.CANCEL, Intent.AVAILABILITY, Intent.ALTERNATIVES},
    Intent.BOOK: {Intent.AVAILABILITY},
    Intent.WAITLIST: {Intent.AVAILABILITY, Intent.BOOK, Intent.CANCEL},
    Intent.DECEASED: {Intent.CANCEL},
    Intent.CANCEL: {Intent.CONFIRM},
    Intent.LATE: {Intent.ARRIVED, Intent.ASK, Intent.CONFIRM},
}


def phrases(
    chart: Chart, lexicon: Lexicon, rivals: Sequence[Item], fillers: Sequence[Item]
) -> list[Item]:
    """Return the phrases that hold, in order. A longer find of another kind silences a shorter one.

    "My back hurts" is not "back", "no later than 3" is not "no".
    """
    found = [
        Item("intent", match.start, match.end, match.meaning)
        for match in lexicon.intents.matches(chart)
    ]
    over: list[list[Item]] = [[] for _ in chart.words]
    for rival in rivals:
        for place in range(rival.start, rival.end):
            over[place].append(rival)
    kept = [item for item in found if not _is_outdone(item, over)]
    kept.sort(key=lambda item: (-item.length, -item.value.weight, _rank(item.value.intent)))
    clauses = _Clauses(chart, kept, rivals, fillers)
    return longest(item for item in kept if clauses.allow(item))


def _is_outdone(item: Item, over: Sequence[Sequence[Item]]) -> bool:
    """Tell whether what else was found at the same words silences a phrase."""
    kinds = {rival.kind for row in over[item.start : item.end] for rival in row}
    if "danger" in kinds or (item.length <= 2 and not kinds.isdisjoint(("name", "phone"))):
        return True
    return any(
        rival.start <= item.start and item.end <= rival.end and rival.length > item.length
        for rival in over[item.start]
    )


class _Clauses:
    """Where clauses begin and end: at the ends of a message, at stops, beside whole phrases."""

    def __init__(
        self,
        chart: Chart,
        phrases: Sequence[Item],
        rivals: Sequence[Item],
        fillers: Sequence[Item],
    ) -> None:
        self.complete = [*phrases, *rivals, *fillers]
        stops = {place + 1 for place, token in enumerate(chart.tokens) if token.stop}
        self.stops = stops | {len(chart.tokens)}
        self.after_filler = {item.start: item.end for item in fillers}

    @cached_property
    def begins(self) -> set[int]:
        steps = [(item.start, item.end) for item in self.complete]
        return _reached({0, *self.stops}, steps)

    @cached_property
    def ends(self) -> set[int]:
        return _reached(self.stops, [(item.end, item.start) for item in self.complete])

    def allow(self, item: Item) -> bool:
        if item.value.level == "opening":
            return item.start in self.begins
        if item.value.level == "alone":
            return item.start in self.begins and item.end in self.ends
        if item.value.level == "ended":
            end = self.after_filler.get(item.end, item.end)
            return item.start in self.begins and not self.stops.isdisjoint((item.end, end))
        return True


def _reached(starts: set[int], steps: Iterable[tuple[int, int]]) -> set[int]:
    """Return every place that steps lead to from the starts."""
    leading: dict[int, set[int]] = {}
    for step, end in steps:
        leading.setdefault(step, set()).add(end)
    waiting, found = list(starts), set()
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += leading.get(place, ())
    return found


def _rank(intent: Intent) -> int:
    order = (*TASKS, *MOVES, Intent.ABUSE, Intent.OUT_OF_SCOPE, *ANSWERS, *COURTESIES)
    return order.index(intent) if intent in order else len(order)


def wishes(found: Sequence[Item], chart: Chart, joints: Iterable[Item]) -> list[Item]:
    """Return the tasks of a message in order, the first one or two that are clearly meant."""
    tasks = [item for item in found if item.value.intent in TASKS]
    sure = [item for item in tasks if item.value.weight >= 0.9]
    tasks = sure or tasks
    ends = {joint.end for joint in joints}
    kept: list[Item] = []
    for item in tasks:
        if any(_same(item.value, other.value) for other in kept):
            continue
        if kept and not _is_joined(item, chart, ends) and item.value.intent is Intent.BOOK:
            continue
        kept.append(item)
    intents = {item.value.intent for item in kept}
    silenced = {other for intent in intents for other in _SAYS_IT_ALL.get(intent, ())}
    return [item for item in kept if item.value.intent not in silenced]


def _same(phrase: Phrase, other: Phrase) -> bool:
    return phrase.intent is other.intent and phrase.topic == other.topic


def _is_joined(item: Item, chart: Chart, joint_ends: set[int]) -> bool:
    """Tell whether a phrase begins a new wish: after "and", "also", a comma or a full stop."""
    return any(
        place in joint_ends or (place > 0 and chart.tokens[place - 1].stop)
        for place in (item.start, item.start - 1, item.start - 2)
    )
