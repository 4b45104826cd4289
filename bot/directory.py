"""What a conversation needs to know of the clinic: who works there, where, and what is offered.

One small read-only value, made from the database (`bot.reception`) or by hand in a test, and
handed to understanding and dialogue, which know no database. Keys are the ids of the rows;
names are what patients read and type.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from itertools import chain
from zoneinfo import ZoneInfo

Told = Mapping[str, str]  # Language -> text


@dataclass(frozen=True, slots=True)
class Location:
    key: int
    name: str  # "Downtown"
    zone: ZoneInfo
    address: str  # One line, as it is said to a patient.
    phone: str  # As it is dialled and printed: "+1 415 555 0100".
    emergency_number: str = ""
    crisis_number: str = ""
    # weekday (0 = Monday) -> opening stretches in wall time; a day without one is closed.
    opening_hours: Mapping[int, tuple[tuple[time, time], ...]] = field(default_factory=dict)
    city: str = ""
    # Days on which it is closed, and what they are called in the clinic's first language.
    holidays: Mapping[date, str] = field(default_factory=dict)
    # What is told to those who ask, by language; empty where the clinic has not said.
    directions: Told = field(default_factory=dict)
    parking: Told = field(default_factory=dict)
    insurance: Told = field(default_factory=dict)
    what_to_bring: Told = field(default_factory=dict)
    discreet_name: str = ""  # In what others might read; tells of no illness.


@dataclass(frozen=True, slots=True)
class Specialty:
    code: str  # "dermatology"; stable, never shown.
    names: Mapping[str, str]  # language -> "dermatology"
    # A clinic's own everyday words for it, language -> words, beside those of the lexicon.
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Not named in what others might read on a locked screen.
    is_sensitive: bool = False
    # In whole years, both included: paediatrics ends at 17. None: no limit.
    age_from: int | None = None
    age_until: int | None = None

    def name(self, language: str) -> str:
        return self.names.get(language) or next(iter(self.names.values()), self.code)


@dataclass(frozen=True, slots=True)
class VisitType:
    key: int
    code: str  # "consultation"
    names: Mapping[str, str]
    for_patients: bool = True  # False: staff only; patients are never offered it.
    is_default: bool = False  # Taken when the patient names none.
    price_cents: int | None = None  # None: the clinic has not said.
    preparation: Told = field(default_factory=dict)
    needs_referral: bool = False
    new_patients: bool = True  # False: for those who have been here before.

    def name(self, language: str) -> str:
        return self.names.get(language) or next(iter(self.names.values()), self.code)


@dataclass(frozen=True, slots=True)
class Practitioner:
    key: int
    name: str  # "Dr Anita Patel": title, first and last name in the clinic's own spelling.
    first_name: str
    last_name: str
    specialties: tuple[str, ...]  # Codes.
    locations: tuple[int, ...]  # Keys, the usual one first.
    languages: tuple[str, ...] = ()
    # language -> title; a language without its own takes the clinic's first.
    titles: Mapping[str, str] = field(default_factory=dict)
    gender: str | None = None  # "female", "male", "other"; None: not said.
    fee_cents: int = 0  # Added to the price of the visit type.
    own_fees: Mapping[int, int] = field(default_factory=dict)  # By visit type, instead.

    def fee(self, visit_type: int) -> int:
        return self.own_fees.get(visit_type, self.fee_cents)

    def full_name(self, language: str) -> str:
        """ "Dra. Anita Patel": with the title of that language, as the clinic has it."""
        if language not in self.titles:
            return self.name
        return f"{self.titles[language]} {self.first_name} {self.last_name}".strip()

    def title(self, language: str) -> str:
        return self.titles.get(language) or next(iter(self.titles.values()), "")

    def title_and_surname(self, language: str) -> str:
        """ "Dr Patel": as a patient would say it."""
        return f"{self.title(language)} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """The clinic at one moment. `version` grows whenever the clinic's set-up changes.

    It is equal to itself only, so that what is worked out from it can be kept beside it.
    """

    clinic: str  # "Harbor Health"
    country: str  # ISO 3166-1 alpha-2: decides day/month order and the region of phone numbers.
    languages: tuple[str, ...]  # What the clinic's bot answers in; the first is the default.
    locations: tuple[Location, ...]  # The first one answers general questions.
    practitioners: tuple[Practitioner, ...] = ()
    specialties: tuple[Specialty, ...] = ()
    visit_types: tuple[VisitType, ...] = ()
    version: int = 0
    currency: str = "USD"  # ISO 4217
    # The clinic's own wording: language -> sentence -> its words.
    phrases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # Who and what is no longer there: never offered, but visits booked before speak of them.
    former_locations: tuple[Location, ...] = ()
    former_practitioners: tuple[Practitioner, ...] = ()
    former_visit_types: tuple[VisitType, ...] = ()

    def location(self, key: int) -> Location:
        places = chain(self.locations, self.former_locations)
        return next(place for place in places if place.key == key)

    def practitioner(self, key: int) -> Practitioner:
        people = chain(self.practitioners, self.former_practitioners)
        return next(person for person in people if person.key == key)

    def practitioner_named(self, name: str) -> Practitioner | None:
        return next((person for person in self.practitioners if person.name == name), None)

    def specialty(self, code: str) -> Specialty | None:
        return next((item for item in self.specialties if item.code == code), None)

    def visit_type(self, key: int) -> VisitType:
        kinds = chain(self.visit_types, self.former_visit_types)
        return next(kind for kind in kinds if kind.key == key)

    def location_named(self, name: str) -> Location | None:
        return next((place for place in self.locations if place.name == name), None)
