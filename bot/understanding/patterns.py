"""Patterns of words.

A lexicon writes a pattern as people speak: `"(book|make) [me] an appointment"`. Round brackets
choose, square ones may be left out, `{day}` stands for anything of that kind found before, `bleed*`
for all words that begin so, and `...` for up to four words of one sentence. All patterns of one
sort are one automaton, whose states are worked out when they are first met, so a message costs time
in proportion to its length.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bot.understanding.chart import Chart, Item

GAP = "..."
MOST_WORDS_IN_A_GAP = 4
MOST_STATES = 20_000  # Kept; far more than ordinary messages ever meet.
_PART = re.compile(r"\s*(?:[()\[\]|]|\.\.\.|\{[a-z_]+\}|[^\s()\[\]|{}]+)")


Slots = tuple[tuple[str, Any], ...]  # What the `{kinds}` of a pattern stood for, in order.

_Words = dict[str, "tuple[_Node, ...]"]
_Any = tuple[frozenset[str], "_Node"]  # Where any of these words leads.
_NOWHERE: _Words = {}  # Shared by all places from which no word leads on; never changed.


class _Node:
    """A place in the patterns: which words and kinds lead on from here, and what is complete."""

    __slots__ = ("any_of", "anything", "ends", "kinds", "skips", "words")

    def __init__(self) -> None:
        self.words: _Words = _NOWHERE
        self.kinds: _Words = _NOWHERE
        self.any_of: tuple[_Any, ...] = ()
        self.anything: tuple[_Node, ...] = ()  # One step of a gap.
        self.skips: tuple[_Node, ...] = ()  # Reached without a word.
        self.ends: tuple[Any, ...] = ()

    def by_word(self, word: str, node: "_Node") -> None:
        if self.words is _NOWHERE:
            self.words = {}
        self.words[word] = (*self.words.get(word, ()), node)

    def by_kind(self, kind: str, node: "_Node") -> None:
        if self.kinds is _NOWHERE:
            self.kinds = {}
        self.kinds[kind] = (*self.kinds.get(kind, ()), node)

    def by_gap(self, end: "_Node") -> None:
        node = self
        for _ in range(MOST_WORDS_IN_A_GAP):
            node.skips = (*node.skips, end)
            following = _Node()
            node.anything = (*node.anything, following)
            node = following
        node.skips = (*node.skips, end)


class _Choice(NamedTuple):
    """A group in brackets: its alternatives, each a sequence of words and groups."""

    alternatives: "list[list[str | _Choice]]"
    optional: bool


class _State:
    """All the places a reader may be in at once, so that a word is looked up only once."""

    __slots__ = (
        "after", "after_gap", "after_kind", "after_stop", "any_of", "anything", "ends", "is_open",
        "kinds", "words",
    )  # fmt: skip

    def __init__(self, nodes: Iterable[_Node]) -> None:
        reached = _reached(nodes)
        self.ends = tuple(dict.fromkeys(end for node in reached for end in node.ends))
        self.words: dict[str, tuple[_Node, ...]] = {}
        self.kinds: dict[str, tuple[_Node, ...]] = {}
        for node in reached:
            for word, following in node.words.items():
                known = self.words.get(word)
                self.words[word] = known + following if known else following
            for kind, following in node.kinds.items():
                self.kinds[kind] = self.kinds.get(kind, ()) + following
        self.any_of: dict[frozenset[str], tuple[_Node, ...]] = {}
        for node in reached:
            for words, end in node.any_of:
                self.any_of[words] = (*self.any_of.get(words, ()), end)
        self.anything = tuple(following for node in reached for following in node.anything)
        # Whether more than certain words matters here.
        self.is_open = bool(self.ends or self.kinds or self.any_of or self.anything)
        # What was already worked out: after a word, after one that begins a sentence (a gap does
        # not go on there), after a kind, and after any word that only a gap takes.
        self.after: dict[str, _State] = {}
        self.after_stop: dict[str, _State] = {}
        self.after_kind: dict[str, _State] = {}
        self.after_gap: _State | None = None

    def leads(self, word: str) -> bool:
        return word in self.words or any(word in words for words in self.any_of)

    def by_word(self, word: str) -> "tuple[_Node, ...]":
        found = self.words.get(word, ())
        for words, following in self.any_of.items():
            if word in words:
                found += following
        return found


_Step = tuple[_State, int, Slots]  # Where a reader stands, before which word, with what.


class Match(NamedTuple):
    meaning: Any
    start: int
    end: int
    slots: Slots


class Patterns:
    """Many patterns, each with its meaning, matched together.

    `sets` are classes of single words: a `{kind}` that names one stands for any of its words, as
    well as for what a chart holds of that kind. They cost less than kinds do.
    """

    def __init__(self, sets: Mapping[str, frozenset[str]] | None = None) -> None:
        self._sets = sets or {}
        self._set_stems = {
            name: [word[:-1] for word in words if word.endswith("*")]
            for name, words in self._sets.items()
        }
        self._starts: list[_Node] = []
        self._states: dict[frozenset[int], _State] = {}
        self._start: _State | None = None
        self._first: frozenset[str] = frozenset()  # The words that a match may begin with.
        self._stems: list[tuple[str, _Node, _Node]] = []  # From where, to where they lead.
        self._used: set[str] = set()  # The sets whose words are in the vocabulary.
        self.vocabulary: set[str] = set()

    def add(self, pattern: str, meaning: Any) -> None:
        signs = [sign.strip() for sign in _PART.findall(pattern)]
        signs.reverse()
        parts = _alternatives(signs, pattern)
        if signs:
            raise ValueError(f"the brackets of this pattern do not match: {pattern!r}")
        start, end = _Node(), _Node()
        end.ends = (meaning,)
        for sequence in parts:
            self._link_all(start, sequence, end)
        if end in _reached([start]):
            raise ValueError(f"this pattern matches nothing at all: {pattern!r}")
        self._starts.append(start)
        self._start = None

    def widen(self, words: Sequence[str]) -> None:
        """Let stems stand for those of these words, in their order, that begin so. Of other words
        a message already holds the stem (`spelling.Stems`)."""
        for stem, node, end in self._stems:
            place = bisect_left(words, stem)
            while place < len(words) and words[place].startswith(stem):
                node.by_word(words[place], end)
                place += 1
        self._start = None

    def _link_all(self, node: _Node, sequence: "Sequence[str | _Choice]", end: _Node) -> None:
        """Lead from one place to another by these parts, one after the other."""
        for part in sequence[:-1]:
            following = _Node()
            self._link(node, part, following)
            node = following
        if sequence:
            self._link(node, sequence[-1], end)
        else:
            node.skips = (*node.skips, end)

    def _link(self, node: _Node, part: str | _Choice, end: _Node) -> None:
        if isinstance(part, _Choice):
            for sequence in part.alternatives:
                if len(sequence) == 1:
                    self._link(node, sequence[0], end)
                else:
                    self._link_all(node, sequence, end)
            if part.optional:
                node.skips = (*node.skips, end)
        elif part == GAP:
            node.by_gap(end)
        elif part.startswith("{"):
            kind = part[1:-1]
            node.by_kind(kind, end)
            if words := self._sets.get(kind):
                if kind not in self._used:
                    self._used.add(kind)
                    self.vocabulary |= words
                node.any_of = (*node.any_of, (words, end))
                self._stems += [(stem, node, end) for stem in self._set_stems[kind]]
        else:
            self.vocabulary.add(part)
            node.by_word(part, end)
            if part.endswith("*"):
                self._stems.append((part[:-1], node, end))

    def ready(self) -> _State:
        """Return where every match starts, worked out once all patterns are known."""
        if self._start is None:
            self._start = start = self._state(self._starts)
            for words in start.any_of:  # Looked up at every word of every message.
                for word in words:
                    start.words.setdefault(word, ())
            self._first = frozenset(start.words)
        return self._start

    def matches(self, chart: Chart) -> list[Match]:
        """Return every match at every place; the caller chooses."""
        root = self.ready()
        words, kinds, starting = root.words, root.kinds, chart.starting
        found: list[Match] = []
        if chart.distinct.isdisjoint(self._first) and kinds.keys().isdisjoint(chart.kinds):
            return found
        following = [*chart.words[1:], ""]
        for start, word in enumerate(chart.words):
            if kinds and starting[start] and any(item.kind in kinds for item in starting[start]):
                self._walk(root, chart, start, found)
            elif word in words:
                state = root.after.get(word) or self._word(root, word, stopped=False)
                if state.is_open or following[start] in state.words:
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
                state = self._onward(state, words[place], begins=chart.begins_sentence[place])
                place += 1

    def _onward(self, state: _State, word: str, *, begins: bool) -> _State | None:
        """Return where the next word leads, which may begin a sentence; None if nowhere."""
        stopped = begins and bool(state.anything)
        known = (state.after_stop if stopped else state.after).get(word)
        if known is not None:
            return known
        if state.leads(word):
            return self._word(state, word, stopped=stopped)
        if state.anything and not begins:
            return state.after_gap or self._gap_from(state)
        return None

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
            state.after_stop[word] = found = self._state(state.by_word(word))
        else:
            found = self._state(state.by_word(word) + state.anything)
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


def _alternatives(signs: list[str], pattern: str) -> "list[list[str | _Choice]]":
    """Read alternatives up to a closing bracket from the end of a list of signs."""
    sequences: list[list[str | _Choice]] = [[]]
    while signs and signs[-1] not in (")", "]"):
        sign = signs.pop()
        if sign == "|":
            sequences.append([])
        elif sign in ("(", "["):
            inner = _alternatives(signs, pattern)
            if not signs or signs.pop() != {"(": ")", "[": "]"}[sign]:
                raise ValueError(f"a bracket of this pattern is not closed: {pattern!r}")
            sequences[-1].append(_Choice(inner, optional=sign == "["))
        else:
            sequences[-1].append(sign)
    return sequences


def _reached(nodes: Iterable[_Node]) -> list[_Node]:
    """Return these places and all that are reached from them without a word."""
    found: dict[int, _Node] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if id(node) not in found:
            found[id(node)] = node
            waiting += node.skips
    return list(found.values())
