"""The chart of a message: its words, and everything that was found in them."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from bot.understanding.text import Token, folded


class Item(NamedTuple):
    """Something found: what kind it is, which tokens it covers, and what it means."""

    kind: str
    start: int
    end: int
    value: Any

    @property
    def length(self) -> int:
        return self.end - self.start

    def overlaps(self, other: "Item") -> bool:
        return self.start < other.end and other.start < self.end


class Chart:
    """The tokens of a message and all items found in them, by where they start."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.words = [token.word for token in tokens]
        self.distinct = frozenset(self.words)
        self.kinds: set[str] = set()  # Of the items found so far.
        self.starting: list[list[Item]] = [[] for _ in tokens]
        # Whether the word before ends a sentence; past the last word there is nothing.
        self.begins_sentence = [False, *(token.ends_sentence for token in tokens)]

    @cached_property
    def typed(self) -> list[str]:
        """The words as they were typed, in small letters and without accents."""
        return [folded(token.typed) for token in self.tokens]

    def add(self, item: Item) -> None:
        row = self.starting[item.start]
        if item not in row:
            row.append(item)
            self.kinds.add(item.kind)

    def items(self, *kinds: str) -> list[Item]:
        if self.kinds.isdisjoint(kinds):
            return []
        return [item for row in self.starting for item in row if item.kind in kinds]

    def has(self, kind: str, start: int) -> Item | None:
        if kind not in self.kinds:
            return None
        fitting = [item for item in self.starting[start] if item.kind == kind]
        return max(fitting, key=lambda item: item.end, default=None)


def longest(items: Iterable[Item]) -> list[Item]:
    """Return the items that win where several cover the same words, in the order of the text."""
    chosen: list[Item] = []
    taken: set[int] = set()
    for item in sorted(items, key=lambda item: (item.start - item.end, item.start)):
        places = range(item.start, item.end)
        if taken.isdisjoint(places):
            chosen.append(item)
            taken.update(places)
    return sorted(chosen, key=lambda item: item.start)


def places_of(items: Iterable[Item]) -> set[int]:
    """Return the places of all words that these items cover."""
    return {place for item in items for place in range(item.start, item.end)}
