"""Whether a patient may book: what the clinic's rules say of persons, and of full days.

Staff are bound by none of it: what they enter was decided by somebody. The calendars are locked,
so that no other conversation books for the same patient, or on the same day, at this moment.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from core.clock import instant
from core.database.types import MICROSECOND
from core.errors import (
    AgeOutsideRange,
    DayFull,
    MustCall,
    NoNewPatients,
    NotOffered,
    SeesOtherAges,
    TooManyOpenVisits,
)
from core.scheduling.acquaintance import acquaintance
from core.scheduling.appointments import Actor, Appointment
from core.scheduling.calendar import Place
from core.scheduling.diary import Asker, read_diary
from core.scheduling.missed import Step, missed_visits
from core.scheduling.offers import age_on
from core.scheduling.slots import day_start


def require_eligible(
    connection: Connection,
    place: Place,
    patient_id: int | None,
    actor: Actor,
    now: datetime,
    open_visits_limit: int | None,
) -> bool:
    """Return whether the clinic must approve the booking.

    Raises NoNewPatients, AgeOutsideRange, SeesOtherAges, NotOffered (the slot is as short as for
    patients whom the clinic knows), TooManyOpenVisits or MustCall unless this patient may book
    there. Of a patient who is not known yet (None) nothing can be said.
    """
    if actor.is_staff:
        return False
    if patient_id is None:
        return place.offer.visit_type.needs_approval
    _require_kind(connection, place, patient_id, now)
    if open_visits_limit is not None and place.open_visits >= open_visits_limit:
        raise TooManyOpenVisits("the patient has as many visits ahead as the clinic allows")
    step = _step(connection, place, patient_id, now)
    if step is Step.STAFF_ONLY:
        raise MustCall("after so many missed visits only staff book the next one")
    return place.offer.visit_type.needs_approval or step is Step.APPROVAL


def _require_kind(connection: Connection, place: Place, patient_id: int, now: datetime) -> None:
    offer, slot = place.offer, place.slot
    visit_type = offer.visit_type
    length = (instant(slot.ends_at) - instant(slot.starts_at)) // MICROSECOND
    is_short = length == offer.length_known < offer.length_new
    if visit_type.new_patients and not offer.has_ages and not is_short:
        return
    patient = acquaintance(connection, patient_id, now=now)
    if not patient.is_known and not visit_type.new_patients:
        raise NoNewPatients("that visit type is for patients whom the clinic knows")
    if not patient.is_known and is_short:
        raise NotOffered("a new patient's visit takes longer")
    if patient.born is None:
        return
    if not visit_type.is_for_age(age_on(place.day, patient.born)):
        raise AgeOutsideRange("that visit type is for patients of another age")
    _require_seen_at_that_age(place, patient.born)


def require_other_seen(
    connection: Connection, place: Place, moved: Appointment, actor: Actor, now: datetime
) -> None:
    """Raise SeesOtherAges when a patient moves a visit to somebody who does not see patients of
    their age. Who has seen them so far goes on: a visit that there is may move."""
    same = moved.practitioner_id == place.slot.practitioner_id
    if same or actor.is_staff or moved.patient_id is None or not place.offer.has_ages:
        return
    patient = acquaintance(connection, moved.patient_id, now=now)
    if patient.born is not None:
        _require_seen_at_that_age(place, patient.born)


def _require_seen_at_that_age(place: Place, born: date) -> None:
    if not place.offer.sees_age(age_on(place.day, born)):
        raise SeesOtherAges("that practitioner sees patients of another age")


def _step(connection: Connection, place: Place, patient_id: int, now: datetime) -> Step:
    rules = place.rules
    if place.offer.visit_type.is_emergency or not (
        rules.approve_from_missed_visits or rules.staff_only_from_missed_visits
    ):
        return Step.NONE
    return missed_visits(connection, patient_id, catalogue=place.catalogue, now=now).step(rules)


def require_visits_left(
    connection: Connection,
    place: Place,
    actor: Actor,
    now: datetime,
    *,
    conversation_id: int | None,
    moves_id: int | None = None,
) -> None:
    """Raise DayFull when the practitioner has as many visits on that day as they see; the visit
    that moves, and what the conversation holds, are not counted: just as in the search."""
    limit = place.offer.visits_a_day
    if limit is None or actor.is_staff:
        return
    person, zone = place.slot.practitioner_id, place.zone
    since, until = day_start(place.day, zone), day_start(place.day + timedelta(days=1), zone)
    asker = Asker(now, conversation_id, moves_id)
    if (
        read_diary(connection, {person}, (), since, until, asker).visits_between(
            person, since, until
        )
        >= limit
    ):
        raise DayFull("the practitioner sees no more patients on that day")
