"""Patterns of words, and the chart that holds what they found.

A lexicon writes a pattern as people speak: `"(book|make) [me] an appointment"`. Round brackets
choose, square ones may be left out, `{day}` stands for anything of that kind found before, and
`...` for up to four words. All patterns of one sort are one trie, walked once from every word,
so a message costs time in proportion to its length whatever it says.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.understanding.text import Token

GAP = "..."
MOST_WORDS_IN_A_GAP = 4


@dataclass(frozen=True, slots=True)
class Item:
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


Slots = tuple[tuple[str, Any], ...]  # What the `{kinds}` of a pattern stood for, in order.


class Chart:
    """The tokens of a message and all items found in them, by where they start."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.words = [token.word for token in tokens]
        self.starting: list[list[Item]] = [[] for _ in tokens]

    def add(self, item: Item) -> None:
        row = self.starting[item.start]
        if item not in row:
            row.append(item)

    def items(self, *kinds: str) -> list[Item]:
        return [item for row in self.starting for item in row if item.kind in kinds]

    def has(self, kind: str, start: int) -> Item | None:
        fitting = [item for item in self.starting[start] if item.kind == kind]
        return max(fitting, key=lambda item: item.end, default=None)

    def without(self, taken: Iterable[Item]) -> "Chart":
        """Return a chart whose taken words match no pattern: a name is not a date."""
        hidden = {index for item in taken for index in range(item.start, item.end)}
        if not hidden:
            return self
        chart = Chart(self.tokens)
        chart.words = ["" if index in hidden else word for index, word in enumerate(self.words)]
        for row in self.starting:
            for item in row:
                if not hidden.intersection(range(item.start, item.end)):
                    chart.add(item)
        return chart


@dataclass(slots=True)
class _Node:
    words: dict[str, "_Node"] = field(default_factory=dict)
    kinds: dict[str, "_Node"] = field(default_factory=dict)
    gap: "_Node | None" = None
    ends: list[Any] = field(default_factory=list)

    def next(self, part: str) -> "_Node":
        if part == GAP:
            self.gap = self.gap or _Node()
            return self.gap
        if part.startswith("{"):
            return self.kinds.setdefault(part[1:-1], _Node())
        return self.words.setdefault(part, _Node())


@dataclass(frozen=True, slots=True)
class Match:
    meaning: Any
    start: int
    end: int
    slots: Slots


class Patterns:
    """Many patterns, each with its meaning, matched together."""

    def __init__(self) -> None:
        self._root = _Node()
        self.vocabulary: set[str] = set()

    def add(self, pattern: str, meaning: Any) -> None:
        for parts in expanded(pattern):
            node = self._root
            for part in parts:
                node = node.next(part)
                if part != GAP and not part.startswith("{"):
                    self.vocabulary.add(part)
            if meaning not in node.ends:
                node.ends.append(meaning)

    def matches(self, chart: Chart) -> Iterator[Match]:
        root = self._root
        for start, word in enumerate(chart.words):
            if word in root.words or any(item.kind in root.kinds for item in chart.starting[start]):
                yield from self._from(chart, start)

    def _from(self, chart: Chart, start: int) -> Iterator[Match]:
        words, size = chart.words, len(chart.words)
        waiting: list[tuple[_Node, int, Slots]] = [(self._root, start, ())]
        while waiting:
            node, place, slots = waiting.pop()
            for meaning in node.ends:
                yield Match(meaning, start, place, slots)
            if place < size:
                if following := node.words.get(words[place]):
                    waiting.append((following, place + 1, slots))
                if node.kinds:
                    for item in chart.starting[place]:
                        if following := node.kinds.get(item.kind):
                            waiting.append((following, item.end, (*slots, (item.kind, item.value))))
                if node.gap:
                    waiting.extend((node.gap, end, slots) for end in _gap(chart.tokens, place))


def _gap(tokens: Sequence[Token], place: int) -> Iterator[int]:
    """Yield where a gap that starts here may end; it never leaves the sentence."""
    for end in range(place, min(place + MOST_WORDS_IN_A_GAP, len(tokens) - 1) + 1):
        if end > 0 and end >= place and tokens[end - 1].ends_sentence:
            return
        yield end


def longest(items: Iterable[Item]) -> list[Item]:
    """Return the items that win where several cover the same words, in the order of the text."""
    chosen: list[Item] = []
    for item in sorted(items, key=lambda item: (-item.length, item.start)):
        if not any(item.overlaps(other) for other in chosen):
            chosen.append(item)
    return sorted(chosen, key=lambda item: item.start)


def expanded(pattern: str) -> list[tuple[str, ...]]:
    """Return every sequence of words that a pattern stands for."""
    sequences, rest = _alternatives(pattern)
    if rest:
        raise ValueError(f"a pattern's brackets do not match: {pattern!r}")
    found = [tuple(sequence.split()) for sequence in sequences]
    return [sequence for sequence in dict.fromkeys(found) if sequence]


def _alternatives(rest: str) -> tuple[list[str], str]:
    """Read `a|b|c` up to its closing bracket; return what it stands for and the remainder."""
    done: list[str] = []
    current = [""]
    while rest:
        sign, rest = rest[0], rest[1:]
        if sign in "([":
            inner, rest = _alternatives(rest)
            if rest[:1] != (")" if sign == "(" else "]"):
                raise ValueError(f"a bracket is not closed before {rest!r}")
            inner, rest = [*inner, ""] if sign == "[" else inner, rest[1:]
            current = [before + after for before in current for after in inner]
        elif sign == "|":
            done, current = done + current, [""]
        elif sign in ")]":
            return done + current, sign + rest
        else:
            current = [before + sign for before in current]
    return done + current, ""
