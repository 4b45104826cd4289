"""When: which of the days and times found in a message hold, and what the words beside them do."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.understanding.chart import Chart, Item, longest, places_of
from bot.understanding.past import is_past

DAYS = ("day", "stretch", "weekdays", "unclear")
TIMES = ("clock", "window", "instant", "shift")


@dataclass(frozen=True, slots=True)
class Cues:
    """Where words stand that change what a day beside them means."""

    excepting: frozenset[int]  # A day that begins here is not wanted: "any day but friday".
    refused: frozenset[int]  # A day that ends here is not wanted: "friday doesn't work".
    correcting: frozenset[int]  # What comes after takes the place of what came before.

    @classmethod
    def of(cls, chart: Chart, people: Iterable[Item]) -> "Cues":
        people = tuple(people)
        refusals = {cue.start for cue in people if cue.kind == "refusal"}
        excepting, refused, correcting = set(), set(), set()
        for cue in people:
            if cue.kind == "except":
                recurring = cue.end < len(chart.words) and chart.has("weekdays", cue.end)
                if recurring or not refuses(chart, cue, refusals):
                    excepting.add(cue.end)
            elif cue.kind == "not_good":
                refused.add(cue.start)
            elif cue.kind == "correction":
                correcting.add(cue.start)
        return cls(frozenset(excepting), frozenset(refused), frozenset(correcting))


def refuses(chart: Chart, cue: Item, refusals: Collection[int]) -> bool:
    """Tell whether a "no" refuses what was said before, not what follows it.

    So it does before a comma ("no, Thursday") and at the beginning of a clause ("Tuesday, no
    Wednesday"). "No Mondays" is another matter: nobody offers all of them.
    """
    if chart.tokens[cue.end - 1].stop:
        return True
    begins = cue.start == 0 or bool(chart.tokens[cue.start - 1].stop)
    return begins and cue.length == 1 and cue.start in refusals


NO_CUES = Cues(frozenset(), frozenset(), frozenset())


def chosen(
    chart: Chart, taken: Sequence[Item], told: Sequence[Item], doubtful: frozenset[str]
) -> list[Item]:
    """Return the days, times and flexible words that hold, none inside a name or told as past."""
    covered = places_of(taken)
    beside = chart.items(*DAYS, *TIMES, "part")
    edges = {item.start for item in beside}, {item.end for item in beside}
    free = [
        item
        for item in chart.items(*DAYS, *TIMES, "flexible")
        if covered.isdisjoint(range(item.start, item.end))
        and not is_past(item, told)
        and not _is_doubtful(chart, item, doubtful, edges)
    ]
    main = longest(free)
    parts = [
        item
        for item in longest(chart.items("part"))
        if covered.isdisjoint(range(item.start, item.end))
        and not is_past(item, told)
        and not any(item.overlaps(other) and other.kind == "window" for other in main)
    ]
    return sorted([*main, *parts, *_bare_hours(chart, [*main, *parts], taken)], key=_place)


def _place(item: Item) -> tuple[int, int]:
    return item.start, item.end


def _is_doubtful(
    chart: Chart, item: Item, doubtful: frozenset[str], edges: tuple[set[int], set[int]]
) -> bool:
    """A word like "sat" in a longer sentence is a day only beside another day or time."""
    words = chart.words[item.start : item.end]
    if len(words) != 1 or words[0] not in doubtful or len(chart.words) <= 2:
        return False
    starts, ends = edges
    return item.end not in starts and item.start not in ends


def _bare_hours(chart: Chart, main: Sequence[Item], taken: Sequence[Item]) -> list[Item]:
    """Return the numbers that are hours because a day or a part of one stands beside them."""
    if any(item.kind in TIMES for item in main):
        return []
    ends = {item.end for item in main if item.kind in ("day", "part")}
    starts = {item.start for item in main if item.kind in ("day", "part")}
    covered = places_of((*main, *taken))
    candidates = [
        item
        for item in chart.items("when")
        if (item.start in ends or item.end in starts)
        and covered.isdisjoint(range(item.start, item.end))
    ]
    return [Item("clock", item.start, item.end, item.value) for item in longest(candidates)][:1]
