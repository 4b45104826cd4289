"""What is wrong with a clinic file, each with its line and in plain words."""

import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from core.setup.format import ClinicFile
from core.setup.lines import Path
from core.setup.section import Section
from core.setup.values import Problem, nearest, shown

# pydantic's names for what went wrong -> what we say was expected.
_EXPECTED = {
    "string_type": "text in quotes",
    "string_too_short": "some text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "too_short": "at least one",
}
_AMOUNTS = {
    "greater_than": ("gt", "a number above {}"),
    "greater_than_equal": ("ge", "a number not below {}"),
    "less_than_equal": ("le", "a number not above {}"),
}


def in_words(error: ValidationError) -> Iterator[Problem]:
    """Yield every problem of the error with its path in the file."""
    for item in error.errors(include_url=False):
        path: Path = tuple(part for part in item["loc"] if part != "[key]")
        if item["type"] == "problems":
            for below, text in item["ctx"]["problems"]:
                yield path + below, text
        else:
            yield path, _worded(item["type"], path, item["input"], item.get("ctx", {}))


def _worded(kind: str, path: Path, value: object, context: dict[str, Any]) -> str:
    if kind == "missing":
        return "expected a value, it is missing"
    if kind == "extra_forbidden":
        return f"unknown key{nearest(str(path[-1]), _keys_beside(path))}"
    if kind == "literal_error":
        expected = context["expected"].replace("'", '"')
    elif kind in _AMOUNTS:
        bound, words = _AMOUNTS[kind]
        expected = words.format(context[bound])
    else:
        expected = _EXPECTED.get(kind, "another value")
    return f"expected {expected}, got {shown(value)}"


def _keys_beside(path: Path) -> list[str]:
    """Return the keys that are known where `path` stands."""
    section: type[BaseModel] = ClinicFile
    for part in path[:-1]:
        # A name that the clinic chose ("en", "reminder") is no field.
        if isinstance(part, str) and part in section.model_fields:
            section = _section_in(section.model_fields[part].annotation) or section
    return list(section.model_fields)


def _section_in(annotation: Any) -> type[Section] | None:
    """Return the section inside `list[Section]`, `Section | None` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    found = (_section_in(inner) for inner in get_args(annotation))
    return next((section for section in found if section), None)


def worded_path(path: Path) -> str:
    """Return "practitioners[2].hours.mon"."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if re.fullmatch(r"[\w-]+", part) else f'."{part}"'
    return text.lstrip(".")
