"""Somebody is away, or a place is closed: whom that touches, and what is proposed to each.

Nobody stays booked with somebody who is not there: each visit is covered by a colleague at the same
time, moved to the nearest free time, or becomes a call for staff (`core.staff.rearranging`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, exists, select

from core.clock import instant
from core.errors import ImpossibleHours
from core.models import appointments
from core.occasions.whom import told
from core.scheduling.acquaintance import acquaintance
from core.scheduling.appointments import by_id
from core.scheduling.availability import Search, Slot, Window, find_slots
from core.scheduling.catalogue import Catalogue
from core.scheduling.looking import overlap
from core.scheduling.statuses import EXPECTED, HELD, OPEN
from core.scheduling.week import Stretch
from core.staff.day import DayVisit, visits_of_week
from core.staff.rights import Sphere

LONGEST = 31  # Days that are looked at one by one, and shown before it is done.
FOR_GOOD = timedelta(days=5 * 365)  # Who leaves is away for so long: longer than anybody books.
_AHEAD = timedelta(days=14)  # So far off another time is proposed.
_LOOKED_AT = 40  # Free times that are gone through for one visit.
_BOOKED_AHEAD = 400  # Days in which whoever leaves for good may have visits.


@dataclass(frozen=True, slots=True)
class Away:
    """Who is away, from one day to another (both included; None: for good), the whole day or during
    `hours` of each. `closed`: the place that is closed, instead of `people`; `locum`: who takes
    their visits at the same times. Raises ImpossibleHours."""

    people: frozenset[int]
    first: date
    last: date | None
    hours: Stretch | None = None
    closed: int | None = None
    locum: int | None = None

    def __post_init__(self) -> None:
        if self.last and not timedelta() <= self.last - self.first < timedelta(days=LONGEST):
            raise ImpossibleHours(f"expected 1 to {LONGEST} days, the first one first")
        if self.hours is not None and self.hours.starts >= self.hours.ends:
            raise ImpossibleHours("expected hours that end after they begin")
        if bool(self.people) == bool(self.closed):
            raise ImpossibleHours("expected either people who are away or a place that is closed")
        if self.closed and (self.hours or not self.last):
            raise ImpossibleHours("expected whole days on which the place is closed")
        if self.locum in self.people:
            raise ImpossibleHours("expected somebody else to stand in")

    @property
    def until(self) -> date:
        """The last day, for what must have one."""
        return self.last or self.first + FOR_GOOD

    @property
    def days(self) -> int:
        """So many days are looked at."""
        return (self.last - self.first).days + 1 if self.last else _BOOKED_AHEAD

    def touches(self, practitioner_id: int, location_id: int, times: tuple[datetime, ...]) -> bool:
        """Tell whether a visit there falls out; `times`: when it begins and ends, on the clock of
        the place."""
        if practitioner_id not in self.people and location_id != self.closed:
            return False
        starts_at, ends_at = times
        if not self.first <= starts_at.date() <= self.until:
            return False
        if self.hours is None:
            return True
        return starts_at.time() < self.hours.ends and self.hours.starts < ends_at.time()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to become of a visit: `slot` None, they are called. `is_told`: a message reaches
    them; else they are called as well. `overrides`: whoever stands in may not work then else."""

    visit: DayVisit
    slot: Slot | None
    is_told: bool
    overrides: bool = False

    @property
    def is_covered(self) -> bool:
        """Tell whether it stays at its time, with a colleague."""
        return self.slot is not None and self.slot.starts_at == self.visit.starts_at


def touched(
    connection: Connection, sphere: Sphere, away: Away, catalogue: Catalogue, now: datetime
) -> list[DayVisit]:
    """Return the visits ahead during which they are away, the earliest first."""
    days = visits_of_week(
        connection,
        sphere,
        away.first,
        location_ids=[away.closed] if away.closed else list(catalogue.zones),
        practitioner_id=next(iter(away.people)) if len(away.people) == 1 else None,
        days=away.days,
    )
    return [
        visit
        for day in sorted(days)
        for visit in days[day]
        if visit.status in EXPECTED
        and visit.starts_at > instant(now)
        and away.touches(visit.practitioner_id, visit.location_id, _local(visit, catalogue))
    ]


def _local(visit: DayVisit, catalogue: Catalogue) -> tuple[datetime, datetime]:
    zone = catalogue.zones[visit.location_id]
    return visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)


