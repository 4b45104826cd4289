"""Who people are, and which address is whose: what happens to them outside a conversation.

The lines of a transcript that say so are listed in tests/dialogues/happenings.py.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from core.database.types import keyring_of
from core.models import addresses, appointments, patients, verifications
from core.models.people import Standing
from core.people.names import fold
from core.people.restricted import open_record
from core.staff.colleagues import staff_named
from core.staff.reviews import reviewer_of
from tests.builders import a_conversation, a_link, a_patient, an_address

BORN = date(1980, 5, 4)
Change = Callable[..., None]


def a_person(connection: Connection, name: str) -> int:
    """Return the key of whoever is called that; a new record where nobody is."""
    known = select(patients.c.id).where(patients.c.search_name == fold(name))
    found: int | None = connection.scalar(known)
    if found is not None:
        return found
    first, last = name.split()
    details = {"last_name": last, "search_name": fold(name), "date_of_birth": BORN}
    return a_patient(connection, first, **details)


def _staff_link(connection: Connection, _: datetime, name: str, relation: str = "self") -> None:
    """To the address that was heard from last: that of whoever writes."""
    address = connection.execute(_ADDRESS).scalars().first()
    assert address is not None
    a_link(connection, a_person(connection, name), address, relation=relation)


_ADDRESS = select(addresses.c.id).order_by(addresses.c.last_heard_at.desc(), addresses.c.id)


def _staff_link_to(connection: Connection, at: datetime, name: str, number: str) -> None:
    digest = keyring_of(connection.dialect).hash_address(("sms", number))
    long_ago = at - timedelta(days=60)
    heard: dict[str, Any] = {"address": number, "address_hash": digest, "last_heard_at": long_ago}
    address = an_address(connection, "sms", **heard)
    a_conversation(connection, address, last_turn_at=long_ago)
    a_link(connection, a_person(connection, name), address)


def _is_born(connection: Connection, _: datetime, name: str, day: str) -> None:
    born = {"date_of_birth": date.fromisoformat(day)}
    person = patients.c.id == a_person(connection, name)
    connection.execute(update(patients).where(person).values(born))


def _is_blocked(connection: Connection, _: datetime, name: str) -> None:
    person = patients.c.id == a_person(connection, name)
    connection.execute(update(patients).where(person).values(standing=Standing.BLOCKED))


def _is_restricted(connection: Connection, _: datetime, name: str) -> None:
    person = patients.c.id == a_person(connection, name)
    connection.execute(update(patients).where(person).values(standing=Standing.RESTRICTED))


def _opens(connection: Connection, at: datetime, username: str, name: str, why: str) -> None:
    who = staff_named(connection, username).id
    open_record(
        connection,
        a_person(connection, name),
        who,
        why=why,
        minutes=60,
        reviewer_id=reviewer_of(connection, who),
        now=at,
    )


def _are_confidential(connection: Connection, _: datetime, name: str) -> None:
    theirs = appointments.c.patient_id == a_person(connection, name)
    connection.execute(update(appointments).where(theirs).values(is_confidential=True))


def _code_was(connection: Connection, _: datetime, code: str) -> None:
    """As it was read on the other phone: what is drawn by lot can't be written down here."""
    row = connection.execute(
        select(verifications).order_by(verifications.c.id.desc()).limit(1)
    ).one()
    assert row.sent_to_id is not None, "no code was sent"
    digest = keyring_of(connection.dialect).hash_code((str(row.address_id), code))
    changed = update(verifications).where(verifications.c.id == row.id)
    connection.execute(changed.values(code_hash=digest))


CHANGES: Mapping[str, Change] = {
    r"staff link (.+) to this address": _staff_link,
    r"staff link (.+) to this address as (\w+)": _staff_link,
    r"staff link (.+) to (\+\d+)": _staff_link_to,
    r"(.+) is born on (\S+)": _is_born,
    r"(.+) is blocked": _is_blocked,
    r"the record of (.+) is restricted": _is_restricted,
    r"(\w+) of staff opens the record of (.+): (.+)": _opens,
    r"visits of (.+) are confidential": _are_confidential,
    r"the code was (\d+)": _code_was,
}
