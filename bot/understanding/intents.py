"""What is wanted: the lexicon's phrases found in a message, and which of them counts."""

from collections.abc import Collection, Iterable, Sequence
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
    Intent.VERIFY,
    Intent.CANCEL,
    Intent.RESCHEDULE,
    Intent.REGISTER,
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
SURE = 0.9  # The weight of a phrase that leaves no doubt.
# Wishes that hold these are about one thing: the first says it all.
_SAYS_IT_ALL = {
    Intent.RESCHEDULE: {Intent.CANCEL, Intent.AVAILABILITY, Intent.ALTERNATIVES, Intent.LATE},
    Intent.BOOK: {Intent.AVAILABILITY, Intent.REGISTER},
    Intent.WAITLIST: {Intent.AVAILABILITY, Intent.CANCEL},
    Intent.DECEASED: {Intent.CANCEL},
    Intent.CANCEL: {Intent.CONFIRM},
    Intent.LIST: {Intent.ASK},
    Intent.LATE: {Intent.ARRIVED, Intent.ASK, Intent.CONFIRM},
}

# What is done to a visit there is.
OF_VISITS = frozenset({Intent.RESCHEDULE, Intent.CANCEL, Intent.CONFIRM})
_GIVEN_UP_FOR = {Intent.CANCEL, Intent.BOOK}
_WAITS = {Intent.WAITLIST}  # "Cancel it, and put me on the waitlist."
_APART = {Intent.CANCEL, Intent.CONFIRM, Intent.ASK}  # Unless "and" makes it another visit's.


def phrases(
    chart: Chart, lexicon: Lexicon, rivals: Sequence[Item], fillers: Sequence[Item]
) -> list[Item]:
    """Return the phrases that hold, in order. A longer find of another kind silences a shorter one.

    "My back hurts" is not "back", "no later than 3" is not "no". Of two phrases the surer holds,
    then the longer.
    """
    found = [
        Item("intent", match.start, match.end, match.meaning)
        for match in lexicon.intents.matches(chart)
    ]
    over: list[list[Item]] = [[] for _ in chart.words]
    for rival in rivals:
        for place in range(rival.start, rival.end):
            over[place].append(rival)
    apart = {item.start for item in fillers if item.kind == "joint" and _follows_stop(chart, item)}
    kept = [
        item
        for item in found
        if not (_is_outdone(item, over) or any(item.start < p < item.end for p in apart))
    ]
    kept = _without_strange(kept)
    kept.sort(key=_strength)
    clauses = _Clauses(chart, kept, rivals, fillers)
    allowed = [item for item in kept if clauses.allow(item)]
    sure = longest(item for item in allowed if item.value.weight >= SURE)
    rest = [item for item in allowed if not any(item.overlaps(other) for other in sure)]
    likely = longest(item for item in rest if item.value.level != "hint")
    firm = [*sure, *likely]
    hints = [item for item in rest if item.value.level == "hint"]
    if not hints or any(item.value.intent in TASKS for item in firm):
        return sorted(firm, key=_place)
    kept_hints = longest(i for i in hints if not any(i.overlaps(other) for other in firm))
    return sorted([*firm, *kept_hints], key=_place)


def _strength(item: Item) -> tuple[int, float, bool, int, bool]:
    """The stronger the less: of two that say the same, the one that is a whole clause, then the one
    that says what it is about."""
    phrase: Phrase = item.value
    part = phrase.level != "alone"
    return -item.length, -phrase.weight, part, _rank(phrase.intent), phrase.topic is None


def _place(item: Item) -> int:
    return item.start


def _without_strange(found: Sequence[Item]) -> list[Item]:
    """ "Book a" of "book a table" goes: what is booked says whether it is ours."""
    strange = [item for item in found if item.value.intent is Intent.OUT_OF_SCOPE]
    if not strange:
        return list(found)
    return [
        item
        for item in found
        if item.value.intent is not Intent.BOOK
        or not any(item.overlaps(other) and item.end < other.end for other in strange)
    ]


def _follows_stop(chart: Chart, item: Item) -> bool:
    """ "Drop tomorrow's, and what else do I have?" is about two things: no phrase spans both."""
    return item.start > 0 and bool(chart.tokens[item.start - 1].stop)


def _is_outdone(item: Item, over: Sequence[Sequence[Item]]) -> bool:
    """Tell whether what else was found at the same words silences a phrase."""
    beside = {rival for row in over[item.start : item.end] for rival in row}
    kinds = {rival.kind for rival in beside}
    if any(rival.kind == "danger" and rival.length >= item.length for rival in beside):
        return True
    if item.length <= 2 and not kinds.isdisjoint(("name", "phone")):
        return True
    if any(rival.kind == "same_time" and rival.start < item.start for rival in beside):
        return True  # "At the same time as my appointment" asks for no list of them.
    if item.value.intent is Intent.LATE and any(
        rival.kind == "shift" and rival.end > item.end and rival.length >= item.length
        for rival in beside
    ):
        return True  # "Can it be 20 minutes earlier": nobody is late.
    if item.value.intent is Intent.OUT_OF_SCOPE and any(map(_is_field, beside)):
        return True  # What the clinic offers by that name is ours.
    return any(
        rival.start <= item.start
        and item.end <= rival.end
        and (rival.length > item.length or rival.kind == "bringing")
        for rival in over[item.start]
    )


def _is_field(rival: Item) -> bool:
    return bool(rival.kind == "specialty" and rival.value[0] and rival.value[1] == "name")


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
    sure = [item for item in tasks if item.value.weight >= SURE]
    tasks = sure or tasks
    ends = {joint.end for joint in joints}
    kept: list[Item] = []
    for item in tasks:
        if any(_same(item.value, other.value) for other in kept):
            continue
        further = _is_joined(item, chart, ends) and not _is_object(item, kept, chart)
        if kept and not further and item.value.intent is Intent.BOOK:
            continue
        wanted = {other.value.intent for other in kept}
        if item.value.level == "opening" and wanted >= _GIVEN_UP_FOR:
            continue  # "Cancel mine and book Dr Chen, Friday instead" moves nothing.
        kept.append(item)
    joined = {item for item in kept if {item.start, item.start - 1} & ends}
    return [item for item in kept if not _is_silenced(item, kept, joined)]


def _is_silenced(item: Item, kept: Sequence[Item], joined: Collection[Item]) -> bool:
    """ "Reschedule, I can't come" is one wish; "change mine and cancel hers" are two."""
    return any(
        item.value.intent in _SAYS_IT_ALL.get(other.value.intent, ())
        and not (item in joined and other.start < item.start and item.value.intent in _APART)
        and not (other in joined and item.start < other.start and other.value.intent in _WAITS)
        for other in kept
    )


def _same(phrase: Phrase, other: Phrase) -> bool:
    return phrase.intent is other.intent and phrase.topic == other.topic


def _is_object(item: Item, kept: Collection[Item], chart: Chart) -> bool:
    """ "Hello, cancel the visit with Dr Chen": the visit is what is cancelled."""
    return any(
        other.value.intent in OF_VISITS
        and item.start == other.end
        and not chart.tokens[other.end - 1].stop
        for other in kept
    )


def _is_joined(item: Item, chart: Chart, joint_ends: set[int]) -> bool:
    """Tell whether a phrase begins a new wish: after "and", "also", a comma or a full stop."""
    return any(
        place in joint_ends or (place > 0 and chart.tokens[place - 1].stop)
        for place in (item.start, item.start - 1, item.start - 2)
    )
