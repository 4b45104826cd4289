"""Patterns of words, and the chart that holds what they found.

A lexicon writes a pattern as people speak: `"(book|make) [me] an appointment"`. Round brackets
choose, square ones may be left out, `{day}` stands for anything of that kind found before, and
`...` for up to four words of one sentence. All patterns of one sort are one automaton, whose states
are worked out when they are first met, so a message costs time in proportion to its length.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from bot.understanding.text import Token, folded

GAP = "..."
MOST_WORDS_IN_A_GAP = 4
MOST_STATES = 20_000  # Kept; far more than ordinary messages ever meet.
_PART = re.compile(r"\s*(?:[()\[\]|]|\.\.\.|\{[a-z_]+\}|[^\s()\[\]|{}]+)")


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


Slots = tuple[tuple[str, Any], ...]  # What the `{kinds}` of a pattern stood for, in order.


class Chart:
    """The tokens of a message and all items found in them, by where they start."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.words = [token.word for token in tokens]
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

    def items(self, *kinds: str) -> list[Item]:
        return [item for row in self.starting for item in row if item.kind in kinds]

    def has(self, kind: str, start: int) -> Item | None:
        fitting = [item for item in self.starting[start] if item.kind == kind]
        return max(fitting, key=lambda item: item.end, default=None)


class _Node:
    """A place in the patterns: which words and kinds lead on from here, and what is complete."""

    __slots__ = ("anything", "ends", "kinds", "skips", "words")

    def __init__(self) -> None:
        self.words: dict[str, list[_Node]] = {}
        self.kinds: dict[str, list[_Node]] = {}
        self.anything: list[_Node] = []  # One step of a gap.
        self.skips: list[_Node] = []  # Reached without a word.
        self.ends: list[Any] = []

    def take(self, other: "_Node") -> None:
        """Lead on to everything that the other leads to."""
        for word, nodes in other.words.items():
            self.words.setdefault(word, []).extend(nodes)
        for kind, nodes in other.kinds.items():
            self.kinds.setdefault(kind, []).extend(nodes)
        self.anything += other.anything
        self.skips += other.skips


class _State:
    """All the places a reader may be in at once, so that a word is looked up only once."""

    __slots__ = (
        "after", "after_gap", "after_kind", "after_stop", "anything", "ends", "kinds", "nodes",
        "words",
    )  # fmt: skip

    def __init__(self, nodes: Iterable[_Node]) -> None:
        found: dict[int, _Node] = {}
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if id(node) not in found:
                found[id(node)] = node
                waiting += node.skips
        self.nodes = tuple(found.values())
        self.ends = tuple(dict.fromkeys(end for node in self.nodes for end in node.ends))
        self.words: dict[str, list[_Node]] = {}
        self.kinds: dict[str, list[_Node]] = {}
        for node in self.nodes:
            for word, following in node.words.items():
                self.words.setdefault(word, []).extend(following)
            for kind, following in node.kinds.items():
                self.kinds.setdefault(kind, []).extend(following)
        self.anything = [following for node in self.nodes for following in node.anything]
        # What was already worked out: after a word, after one that begins a sentence (a gap does
        # not go on there), after a kind, and after any word that only a gap takes.
        self.after: dict[str, _State] = {}
        self.after_stop: dict[str, _State] = {}
        self.after_kind: dict[str, _State] = {}
        self.after_gap: _State | None = None


_Step = tuple[_State, int, Slots]  # Where a reader stands, before which word, with what.


class Match(NamedTuple):
    meaning: Any
    start: int
    end: int
    slots: Slots


