"""When: which of the days and times found in a message hold, and what the words beside them do."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.understanding.chart import Chart, Item, longest, places_of
from bot.understanding.past import is_past

DAYS = ("day", "days", "stretch", "weekdays", "unclear")
TIMES = ("clock", "window", "instant", "shift")


@dataclass(frozen=True, slots=True)
class Cues:
    """Where words stand that change what a day beside them means."""

    excepting: frozenset[int]  # A day that begins here is not wanted: "any day but friday".
    refused: frozenset[int]  # A day that ends here is not wanted: "friday doesn't work".
    correcting: frozenset[int]  # What comes after takes the place of what came before.
    inside: frozenset[int] = frozenset()  # "Apart *from* Monday": no day or time begins here.

    @classmethod
    def of(cls, chart: Chart, people: Iterable[Item]) -> "Cues":
        people = tuple(people)
        refusals = {cue.start for cue in people if cue.kind == "refusal"}
        excepting, refused, correcting = set(), set(), set()
        inside: set[int] = set()
        wishing = places_of(cue for cue in people if cue.kind == "why_not")
        for cue in people:
            if cue.start in wishing:
                continue  # "Why not Friday?"
            if cue.kind in ("except", "absence", "away"):
                if cue.kind == "except":
                    inside.update(range(cue.start + 1, cue.end))
                recurring = cue.end < len(chart.words) and chart.has("weekdays", cue.end)
                if recurring or not refuses(chart, cue, refusals):
                    excepting.add(cue.end)
                    if _runs_into_day(chart, cue):
                        excepting.add(cue.end - 1)
            elif cue.kind == "not_good" or (cue.kind == "refusal" and _closes(chart, cue)):
                refused.add(cue.start)
            elif cue.kind == "correction":
                correcting.add(cue.start)
        return cls(
            frozenset(excepting), frozenset(refused), frozenset(correcting), frozenset(inside)
        )


def _runs_into_day(chart: Chart, cue: Item) -> bool:
    """ "El jueves, no el viernes": the article is the day's too."""
    last = cue.end - 1
    return 0 < cue.start < last and any(
        item.kind == "day" and item.end > cue.end for item in chart.starting[last]
    )


def _closes(chart: Chart, cue: Item) -> bool:
    """ "Mondays no", "Tuesday no, Wednesday": a "no" at the end of a clause refuses its day."""
    last = cue.end == len(chart.words) or bool(chart.tokens[cue.end - 1].stop)
    return last and cue.start > 0 and not chart.tokens[cue.start - 1].stop


def refuses(chart: Chart, cue: Item, refusals: Collection[int]) -> bool:
    """Tell whether a "no" refuses what was said before, not what follows it.

    So it does before a comma ("no, Thursday") and at the beginning of a clause ("Tuesday, no
    Wednesday"). "No Mondays" is another matter: nobody offers all of them.
    """
    if any(token.stop for token in chart.tokens[cue.start : cue.end]):
        return True
    begins = cue.start == 0 or bool(chart.tokens[cue.start - 1].stop)
    return begins and cue.length == 1 and cue.start in refusals


NO_CUES = Cues(frozenset(), frozenset(), frozenset())


def chosen(
    chart: Chart,
    taken: Sequence[Item],
    told: Sequence[Item],
    doubtful: frozenset[str],
    cues: Cues = NO_CUES,
) -> list[Item]:
    """Return the days, times and flexible words that hold, none inside a name or told as past."""
    covered = places_of(taken)
    beside = chart.items(*DAYS, *TIMES, "part")
    edges = {item.start for item in beside}, {item.end for item in beside}
    parts_said = longest(chart.items("part"))
    free = [
        item
        for item in chart.items(*DAYS, *TIMES, "flexible")
        if covered.isdisjoint(range(item.start, item.end))
        and not (item.kind == "stretch" and item.start in cues.inside)
        and not _are_two_days(chart, item, cues)
        and not any(_ends_within(item, part) for part in parts_said)
        and not (is_past(item, told) and not _is_to_come(chart, item))
        and not _is_doubtful(chart, item, doubtful, edges)
    ]
    main = longest(free)
    named = longest(chart.items("named_day"))  # "Christmas eve" is no evening.
    parts = [
        item
        for item in longest(chart.items("part"))
        if covered.isdisjoint(range(item.start, item.end))
        and not is_past(item, told)
        and not any(item.overlaps(other) for other in named)
        and not any(_is_inside(item, other) for other in main)
    ]
    return sorted([*main, *parts, *_bare_hours(chart, [*main, *parts], taken)], key=_place)


def _are_two_days(chart: Chart, item: Item, cues: Cues) -> bool:
    """ "I can't come tomorrow, Friday?": no weekday that belongs to another date."""
    conflicts = item.kind == "day" and item.value.conflict
    stopped = any(token.stop for token in chart.tokens[item.start : item.end - 1])
    return conflicts and stopped and item.start in cues.excepting


def _place(item: Item) -> tuple[int, int]:
    return item.start, item.end


def _is_inside(part: Item, other: Item) -> bool:
    """A part of a window of times, or of "later" ("mais tarde"), is no part of the day."""
    is_more = other.kind in ("flexible", "shift") and other.length > part.length
    return part.overlaps(other) and (other.kind == "window" or is_more)


def _is_to_come(chart: Chart, item: Item) -> bool:
    """ "Tomorrow" is never told of the past: "it fell out, see me tomorrow"."""
    named = chart.has("relday", item.start) or chart.has("relday", item.end - 1)
    return item.kind == "day" and named is not None and named.end <= item.end and named.value > 0


def _ends_within(item: Item, part: Item) -> bool:
    """A word that is a day ("mañana") is none at the end of a part of one ("por la mañana")."""
    return item.end == part.end and item.start > part.start


def _is_doubtful(
    chart: Chart, item: Item, doubtful: frozenset[str], edges: tuple[set[int], set[int]]
) -> bool:
    """A word like "sat" in a longer sentence is a day only beside another day or time."""
    said = " ".join(chart.words[item.start : item.end])
    if said not in doubtful or len(chart.words) <= 2:
        return False
    starts, ends = edges
    return item.end not in starts and item.start not in ends


def _bare_hours(chart: Chart, main: Sequence[Item], taken: Sequence[Item]) -> list[Item]:
    """Return the numbers that are hours because a day or a part of one stands beside them."""
    if any(item.kind in TIMES for item in main):
        return _hour_asked_for(chart, main)
    ends = {item.end for item in main if item.kind in ("day", "part")}
    starts = {item.start for item in main if item.kind in ("day", "part")}
    covered = places_of((*main, *taken))
    candidates = [
        item
        for item in chart.items("when")
        if (item.start in ends or item.end in starts)
        and covered.isdisjoint(range(item.start, item.end))
    ]
    parts = {place for item in main if item.kind == "part" for place in (item.start, item.end)}
    found = longest(candidates)
    found.sort(key=lambda item: parts.isdisjoint((item.start, item.end)))  # "Afternoon 12" first.
    return [Item("clock", item.start, item.end, item.value) for item in found][:1]


def _hour_asked_for(chart: Chart, main: Sequence[Item]) -> list[Item]:
    """ "Not at 3 tomorrow, 5?": a number that asks by itself, where hours are spoken of."""
    size = len(chart.words)
    if size < 2 or "?" not in chart.tokens[-1].stop or not chart.tokens[-2].stop:
        return []
    number = chart.has("when", size - 1)
    spoken_of = any(item.kind == "clock" and item.end < size for item in main)
    return [number._replace(kind="clock")] if number and spoken_of else []
