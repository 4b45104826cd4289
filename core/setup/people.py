"""The format of `[[practitioners]]` in clinic.toml. docs/clinic-file.md explains each key."""

# pydantic copies defaults; ruff does not see from here that a Section is one of its models.
# ruff: noqa: RUF012

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationInfo, field_validator

from core.scheduling.week import Week, clashes, days_in_common, strays, worded_days
from core.setup.section import Count, Minutes, Positive, Section, not_before
from core.setup.values import (
    Cents,
    Day,
    Days,
    DepartmentName,
    Email,
    Hours,
    Language,
    Line,
    LocationName,
    Phone,
    Problem,
    SpecialtyCode,
    Text,
    VisitTypeCode,
    WeekHours,
    known,
    problems_found,
    shown,
)


class OfferedVisitType(Section):
    code: VisitTypeCode
    minutes: Minutes | None = None
    fee: Cents | None = None
    location: LocationName | None = None  # None: wherever they work.
    days: Days | None = None  # None: whenever they work there.

    def meets(self, other: "OfferedVisitType") -> bool:
        """Tell whether both speak of one place and day."""
        return (None in (self.location, other.location) or self.location == other.location) and (
            self.days is None or other.days is None or bool({*self.days} & {*other.days})
        )


def _named(value: object) -> object:
    return {"code": value} if isinstance(value, str) else value


class WorkingHours(Section):
    valid_from: Day | None = None
    valid_to: Day | None = None
    location: LocationName | None = None  # None: the clinic's only one.
    hours: WeekHours = {}
    breaks: WeekHours = {}
    same_day_hours: WeekHours = {}

    @field_validator("valid_to")
    @classmethod
    def _dates_ascend(cls, end: date | None, info: ValidationInfo) -> date | None:
        return not_before("valid_from", end, info)

    @field_validator("breaks")
    @classmethod
    def _breaks_lie_inside(cls, breaks: Week, info: ValidationInfo) -> Week:
        _inside("breaks", breaks, info)
        return breaks

    @field_validator("same_day_hours")
    @classmethod
    def _same_day_hours_lie_inside(cls, kept: Week, info: ValidationInfo) -> Week:
        _inside("same-day hours", kept, info)
        _refuse("same-day hours beside the breaks", clashes(kept, info.data.get("breaks", {})))
        return kept

    def holds_beside(self, other: "WorkingHours") -> bool:
        """Tell whether there is a day on which both hold."""
        since = max(self.valid_from or date.min, other.valid_from or date.min)
        until = min(self.valid_to or date.max, other.valid_to or date.max)
        return since <= until


def _inside(what: str, parts: Week, info: ValidationInfo) -> None:
    if "hours" in info.data:  # They are not there when they were unreadable.
        _refuse(f"{what} inside the hours", strays(parts, info.data["hours"]))


def _refuse(expected: str, found: Iterator[str]) -> None:
    problems: list[Problem] = [((), f"expected {expected}, got {each}") for each in found]
    if problems:
        raise problems_found(problems)


class Absence(Section):
    date_from: Day
    date_to: Day | None = None  # None: that one day.
    hours: Hours | None = None  # None: the whole day.
    reason: Line | None = None

    @field_validator("date_to")
    @classmethod
    def _dates_ascend(cls, end: date | None, info: ValidationInfo) -> date | None:
        return not_before("date_from", end, info)


