"""Examples as dice throw them. Hypothesis itself throws each example again and again with little
changed, and likes the simplest values best: that finds far fewer faults in long stories."""

from collections.abc import Mapping
from random import Random
from typing import Any

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, PrimitiveProvider

DICE = "dice"


class Dice(PrimitiveProvider):
    """All choices alike likely, and the same each time. For whole numbers and what is made of them:
    one of several, yes or no."""

    def __init__(self, conjecturedata: Any, /) -> None:
        super().__init__(conjecturedata)
        self._random = Random(20261122)

    def draw_boolean(self, p: float = 0.5) -> bool:
        return self._random.random() < p

    def draw_integer(
        self,
        min_value: int | None = None,
        max_value: int | None = None,
        *,
        weights: Mapping[int, float] | None = None,
        shrink_towards: int = 0,  # noqa: ARG002 - the provider's signature
    ) -> int:
        assert min_value is not None
        assert max_value is not None
        if weights is not None:
            return self._random.choices(list(weights), list(weights.values()))[0]
        return self._random.randint(min_value, max_value)

    def draw_float(self, **_: Any) -> float:
        raise TypeError("expected whole numbers")

    def draw_string(self, *_: Any, **__: Any) -> str:
        raise TypeError("expected whole numbers")

    def draw_bytes(self, *_: Any, **__: Any) -> bytes:
        raise TypeError("expected whole numbers")


AVAILABLE_PROVIDERS[DICE] = Dice
