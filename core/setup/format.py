"""The format of clinic.toml, section by section. docs/clinic-file.md explains each key."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from core.setup.hours import Week, days_in_common
from core.setup.values import (
    Cents,
    Code,
    Country,
    Currency,
    Day,
    DepartmentName,
    Email,
    Hours,
    Language,
    Line,
    LocationName,
    Names,
    Phone,
    Problem,
    RuleName,
    ShortNumber,
    SpecialtyCode,
    Text,
    VisitTypeCode,
    WeekHours,
    Zone,
    no_breaks_outside,
    not_before,
    problems_found,
)

Minutes = Annotated[int, Field(gt=0, le=24 * 60)]
Count = Annotated[int, Field(ge=0)]
Rules = dict[RuleName, Count]


class Section(BaseModel):
    """Unknown keys are refused: a misspelt key would be a setting that silently does nothing.

    Checks between values belong to the later field, so that one bad value hides no other.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Organization(Section):
    name: Line
    country: Country
    currency: Currency
    languages: Annotated[list[Language], Field(min_length=1)]  # The first is the default.


class Holiday(Section):
    date: Day
    name: Line


class Department(Section):
    name: Line
    phone: Phone | None = None


class Location(Section):
    name: Line
    # Before the phone numbers: it says how they are to be read. None: the organization's.
    country: Country | None = None
    short_name: Line | None = None
    discreet_name: Line | None = None
    address: Line
    city: Line | None = None
    state: Line | None = None
    postal_code: Line | None = None
    zone: Zone
    phone: Phone
    after_hours_phone: ShortNumber | None = None
    emergency_number: ShortNumber
    crisis_number: ShortNumber
    opening_hours: WeekHours
    directions: Text | None = None
    parking: Text | None = None
    languages: list[Language] | None = None
    senders: dict[Literal["sms", "whatsapp"], ShortNumber] = {}
    departments: list[Department] = []
    holidays: list[Holiday] = []
    rules: Rules = {}


class Specialty(Section):
    code: Code
    names: Names
    words: dict[Language, list[Line]] = {}


class VisitType(Section):
    code: Code
    names: Names
    kind: Literal["consultation", "follow_up", "check_up", "emergency", "procedure", "other"]
    default: bool = False
    minutes_new_patient: Minutes | None = None
    minutes_known_patient: Minutes | None = None
    buffer_before_minutes: Count = 0
    buffer_after_minutes: Count = 0
    minimum_notice_minutes: Count | None = None
    horizon_days: Count | None = None
    cancellation_notice_hours: Count | None = None
    price: Cents | None = None
    booked_by: Literal["patient", "staff"] = "patient"
    needs_approval: bool = False
    new_patients: bool = True
    age_from: Count | None = None
    age_until: Count | None = None
    needs_referral: bool = False
    resource_kind: Line | None = None
    preparation: Text | None = None

    @field_validator("age_until")
    @classmethod
    def _ages_ascend(cls, until: int | None, info: ValidationInfo) -> int | None:
        return not_before("age_from", until, info)


class OfferedVisitType(Section):
    code: VisitTypeCode
    minutes: Minutes | None = None
    fee: Cents | None = None


def _named(value: object) -> object:
    return {"code": value} if isinstance(value, str) else value


class WorkingHours(Section):
    valid_from: Day | None = None
    valid_to: Day | None = None
    location: LocationName | None = None  # None: the clinic's only one.
    hours: WeekHours = {}
    breaks: WeekHours = {}

    @field_validator("valid_to")
    @classmethod
    def _dates_ascend(cls, end: date | None, info: ValidationInfo) -> date | None:
        return not_before("valid_from", end, info)

    @field_validator("breaks")
    @classmethod
    def _breaks_lie_inside(cls, breaks: Week, info: ValidationInfo) -> Week:
        no_breaks_outside(info.data.get("hours"), breaks)
        return breaks

    def holds_beside(self, other: "WorkingHours") -> bool:
        """Tell whether there is a day on which both hold."""
        since = max(self.valid_from or date.min, other.valid_from or date.min)
        until = min(self.valid_to or date.max, other.valid_to or date.max)
        return since <= until


def no_double_hours(first: dict[str, Any], further: list[WorkingHours]) -> None:
    """Nobody works twice at one time, whether here or there. `first` are the practitioner's own
    hours, as far as they were readable."""
    seen = [WorkingHours.model_construct(**first)]
    problems: list[Problem] = []
    for position, part in enumerate(further):
        for other in seen:
            if other.holds_beside(part):
                problems += [
                    ((position, "hours"), f"expected hours beside the others, got {day} again")
                    for day in days_in_common(other.hours, part.hours)
                ]
        seen.append(part)
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
    capacity: Annotated[int, Field(gt=0)] = 1
    visit_types: list[Annotated[OfferedVisitType, BeforeValidator(_named)]] | None = None
    further_hours: list[WorkingHours] = []
    absences: list[Absence] = []

    @field_validator("further_hours")
    @classmethod
    def _nobody_is_in_two_places(
        cls, further: list[WorkingHours], info: ValidationInfo
    ) -> list[WorkingHours]:
        no_double_hours(info.data, further)
        return further

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


class ClinicFile(Section):
    organization: Organization
    rules: Rules = {}
    holidays: list[Holiday] = []  # At every location.
    locations: Annotated[list[Location], Field(min_length=1)]
    specialties: list[Specialty] = []
    visit_types: Annotated[list[VisitType], Field(min_length=1)]
    practitioners: list[Practitioner] = []
