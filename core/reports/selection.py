"""Whose visits a report is about, and on which days."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, exists

from core.errors import UnknownLocation
from core.models import appointments
from core.reports.period import Period
from core.scheduling.local_days import LocalDays, local_days
from core.staff.day import within
from core.staff.rights import Sphere


@dataclass(frozen=True, slots=True)
class Selection:
    """What lies in somebody's sphere on these days; of that only one practitioner's, or one
    place's, if they ask for it."""

    days: LocalDays
    sphere: Sphere
    practitioner_id: int | None = None
    location_id: int | None = None

    @property
    def is_whole_clinic(self) -> bool:
        return self.sphere.everywhere and self.practitioner_id is None and self.location_id is None

    def among(self, table: Table = appointments) -> ColumnElement[bool]:
        """The appointments, or what else is of one practitioner at one place, on any day."""
        parts = [within(self.sphere, table)]
        if self.practitioner_id is not None:
            parts.append(table.c.practitioner_id == self.practitioner_id)
        if self.location_id is not None:
            parts.append(table.c.location_id == self.location_id)
        return and_(*parts)

    def of_visits(
        self, appointment_id: ColumnElement[int], at: ColumnElement[datetime]
    ) -> ColumnElement[bool]:
        """What was done with these visits in those days: `at` is when, by the clock of each
        visit's place. Not a join: SQLite would then read all visits of a place, and look for what
        was done with each."""
        theirs = exists().where(
            appointments.c.id == appointment_id, self.days.contain(at), self.among()
        )
        return and_(self.days.may_contain(at), theirs)

    def covers(self, practitioner_id: int, location_id: int) -> bool:
        """Tell whether that practitioner's visits there are among them."""
        return (
            self.practitioner_id in (None, practitioner_id)
            and self.location_id in (None, location_id)
            and self.sphere.covers(practitioner_id, location_id)
        )


def select_days(
    connection: Connection,
    sphere: Sphere,
    period: Period,
    *,
    practitioner_id: int | None = None,
    location_id: int | None = None,
) -> Selection:
    """Return what lies in somebody's sphere in that time; raises UnknownLocation."""
    asked = None if location_id is None else [location_id]
    days = local_days(connection, period.first, len(period.days), location_ids=asked)
    if not days.zones:
        raise UnknownLocation("expected one of the clinic's locations")
    return Selection(days, sphere, practitioner_id, location_id)
