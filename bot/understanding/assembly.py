"""From the days and times of one wish to its entities: wanted, not wanted, or unclear."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from bot.understanding import times
from bot.understanding.chart import Chart, Item, longest
from bot.understanding.days import Day, Days, Stretch, Unclear, moved
from bot.understanding.moment import Moment
from bot.understanding.times import Clock, Instant, Shift, Window
from bot.understanding.values import Flexible, PartOfDay
from bot.understanding.when import DAYS, TIMES, Cues
from bot.understanding.wished_days import set_unwanted, set_wanted

_NOON = time(12)
_STEPS = {"day": 24 * 60, "week": 7 * 24 * 60, "fortnight": 14 * 24 * 60}  # In minutes.


class Assembly:
    """Puts the items of one wish together into entities."""

    def __init__(self, at: Moment, cues: Cues, either: frozenset[int]) -> None:
        self.at, self.cues, self.either = at, cues, either
        self.after_visit: frozenset[int] = frozenset()  # Where a visit's own day begins.

    def entities(self, items: Sequence[Item]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._days([day for item in items if item.kind in DAYS for day in _each(item)], found)
        self._times([item for item in items if item.kind in (*TIMES, "part")], found)
        flexible = [item.value for item in items if item.kind == "flexible"]
        if flexible:  # "Any doctor, as early as possible": "any" gives way.
            wanted = [value for value in flexible if value is not Flexible.ANY]
            found["flexible"] = (wanted or flexible)[-1]
        return found

    def moved(self, items: Sequence[Item], chart: Chart) -> dict[str, Any]:
        """Return the new day and time of a visit, and which visit is meant.

        "From Tuesday to Friday" and "my Tuesday appointment to Friday" name both, the old first.
        """
        parted: list[Item] = []
        for item in items:
            away = item.start in self.cues.excepting
            parted += [item] if away else _ends(item, chart) or [item]
        found: dict[str, Any] = {}
        days = [item for item in parted if item.kind == "day"]
        clocks = [item for item in parted if item.kind == "clock"]
        old: list[Item] = []
        for same, name in ((days, "visit_date"), (clocks, "visit_time")):
            two = len(same) > 1 and not self._joined(same[0], same[1])
            if same and (two or self._is_of_visit(same[0], chart)):
                turned = two and same[1].start in self.cues.excepting  # "Friday instead of Tuesday"
                before = same[1] if turned else same[0]
                old.append(before)
                value = before.value
                found[name] = value.date if isinstance(value, Day) else value.at(self.at)
                if name == "visit_date":
                    # "Tomorrow's 9:40": in the same breath, of the same visit.
                    beside = [item for item in clocks if item.start == before.end]
                    self.after_visit |= {item.start for item in beside}
        return found | self.counted([item for item in parted if item not in old])

    def counted(self, items: Sequence[Item]) -> dict[str, Any]:
        """Return what `entities` does; "the next day" counts from the time that there is."""
        days = [item.value for item in items if item.kind in DAYS]
        steps = days[0].steps if len(days) == 1 and isinstance(days[0], Unclear) else (0, "")
        length = _STEPS.get(steps[1], 0) * steps[0]
        if not length or any(item.kind == "shift" for item in items):
            return self.entities(items)
        rest = self.entities([item for item in items if item.kind not in DAYS])
        return {**rest, "shift_minutes": length}

    def put_off(self, items: Sequence[Item], turn: int) -> dict[str, Any]:
        """Return which visit will not do, said before the turn, and what is wished instead."""
        before = [item.value for item in items if item.end <= turn]
        days = [value.date for value in before if isinstance(value, Day)]
        clocks = [value.at(self.at) for value in before if isinstance(value, Clock)]
        wished = [item for item in items if item.end > turn]
        found = self.entities(wished)
        if clocks:
            found["visit_time"] = clocks[0]
        if days:
            found["visit_date"] = days[0]
            if not any(item.kind in DAYS for item in wished):
                found["date"] = days[0]  # "Not at 3 tomorrow, 5?": tomorrow, too.
        return found

    def _is_of_visit(self, item: Item, chart: Chart) -> bool:
        """ "My Tuesday appointment", and where it is said so: "a consulta de terça"."""
        following = chart.has("visit", item.end) if item.end < len(chart.words) else None
        # A time may have begun with the word that ends the cue: "celui de 15h".
        said_so = any(item.start <= place < item.end for place in self.after_visit)
        return following is not None or said_so

    def _days(self, items: Sequence[Item], found: dict[str, Any]) -> None:
        wanted: list[Item] = []
        not_wanted: list[Item] = []
        excepting = False
        listings = self._listings(items)
        for index, item in enumerate(items):
            listed = listings[index]
            instead = item.end in self.cues.correcting  # "Not Tuesday anymore, Thursday instead"
            excepting = item.start in self.cues.excepting or (excepting and listed and not instead)
            if item.end in self.cues.refused:
                first = max(place for place in range(index + 1) if not listings[place])
                not_wanted += [other for other in wanted if other.start >= items[first].start]
                wanted = [other for other in wanted if other.start < items[first].start]
            if excepting or item.end in self.cues.refused:
                not_wanted.append(item)
                continue
            if wanted and listed:
                item = _counted(item, wanted[-1])
            if wanted and self._corrects(wanted[-1], item):
                wanted.clear()
            wanted.append(item)
        set_wanted(wanted, found)
        set_unwanted(not_wanted, self.at.today, found)

    def _listings(self, items: Sequence[Item]) -> list[bool]:
        """Tell of each whether it goes on with a list: "Mondays, Wednesdays and Fridays". A comma
        makes one only of what is every week, and where "and" or "or" is still to come."""
        listings = [False] * len(items)
        for index in range(len(items) - 1, 0, -1):
            before, item = items[index - 1], items[index]
            goes_on = index + 1 < len(items) and listings[index + 1]
            weekly = before.kind == item.kind == "weekdays" and before.end == item.start
            listings[index] = self._joined(before, item) or (goes_on and weekly)
        return listings

    def _joined(self, before: Item, item: Item) -> bool:
        return (
            any(place in self.either for place in range(before.end, item.start))
            and item.start - before.end <= 2
        )

    def _corrects(self, before: Item, item: Item) -> bool:
        return any(before.end <= place < item.start for place in self.cues.correcting)

    def _times(self, items: Sequence[Item], found: dict[str, Any]) -> None:
        parts = [item for item in items if item.kind == "part"]
        part: PartOfDay | None = parts[-1].value if parts else None
        clocks = [item for item in items if item.kind != "part"]
        kept: list[Item] = []
        for item in clocks:
            if kept and (self._corrects(kept[-1], item) or kept[-1].kind == "shift"):
                kept.clear()
            kept.append(item)
        exact = [item.value for item in kept if item.kind == "clock"]
        for item in kept:
            apart = any(self._joined(other, item) or self._joined(item, other) for other in parts)
            _set_time(item.value, self.at, None if apart else part, found)
        if len(set(exact)) > 1:
            first, last = times.bounds(clock.at(self.at, part) for clock in exact)
            found.pop("time", None)
            found |= {"time_from": first, "time_to": last}
        distinct = {item.value for item in parts}
        if "time" not in found and len(distinct) == 1:
            found["part_of_day"] = part
        elif distinct == {PartOfDay.AFTERNOON, PartOfDay.EVENING}:
            found["time_from"] = _NOON
        if len(kept) + len(parts) > 1 and (_is_torn(found) or _are_apart(kept)):
            found["ambiguous"] = (*found.get("ambiguous", ()), "time")
            for name in ("time_from", "time_to", "part_of_day"):
                found.pop(name, None)


def _each(item: Item) -> list[Item]:
    """Return several days that were said in one as days of their own."""
    if not isinstance(item.value, Days):
        return [item]
    return [Item("day", item.start, item.end, day) for day in item.value.days]


def _is_torn(found: dict[str, Any]) -> bool:
    """ "Before 10 or after 3", "mornings or after 3": two stretches, which are asked back."""
    first, last = found.get("time_from"), found.get("time_to")
    part = found.get("part_of_day")
    if first is not None and last is not None:
        return bool(first > last)
    if part is PartOfDay.MORNING:
        return first is not None and first >= _NOON
    return part is not None and last is not None and last <= _NOON


def _are_apart(items: Sequence[Item]) -> bool:
    """ "From 10 to 12 or from 4 to 6": two windows, which are asked back."""
    windows = {
        item.value
        for item in items
        if isinstance(item.value, Window) and item.value.first and item.value.last
    }
    return len(windows) > 1


def _counted(item: Item, before: Item) -> Item:
    """ "Tomorrow or the day after": counted from the day just said, not from an offer.

    In "on Tuesdays and Thursday" both are every week.
    """
    if before.kind == "weekdays" and item.length == 1 and isinstance(item.value, Day):
        weekday = item.value.weekday
        return item if weekday is None else Item("weekdays", item.start, item.end, weekday)
    steps = item.value.steps if isinstance(item.value, Day | Unclear) else None
    if steps is None or not isinstance(before.value, Day):
        return item
    return Item("day", item.start, item.end, Day(moved(before.value.date, *steps)))


def _ends(item: Item, chart: Chart) -> list[Item]:
    """Return the two days or times that "from ... to ..." names, none if it is no such thing."""
    kind = {"stretch": "day", "window": "clock"}.get(item.kind)
    if kind is None or (isinstance(item.value, Window) and item.value.inside):
        return []
    first = item.value.first
    if isinstance(item.value, Stretch) and item.value.till and item.value.last:
        return [Item("day", item.start, item.end, Day(item.value.last))]
    inner = [
        other
        for other in _named(chart, kind)
        if item.start <= other.start and other.end <= item.end and other.length < item.length
    ]
    if kind == "clock":  # "From 10 to 3": not ten minutes to three.
        named = [(clock.hour, clock.minute) for clock in (first, item.value.last) if clock]
        ends = [other for other in inner if (other.value.hour, other.value.minute) in named]
        inner = ends if len(ends) > 1 else inner
    found = longest(inner)
    opened = [other for other in found if kind == "day" and other.value.date == first]
    if len(found) == 1 and opened and item.value.last is None:
        return opened  # "From Tuesday", on the way to another day.
    return found if len(found) == 2 else []


def _named(chart: Chart, kind: str) -> list[Item]:
    """Return the days or the times in a message; a bare number in "from 10 to 12" is a time."""
    bare = [
        Item("clock", item.start, item.end, item.value)
        for item in (chart.items("when") if kind == "clock" else ())
    ]
    return [*chart.items(kind), *bare]


def _set_time(value: Any, at: Moment, part: PartOfDay | None, found: dict[str, Any]) -> None:
    match value:
        case Clock():
            found["time"] = value.at(at, part)
        case Instant():
            found |= {"date": value.moment.date(), "time": value.moment.time()}
        case Shift():
            found["shift_minutes"] = value.minutes
        case Window(named=Clock() as named):
            moment = named.at(at, part)
            first, last = times.spread(moment)
            found |= {"time": moment, "time_from": first, "time_to": last}
        case Window(outside=True):
            found["ambiguous"] = (*found.get("ambiguous", ()), "time")
        case Window():
            _set_window(value, at, part, found)


def _set_window(window: Window, at: Moment, part: PartOfDay | None, found: dict[str, Any]) -> None:
    first = window.first.at(at, part) if window.first else None
    last = None
    if window.last:
        last = window.last.at(at, part, after=first)
    if window.first and window.last and first is not None and last is not None and first > last:
        if len(window.first.readings()) == 1:
            last = min(window.last.readings())  # "From 11 pm to 3": over midnight.
        else:
            first = min(window.first.readings())
    if first is not None:
        found["time_from"] = first
    if last is not None:
        found["time_to"] = last
