"""The things a dialogue speaks of: slots, visits and people, as frozen values.

Instants are aware; what a patient reads is put into the location's wall time when it is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
class Offered:
    """A time that has come free, offered to somebody who waits for it. `instead_of`: their visit,
    which would move up. `gone`: they know that somebody else was quicker."""

    key: int
    slot: Slot
    instead_of: Visit | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Somebody this address may book for. `is_proved`: and whose visits it may see, all of them."""

    key: int
    name: str
    relation: Person
    is_proved: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who somebody says they are, or write for."""

    first_name: str
    last_name: str
    date_of_birth: date
    relation: Person


class Proof(StrEnum):
    """What became of a code that was written back, or of a shared number."""

    PROVED = "proved"
    WRONG = "wrong"  # It may be tried again.
    FAILED = "failed"  # Once too often: staff take over.
    OVER = "over"  # There is no code, or its time is up.


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
    TOO_MANY_CODES = "too_many_codes"
    NO_NEW_PATIENTS = "no_new_patients"
    OTHER_AGE = "other_age"
    SEES_OTHER_AGES = "sees_other_ages"
    MUST_CALL = "must_call"
    BLOCKED = "blocked"
    NOT_FOUND = "not_found"
    CHANGED = "changed"
    BEGUN = "begun"
    TOO_LATE = "too_late"
    NOTHING_TO_UNDO = "nothing_to_undo"
    PENDING = "pending"
    TOO_MANY_WAITS = "too_many_waits"
    WAIT_NOT_FOUND = "wait_not_found"
    OFFER_GONE = "offer_gone"


class Alert(StrEnum):
    """What staff are told of at once; a task is opened for them."""

    EMERGENCY = "emergency"
    SELF_HARM = "self_harm"
    THREAT = "threat"
    ABUSE = "abuse"


@dataclass(frozen=True, slots=True)
class Opening:
    """When a location opens next."""

    location: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class SearchWindow:
    """Days (both included) and, on each, the hours a visit may start in; wall time."""

    day_from: date
    day_to: date
    minute_from: int = 0  # Minutes after midnight
    minute_until: int = 24 * 60


DAYS = 35  # Five weeks on one page.
EARLIER, LATER = DAYS + 1, DAYS + 2  # The places of what turns the page.


@dataclass(frozen=True, slots=True)
class ShownDays:
    """A page of days from `first` on; `free` are those with a time that fits."""

    first: date
    free: frozenset[date]
    has_earlier: bool = False
    has_later: bool = False

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=each) for each in range(DAYS))


@dataclass(frozen=True, slots=True)
class Near:
    """A wish that could not be met exactly: slots are ranked by nearness to it."""

    day: date | None
    minute: int | None


def starts(slots: Iterable[Slot | Visit]) -> tuple[datetime, ...]:
    return tuple(item.starts_at for item in slots)
