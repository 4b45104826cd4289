"""What makes an address proved for a patient, other than the word of staff."""

from datetime import datetime

from sqlalchemy import Connection, and_, or_, select, update

from core.database.types import keyring_of
from core.database.upsert import insert_new
from core.models import addresses, patient_addresses, patients
from core.models.people import AddressState, Relation, Trust
from core.people.events import record
from core.people.links import ends_at, holds, is_somebody
from core.people.registering import Claim, Where

Role = tuple[Relation, datetime | None]  # What the patient is to the writer, and until when.
NUMBERS = ("sms", "whatsapp", "voice")  # Channels whose addresses are telephone numbers.


def prove(
    connection: Connection,
    patient_id: int,
    role: Role,
    where: Where,
    *,
    how: str,
) -> None:
    """The address speaks for the patient, and sees all that this relation may see."""
    relation, until = role
    link = patient_addresses.c
    ours = and_(link.patient_id == patient_id, link.address_id == where.address_id)
    rights = {"may_book": True, "may_see": True, "is_told": True}
    values = {"relation": relation, "trust": Trust.PROVED, "until": until, "updated_at": where.now}
    fresh = {"since": where.now, **rights, **values}
    ids = {"patient_id": patient_id, "address_id": where.address_id, "created_at": where.now}
    if insert_new(connection, patient_addresses, ids | fresh) is None:
        in_force = connection.scalar(select(link.id).where(ours, holds(where.now)))
        changes = rights | values if in_force else fresh
        connection.execute(update(patient_addresses).where(ours).values(**changes))
    record(connection, patient_id, "proved", actor=where.actor, now=where.now, detail=how)


def role_here(
    connection: Connection, patient_id: int, claim: Claim | None, where: Where
) -> Role | None:
    """Return what the patient is to whoever writes, and until when: as the address is linked, else
    as they say; None when neither is so."""
    link = patient_addresses.c
    row = connection.execute(
        select(link.relation, link.until).where(
            link.patient_id == patient_id,
            link.address_id == where.address_id,
            link.trust != Trust.GIVEN,
            holds(where.now),
        )
    ).one_or_none()
    if row is not None:
        return Relation(row.relation), row.until
    if claim is None:
        return None
    until = ends_at(
        claim.relation,
        claim.date_of_birth,
        years=where.rules.age_of_majority_years,
        zone=where.zone,
        now=where.now,
    )
    return claim.relation, until


def prove_by_contact(connection: Connection, phone: str, where: Where) -> int | None:
    """Return the patient whose number this is, proved for the address; None when it is on nobody's
    file, or on that of several.

    On file is what staff wrote, or what was proved: a number that somebody merely writes from has
    no right to see, and proves nothing.
    """
    link = patient_addresses.c
    keys = keyring_of(connection.dialect)
    rows = connection.execute(
        select(link.patient_id, link.relation, link.until, link.may_see)
        .select_from(patient_addresses)
        .join(addresses, addresses.c.id == link.address_id)
        .join(patients, patients.c.id == link.patient_id)
        .where(
            addresses.c.channel.in_(NUMBERS),
            addresses.c.address_hash.in_([keys.hash_address((name, phone)) for name in NUMBERS]),
            addresses.c.state == AddressState.GOOD,
            holds(where.now),
            is_somebody(),
        )
        .order_by(link.may_see.desc(), link.id)
    ).all()
    if len({row.patient_id for row in rows}) != 1 or not rows[0].may_see:
        return None
    on_file = rows[0]
    if _is_kept_from(connection, on_file.patient_id, where):
        return None
    role = Relation(on_file.relation), on_file.until
    prove(connection, on_file.patient_id, role, where, how="contact")
    return int(on_file.patient_id)


def _is_kept_from(connection: Connection, patient_id: int, where: Where) -> bool:
    link = patient_addresses.c
    kept = select(link.id).where(
        link.patient_id == patient_id,
        link.address_id == where.address_id,
        or_(link.suspended_at.is_not(None), link.is_barred, link.may_book.is_(False)),
    )
    return connection.scalar(kept) is not None
