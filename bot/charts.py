"""Pictures of numbers: a bar for each day, drawn without a display.

A picture is kept as what it shows, and drawn where it is sent or looked at.
"""

import io
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from bot.dialogue.codec import decode, encode

# Few inches: on a phone its letters are as large as those of a message.
INCHES, DOTS_PER_INCH = (6.4, 4), 160
_NAMES_IN_FULL = 8  # So many names of days stand side by side.


@dataclass(frozen=True, slots=True)
class Bars:
    """One part of each bar: what it is, its colour ("#009e73"), and how much of it on each day."""

    label: str
    color: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Parts that stand on each other, a bar for each of `days`."""

    title: str
    days: tuple[str, ...]
    bars: tuple[Bars, ...]

    def to_json(self) -> str:
        return json.dumps(encode(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError, LookupError or TypeError for what is no chart."""
        chart: Self = decode(cls, json.loads(text))
        return chart


@cache
def _folder_of_fonts() -> tempfile.TemporaryDirectory[str]:
    """Return where the library keeps its list of fonts, else in the user's home; it goes with the
    process."""
    return tempfile.TemporaryDirectory(prefix="frontdesk-fonts-")


def draw(chart: Chart) -> bytes:
    """Return the chart as a PNG of 1024 by 640 dots."""
    os.environ.setdefault("MPLCONFIGDIR", _folder_of_fonts().name)
    # Loaded only here: it is slow to load.
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.add_subplot()
    places = range(len(chart.days))
    below = [0] * len(chart.days)
    for part in chart.bars:
        drawn = axes.bar(places, part.values, bottom=below, color=part.color, label=part.label)
        axes.bar_label(drawn, labels=_counts(part.values), label_type="center", fontsize=9)
        below = [under + value for under, value in zip(below, part.values, strict=True)]
    axes.set_title(chart.title)
    axes.set_xticks(places, _names(chart.days))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0, top=max((*below, 1)) * 1.05)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=len(chart.bars), frameon=False)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _counts(values: Sequence[int]) -> list[str]:
    return [str(value) if value else "" for value in values]


def _names(days: Sequence[str]) -> list[str]:
    """Return each in two lines, "Mon" and "Nov 23"; where they are many, not every one has room."""
    step = 1 + len(days) // (_NAMES_IN_FULL + 1)
    return [_in_two_lines(day) if index % step == 0 else "" for index, day in enumerate(days)]


def _in_two_lines(day: str) -> str:
    weekday, _, date = day.partition(" ")
    return f"{weekday.rstrip(',')}\n{date}"
