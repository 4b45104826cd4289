"""Trust that is lost: a wrong number, a link that nobody has been heard from for long, a death."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select, update

from core.clock import months_before
from core.models import addresses, patient_addresses, patients
from core.models.people import Trust
from core.people.events import record
from core.people.links import holds, is_somebody
from core.scheduling.appointments import SYSTEM, Actor

# What the provider says when nobody, or somebody else, is behind a number. That somebody blocked
# our bot says nothing of who they are.
UNKNOWN_NUMBER = frozenset({"21211", "21614", "30005", "63024"})


@dataclass(frozen=True, slots=True)
class Behind:
    """Somebody whom an address is linked to, however little that allows."""

    patient_id: int
    first_name: str
    last_name: str
    relation: str


def all_behind(connection: Connection, address_id: int, now: datetime) -> list[Behind]:
    """Return everybody whom the address is linked to; nothing of it may be shown there."""
    link = patient_addresses.c
    rows = connection.execute(
        select(patients.c.id, patients.c.first_name, patients.c.last_name, link.relation)
        .join(patient_addresses, link.patient_id == patients.c.id)
        .where(link.address_id == address_id, holds(now), is_somebody())
        .order_by(link.id)
    )
    return [Behind(*row) for row in rows]


def suspend(
    connection: Connection, address_id: int, *, why: str, actor: Actor, now: datetime
) -> list[int]:
    """Somebody at the address says that it is not theirs: nothing is shown or told there until
    staff look. Returns the patients whose links these were."""
    ours = (patient_addresses.c.address_id == address_id, holds(now))
    values = {"suspended_at": now, "suspended_why": why, "updated_at": now}
    patient_ids = _change(connection, ours, values)
    for patient_id in patient_ids:
        record(connection, patient_id, "suspended", actor=actor, now=now, detail=why)
    return patient_ids


def fall_back(connection: Connection, address_id: int, *, why: str, now: datetime) -> None:
    """Whoever is at the address now may be somebody else: they hear the least until it is said,
    or proved, anew."""
    _fall_back(connection, (patient_addresses.c.address_id == address_id,), why, now)


def rest(
    connection: Connection,
    *,
    months: int,
    now: datetime,
    address_id: int | None = None,
    limit: int | None = None,
) -> int:
    """Let links fall back whose address has not been heard from for so many months, nor have staff
    touched them; all, or those of one address. Returns how many."""
    before = months_before(now, months)
    link = patient_addresses.c
    silent = (
        select(link.id)
        .join(addresses, addresses.c.id == link.address_id)
        .where(
            or_(addresses.c.last_heard_at.is_(None), addresses.c.last_heard_at <= before),
            link.updated_at <= before,
            link.trust != Trust.GIVEN,
        )
        .limit(limit)
    )
    if address_id is not None:
        silent = silent.where(link.address_id == address_id)
    return _fall_back(connection, (link.id.in_(silent),), "unheard of", now)


def _fall_back(
    connection: Connection, which: Collection[ColumnElement[bool]], why: str, now: datetime
) -> int:
    higher = patient_addresses.c.trust != Trust.GIVEN
    values = {"trust": Trust.GIVEN, "updated_at": now}
    patient_ids = _change(connection, (*which, higher), values)
    for patient_id in patient_ids:
        record(connection, patient_id, "fell_back", actor=SYSTEM, now=now, detail=why)
    return len(patient_ids)


def _change(
    connection: Connection, which: Collection[ColumnElement[bool]], values: Mapping[str, Any]
) -> list[int]:
    changed = update(patient_addresses).where(*which).values(**values)
    return list(connection.scalars(changed.returning(patient_addresses.c.patient_id)))


def report_death(
    connection: Connection,
    patient_ids: Collection[int],
    address_id: int,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Somebody at the address says that one of these has died: until staff know, nothing goes out
    about them that nobody asked for.

    Here it is `is_told` that ends. Elsewhere `contact_rules` say "never", unless the link is one
    that anybody could have claimed: their word must not silence us to the patient.
    """
    link = patient_addresses.c
    here = (link.address_id == address_id, link.patient_id.in_(patient_ids), holds(now))
    rows = connection.execute(select(link.patient_id, link.trust).where(*here)).all()
    connection.execute(update(patient_addresses).where(*here).values(is_told=False, updated_at=now))
    for patient_id, trust in rows:
        if trust != Trust.CLAIMED:
            _never_contact(connection, patient_id, now)
        record(connection, patient_id, "said_deceased", actor=actor, now=now)


def _never_contact(connection: Connection, patient_id: int, now: datetime) -> None:
    row = patients.c.id == patient_id
    rules = json.loads(connection.scalar(select(patients.c.contact_rules).where(row)) or "{}")
    connection.execute(
        update(patients)
        .where(row)
        .values(contact_rules=json.dumps(rules | {"never": "said_deceased"}), updated_at=now)
    )
