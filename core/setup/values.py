"""The single values of a clinic file: each says what it expects, and becomes what is stored."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from core.occasions.policy import EXPECTED, MOST_STAGES, Stage
from core.phone import is_country, to_e164
from core.rules import defaults, most_of, words_of
from core.scheduling.week import DAYS, Stretch, Week, first_overlap
from core.setup.hours import (
    EXPECTED_DAYS,
    EXPECTED_END,
    EXPECTED_HOURS,
    parse_days,
    parse_stretch,
)
from core.setup.lines import Path

Problem = tuple[Path, str]  # Where below the value in question; what was expected there.


@dataclass(frozen=True)
class Known:
    """What the file says elsewhere and a value may refer to; read before anything is checked."""

    country: str
    language: str  # The clinic's first.
    locations: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    visit_types: tuple[str, ...] = ()
    resource_kinds: tuple[str, ...] = ()
    practitioners: tuple[str, ...] = ()  # First and last name


def known(info: ValidationInfo) -> Known:
    context: Known = info.context  # type: ignore[assignment]
    return context


def shown(value: object) -> str:
    """Return a value as it would stand in the file, shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value[:57]}..."' if len(value) > 60 else f'"{value}"'
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if isinstance(value, Iterable) else str(value)


def problems_found(problems: list[Problem]) -> PydanticCustomError:
    """Return the error that carries several problems, which pydantic itself can't."""
    return PydanticCustomError("problems", "several problems", {"problems": problems})


def refuse(expected: str, got: object) -> NoReturn:
    raise problems_found([((), f"expected {expected}, got {shown(got)}")])


def nearest(word: str, words: Iterable[str]) -> str:
    """Return '; did you mean "..."?' or the list of what there is."""
    choices = sorted(words)
    close = get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    more = ", ..." if len(choices) > 12 else ""
    return f" (there are: {', '.join(choices[:12])}{more})" if choices else " (there is none)"


