"""What the steps of reading have found in one message; nothing of it outlives the message."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.understanding import when
from bot.understanding.births import NOTHING, Expectation
from bot.understanding.chart import Chart, Item
from bot.understanding.clinic import Clinic
from bot.understanding.lexicon import Lexicon
from bot.understanding.moment import Moment
from bot.understanding.practitioners import Mention
from bot.understanding.values import Context, EmergencyKind

# Entities that answer a question, or go on with what is in hand.
_GIVEN = frozenset(
    {"choice", "name", "date_of_birth", "phone", "person", "usual", "same", "rating", "date",
     "time", "together", "anyone", "gender", "other", "speaks",
     "directly_after", "ambiguous"}
)  # fmt: skip


@dataclass(slots=True)
class Findings:
    text: str
    words: Lexicon
    context: Context
    at: Moment
    clinic: Clinic
    chart: Chart
    danger: EmergencyKind | None
    dangers: Sequence[Item]  # Words of danger, denied ones too: they are no wish.
    cues: Sequence[Item]  # Words that announce something, the longest first.
    cue_kinds: frozenset[str]
    entities: dict[str, Any] = field(default_factory=dict)  # Said of the message as a whole.
    names: list[Item] = field(default_factory=list)  # Words taken by names, numbers, birth dates.
    mentions: list[Mention] = field(default_factory=list)  # Of practitioners.
    specialties: list[Item] = field(default_factory=list)
    visit_types: list[Item] = field(default_factory=list)
    birth: Expectation = NOTHING
    relations: list[Item] = field(default_factory=list)  # "my daughter"
    past: list[Item] = field(default_factory=list)  # Words that tell of the past.
    days: list[Item] = field(default_factory=list)  # Days, times and words like "earliest".
    day_cues: when.Cues = when.NO_CUES
    phrases: list[Item] = field(default_factory=list)  # Of intents, in the order of the text.
    tasks: list[Item] = field(default_factory=list)  # Those among them that are wishes.

    def asked(self, *kinds: str) -> bool:
        return self.context.asked in kinds

    @property
    def in_hand(self) -> bool:
        """Tell whether the patient is in the middle of something."""
        return self.context.asked is not None or bool(self.context.offer)

    def said(self, *kinds: str) -> list[Item]:
        """Return the cues of these kinds, the longest first."""
        if self.cue_kinds.isdisjoint(kinds):
            return []
        return [cue for cue in self.cues if cue.kind in kinds]

    def is_taken(self, item: Item) -> bool:
        return any(item.overlaps(other) for other in self.names)

    def unclear(self, name: str) -> None:
        """Note that an entity must be asked back."""
        self.entities["ambiguous"] = (*self.entities.get("ambiguous", ()), name)

    def bare_number(self) -> int | None:
        """Return the number if the message is nothing but one ("2", "#2", "twenty two")."""
        words = self.chart.words
        start = 1 if len(words) == 2 and words[0] == "#" else 0
        whole = (
            item
            for item in self.chart.items("number")
            if item.start == start and item.end == len(words)
        )
        item = next(whole, None)
        return int(item.value) if item and item.value < 1000 else None

    def names_something(self) -> bool:
        """Tell whether the message names something of the clinic's."""
        named = {"visit_type", "location"} & self.entities.keys()
        return bool(self.mentions or self.specialties or named)

    def gives_something(self) -> bool:
        """Tell whether the message gives what goes on with a task: a choice, a name, a date."""
        return not _GIVEN.isdisjoint(self.entities)

    def is_of_visit(self, phrase: Item) -> bool:
        """ "Move my appointment", "move that one": not another day than those on offer."""
        visits = (*self.chart.items("visit"), *self.said("that_one"))
        return any(phrase.start <= item.start and item.end <= phrase.end for item in visits)
