"""Words that mean danger, before anything else is understood.

The words stand in `dangers/<code>.toml`: classes of words and patterns that combine them. What a
pattern finds is one of three sorts of evidence. Something `certain` is a danger as it is said
("can't breathe"). An `event` is one if it is now ("stroke": nearly the whole message, or beside a
word of haste). A `sign` alone is ordinary ("pale"), but evidence adds up: a sign or an event beside
another one, beside a `hint` ("fever", which says nothing by itself) or, of an illness, beside a
word of haste is a danger.

Evidence does not count where it is denied ("no chest pain"), long past, asked about in general,
over, mild, or a manner of speaking ("this wait is killing me"); words of haste outweigh the past
and the question. In doubt about a person speaking of today, it is an emergency: a needless number
costs a moment.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from bot.understanding.chart import Chart, Item
from bot.understanding.lexicon import Lexicon
from bot.understanding.values import EmergencyKind

_SHORT = 4  # Words of a message that is hardly more than the event itself.
_ORDER = (EmergencyKind.SELF_HARM, EmergencyKind.VIOLENCE, EmergencyKind.MEDICAL)
_EVIDENCE = frozenset(("certain", "event", "sign", "hint"))
# Which cues in the same sentence take away which evidence, and whether words of haste outweigh
# them.
_CALMING = (
    ("past", ("certain", "event", "sign", "hint"), True),
    ("lasting", ("certain", "event", "sign", "hint"), True),
    ("question", ("certain", "event", "sign", "hint"), True),
    ("followup", ("certain", "event", "sign", "hint"), True),
    ("over", ("certain", "event", "sign", "hint"), True),
    ("had", ("event", "sign", "hint"), True),
    ("mild", ("event", "sign", "hint"), False),
)
# What calms a certain danger from no clause before it: "had surgery in May, now coughs up blood".
_NEAR = ("past", "lasting", "question", "followup")
_FOR_DESPAIR = ("past",)  # All that calms a wish to die: nobody asks about it in general.


class Warnings:
    """All that safety finds in one message."""

    def __init__(self, chart: Chart, lexicon: Lexicon) -> None:
        self.chart = chart
        found = [
            Item(match.meaning.sort, match.start, match.end, match.meaning.kind)
            for match in lexicon.safety.matches(chart)
        ]
        self.harmless = [item for item in found if item.kind == "harmless"]
        self.cues = [item for item in found if item.kind not in (*_EVIDENCE, "harmless")]
        self.dangers = [
            item for item in found if item.kind in _EVIDENCE and not self._is_idiom(item)
        ]

    def kind(self) -> EmergencyKind | None:
        """Return the kind of danger: what is certain before what only adds up; self-harm and
        violence before an illness."""
        found = [(kind, self._standing(kind)) for kind in _ORDER]
        for is_danger in (self._is_certain, self._is_likely):
            for kind, standing in found:
                if is_danger(standing):
                    return kind
        return None

    def _standing(self, kind: EmergencyKind) -> list[Item]:
        return [
            item
            for item in self.dangers
            if item.value is kind and not self._denied(item) and not self._calmed(item)
        ]

    def _is_certain(self, standing: Sequence[Item]) -> bool:
        return any(item.kind == "certain" for item in standing)

    def _is_likely(self, standing: Sequence[Item]) -> bool:
        signs = [item for item in standing if item.kind != "hint"]
        if len(self.chart.words) <= _SHORT and any(item.kind == "event" for item in signs):
            return True
        return self._adds_up(signs, standing) or any(
            self._has("haste", item)
            for item in signs
            if item.kind == "event" or item.value is EmergencyKind.MEDICAL
        )

    def _adds_up(self, signs: Sequence[Item], all_of: Sequence[Item]) -> bool:
        """A sign and something else that is not the same words again."""
        return any(
            not sign.overlaps(other) and not self._same(sign, other)
            for sign in signs
            for other in all_of
        )

    def _same(self, one: Item, other: Item) -> bool:
        """ "She is pale, so pale"."""
        return self.chart.words[one.end - 1] == self.chart.words[other.end - 1]

    def _calmed(self, item: Item) -> bool:
        despair = item.value is EmergencyKind.SELF_HARM and item.kind == "certain"
        if not despair and (self._said("joke") or self._within("mild", item)):
            return True
        hasty = self._has("haste", item)
        return any(
            item.kind in sorts
            and (cue in _FOR_DESPAIR or not despair)
            and not (outweighed and hasty)
            and self._has(cue, item, near=item.kind == "certain" and cue in _NEAR)
            for cue, sorts, outweighed in _CALMING
        )

    def _within(self, kind: str, item: Item) -> bool:
        """ "My face is a bit swollen"."""
        return any(item.start < cue.start and cue.end <= item.end for cue in self._said(kind))

    def _said(self, kind: str) -> list[Item]:
        return self._by_kind.get(kind, [])

    @cached_property
    def _by_kind(self) -> Mapping[str, list[Item]]:
        by_kind: dict[str, list[Item]] = defaultdict(list)
        for cue in sorted(self.cues, key=lambda cue: cue.start):
            by_kind[cue.kind].append(cue)
        return dict(by_kind)

    def _has(self, kind: str, item: Item, *, near: bool = False) -> bool:
        """Tell whether a cue stands in the sentence of a danger, outside its own
        words; `near` it, in no clause before."""
        cues = self._said(kind)
        if not cues:
            return False
        around = self._around(item, near=near)
        first = bisect_left(cues, around.start, key=lambda cue: cue.start)
        last = bisect_left(cues, around.stop, key=lambda cue: cue.start)
        return any(
            cue.end <= around.stop and not (item.start <= cue.start and cue.end <= item.end)
            for cue in cues[first:last]
        )

    def _around(self, item: Item, *, near: bool) -> range:
        start = self._before(self._clauses if near else self._sentences, item.start)
        return range(start, self._after(self._sentences, item.end))

    @cached_property
    def _sentences(self) -> Sequence[int]:
        """Where sentences end: found once, since an essay without a full stop is one of them."""
        tokens = self.chart.tokens
        return [place + 1 for place, token in enumerate(tokens) if token.ends_sentence]

    @cached_property
    def _clauses(self) -> Sequence[int]:
        tokens = self.chart.tokens
        return [
            place + 1 for place, token in enumerate(tokens) if token.stop or token.ends_sentence
        ]

    def _before(self, ends: Sequence[int], place: int) -> int:
        index = bisect_right(ends, place)
        return ends[index - 1] if index else 0

    def _after(self, ends: Sequence[int], place: int) -> int:
        index = bisect_left(ends, place)
        return ends[index] if index < len(ends) else len(self.chart.tokens)

    def _denied(self, item: Item) -> bool:
        """ "No chest pain", "if I get chest pain": what reaches up to the danger itself.

        Who writes "if I died" speaks of dying, and what is not there may be the danger: "I can't I
        can't breathe".
        """
        cues = self._said("negation")
        if any(cue.start == item.start for cue in cues):
            return False
        if item.value is not EmergencyKind.SELF_HARM:
            cues = cues + self._said("condition")
        tokens = self.chart.tokens
        return any(cue.end == item.start and not tokens[cue.end - 1].stop for cue in cues)

    def _is_idiom(self, item: Item) -> bool:
        """An idiom takes the words that it shares with a danger, unless the danger goes on at both
        of its ends: "ate my blood pressure pills". But a wish to die is one unless all of it is a
        manner of speaking."""
        if item.value is EmergencyKind.SELF_HARM:
            return any(
                idiom.start <= item.start and item.end <= idiom.end for idiom in self.harmless
            )
        return any(
            idiom.overlaps(item) and not (item.start < idiom.start and idiom.end < item.end)
            for idiom in self.harmless
        )

    def is_threat(self) -> bool:
        """The writer is the danger, for the clinic's people: "I'll come and shoot you all"."""
        standing = self._standing(EmergencyKind.VIOLENCE)
        return any(item.overlaps(cue) for item in standing for cue in self._said("threat"))

    def help_is_coming(self) -> bool:
        """ "The ambulance is coming", and nothing worse."""
        cues = self._said("helped")
        standing = [item for kind in _ORDER for item in self._standing(kind)]
        return bool(cues) and all(
            item.kind == "hint" or any(item.overlaps(cue) for cue in cues) for item in standing
        )


def emergency(chart: Chart, lexicon: Lexicon) -> tuple[EmergencyKind | None, Sequence[Item]]:
    """Return what danger a message tells of, and the words of danger in it, denied ones too."""
    warnings = Warnings(chart, lexicon)
    words = [
        Item("danger", item.start, item.end, None)
        for item in warnings.dangers
        if item.kind not in ("sign", "hint")
    ]
    return warnings.kind(), words


def tells_of_danger(chart: Chart, lexicon: Lexicon) -> bool:
    """Tell whether there is any word of danger at all, be it only a sign of one."""
    return bool(Warnings(chart, lexicon).dangers)


def particulars(chart: Chart, lexicon: Lexicon) -> dict[str, bool]:
    """Return what else a message of danger says, as entities."""
    warnings = Warnings(chart, lexicon)
    said = {"threat": warnings.is_threat(), "help_is_coming": warnings.help_is_coming()}
    return {name: True for name, holds in said.items() if holds}
