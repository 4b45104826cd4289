"""What the dialogue may ask of the clinic: imperatives.

`bot.reception` performs them; nothing here knows how. What may be heard back is in `outcomes`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from bot.dialogue.values import (
    Alert,
    Claimed,
    Near,
    SearchWindow,
    Slot,
    Visit,
)
from bot.dialogue.wait import Wait
from bot.understanding.values import Person


@dataclass(frozen=True, slots=True)
class FindSlots:
    """Find free slots. Without `windows`: from now on. `near` is what to come close to when
    nothing fits exactly, or at once when it is `around` that is asked for; with `nearest_first`
    those that do fit are ranked by it, too. `avoid` are starts already offered and refused.
    `in_a_row`: so many visits, one directly after the other, with the same practitioner."""

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
    exactly: bool = False  # No near misses.
    nearest_first: bool = False
    avoid: tuple[datetime, ...] = ()
    not_practitioners: tuple[int, ...] = ()
    in_a_row: int = 1
    moves: Visit | None = None
    patient: int | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class FindUsual:
    """With whom, for what, where and when was the last visit that this address may know of? Of that
    patient; None: of anybody it speaks for, the writer first. With somebody of that specialty,
    where one is named."""

    patient: int | None
    specialty: str | None = None
    unasked: bool = False  # It is we who bring it up: nothing that others should not read.


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
class CorrectPatient:
    """Put right what was just said of somebody; where the clinic may not change it by our word, it
    is somebody else who is meant, as if it had been said so at first."""

    patient: int
    claimed: Claimed


@dataclass(frozen=True, slots=True)
class ReportMistake:
    """What is on file of the patient is wrong, as they wrote: staff look at it."""

    patient: int
    text: str


@dataclass(frozen=True, slots=True)
class SendCode:
    """Send a code to where the patient is proved already, if anywhere: of somebody known here, or
    of whom the writer says they are."""

    patient: int | None = None
    claimed: Claimed | None = None


@dataclass(frozen=True, slots=True)
class TryCode:
    code: str
    claimed: Claimed | None = None


@dataclass(frozen=True, slots=True)
class ProveByContact:
    """The writer's own number, as their messenger vouches for it."""

    phone: str


@dataclass(frozen=True, slots=True)
class Disown:
    """This address is not theirs whom we took it for. `surely`: it was said; else it is so only if
    we took it for anybody's."""

    surely: bool = True


@dataclass(frozen=True, slots=True)
class ReportDeath:
    """Somebody has died: the person, or the name, that was said."""

    person: Person | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class FindVisits:
    """The visits ahead that this address may see, soonest first."""


@dataclass(frozen=True, slots=True)
class FindAgain:
    """These visits as they are now: those that are still ahead."""

    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class BookVisit:
    slot: Slot
    patient: int


@dataclass(frozen=True, slots=True)
class GiveVisitTo:
    """Book this time for that patient instead: all of it is done, or nothing."""

    visit: Visit
    patient: int


@dataclass(frozen=True, slots=True)
class MoveVisit:
    visit: Visit
    slot: Slot


@dataclass(frozen=True, slots=True)
class CancelVisit:
    visit: Visit


@dataclass(frozen=True, slots=True)
class ConfirmVisit:
    visit: Visit


@dataclass(frozen=True, slots=True)
class ReportArrival:
    """Tell staff that the patient is there; None: we know of no visit now."""

    visit: Visit | None


@dataclass(frozen=True, slots=True)
class NoteDelay:
    """Tell staff by how much the patient will be late; None: they will be on time after all."""

    visit: Visit
    minutes: int | None


@dataclass(frozen=True, slots=True)
class FindWaits:
    """What do the people of this address wait for?"""


@dataclass(frozen=True, slots=True)
class JoinWaitlist:
    wait: Wait


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    """Take the time that was offered; the visit that there is moves up, or there is one more."""

    key: int


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    """Not that one; they go on waiting."""

    key: int


@dataclass(frozen=True, slots=True)
class LeaveWaitlist:
    key: int


@dataclass(frozen=True, slots=True)
class KeepRating:
    """Keep what a visit was rated, in halves of a mark: 2 to 10."""

    visit: Visit
    halves: int


@dataclass(frozen=True, slots=True)
class KeepComment:
    visit: Visit
    text: str


@dataclass(frozen=True, slots=True)
class RequestData:
    """Have staff answer somebody about their data; `wish`: a `copy` of it, or to `delete` it."""

    wish: str | None


@dataclass(frozen=True, slots=True)
class UseNames:
    """Say the first names of those whom this address speaks for in what it is sent, or do not."""

    may: bool


@dataclass(frozen=True, slots=True)
class AgreeToOffers:
    """News and offers may be sent to this address, or may not any more."""

    may: bool


@dataclass(frozen=True, slots=True)
class UndoLast:
    """Take back what was done to this visit a moment ago."""

    visit: Visit


@dataclass(frozen=True, slots=True)
class FindPresence:
    """When do these practitioners see patients? In a usual week, and around `day` (None: today)."""

    practitioners: tuple[int, ...]
    day: date | None = None


@dataclass(frozen=True, slots=True)
class FindTerms:
    """On which terms do these practitioners offer these visits?"""

    practitioners: tuple[int, ...]
    visit_types: tuple[int, ...]
    location: int | None = None


@dataclass(frozen=True, slots=True)
class AskStaff:
    """Put a question to staff that the clinic's file does not answer."""

    question: str


@dataclass(frozen=True, slots=True)
class AlertStaff:
    alert: Alert


@dataclass(frozen=True, slots=True)
class HandOver:
    """Let somebody of the clinic answer in this conversation; it is about that location."""

    location: int


@dataclass(frozen=True, slots=True)
class OptOut:
    """Send no message any more that is no answer."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """The patient would rather go on with us than wait for a person."""


Command = (
    FindSlots
    | FindUsual
    | HoldSlot
    | ReleaseHold
    | FindPeople
    | RegisterPatient
    | CorrectPatient
    | ReportMistake
    | SendCode
    | TryCode
    | ProveByContact
    | Disown
    | ReportDeath
    | FindVisits
    | FindAgain
    | BookVisit
    | GiveVisitTo
    | MoveVisit
    | CancelVisit
    | ConfirmVisit
    | ReportArrival
    | NoteDelay
    | FindWaits
    | JoinWaitlist
    | LeaveWaitlist
    | AcceptOffer
    | DeclineOffer
    | KeepRating
    | KeepComment
    | RequestData
    | UndoLast
    | FindPresence
    | FindTerms
    | AskStaff
    | AlertStaff
    | HandOver
    | OptOut
    | UseNames
    | AgreeToOffers
    | TakeBack
)
