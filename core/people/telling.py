"""Who may be told, unasked, of what is a patient's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from core.models import addresses, patient_addresses, patients
from core.models.people import AddressState, Relation, Trust
from core.people.contact import ContactRules
from core.people.links import holds, is_somebody


def told_of(
    connection: Connection, patient_id: int, *, now: datetime, is_confidential: bool = False
) -> list[int]:
    """Return the addresses that hear of what is the patient's, the one heard from last first.

    Nobody, where the patient is dead, or said to be, or must not be contacted; only those of one
    channel, where they want no other; of a confidential visit only the patient.
    """
    rows = _rows(connection, patient_id, now)
    return [row.id for row in rows if not is_confidential or row.relation == Relation.SELF]


def told_of_visit(
    connection: Connection,
    patient_id: int,
    *,
    booked_by_address_id: int | None,
    is_confidential: bool,
    now: datetime,
) -> list[int]:
    """Return the addresses that hear of a visit, the one heard from last first: where somebody only
    claims to speak for the patient, of what they booked there."""
    return [
        row.id
        for row in _rows(connection, patient_id, now)
        if (row.trust != Trust.CLAIMED or row.id == booked_by_address_id)
        and (not is_confidential or row.relation == Relation.SELF)
    ]


UNWRITTEN = ("voice", "email")  # A landline is called, and no mail is sent.
_HEARING = (
    select(
        addresses.c.id,
        addresses.c.channel,
        patients.c.contact_rules,
        patient_addresses.c.relation,
        patient_addresses.c.trust,
    )
    .select_from(patient_addresses)
    .join(patients, patients.c.id == patient_addresses.c.patient_id)
    .join(addresses, addresses.c.id == patient_addresses.c.address_id)
    .where(
        patients.c.id == bindparam("patient"),
        is_somebody(),
        holds(bindparam("now", type_=patient_addresses.c.since.type)),
        patient_addresses.c.is_told,
        addresses.c.opted_in.is_not(False),
        addresses.c.state == AddressState.GOOD,
        addresses.c.channel.not_in(UNWRITTEN),
    )
    .order_by(addresses.c.last_heard_at.desc().nulls_last(), addresses.c.id)
)


def _rows(connection: Connection, patient_id: int, now: datetime) -> Sequence[Any]:
    rows = connection.execute(_HEARING, {"patient": patient_id, "now": now}).all()
    if not rows:
        return []
    rules = ContactRules.read(rows[0].contact_rules)
    if rules.never:
        return []
    return [row for row in rows if rules.only in (None, row.channel)]
