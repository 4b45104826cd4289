"""From words to days and times: the passes of a lexicon's patterns over a message.

First the classes of words and the readings of figures; then days, days upon days ("the week of the
5th"), times, times upon times ("half past three"), and what spans them ("from 2 to 4").
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.understanding import day_rules, figures, stretches, time_rules
from bot.understanding.chart import Chart, Item
from bot.understanding.lexicon import PASSES, Lexicon
from bot.understanding.moment import Moment
from bot.understanding.patterns import Slots
from bot.understanding.text import Token
from bot.understanding.times import Clock

RULES: Mapping[str, Callable[[Slots, Moment], Any]] = {
    **day_rules.RULES,
    **stretches.RULES,
    **time_rules.RULES,
}
# What a number must not stand before to be an hour: "tuesday 3 people" is not at three.
_COUNTED = ("unit", "timeunit", "month", "person")


def charted(tokens: Sequence[Token], lexicon: Lexicon) -> Chart:
    """Return a chart with the classes of words and the readings of figures."""
    chart = Chart(tokens)
    for index, word in enumerate(chart.words):
        if word[:1].isdigit():
            for kind, value in figures.readings(word):
                chart.add(Item(kind, index, index + 1, value))
    for match in lexicon.classes.matches(chart):
        kind, value = match.meaning
        chart.add(Item(kind, match.start, match.end, value))
    return chart


def find_times(chart: Chart, lexicon: Lexicon, at: Moment) -> None:
    """Add every day and time to the chart, pass by pass."""
    for name in PASSES:
        if name == "clocks_upon" or name == "spans":
            _add_whens(chart)
        table = lexicon.passes[name]
        found = [(match, RULES[match.meaning]) for match in table.matches(chart)]
        for match, rule in found:
            value = rule(match.slots, at)
            if value is not None:
                chart.add(Item(value.kind, match.start, match.end, value))


def _add_whens(chart: Chart) -> None:
    """Let patterns use, as `{when}`, every time and every bare number that may be one."""
    if chart.kinds.isdisjoint(("clock", "hour", "four")):
        return
    for row in chart.starting:
        for item in list(row):
            if item.kind == "clock":
                chart.add(Item("when", item.start, item.end, item.value))
            elif item.kind == "hour" and not _counts(chart, item):
                chart.add(Item("when", item.start, item.end, Clock(item.value % 24)))
            elif item.kind == "four" and not _ends_a_date(chart, item):
                chart.add(Item("when", item.start, item.end, item.value))


def _ends_a_date(chart: Chart, item: Item) -> bool:
    """ "6 January 2017 - 6:37" is no time from 20:17 on."""
    dated = (other for other in chart.items("day") if other.value.dated)
    return any(other.end == item.end for other in dated)


def _counts(chart: Chart, item: Item) -> bool:
    """Tell whether a number counts what follows: "3 days"."""
    following = chart.starting[item.end] if item.end < len(chart.words) else ()
    return any(other.kind in _COUNTED for other in following)
