"""Contenders who take turns, so that whatever disturbs the machine disturbs all of them."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# Does its share of work for the round of that number; returns a rate or a duration.
Contender = Callable[[int], float]


def take_turns(contenders: Mapping[str, Contender], rounds: int) -> dict[str, list[float]]:
    """Return each contender's results, round by round; the round that warms up is left out.

    Every second round runs backwards, so that nobody always comes after the same one.
    """
    results: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        order = list(contenders)
        for name in order if number % 2 else reversed(order):
            result = contenders[name](number)
            if number:
                results[name].append(result)
    return results


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of the rounds' ratios, and the lowest and the highest of them."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, rounds: Sequence[float]) -> "Ratio":
        return cls(statistics.median(rounds), min(rounds), max(rounds))


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    return Ratio.of([one / other for one, other in zip(ours, theirs, strict=True)])
