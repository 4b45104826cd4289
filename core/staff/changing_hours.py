"""Other working hours: whom they touch, what is proposed to each, and all of it done at once.

What hours are to be is tried out and rolled back, so that what is shown is what will happen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.clock import instant
from core.database.guards import lock_calendars
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.availability import Slot
from core.scheduling.hours_by_staff import Standing, Where, enter_hours, withdraw_hours
from core.scheduling.loading import load_catalogue
from core.scheduling.overlay import Change
from core.scheduling.statuses import EXPECTED
from core.scheduling.stranded import visits_outside_hours
from core.staff.away import Proposal, is_reached, nearest
from core.staff.day import DayVisit, visits_among
from core.staff.rearranging import await_answer, given_time, open_call, put_back
from core.staff.rights import Sphere


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to become of somebody's hours: `changes` are entered, those of `withdrawn` (ids)
    taken back; one of the two."""

    practitioner_id: int
    changes: tuple[tuple[Where, Change], ...] = ()
    withdrawn: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of it. `entered`: ids of changes; `withdrawn`: what stood; `moved`: the visits that
    have another time or practitioner; `to_call`: those that nothing was found for; `kept`: how
    many stay where they are, outside the hours."""

    entered: tuple[int, ...] = ()
    withdrawn: tuple[Standing, ...] = ()
    moved: tuple[Appointment, ...] = ()
    to_call: tuple[DayVisit, ...] = ()
    kept: int = 0


def plan_hours(
    connection: Connection, sphere: Sphere, edit: Edit, *, now: datetime
) -> list[Proposal]:
    """Return the visits that would lie outside the hours, and what is proposed to each; nothing is
    changed. Two visits are never proposed the same time. Raises ImpossibleHours, NothingToRemove,
    UnknownPractitioner, UnknownLocation."""
    now = instant(now)
    trial = connection.begin_nested()
    try:
        visits = _stranded_by(connection, sphere, edit, now)
        return _proposals(connection, visits, now)
    finally:
        trial.rollback()


def _stranded_by(
    connection: Connection, sphere: Sphere, edit: Edit, now: datetime
) -> list[DayVisit]:
    person = edit.practitioner_id
    before = {each.id for each in visits_outside_hours(connection, now, practitioner_id=person)}
    _put(connection, edit, "nobody: a trial", now)
    after = {each.id for each in visits_outside_hours(connection, now, practitioner_id=person)}
    found = visits_among(connection, sphere, after - before)
    return [visit for visit in found if visit.status in EXPECTED]


def _proposals(connection: Connection, visits: Sequence[DayVisit], now: datetime) -> list[Proposal]:
    catalogue = load_catalogue(connection, now=now)
    given: list[Slot] = []
    proposals = []
    for visit in visits:
        slot = nearest(connection, visit, given, catalogue=catalogue, now=now)
        if slot is not None:
            given.append(slot)
        proposals.append(Proposal(visit, slot, is_reached(connection, visit, now)))
    return proposals


def _put(
    connection: Connection, edit: Edit, by: str, now: datetime
) -> tuple[tuple[int, ...], tuple[Standing, ...]]:
    person = edit.practitioner_id
    entered, gone = [], []
    if edit.changes:
        entered = enter_hours(connection, person, edit.changes, actor=by, now=now)
    if edit.withdrawn:
        gone = withdraw_hours(connection, person, edit.withdrawn, actor=by, now=now)
    return tuple(entered), tuple(gone)


def carry_out_hours(
    connection: Connection,
    edit: Edit,
    proposals: Sequence[Proposal],
    *,
    moves: bool,
    actor: Actor,
    by: str,
    now: datetime,
) -> Edited:
    """Change the hours, and give each visit that lies outside the time that was proposed, all in
    the caller's transaction; who is moved is told of it. Where not `moves`, they stay where they
    are, a task for staff each. `by`: who does it, in words. Raises as `plan_hours`."""
    now = instant(now)
    people = {each.slot.practitioner_id for each in proposals if each.slot is not None}
    # All at once and in order, so that two who rearrange do not wait for each other.
    lock_calendars(connection, {edit.practitioner_id, *people}, None)
    entered, withdrawn = _put(connection, edit, by, now)
    if not moves:
        return Edited(entered, withdrawn, kept=len(proposals))
    catalogue = load_catalogue(connection, now=now)
    moved, to_call = [], []
    for proposal in proposals:
        after = given_time(connection, proposal, catalogue, actor, now)
        if after is not None:
            moved.append(after)
            await_answer(connection, after, catalogue, now)
        elif by_id(connection, proposal.visit.id).version == proposal.visit.version:
            to_call.append(proposal.visit)
            open_call(connection, proposal.visit, now)
    return Edited(entered, withdrawn, tuple(moved), tuple(to_call))


def inverse(edit: Edit, edited: Edited) -> Edit:
    """Return what undoes an edit that was done."""
    if edit.changes:
        return Edit(edit.practitioner_id, withdrawn=edited.entered)
    return Edit(edit.practitioner_id, tuple((each.where, each.change) for each in edited.withdrawn))


def undo_hours(
    connection: Connection,
    edit: Edit,
    visit_ids: Sequence[int],
    *,
    actor: Actor,
    by: str,
    now: datetime,
) -> tuple[int, int]:
    """The hours are again as they were, by an `inverse` edit, and each of these visits goes back
    whose patient has not answered yet and whose time is still free; who had been told is told
    again. Returns how many went back, and how many stay where they are. Raises as `plan_hours`."""
    now = instant(now)
    seen = [by_id(connection, visit_id) for visit_id in visit_ids]
    people = {edit.practitioner_id, *(each.practitioner_id for each in seen)}
    lock_calendars(connection, people, None)
    _put(connection, edit, by, now)
    return put_back(connection, seen, actor=actor, now=now)
