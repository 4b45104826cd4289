"""The Bot API's description as a judge: of each parameter sent, and of each answer and update."""

import json
import re
from email.parser import BytesParser
from email.policy import HTTP
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

FILE = Path(__file__).parent / "contracts" / "telegram" / "api.min.json"


class File(dict[str, Any]):
    """A file of a form: to the description an object without fields."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__()
        self.content = content
        self.name = name


class RefusedError(Exception):
    """What the description does not allow, and where."""


@cache
def _api() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text()))


def is_method(name: str) -> bool:
    return name in _api()["methods"]


def parameters(method: str, content_type: str, body: bytes) -> dict[str, Any]:
    """The call's parameters, typed and checked. Forms carry everything but text as JSON."""
    fields = {item["name"]: item for item in _api()["methods"][method].get("fields", [])}
    if content_type.startswith("application/json"):
        given = json.loads(body or b"{}")
        if not isinstance(given, dict):
            raise RefusedError("not an object")
    elif content_type.startswith("multipart/form-data"):
        parts = _parts(content_type, body)
        given = {
            name: _from_form(part.content.decode(), fields[name]["types"])
            if name in fields and "InputFile" not in fields[name]["types"]
            else part
            for name, part in parts.items()
        }
    else:
        given = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)))
        given = {
            name: _from_form(text, fields[name]["types"]) if name in fields else text
            for name, text in given.items()
        }
    _check_fields(given, list(fields.values()), method)
    return dict(given)


def _parts(content_type: str, body: bytes) -> dict[str, File]:
    """The parts of a form by name (RFC 7578)."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + body)
    parts = {}
    for part in form.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name = str(part.get_param("name", header="content-disposition"))
        parts[name] = File(content, part.get_filename() or "")
    return parts


def check_result(method: str, result: Any) -> None:
    """Our own answers are held to the description too."""
    _check_one_of(result, _api()["methods"][method]["returns"], f"answer of {method}")


def check_type(name: str, value: Any) -> None:
    _check_one_of(value, [name], name)


def _from_form(text: str, types: list[str]) -> Any:
    if "Integer" in types and re.fullmatch(r"-?\d+", text):
        return int(text)
    if "String" in types:
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise RefusedError("can't parse JSON") from error


def _check_fields(value: dict[str, Any], fields: list[dict[str, Any]], place: str) -> None:
    known = {field["name"]: field for field in fields}
    if unknown := value.keys() - known.keys():
        raise RefusedError(f"{place}: unknown {sorted(unknown)}")
    for name, field in known.items():
        if name in value:
            _check_one_of(value[name], field["types"], f"{place}.{name}")
        elif field["required"]:
            raise RefusedError(f"{place}: {name} is missing")


def _check_one_of(value: Any, types: list[str], place: str) -> None:
    problems = []
    for name in types:
        try:
            _check(value, name, place)
        except RefusedError as error:
            problems.append(str(error))
        else:
            return
    raise RefusedError("; or ".join(problems))


def _check(value: Any, name: str, place: str) -> None:
    if name.startswith("Array of "):
        if not isinstance(value, list):
            raise RefusedError(f"{place}: not a list")
        for index, item in enumerate(value):
            _check(item, name.removeprefix("Array of "), f"{place}[{index}]")
    elif name in ("Integer", "Float", "String", "Boolean"):
        kinds = {"Integer": int, "Float": (int, float), "String": str, "Boolean": bool}
        right = isinstance(value, kinds[name])  # type: ignore[arg-type]
        if not right or (name != "Boolean" and isinstance(value, bool)):
            raise RefusedError(f"{place}: not of type {name}")
    else:
        described = _api()["types"][name]
        if subtypes := described.get("subtypes"):
            _check_one_of(value, subtypes, place)
        elif not isinstance(value, dict):
            raise RefusedError(f"{place}: not a {name}")
        else:
            _check_fields(value, described.get("fields", []), place)
