"""A file that is written down reads back as it was."""

import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.setup.toml import as_toml

TEXTS = some.text(max_size=40)
VALUES = some.recursive(
    some.booleans()
    | some.integers(-(10**9), 10**9)
    | TEXTS
    | some.dates(date(1900, 1, 1))
    | some.decimals(0, 1000, places=2).map(lambda number: number.quantize(Decimal("0.01"))),
    lambda inside: some.lists(inside, max_size=4) | some.dictionaries(TEXTS, inside, max_size=4),
    max_leaves=20,
)


@given(some.dictionaries(TEXTS, VALUES, max_size=6))
def test_whatever_is_written_is_read_as_it_was(values: dict[str, Any]) -> None:
    assert tomllib.loads(as_toml(values), parse_float=Decimal) == values


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"a": 1, "b": None}, "a = 1\n"),
        ({"price": Decimal("48.50")}, "price = 48.50\n"),
        ({"rules": {"hold_minutes": 5}}, "[rules]\nhold_minutes = 5\n"),
        ({"rules": {}}, "rules = {}\n"),
        ({"a.b": {"c d": "\x7f"}}, '["a.b"]\n"c d" = "\\u007f"\n'),
        (
            {"staff": [{"username": "rosa"}], "of": "all"},
            'of = "all"\n\n[[staff]]\nusername = "rosa"\n',
        ),
        (
            {"phrases": {"en": {"a": "x" * 120}}},
            f'[phrases.en]\na = "{"x" * 120}"\n',
        ),
    ],
)
def test_it_is_written_as_people_write_it(values: dict[str, Any], text: str) -> None:
    assert as_toml(values) == text
