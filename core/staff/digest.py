"""The digest of the morning: when somebody of staff gets it, that they get it once, and what the
day holds, in short."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select, true, update

from core.clock import instant
from core.database.upsert import insert_new
from core.messaging.elsewhere import LOST
from core.models import absences, departments, locations, messages, staff_digests
from core.opening import OpeningHours, load_opening_hours
from core.scheduling.catalogue import Catalogue
from core.scheduling.missed import missed_among
from core.scheduling.statuses import SCHEDULED
from core.staff.day import DayVisit, Openings, openings, visits_of_week
from core.staff.members import Member
from core.staff.nights import at_hour
from core.staff.rights import Sphere

# A worker that was down in the morning sends it no later than so long after its hour.
WORTH_SENDING = timedelta(hours=5)
# Free times so near to each other are one gap, and one so long is worth a word.
ADJACENT, LONG_GAP = timedelta(minutes=30), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Morning:
    """Whose place it is: its day and hours by its own clock; `due_at`: when the digest is due;
    `is_open`: whether any of their places opens that day."""

    day: date
    due_at: datetime
    hours: OpeningHours
    is_open: bool


def morning_of(connection: Connection, who: Member, hour: int, now: datetime) -> Morning:
    """Return the morning of today for somebody. `hour`: the clinic's rule."""
    opening = [load_opening_hours(connection, each, now) for each in _places(connection, who)]
    hours = opening[0]
    local = now.astimezone(hours.zone)
    day = local.date()
    # Of a place whose hours nobody has said it is not known to be closed.
    is_open = any(not each.are_known or each.opens_on(day) for each in opening)
    return Morning(day, at_hour(local, hour, hours.zone), hours, is_open)


def _places(connection: Connection, who: Member) -> list[int | None]:
    """Return where they work, in the clinic's order; with a role for all of it, everywhere."""
    of_departments = select(departments.c.location_id).where(
        departments.c.id.in_([grant.department_id for grant in who.grants if grant.department_id])
    )
    named = {grant.location_id for grant in who.grants if grant.location_id}
    named |= set(connection.scalars(of_departments))
    everywhere = any(not (each.location_id or each.department_id) for each in who.grants)
    rows = select(locations.c.id).where(locations.c.is_active)
    if named and not everywhere:
        rows = rows.where(locations.c.id.in_(named))
    ordered = rows.order_by(locations.c.position, locations.c.id)
    return list(connection.scalars(ordered)) or [None]


# That it is said once


def shown_of(connection: Connection, staff_id: int, day: date) -> bool | None:
    """Return whether the digest of that day was shown as a whole; None: nothing of it was."""
    mine = staff_digests.c.staff_id == staff_id, staff_digests.c.day == day
    is_whole: bool | None = connection.scalar(select(staff_digests.c.is_whole).where(*mine))
    return is_whole


def begin(
    connection: Connection, staff_id: int, day: date, *, is_whole: bool, now: datetime
) -> bool:
    """Take that day's digest of theirs for saying it; False if it has been said. One of which only
    the numbers were said may be said as a whole later."""
    at = instant(now)
    values = {"staff_id": staff_id, "day": day, "is_whole": is_whole}
    fresh = values | {"created_at": at, "updated_at": at}
    if insert_new(connection, staff_digests, fresh) is not None:
        return True
    in_part = (
        staff_digests.c.staff_id == staff_id,
        staff_digests.c.day == day,
        staff_digests.c.is_whole.is_(False),
    )
    whole = update(staff_digests).where(*in_part).values(is_whole=True, updated_at=at)
    return is_whole and connection.execute(whole).rowcount == 1


def said_in(connection: Connection, staff_id: int, day: date, message_id: int) -> None:
    """Note which message says it."""
    mine = update(staff_digests).where(
        staff_digests.c.staff_id == staff_id, staff_digests.c.day == day
    )
    connection.execute(mine.values(message_id=message_id))


def last_digest(
    connection: Connection, staff_id: int, *, before: date | None = None
) -> datetime | None:
    """Return when they last had a whole one, of a day `before` that; not one that was lost on its
    way."""
    earlier = true() if before is None else staff_digests.c.day < before
    arrived = func.coalesce(messages.c.status, "").not_in(LOST)
    last: datetime | None = connection.scalar(
        select(func.max(staff_digests.c.updated_at))
        .outerjoin(messages, messages.c.id == staff_digests.c.message_id)
        .where(
            staff_digests.c.staff_id == staff_id,
            staff_digests.c.is_whole.is_(True),
            arrived,
            earlier,
        )
    )
    return last


# What it says


@dataclass(frozen=True, slots=True)
class Gap:
    """A while in which nobody is booked with a practitioner."""

    practitioner_id: int
    location_id: int
    starts_at: datetime
    last_at: datetime  # Where its last free visit begins


@dataclass(frozen=True, slots=True)
class DayInShort:
    """`missed`: how many visits the patients missed before whose visits today are not confirmed;
    `away`: practitioners who are, at least for a part of the day."""

    visits: Sequence[DayVisit]
    tomorrow: Sequence[DayVisit]
    free: Sequence[Openings]
    missed: Mapping[int, int]
    away: Sequence[int]
    gaps: Sequence[Gap]

    @property
    def free_times(self) -> int:
        return sum(len(each.starts) for each in self.free)


def day_in_short(
    connection: Connection, catalogue: Catalogue, sphere: Sphere, day: date, now: datetime
) -> DayInShort:
    """Return what somebody has before them on that day."""
    everywhere = list(catalogue.zones)
    both = visits_of_week(connection, sphere, day, location_ids=everywhere, days=2)
    visits, tomorrow = (both.get(each, []) for each in (day, day + timedelta(days=1)))
    free = openings(connection, catalogue, sphere, day, now).get(day, [])
    unsure = {visit.patient_id for visit in visits if visit.status is SCHEDULED}
    return DayInShort(
        visits,
        tomorrow,
        free,
        missed_among(connection, unsure, catalogue=catalogue, now=now),
        _away(connection, catalogue, sphere, day),
        gaps(free, visits),
    )


def _away(connection: Connection, catalogue: Catalogue, sphere: Sphere, day: date) -> list[int]:
    there = absences.c.date_from <= day, absences.c.date_to >= day
    ids = connection.scalars(select(absences.c.practitioner_id).where(*there).distinct())
    works_at = {
        each: [place.location_id for place in catalogue.workplaces.get(each, ())] for each in ids
    }
    return sorted(
        each
        for each, places in works_at.items()
        if any(sphere.covers(each, place) for place in places)
    )


def gaps(free: Sequence[Openings], visits: Sequence[DayVisit]) -> list[Gap]:
    """Return the long stretches in which nobody is booked, the earliest first."""
    found: list[Gap] = []
    for each in free:
        booked = [
            visit.starts_at for visit in visits if visit.practitioner_id == each.practitioner_id
        ]
        found += [
            Gap(each.practitioner_id, each.location_id, run[0], run[-1])
            for run in _runs(each.starts, booked)
            if run[-1] - run[0] >= LONG_GAP
        ]
    return sorted(found, key=lambda gap: (gap.starts_at, gap.practitioner_id))


def _runs(starts: Sequence[datetime], booked: Sequence[datetime]) -> list[list[datetime]]:
    """Return free times that follow each other, with nobody booked in between."""
    runs: list[list[datetime]] = []
    for at in starts:
        before = runs[-1][-1] if runs else None
        follows = before is not None and at - before <= ADJACENT
        if follows and not any(before < visit < at for visit in booked if before):
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs
