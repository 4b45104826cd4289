"""The format of clinic.toml, section by section. docs/clinic-file.md explains each key."""

# pydantic copies defaults; ruff does not see from here that a Section is one of its models.
# ruff: noqa: RUF012

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from core.setup.people import Practitioner
from core.setup.section import Count, Minutes, Section, not_before
from core.setup.staff import StaffMember
from core.setup.values import (
    Cents,
    Code,
    Country,
    Currency,
    Day,
    Language,
    Line,
    Names,
    Phone,
    Reminders,
    ResourceKind,
    Rules,
    ShortNumber,
    Told,
    WeekHours,
    Zone,
)
from core.setup.whatsapp import WhatsApp


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


class Resource(Section):
    kind: Line  # What visit types name: "ultrasound".
    name: Line


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
    directions: Told | None = None
    parking: Told | None = None
    insurance: Told | None = None
    what_to_bring: Told | None = None
    languages: list[Language] | None = None
    senders: dict[Literal["sms", "whatsapp"], ShortNumber] = {}
    departments: list[Department] = []
    resources: list[Resource] = []
    holidays: list[Holiday] = []
    rules: Rules = {}


class Specialty(Section):
    code: Code
    names: Names
    words: dict[Language, list[Line]] = {}
    sensitive: bool = False  # Not named in what others might read on a locked screen.
    age_from: Count | None = None
    age_until: Count | None = None

    @field_validator("age_until")
    @classmethod
    def _ages_ascend(cls, until: int | None, info: ValidationInfo) -> int | None:
        return not_before("age_from", until, info)


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
    resource_kind: ResourceKind | None = None
    preparation: Told | None = None
    reminders: Reminders | None = None  # None: three days and one day before.

    @field_validator("age_until")
    @classmethod
    def _ages_ascend(cls, until: int | None, info: ValidationInfo) -> int | None:
        return not_before("age_from", until, info)


class ClinicFile(Section):
    organization: Organization
    rules: Rules = {}
    holidays: list[Holiday] = []  # At every location.
    locations: Annotated[list[Location], Field(min_length=1)]
    specialties: list[Specialty] = []
    visit_types: Annotated[list[VisitType], Field(min_length=1)]
    practitioners: list[Practitioner] = []
    staff: list[StaffMember] = []
    # Language -> sentence -> the clinic's own words. Which there are, only the bot knows.
    phrases: dict[Language, dict[str, Line]] = {}
    whatsapp: WhatsApp = WhatsApp()
