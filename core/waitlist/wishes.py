"""What a patient waits for, as a value."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.models import waitlist
from core.scheduling.appointments import Appointment
from core.scheduling.search import Slot

DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Days:
    """Which days would do; all of them where nothing is said."""

    days: tuple[date, ...] = ()
    day_from: date | None = None
    day_to: date | None = None
    weekdays: tuple[int, ...] = ()
    not_days: tuple[date, ...] = ()
    not_weekdays: tuple[int, ...] = ()

    def fit(self, day: date) -> bool:
        if day in self.not_days or day.weekday() in self.not_weekdays:
            return False
        if self.days:
            return day in self.days
        begins = self.day_from is None or self.day_from <= day
        ends = self.day_to is None or day <= self.day_to
        return begins and ends and (not self.weekdays or day.weekday() in self.weekdays)

    def to_json(self) -> str:
        named = ("days", "day_from", "day_to", "weekdays", "not_days", "not_weekdays")
        said = {name: getattr(self, name) for name in named if getattr(self, name)}
        return json.dumps(said, default=date.isoformat)

    @classmethod
    def from_json(cls, text: str) -> "Days":
        said = json.loads(text)
        for name in ("days", "not_days"):
            said[name] = tuple(map(date.fromisoformat, said.get(name, ())))
        for name in ("day_from", "day_to"):
            said[name] = date.fromisoformat(said[name]) if name in said else None
        for name in ("weekdays", "not_weekdays"):
            said[name] = tuple(said.get(name, ()))
        return cls(**said)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a patient waits for: with one practitioner, or anybody of a specialty. Hours are minutes
    after midnight, wall time. `sooner_than_id`: their visit, which would move up."""

    patient_id: int
    practitioner_id: int | None
    specialty: str | None
    location_id: int | None = None
    visit_type_id: int | None = None
    days: Days = Days()
    minute_from: int | None = None
    minute_until: int | None = None
    sooner_than_id: int | None = None
    until: datetime | None = None


WISH = (
    waitlist.c.patient_id,
    waitlist.c.practitioner_id,
    waitlist.c.specialty,
    waitlist.c.location_id,
    waitlist.c.visit_type_id,
    waitlist.c.days,
    waitlist.c.minute_from,
    waitlist.c.minute_until,
    waitlist.c.sooner_than_id,
    waitlist.c.until,
)


def wish_of(values: Sequence[Any]) -> Wish:
    """Return the wish in the columns WISH of a row."""
    named = dict(zip((column.name for column in WISH), values, strict=True))
    named["days"] = Days.from_json(named["days"])
    return Wish(**named)


def is_met(
    wish: Wish, visit: Appointment | Slot, specialties: Collection[str], zone: ZoneInfo
) -> bool:
    """Tell whether a visit, or a slot, is what is wished; `specialties` are those of its
    practitioner, `zone` that of its place."""
    if wish.practitioner_id not in (None, visit.practitioner_id):
        return False
    if wish.specialty is not None and wish.specialty not in specialties:
        return False
    if wish.location_id not in (None, visit.location_id):
        return False
    if wish.sooner_than_id and wish.until and visit.starts_at >= wish.until:
        return False
    start = visit.starts_at.astimezone(zone)
    minute = start.hour * 60 + start.minute
    hours = (wish.minute_from or 0) <= minute < (wish.minute_until or DAY)
    return hours and wish.days.fit(start.date())
