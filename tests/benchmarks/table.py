"""What was measured, as one table: a ratio a line, with its aim beside it."""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.benchmarks.rounds import Ratio


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure is to reach: "at least 50 %", "at most 3 times". `is_reached` None: nothing."""

    limit: float
    is_reached: Callable[[float, float], bool] | None
    unit: str

    def show(self, value: float) -> str:
        if self.unit == "%":
            return f"{value:.0%}"
        digits = 0 if value >= 20 or value == round(value) else 2
        return f"{value:.{digits}f} {self.unit}".strip()

    def judge(self, value: float) -> str:
        if self.is_reached is None:
            return "-"
        return "yes" if self.is_reached(value, self.limit) else "NO"

    def __str__(self) -> str:
        if self.is_reached is None:
            return "-"
        return f"{'>=' if self.is_reached is operator.ge else '<='} {self.show(self.limit)}"


def at_least(limit: float, unit: str = "x") -> Aim:
    """Return an aim; the unit is "x", "%" or nothing, for what is only counted."""
    return Aim(limit, operator.ge, unit)


def at_most(limit: float, unit: str = "x") -> Aim:
    return Aim(limit, operator.le, unit)


def no_aim(unit: str = "x") -> Aim:
    """Of what is only to be known."""
    return Aim(0, None, unit)


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    figures: str  # The two sides of the ratio, for orientation only
    ratio: Ratio
    aim: Aim

    def cells(self) -> tuple[str, ...]:
        show = self.aim.show
        spread = f"{show(self.ratio.lowest)} to {show(self.ratio.highest)}"
        median = self.ratio.median
        return (
            self.what,
            self.figures,
            show(median),
            spread,
            f"{self.aim}",
            self.aim.judge(median),
        )


HEAD = ("what", "ours / beside", "ratio", "rounds", "aim", "reached")


def show(lines: Iterable[Line]) -> str:
    """Return the table as Markdown that is readable as it stands."""
    rows = [HEAD, *(line.cells() for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    padded = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return "\n".join([padded[0], rule, *padded[1:]])
