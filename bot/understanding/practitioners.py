"""Practitioners by any part of their name, title or not, with slips of the thumb.

A word that is a word besides ("May", "Long", "will") is a name only after a title or where a
practitioner is expected; a first name alone only after a title, "with" or "see", or as the whole
answer. Ordinary words are never mended into names.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.understanding.chart import Chart, Item
from bot.understanding.clinic import Clinic, NamedPractitioner
from bot.understanding.lexicon import Lexicon
from bot.understanding.text import folded

MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in the text that names a practitioner, and everyone it may mean."""

    start: int
    end: int
    names: tuple[str, ...]

    def item(self) -> Item:
        return Item("practitioner", self.start, self.end, self.names)


@dataclass(frozen=True, slots=True)
class _Trust:
    """How much the words around a word speak for its being a practitioner's name."""

    titled: bool
    cued: bool
    alone: bool


class Practitioners:
    """Finds the practitioners named in one message."""

    def __init__(
        self,
        chart: Chart,
        clinic: Clinic,
        lexicon: Lexicon,
        cues: Iterable[Item],
        *,
        expected: bool,
        namesakes: Collection[str] = (),
    ) -> None:
        self.chart, self.clinic, self.lexicon = chart, clinic, lexicon
        self.namesakes = namesakes
        self.after_with = {cue.end for cue in cues if cue.kind == "with"}
        self.expected = expected
        self.typed = [_typed(token.typed, token.word) for token in chart.tokens]

    def mentions(self) -> list[Mention]:
        found: list[Mention] = []
        place = 0
        while place < len(self.typed):
            titled = self._is_titled(place)
            if not titled and self._is_word(self.typed[place]):
                place += 1
                continue
            trust = _Trust(
                titled=titled,
                cued=titled or self.expected or place in self.after_with or self._is_one(place),
                alone=self.expected or len(self.typed) <= 3,
            )
            mention = self._at(place, trust)
            if mention is None:
                place += 1
                continue
            start = place - 1 if titled else place
            found.append(Mention(start, mention.end, mention.names))
            place = mention.end
        return found

    def _is_titled(self, place: int) -> bool:
        """ "Dr. Kim"; in "see a doctor, Kim" it is no title."""
        before = self.chart.tokens[place - 1] if place > 0 else None
        return before is not None and before.word in self.lexicon.titles and "," not in before.stop

    def _is_one(self, place: int) -> bool:
        """Tell whether it is a name of those among whom one must be, or was, chosen."""
        people = self.clinic.by_word.get(self.typed[place], ()) if self.namesakes else ()
        return any(person.name in self.namesakes for person in people)

    def _is_word(self, typed: str) -> bool:
        """Tell whether a word without a title cannot begin a name: the most frequent case."""
        return typed in self.lexicon.words and typed not in self.clinic.by_word

    def _at(self, place: int, trust: _Trust) -> Mention | None:
        scores: dict[str, tuple[int, int]] = {}
        for person in self._possible(place, trust):
            if score := self._score(place, person, trust):
                scores[person.name] = score
        if not scores:
            return None
        best = max(scores.values())
        names = tuple(name for name, score in scores.items() if score == best)
        return Mention(place, place + best[0], names)

    def _possible(self, place: int, trust: _Trust) -> list[NamedPractitioner]:
        """Return everyone whose name has this word, or a word near it, in the clinic's order."""
        typed = self.typed[place]
        words = {typed} if typed in self.clinic.by_word else self._near(place, trust)
        found = {person.name: person for word in words for person in self.clinic.by_word[word]}
        return list(found.values())

    def _near(self, place: int, trust: _Trust) -> frozenset[str]:
        """Return the words of names that this word may be a slip of; an ordinary word is none."""
        typed = self.typed[place]
        ordinary = typed in self.lexicon.words
        if not typed.isalpha() or typed in self.lexicon.common:
            return frozenset()
        if ordinary and not (trust.titled and len(typed) >= 4):
            return frozenset()
        return self.clinic.near(typed, (trust.titled or self.expected) and not ordinary)

    def _score(
        self, place: int, person: NamedPractitioner, trust: _Trust
    ) -> tuple[int, int] | None:
        """Return how many words fit and how many of them exactly, None if too little does."""
        if size := self._whole(place, person):
            return size, size
        used: list[str] = []
        exact = 0
        for index in range(place, min(place + MOST_WORDS, len(self.typed))):
            if used and self._ends_before(index):
                break
            word = self._fitting(index, person, trust, started=bool(used))
            if word is None or word in used:
                break
            used.append(word)
            exact += word == self.typed[index]
        if not used or set(used) <= self.lexicon.particles:
            return None
        surname = not set(used).isdisjoint(person.last)
        if not surname and self._has_other_surname(place + len(used), trust):
            return None
        if not surname and len(used) == 1 and not (trust.cued or trust.alone):
            return None
        return len(used), exact

    def _has_other_surname(self, index: int, trust: _Trust) -> bool:
        """ "Elena Prado" is nobody's Dr Elena García."""
        if index >= len(self.typed) or self._ends_before(index) or self._stops_before(index):
            return False
        token = self.chart.tokens[index]
        if not token.typed.isalpha() or self.typed[index] in self.clinic.by_word:
            return False
        if token.typed[0].isupper():
            return self.typed[index] not in self.lexicon.common
        return not trust.titled and self.typed[index] not in self.lexicon.ordinary

    def _stops_before(self, index: int) -> bool:
        return bool(self.chart.tokens[index - 1].stop)

    def _whole(self, place: int, person: NamedPractitioner) -> int:
        """Return the length of a name that stands there in full: then even ordinary words are it.

        Some practices are listed by a name of such words: "Family Dental Care".
        """
        size = len(person.words)
        whole = size > 1 and person.words == set(self.typed[place : place + size])
        return size if whole else 0

    def _ends_before(self, index: int) -> bool:
        """An initial's full stop ("Sarah B. Johnson") does not end a sentence."""
        before = self.chart.tokens[index - 1]
        return before.ends_sentence and len(before.typed) > 1

    def _fitting(
        self, index: int, person: NamedPractitioner, trust: _Trust, *, started: bool
    ) -> str | None:
        typed = self.typed[index]
        if typed in person.words:
            ordinary = typed in self.lexicon.ordinary
            trusted = not ordinary or trust.cued or trust.alone or started
            return typed if trusted else None
        near = self._near(index, trust) & person.words
        if near and not started and self._is_surname(index):
            return None
        return min(near) if near else None

    def _is_surname(self, index: int) -> bool:
        """ "Brian Chenn": what comes after another first name or an initial is somebody else."""
        if index == 0 or self.chart.tokens[index - 1].ends_sentence:
            return index > 0 and len(self.chart.tokens[index - 1].typed) == 1
        before = self.chart.tokens[index - 1].typed
        strange = self.typed[index - 1] not in self.lexicon.ordinary
        return before[:1].isupper() and strange and self.typed[index - 1] not in self.clinic.by_word


def _typed(typed: str, word: str) -> str:
    """Return the word as typed, folded; "Patel's" is Patel. A contraction is what it stands for."""
    if not typed.isalpha():
        typed = typed.removesuffix("'s").removesuffix("'")
    return folded(typed) if typed.isalpha() else word
