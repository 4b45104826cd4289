"""Putting right what was just said of somebody: a name or a birth date that was mistyped.

Only what this very address has made of a claim, and what nothing has been done with since, is
changed. Whoever is found on file, has a visit or is proved is left as they are: what is said then
is another claim. The answer is the same either way, so that it does not tell which it was.
"""

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, select, update

from core.models import appointments, patient_addresses, patient_events, patients
from core.models.appointments import ActorKind, AppointmentStatus
from core.models.people import Trust
from core.people.events import record
from core.people.links import Link, ends_at, people_at
from core.people.registering import Claim, Where, record_of, register, tell_of_duplicates

# A time that was only kept while they were asked is no visit.
_KEPT = (AppointmentStatus.HELD, AppointmentStatus.EXPIRED)


def correct(connection: Connection, patient_id: int, claim: Claim, where: Where) -> Link:
    """Return the person as they are called now; `patient_id` is whom the mistaken claim led to.

    Raises TooManyNewPatients.
    """
    links = people_at(connection, where.address_id, where.now)
    link = next((each for each in links if each.patient_id == patient_id), None)
    if (
        link is None
        or link.trust != Trust.CLAIMED
        or _has_visits_from(connection, patient_id, where.address_id)
    ):
        return register(connection, claim, where)
    on_file = record_of(connection, claim, where.address_id, for_booking=True)
    if on_file == patient_id:
        return link
    is_ours = _was_made_here(connection, patient_id, where.address_id)
    if is_ours and on_file is None:
        return _put_right(connection, patient_id, claim, where)
    _take_back(connection, patient_id, where, forget=is_ours)
    return register(connection, claim, where)


def _has_visits_from(connection: Connection, patient_id: int, address_id: int) -> bool:
    """It is another claim once something was booked here by it, even if it was given up since."""
    booked = (
        appointments.c.patient_id == patient_id,
        appointments.c.booked_by_address_id == address_id,
        appointments.c.status.not_in(_KEPT),
    )
    return bool(connection.scalar(select(exists().where(*booked))))


def _was_made_here(connection: Connection, patient_id: int, address_id: int) -> bool:
    """The record was made of this address's claim, and neither staff nor another address has done
    anything with it."""
    made = (
        patient_events.c.patient_id == patient_id,
        patient_events.c.what == "registered",
        patient_events.c.actor_kind == ActorKind.PATIENT,
        patient_events.c.actor_id == address_id,
    )
    elsewhere = (
        patient_addresses.c.patient_id == patient_id,
        patient_addresses.c.address_id != address_id,
    )
    booked = (
        appointments.c.patient_id == patient_id,
        appointments.c.status.not_in(_KEPT),
    )
    found = connection.execute(
        select(exists().where(*made), exists().where(*elsewhere), exists().where(*booked))
    ).one()
    return tuple(map(bool, found)) == (True, False, False)


def _put_right(connection: Connection, patient_id: int, claim: Claim, where: Where) -> Link:
    names = {"first_name": claim.first_name, "last_name": claim.last_name}
    connection.execute(
        update(patients)
        .where(patients.c.id == patient_id)
        .values(
            **names,
            search_name=claim.search_name,
            date_of_birth=claim.date_of_birth,
            updated_at=where.now,
        )
    )
    until = ends_at(
        claim.relation,
        claim.date_of_birth,
        years=where.rules.age_of_majority_years,
        zone=where.zone,
        now=where.now,
    )
    connection.execute(
        update(patient_addresses)
        .where(_ours(patient_id, where.address_id))
        .values(
            **{f"said_{part}": name for part, name in names.items()},
            relation=claim.relation,
            until=until,
            updated_at=where.now,
        )
    )
    record(connection, patient_id, "corrected", actor=where.actor, now=where.now)
    tell_of_duplicates(connection, patient_id, claim, where.now)
    links = people_at(connection, where.address_id, where.now)
    return next(link for link in links if link.patient_id == patient_id)


def _take_back(connection: Connection, patient_id: int, where: Where, *, forget: bool) -> None:
    """The claim led to somebody else than was meant: the address never spoke for them. A record
    that nothing but the mistake made is put away (`forget`); what staff had typed in of the
    address counts on."""
    ours = _ours(patient_id, where.address_id)
    made = and_(ours, patient_addresses.c.since == patient_addresses.c.created_at)
    if connection.execute(delete(patient_addresses).where(made)).rowcount == 0:
        connection.execute(
            update(patient_addresses)
            .where(ours)
            .values(
                trust=Trust.GIVEN,
                said_first_name=None,
                said_last_name=None,
                since=patient_addresses.c.created_at,
                updated_at=where.now,
            )
        )
    if forget:
        connection.execute(
            update(patients)
            .where(patients.c.id == patient_id)
            .values(is_active=False, updated_at=where.now)
        )
    record(connection, patient_id, "unlinked", actor=where.actor, now=where.now)


def _ours(patient_id: int, address_id: int) -> ColumnElement[bool]:
    link = patient_addresses.c
    return and_(link.patient_id == patient_id, link.address_id == address_id)
