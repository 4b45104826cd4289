"""clinic.toml in, a `ClinicFile` out; or every problem at once, each with its line."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from core.errors import ClinicError
from core.setup.format import ClinicFile
from core.setup.lines import Path, line_at, lines_of
from core.setup.problems import in_words, worded_path
from core.setup.values import Known, Problem, shown

# What may not stand twice in one list: list -> the keys that together make the name.
_UNIQUE: dict[str, tuple[tuple[str, ...], ...]] = {
    "locations": (("name",),),
    "departments": (("name",),),
    "resources": (("name",),),
    "specialties": (("code",),),
    "visit_types": (("code",),),
    "practitioners": (("first_name", "last_name"), ("licence_number",)),
    "staff": (("username",), ("alarms",)),
    "holidays": (("date",),),
}


# Finds what only others can know: from the bare values, and once they are right, from the file.
Check = Callable[[Mapping[str, Any], ClinicFile | None], Iterable[Problem]]


class ClinicFileError(ClinicError):
    """A clinic file that can't be used; `problems` has a line for each thing to put right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_clinic_file(
    source: FilePath | str, name: str = "clinic.toml", check: Check | None = None
) -> ClinicFile:
    """Read a file, or its text under the given name.

    Raises ClinicFileError naming every problem; OSError when the file can't be opened.
    """
    if isinstance(source, FilePath):
        name, text = source.name, _decoded(source.read_bytes(), source.name)
    else:
        text = source
    values = _parsed(text, name)
    problems = [*_repetitions(values), *_defaults(values), *_places(values)]
    clinic_file = None
    try:
        clinic_file = ClinicFile.model_validate(values, context=_known(values))
    except ValidationError as error:
        problems += in_words(error)
    if check is not None:
        problems += check(values, clinic_file)
    if clinic_file is None or problems:
        lines = lines_of(text)
        located = sorted((line_at(lines, path), worded_path(path), what) for path, what in problems)
        raise ClinicFileError(
            [f"{name}:{line}: {path}: {what}" for line, path, what in dict.fromkeys(located)]
        )
    return clinic_file


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")  # Windows editors put a mark at the beginning.
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ClinicFileError([f"{name}:{line}: expected text in UTF-8"]) from None


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        # The only place it tells: "Invalid value (at line 3, column 8)", "... (at end of document)"
        found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error))
        what, line = (found[1], found[2]) if found else (str(error), None)
        last = text.rstrip().count("\n") + 1
        raise ClinicFileError([f"{name}:{line or last}: not valid TOML: {what}"]) from None


def _tables(values: Mapping[str, Any], *path: str) -> Iterator[dict[str, Any]]:
    """Yield the tables of a list (of each list, further down), skipping what is no table."""
    first, *rest = path
    items = values.get(first)
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield from _tables(item, *rest) if rest else (item,)


def _known(values: Mapping[str, Any]) -> Known:
    def texts(key: str, *path: str) -> tuple[str, ...]:
        found = (table.get(key) for table in _tables(values, *path))
        return tuple(text for text in found if isinstance(text, str))

    organization = values.get("organization")
    organization = organization if isinstance(organization, dict) else {}
    languages = organization.get("languages")
    return Known(
        country=str(organization.get("country", "")),
        language=str(languages[0]) if isinstance(languages, list) and languages else "",
        locations=texts("name", "locations"),
        departments=texts("name", "locations", "departments"),
        specialties=texts("code", "specialties"),
        visit_types=texts("code", "visit_types"),
        resource_kinds=tuple(dict.fromkeys(texts("kind", "locations", "resources"))),
        practitioners=tuple(
            f"{person.get('first_name')} {person.get('last_name')}"
            for person in _tables(values, "practitioners")
        ),
    )


def _repetitions(values: Mapping[str, Any], inside: Path = ()) -> Iterator[Problem]:
    """Find names that stand twice in one list, here and in the locations."""
    for section, names in _UNIQUE.items():
        items = values.get(section)
        for keys in names:
            yield from _repeated(items if isinstance(items, list) else [], (*inside, section), keys)
    if not inside:
        for position, location in enumerate(_tables(values, "locations")):
            yield from _repetitions(location, ("locations", position))


def _repeated(items: list[Any], path: Path, keys: tuple[str, ...]) -> Iterator[Problem]:
    seen: dict[tuple[str, ...], int] = {}
    for position, item in enumerate(items):
        if not isinstance(item, dict) or any(key not in item for key in keys):
            continue
        name = tuple(str(item[key]).casefold() for key in keys)
        if name in seen:
            whole = item[keys[0]] if len(keys) == 1 else " ".join(str(item[key]) for key in keys)
            text = f"expected each once, got {shown(whole)} again (as in [{seen[name]}])"
            yield (*path, position, keys[0]), text
        seen.setdefault(name, position)


def _defaults(values: Mapping[str, Any]) -> Iterator[Problem]:
    """One visit type is taken when the patient names none."""
    count = sum(table.get("default") is True for table in _tables(values, "visit_types"))
    if count != 1 and values.get("visit_types"):
        yield ("visit_types",), f"expected exactly one with default = true, got {count}"


def _places(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Where there are several locations, hours say which they are for."""
    if len(list(_tables(values, "locations"))) < 2:
        return
    for position, table in enumerate(_tables(values, "practitioners")):
        path: Path = ("practitioners", position)
        if "hours" in table and "location" not in table:
            yield (*path, "hours"), "expected a location with the hours, it is missing"
        for place, further in enumerate(_tables(table, "further_hours")):
            if "location" not in further:
                yield (
                    (*path, "further_hours", place),
                    "expected a location with the hours, it is missing",
                )
