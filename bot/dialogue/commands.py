"""What the dialogue may ask of the clinic, and what it may hear back.

Commands are imperatives, outcomes past participles. `bot.reception` performs them; nothing here
knows how.
"""

from dataclasses import dataclass
from datetime import date, datetime

from bot.dialogue.values import Alert, KnownPerson, Near, Refusal, SearchWindow, Slot, Visit
from bot.understanding.values import Person


@dataclass(frozen=True, slots=True)
class FindSlots:
    """Find free slots. Without `windows`: from now on. `near` is what to come close to when
    nothing fits exactly, or at once when it is `around` that is asked for; `avoid` are starts
    already offered and refused."""

    practitioner: int | None
    specialty: str | None
    location: int | None
    visit_type: int | None
    windows: tuple[SearchWindow, ...]
    weekdays: tuple[int, ...] = ()
    not_weekdays: tuple[int, ...] = ()
    not_days: tuple[date, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    near: Near | None = None
    around: bool = False
    avoid: tuple[datetime, ...] = ()
    moves: Visit | None = None
    patient: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class HoldSlot:
    """Keep the slot while the patient is asked. `held` is what this conversation holds so far: the
    same slot has its term renewed, another is given back."""

    slot: Slot
    patient: int | None = None
    moves: Visit | None = None
    held: Slot | None = None


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Give back the slot that this conversation holds, if any."""


@dataclass(frozen=True, slots=True)
class FindPeople:
    """Who does this address speak for?"""


@dataclass(frozen=True, slots=True)
class RegisterPatient:
    first_name: str
    last_name: str
    date_of_birth: date
    relation: Person


@dataclass(frozen=True, slots=True)
class FindVisits:
    """The visits ahead that this address may see, soonest first."""


@dataclass(frozen=True, slots=True)
class BookVisit:
    slot: Slot
    patient: int


@dataclass(frozen=True, slots=True)
class MoveVisit:
    visit: Visit
    slot: Slot


@dataclass(frozen=True, slots=True)
class CancelVisit:
    visit: Visit


@dataclass(frozen=True, slots=True)
class AlertStaff:
    alert: Alert


Command = (
    FindSlots
    | HoldSlot
    | ReleaseHold
    | FindPeople
    | RegisterPatient
    | FindVisits
    | BookVisit
    | MoveVisit
    | CancelVisit
    | AlertStaff
)


@dataclass(frozen=True, slots=True)
class SlotsFound:
    """`exact` slots fit the wish in all its parts; else they are the nearest there are."""

    slots: tuple[Slot, ...]
    exact: bool = True


@dataclass(frozen=True, slots=True)
class SlotHeld:
    """`beside` is a visit of the patient so much alike that a second one may be a mistake."""

    slot: Slot
    until: datetime
    beside: Visit | None = None


@dataclass(frozen=True, slots=True)
class PeopleFound:
    people: tuple[KnownPerson, ...]


@dataclass(frozen=True, slots=True)
class PatientRegistered:
    person: KnownPerson


@dataclass(frozen=True, slots=True)
class VisitsFound:
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class VisitBooked:
    """`missed` is how many visits the patient is to be reminded of having missed; 0: none."""

    visit: Visit
    needs_approval: bool = False
    missed: int = 0


@dataclass(frozen=True, slots=True)
class VisitMoved:
    visit: Visit
    needs_approval: bool = False


@dataclass(frozen=True, slots=True)
class VisitCancelled:
    visit: Visit


@dataclass(frozen=True, slots=True)
class Refused:
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing to tell beyond that it was done."""


Outcome = (
    SlotsFound
    | SlotHeld
    | PeopleFound
    | PatientRegistered
    | VisitsFound
    | VisitBooked
    | VisitMoved
    | VisitCancelled
    | Refused
    | Done
)
