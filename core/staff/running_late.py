"""Somebody runs late: whose visits begin later because of it, who of them can be told, and telling
them.

A delay is of one practitioner at one place. It wears off: what lies between two visits makes up for
as much of it. Only who is expected within a few hours is told; by then it may be made up.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from core.clock import instant
from core.database.guards import lock_calendars
from core.errors import NothingToUndo
from core.messaging.tasks import open_task
from core.models import addresses
from core.models.messaging import TaskKind
from core.occasions import lateness
from core.occasions.stands import WAITING
from core.occasions.whom import rules_for, told, zone_of
from core.quiet import allowed_from
from core.rules import Rules
from core.scheduling.appointments import by_id
from core.scheduling.catalogue import Catalogue
from core.scheduling.statuses import ARRIVED, OPEN
from core.staff.day import DayVisit, visits_of_day
from core.staff.rights import Sphere

MOST = 240  # Minutes; whoever is later than that is away.
LEAST = 5  # Minutes that are worth a message; also the grain of what is left of a delay.


@dataclass(frozen=True, slots=True)
class RunningLate:
    """Who is late where, and by how much; 0: on time again."""

    practitioner_id: int
    location_id: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Later:
    """A visit that begins so many minutes later. `channel`: how the patient hears of it; None where
    no message reaches them in time: whoever is here is told at the desk, who is on the way is
    called. `knows`: they have been told just this."""

    visit: DayVisit
    minutes: int
    channel: str | None = None
    is_here: bool = False
    knows: bool = False

    @property
    def is_told(self) -> bool:
        return self.channel is not None and not self.knows

    @property
    def is_called(self) -> bool:
        return self.channel is None and not self.is_here


@dataclass(frozen=True, slots=True)
class Plan:
    """`later`: whose visits begin later; `on_time`: who was told of a delay that is none any more;
    `beyond`: how many are too far off to be told; `replaces`: what has been said of them so
    far."""

    late: RunningLate
    later: tuple[Later, ...]
    on_time: tuple[Later, ...]
    beyond: int
    replaces: lateness.Delay | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.later or self.on_time or self.replaces)

    @property
    def digest(self) -> str:
        """What tells one plan from another: the same visits, as they were, told the same."""
        facts = [
            (each.visit.id, each.visit.version, each.minutes, each.channel, each.knows)
            for each in (*self.later, *self.on_time)
        ]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def worn_off(visits: Iterable[DayVisit], minutes: int, now: datetime) -> list[tuple[DayVisit, int]]:
    """Return the visits that begin later where somebody is so late now, the earliest first, each
    with its minutes; `visits`: theirs of the day, in order. No clock, no database.

    Whoever is with them now has begun, late as they are; the next visit begins as late as was said,
    less the pause between the two. What is left is rounded up to five minutes, and less is nothing.
    """
    delay, left = timedelta(minutes=minutes), timedelta(minutes=minutes)
    busy_until: datetime | None = None
    found = []
    for visit in visits:
        if visit.status not in OPEN:
            continue
        if visit.starts_at + delay <= now:
            if visit.ends_at + delay > now:
                busy_until = max(busy_until or visit.ends_at, visit.ends_at)
            continue
        if busy_until is not None:
            left -= max(visit.starts_at - busy_until, timedelta())
        if left < timedelta(minutes=LEAST):
            break
        if visit.status in WAITING:
            found.append((visit, min(minutes, _rounded(left))))
        busy_until = max(busy_until or visit.ends_at, visit.ends_at)
    return found


def _rounded(time: timedelta) -> int:
    return -(-time // timedelta(minutes=LEAST)) * LEAST


def waits_at(
    connection: Connection,
    sphere: Sphere,
    practitioner_id: int,
    catalogue: Catalogue,
    now: datetime,
) -> int | None:
    """Return where somebody waits for them next today; None if nobody does."""
    visits = (
        visit
        for location_id in catalogue.zones
        for visit in _of_today(connection, sphere, practitioner_id, location_id, catalogue, now)
    )
    waiting = [each for each in visits if each.status in WAITING and each.ends_at > now]
    first = min(waiting, key=lambda each: (each.starts_at, each.id), default=None)
    return first.location_id if first else None


def _of_today(
    connection: Connection,
    sphere: Sphere,
    practitioner_id: int,
    location_id: int,
    catalogue: Catalogue,
    now: datetime,
) -> list[DayVisit]:
    day = now.astimezone(catalogue.zones[location_id]).date()
    return visits_of_day(
        connection, sphere, day, location_ids=[location_id], practitioner_id=practitioner_id
    )


def plan(
    connection: Connection, sphere: Sphere, late: RunningLate, catalogue: Catalogue, now: datetime
) -> Plan:
    """Return whom it touches and who can be told; nothing is changed."""
    now, rules = instant(now), catalogue.rules_at(late.location_id)
    visits = _of_today(connection, sphere, late.practitioner_id, late.location_id, catalogue, now)
    before = lateness.told_last(connection, [visit.id for visit in visits])
    touched = worn_off(visits, late.minutes, now)
    horizon = now + timedelta(hours=rules.running_late_hours)
    near = [(visit, minutes) for visit, minutes in touched if visit.starts_at <= horizon]
    later = tuple(
        _later(connection, visit, minutes, before.get(visit.id), rules, now)
        for visit, minutes in near
    )
    ids = {each.visit.id for each in later}
    on_time = tuple(
        _later(connection, visit, 0, before[visit.id], rules, now)
        for visit in visits
        if visit.id not in ids and _is_to_hear(visit, before.get(visit.id, 0), now)
    )
    now_late = lateness.delays_now(connection, now)
    replaces = now_late.get((late.practitioner_id, late.location_id))
    return Plan(late, later, on_time, len(touched) - len(near), replaces)


def _is_to_hear(visit: DayVisit, told_minutes: int, now: datetime) -> bool:
    """Tell whether a patient reckons with a delay that is none any more."""
    is_ahead = visit.starts_at + timedelta(minutes=told_minutes) > now
    return told_minutes > 0 and visit.status in WAITING and is_ahead


def _later(
    connection: Connection,
    visit: DayVisit,
    minutes: int,
    told_before: int | None,
    rules: Rules,
    now: datetime,
) -> Later:
    is_here = visit.status is ARRIVED or visit.starts_at <= now
    channel = _channel(connection, visit, max(minutes, told_before or 0), rules, now)
    return Later(visit, minutes, channel, is_here, knows=told_before == minutes)


def _channel(
    connection: Connection, visit: DayVisit, minutes: int, rules: Rules, now: datetime
) -> str | None:
    """Return by which channel the patient hears of it before it is over; not at night."""
    theirs = rules_for(connection, visit.patient_id, rules)
    zone = zone_of(connection, visit.patient_id, visit.location_id)
    if allowed_from(now, zone, theirs) >= visit.starts_at + timedelta(minutes=minutes):
        return None
    heard_at = told(connection, by_id(connection, visit.id), now)
    if not heard_at:
        return None
    channel = select(addresses.c.channel).where(addresses.c.id == heard_at[0])
    return str(connection.scalar(channel))


def announce(connection: Connection, planned: Plan, *, staff_id: int, now: datetime) -> int:
    """Let it be so, in the caller's transaction: who can be told is told once of the new number,
    who can't and is not here yet is a task, to call. Returns the delay's id."""
    now, late = instant(now), planned.late
    lock_calendars(connection, {late.practitioner_id}, None)
    ends = (each.visit.ends_at + timedelta(minutes=each.minutes) for each in planned.later)
    delay_id = lateness.put_in_force(
        connection,
        late.practitioner_id,
        late.location_id,
        late.minutes,
        until=max(ends, default=now),
        staff_id=staff_id,
        now=now,
    )
    ids = [each.visit.id for each in (*planned.later, *planned.on_time)]
    # Once more, under the lock: a message may have gone out since.
    before = lateness.told_last(connection, ids)
    for each in (*planned.later, *planned.on_time):
        known = before.get(each.visit.id, 0)
        if each.minutes == known:
            continue
        if each.channel is not None:
            _tell(connection, delay_id, each, known, now)
        elif each.is_called and each.minutes:
            _call(connection, each, now)
    return delay_id


def _tell(connection: Connection, delay_id: int, each: Later, known: int, now: datetime) -> None:
    """Until the visit begins, late as it is, or as it was said to be."""
    longest = timedelta(minutes=max(each.minutes, known))
    visit = by_id(connection, each.visit.id)
    lateness.plan_to_tell(
        connection,
        delay_id,
        visit,
        each.minutes,
        valid_until=visit.starts_at + longest,
        now=now,
    )


def _call(connection: Connection, each: Later, now: datetime) -> None:
    open_task(
        connection,
        TaskKind.CALL,
        patient_id=each.visit.patient_id,
        appointment_id=each.visit.id,
        location_id=each.visit.location_id,
        note=f"running late: about {each.minutes} minutes",
        now=now,
    )


def on_time_again(connection: Connection, delay_id: int) -> RunningLate:
    """Return what takes a delay back. Raises NothingToUndo where something else has been said of
    them since."""
    delay = lateness.delay_by_id(connection, delay_id)
    if delay is None or not delay.minutes:
        raise NothingToUndo("something else has been said of them since")
    return RunningLate(delay.practitioner_id, delay.location_id, 0)
