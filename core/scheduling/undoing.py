"""Undo: what was done a moment ago was never meant."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from core.clock import instant
from core.database.guards import lock_calendars
from core.errors import NothingToUndo, SlotInPast
from core.scheduling.appointments import Actor, Appointment, Untold, by_id
from core.scheduling.catalogue import Catalogue
from core.scheduling.history import REMEMBERED, REMEMBERED_TIMES, Event, change, last_event
from core.scheduling.holds import make_way
from core.scheduling.looking import look, overlap
from core.scheduling.moving import lock_at
from core.scheduling.statuses import ENTERED_IN_ERROR, require_change
from core.scheduling.whole import all_or_nothing
from core.waitlist.rounds import take_back

_WALKED_IN = "walked_in"
_NEVER_EXPECTED = Untold("they came without an appointment, and nobody had told them of one")
# Before these there was no visit: taken back, it was never meant.
_MADE = ("booked", _WALKED_IN)
# What staff mark at the desk, where a finger slips: who came, and who did not.
_MARKS = ("arrived", "completed", "missed")
_UNDOABLE = (*_MADE, "rescheduled", "cancelled", "confirmed", *_MARKS)


@dataclass(frozen=True, slots=True)
class Undone:
    appointment: Appointment
    of: str  # The type of the event that no longer counts


def undo(
    connection: Connection,
    appointment_id: int,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    catalogue: Catalogue,
    untold: Untold | None = None,
) -> Undone:
    """Take back the last thing that this actor did to the appointment, within `undo_minutes`: a
    booking was never meant, a move goes back, a cancelled visit stands again, if its time is
    still free: while it is only being offered to others, it is. What was marked is as before, also
    once the visit has begun, and so is what was entered after it had. Where staff take something
    back, the patient is told, unless there is a reason why not (`untold`).

    Raises NothingToUndo, AppointmentNotFound, AppointmentChanged (it is not at `version` any more),
    SlotInPast, SlotTaken, PatientBusy and ResourceTaken; nothing has changed then.
    """
    now = instant(now)
    with all_or_nothing(connection):
        seen = by_id(connection, appointment_id)
        event = last_event(connection, seen.id)
        _require_undoable(event, actor, now, catalogue.rules_at(seen.location_id).undo_minutes)
        goal = _goal(seen, event)
        if goal.starts_at <= now and not _may_be_past(event, goal):
            raise SlotInPast("the visit has begun")
        people = {seen.practitioner_id, goal.practitioner_id}
        rooms = [room for room in {seen.resource_id, goal.resource_id} if room is not None]
        lock_calendars(connection, people, seen.patient_id, rooms)
        old = lock_at(connection, seen.id, version)
        require_change(old.status, goal.status)
        take_back(connection, goal, now=now)
        if event.type not in _MADE:
            goal = _seated(connection, goal, catalogue, actor, now)
        if event.type == _WALKED_IN:
            untold = untold or _NEVER_EXPECTED
        values = {name: getattr(goal, name) for name in (*REMEMBERED, *REMEMBERED_TIMES)}
        hidden = {"cancelled_at": None, "cancelled_by": None, "cancellation_reason": None}
        after = change(
            connection,
            old,
            "undone",
            actor=actor,
            now=now,
            why=event.type,
            hidden={**hidden, **event.hidden_before},
            untold=untold,
            **values,
        )
        return Undone(after, event.type)


def _may_be_past(event: Event, goal: Appointment) -> bool:
    """Tell whether it may be taken back once the visit has begun: a mark, and what was entered
    afterwards."""
    is_entry = event.type == "booked" and event.at >= goal.starts_at
    return is_entry or event.type in (*_MARKS, _WALKED_IN)


def _require_undoable(event: Event, actor: Actor, now: datetime, minutes: int) -> None:
    is_theirs = (event.actor_kind, event.actor_id) == (actor.kind, actor.id)
    if event.type not in _UNDOABLE or not is_theirs:
        raise NothingToUndo("nothing that this actor did last can be undone")
    if now - event.at > timedelta(minutes=minutes):
        raise NothingToUndo("it was too long ago")


def _goal(seen: Appointment, event: Event) -> Appointment:
    """Return the appointment as it would be: a booking was never meant, all else is as before."""
    if event.type in _MADE or event.before is None:
        return replace(seen, status=ENTERED_IN_ERROR)
    return replace(seen, **event.before)


def _seated(
    connection: Connection, goal: Appointment, catalogue: Catalogue, actor: Actor, now: datetime
) -> Appointment:
    """Return it on its seat, or on another that is free; holds whose term is over make way. If
    none is free, the guard says so."""
    occupied = (goal.occupied_from, goal.occupied_until)
    rooms = [] if goal.resource_id is None else [goal.resource_id]
    seen = look(
        connection,
        goal.practitioner_id,
        occupied,
        rooms,
        patient_id=goal.patient_id,
        conversation_id=None,
        now=now,
    )
    others = [each for each in seen.around if each.id != goal.id]
    # What is held for moving this very visit is no longer asked about.
    asked = next((each.conversation_id for each in others if each.moves_id == goal.id), None)
    others = make_way(connection, others, asked, actor=actor, now=now)
    taken = {
        each.seat
        for each in others
        if each.practitioner_id == goal.practitioner_id
        and overlap((each.occupied_from, each.occupied_until), occupied)
    }
    person = catalogue.persons.get(goal.practitioner_id)
    seats = (goal.seat, *range(person.capacity if person else 1))
    return replace(goal, seat=next((seat for seat in seats if seat not in taken), goal.seat))
