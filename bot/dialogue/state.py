"""Where a conversation stands: a frozen value, saved and read back at every turn."""

import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from bot.dialogue.codec import decode, encode
from bot.dialogue.values import Slot, Visit
from bot.dialogue.when import When
from bot.messages import Asked
from bot.understanding.values import Person

# Raised when an older state can no longer be read as it is; such a one starts the talk afresh.
VERSION = 1


class Task(StrEnum):
    """What a conversation is about at the moment. The names are public (`frontdesk chat`)."""

    BOOK = "book"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Draft:
    """What we have been told so far for one task."""

    task: Task
    practitioner: int | None = None
    specialty: str | None = None
    location: int | None = None
    visit_type: int | None = None
    when: When = field(default_factory=When)
    # Whose visit: the relation as said, then the record once it is known.
    person: Person | None = None
    patient: int | None = None
    patient_name: str | None = None
    is_new: bool = False  # Somebody whom this address has not booked for, as they told us.
    name: str | None = None
    date_of_birth: date | None = None
    visit: Visit | None = None  # The one to be moved or cancelled.
    offer: tuple[Slot, ...] = ()
    offer_is_exact: bool = True
    refused: tuple[datetime, ...] = ()  # Starts that were offered and not wanted.
    slot: Slot | None = None  # The one that was chosen.


@dataclass(frozen=True, slots=True)
class Question:
    """What the last reply asks. `options` are the meanings of its choices, in order; `labels`
    their words as the patient read them; `list_id` names this list, so that an older one is
    recognised."""

    asked: Asked
    options: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    list_id: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """What the clinic keeps for this conversation: for whom, once that is known, and until when;
    and which visit of theirs is so much alike that we ask whether they want both."""

    slot: Slot
    patient: int | None
    until: datetime
    beside: Visit | None = None


@dataclass(frozen=True, slots=True)
class State:
    draft: Draft | None = None
    question: Question | None = None
    held: Hold | None = None
    visits: tuple[Visit, ...] = ()  # Listed last: what "it" and "the second" mean.
    lists: int = 0  # How many lists this conversation has seen; gives each its id.
    misses: int = 0  # Messages in a row that were not understood.

    def to_json(self) -> str:
        return json.dumps({"version": VERSION} | encode(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | None) -> "State":
        """Return the state; a fresh one when there is none, or it is of a form no longer known."""
        if text is None:
            return cls()
        data = json.loads(text)
        if data.pop("version", None) != VERSION:
            return cls()
        state: State = decode(cls, data)
        return state

    def with_labels(self, labels: tuple[str, ...]) -> "State":
        """Return the state with the words that the open question's choices were given."""
        if self.question is None:
            return self
        return replace(self, question=replace(self.question, labels=labels))
