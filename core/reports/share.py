"""A rate that can be checked: "4 of 52" says more than "8 %"."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """So many `of` all; `rate`: between 0 and 1 where the ones are among the others, None where
    there are none at all."""

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        return self.count / self.of if self.of else None
