"""A message as tokens: what phones, thumbs and voice typing do to words, undone.

Nothing here knows a language: shorthand and endings come from its lexicon.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import NamedTuple

# What typing programs put where a plain sign is meant.
_PLAIN = str.maketrans(
    {
        "’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "＇": "'", "′": "'",
        "“": '"', "”": '"', "«": '"', "»": '"', "„": '"',
        "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-",
        "…": "...", "／": "/", "：": ":",
        "⁄": "/", "°": "º",
    }
)  # fmt: skip
# A number keeps together what makes it a clock, a date or a decimal ("10:30", "5/12", "15h30").
_TOKEN = re.compile(
    r"(?P<number>\d+(?:[:/]\d+)+|\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{1,2}-\d{1,2}-(?:\d{4}|\d{2})(?!\d)"
    r"|\d+(?:\.\d+)+|\d{1,2}h\d{2}(?!\d)|\d+)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*'?)"
    r"|(?P<range>(?<=[\d .])-(?=[\d ]))"
    r"|(?P<sign>[#&+@=$€£%])"
    r"|(?P<stop>[.,;:?!\n()\"])"
    r"|(?P<picture>[\u2190-\u2bff\U0001f300-\U0001faff])"
)
_ENDS = frozenset(".?!;\n")
_INVISIBLE = {"Cf", "Cc", "Co", "Cs", "Cn"}
_SKIN_TONES = {chr(code) for code in range(0x1F3FB, 0x1F400)}


class Token(NamedTuple):
    """One word. `word` is what patterns are compared with, `typed` what stands in the text."""

    word: str
    typed: str
    start: int
    end: int
    stop: str = ""  # Punctuation right after it: ends a clause, never part of a pattern.
    misspelt: bool = False

    @property
    def is_number(self) -> bool:
        return self.word[:1].isdigit()

    @property
    def ends_sentence(self) -> bool:
        return bool(self.stop) and not _ENDS.isdisjoint(self.stop)


def clean(text: str, limit: int) -> str:
    """Return the text with plain signs, composed letters and nothing invisible."""
    text = unicodedata.normalize("NFKC", text[:limit].translate(_PLAIN))
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        " " if sign.isspace() and sign != "\n" else sign
        for sign in text.translate(_PLAIN)
        if (sign.isprintable() or sign.isspace() or unicodedata.category(sign) not in _INVISIBLE)
        and sign not in _SKIN_TONES
        and sign != "\ufe0f"
    )[:limit]


@lru_cache(maxsize=4096)
def folded(word: str) -> str:
    """Return the word in lower case and without accents: "García" -> "garcia"."""
    word = word.casefold()
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFKD", word)
    return "".join(part for part in parts if not unicodedata.combining(part)).replace("ß", "ss")


def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words of a name or a label."""
    found = (
        match for match in _TOKEN.finditer(clean(text, 500)) if match["word"] or match["number"]
    )
    return tuple(folded(match[0]).removesuffix("'") for match in found)


def as_name(raw: str, particles: Collection[str]) -> str:
    """Return a name as written, "Smith, John" turned round, all-small letters mended."""
    family, comma, given = raw.partition(",")
    if comma:
        raw = f"{given.strip()} {family.strip()}"
    raw = " ".join(raw.split()).strip("'\" ").removesuffix("'s")
    if raw.islower() or (raw.isupper() and len(raw) > 3):
        raw = " ".join(_capital(word, particles) for word in raw.lower().split(" "))
    return raw


def _capital(word: str, particles: Collection[str]) -> str:
    if word in particles and word not in ("la", "le"):
        return word
    return re.sub(r"(^|[-'])(\w)", lambda part: part[1] + part[2].upper(), word)


class Speller:
    """Turns typed words into written-out ones: "can't" -> can not, "tmrw" -> tomorrow."""

    def __init__(
        self,
        shorthand: Mapping[str, str],
        endings: Mapping[str, str],
        calendar: Collection[str] = (),
    ) -> None:
        """Between two words of the `calendar` a hyphen stays: "mon-wed" is a range."""
        self.calendar = frozenset(calendar)
        self._pairs = {key: tuple(value.split()) for key, value in shorthand.items() if " " in key}
        self._words = {
            key: tuple(value.split()) for key, value in shorthand.items() if " " not in key
        }
        self._endings = {key: tuple(value.split()) for key, value in endings.items()}

    def written_out(self, word: str) -> tuple[str, ...]:
        if (words := self._words.get(word)) is not None:
            return words
        if "'" not in word:
            return (word,)
        for ending, words in self._endings.items():
            if word.endswith(ending) and len(word) > len(ending):
                return (word.removesuffix(ending), *words)
        *before, last = word.split("'")
        parts = (*before, *self._words.get(last, (last,)))
        return tuple(part for part in parts if part) or (word,)

    def as_accented(self, typed: str) -> tuple[str, ...] | None:
        """ "né", where "ne" is something else."""
        return self._words.get(typed)

    def pair(self, first: str, second: str) -> tuple[str, ...] | None:
        return self._pairs.get(f"{first} {second}")

    def glued(self, number: str, word: str) -> tuple[str, ...] | None:
        """ "2ª", where "2 a" is something else."""
        return self._words.get(number + word)

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word that may come out or go in."""
        written = [*self._words.values(), *self._pairs.values(), *self._endings.values()]
        pairs = {word for key in self._pairs for word in key.split()}
        return frozenset(word for words in written for word in words) | self._words.keys() | pairs


def _is_range(text: str, last: Token, word: str, start: int, speller: Speller) -> bool:
    return (
        word in speller.calendar
        and text[last.end : start] == "-"
        and folded(last.typed) in speller.calendar
    )


def tokenise(text: str, speller: Speller) -> list[Token]:
    """Return the words of a clean text, written out, each with its place in the text."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, typed, start, end = match.lastgroup, match[0], match.start(), match.end()
        if kind == "stop":
            if tokens:
                last = tokens[-1]
                tokens[-1] = Token(last.word, last.typed, last.start, last.end, last.stop + typed)
            continue
        word = folded(typed)
        joined = kind in ("word", "number") and tokens and not tokens[-1].stop
        if joined and kind == "word" and _is_range(text, tokens[-1], word, start, speller):
            tokens.append(Token("-", "-", start - 1, start))
        glued = joined and tokens[-1].is_number and tokens[-1].end == start
        if glued and (one := speller.glued(tokens[-1].word, word)):
            start, words = tokens.pop().start, one
        elif joined and (pair := speller.pair(tokens[-1].word, word)):
            first = tokens.pop()
            start, words = first.start, pair
        else:
            words = speller.written_out(word) if kind == "word" else (word,)
            if kind == "word" and not typed.isascii():
                words = speller.as_accented(typed.casefold()) or words
        tokens.extend(Token(part, text[start:end], start, end) for part in words)
    return tokens