class Patterns:
    """Many patterns, each with its meaning, matched together."""

    def __init__(self) -> None:
        self._root = _Node()
        self._states: dict[frozenset[int], _State] = {}
        self._start: _State | None = None
        self.vocabulary: set[str] = set()

    def add(self, pattern: str, meaning: Any) -> None:
        start = _Node()
        end, rest = self._sequence(start, pattern)
        if rest:
            raise ValueError(f"the brackets of this pattern do not match: {pattern!r}")
        if end in _State([start]).nodes:
            raise ValueError(f"this pattern matches nothing at all: {pattern!r}")
        end.ends.append(meaning)
        self._root.take(start)
        self._start = None

    def _sequence(self, start: _Node, rest: str) -> tuple[_Node, str]:
        """Read alternatives up to a closing bracket; return where they all lead, and the rest."""
        ends: list[_Node] = []
        node = start
        while part := _PART.match(rest):
            sign, rest = part[0].strip(), rest[part.end() :]
            if sign == "|":
                ends, node = [*ends, node], start
            elif sign in ")]":
                rest = sign + rest
                break
            elif sign in "([":
                node, rest = self._group(node, sign, rest)
            else:
                node = self._step(node, sign)
        return _joined([*ends, node]), rest

    def _group(self, node: _Node, opening: str, rest: str) -> tuple[_Node, str]:
        end, rest = self._sequence(node, rest)
        if rest[:1] != (")" if opening == "(" else "]"):
            raise ValueError(f"a bracket is not closed before {rest!r}")
        return _joined([end, node] if opening == "[" else [end]), rest[1:]

    def _step(self, node: _Node, part: str) -> _Node:
        following = _Node()
        if part == GAP:
            return self._gap(node)
        if part.startswith("{"):
            node.kinds.setdefault(part[1:-1], []).append(following)
            return following
        self.vocabulary.add(part)
        node.words.setdefault(part, []).append(following)
        return following

    def _gap(self, node: _Node) -> _Node:
        end = _Node()
        for _ in range(MOST_WORDS_IN_A_GAP):
            node.skips.append(end)
            following = _Node()
            node.anything.append(following)
            node = following
        node.skips.append(end)
        return end

    def ready(self) -> _State:
        """Return where every match starts, worked out once all patterns are known."""
        if self._start is None:
            self._start = self._state([self._root])
        return self._start

    def matches(self, chart: Chart) -> list[Match]:
        """Return every match at every place; the caller chooses."""
        root = self.ready()
        words, kinds, starting = root.words, root.kinds, chart.starting
        found: list[Match] = []
        for start, word in enumerate(chart.words):
            if word in words or (kinds and any(item.kind in kinds for item in starting[start])):
                self._walk(root, chart, start, found)
        return found

    def _walk(self, root: _State, chart: Chart, start: int, found: list[Match]) -> None:
        words, starting, size = chart.words, chart.starting, len(chart.words)
        waiting: list[_Step] = [(root, start, ())]
        seen: set[_Step] = set()
        while waiting:
            state: _State | None
            state, place, slots = waiting.pop()
            while state is not None:
                if state.ends:
                    found += [Match(meaning, start, place, slots) for meaning in state.ends]
                if place == size:
                    break
                if state.kinds and starting[place]:
                    for step in self._forks(state, starting[place], slots):
                        if step not in seen:
                            seen.add(step)
                            waiting.append(step)
                word = words[place]
                if word in state.words:
                    stopped = bool(state.anything) and chart.begins_sentence[place]
                    known = state.after_stop if stopped else state.after
                    state = known.get(word) or self._word(state, word, stopped=stopped)
                elif state.anything and not chart.begins_sentence[place]:
                    state = state.after_gap or self._gap_from(state)
                else:
                    state = None
                place += 1

    def _forks(self, state: _State, row: Sequence[Item], slots: Slots) -> list[_Step]:
        """Return where the kinds of things found at a place lead."""
        return [
            (
                state.after_kind.get(item.kind) or self._kind(state, item.kind),
                item.end,
                (*slots, (item.kind, item.value)),
            )
            for item in row
            if item.kind in state.kinds
        ]

    def _word(self, state: _State, word: str, *, stopped: bool) -> _State:
        """Work out where a word leads; a gap does not cross the end of a sentence."""
        if stopped:
            state.after_stop[word] = found = self._state(state.words[word])
        else:
            found = self._state([*state.words[word], *state.anything])
            state.after[word] = found
        return found

    def _kind(self, state: _State, kind: str) -> _State:
        state.after_kind[kind] = found = self._state(state.kinds[kind])
        return found

    def _gap_from(self, state: _State) -> _State:
        state.after_gap = found = self._state(state.anything)
        return found

    def _state(self, nodes: Sequence[_Node]) -> _State:
        key = frozenset(map(id, nodes))
        if (state := self._states.get(key)) is None:
            state = _State(nodes)
            if len(self._states) < MOST_STATES:
                self._states[key] = state
        return state


def _joined(ends: Sequence[_Node]) -> _Node:
    if len(ends) == 1:
        return ends[0]
    join = _Node()
    for end in ends:
        end.skips.append(join)
    return join


def longest(items: Iterable[Item]) -> list[Item]:
    """Return the items that win where several cover the same words, in the order of the text."""
    chosen: list[Item] = []
    for item in sorted(items, key=lambda item: (-item.length, item.start)):
        if not any(item.overlaps(other) for other in chosen):
            chosen.append(item)
    return sorted(chosen, key=lambda item: item.start)
