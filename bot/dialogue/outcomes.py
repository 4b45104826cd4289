"""What the dialogue may hear back from the clinic: past participles, one for each command."""

from dataclasses import dataclass
from datetime import date, datetime

from bot.dialogue.questions.facts import Presence, Terms
from bot.dialogue.values import (
    KnownPerson,
    Proof,
    Refusal,
    Slot,
    Visit,
)
from bot.dialogue.wait import Wait


@dataclass(frozen=True, slots=True)
class SlotsFound:
    """`exact` slots fit the wish in all its parts; else they are the nearest there are.
    `following`: of each slot, those directly after it, where visits in a row were looked for."""

    slots: tuple[Slot, ...]
    exact: bool = True
    following: tuple[tuple[Slot, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class UsualFound:
    """`last` is None where there was no visit, or none to speak of."""

    last: Slot | None


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
    """`was_known`: this address spoke for them before."""

    person: KnownPerson
    was_known: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """What a proof came to; `person` is known by it now."""

    proof: Proof
    person: KnownPerson | None = None


@dataclass(frozen=True, slots=True)
class Disowned:
    """`anybody`: we did take the address for somebody's."""

    anybody: bool


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
class VisitConfirmed:
    """`was_so`: it had been confirmed before."""

    visit: Visit
    was_so: bool = False


@dataclass(frozen=True, slots=True)
class DelayNoted:
    """`can_wait`: they are waited for that long."""

    can_wait: bool = True


@dataclass(frozen=True, slots=True)
class WaitsFound:
    waits: tuple[Wait, ...]


@dataclass(frozen=True, slots=True)
class Waitlisted:
    """`before`: what they waited for with the same people until now."""

    wait: Wait
    before: Wait | None = None


@dataclass(frozen=True, slots=True)
class DataRequested:
    """Staff answer by that day."""

    until: date


@dataclass(frozen=True, slots=True)
class Undone:
    """The visit is as it was before; a booking was never meant."""

    visit: Visit


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Somebody answers within so many minutes; or after `opens_at`, where nobody is there now.
    Neither: the opening hours are not known."""

    minutes: int | None = None
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PresenceFound:
    """One entry for each practitioner and place; none for whoever has no hours."""

    presences: tuple[Presence, ...]


@dataclass(frozen=True, slots=True)
class TermsFound:
    """`notice_hours`: how long before a visit it may still be moved or given up here;
    `grace_minutes`: how late one may be."""

    terms: tuple[Terms, ...]
    notice_hours: int = 0
    grace_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing to tell beyond that it was done."""


Outcome = (
    SlotsFound
    | UsualFound
    | SlotHeld
    | PeopleFound
    | PatientRegistered
    | Tried
    | Disowned
    | VisitsFound
    | VisitBooked
    | VisitMoved
    | VisitCancelled
    | VisitConfirmed
    | DelayNoted
    | WaitsFound
    | Waitlisted
    | DataRequested
    | Undone
    | PresenceFound
    | TermsFound
    | HandedOver
    | Refused
    | Done
)
