"""What became of the visits of some days: counted by the database, a row for each day and part,
however many visits there are."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from core.models import appointments, feedback
from core.models.appointments import ActorKind
from core.reports.selection import Selection
from core.reports.share import Share
from core.scheduling.statuses import (
    ARRIVED,
    CANCELLED,
    COMPLETED,
    NO_SHOW,
    OPEN,
)

COUNTED = (*OPEN, COMPLETED, CANCELLED, NO_SHOW)  # What stands or stood, and was meant.


class Part(StrEnum):
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED_BY_PATIENT = "cancelled_by_patient"
    CANCELLED_BY_CLINIC = "cancelled_by_clinic"
    AHEAD = "ahead"
    UNMARKED = "unmarked"


@dataclass(frozen=True, slots=True)
class Visits:
    """Each visit is in one of these, so that they add up to `total`. A visit that has moved counts
    where it stands now; one that was only held, or entered in error, nowhere."""

    kept: int = 0  # The patient is or was there.
    missed: int = 0
    cancelled_by_patient: int = 0
    cancelled_by_clinic: int = 0
    ahead: int = 0  # Not over yet, and nobody is there.
    unmarked: int = 0  # Over, and nobody has said how.

    @property
    def total(self) -> int:
        return sum(astuple(self))

    @property
    def kept_share(self) -> Share:
        """Of those of which it is known whether the patient came."""
        return Share(self.kept, self.kept + self.missed)

    @property
    def missed_share(self) -> Share:
        """Of those of which it is known whether the patient came."""
        return Share(self.missed, self.kept + self.missed)

    @property
    def cancelled_share(self) -> Share:
        """Of all, whoever cancelled them."""
        return Share(self.cancelled_by_patient + self.cancelled_by_clinic, self.total)


@dataclass(frozen=True, slots=True)
class Counted:
    """`lead_time`: between booking and visit, the median of those that were booked ahead (who walks
    in waits for nothing); None: there are none."""

    visits: Visits
    by_day: Mapping[date, Visits]  # Every day of the report, in order.
    lead_time: timedelta | None


_IS = appointments.c.status
_BOOKED_AHEAD = appointments.c.created_at < appointments.c.starts_at


def part_at(now: datetime) -> ColumnElement[str]:
    """Return which part of `Visits` a visit belongs to at that moment."""
    return case(
        (_IS.in_((COMPLETED, ARRIVED)), Part.KEPT),
        (_IS == NO_SHOW, Part.MISSED),
        (
            and_(_IS == CANCELLED, appointments.c.cancelled_by == ActorKind.PATIENT),
            Part.CANCELLED_BY_PATIENT,
        ),
        (_IS == CANCELLED, Part.CANCELLED_BY_CLINIC),
        (appointments.c.ends_at > now, Part.AHEAD),
        else_=Part.UNMARKED,
    )


def count_visits(connection: Connection, chosen: Selection, now: datetime) -> Counted:
    """Return what became of the visits whose time lies in those days, as of `now`."""
    rows = connection.execute(
        select(
            chosen.days.number_of().label("day_number"),
            part_at(now).label("part"),
            func.count().label("visits"),
            func.count().filter(_BOOKED_AHEAD).label("booked_ahead"),
        )
        .where(chosen.days.contain(), chosen.among(), _IS.in_(COUNTED))
        .group_by("day_number", "part")
    ).all()
    found: dict[int, dict[str, int]] = defaultdict(dict)
    total: Counter[str] = Counter()
    for row in rows:
        found[row.day_number][row.part] = row.visits
        total[row.part] += row.visits
    days = (chosen.days.first + timedelta(days=number) for number in range(chosen.days.days))
    return Counted(
        visits=Visits(**total),
        by_day={day: Visits(**found.get(number, {})) for number, day in enumerate(days)},
        lead_time=_median_lead(connection, chosen, sum(row.booked_ahead for row in rows)),
    )


def _median_lead(connection: Connection, chosen: Selection, count: int) -> timedelta | None:
    """Only the one or two in the middle leave the database."""
    if not count:
        return None
    middle = connection.execute(
        select(appointments.c.starts_at, appointments.c.created_at)
        .where(chosen.days.contain(), chosen.among(), _IS.in_(COUNTED), _BOOKED_AHEAD)
        .order_by(appointments.c.starts_at - appointments.c.created_at)
        .offset((count - 1) // 2)
        .limit(2 - count % 2)
    ).all()
    leads = [row.starts_at - row.created_at for row in middle]
    return sum(leads, timedelta()) / len(leads)


@dataclass(frozen=True, slots=True)
class Ratings:
    """What patients say of the visits. `mean`: in marks, 1 to 5; None: nobody has said anything."""

    count: int
    mean: float | None


def count_ratings(connection: Connection, chosen: Selection) -> Ratings:
    """Return how the visits of those days were rated, whenever that was."""
    row = connection.execute(
        select(
            func.count(feedback.c.overall_halves).label("ratings"),
            func.sum(feedback.c.overall_halves).label("halves"),
        )
        .join(appointments, appointments.c.id == feedback.c.appointment_id)
        .where(chosen.days.contain(), chosen.among())
    ).one()
    return Ratings(row.ratings, int(row.halves) / 2 / row.ratings if row.ratings else None)
