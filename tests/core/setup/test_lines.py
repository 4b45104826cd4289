"""Every value of a TOML text is found at its line."""

import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.setup.demo import DEMO_FILE
from core.setup.lines import Path, line_at, lines_of

AWKWARD = '''\
# A comment with [brackets], = and "quotes"
title = "a # is no comment here"
"quoted key" = 1 # but this is
dotted.key.deep = """
several lines ] } ""\\"
""""
literal = 'C:\\'

[table]   # [[not.a.list]]
list = [
    1,    # one ]
    [2, 3],
    { a = 1, b = "}" },
]
when = 1979-05-27 07:32:00

[[things]]
name = "first"
[things.inside]
deep = true
[[things.parts]]
name = "p"
[[things]]
[[things.parts]]
[[things.parts]]
name = "q"
'''


def test_awkward_toml_is_walked_correctly() -> None:
    lines = lines_of(AWKWARD)
    expected: dict[Path, int] = {
        ("title",): 2,
        ("quoted key",): 3,
        ("dotted", "key", "deep"): 4,
        ("literal",): 7,
        ("table",): 9,
        ("table", "list", 0): 11,
        ("table", "list", 1, 1): 12,
        ("table", "list", 2, "b"): 13,
        ("table", "when"): 15,
        ("things", 0, "name"): 18,
        ("things", 0, "inside", "deep"): 20,
        ("things", 0, "parts", 0, "name"): 22,
        ("things", 1): 23,
        ("things", 1, "parts", 1, "name"): 26,
    }
    assert {path: lines[path] for path in expected} == expected


def test_what_is_missing_stands_at_the_table_round_it() -> None:
    assert line_at(lines_of(AWKWARD), ("things", 1, "parts", 0, "name")) == 24
    assert line_at(lines_of(AWKWARD), ("nowhere",)) == 1


def test_every_value_of_the_demo_has_its_line() -> None:
    text = DEMO_FILE.read_text()
    lines = lines_of(text)
    written = text.splitlines()
    for path, value in _leaves(tomllib.loads(text)):
        assert path in lines, path
        if isinstance(value, str):
            assert value in written[lines[path] - 1], path


def test_line_ends_of_windows_count_once() -> None:
    assert lines_of("a = 1\r\nb = 2\r\n")[("b",)] == 2


_keys = st.text("abc", min_size=1, max_size=3)
_values = st.recursive(
    st.integers() | st.text('a"\\#]} é', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_keys, _values, max_size=5))
def test_any_document_is_walked_to_its_end(document: dict[str, Any]) -> None:
    text = "\n".join(f"{key} = {_toml(value)}" for key, value in document.items())
    assert tomllib.loads(text) == document
    lines = lines_of(text)
    for number, key in enumerate(document, 1):
        assert lines[(key,)] == number
    for path, _ in _leaves(document):
        assert path in lines


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _leaves(item, (*path, position))
    else:
        yield path, value


def _toml(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value)
