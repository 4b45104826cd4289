"""Where a conversation stands: a frozen value, saved and read back at every turn."""

import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.dialogue.codec import decode, encode
from bot.dialogue.values import DAYS, EARLIER, LATER, Offered, Slot, Visit
from bot.dialogue.wait import Wait
from bot.dialogue.when import When
from bot.messages import Asked
from bot.understanding.values import EmergencyKind, Named, Person, Wish

# Raised when an older state can no longer be read as it is; such a one starts the talk afresh.
VERSION = 1

# Interrupted tasks that are come back to; with more, nobody would remember the first.
MOST_ASIDE = 2


class Task(StrEnum):
    """What a conversation is about at the moment. The names are public (`frontdesk chat`)."""

    BOOK = "book"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    CONFIRM = "confirm"
    WAITLIST = "waitlist"
    REGISTER = "register"
    VERIFY = "verify"
    ARRIVE = "arrive"
    LATE = "late"
    FEEDBACK = "feedback"
    REMINDER = "reminder"
    OFFER = "offer"
    REBOOK = "rebook"


class Proving(StrEnum):
    """How far proving who somebody is has come."""

    OFFERED = "offered"  # It would help; they may decline.
    WANTED = "wanted"
    SENT = "sent"  # A code is on its way, if there is where to send it.


@dataclass(frozen=True, slots=True)
class Companion:
    """One of several people who come together."""

    patient: int
    name: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Whom this conversation has just noted, as it was said: it may still be put right."""

    patient: int
    name: str
    date_of_birth: date
    person: Person | None = None


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
    visits: tuple[Visit, ...] = ()  # And those that are to be given up with it.
    offer: tuple[Slot, ...] = ()
    offer_is_exact: bool = True
    refused: tuple[datetime, ...] = ()  # Starts that were offered and not wanted.
    slot: Slot | None = None  # The one that was chosen.
    leaving: bool = False  # The waitlist, not joining it.
    minutes: int | None = None  # By how many they will be late.
    rating: float | None = None
    not_practitioners: tuple[int, ...] = ()  # "Another doctor" than these.
    candidates: tuple[int, ...] = ()  # Of one name, say: among whom one is, or was, chosen.
    usual: tuple[str, ...] = ()  # What is to be as it was last time: "practitioner", "time".
    # Visits of several people, one after the other (or at once): who they are, as it was said;
    # those of them who are known by now; and the slots that follow the chosen one.
    together: int = 1
    at_once: bool = False
    persons: tuple[Person, ...] = ()
    companions: tuple[Companion, ...] = ()
    named: tuple[Named, ...] = ()  # Those of them who were named ahead, and not taken down yet.
    following: tuple[Slot, ...] = ()
    proving: Proving | None = None
    goal: Wish | None = None  # What is wanted once it is proved who they are.
    corrects: int | None = None  # Who was noted, and is called otherwise.
    named_last: bool = False  # Who it is for was the last that they answered.
    offered: Offered | None = None  # From the waitlist.
    in_place_of: Visit | None = None  # Of somebody else: it is to be this patient's instead.

    @property
    def held(self) -> tuple[Slot, ...]:
        return (self.slot,) if self.slot else ()

    @property
    def shown(self) -> tuple[Slot, ...]:
        """What the patient speaks of now: the slot that was chosen, else all on offer."""
        return self.held or self.offer


@dataclass(frozen=True, slots=True)
class Question:
    """What the last reply asks. `options` are the meanings of its choices, in order; `labels`
    their words as the patient read them; `list_id` names this list, so that an older one is
    recognised."""

    asked: Asked
    options: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    list_id: str = ""
    key: str = ""  # The sentence that asked it.
    days_from: date | None = None  # The first day of the page that was shown with it.
    unasked: bool = False  # The clinic began to speak: a reminder, an offer, a survey.

    def code_at(self, index: int) -> str | None:
        """Return what the `index`-th place (1-based) of the list means, None if there is none: a
        choice; or, of a page, a day or the page to turn to."""
        if 0 < index <= len(self.options):
            return self.options[index - 1]
        if self.days_from is None or self.options:
            return None
        if 0 < index <= DAYS:
            return f"day:{self.days_from + timedelta(days=index - 1)}"
        turned = {EARLIER: -DAYS, LATER: DAYS}.get(index)
        return f"days:{self.days_from + timedelta(days=turned)}" if turned else None


@dataclass(frozen=True, slots=True)
class Hold:
    """What the clinic keeps for this conversation: for whom, once that is known, and until when;
    and which visit of theirs is so much alike that we ask whether they want both."""

    slot: Slot
    patient: int | None
    until: datetime
    beside: Visit | None = None


class DeedKind(StrEnum):
    """What was done last, and may be undone for a while."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    CONFIRMED = "confirmed"
    LATE = "late"
    WAITLISTED = "waitlisted"
    LEFT_WAITLIST = "left_waitlist"
    GIVEN = "given"  # From one patient to another: the visit as it is, and in `others` as it was.


# After these there is a visit to speak of.
SETTLED = frozenset({DeedKind.BOOKED, DeedKind.MOVED, DeedKind.GIVEN})


@dataclass(frozen=True, slots=True)
class Deed:
    """`visit`, or `wait`: what it was done to, as it stands since; `others` in the same breath."""

    kind: DeedKind
    visit: Visit | None = None
    others: tuple[Visit, ...] = ()
    wait: Wait | None = None


@dataclass(frozen=True, slots=True)
class State:
    draft: Draft | None = None
    question: Question | None = None
    held: Hold | None = None
    visits: tuple[Visit, ...] = ()  # Listed last: what "it" and "the second" mean.
    lists: int = 0  # How many lists this conversation has seen; gives each its id.
    misses: int = 0  # Messages in a row that were not understood.
    stalled: int = 0  # Answers in a row that brought nothing new.
    aside: tuple[Draft, ...] = ()  # Tasks begun and interrupted by another, the latest last.
    wishes: tuple[Wish, ...] = ()  # Said together with another, and still to be seen to.
    done: Deed | None = None
    proof_offered: bool = False  # Once in a conversation is enough.
    alarmed: EmergencyKind | None = None  # They wrote of danger, and of nothing else since.
    warned: bool = False  # They were asked once to stay friendly.
    about: Wish | None = None  # The question that was answered last.
    noted: tuple[Noted, ...] = ()  # The latest last.
    put_to_staff: tuple[str, ...] = ()  # Topics that staff have been asked about.
    said: tuple[str, ...] = ()  # The sentences of the last reply, by name.
    left: Draft | None = None  # Begun long ago, and not gone on with.
    guessed: Wish | None = None  # What it asks about: "would you like to move a visit?"

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

    def reopened(self, draft: Draft, question: Question) -> "State":
        """Return the state in which a question that the clinic asked before is open again; what
        was open waits."""
        open_now = (self.draft,) if self.draft and self.draft.task is not Task.FEEDBACK else ()
        aside = (*self.aside, *open_now)[-MOST_ASIDE:]
        return replace(self, draft=draft, question=question, aside=aside)

    def with_labels(self, labels: tuple[str, ...]) -> "State":
        """Return the state with the words that the open question's choices were given."""
        if self.question is None:
            return self
        return replace(self, question=replace(self.question, labels=labels))
