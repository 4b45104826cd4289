"""Whom a broadcast is for: a group of patients, as staff describe it, within their own reach."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, and_, exists

from core.errors import ImpossibleGroup
from core.models import appointments, patients
from core.models.staff import Role
from core.scheduling.local_days import local_days
from core.scheduling.statuses import COMPLETED, OPEN
from core.staff.day import SHOWN, within
from core.staff.rights import Sphere

LONGEST = 5 * 366  # Days in which a visit is looked for.
_DAYS = ("first", "last", "unseen_since", "born_from", "born_until")


@dataclass(frozen=True, slots=True)
class Group:
    """Those of whom all that is set is true; of whom nothing is set, everybody.

    A visit with `practitioner`, at `location`, from `first` to `last` (both included, by the clock
    of each place); no visit since `unseen_since`, nor one ahead, but one before; born from one day
    to another; a `language`. Raises ImpossibleGroup.
    """

    location: int | None = None
    practitioner: int | None = None
    first: date | None = None
    last: date | None = None
    unseen_since: date | None = None
    born_from: date | None = None
    born_until: date | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        if (self.first is None) != (self.last is None):
            raise ImpossibleGroup("expected the first and the last day of visits, or neither")
        if self.first and self.last and not 0 <= (self.last - self.first).days < LONGEST:
            raise ImpossibleGroup(f"expected 1 to {LONGEST} days of visits, the first one first")
        if self.born_from and self.born_until and self.born_from > self.born_until:
            raise ImpossibleGroup("expected ages from the lower to the higher")

    @property
    def is_everybody(self) -> bool:
        return self == Group()

    @property
    def names_a_trait(self) -> bool:
        """Tell whether who is in it tells of more than of visits."""
        return bool(self.born_from or self.born_until or self.language or self.unseen_since)


@dataclass(frozen=True, slots=True)
class Filter:
    """A group, and how far whoever writes to it may."""

    group: Group
    sphere: Sphere

    def to_json(self) -> str:
        group = {key: _plain(value) for key, value in asdict(self.group).items() if value}
        sphere = {each.name: _plain(getattr(self.sphere, each.name)) for each in fields(Sphere)}
        return json.dumps({"group": group, "sphere": sphere}, sort_keys=True)

    @classmethod
    def read(cls, stored: str) -> Self:
        data = json.loads(stored)
        group: dict[str, Any] = {
            key: date.fromisoformat(value) if key in _DAYS else value
            for key, value in data["group"].items()
        }
        sphere = data["sphere"]
        return cls(
            Group(**group),
            Sphere(
                Role(sphere["role"]),
                sphere["everywhere"],
                frozenset(sphere["locations"]),
                frozenset(sphere["departments"]),
                frozenset(sphere["practitioners"]),
                frozenset((person, place) for person, place in sphere["posts"]),
            ),
        )

    def lies_in(self, sphere: Sphere) -> bool:
        """Tell whether somebody with that sphere could have written it."""
        own = self.sphere
        return sphere.everywhere or (
            not own.everywhere
            and own.locations <= sphere.locations
            and own.departments <= sphere.departments
            and own.practitioners <= sphere.practitioners
        )


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else value


def visits_of(connection: Connection, meant: Filter) -> Sequence[ColumnElement[bool]]:
    """Return what is true of the visits that make a patient one of the group."""
    group = meant.group
    conditions = [
        appointments.c.patient_id == patients.c.id,
        appointments.c.status.in_(SHOWN),
        within(meant.sphere),
    ]
    if group.location is not None:
        conditions.append(appointments.c.location_id == group.location)
    if group.practitioner is not None:
        conditions.append(appointments.c.practitioner_id == group.practitioner)
    if group.first is not None and group.last is not None:
        days = local_days(connection, group.first, (group.last - group.first).days + 1)
        conditions.append(days.contain())
    return conditions


def is_meant(
    connection: Connection, meant: Filter, visits: Sequence[ColumnElement[bool]]
) -> ColumnElement[bool]:
    """The patient is one of the group. Of part of the clinic are those who have been there, or will
    be: whoever has never had a visit belongs to the whole."""
    group = meant.group
    conditions: list[ColumnElement[bool]] = [patients.c.merged_into_id.is_(None)]
    by_visit = (group.location, group.practitioner, group.first, group.unseen_since)
    if any(by_visit) or not meant.sphere.everywhere:
        conditions.append(exists().where(*visits))
    if group.unseen_since is not None:
        conditions.append(~_seen_since(connection, group.unseen_since))
    if group.born_from is not None:
        conditions.append(patients.c.date_of_birth >= group.born_from)
    if group.born_until is not None:
        conditions.append(patients.c.date_of_birth <= group.born_until)
    if group.language is not None:
        conditions.append(patients.c.language == group.language)
    return and_(*conditions)


def _seen_since(connection: Connection, day: date) -> ColumnElement[bool]:
    """They were here on that day or later, or are expected."""
    days = local_days(connection, day, 1)
    begins = min(days.bounds(place)[0] for place in days.zones)
    return exists().where(
        appointments.c.patient_id == patients.c.id,
        appointments.c.status.in_((*OPEN, COMPLETED)),
        appointments.c.starts_at >= begins,
    )
