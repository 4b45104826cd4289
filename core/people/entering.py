"""A record that staff make, of somebody who calls or stands at the counter."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from core.clock import instant
from core.database.types import keyring_of
from core.database.upsert import insert_new
from core.errors import StaffOnly
from core.models import addresses, new_public_id, patient_addresses, patients
from core.models.people import AddressState, Relation, Standing, Trust
from core.people.events import record
from core.people.names import fold
from core.people.registering import Claim, tell_of_duplicates
from core.phone import is_landline
from core.scheduling.appointments import Actor


@dataclass(frozen=True, slots=True)
class Newcomer:
    """As they say it. `phone`: E.164, None for somebody who has none."""

    first_name: str
    last_name: str
    phone: str | None = None
    date_of_birth: date | None = None


def enter(connection: Connection, who: Newcomer, *, actor: Actor, now: datetime) -> int:
    """Make a record and return its number. The phone is linked as `given`: its owner hears of
    visits in the least form, and proves nothing by it. A landline hears nothing: it is called.

    Others of that birth date with nearly that name are put before staff. Raises StaffOnly.
    """
    now = instant(now)
    if not actor.is_staff:
        raise StaffOnly("only staff enter somebody without their word")
    search_name = fold(f"{who.first_name} {who.last_name}")
    values = {
        "public_id": new_public_id(),
        "first_name": who.first_name,
        "last_name": who.last_name,
        "search_name": search_name,
        "date_of_birth": who.date_of_birth,
        "standing": Standing.ACTIVE,
        "created_at": now,
        "updated_at": now,
    }
    created = insert(patients).returning(patients.c.id)
    patient_id: int = connection.execute(created, values).scalar_one()
    if who.phone is not None:
        _link(connection, patient_id, _address(connection, who.phone, now), now)
    record(connection, patient_id, "registered", actor=actor, now=now)
    if who.date_of_birth is not None:
        claim = Claim(who.first_name, who.last_name, who.date_of_birth, Relation.SELF)
        tell_of_duplicates(connection, patient_id, claim, now)
    return patient_id


def add_phone(
    connection: Connection, patient_id: int, phone: str, *, actor: Actor, now: datetime
) -> None:
    """Link one more number to a patient, as `given`; one that is linked already holds again.
    Raises StaffOnly."""
    now = instant(now)
    if not actor.is_staff:
        raise StaffOnly("only staff enter a number without its owner's word")
    address_id = _address(connection, phone, now)
    link = patient_addresses.c
    again = (
        update(patient_addresses)
        .where(link.patient_id == patient_id, link.address_id == address_id)
        .values(suspended_at=None, suspended_why=None, until=None, is_told=True, updated_at=now)
    )
    if not connection.execute(again).rowcount:
        _link(connection, patient_id, address_id, now)
    record(connection, patient_id, "linked", actor=actor, now=now)


def _address(connection: Connection, phone: str, now: datetime) -> int:
    channel = "voice" if is_landline(phone) else "sms"
    digest = keyring_of(connection.dialect).hash_address((channel, phone))
    key = {"channel": channel, "address_hash": digest}
    times = {"created_at": now, "updated_at": now}
    values = key | times | {"address": phone, "state": AddressState.GOOD}
    made = insert_new(connection, addresses, values)
    if made is not None:
        return made
    known = [addresses.c[column] == value for column, value in key.items()]
    found: int = connection.execute(select(addresses.c.id).where(*known)).scalar_one()
    return found


def _link(connection: Connection, patient_id: int, address_id: int, now: datetime) -> None:
    values = {
        "patient_id": patient_id,
        "address_id": address_id,
        "relation": Relation.SELF,
        "trust": Trust.GIVEN,
        "may_book": True,
        "may_see": True,
        "is_told": True,
        "since": now,
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(insert(patient_addresses), values)
