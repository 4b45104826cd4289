"""A practitioner is away: whom that touches, what is proposed to each, and doing all of it at once.

Nobody stays booked with somebody who is not there: each visit is covered by a colleague at the same
time, moved to the nearest free time, or becomes a call for staff.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from core.clock import instant
from core.database.guards import lock_calendars
from core.database.savepoint import savepoint
from core.errors import ClinicError, ImpossibleHours
from core.messaging.tasks import open_task
from core.models import absences
from core.models.messaging import TaskKind
from core.occasions.whom import told
from core.scheduling.acquaintance import acquaintance
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.availability import Search, Slot, Window, find_slots
from core.scheduling.catalogue import Catalogue
from core.scheduling.hours import NothingToRemove, add_absence, remove_absence
from core.scheduling.loading import load_catalogue
from core.scheduling.looking import overlap
from core.scheduling.moving import move
from core.scheduling.statuses import EXPECTED
from core.scheduling.undoing import undo
from core.scheduling.week import Stretch
from core.staff.day import DayVisit, visits_of_week
from core.staff.rights import Sphere

LONGEST = 31  # Days that are looked at one by one, and shown before it is done.
_AHEAD = timedelta(days=14)  # So far off another time is proposed.
_LOOKED_AT = 40  # Free times that are gone through for one visit.


@dataclass(frozen=True, slots=True)
class Away:
    """Who is away, from one day to another (both included), the whole day or during `hours` of
    each. Raises ImpossibleHours."""

    practitioner_id: int
    first: date
    last: date
    hours: Stretch | None = None

    def __post_init__(self) -> None:
        if not timedelta() <= self.last - self.first < timedelta(days=LONGEST):
            raise ImpossibleHours(f"expected 1 to {LONGEST} days, the first one first")
        if self.hours is not None and self.hours.starts >= self.hours.ends:
            raise ImpossibleHours("expected hours that end after they begin")

    def touches(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Tell whether they are away during some of it; both on the clock of the place."""
        if not self.first <= starts_at.date() <= self.last:
            return False
        if self.hours is None:
            return True
        return starts_at.time() < self.hours.ends and self.hours.starts < ends_at.time()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to become of a visit: `slot` None, they are called. `is_told`: a message reaches
    them; else they are called as well."""

    visit: DayVisit
    slot: Slot | None
    is_told: bool

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
        location_ids=list(catalogue.zones),
        practitioner_id=away.practitioner_id,
        days=(away.last - away.first).days + 1,
    )
    return [
        visit
        for day in sorted(days)
        for visit in days[day]
        if visit.status in EXPECTED
        and visit.starts_at > instant(now)
        and away.touches(*_local(visit, catalogue))
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
        slot = _proposed(connection, visit, away, given, catalogue, now)
        if slot is not None:
            given.append(slot)
        reached = bool(told(connection, by_id(connection, visit.id), now))
        proposals.append(Proposal(visit, slot, reached))
    return proposals


def _proposed(
    connection: Connection,
    visit: DayVisit,
    away: Away,
    given: Sequence[Slot],
    catalogue: Catalogue,
    now: datetime,
) -> Slot | None:
    """At the same time with a colleague of the same specialty and place, else what is nearest to
    it, with their own practitioner rather than with another."""
    zone = catalogue.zones[visit.location_id]
    at = visit.starts_at.astimezone(zone)
    known = acquaintance(connection, visit.patient_id, now=now)
    own = visit.practitioner_id
    colleagues = _colleagues(own, catalogue)

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
        return [slot for slot in slots if _is_left(slot, away, given, catalogue)]

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


def _is_left(slot: Slot, away: Away, given: Sequence[Slot], catalogue: Catalogue) -> bool:
    """Tell whether nobody else was proposed that time, and they are not away then."""
    zone = catalogue.zones[slot.location_id]
    stretch = (slot.starts_at, slot.ends_at)
    if slot.practitioner_id == away.practitioner_id and away.touches(
        *(each.astimezone(zone) for each in stretch)
    ):
        return False
    return not any(
        slot.practitioner_id == other.practitioner_id
        and overlap(stretch, (other.starts_at, other.ends_at))
        for other in given
    )


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it. `moved`: the visits that have another time or practitioner, as they are
    now; `to_call`: those that nothing was found for, or that somebody else had changed."""

    absence_id: int
    moved: tuple[Appointment, ...]
    to_call: tuple[DayVisit, ...]


