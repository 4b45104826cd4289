"""Somebody who says who they are, from some address."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from core.models import patient_addresses, patient_events, tasks
from core.models.appointments import ActorKind
from core.models.people import Relation
from core.people.links import Link
from core.people.registering import Claim, Where, register
from core.rules import Rules
from core.scheduling.appointments import Actor
from tests.builders import NOW, ZONE

BORN = date(1980, 5, 4)
MARIA = ("Maria", "Lopez", date(1985, 3, 12))  # As the small clinic has her.


def at(address_id: int, now: datetime = NOW, **rules: Any) -> Where:
    actor = Actor(ActorKind.PATIENT, address_id, "sms")
    return Where(address_id, actor, now, ZoneInfo(ZONE), replace(Rules(), **rules))


def a_claim(
    first: str = "John", last: str = "Smith", born: date = BORN, relation: str = Relation.SELF
) -> Claim:
    return Claim(first, last, born, Relation(relation))


def registered(
    connection: Connection, address_id: int, *claim: Any, now: datetime = NOW, **rules: Any
) -> Link:
    return register(connection, a_claim(*claim), at(address_id, now, **rules))


def link_of(connection: Connection, patient_id: int, address_id: int) -> Row[Any]:
    return connection.execute(
        select(patient_addresses).where(
            patient_addresses.c.patient_id == patient_id,
            patient_addresses.c.address_id == address_id,
        )
    ).one()


def events_of(connection: Connection, patient_id: int) -> list[str]:
    found = select(patient_events.c.what).where(patient_events.c.patient_id == patient_id)
    return list(connection.scalars(found.order_by(patient_events.c.id)))


def tasks_open(connection: Connection) -> list[tuple[str, int | None]]:
    rows = connection.execute(select(tasks.c.kind, tasks.c.patient_id).order_by(tasks.c.id))
    return [(row.kind, row.patient_id) for row in rows]
