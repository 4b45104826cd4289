"""Twilio's OpenAPI descriptions as a judge: of what a client sends, and of what we answer."""

import json
import re
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft202012Validator, FormatChecker

FOLDER = Path(__file__).parent / "contracts" / "twilio"
FILES = ("twilio_api_v2010_messages.json", "twilio_content_v1.json")
FORM = "application/x-www-form-urlencoded"

formats = FormatChecker(formats=())


@formats.checks("phone-number")
def _is_phone_number(value: object) -> bool:
    return bool(re.fullmatch(r"([a-z]+:)?\+[1-9]\d{1,14}|[A-Za-z0-9 ]{1,11}|\d{3,8}", str(value)))


@formats.checks("uri")
def _is_uri(value: object) -> bool:
    return bool(urlsplit(str(value)).scheme and urlsplit(str(value)).netloc)


@formats.checks("date-time")
def _is_date_time(value: object) -> bool:
    return bool(
        re.match(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?$", str(value))
    )


@formats.checks("date-time-rfc-2822", raises=(ValueError, TypeError))
def _is_rfc_2822(value: object) -> bool:
    return value is None or bool(parsedate_to_datetime(str(value)))


class RefusedError(Exception):
    """A request that the description does not allow, and why."""


class Operation:
    """One method of one described path."""

    def __init__(self, document: dict[str, Any], path: str, method: str) -> None:
        self._document = document
        self._described = document["paths"][path][method]
        self.name: str = self._described["operationId"]
        # Made at the first use of a schema, which is kept: its id stays its own.
        self._judges: dict[int, tuple[dict[str, Any], Draft202012Validator]] = {}
        queried = {item["name"]: item["schema"] for item in self._parameters("query")}
        self._query = {"type": "object", "properties": queried}

    def check_path(self, values: dict[str, str]) -> None:
        for parameter in self._parameters("path"):
            self._check(parameter["schema"], values[parameter["name"]])

    def query(self, text: str) -> dict[str, Any]:
        return self._typed(text, self._query)

    def form(self, text: str) -> dict[str, Any]:
        return self._typed(text, self._described["requestBody"]["content"][FORM]["schema"])

    def json(self, text: bytes) -> dict[str, Any]:
        try:
            value = json.loads(text)
        except ValueError as error:
            raise RefusedError("not JSON") from error
        schema = self._described["requestBody"]["content"]["application/json"]["schema"]
        self._check(schema, value)
        return dict(value)

    def check_answer(self, status: int, body: Any) -> None:
        """Our own answers are held to the description too; AssertionError if one is not."""
        described = self._described["responses"][str(status)]
        if "content" not in described:
            assert body is None, f"{self.name} answered more than its description says"
            return
        try:
            self._check(described["content"]["application/json"]["schema"], body)
        except RefusedError as error:
            raise AssertionError(
                f"{self.name} answered outside its description: {error}"
            ) from error

    def _parameters(self, place: str) -> list[dict[str, Any]]:
        return [item for item in self._described.get("parameters", []) if item["in"] == place]

    def _typed(self, text: str, schema: dict[str, Any]) -> dict[str, Any]:
        """Form or query text, each value in the type its name is described with."""
        values: dict[str, Any] = {}
        for name, value in parse_qsl(text, keep_blank_values=True):
            described = schema["properties"].get(name)
            if described is None:
                raise RefusedError(f"unknown parameter {name}")
            kind = self._resolved(described).get("type")
            if kind == "array":
                values.setdefault(name, []).append(value)
            elif name in values:
                raise RefusedError(f"{name} given twice")
            else:
                values[name] = _cast(kind, value)
        self._check(schema, values)
        return values

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        if reference := schema.get("$ref"):
            return dict(self._document["components"]["schemas"][reference.rsplit("/", 1)[1]])
        return schema

    def _check(self, schema: dict[str, Any], value: Any) -> None:
        if id(schema) not in self._judges:
            whole = {**_closed(schema), "components": self._document["components"]}
            judge = Draft202012Validator(whole, format_checker=formats)
            self._judges[id(schema)] = (schema, judge)
        problem = next(self._judges[id(schema)][1].iter_errors(value), None)
        if problem is not None:
            raise RefusedError(f"{'/'.join(map(str, problem.absolute_path))}: {problem.message}")


def _cast(kind: str | None, value: str) -> Any:
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    if kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    return value  # A wrong one stays text, and fails the check.


def _closed(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: null where `nullable`, and no field that is not described."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if "properties" in closed and isinstance(schema.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    if closed.pop("nullable", False) is True and isinstance(closed.get("type"), str):
        closed["type"] = [closed["type"], "null"]
    if closed.get("format") is not None and "null" in closed.get("type", ()):
        return {"anyOf": [{"type": "null"}, {**closed, "type": closed["type"][0]}]}
    return closed


@cache
def operations() -> dict[tuple[str, str], Operation]:
    """(METHOD, path template) -> operation, for all described paths."""
    found = {}
    for file in FILES:
        document = json.loads((FOLDER / file).read_text())
        document["components"] = {"schemas": _closed(document["components"]["schemas"])}
        for path, item in document["paths"].items():
            for method in ("get", "post", "delete", "put"):
                if method in item:
                    found[method.upper(), path] = Operation(document, path, method)
    return found


@cache
def _routes() -> list[tuple[str, re.Pattern[str], Operation]]:
    return [
        (
            method,
            re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))),
            operation,
        )
        for (method, template), operation in operations().items()
    ]


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation this request is for, and the values in its path."""
    for described_method, pattern, operation in _routes():
        if described_method == method and (match := pattern.fullmatch(path)):
            return operation, match.groupdict()
    return None
