"""Mending words that no lexicon knows: "wensday" -> wednesday, "appoitment" -> appointment.

Only words that are not words are mended, so a lexicon lists ordinary words too, which lie close to
those that matter ("form", "hearing", "sunny").
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import groupby

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 4
LONGEST = 24


class Spelling:
    """The words of a language, searched by nearness."""

    def __init__(self, words: Iterable[str], last: Collection[str] = ()) -> None:
        """The `last` are mended to only where no other word is as near."""
        self.words = frozenset(words)
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        self._by_second: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self.words, key=lambda word: (word in last, word)):
            if len(word) >= SHORTEST and word.isalpha():
                self._by_letter[word[0]].append(word)
                self._by_second[word[1]].append(word)
        self.mended = lru_cache(maxsize=8192)(self._mended)

    def _mended(self, word: str) -> str | None:
        """Return the known word that was meant, None if there is no near one.

        One slip in a short word, two in one of eight letters. In four letters only a letter
        too few, too many or out of order: changing one makes another word too easily. The first
        letter is right, missing, or has changed places with the second.
        """
        if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
            return None
        allowed = 2 if len(word) >= 8 else 1
        near = [
            *self._by_letter.get(word[0], ()),
            *self._by_letter.get(word[1], ()),
            *self._by_second.get(word[0], ()),
        ]
        found = process.extractOne(word, near, scorer=OSA.distance, score_cutoff=allowed)
        if found is None:
            return None
        meant = found[0]
        changed = len(meant) == len(word) and sorted(meant) != sorted(word)
        return None if len(word) == SHORTEST and changed else meant


class Stems:
    """Beginnings of words, which patterns write with a star: "bleed*" is bleeding and bleeds."""

    def __init__(self, words: Iterable[str]) -> None:
        self._stems = frozenset(word for word in words if word.endswith("*"))
        self._sizes = sorted({len(stem) - 1 for stem in self._stems}, reverse=True)

    def of(self, word: str) -> str | None:
        """Return the longest stem that the word begins with, None if there is none."""
        stems = (f"{word[:size]}*" for size in self._sizes if size <= len(word))
        return next((stem for stem in stems if stem in self._stems), None)


# What sounds alike in most languages written in Latin letters, the longer spellings first.
_SOUNDS = (
    ("sch", "S"), ("tch", "S"), ("ch", "S"), ("sh", "S"), ("ph", "f"), ("th", "t"), ("gh", ""),
    ("ck", "k"), ("qu", "k"), ("c", "k"), ("q", "k"), ("x", "ks"), ("z", "s"), ("w", "v"),
    ("h", ""), ("y", "i"), ("e", "i"), ("o", "u"),
)  # fmt: skip
_WRITTEN_ALIKE = 4  # Sounds of a name; in a longer one a vowel may be another.


def sound(word: str) -> str:
    """Return roughly how a word sounds: "Jonson" as "Johnson", "Keem" as "Kim"."""
    for written, heard in _SOUNDS:
        word = word.replace(written, heard)
    return "".join(letter for letter, _ in groupby(word))


def sounds_like(typed: str, name: str) -> bool:
    """Tell whether a name may have been written down by ear; two letters are too few to tell."""
    if min(len(typed), len(name)) <= 2 or abs(len(typed) - len(name)) > 3:
        return False
    heard, meant = sound(typed), sound(name)
    allowed = 0 if min(len(heard), len(meant)) <= _WRITTEN_ALIKE else 1
    return OSA.distance(heard, meant, score_cutoff=allowed) <= allowed


def close(typed: str, name: str, *, loose: bool = False) -> bool:
    """Tell whether a word may be this name: one slip from four letters on, two from seven."""
    size = min(len(typed), len(name))
    allowed = 0 if size < 4 else 1 if size < 7 else 2
    if loose:
        allowed = max(allowed, 1 if size >= 3 else 0, 2 if size >= 5 else 0)
    if typed == name:
        return True
    if abs(len(typed) - len(name)) > allowed or not allowed:
        return False
    return OSA.distance(typed, name, score_cutoff=allowed) <= allowed
