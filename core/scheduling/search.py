"""What is looked for, and what is found."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple


class Slot(NamedTuple):
    """A stretch of time that can be booked, `[starts_at, ends_at)` in UTC; never stored. A tuple,
    because a search makes hundreds."""

    practitioner_id: int
    location_id: int
    visit_type_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """Days (both included) and, if given, the wall time of the slot's location at which the visit
    may start: from `time_from` on, before `time_to`."""

    day_from: date
    day_to: date
    time_from: time | None = None
    time_to: time | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; what is left out does not matter."""

    practitioner_ids: frozenset[int] | None = None
    specialty: str | None = None  # Its code
    location_id: int | None = None
    visit_type_id: int | None = None  # None: the clinic's default
    windows: tuple[Window, ...] = ()  # Empty: from now to the horizon
    weekdays: frozenset[int] | None = None  # 0 = Monday
    not_weekdays: frozenset[int] = frozenset()
    not_days: frozenset[date] = frozenset()
    not_starts: frozenset[datetime] = frozenset()
    limit: int | None = None
    near: tuple[date | None, time | None] | None = None  # A wish to rank by; see `find_slots`.
    # Of a limited list, half is kept for what lies before the wish and half for what lies after.
    both_sides: bool = False
    # Of the patient, as far as it is known: visits of known patients may have another length, some
    # visit types are for some ages, and a patient's own practitioners come first.
    known_patient: bool = False
    born: date | None = None
    own_practitioners: frozenset[int] = frozenset()
    moving_id: int | None = None  # That appointment's own time counts as free,
    conversation_id: int | None = None  # and so does what this conversation holds,
    hold_id: int | None = None  # and this hold, of a round of the waitlist.

    def wants(self, day: date) -> bool:
        """Tell whether slots on that day may be offered."""
        return (
            (self.weekdays is None or day.weekday() in self.weekdays)
            and day.weekday() not in self.not_weekdays
            and day not in self.not_days
            and (
                not self.windows
                or any(window.day_from <= day <= window.day_to for window in self.windows)
            )
        )
