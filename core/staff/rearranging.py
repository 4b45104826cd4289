"""Doing what was proposed where somebody is away, all at once, and taking it back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from core.clock import instant
from core.database.guards import lock_calendars
from core.database.savepoint import savepoint
from core.errors import ClinicError
from core.messaging.tasks import open_task
from core.models import absences, holidays
from core.models.messaging import TaskKind
from core.occasions import unanswered
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.catalogue import Catalogue
from core.scheduling.hours import (
    NothingToRemove,
    add_absence,
    add_holiday,
    remove_absence,
    remove_holiday,
)
from core.scheduling.loading import load_catalogue
from core.scheduling.moving import move
from core.scheduling.statuses import EXPECTED
from core.scheduling.undoing import undo
from core.staff.away import Away, Proposal, is_busy
from core.staff.day import DayVisit

CLOSED = "closed"  # What such a day is called among the holidays.


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered: absences, or days on which a place is closed; so it is taken back."""

    absence_ids: tuple[int, ...] = ()
    location_id: int | None = None
    days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it. `moved`: the visits that have another time or practitioner, as they are
    now; `to_call`: those that nothing was found for, or whose time somebody else was given;
    `answered_by`: when each who has another time has answered, or is to be called; None: nobody
    need answer."""

    entered: Entered
    moved: tuple[Appointment, ...]
    to_call: tuple[DayVisit, ...]
    answered_by: datetime | None


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
    is told of it. `by`: who does it, in words. Raises UnknownPractitioner, UnknownLocation,
    ImpossibleHours."""
    now = instant(now)
    people = {each.slot.practitioner_id for each in proposals if each.slot is not None}
    # All at once and in order, so that two who rearrange a day do not wait for each other.
    lock_calendars(connection, {*away.people, *people}, None)
    entered = enter(connection, away, by=by, now=now)
    catalogue = load_catalogue(connection, now=now)
    moved, to_call, answers = [], [], []
    for proposal in proposals:
        after = given_time(connection, proposal, catalogue, actor, now)
        if after is not None:
            moved.append(after)
            answers.append(await_answer(connection, after, catalogue, now))
        elif _still_touched(connection, away, proposal.visit, catalogue):
            to_call.append(proposal.visit)
            open_call(connection, proposal.visit, now)
    answered_by = max(filter(None, answers), default=None)
    return Done(entered, tuple(moved), tuple(to_call), answered_by)


def enter(connection: Connection, away: Away, *, by: str, now: datetime) -> Entered:
    """Let them be away, or the place be closed. Whoever is booked then stays so, and is a task for
    staff each. Raises UnknownPractitioner, UnknownLocation, ImpossibleHours."""
    if away.closed is not None:
        days = _not_closed_yet(connection, away.closed, away)
        for day in days:
            add_holiday(connection, away.closed, day, CLOSED, actor=by, now=now)
        return Entered(location_id=away.closed, days=days)
    people = sorted(away.people)
    # In order, and before any of them is entered: nobody else enters one meanwhile.
    lock_calendars(connection, people, None)
    return Entered(tuple(_absent(connection, person, away, by, now) for person in people))


def _absent(connection: Connection, person: int, away: Away, by: str, now: datetime) -> int:
    add_absence(connection, person, away.first, away.until, away.hours, actor=by, now=now)
    latest = select(func.max(absences.c.id)).where(absences.c.practitioner_id == person)
    absence_id: int = connection.execute(latest).scalar_one()
    return absence_id


def _not_closed_yet(connection: Connection, location_id: int, away: Away) -> tuple[date, ...]:
    """Return the days that are no holiday there as it is."""
    there = holidays.c.location_id == location_id
    known = set(connection.scalars(select(holidays.c.day).where(there)))
    days = (away.first + timedelta(days=count) for count in range(away.days))
    return tuple(day for day in days if day not in known)


def whose_absence(connection: Connection, absence_id: int) -> int:
    """Return who is away by it; raises NothingToRemove where there is no such absence."""
    whose = select(absences.c.practitioner_id).where(absences.c.id == absence_id)
    practitioner_id: int | None = connection.scalar(whose)
    if practitioner_id is None:
        raise NothingToRemove("there is no such absence")
    return practitioner_id


def given_time(
    connection: Connection, proposal: Proposal, catalogue: Catalogue, actor: Actor, now: datetime
) -> Appointment | None:
    """Give a visit the time that was proposed, and return it as it is then; None where there is
    none, or not any more."""
    if proposal.slot is None:
        return None
    if proposal.overrides and is_busy(connection, proposal.slot):
        return None  # An override would book two at one time.
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
                override="stands in" if proposal.overrides else None,
            )
    except ClinicError:
        return None  # Somebody was faster there: a call, as where there was nothing.


def _still_touched(
    connection: Connection, away: Away, visit: DayVisit, catalogue: Catalogue
) -> bool:
    """Tell whether it is still with who is away: a colleague may have moved it a moment ago."""
    now_it_is = by_id(connection, visit.id)
    zone = catalogue.zones[now_it_is.location_id]
    times = (now_it_is.starts_at.astimezone(zone), now_it_is.ends_at.astimezone(zone))
    is_there = away.touches(now_it_is.practitioner_id, now_it_is.location_id, times)
    return is_there and now_it_is.status in EXPECTED


def await_answer(
    connection: Connection, visit: Appointment, catalogue: Catalogue, now: datetime
) -> datetime | None:
    """Have whoever was given another time called, unless they answer in time; return by when, as
    `core.occasions.unanswered.expect` does."""
    hours = catalogue.rules_at(visit.location_id).moved_answer_hours
    return unanswered.expect(connection, visit, hours, now)


def open_call(connection: Connection, visit: DayVisit, now: datetime) -> None:
    """Have staff call whoever was given no other time."""
    open_task(
        connection,
        TaskKind.CALL,
        patient_id=visit.patient_id,
        appointment_id=visit.id,
        location_id=visit.location_id,
        now=now,
    )


def remove(connection: Connection, entered: Entered, *, by: str, now: datetime) -> None:
    """They are there after all. Raises NothingToRemove where they are already."""
    for absence_id in entered.absence_ids:
        remove_absence(connection, absence_id, actor=by, now=now)
    for day in entered.days:
        remove_holiday(connection, entered.location_id or 0, day, actor=by, now=now)


def take_back(
    connection: Connection,
    entered: Entered,
    visit_ids: Iterable[int],
    *,
    actor: Actor,
    by: str,
    now: datetime,
) -> tuple[int, int]:
    """They are there after all: what was entered is removed, and each visit goes back whose patient
    has not answered yet and whose time is still free; who had been told is told again. Returns how
    many went back, and how many stay where they are. Raises NothingToRemove."""
    now = instant(now)
    seen = [by_id(connection, visit_id) for visit_id in visit_ids]
    absent = {whose_absence(connection, absence_id) for absence_id in entered.absence_ids}
    lock_calendars(connection, absent | {visit.practitioner_id for visit in seen}, None)
    remove(connection, entered, by=by, now=now)
    return put_back(connection, seen, actor=actor, now=now)


def put_back(
    connection: Connection, visits: Iterable[Appointment], *, actor: Actor, now: datetime
) -> tuple[int, int]:
    """Let each visit be where it was whose patient has not answered yet and whose time is still
    free; who had been told is told again. The calendars are locked. Returns as `take_back`."""
    catalogue = load_catalogue(connection, now=now)
    back = kept = 0
    for visit in visits:
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
            kept += 1
    return back, kept
