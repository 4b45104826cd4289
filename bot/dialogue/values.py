"""The things a dialogue speaks of: slots, visits and people, as frozen values.

Instants are aware; what a patient reads is put into the location's wall time when it is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.understanding.values import Person


@dataclass(frozen=True, slots=True)
class Slot:
    """A free stretch of time with one practitioner; numbers are keys of the `Directory`."""

    practitioner: int
    location: int
    visit_type: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """An appointment of somebody this address speaks for."""

    key: int
    public_id: str
    version: int
    patient: int
    patient_name: str
    practitioner: int
    location: int
    visit_type: int
    starts_at: datetime
    ends_at: datetime
    # The last instant at which the patient may still move it or give it up; None: not known.
    changeable_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody this address may book for."""

    key: int
    name: str
    relation: Person


class Refusal(StrEnum):
    """Why the clinic did not do what the dialogue asked for."""

    SLOT_TAKEN = "slot_taken"
    PATIENT_BUSY = "patient_busy"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    NOT_OFFERED = "not_offered"
    NOT_RELEASED = "not_released"
    DAY_FULL = "day_full"
    TOO_MANY_VISITS = "too_many_visits"
    TOO_MANY_PATIENTS = "too_many_patients"
    NO_NEW_PATIENTS = "no_new_patients"
    OTHER_AGE = "other_age"
    MUST_CALL = "must_call"
    BLOCKED = "blocked"
    NOT_FOUND = "not_found"
    CHANGED = "changed"
    BEGUN = "begun"
    TOO_LATE = "too_late"


class Alert(StrEnum):
    """What staff are told of at once; a task is opened for them."""

    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
    HANDOVER = "handover"
    WRONG_PERSON = "wrong_person"
    DECEASED = "deceased"
    MY_DATA = "my_data"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class SearchWindow:
    """Days (both included) and, on each, the hours a visit may start in; wall time."""

    day_from: date
    day_to: date
    minute_from: int = 0  # Minutes after midnight
    minute_until: int = 24 * 60


@dataclass(frozen=True, slots=True)
class Near:
    """A wish that could not be met exactly: slots are ranked by nearness to it."""

    day: date | None
    minute: int | None


def starts(slots: Iterable[Slot | Visit]) -> tuple[datetime, ...]:
    return tuple(item.starts_at for item in slots)
