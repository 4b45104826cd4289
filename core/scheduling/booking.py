"""Book, move and cancel: each all or nothing, each with its event, each under the guards.

Every function takes the caller's transaction and never commits. On PostgreSQL it locks the
practitioners, the patient, rooms and devices, then the appointment: the same order everywhere, so
that no two bookings wait for each other.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core.clock import instant
from core.database.guards import lock_calendars
from core.errors import AppointmentChanged, SlotTaken
from core.scheduling.appointments import (
    Actor,
    Appointment,
    Untold,
    draft,
)
from core.scheduling.availability import find_slots
from core.scheduling.calendar import AFTERWARDS, enter, has_begun
from core.scheduling.catalogue import Catalogue
from core.scheduling.eligibility import require_eligible, require_visits_left
from core.scheduling.history import change, create
from core.scheduling.holds import make_way
from core.scheduling.loading import current
from core.scheduling.search import Search, Slot
from core.scheduling.statuses import (
    ARRIVED,
    PENDING,
    SCHEDULED,
)
from core.scheduling.whole import all_or_nothing


def book(
    connection: Connection,
    slot: Slot,
    *,
    patient_id: int,
    actor: Actor,
    now: datetime,
    catalogue: Catalogue,
    conversation_id: int | None = None,
    address_id: int | None = None,
    reason: str | None = None,
    open_visits_limit: int | None,
    override: str | None = None,
    untold: Untold | None = None,
    afterwards: bool = False,
) -> Appointment:
    """Return the appointment: the conversation's hold of that slot turned into it (the same row),
    or a new one: when the hold's term is over, as long as nobody has taken the time.

    Another hold of the conversation is released. What needs approval starts pending. Staff may go
    beyond hours and rules, and overbook, with an `override`: the reason, which is stored. Of what
    staff book the patient is told, unless there is a reason why not (`untold`). `afterwards`: staff
    enter what was on paper; for a slot that has begun no hours and no notice count, the event says
    so, and nobody is told. For one that is ahead it says nothing.
    Raises SlotTaken, PatientBusy, ResourceTaken, what `check_slot` raises and what
    `eligibility.require_eligible` raises (`open_visits_limit` None: no limit), DayFull, StaffOnly;
    nothing has changed then.
    """
    now, afterwards = instant(now), afterwards and has_begun(slot, now)
    place = enter(
        connection,
        slot,
        catalogue,
        patient_id=patient_id,
        conversation_id=conversation_id,
        actor=actor,
        now=now,
        override=override,
        afterwards=afterwards,
    )
    waits = require_eligible(connection, place, patient_id, actor, now, open_visits_limit)
    require_visits_left(connection, place, actor, now, conversation_id=conversation_id)
    why = AFTERWARDS if afterwards else None
    hidden = {"reason": reason, "override_reason": override or why}
    with all_or_nothing(connection):
        # The clinic may have lost the room since, or the visit type come to need one.
        serves = place.kept is not None and place.will_do(place.kept.resource_id)
        kept = place.kept if serves else None
        others = [each for each in place.around if each is not kept]
        others = make_way(connection, others, conversation_id, actor=actor, now=now)
        if kept is not None:
            try:
                values = {
                    "status": PENDING if waits else SCHEDULED,
                    "patient_id": patient_id,
                    "booked_by_address_id": address_id,
                }
                return _take_over(
                    connection, kept, values, hidden, actor=actor, now=now, untold=untold
                )
            except AppointmentChanged:
                pass  # The worker, whose clock is ahead, has just tidied it up: start afresh.
        booked = draft(
            slot,
            PENDING if waits else SCHEDULED,
            seat=place.free_seat(others),
            occupied=place.occupied,
            patient_id=patient_id,
            conversation_id=conversation_id,
            booked_by_address_id=address_id,
            resource_id=place.free_resource(others),
        )
        return create(
            connection,
            booked,
            "booked",
            actor=actor,
            now=now,
            why=why,
            hidden=hidden,
            untold=untold,
        )


def _take_over(
    connection: Connection,
    kept: Appointment,
    values: dict[str, Any],
    hidden: dict[str, Any],
    *,
    actor: Actor,
    now: datetime,
    untold: Untold | None,
) -> Appointment:
    """Turn the hold into the visit that was to be booked; it keeps its row, seat and room.

    The visit is made now, not when its time was held: whoever it is for may have been registered
    in between, and is to see it.
    """
    return change(
        connection,
        kept,
        "booked",
        actor=actor,
        now=now,
        hidden=hidden
        | {"booked_through": actor.channel, "booked_by": actor.kind, "created_at": now},
        hold_expires_at=None,
        untold=untold,
        **values,
    )


def book_anyone(
    connection: Connection,
    search: Search,
    *,
    patient_id: int,
    actor: Actor,
    now: datetime,
    catalogue: Catalogue,
    **booking: Any,
) -> Appointment:
    """Book the first slot that `find_slots` gives for the search: the earliest; of several
    practitioners who are free then, the patient's own, else whoever has the fewest visits that
    day, else the lowest id. `booking` are the other arguments of `book`.

    All who might be chosen are locked first, so that the choice is right whoever books at the same
    moment. Raises SlotTaken when nobody is free, and what `book` raises.
    """
    now = instant(now)
    people = catalogue.offers_for(search, for_staff=actor.is_staff)
    lock_calendars(connection, people, patient_id)
    catalogue = current(connection, catalogue, now=now)
    first = replace(search, limit=1)
    slots = find_slots(connection, first, catalogue=catalogue, now=now, for_staff=actor.is_staff)
    if not slots:
        raise SlotTaken("nobody is free then")
    return book(
        connection,
        slots[0],
        patient_id=patient_id,
        actor=actor,
        now=now,
        catalogue=catalogue,
        **booking,
    )


def walk_in(
    connection: Connection,
    slot: Slot,
    *,
    patient_id: int,
    actor: Actor,
    now: datetime,
    catalogue: Catalogue,
    reason: str | None = None,
    override: str | None = None,
    afterwards: bool = False,
) -> Appointment:
    """Enter a patient who has come without an appointment: they have arrived, on a seat of their
    own if all are taken. `afterwards`: they came while nothing worked, as in `book`; then they take
    nobody's time unless there is a reason (`override`).

    Raises StaffOnly, PatientBusy, ResourceTaken, SlotInPast for a slot that is over, or lies too
    far back; SlotTaken for one that was somebody else's.
    """
    now, afterwards = instant(now), afterwards and has_begun(slot, now)
    why = AFTERWARDS if afterwards else None
    if not afterwards:
        override = override or "walk-in"
    place = enter(
        connection,
        slot,
        catalogue,
        patient_id=patient_id,
        conversation_id=None,
        actor=actor,
        now=now,
        override=override,
        afterwards=afterwards,
    )
    hidden = {"reason": reason, "override_reason": override or why}
    with all_or_nothing(connection):
        others = make_way(connection, place.around, None, actor=actor, now=now)
        came = draft(
            slot,
            ARRIVED,
            seat=place.free_seat(others),
            occupied=place.occupied,
            patient_id=patient_id,
            conversation_id=None,
            resource_id=place.free_resource(others),
        )
        return create(connection, came, "walked_in", actor=actor, now=now, why=why, hidden=hidden)