def plan(
    connection: Connection, sphere: Sphere, away: Away, *, catalogue: Catalogue, now: datetime
) -> list[Proposal]:
    """Return what is proposed for each visit that is touched; nothing is changed. Two visits are
    never proposed the same time."""
    now = instant(now)
    given: list[Slot] = []
    proposals = []
    for visit in touched(connection, sphere, away, catalogue, now):
        slot, overrides = _stands_in(connection, visit, away, given), True
        if slot is None:
            overrides = False
            slot = nearest(
                connection,
                visit,
                given,
                catalogue=catalogue,
                now=now,
                away=away.people,
                falls_out=lambda slot: _falls_out(slot, away, catalogue),
            )
        if slot is not None:
            given.append(slot)
        proposals.append(Proposal(visit, slot, is_reached(connection, visit, now), overrides))
    return proposals


def is_reached(connection: Connection, visit: DayVisit, now: datetime) -> bool:
    """Tell whether a message reaches the patient of a visit."""
    return bool(told(connection, by_id(connection, visit.id), now))


def _stands_in(
    connection: Connection, visit: DayVisit, away: Away, given: Sequence[Slot]
) -> Slot | None:
    """At the same time with whoever stands in, unless they have somebody else then."""
    if away.locum is None:
        return None
    slot = Slot(away.locum, visit.location_id, visit.visit_type_id, visit.starts_at, visit.ends_at)
    return None if is_busy(connection, slot) or _is_given(slot, given) else slot


def is_busy(connection: Connection, slot: Slot) -> bool:
    """Tell whether whoever sees patients in it has a visit in that time."""
    theirs = exists().where(
        appointments.c.practitioner_id == slot.practitioner_id,
        appointments.c.status.in_((HELD, *OPEN)),
        appointments.c.occupied_from < slot.ends_at,
        appointments.c.occupied_until > slot.starts_at,
    )
    return bool(connection.scalar(select(theirs)))


def nearest(
    connection: Connection,
    visit: DayVisit,
    given: Sequence[Slot],
    *,
    catalogue: Catalogue,
    now: datetime,
    away: frozenset[int] = frozenset(),
    falls_out: Callable[[Slot], bool] | None = None,
) -> Slot | None:
    """Return another time for a visit: the same with a colleague of the same specialty and place,
    else what is nearest to it, with their own practitioner rather than with another. `given`: what
    others are proposed already; `away`: who is not asked; `falls_out`: what is no time either."""
    zone = catalogue.zones[visit.location_id]
    at = visit.starts_at.astimezone(zone)
    known = acquaintance(connection, visit.patient_id, now=now)
    own = visit.practitioner_id
    colleagues = _colleagues(own, catalogue) - away

    def free(people: Iterable[int], first: date, last: date) -> list[Slot]:
        search = Search(
            practitioner_ids=frozenset(people),
            location_id=visit.location_id,
            visit_type_id=visit.visit_type_id,
            windows=(Window(first, last),),
            near=(at.date(), at.time()),
            limit=_LOOKED_AT,
            known_patient=known.is_known,
            born=known.born,
            own_practitioners=frozenset({own}),
            moving_id=visit.id,
        )
        slots = find_slots(connection, search, catalogue=catalogue, now=now, for_staff=True)
        left = [slot for slot in slots if not _is_given(slot, given)]
        return [slot for slot in left if falls_out is None or not falls_out(slot)]

    same_day = free(colleagues, at.date(), at.date()) if colleagues else []
    cover = next((slot for slot in same_day if slot.starts_at == visit.starts_at), None)
    if cover is not None:
        return cover
    later = free({own} | colleagues, at.date(), at.date() + _AHEAD)
    return later[0] if later else None


def _colleagues(practitioner_id: int, catalogue: Catalogue) -> frozenset[int]:
    """Return who shares a specialty with them."""
    shared: set[int] = set()
    for people in catalogue.specialties.values():
        if practitioner_id in people:
            shared |= people
    return frozenset(shared - {practitioner_id})


def _falls_out(slot: Slot, away: Away, catalogue: Catalogue) -> bool:
    """Tell whether they are away then as well."""
    zone = catalogue.zones[slot.location_id]
    times = (slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone))
    return away.touches(slot.practitioner_id, slot.location_id, times)


def _is_given(slot: Slot, given: Sequence[Slot]) -> bool:
    return any(
        slot.practitioner_id == other.practitioner_id
        and overlap((slot.starts_at, slot.ends_at), (other.starts_at, other.ends_at))
        for other in given
    )
