"""What a replay is about: the words of a recorded patient, what they wanted, and of whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from bot.messages import Asked


@dataclass(frozen=True, slots=True)
class Said:
    """One recorded turn of the patient, and what it is good for."""

    text: str
    gives: frozenset[Asked] = frozenset()  # What it would answer.
    agrees: bool = False
    refuses: bool = False  # Or asks for something else.
    closes: bool = False  # Thanks and goodbye.

    @property
    def is_aside(self) -> bool:
        """Neither a fact nor an answer: a question, or small talk."""
        return not (self.gives or self.agrees or self.refuses or self.closes)


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that the patient wanted in the end. What is None did not matter to them."""

    practitioner: str | None = None  # First and last name, as the clinic of the scene has them.
    starts: tuple[datetime, ...] = ()  # Wall time; any of them.
    day: date | None = None
    first_name: str | None = None
    relation: str = "self"


@dataclass(frozen=True, slots=True)
class Person:
    """A practitioner of the clinic."""

    first_name: str
    last_name: str
    place: str
    specialty: str  # A code.
    title: str = "Dr"
    capacity: int = 1

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True)
class Taken:
    """A time that nobody can have any more, or no more than `seats_left` people."""

    practitioner: str
    start: datetime  # Wall time
    seats_left: int = 0


@dataclass(frozen=True, slots=True)
class ClinicPlan:
    """The clinic that the recording speaks of."""

    people: tuple[Person, ...]
    specialties: tuple[str, ...]  # Codes.
    slot_minutes: int
    hours: str  # Of every day, "08:00-20:00".
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """A recording, ready to be played. `visits` are what is to be booked; without any the patient
    only looked for somebody (`finds`), or heard that a time is taken (`turned_down`)."""

    id: str
    now: datetime  # Wall time of the clinic.
    said: tuple[Said, ...]
    clinic: ClinicPlan
    visits: tuple[Visit, ...] = ()
    finds: str | None = None  # The name of whom they settled on.
    turned_down: Taken | None = None
    excluded: str | None = None  # Why nobody could reach that goal.

    @property
    def wanted(self) -> str:
        """The goal in words, for a reader of the report."""
        return "; ".join(self._wishes())

    def _wishes(self) -> Iterator[str]:
        for visit in self.visits:
            times = " or ".join(f"{start:%a %d %b %H:%M}" for start in visit.starts)
            day = f"{visit.day:%a %d %b}" if visit.day else "any time"
            who = visit.practitioner or "anyone"
            yield f"{visit.first_name or 'a visit'}: {who}, {times or day}"
        if self.finds:
            yield f"find {self.finds}"
        if self.turned_down:
            yield f"hear that {self.turned_down.start:%a %d %b %H:%M} is taken"