def shape(pattern: str, expected: str) -> AfterValidator:
    """The whole text looks like that; `expected` says so in words."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value, re.ASCII):
            refuse(expected, value)
        return value

    return AfterValidator(check)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        close = get_close_matches(name, _zones(), n=1, cutoff=0.6)
        hint = f'; did you mean "{close[0]}"?' if close else ""
        raise problems_found(
            [((), f'expected a time zone such as "Europe/Madrid", got {shown(name)}{hint}')]
        ) from None
    return name


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def _country(code: str) -> str:
    if not is_country(code):
        refuse('a country of two letters such as "US" (ISO 3166)', code)
    return code


def _phone(text: str, info: ValidationInfo) -> str:
    """Return E.164; a number without its prefix is one of the location's, else of the clinic's
    country."""
    country = info.data.get("country") or known(info).country
    number = to_e164(text, country)
    if number is None and not is_country(country):
        return text  # The country is the mistake, and is reported.
    if number is None:
        refuse('a phone number such as "+1 415 555 0100"', text)
    return number


def _short_number(text: str, info: ValidationInfo) -> str:
    """Emergency numbers and short codes are dialled as they are."""
    digits = re.sub("[ -]", "", text)
    return digits if re.fullmatch(r"\d{2,6}", digits, re.ASCII) else _phone(text, info)


def _day(value: object) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    if not isinstance(value, date) or isinstance(value, datetime):
        refuse("a date such as 2025-12-25", value)
    return value


def _cents(value: object) -> int:
    """Money is written as 120 or 120.50, and kept in hundredths."""
    number = Decimal(value) if isinstance(value, int | Decimal) else Decimal("NaN")
    try:
        cents = number * 100
        if isinstance(value, bool) or cents < 0 or cents != cents.to_integral_value():
            refuse("an amount such as 120 or 120.50", value)
    except InvalidOperation:  # NaN and infinity, which TOML knows
        refuse("an amount such as 120 or 120.50", value)
    return int(cents)


def _stretch(value: object) -> Stretch:
    stretch = parse_stretch(value)
    if stretch is None:
        refuse(EXPECTED_HOURS, value)
    if stretch.starts >= stretch.ends:
        refuse(EXPECTED_END, value)
    return stretch


def _days(value: object) -> tuple[int, ...]:
    days = parse_days(value) if isinstance(value, str) else None
    if days is None:
        refuse(EXPECTED_DAYS, value)
    if len(set(days)) < len(days):
        refuse("each day once", value)
    return tuple(sorted(days))


def _week(value: object) -> Week:
    """Read a table of hours; every day that is wrong is named."""
    if not isinstance(value, Mapping):
        refuse('a table such as { mon-fri = "09:00-17:00" }', value)
    problems: list[Problem] = []
    week: dict[int, tuple[Stretch, ...]] = {}
    for key, written in value.items():
        days = parse_days(key)
        if days is None:
            problems.append(((key,), f"expected {EXPECTED_DAYS}, got {shown(key)}"))
        stretches = _day_of_week(key, written, problems)
        for day in days or ():
            if day in week:
                problems.append(((key,), f"expected each day once, got {DAYS[day]} again"))
            week[day] = stretches
    if problems:
        raise problems_found(problems)
    return {day: tuple(sorted(week[day])) for day in sorted(week) if week[day]}


def _day_of_week(key: str, written: object, problems: list[Problem]) -> tuple[Stretch, ...]:
    parts = written if isinstance(written, list) else [written]
    stretches = []
    for position, part in enumerate(parts):
        path: Path = (key, position) if isinstance(written, list) else (key,)
        stretch = parse_stretch(part)
        if stretch is None:
            problems.append((path, f"expected {EXPECTED_HOURS}, got {shown(part)}"))
        elif stretch.starts >= stretch.ends:
            problems.append((path, f"expected {EXPECTED_END}, got {shown(part)}"))
        else:
            stretches.append(stretch)
    overlap = first_overlap(tuple(stretches))
    if overlap:
        one, other = overlap
        problems.append(((key,), f"expected hours that do not overlap, got {one} and {other}"))
    return tuple(stretches)


def _reminders(value: object) -> list[str]:
    """Read a policy of reminders; every stage that is wrong is named."""
    if not isinstance(value, list) or len(value) > MOST_STAGES:
        refuse(f"a list of at most {MOST_STAGES} reminders, each {EXPECTED}", value)
    problems: list[Problem] = []
    for place, name in enumerate(value):
        try:
            Stage.parse(name if isinstance(name, str) else "")
        except ValueError as error:
            problems.append(((place,), f"{error}, got {shown(name)}"))
        if name in value[:place]:
            problems.append(((place,), f"expected each reminder once, got {shown(name)} again"))
    if problems:
        raise problems_found(problems)
    return value


def _one_of(kind: str, field: str) -> AfterValidator:
    """A word that stands elsewhere in the file: the code of a specialty, the name of a place."""

    def check(value: str, info: ValidationInfo) -> str:
        there: tuple[str, ...] = getattr(known(info), field)
        if value not in there:
            hint = nearest(value, there)
            raise problems_found([((), f"expected a known {kind}, got {shown(value)}{hint}")])
        return value

    return AfterValidator(check)


def _rule(name: str) -> str:
    if name not in defaults():
        raise problems_found([((), f"unknown rule{nearest(name, defaults())}")])
    return name


def _fitting(rules: dict[str, object]) -> dict[str, object]:
    """Each rule has a value that it may have."""
    problems: list[tuple[Path, str]] = []
    for name, value in rules.items():
        words = words_of(name)
        if words and value not in words:
            listed = " or ".join(f'"{word}"' for word in words)
            problems.append(((name,), f"expected {listed}, got {shown(value)}"))
        elif not words and type(value) is not int:
            problems.append(((name,), f"expected a whole number, got {shown(value)}"))
        elif not words and isinstance(value, int) and value < 0:
            problems.append(((name,), f"expected a number not below 0, got {shown(value)}"))
        elif not words and isinstance(value, int) and value > most_of(name):
            text = f"expected a number not above {most_of(name)}, got {shown(value)}"
            problems.append(((name,), text))
    if problems:
        raise problems_found(problems)
    return rules


def _in_first_language(what: str) -> AfterValidator:
    def check(texts: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        language = known(info).language
        if language and language not in texts:
            listed = ", ".join(texts) or "none"
            raise problems_found(
                [((), f"expected {what} in the clinic's first language ({language}), got {listed}")]
            )
        return texts

    return AfterValidator(check)


def _by_language(written: object, info: ValidationInfo) -> object:
    """A text that is not given per language is in the clinic's first."""
    if isinstance(written, str):
        return {known(info).language: written}
    if not isinstance(written, Mapping):
        refuse('text in quotes, or one for each language: { en = "...", es = "..." }', written)
    return written


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Line = Annotated[Text, shape(r"[^\x00-\x1f]+", "text on one line")]
Code = Annotated[
    str, shape(r"[a-z][a-z0-9_]*", 'a code of small letters, digits and _, such as "check_up"')
]
Country = Annotated[str, AfterValidator(_country)]
Currency = Annotated[str, shape(r"[A-Z]{3}", 'a currency of three letters such as "USD"')]
Language = Annotated[str, shape(r"[a-z]{2,3}", 'a language of two letters such as "en"')]
Email = Annotated[str, shape(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address")]
Zone = Annotated[str, AfterValidator(_zone)]
Phone = Annotated[str, AfterValidator(_phone)]
ShortNumber = Annotated[str, AfterValidator(_short_number)]
Day = Annotated[date, PlainValidator(_day)]
Cents = Annotated[int, PlainValidator(_cents)]
Hours = Annotated[Stretch, PlainValidator(_stretch)]
WeekHours = Annotated[Week, PlainValidator(_week)]
Days = Annotated[tuple[int, ...], PlainValidator(_days)]
Reminders = Annotated[list[str], PlainValidator(_reminders)]
RuleName = Annotated[str, AfterValidator(_rule)]
Rules = Annotated[dict[RuleName, Any], AfterValidator(_fitting)]
Names = Annotated[dict[Language, Line], _in_first_language("a name")]
Told = Annotated[dict[Language, Text], BeforeValidator(_by_language), _in_first_language("a text")]
LocationName = Annotated[str, _one_of("location", "locations")]
DepartmentName = Annotated[str, _one_of("department", "departments")]
PractitionerName = Annotated[str, _one_of("practitioner", "practitioners")]
SpecialtyCode = Annotated[str, _one_of("specialty", "specialties")]
VisitTypeCode = Annotated[str, _one_of("visit type", "visit_types")]
ResourceKind = Annotated[str, _one_of("kind of resource at a location", "resource_kinds")]
