"""Words that mean danger, before anything else is understood.

A danger is a phrase of the lexicon that is neither denied ("no chest pain"), nor long past ("mom
had a stroke last year"), nor a manner of speaking ("this wait is killing me"), nor the subject of
a question or of a follow-up. Some words are dangers as they stand ("can't breathe"); others name
an event ("stroke"), and count when they stand nearly alone or with a word that says it is now. In
doubt about a person speaking of today, it is an emergency: a needless number costs a moment.
"""

from collections.abc import Sequence

from bot.understanding.chart import Chart, Item
from bot.understanding.lexicon import Lexicon
from bot.understanding.values import EmergencyKind

_SHORT = 4  # Words of a message that is hardly more than the event itself.
_NEAR = 3  # Words between a denial and what it denies.
_ORDER = (EmergencyKind.SELF_HARM, EmergencyKind.VIOLENCE, EmergencyKind.MEDICAL)


class Warnings:
    """All that safety finds in one message."""

    def __init__(self, chart: Chart, lexicon: Lexicon) -> None:
        self.chart = chart
        found = [
            Item(match.meaning.sort, match.start, match.end, match.meaning.kind)
            for match in lexicon.safety.matches(chart)
        ]
        self.harmless = [item for item in found if item.kind == "harmless"]
        self.cues = [item for item in found if item.value is None and item.kind != "harmless"]
        self.dangers = [
            item
            for item in found
            if item.value is not None and not any(_covers(idiom, item) for idiom in self.harmless)
        ]

    def kind(self) -> EmergencyKind | None:
        """Return the kind of danger; self-harm and violence before an illness."""
        kinds = {item.value for item in self.dangers if self._is_real(item)}
        return next((kind for kind in _ORDER if kind in kinds), None)

    def _is_real(self, danger: Item) -> bool:
        if self._denied(danger):
            return False
        around = self._around(danger)
        past = self._has("history", around, danger) or self._has("followup", around, danger)
        if danger.kind == "event":
            if past or self._has("question", around, danger) or self._has("had", around, danger):
                return False
            return len(self.chart.words) <= _SHORT or self._has("present", around, danger)
        if past and not self._has("present", around, danger):
            return False
        return not self._has("question", around, danger) or self._has("present", around, danger)

    def _around(self, danger: Item) -> range:
        """Return the sentence a danger stands in."""
        tokens = self.chart.tokens
        start, end = danger.start, danger.end
        while start > 0 and not tokens[start - 1].ends_sentence:
            start -= 1
        while end < len(tokens) and not tokens[end - 1].ends_sentence:
            end += 1
        return range(start, end)

    def _has(self, kind: str, around: range, danger: Item) -> bool:
        return any(
            cue.kind == kind
            and around.start <= cue.start
            and cue.end <= around.stop
            and not (danger.start <= cue.start and cue.end <= danger.end)
            for cue in self.cues
        )

    def _denied(self, danger: Item) -> bool:
        """ "No chest pain", "not an emergency": a denial shortly before, in the same clause."""
        tokens = self.chart.tokens
        return any(
            cue.kind == "negation"
            and 0 <= danger.start - cue.end <= _NEAR
            and not any(token.stop for token in tokens[cue.start : danger.start])
            for cue in self.cues
        )


def _covers(idiom: Item, danger: Item) -> bool:
    return idiom.overlaps(danger) and (idiom.length >= danger.length or idiom.end > danger.end)


def emergency(chart: Chart, lexicon: Lexicon) -> tuple[EmergencyKind | None, Sequence[Item]]:
    """Return what danger a message tells of, and the words of danger in it, denied ones too."""
    warnings = Warnings(chart, lexicon)
    words = [Item("danger", item.start, item.end, None) for item in warnings.dangers]
    return warnings.kind(), words
