"""Patients, and for whom an address may speak."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, update

from core.database.upsert import insert_new
from core.errors import TooManyNewPatients
from core.models import new_public_id, patient_addresses, patient_events, patients
from core.models.people import Relation, Standing, Trust
from core.rules import Rules
from core.scheduling.appointments import Actor


@dataclass(frozen=True, slots=True)
class Link:
    """A patient, as seen from one address."""

    patient_id: int
    first_name: str
    last_name: str
    relation: str
    trust: str
    standing: str

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


_LINKS = (
    select(
        patients.c.id,
        patients.c.first_name,
        patients.c.last_name,
        patient_addresses.c.relation,
        patient_addresses.c.trust,
        patients.c.standing,
    )
    .join(patient_addresses, patient_addresses.c.patient_id == patients.c.id)
    .where(
        patient_addresses.c.address_id == bindparam("address"),
        patient_addresses.c.since <= bindparam("now"),
        or_(patient_addresses.c.until.is_(None), patient_addresses.c.until > bindparam("now")),
        patient_addresses.c.may_book,
        # Whom staff merely typed in is not shown to whoever holds the phone.
        patient_addresses.c.trust != Trust.GIVEN,
        patients.c.is_active,
        patients.c.standing != Standing.DECEASED,
    )
    .order_by(patient_addresses.c.id)
)


def people_at(connection: Connection, address_id: int, now: datetime) -> list[Link]:
    """Return whom this address may book for, in the order they became known."""
    rows = connection.execute(_LINKS, {"address": address_id, "now": now})
    return [Link(*row) for row in rows]


def fold(name: str) -> str:
    """Return the name for finding: lower case, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", name)
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(letters.casefold().split())


def register(
    connection: Connection,
    *,
    first_name: str,
    last_name: str,
    date_of_birth: date,
    relation: Relation,
    address_id: int,
    actor: Actor,
    now: datetime,
    rules: Rules,
) -> Link:
    """Link the person to the address as `claimed`, making a record if there is none.

    An existing record of that name and birth date is linked and nothing tells that it existed: a
    claimed link sees only what this address books. Raises TooManyNewPatients.
    """
    _check_daily_limit(connection, address_id, now, rules)
    search_name = fold(f"{first_name} {last_name}")
    patient_id: int | None = connection.scalar(
        select(func.min(patients.c.id)).where(
            patients.c.search_name == search_name,
            patients.c.date_of_birth == date_of_birth,
            patients.c.is_active,
            patients.c.standing != Standing.DECEASED,  # Linked, it would tell that.
        )
    )
    what = "linked"
    if patient_id is None:
        what = "registered"
        patient_id = connection.execute(
            insert(patients)
            .values(
                public_id=new_public_id(),
                first_name=first_name,
                last_name=last_name,
                search_name=search_name,
                date_of_birth=date_of_birth,
                standing=Standing.ACTIVE,
                created_at=now,
                updated_at=now,
            )
            .returning(patients.c.id)
        ).scalar_one()
    _link(connection, patient_id, address_id, relation, now)
    _record(connection, patient_id, what, actor, now)
    return Link(patient_id, first_name, last_name, relation, Trust.CLAIMED, Standing.ACTIVE)


def _check_daily_limit(
    connection: Connection, address_id: int, now: datetime, rules: Rules
) -> None:
    recent = select(func.count()).where(
        and_(
            patient_addresses.c.address_id == address_id,
            patient_addresses.c.created_at > now - timedelta(days=1),
        )
    )
    if (connection.scalar(recent) or 0) >= rules.new_patients_per_address_a_day:
        raise TooManyNewPatients("this address has registered its number of people for today")


def _link(
    connection: Connection, patient_id: int, address_id: int, relation: Relation, now: datetime
) -> None:
    is_new = insert_new(
        connection,
        patient_addresses,
        {
            "patient_id": patient_id,
            "address_id": address_id,
            "relation": relation,
            "trust": Trust.CLAIMED,
            "may_book": True,
            "may_see": False,
            "is_told": True,
            "since": now,
            "created_at": now,
            "updated_at": now,
        },
    )
    if is_new is None:  # Typed in by staff, or ended: now it is claimed.
        weaker = or_(patient_addresses.c.trust == Trust.GIVEN, patient_addresses.c.until <= now)
        connection.execute(
            update(patient_addresses)
            .where(
                patient_addresses.c.patient_id == patient_id,
                patient_addresses.c.address_id == address_id,
                weaker,
            )
            .values(trust=Trust.CLAIMED, until=None, updated_at=now)
        )


def _record(
    connection: Connection, patient_id: int, what: str, actor: Actor, now: datetime
) -> None:
    connection.execute(
        insert(patient_events),
        {
            "patient_id": patient_id,
            "at": now,
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "channel": actor.channel,
            "what": what,
        },
    )
