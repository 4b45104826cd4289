"""The days that a report is about."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included, on the wall of each place. Raises ValueError where
    the last comes before the first."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"expected a last day from {self.first} on, got {self.last}")

    @classmethod
    def day(cls, day: date) -> Self:
        return cls(day, day)

    @classmethod
    def week(cls, day: date) -> Self:
        """The week in which that day lies, Monday to Sunday."""
        monday = day - timedelta(days=day.weekday())
        return cls(monday, monday + timedelta(days=6))

    @classmethod
    def month(cls, day: date) -> Self:
        """The month in which that day lies."""
        first = day.replace(day=1)
        next_month = (first + timedelta(days=31)).replace(day=1)
        return cls(first, next_month - timedelta(days=1))

    @property
    def days(self) -> tuple[date, ...]:
        count = (self.last - self.first).days + 1
        return tuple(self.first + timedelta(days=number) for number in range(count))

    @property
    def day_before(self) -> date:
        return self.first - timedelta(days=1)
