"""From words to days and times: the passes of a lexicon's patterns over a message.

First the classes of words and the readings of figures; then days, days upon days ("the week of the
5th"), times, times upon times ("half past three"), and what spans them ("from 2 to 4").
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from bot.understanding import (
    date_rules,
    day_rules,
    figures,
    period_rules,
    stretch_rules,
    time_rules,
)
from bot.understanding.chart import Chart, Item
from bot.understanding.lexicon import PASSES, Lexicon
from bot.understanding.moment import Moment
from bot.understanding.patterns import Match, Slots
from bot.understanding.text import Token
from bot.understanding.times import Clock

RULES: Mapping[str, Callable[[Slots, Moment], Any]] = {
    **day_rules.RULES,
    **date_rules.RULES,
    **period_rules.RULES,
    **stretch_rules.RULES,
    **time_rules.RULES,
}
# What a number must not stand before to be an hour: "tuesday 3 people" is not at three.
_MEASURES = ("unit", "timeunit", "month", "counted")
_COUNTED = (*_MEASURES, "person")
_COUNTED_FROM = ("period_after_day", "period_before_day", "units_after_day", "units_before_day")
_CLOCK_FIGURES = ("figure_clock", "four")


def charted(tokens: Sequence[Token], lexicon: Lexicon) -> Chart:
    """Return a chart with the classes of words and the readings of figures."""
    chart = Chart(tokens)
    for index, word in enumerate(chart.words):
        if word[:1].isdigit():
            numbers_house = _numbers_house(chart, index, lexicon)
            for kind, value in figures.readings(word):
                if not (numbers_house and kind in _CLOCK_FIGURES):
                    chart.add(Item(kind, index, index + 1, value))
    for match in lexicon.classes.matches(chart):
        kind, value = match.meaning
        chart.add(Item(kind, match.start, match.end, value))
    return chart


def _numbers_house(chart: Chart, index: int, lexicon: Lexicon) -> bool:
    """Tell whether bare figures belong to a street or a place: "2306 Almaden Road"."""
    token = chart.tokens[index]
    if len(token.word) < 3 or not token.word.isdecimal() or token.stop:
        return False
    following = chart.tokens[index + 1 : index + 2]
    name = following[0] if following else None
    return (
        name is not None
        and name.typed[:1].isupper()
        and not name.typed.isupper()
        and name.word not in lexicon.content
    )


def find_times(chart: Chart, lexicon: Lexicon, at: Moment) -> None:
    """Add every day and time to the chart, pass by pass."""
    for name in PASSES:
        if name == "clocks_upon" or name == "spans":
            _add_whens(chart)
        table = lexicon.passes[name]
        found = [
            (match, RULES[match.meaning])
            for match in table.matches(chart)
            if not _means_otherwise(name, chart, match)
        ]
        for match, rule in found:
            value = rule(match.slots, at)
            if value is not None:
                chart.add(Item(value.kind, match.start, match.end, value))


def _means_otherwise(name: str, chart: Chart, match: Match) -> bool:
    """Tell whether what stands around them makes the words of a pass something else."""
    match name:
        case "days":
            return _is_hour(chart, match)
        case "days_upon":  # "Next week, before Friday" is no week before it.
            return match.meaning in _COUNTED_FROM and _is_broken(chart, match)
        case "clocks":
            return _is_broken(chart, match) or _is_count(chart, match)
        case "spans":
            # "Not at 3, 5?" is nothing from 3 to 5.
            apart = match.meaning == "between_times" and _is_broken(chart, match)
            return apart or _is_answer(chart, match)
    return False


def _is_broken(chart: Chart, match: Match) -> bool:
    """ "On the 15, 8 pm" is no quarter past eight: a comma ends a clock time."""
    return any("," in token.stop for token in chart.tokens[match.start : match.end - 1])


def _is_answer(chart: Chart, match: Match) -> bool:
    """ "No, in the afternoon": the no answers, and the afternoon is wanted."""
    refuses = match.meaning.startswith("not_")
    return refuses and match.start == 0 and bool(chart.tokens[0].stop)


def _is_count(chart: Chart, match: Match) -> bool:
    """ "Il a 3 ans" is no "à 3": a bare hour is none before what it counts."""
    # "At 10 for my son" counts no sons.
    counting = _counts(chart, match, _MEASURES) or chart.has("pronoun", match.end - 1)
    if match.meaning != "hour" or not counting:
        return False
    rows = chart.starting[match.start : match.end]
    return any(item.kind == "hour" and item.end == match.end for row in rows for item in row)


def _is_hour(chart: Chart, match: Match) -> bool:
    """ "Jeudi 10 h" is no Thursday the 10th, "en 2 fois" no second of the month."""
    if match.end == len(chart.words):
        return False
    if not (chart.has("timeunit", match.end) or chart.has("counted", match.end)):
        return False
    last = chart.starting[match.end - 1]
    return any(item.kind == "dayno" and item.end == match.end for item in last)


def _add_whens(chart: Chart) -> None:
    """Let patterns use, as `{when}`, every time and every bare number that may be one."""
    if chart.kinds.isdisjoint(("clock", "hour", "four")):
        return
    pronouns = {item.end - 1 for item in chart.items("pronoun")}  # "That one" is no hour.
    for row in chart.starting:
        for item in list(row):
            if item.kind == "clock":
                chart.add(Item("when", item.start, item.end, item.value))
            elif item.kind == "hour" and not (
                _counts(chart, item) or _ends_a_day(chart, item) or item.start in pronouns
            ):
                chart.add(Item("when", item.start, item.end, Clock(item.value % 24)))
            elif item.kind == "four" and not _ends_a_date(chart, item):
                chart.add(Item("when", item.start, item.end, item.value))


def _ends_a_day(chart: Chart, item: Item) -> bool:
    """ "Dia 5": the number is no hour, whatever follows ("às 10")."""
    days = (other for other in chart.items("day") if other.end == item.end)
    return any(other.length > item.length for other in days)


def _ends_a_date(chart: Chart, item: Item) -> bool:
    """ "6 January 2017 - 6:37" is no time from 20:17 on."""
    dated = (other for other in chart.items("day") if other.value.dated)
    return any(other.end == item.end for other in dated)


def _counts(chart: Chart, item: Item | Match, kinds: Collection[str] = _COUNTED) -> bool:
    """Tell whether a number counts what follows: "3 days", "2 kids"; not "10 for my daughter"."""
    following = chart.starting[item.end] if item.end < len(chart.words) else ()
    return any(
        other.kind in kinds and (other.kind != "person" or other.length == 1) for other in following
    )
