"""Names of people, made up from a seed: a few are common and most are rare, as in any town."""

from collections.abc import Iterator
from itertools import accumulate, product
from random import Random

from tests.benchmarks.busy_clinic import SEED

_ONSETS = ("b", "br", "c", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "st", "t")
_RHYMES = ("a", "an", "ar", "e", "en", "er", "i", "in", "o", "on", "or", "u")
FIRST_NAMES, LAST_NAMES = 600, 20_000
# The so-and-so-many commonest are about as common as each other.
_ALIKE = 10


def made_up_names(count: int) -> Iterator[tuple[str, str]]:
    """Yield first and last names: the commonest first name is had by 2 to 3 in a hundred."""
    random = Random(f"{SEED} names")
    syllables = ["".join(parts) for parts in product(_ONSETS, _RHYMES)]
    pairs = ["".join(parts).title() for parts in product(syllables, syllables)]
    random.shuffle(pairs)
    first = _chosen(random, pairs[:FIRST_NAMES], count)
    last = _chosen(random, pairs[FIRST_NAMES : FIRST_NAMES + LAST_NAMES], count)
    yield from zip(first, last, strict=True)


def _chosen(random: Random, names: list[str], count: int) -> list[str]:
    weights = accumulate(1 / (_ALIKE + rank) for rank in range(len(names)))
    return random.choices(names, cum_weights=list(weights), k=count)