def carry_out(
    connection: Connection,
    away: Away,
    proposals: Sequence[Proposal],
    *,
    actor: Actor,
    by: str,
    now: datetime,
) -> Done:
    """Enter the absence and do what was proposed, all in the caller's transaction; who is moved
    is told of it. `by`: who does it, in words. Raises UnknownPractitioner, ImpossibleHours."""
    now = instant(now)
    people = {each.slot.practitioner_id for each in proposals if each.slot is not None}
    # All at once and in order, so that two who rearrange a day do not wait for each other.
    lock_calendars(connection, {away.practitioner_id, *people}, None)
    absence_id = enter(connection, away, by=by, now=now)
    catalogue = load_catalogue(connection, now=now)
    moved, to_call = [], []
    for proposal in proposals:
        after = _moved(connection, proposal, catalogue, actor, now)
        if after is not None:
            moved.append(after)
        else:
            to_call.append(proposal.visit)
            _call(connection, proposal.visit, now)
    return Done(absence_id, tuple(moved), tuple(to_call))


def enter(connection: Connection, away: Away, *, by: str, now: datetime) -> int:
    """Let them be away, and return the number of the absence. Whoever is booked then stays so, and
    is a task for staff each. Raises UnknownPractitioner, ImpossibleHours."""
    person = away.practitioner_id
    add_absence(connection, person, away.first, away.last, away.hours, actor=by, now=now)
    # The calendar is locked: nobody else enters one meanwhile.
    latest = select(func.max(absences.c.id)).where(absences.c.practitioner_id == person)
    absence_id: int = connection.execute(latest).scalar_one()
    return absence_id


def whose_absence(connection: Connection, absence_id: int) -> int:
    """Return who is away by it; raises NothingToRemove where there is no such absence."""
    whose = select(absences.c.practitioner_id).where(absences.c.id == absence_id)
    practitioner_id: int | None = connection.scalar(whose)
    if practitioner_id is None:
        raise NothingToRemove("there is no such absence")
    return practitioner_id


def _moved(
    connection: Connection, proposal: Proposal, catalogue: Catalogue, actor: Actor, now: datetime
) -> Appointment | None:
    if proposal.slot is None:
        return None
    try:
        with savepoint(connection):
            return move(
                connection,
                proposal.visit.id,
                proposal.slot,
                version=proposal.visit.version,
                actor=actor,
                now=now,
                catalogue=catalogue,
            )
    except ClinicError:
        return None  # Somebody was faster there: a call, as where there was nothing.


def _call(connection: Connection, visit: DayVisit, now: datetime) -> None:
    open_task(
        connection,
        TaskKind.CALL,
        patient_id=visit.patient_id,
        appointment_id=visit.id,
        location_id=visit.location_id,
        now=now,
    )


def take_back(
    connection: Connection,
    absence_id: int,
    visit_ids: Iterable[int],
    *,
    actor: Actor,
    by: str,
    now: datetime,
) -> tuple[int, int]:
    """They are there after all: the absence is removed, and each visit goes back whose patient
    has not answered yet and whose time is still free; who had been told is told again. Returns how
    many went back, and how many stay where they are. Raises NothingToRemove."""
    now = instant(now)
    seen = [by_id(connection, visit_id) for visit_id in visit_ids]
    lock_calendars(connection, {visit.practitioner_id for visit in seen}, None)
    remove_absence(connection, absence_id, actor=by, now=now)
    catalogue = load_catalogue(connection, now=now)
    back = 0
    for visit in seen:
        try:
            with savepoint(connection):
                undo(
                    connection,
                    visit.id,
                    version=by_id(connection, visit.id).version,
                    actor=actor,
                    now=now,
                    catalogue=catalogue,
                )
            back += 1
        except ClinicError:
            continue
    return back, len(seen) - back
