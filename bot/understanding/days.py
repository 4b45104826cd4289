"""Days as values: what the rules of days, dates, periods and stretches find, and how it counts."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from bot.understanding.moment import Moment, months_later, next_such, shifted, valid_date
from bot.understanding.patterns import Slots


@dataclass(frozen=True, slots=True)
class Day:
    """One day. `weekday` is set when it was said by that name alone, without a week; `number` when
    by that of the day alone, without a month.

    `dated` says that a year was given; `conflict` that weekday and date do not agree. `numeric` is
    what stood in the text if it was figures; `steps` tells how the day was counted from another:
    "the day after" is (1, "day").
    """

    kind: ClassVar[str] = "day"
    date: date
    weekday: int | None = None
    number: int | None = None
    dated: bool = False
    conflict: bool = False
    numeric: "Numeric | None" = None
    steps: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """Several days that share a word: "dias 5 e 6 de dezembro"."""

    kind: ClassVar[str] = "days"
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one day to another, both included; an open end is None."""

    kind: ClassVar[str] = "stretch"
    first: date | None = None
    last: date | None = None
    till: bool = False  # "Till Friday": of a visit that is put off, the new day itself.


@dataclass(frozen=True, slots=True)
class Unclear:
    """A day that counts from something nobody has said: "the day before"."""

    kind: ClassVar[str] = "unclear"
    steps: tuple[int, str]


@dataclass(frozen=True, slots=True)
class Numeric:
    """A date in figures, its order not yet decided: "5/12", "04-05-1980"."""

    first: int
    second: int
    year: int | None = None

    def date(self, at: Moment, *, born: bool = False) -> Day | None:
        """Read in the clinic's order, or in the other one if only that gives a day.

        >>> 25/12 is Christmas in New York too.
        """
        ordered = (self.first, self.second) if at.month_first else (self.second, self.first)
        for month, day in (ordered, ordered[::-1]):
            if self.year is not None:
                found = valid_date(full_year(self.year, at.today, born=born), month, day)
            else:
                found = next_such(at.today, month, day) if 1 <= month <= 12 else None
            if found and born and found > at.today and (self.year or 0) < 100:
                found = valid_date(found.year - 100, month, day)
            if found:
                return Day(found, dated=self.year is not None, numeric=self)
        return None


def full_year(year: int, today: date, *, born: bool = False) -> int:
    """Return 2026 for "26"; for a birth the last such year that is not to come."""
    if year >= 100:
        return year
    century = today.year // 100 * 100
    if born:
        return century + year if century + year <= today.year else century - 100 + year
    return century + year


def get(slots: Slots, kind: str) -> int:
    return int(next(value for name, value in slots if name == kind))


def find(slots: Slots, *kinds: str) -> int | None:
    return next((value for name, value in slots if name in kinds), None)


def every(slots: Slots, kind: str) -> list[Day]:
    return [value for name, value in slots if name == kind]


def coming(today: date, weekday: int) -> date:
    return shifted(today, (weekday - today.weekday() - 1) % 7 + 1)


def this_or_coming(today: date, weekday: int) -> date:
    return shifted(today, (weekday - today.weekday()) % 7)


def named_month(at: Moment, month: int | None, ahead: int = 0, year: int | None = None) -> date:
    """Return the first day of the month meant: this one, one ahead, or the next of that name."""
    first = at.today.replace(day=1)
    if month is None:
        return months_later(first, ahead)
    if year is not None:
        return date(year, month, 1)
    return months_later(first, (month - first.month) % 12)


def moved(day: date, number: int, unit: str) -> date:
    number = max(-5000, min(number, 5000))
    match unit:
        case "day":
            return shifted(day, number)
        case "week":
            return shifted(day, 7 * number)
        case "fortnight":
            return shifted(day, 14 * number)
        case "month":
            return months_later(day, number)
        case "year":
            return months_later(day, 12 * number)
    raise ValueError(f"no such unit of days: {unit}")
