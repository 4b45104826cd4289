"""A clinic file written down: `tomllib` only reads, and reads back what is written here."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_LINE = 100  # What is longer takes a line for each item.

Values = Mapping[str, Any]


def as_toml(values: Values) -> str:
    """Return the text of these values: texts, numbers, dates, lists and tables of them. None is
    left out, for TOML has no word for it."""
    return "\n".join(_table(values, ())).strip("\n") + "\n"


def _table(values: Values, path: tuple[str, ...]) -> Iterator[str]:
    """What stands in one line first: what follows a table's head would belong to that table."""
    values = {key: value for key, value in values.items() if value is not None}
    headed = {key: value for key, value in values.items() if _has_head(value, is_top=not path)}
    for key, value in values.items():
        if key not in headed:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in headed.items():
        if isinstance(value, Mapping):
            yield from _section((*path, key), value)
        else:
            for item in value:
                yield f"\n[[{'.'.join(map(_key, (*path, key)))}]]"
                yield from _table(item, (*path, key))


def _section(path: tuple[str, ...], value: Values) -> Iterator[str]:
    if any(not _has_head(each) for each in value.values()):
        yield f"\n[{'.'.join(map(_key, path))}]"
    yield from _table(value, path)


def _has_head(value: Any, *, is_top: bool = False) -> bool:
    """Tell whether it is a table, or a list of tables, that one line would be too short for, or one
    of the file's sections."""
    if not isinstance(value, Mapping | list) or not value:
        return False
    if isinstance(value, list) and not all(isinstance(item, Mapping) for item in value):
        return False
    is_long = len(_value(value)) > _LINE
    return is_top or is_long or (isinstance(value, list) and len(value) > 1)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, Mapping):
        pairs = (f"{_key(key)} = {_value(each)}" for key, each in value.items() if each is not None)
        inside = ", ".join(pairs)
        return f"{{ {inside} }}" if inside else "{}"
    items = [_value(item) for item in value]
    line = f"[{', '.join(items)}]"
    return line if len(line) <= _LINE else "[\n" + "".join(f"    {each},\n" for each in items) + "]"


def _text(text: str) -> str:
    # JSON leaves one control character as it is, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
