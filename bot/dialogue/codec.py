"""Frozen dataclasses to JSON and back, by their type hints.

So that a conversation's state stays small, defaults are left out, and what stands in several places
(a visit that was listed, is to be moved and was booked last) is written once: elsewhere `{"=": n}`
means the n-th of the dataclasses that were complete before it.
"""

import types
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_AGAIN = "="
# Takes the JSON, and the dataclasses read so far.
_Decode = Callable[[Any, list[Any]], Any]


def encode(value: Any) -> Any:
    """Return `value` as what `json.dumps` takes."""
    return _encode(value, {})


def decode(kind: type[Any], data: Any) -> Any:
    """Return the value of type `kind`; raises ValueError, LookupError or TypeError if it is
    none."""
    return _decoder(_hashable(kind))(data, [])


def _encode(value: Any, written: dict[Any, int]) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_encode(item, written) for item in value]
    if (number := written.get(value)) is not None:
        return {_AGAIN: number}
    data = {
        name: _encode(item, written)
        for name, default in _defaults(_hashable(type(value)))
        if (item := getattr(value, name)) != default
    }
    written[value] = len(written)
    return data


def _instant(value: datetime) -> str:
    """In the short forms of ISO 8601: nearly all of them are whole minutes in UTC."""
    whole = not (value.second or value.microsecond)
    text = value.isoformat(timespec="minutes" if whole else "auto")
    return text.removesuffix("+00:00") + "Z" if value.tzinfo is UTC else text


def _hashable(kind: Any) -> Hashable:
    """Classes are hashable; their type does not say so."""
    hashable: Hashable = kind
    return hashable


@cache
def _defaults(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((item.name, _default(item)) for item in fields(kind))


def _default(item: Field[Any]) -> Any:
    if item.default is not MISSING:
        return item.default
    return item.default_factory() if item.default_factory is not MISSING else MISSING


@cache
def _decoder(kind: Any) -> _Decode:
    if is_dataclass(kind):
        return _dataclass_decoder(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        present = _decoder(inner)
        return lambda data, read: None if data is None else present(data, read)
    if origin is tuple:
        each = _decoder(arguments[0])
        return lambda data, read: tuple(each(item, read) for item in data)
    if kind in (datetime, date, time):
        return lambda data, _: kind.fromisoformat(data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda data, _: kind(data)
    return lambda data, _: data


def _dataclass_decoder(kind: Any) -> _Decode:
    hints = get_type_hints(kind)
    decoders = {item.name: _decoder(hints[item.name]) for item in fields(kind)}

    def build(data: Mapping[str, Any], read: list[Any]) -> Any:
        if _AGAIN in data:
            return read[data[_AGAIN]]
        value = kind(**{name: decoders[name](item, read) for name, item in data.items()})
        read.append(value)
        return value

    return build
