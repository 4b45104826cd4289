"""Registering: a name and a birth date said in chat, and the record that they are linked to.

No answer tells whether there was a record. Where staff or a death stand between an address and a
record, whoever writes gets a new one, as if there were none, and staff are told of both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, false, func, insert, or_, select, update

from core.database.upsert import insert_new
from core.errors import TooManyNewPatients
from core.messaging.tasks import open_task
from core.models import new_public_id, patient_addresses, patients
from core.models.messaging import TaskKind
from core.models.people import Relation, Standing, Trust
from core.people.events import record
from core.people.links import Link, ends_at, is_somebody, people_at
from core.people.names import alike, fold
from core.rules import Rules
from core.scheduling.appointments import Actor

MOST_ALIKE = 50  # People born on one day that a new name is compared with.


@dataclass(frozen=True, slots=True)
class Claim:
    """Who somebody says they are, or write for."""

    first_name: str
    last_name: str
    date_of_birth: date
    relation: Relation

    @property
    def search_name(self) -> str:
        return fold(f"{self.first_name} {self.last_name}")


@dataclass(frozen=True, slots=True)
class Where:
    """From where, and when, somebody says so."""

    address_id: int
    actor: Actor
    now: datetime
    zone: ZoneInfo  # Of the clinic's first location: in it one comes of age.
    rules: Rules


def register(connection: Connection, claim: Claim, where: Where) -> Link:
    """Link the person to the address as `claimed`, making a record if there is none that this
    address may be linked to.

    An existing record is linked and nothing tells that it existed: a claimed link sees only what
    its address books. Raises TooManyNewPatients.
    """
    link = _known_here(connection, claim, where)
    if link is not None:
        return link
    _check_daily_limit(connection, where)
    patient_id = record_of(connection, claim, where.address_id, for_booking=True)
    what = "registered" if patient_id is None else "linked"
    if patient_id is None:
        patient_id = _create(connection, claim, where.now)
    _link(connection, patient_id, claim, where)
    record(connection, patient_id, what, actor=where.actor, now=where.now)
    tell_of_duplicates(connection, patient_id, claim, where.now)
    return Link(
        patient_id,
        claim.first_name,
        claim.last_name,
        claim.relation,
        Trust.CLAIMED,
        Standing.ACTIVE,
        may_see=False,
    )


def _known_here(connection: Connection, claim: Claim, where: Where) -> Link | None:
    """Return the person if this address speaks for them already."""
    ours = {link.patient_id: link for link in people_at(connection, where.address_id, where.now)}
    if not ours:
        return None
    # Of somebody whose birth date is not on file nothing speaks against it.
    is_they = or_(
        _is(claim),
        and_(patients.c.search_name == claim.search_name, patients.c.date_of_birth.is_(None)),
    )
    same = select(patients.c.id).where(patients.c.id.in_(ours), is_they).order_by(patients.c.id)
    found = connection.scalar(same.limit(1))
    return None if found is None else ours[found]


def _is(claim: Claim) -> ColumnElement[bool]:
    return and_(
        patients.c.search_name == claim.search_name,
        patients.c.date_of_birth == claim.date_of_birth,
    )


def record_of(
    connection: Connection, claim: Claim, address_id: int, *, for_booking: bool = False
) -> int | None:
    """Return the oldest record of that name and birth date that this address may be linked to.

    Not one that somebody there called not theirs, or that staff keep from the address. Nor, for
    booking, one that is blocked: "please call us" at the first word would tell that it exists.
    """
    link = patient_addresses.c
    kept_from = or_(link.suspended_at.is_not(None), link.is_barred, link.may_book.is_(False))
    blocked = patients.c.standing == Standing.BLOCKED if for_booking else false()
    found: int | None = connection.scalar(
        select(patients.c.id)
        .outerjoin(
            patient_addresses,
            and_(link.patient_id == patients.c.id, link.address_id == address_id),
        )
        .where(_is(claim), is_somebody(), ~blocked, or_(link.id.is_(None), ~kept_from))
        .order_by(patients.c.id)
        .limit(1)
    )
    return found


def _check_daily_limit(connection: Connection, where: Where) -> None:
    recent = select(func.count()).where(
        patient_addresses.c.address_id == where.address_id,
        patient_addresses.c.since > where.now - timedelta(days=1),
        patient_addresses.c.trust != Trust.GIVEN,  # Nobody here has spoken of them.
    )
    if (connection.scalar(recent) or 0) >= where.rules.new_patients_per_address_a_day:
        raise TooManyNewPatients("this address has registered its number of people for today")


def _create(connection: Connection, claim: Claim, now: datetime) -> int:
    values = {
        "public_id": new_public_id(),
        "first_name": claim.first_name,
        "last_name": claim.last_name,
        "search_name": claim.search_name,
        "date_of_birth": claim.date_of_birth,
        "standing": Standing.ACTIVE,
        "created_at": now,
        "updated_at": now,
    }
    created: int = connection.execute(
        insert(patients).returning(patients.c.id), values
    ).scalar_one()
    return created


def _link(connection: Connection, patient_id: int, claim: Claim, where: Where) -> None:
    until = ends_at(
        claim.relation,
        claim.date_of_birth,
        years=where.rules.age_of_majority_years,
        zone=where.zone,
        now=where.now,
    )
    said = {"said_first_name": claim.first_name, "said_last_name": claim.last_name}
    times = {"since": where.now, "updated_at": where.now}
    values = {"relation": claim.relation, "trust": Trust.CLAIMED, "until": until, **said, **times}
    ids = {"patient_id": patient_id, "address_id": where.address_id}
    rights = {"may_book": True, "may_see": False, "is_told": True, "created_at": where.now}
    if insert_new(connection, patient_addresses, ids | values | rights) is not None:
        return
    link = patient_addresses.c
    ours = and_(link.patient_id == patient_id, link.address_id == where.address_id)
    row = connection.execute(select(patient_addresses).where(ours)).one()
    connection.execute(
        update(patient_addresses).where(ours).values(_renewed(row, values, where.now))
    )


def _renewed(row: Any, values: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Typed in by staff, or ended: now it is claimed. What staff wrote of the number counts on as
    long as the same is said of it; rights that have ended are not given back."""
    ended = row.until is not None and row.until <= now
    as_written = not ended and row.relation == values["relation"]
    kept = {"until": row.until or values["until"]} if as_written else {}
    return {**values, **kept} | {"may_see": row.may_see and as_written}


def tell_of_duplicates(
    connection: Connection, patient_id: int, claim: Claim, now: datetime
) -> None:
    """Put other records that may be the same person's before staff; chat merges nothing."""
    born_then = select(patients.c.id, patients.c.search_name).where(
        patients.c.date_of_birth == claim.date_of_birth,
        patients.c.id != patient_id,
        patients.c.is_active,
    )
    others = connection.execute(born_then.order_by(patients.c.id).limit(MOST_ALIKE))
    doubles = [row.id for row in others if alike(row.search_name, claim.search_name)]
    if doubles:
        ids = ", ".join(map(str, (*doubles, patient_id)))
        open_task(
            connection,
            TaskKind.DUPLICATE,
            patient_id=patient_id,
            note=f"Records {ids} may be one person's.",
            now=now,
        )
