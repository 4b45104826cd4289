"""Dates of birth: which date of a message is one, and how its year is read.

A date is a birth date when it is announced ("born", "dob"), when a name or a birth date was asked
for, or when it lies in the past with its year; otherwise it is a day to come. Where one was asked
for, words about the appointment ("no, Thursday instead", "can we make it the 5th?") keep a date
without a year from being taken for it. A year of two figures is never one to come.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.understanding.chart import Chart, Item, longest, places_of
from bot.understanding.days import Day, Numeric, full_year
from bot.understanding.lexicon import Lexicon
from bot.understanding.moment import Moment, valid_date
from bot.understanding.patterns import Slots

_OLDEST = 130
_LAST_DAY = 31
_FARTHEST = 2  # Years: nobody books further ahead.
_OF_VISITS = ("weekday", "weekdays", "relday", "part")
_DATE_SIZES = {(day, month, year) for day in (1, 2) for month in (1, 2) for year in (2, 4)}
_DATES = ("day", "figures", "iso")


@dataclass(frozen=True, slots=True)
class Expectation:
    """How much the conversation and the words of one message speak for a date of birth."""

    asked: bool  # A birth date was asked for.
    name_asked: bool
    day_asked: bool  # A day to come was asked for.
    announced: tuple[Item, ...]  # "born", "dob"
    of_visit: bool  # The words are about an appointment.

    @classmethod
    def of(
        cls, chart: Chart, lexicon: Lexicon, cues: Sequence[Item], asked: str | None
    ) -> "Expectation":
        kinds = {"for_visit", "refusal"} | ({"correction"} if asked == "name" else set())
        if _names_year(chart):
            kinds = set()  # "No, May 4th 80": nobody books for such a year.
        days = (
            item
            for item in chart.items(*_OF_VISITS)
            if chart.typed[item.start] not in lexicon.names  # "Tom"
        )
        return cls(
            asked=asked == "date_of_birth",
            name_asked=asked == "name",
            day_asked=asked in ("date", "date_time", "slot"),
            announced=tuple(cue for cue in cues if cue.kind == "born"),
            of_visit=any(cue.kind in kinds for cue in cues) or any(days),
        )

    @property
    def any(self) -> bool:
        """Tell whether figures are to be read as parts of a birth date."""
        return bool(self.announced) or ((self.asked or self.name_asked) and not self.of_visit)

    def announces(self, item: Item) -> bool:
        return any(0 <= item.start - cue.end <= 2 for cue in self.announced)


def _names_year(chart: Chart) -> bool:
    figures = (int(word) for word in chart.words if word.isdecimal() and len(word) == 2)
    return bool(chart.items("year")) or any(number > _LAST_DAY for number in figures)


NOTHING = Expectation(False, False, False, (), False)


# Years in words, and figures that stand apart


def _halves(slots: Slots) -> int | None:
    """ "Nineteen eighty", "nineteen oh five"."""
    numbers = [int(value) for _, value in slots]
    century, year = numbers[0], numbers[1] if len(numbers) > 1 else 0
    return 100 * century + year if century in (19, 20) and year < 100 else None


def _thousands(slots: Slots) -> int | None:
    """ "Two thousand and five"."""
    numbers = [int(value) for _, value in slots]
    year = numbers[1] if len(numbers) > 1 else 0
    return 1000 * numbers[0] + year if numbers[0] == 2 and year < 100 else None


def _two_figures(slots: Slots) -> int | None:
    """ "Of eighty-five": the last such year that is over."""
    year = next(int(value) for _, value in slots)
    return 1900 + year if _LAST_DAY < year < 100 else None


RULES: dict[str, Callable[[Slots], int | None]] = {
    "halves": _halves,
    "thousands": _thousands,
    "two_figures": _two_figures,
}


def add_readings(chart: Chart, lexicon: Lexicon, at: Moment) -> None:
    """Add what figures may mean where a date of birth is expected: "4 5 80", "040580", "80"."""
    for match in lexicon.birth_years.matches(chart):
        if (year := RULES[match.meaning](match.slots)) is not None:
            chart.add(Item("year", match.start, match.end, year))
    words = chart.words
    for index, word in enumerate(words):
        if not word.isdecimal():
            continue
        if len(word) == 2 and index > 0:
            chart.add(Item("year", index, index + 1, full_year(int(word), at.today, born=True)))
        if len(word) in (6, 8):
            chart.add(Item("figures", index, index + 1, _run_together(word)))
        parts = words[index : index + 3]
        if all(part.isdecimal() for part in parts) and tuple(map(len, parts)) in _DATE_SIZES:
            numbers = [int(part) for part in parts]
            chart.add(Item("figures", index, index + 3, Numeric(*numbers)))


def _run_together(word: str) -> Numeric:
    if len(word) == 8 and word[:2] in ("19", "20") and int(word[4:6]) <= 12:
        return Numeric(int(word[4:6]), int(word[6:]), int(word[:4]))
    return Numeric(int(word[:2]), int(word[2:4]), int(word[4:]))


# The date itself


@dataclass(frozen=True, slots=True)
class Birth:
    item: Item
    day: date | None  # None: not all of it was said; to be asked back.


def birth_of(chart: Chart, at: Moment, expected: Expectation, ages: Sequence[Item]) -> Birth | None:
    """Return the date of birth in a message, None if it names none."""
    dated = {
        item: day
        for item in chart.items(*_DATES)
        if (day := _birth_date(item.value, at)) and _plausible(day, at.today)
    }
    for item in longest(dated):
        if _is_birth(item, dated[item], at, expected):
            return Birth(item, dated[item])
    if not (expected.any or expected.announced):
        return None
    parts = _parts(chart, expected, ages)
    told = [item for item in parts if expected.any or expected.announces(item)]
    return Birth(told[0], None) if told else None


def _is_birth(item: Item, day: date, at: Moment, expected: Expectation) -> bool:
    if expected.announces(item):
        return True
    numeric = _numeric(item.value)
    if numeric is not None and (numeric.year or 0) < 100:
        read = numeric.date(at)
        coming = read is not None and at.today <= read.date
        near = read is not None and read.date.year <= at.today.year + _FARTHEST
        if expected.day_asked:  # Nobody is seen in 2091, or was to be in 2015.
            return not near or (not coming and day.year < at.today.year - 1)
        return (expected.any and not (expected.of_visit and coming)) or not (coming and near)
    if expected.asked or expected.name_asked:
        return True
    return day < at.today and not (expected.day_asked and day.year >= at.today.year - 1)


def _parts(chart: Chart, expected: Expectation, ages: Sequence[Item]) -> list[Item]:
    """Return what says something of a birth date, but not all of it: "4 May", "1980", "I'm 40"."""
    months = places_of(chart.items("month", "figures", "iso"))
    relative = places_of(chart.items("weekday", "weekdays", "relday"))
    years = chart.items("year")
    any_day = expected.asked or bool(expected.announced)
    needed = {  # "Jordan March" is a name.
        "day": None if any_day else months,
        "figures": None,
        "stretch": months if any_day else places_of(years),
    }
    free = [
        item
        for item in chart.items(*needed)
        if relative.isdisjoint(places := range(item.start, item.end))
        and ((wanted := needed[item.kind]) is None or not wanted.isdisjoint(places))
    ]
    found = longest([*free, *years, *ages])
    if found or not expected.asked:
        return found
    if all(word[:1].isdigit() or chart.has("number", i) for i, word in enumerate(chart.words)):
        return [Item("number", 0, len(chart.words), None)] if chart.words else []
    return []


def _numeric(value: Any) -> Numeric | None:
    return value if isinstance(value, Numeric) else getattr(value, "numeric", None)


def _birth_date(value: Any, at: Moment) -> date | None:
    numeric = _numeric(value)
    if numeric is not None:
        read = numeric.date(at, born=True) if numeric.year is not None else None
        return read.date if read else None
    if isinstance(value, Day):
        return value.date if value.dated else None
    return value if isinstance(value, date) else None


def _plausible(day: date, today: date) -> bool:
    oldest = valid_date(max(today.year - _OLDEST, 1), today.month, 1)
    return (oldest or date.min) <= day <= today