class Practitioner(WorkingHours):
    title: Line
    titles: dict[Language, Line] = {}
    first_name: Line
    last_name: Line
    email: Email | None = None
    phone: Phone | None = None
    licence_number: Line | None = None
    licence_state: Line | None = None
    specialties: list[SpecialtyCode] = []
    departments: list[DepartmentName] = []
    years_of_experience: Count | None = None
    fee: Cents | None = None
    bio: Text | None = None
    photo: Line | None = None
    languages: list[Language] = []
    gender: Literal["female", "male", "other"] | None = None
    slot_minutes: Minutes
    capacity: Positive = 1
    visits_a_day: Positive | None = None  # None: as many as there is time for.
    further_hours: list[WorkingHours] = []
    visit_types: list[Annotated[OfferedVisitType, BeforeValidator(_named)]] | None = None
    absences: list[Absence] = []

    @field_validator("specialties")
    @classmethod
    def _each_specialty_once(cls, codes: list[str]) -> list[str]:
        problems: list[Problem] = [
            ((place,), f"expected each once, got {shown(code)} again (as in [{codes.index(code)}])")
            for place, code in enumerate(codes)
            if code in codes[:place]
        ]
        if problems:
            raise problems_found(problems)
        return codes

    @field_validator("further_hours")
    @classmethod
    def _nobody_is_in_two_places(
        cls, further: list[WorkingHours], info: ValidationInfo
    ) -> list[WorkingHours]:
        problems = list(_double_hours([_own_hours(info.data), *further]))
        if problems:
            raise problems_found(problems)
        return further

    @field_validator("visit_types")
    @classmethod
    def _offers_go_together(
        cls, offered: list[OfferedVisitType] | None, info: ValidationInfo
    ) -> list[OfferedVisitType] | None:
        problems = list(_contradictions(offered or []))
        if "hours" in info.data and "further_hours" in info.data:
            parts = [_own_hours(info.data), *info.data["further_hours"]]
            problems += _never_there(offered or [], parts, known(info).locations)
        if problems:
            raise problems_found(problems)
        return offered

    @property
    def name(self) -> str:
        return f"{self.title} {self.first_name} {self.last_name}"

    def titles_by_language(self, first: str) -> dict[str, str]:
        """Return all titles; `title` is that of the clinic's `first` language."""
        return {first: self.title} | self.titles

    @property
    def schedules(self) -> tuple[WorkingHours, ...]:
        """All stretches of the week, wherever and whenever they hold."""
        return (self, *self.further_hours)


def _own_hours(data: dict[str, Any]) -> WorkingHours:
    """Return the practitioner's own hours, as far as they were readable."""
    return WorkingHours.model_construct(**data)


def _double_hours(parts: list[WorkingHours]) -> Iterator[Problem]:
    """Nobody works twice at one time, whether here or there. The first part is not checked against
    itself; the others are `further_hours`."""
    for place, part in enumerate(parts[1:]):
        for other in parts[: place + 1]:
            for day in days_in_common(other.hours, part.hours) if other.holds_beside(part) else ():
                if other.location == part.location:
                    text = f"expected hours beside the others, got {day} again"
                else:
                    text = f"expected one place at a time, got {day} at {other.location}, too"
                yield (place, "hours"), text


def _contradictions(offered: list[OfferedVisitType]) -> Iterator[Problem]:
    """Several entries of one visit type say where and when, not how long or how much."""
    for place, item in enumerate(offered):
        before = [other for other in offered[:place] if other.code == item.code]
        if not before:
            continue
        first = offered.index(before[0])
        for key in ("minutes", "fee"):
            if getattr(item, key) != getattr(before[0], key):
                was, now = (_worded(key, getattr(each, key)) for each in (before[0], item))
                text = (
                    f"expected the same {key} wherever they offer {shown(item.code)} "
                    f"({was} in [{first}]), got {now}"
                )
                yield (place, key), text
        for other in before:
            if other.meets(item):
                text = (
                    "expected each once for a place and day, "
                    f"got {shown(item.code)} again (as in [{offered.index(other)}])"
                )
                yield (place, "code"), text
                break


def _worded(key: str, value: int | None) -> str:
    if value is None:
        return "none"
    return f"{value / 100:.2f}" if key == "fee" else str(value)


def _never_there(
    offered: list[OfferedVisitType], parts: list[WorkingHours], locations: tuple[str, ...]
) -> Iterator[Problem]:
    """An offer at a place or on days where the practitioner never works would never hold."""
    worked: dict[str, set[int]] = {}
    for part in parts:
        if not part.hours:
            continue
        if part.location is None and len(locations) != 1:
            return  # That is the mistake, and is reported.
        worked.setdefault(part.location or locations[0], set()).update(part.hours)
    for place, item in enumerate(offered):
        if item.location and item.location not in worked:
            there = ", ".join(worked) or "nowhere"
            text = f"expected a location where they work ({there}), got {shown(item.location)}"
            yield (place, "location"), text
            continue
        days = worked.get(item.location, set()) if item.location else set().union(*worked.values())
        if item.days and not days & {*item.days}:
            there = worded_days(days) or "never"
            text = f"expected days on which they work ({there}), got {worded_days(item.days)}"
            yield (place, "days"), text
