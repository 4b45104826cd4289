"""Patients, and for whom an address may speak."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, func, select

from core.errors import TooManyNewPatients
from core.models import patient_events
from core.models import patients as table
from core.models.appointments import ActorKind
from core.models.people import Relation, Standing, Trust
from core.patients import Link, fold, people_at, register
from core.rules import Rules
from core.scheduling.appointments import Actor
from tests.builders import NOW, Clinic, a_link, a_patient, an_address

BORN = date(1980, 5, 4)


def a_registration(
    connection: Connection,
    address_id: int,
    first_name: str = "John",
    last_name: str = "Smith",
    born: date = BORN,
    **changes: object,
) -> Link:
    values: dict[str, object] = {"relation": Relation.SELF, "now": NOW, "rules": Rules()} | changes
    return register(
        connection,
        first_name=first_name,
        last_name=last_name,
        date_of_birth=born,
        address_id=address_id,
        actor=Actor(ActorKind.PATIENT, address_id, "sms"),
        **values,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("John Smith", "john smith"),
        ("  JOHN \t SMITH ", "john smith"),
        ("José García", "jose garcia"),
        ("Jose\u0301 Garci\u0301a", "jose garcia"),
        ("Weiß", "weiss"),
        ("ﬁnn", "finn"),
        ("Łukasz", "łukasz"),
        ("O'Neil-Ray", "o'neil-ray"),
        ("", ""),
    ],
)
def test_names_are_found_whatever_their_spelling(name: str, folded: str) -> None:
    assert fold(name) == folded
    assert fold(folded) == folded


@pytest.mark.usefixtures("clinic")
def test_a_new_patient_is_registered_and_claimed(connection: Connection) -> None:
    address = an_address(connection)
    link = a_registration(connection, address)
    assert (link.name, link.trust, link.standing) == ("John Smith", "claimed", "active")
    assert people_at(connection, address, NOW) == [link]
    row = connection.execute(select(table).where(table.c.id == link.patient_id)).one()
    assert (row.search_name, row.date_of_birth) == ("john smith", BORN)


@pytest.mark.usefixtures("clinic")
def test_the_same_person_from_another_address_is_the_same_patient(connection: Connection) -> None:
    first, second = an_address(connection), an_address(connection)
    one = a_registration(connection, first)
    other = a_registration(connection, second, "JOHN", "smith")
    assert one.patient_id == other.patient_id
    events = connection.execute(select(patient_events.c.what).order_by(patient_events.c.id))
    assert events.scalars().all() == ["registered", "linked"]


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize(
    "other", [{"first_name": "Jane"}, {"last_name": "Smythe"}, {"born": BORN + timedelta(1)}]
)
def test_another_name_or_birth_date_is_another_patient(
    connection: Connection, other: dict[str, str]
) -> None:
    address = an_address(connection)
    one = a_registration(connection, address)
    assert a_registration(connection, address, **other).patient_id != one.patient_id  # type: ignore[arg-type]


@pytest.mark.usefixtures("clinic")
def test_an_address_registers_only_so_many_a_day(connection: Connection) -> None:
    address, other = an_address(connection), an_address(connection)
    rules = Rules(new_patients_per_address_a_day=2)
    for name in ("Ann", "Bob"):
        a_registration(connection, address, name, rules=rules)
    with pytest.raises(TooManyNewPatients):
        a_registration(connection, address, "Cid", rules=rules)
    a_registration(connection, other, "Cid", rules=rules)
    a_registration(connection, address, "Dan", rules=rules, now=NOW + timedelta(days=1))


def test_people_are_known_in_the_order_they_were_met(
    clinic: Clinic, connection: Connection
) -> None:
    for name in ("Zoe", "Adam"):
        a_link(connection, a_patient(connection, name), clinic.address_id, relation="child")
    names = [link.first_name for link in people_at(connection, clinic.address_id, NOW)]
    assert names == ["Maria", "Zoe", "Adam"]


def test_of_the_dead_and_of_the_merely_typed_in_nothing_is_shown(
    clinic: Clinic, connection: Connection
) -> None:
    dead = a_patient(connection, "Ann", standing=Standing.DECEASED)
    typed = a_patient(connection, "Bob")
    a_link(connection, dead, clinic.address_id)
    a_link(connection, typed, clinic.address_id, Trust.GIVEN)
    names = [link.first_name for link in people_at(connection, clinic.address_id, NOW)]
    assert names == ["Maria"]


def test_of_two_records_of_one_person_the_older_is_taken(
    clinic: Clinic, connection: Connection
) -> None:
    a_patient(connection)
    again = a_registration(connection, an_address(connection), "Maria", "Lopez", date(1985, 3, 12))
    assert again.patient_id == clinic.patient_id
    assert connection.scalar(select(func.count()).select_from(table)) == 2
