"""Who the patient is: their name, date of birth and phone number.

A date is a birth date when it was asked for, announced ("born", "dob") or lies in the past with
its year; otherwise it is a day to come. A name stands after words that announce one, after the
person it belongs to ("my daughter Mia"), or is the answer to the question. A name given alone is
kept as given: a first name is a name until the dialogue asks for the rest.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import phonenumbers

from bot.understanding.days import Day, Numeric, full_year
from bot.understanding.lexicon import Lexicon
from bot.understanding.moment import Moment, valid_date
from bot.understanding.patterns import Chart, Item, longest
from bot.understanding.text import Token, folded
from bot.understanding.values import Person

_PHONE = re.compile(r"(?<![\d/:])\+?\(?\d[\d\s().-]{5,18}\d(?![\d/:])")
_OLDEST = 130
MOST_NAME_WORDS = 6


def phone_of(text: str, tokens: Sequence[Token], country: str, *, asked: bool) -> Item | None:
    """Return the phone number in the text as E.164, over the tokens it covers."""
    for found in _PHONE.finditer(text):
        written = found[0]
        if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[.-]\d{1,2}[.-]\d{4}", written.strip()):
            continue
        try:
            number = phonenumbers.parse(written, country)
        except phonenumbers.NumberParseException:
            continue
        fits = phonenumbers.is_valid_number(number) or (
            asked and phonenumbers.is_possible_number(number)
        )
        covered = [
            index
            for index, token in enumerate(tokens)
            if token.start < found.end() and token.end > found.start()
        ]
        if fits and covered:
            value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return Item("phone", covered[0], covered[-1] + 1, value)
    return None


def add_birth_readings(chart: Chart, at: Moment) -> None:
    """Add what figures may mean where a date of birth is expected: "4 5 80", "040580", "80"."""
    words = chart.words
    for index, word in enumerate(words):
        if not word.isdecimal():
            continue
        if len(word) == 2 and index > 0:
            chart.add(Item("year", index, index + 1, full_year(int(word), at.today, born=True)))
        if len(word) in (6, 8):
            chart.add(Item("figures", index, index + 1, _run_together(word)))
        if index + 2 < len(words) and all(part.isdecimal() for part in words[index : index + 3]):
            numbers = [int(part) for part in words[index : index + 3]]
            if len(word) <= 2 and len(words[index + 1]) <= 2 and len(words[index + 2]) in (2, 4):
                chart.add(Item("figures", index, index + 3, Numeric(*numbers)))


def _run_together(word: str) -> Numeric:
    if len(word) == 8 and word[:2] in ("19", "20") and int(word[4:6]) <= 12:
        return Numeric(int(word[4:6]), int(word[6:]), int(word[:4]))
    return Numeric(int(word[:2]), int(word[2:4]), int(word[4:]))


@dataclass(frozen=True, slots=True)
class Birth:
    item: Item
    day: date | None  # None: a day without its year, to be asked back.


def birth_of(
    chart: Chart, at: Moment, cues: Iterable[Item], *, asked: bool, day_asked: bool
) -> Birth | None:
    """Return the date of birth in a message, None if it names none."""
    announced = [cue for cue in cues if cue.kind == "born"]
    days = [item for item in chart.items("day", "figures", "iso") if _birth_date(item, at)]
    found = longest(days)
    for item in found:
        told = asked or any(0 <= item.start - cue.end <= 2 for cue in announced)
        day = _birth_date(item, at)
        if day is None or not _plausible(day, at.today):
            continue
        if told or (_dated(item) and _long_past(day, at.today, day_asked=day_asked)):
            return Birth(item, day)
    undated = longest(chart.items("day", "figures"))
    for item in undated:
        if asked or any(0 <= item.start - cue.end <= 2 for cue in announced):
            return Birth(item, None)
    years = chart.items("year")
    return Birth(years[0], None) if years and not undated and (asked or announced) else None


def _birth_date(item: Item, at: Moment) -> date | None:
    if isinstance(item.value, Numeric):
        read = item.value.date(at, born=True) if item.value.year is not None else None
        return read.date if read else None
    if isinstance(item.value, Day):
        return item.value.date if item.value.dated else None
    return item.value if isinstance(item.value, date) else None


def _dated(item: Item) -> bool:
    return not isinstance(item.value, Numeric) or (item.value.year or 0) >= 100


def _plausible(day: date, today: date) -> bool:
    oldest = valid_date(max(today.year - _OLDEST, 1), today.month, 1)
    return (oldest or date.min) <= day <= today


def _long_past(day: date, today: date, *, day_asked: bool) -> bool:
    """A day of this or last year, said when a day was asked for, is rather a slip of the year."""
    return day < today and not (day_asked and day.year >= today.year - 1)


class Names:
    """Finds the name of a patient in one message."""

    def __init__(self, chart: Chart, lexicon: Lexicon, text: str, taken: Sequence[Item]) -> None:
        self.chart, self.lexicon, self.text = chart, lexicon, text
        self.tokens = chart.tokens
        self.taken = {index for item in taken for index in range(item.start, item.end)}

    def announced(self, cues: Iterable[Item]) -> Item | None:
        """ "My name is ...", "I'm ...": the words that follow, as far as they can be a name."""
        for cue in sorted(cues, key=lambda cue: (cue.kind != "name", -cue.length)):
            if cue.kind == "name":
                if found := self._from(cue.end, strict=cue.length == 1):
                    return found
            elif cue.kind == "self":
                found = self._from(cue.end, strict=True)
                if found and self._is_introduction(found):
                    return found
        return None

    def of_person(self, people: Iterable[Item]) -> Item | None:
        """ "My daughter Mia": right after the relation, and no ordinary word."""
        for person in people:
            if person.value is not Person.SELF and (found := self._from(person.end, strict=True)):
                return found
        return None

    def answered(self, cues: Iterable[Item], day_items: Sequence[Item]) -> Item | None:
        """Return the name that answers "what is your name?", None if the message is no answer."""
        cues = list(cues)
        place = max((c.end for c in cues if c.kind == "leading" and c.start == 0), default=0)
        last = len(self.tokens)
        if any("?" in token.stop for token in self.tokens):
            return None
        while place < last and place in self.taken:
            place += 1
        found = self._from(place, strict=False, comma=True)
        if found is None:
            return None
        trailing = {i for c in cues if c.kind == "trailing" for i in range(c.start, c.end)}
        rest = [
            index
            for index in range(found.end, last)
            if index not in self.taken and index not in trailing
        ]
        announced = {i for c in cues if c.kind == "born" for i in range(c.start, c.end)}
        if [index for index in rest if index not in announced]:
            return None
        covering = [item for item in day_items if item.overlaps(found)]
        if covering and not (found.length > 1 and self.tokens[found.start].typed[:1].isupper()):
            return None
        return found

    def _is_introduction(self, found: Item) -> bool:
        """ "I am John", "i am john smith": in capitals, or two unknown words and then a pause."""
        first = self.tokens[found.start]
        if first.typed[:1].isupper() and not self.text.isupper():
            return True
        unknown = [
            token
            for token in self.tokens[found.start : found.end]
            if token.word not in self.lexicon.words
        ]
        return found.length >= 2 and bool(unknown)

    def _from(self, start: int, *, strict: bool, comma: bool = False) -> Item | None:
        end = start
        turned = False
        while end < len(self.tokens) and end - start < MOST_NAME_WORDS and self._fits(end, strict):
            end += 1
            if stop := self.tokens[end - 1].stop:
                turned = (
                    comma
                    and end - start <= 2
                    and stop == ","
                    and end < len(self.tokens)
                    and not turned
                )
                if not turned and stop != ".":
                    break
                if stop == "." and len(self.tokens[end - 1].typed) > 2:
                    break
        while end > start and self.tokens[end - 1].word in self.lexicon.particles:
            end -= 1
        return Item("name", start, end, self._written(start, end)) if end > start else None

    def _fits(self, index: int, strict: bool) -> bool:
        token = self.tokens[index]
        typed = folded(token.typed)
        if index in self.taken or not token.typed[:1].isalpha():
            return False
        if typed in self.lexicon.titles and token.typed[:1].isupper():
            return False
        capital = token.typed[:1].isupper() and not self.text.isupper()
        if typed in self.lexicon.particles and index + 1 < len(self.tokens):
            return capital or typed not in self.lexicon.common
        if typed in self.lexicon.common or (
            token.misspelt and token.word in self.lexicon.common and not capital
        ):
            return False
        if strict and not capital:
            return typed not in self.lexicon.words or token.misspelt
        return True

    def _written(self, start: int, end: int) -> str:
        """Return the name as written, "Smith, John" turned round, all-small letters mended."""
        raw = self.text[self.tokens[start].start : self.tokens[end - 1].end]
        family, comma, given = raw.partition(",")
        if comma:
            raw = f"{given.strip()} {family.strip()}"
        raw = " ".join(raw.split()).strip("'\" ")
        if raw.islower() or (raw.isupper() and len(raw) > 3):
            raw = " ".join(self._capital(word) for word in raw.lower().split(" "))
        return raw

    def _capital(self, word: str) -> str:
        if word in self.lexicon.particles and word not in ("la", "le"):
            return word
        return re.sub(r"(^|[-'])(\w)", lambda part: part[1] + part[2].upper(), word)
