"""Names of people, for finding."""

import unicodedata
from difflib import SequenceMatcher

from core.database.name_words import LEFT_OUT, PARTING

ALIKE = 0.85  # A letter or two apart. The birth date must be the same besides.


def fold(name: str) -> str:
    """Return the name for finding: lower case, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", name)
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(letters.casefold().split())


_SPLIT = str.maketrans(dict.fromkeys(PARTING, " ") | dict.fromkeys(LEFT_OUT))


def words(name: str) -> tuple[str, ...]:
    """Return the words of a name, folded, each once: as the database keeps them of each patient."""
    return tuple(dict.fromkeys(fold(name).translate(_SPLIT).split()))


def one_slip_apart(one: str, other: str) -> bool:
    """Tell whether the words differ by one letter that is missing, too many or another, or by two
    neighbours that have changed places."""
    pairs = enumerate(zip(one, other, strict=False))
    same = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
    rest, others = one[same:], other[same:]
    swapped = rest[1::-1] + rest[2:]
    return others in (rest[1:], swapped) or rest == others[1:] or rest[1:] == others[1:]


def alike(one: str, other: str) -> bool:
    """Tell whether two folded names may be the same person's: misspelled, in another order, or
    with a name less ("Maria Lopez", "Lopez Garcia Maria")."""
    words, others = set(one.split()), set(other.split())
    if min(len(words), len(others)) > 1 and (words <= others or others <= words):
        return True
    ordered, others_ordered = (" ".join(sorted(name.split())) for name in (one, other))
    return SequenceMatcher(None, ordered, others_ordered, autojunk=False).ratio() >= ALIKE
