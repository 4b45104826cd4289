"""The demo's patients: names that nobody bears, put together from parts."""

import base64
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

from core.models.people import Standing
from core.people.names import fold

MARK = "demo-"  # Begins the external id of every made-up patient.
ADULTS = 420
CHILDREN = 140
YEAR = 365

FIRST_NAMES = (
    "Abelia", "Brannoc", "Calantha", "Dorian", "Eluned", "Fintan", "Gisela", "Hadrian",
    "Iolanthe", "Jorunn", "Kasimir", "Leocadia", "Merrick", "Nerissa", "Osvaldo", "Petronella",
    "Quillon", "Rosalind", "Séverin", "Tamsin", "Ulises", "Verónica", "Wendell", "Xiomara",
    "Ysolde", "Zenobio",
)  # fmt: skip
LAST_NAMES = (
    "Ashgrove", "Bellwether", "Cantarero", "Dunmarrow", "Elderfield", "Farthingale", "Greystoke",
    "Hollowell", "Inglenook", "Jessamy", "Kestrelman", "Larkspur", "Montclaire", "Nightingalo",
    "Oakenshaw", "Pemberthy", "Quintavalle", "Ravenscar", "Silvermere", "Thistlewood",
    "Underbarrow", "Valdepeñas", "Winterbourne", "Yarrowdale",
)  # fmt: skip


def made_up_patients(random: Random, today: date, *, children: bool) -> list[dict[str, Any]]:
    """Return rows of `patients`, without their times."""
    names = list(product(FIRST_NAMES, LAST_NAMES))
    # Children and adults share no name: the two halves of one list.
    own = names[:CHILDREN] if children else names[-ADULTS:]
    random.shuffle(own)
    ages = (0, 15) if children else (18, 88)
    return [
        _patient(random, first, last, today - timedelta(random.randrange(*_days(ages))))
        for first, last in own
    ]


def _days(ages: tuple[int, int]) -> tuple[int, int]:
    return ages[0] * YEAR + 1, ages[1] * YEAR


def _patient(random: Random, first: str, last: str, born: date) -> dict[str, Any]:
    return {
        "public_id": base64.urlsafe_b64encode(random.randbytes(12)).decode(),
        "first_name": first,
        "last_name": last,
        "search_name": fold(f"{first} {last}"),
        "date_of_birth": born,
        "language": random.choices(("en", "es"), (4, 1))[0],
        "standing": Standing.ACTIVE,
        "external_id": f"{MARK}{first}-{last}".lower(),
    }
