"""What is understood of a message: frozen values, the only thing the dialogue sees of a text."""

import datetime as dt  # Two entities are named `date` and `time`.
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter

from bot.directory import Directory


class Intent(StrEnum):
    """What the patient wants. The names are public (`frontdesk understand`)."""

    BOOK = "book"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    CONFIRM = "confirm"
    LIST = "list"
    REGISTER = "register"
    VERIFY = "verify"
    AVAILABILITY = "availability"
    WAITLIST = "waitlist"
    ASK = "ask"
    INFORM = "inform"  # Only entities, for the task in hand.
    YES = "yes"
    NO = "no"
    ALTERNATIVES = "alternatives"
    BACK = "back"
    UNDO = "undo"
    SKIP = "skip"
    REPEAT = "repeat"
    MORE = "more"
    RESTART = "restart"
    LATE = "late"
    ARRIVED = "arrived"
    GREET = "greet"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    HELP = "help"
    HUMAN = "human"
    LANGUAGE = "language"
    MY_DATA = "my_data"
    WRONG_PERSON = "wrong_person"
    DECEASED = "deceased"
    ABUSE = "abuse"
    EMERGENCY = "emergency"
    STOP = "stop"
    START = "start"
    OUT_OF_SCOPE = "out_of_scope"


class PartOfDay(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"


class Flexible(StrEnum):
    SOONER = "sooner"
    LATER = "later"
    EARLIEST = "earliest"
    LATEST = "latest"
    ANY = "any"


class Person(StrEnum):
    SELF = "self"
    CHILD = "child"
    DAUGHTER = "daughter"
    SON = "son"
    PARENT = "parent"
    PARTNER = "partner"
    OTHER = "other"


class EmergencyKind(StrEnum):
    MEDICAL = "medical"
    SELF_HARM = "self_harm"
    VIOLENCE = "violence"


@dataclass(frozen=True, slots=True)
class Named:
    """One of several people, as a message names them: "Anna 2/5/2014"."""

    name: str
    date_of_birth: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Entities:
    """What was named in a message; None or empty means "not said".

    `practitioner`, `specialty`, `visit_type` and `location` are the clinic's own names, exactly
    as the `Directory` has them (a specialty and a visit type by their stable code inside the
    program; `frontdesk understand` prints the name). `ambiguous` lists the names of those
    entities that must be asked back; for a practitioner, `candidates` then holds the names that
    fit; none does where they named somebody who does not work here.
    """

    date: dt.date | None = None
    date_from: dt.date | None = None  # Both ends are included.
    date_to: dt.date | None = None
    dates: tuple[dt.date, ...] = ()
    not_dates: tuple[dt.date, ...] = ()
    weekday: int | None = None  # 0 = Monday; said without a week, and resolved in `date` too.
    weekdays: tuple[int, ...] = ()
    not_weekdays: tuple[int, ...] = ()
    time: dt.time | None = None
    time_from: dt.time | None = None
    time_to: dt.time | None = None
    visit_date: dt.date | None = (
        None  # Of the visit meant: "move my Tuesday appointment to Friday".
    )
    visit_time: dt.time | None = None
    part_of_day: PartOfDay | None = None
    flexible: Flexible | None = None
    shift_minutes: int | None = None  # "an hour later" -> 60, relative to what was offered.
    same: tuple[str, ...] = ()  # Names of entities that stay as they were: "same time Thursday".
    other: tuple[str, ...] = ()  # And of those that must not: "another doctor", "other days".
    choice: int | None = None  # 1-based; -1 is "the last one" of a list that is not known.
    practitioner: str | None = None
    candidates: tuple[str, ...] = ()
    not_practitioners: tuple[str, ...] = ()  # "anyone but Dr Patel"
    anyone: bool | None = None  # Whoever it is with: "any doctor"
    gender: str | None = None  # "female", "male": of the practitioner who is wanted.
    speaks: str | None = None  # Their language, ISO 639-1: "a dentist who speaks Spanish".
    specialty: str | None = None
    visit_type: str | None = None
    location: str | None = None
    usual: bool | None = None  # "my doctor", "same as last time"
    directly_after: bool | None = None  # "Right after that": the visit that was just settled.
    person: Person | None = None
    # How many visits, or people to come one after the other, where it is more than one; and who
    # they are, as far as that is said: "for me and my wife", "both kids", "cancel both".
    together: int | None = None
    persons: tuple[Person, ...] = ()
    at_once: bool | None = None  # At the same time, not one after the other.
    named: tuple[Named, ...] = ()  # Those of several people who are called by name, in order.
    name: str | None = None
    date_of_birth: dt.date | None = None
    phone: str | None = None  # E.164
    rating: float | None = None
    language: str | None = None  # ISO 639-1
    kind: EmergencyKind | None = None
    threat: bool | None = None  # The danger is the writer, for the clinic's people.
    help_is_coming: bool | None = None  # Of an emergency nothing is said but this.
    # What a question (`ask`) is about: hours, address, price, ...; of the waitlist whether to
    # `leave` or to `show` it, of one's data whether we `copy` or `delete` it.
    topic: str | None = None
    minutes: int | None = None  # By how many they will be late.
    all: bool | None = None  # All of the visits that there are: "confirm both".
    ambiguous: tuple[str, ...] = ()

    def said(self) -> frozenset[str]:
        """The names of the entities that this message gave."""
        return frozenset(
            name for name, value in zip(_NAMES, _ALL(self), strict=True) if value not in (None, ())
        )


_NAMES = tuple(item.name for item in fields(Entities))
_ALL = attrgetter(*_NAMES)  # One call for all of them: this is asked many times a turn.


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing wanted; a message may hold several."""

    intent: Intent
    entities: Entities = field(default_factory=Entities)


@dataclass(frozen=True, slots=True)
class Understanding:
    """One message, understood. `confidence` is between 0 and 1."""

    intent: Intent
    confidence: float
    entities: Entities
    language: str
    also: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferedSlot:
    """A slot the patient has been shown, in wall time of its location."""

    starts_at: dt.datetime
    practitioner: str


@dataclass(frozen=True, slots=True)
class Context:
    """What decides the meaning of a message besides its words.

    `now` is aware, in the zone that words like "tomorrow" mean. `asked` is the kind of the open
    question (the list in `bot.messages.Asked`), None when none is open. `labels` are the choices
    that the open question lists, in order, so that a patient may answer with their words.
    """

    now: dt.datetime
    directory: Directory
    asked: str | None = None
    offer: tuple[OfferedSlot, ...] = ()
    labels: tuple[str, ...] = ()
    language: str | None = None  # The stored choice, else what the provider says, else None.
    # Practitioners among whom one must be, or was, chosen: "the other one", "the woman".
    namesakes: tuple[str, ...] = ()
    people: tuple[str, ...] = ()  # Whom the writer may speak for, by name.
    locale: str | None = None  # "en-GB": day/month order, when it is not the clinic's country's.


# How sure an understanding must be (`Understanding.confidence`) before anything is done about it.
ACT = 0.75  # From here on it is acted upon.
ASK = 0.45  # From here on it is asked back ("Do you want to cancel?"); below, it is not understood.
