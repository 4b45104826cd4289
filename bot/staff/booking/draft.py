"""What somebody of staff is about to do, as far as they have said it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.dialogue.turn import Option, Say
from bot.dialogue.values import Slot
from bot.dialogue.when import When
from bot.staff.reading import Asked, Person


class Doing(StrEnum):
    BOOK = "book"
    WALK_IN = "walkin"
    MOVE = "move"
    CANCEL = "cancel"


class Wants(StrEnum):
    """What was asked for last: what typed words are."""

    NOTHING = ""
    WHO = "who"
    NAME = "name"  # Of somebody who is new.
    PHONE = "phone"
    VISIT = "visit"
    TIME = "time"
    YES = "yes"
    REASON = "reason"  # Why a rule is passed over, or why a visit is called off.


@dataclass(frozen=True, slots=True)
class Draft:
    """`number` tells its buttons from another draft's. For whom: `patient`, or a `newcomer`, who
    has no record; `guess`: who was looked for in vain, and may be new. Which visit is moved or
    called off: `visit`, as of `version`. `offered`: the starts that were shown already; `override`:
    why a rule is passed over; `tells`: the patient hears of it."""

    doing: Doing
    number: int
    wants: Wants = Wants.NOTHING
    patient: int | None = None
    newcomer: Person | None = None
    has_no_phone: bool = False
    guess: Person | None = None
    visit: int | None = None
    version: int = 0
    practitioner: int | None = None
    location: int | None = None
    visit_type: int | None = None
    specialty: str | None = None
    when: When = field(default_factory=When)
    slot: Slot | None = None
    offered: tuple[datetime, ...] = ()
    override: str = ""
    tells: bool = True
    afterwards: bool = False  # It stood on paper: the time has passed.

    @property
    def has_somebody(self) -> bool:
        return self.patient is not None or self.newcomer is not None

    def time(self) -> Slot:
        """Return the slot of a draft that has one: whatever is done, it is shown with it before."""
        if self.slot is None:
            raise ValueError("expected a draft with a time")
        return self.slot

    def moved(self) -> int:
        """Return the visit of a draft that moves one, or calls it off."""
        if self.visit is None:
            raise ValueError("expected a draft about a visit")
        return self.visit

    def told(self, asked: Asked) -> "Draft":
        """Return it after these words: what is named is wanted from now on, and what was chosen
        before gives way to it."""
        when = self.when.told(asked.said)
        changed = replace(
            self,
            practitioner=asked.practitioner or self.practitioner,
            location=asked.location or self.location,
            visit_type=asked.visit_type or self.visit_type,
            specialty=asked.said.specialty or self.specialty,
            when=when,
        )
        return (
            self
            if changed == self
            else replace(changed, slot=None, offered=(), override="", afterwards=False)
        )

    def option(self, verb: str, *about: object, label: Say) -> Option:
        """Return a button that goes on with this draft, and with no other."""
        return Option(":".join(map(str, ("draft", self.number, verb, *about))), label)
