"""Frozen dataclasses to JSON and back, by their type hints. Defaults are left out, so that a
conversation's state stays small."""

import types
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

Decode = Callable[[Any], Any]


def encode(value: Any) -> Any:
    """Return `value` as what `json.dumps` takes."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    return {
        name: encode(item)
        for name, default in _defaults(_hashable(type(value)))
        if (item := getattr(value, name)) != default
    }


def decode(kind: type[Any], data: Any) -> Any:
    """Return the value of type `kind`; raises ValueError, KeyError or TypeError if it is none."""
    return _decoder(_hashable(kind))(data)


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
def _decoder(kind: Any) -> Decode:
    if is_dataclass(kind):
        return _dataclass_decoder(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        present = _decoder(inner)
        return lambda data: None if data is None else present(data)
    if origin is tuple:
        each = _decoder(arguments[0])
        return lambda data: tuple(each(item) for item in data)
    if kind in (datetime, date, time):
        parse: Decode = kind.fromisoformat
        return parse
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    return lambda data: data


def _dataclass_decoder(kind: Any) -> Decode:
    hints = get_type_hints(kind)
    decoders = {item.name: _decoder(hints[item.name]) for item in fields(kind)}

    def build(data: Mapping[str, Any]) -> Any:
        return kind(**{name: decoders[name](item) for name, item in data.items()})

    return build
