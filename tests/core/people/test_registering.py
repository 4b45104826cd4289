"""A name and a birth date said in chat, and the record that they are linked to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from core.errors import TooManyNewPatients
from core.models import patients, tasks
from core.models.people import Standing, Trust
from core.people.links import people_at
from core.people.names import alike, fold
from tests.builders import NOW, Clinic, a_link, a_patient, an_address
from tests.core.people.saying import (
    BORN,
    MARIA,
    events_of,
    link_of,
    registered,
    tasks_open,
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


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        ("maria lopez", "maria lopes", True),
        ("maria lopez", "lopez maria", True),
        ("maria lopez", "maria lopez garcia", True),
        ("jon smith", "john smith", True),
        ("maria lopez", "marta gomez", False),
        ("ben abel", "ann abel", False),
        ("abel", "ann abel", False),  # One name says too little.
    ],
)
def test_names_that_may_be_one_persons(one: str, other: str, may_be: bool) -> None:
    assert alike(one, other) is alike(other, one) is may_be


@pytest.mark.usefixtures("clinic")
def test_a_new_patient_is_registered_and_claimed(connection: Connection) -> None:
    address = an_address(connection)
    link = registered(connection, address)
    assert (link.name, link.trust, link.standing) == ("John Smith", "claimed", "active")
    assert people_at(connection, address, NOW) == [link]
    row = connection.execute(select(patients).where(patients.c.id == link.patient_id)).one()
    assert (row.search_name, row.date_of_birth) == ("john smith", BORN)


@pytest.mark.usefixtures("clinic")
def test_the_same_person_from_another_address_is_the_same_patient(connection: Connection) -> None:
    first, second = an_address(connection), an_address(connection)
    one = registered(connection, first)
    other = registered(connection, second, "JOHN", "smith")
    assert one.patient_id == other.patient_id
    assert events_of(connection, one.patient_id) == ["registered", "linked"]


def test_the_name_is_shown_as_it_was_said_until_it_is_proved(
    clinic: Clinic, connection: Connection
) -> None:
    """The record's own spelling would tell that there is a record."""
    connection.execute(update(patients).values(first_name="María", last_name="López"))
    address = an_address(connection)
    registered(connection, address, "MARIA", "lopez", MARIA[2])
    assert [link.name for link in people_at(connection, address, NOW)] == ["MARIA lopez"]
    shown = people_at(connection, clinic.address_id, NOW)  # The control: proved.
    assert [link.name for link in shown] == ["María López"]


@pytest.mark.usefixtures("clinic")
def test_somebody_who_says_it_again_is_the_same(connection: Connection) -> None:
    address = an_address(connection)
    first = registered(connection, address)
    again = registered(connection, address, "john", "SMITH", new_patients_per_address_a_day=1)
    assert (again.patient_id, again.name) == (first.patient_id, "John Smith")
    assert events_of(connection, first.patient_id) == ["registered"]


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize(
    "other",
    [("Jane",), ("John", "Smythe"), ("John", "Smith", BORN + timedelta(1))],
    ids=["first name", "last name", "birth date"],
)
def test_another_name_or_birth_date_is_another_patient(
    connection: Connection, other: tuple[Any, ...]
) -> None:
    address = an_address(connection)
    one = registered(connection, address)
    assert registered(connection, address, *other).patient_id != one.patient_id


@pytest.mark.usefixtures("clinic")
def test_an_address_registers_only_so_many_a_day(connection: Connection) -> None:
    address, other = an_address(connection), an_address(connection)
    for name in ("Ann", "Bob"):
        registered(connection, address, name, new_patients_per_address_a_day=2)
    with pytest.raises(TooManyNewPatients):
        registered(connection, address, "Cid", new_patients_per_address_a_day=2)
    registered(connection, other, "Cid", new_patients_per_address_a_day=2)
    tomorrow = NOW + timedelta(days=1)
    registered(connection, address, "Dan", now=tomorrow, new_patients_per_address_a_day=2)


def test_people_are_known_in_the_order_they_were_met(
    clinic: Clinic, connection: Connection
) -> None:
    for name in ("Zoe", "Adam"):
        a_link(connection, a_patient(connection, name), clinic.address_id, relation="child")
    names = [link.first_name for link in people_at(connection, clinic.address_id, NOW)]
    assert names == ["Maria", "Zoe", "Adam"]


def test_of_two_records_of_one_person_the_older_is_taken_and_staff_hear_of_both(
    clinic: Clinic, connection: Connection
) -> None:
    second = a_patient(connection)
    again = registered(connection, an_address(connection), *MARIA)
    assert again.patient_id == clinic.patient_id
    assert connection.scalar(select(func.count()).select_from(patients)) == 2
    assert tasks_open(connection) == [("duplicate", clinic.patient_id)]
    note = connection.execute(select(tasks.c.note)).scalar_one()
    assert str(second) in note
    assert str(clinic.patient_id) in note


@pytest.mark.parametrize(
    "name", [("Lopez", "Maria"), ("Maria", "Lopes"), ("Maria", "Lopez Garcia")]
)
def test_a_record_that_may_be_the_same_persons_is_put_before_staff(
    clinic: Clinic, connection: Connection, name: tuple[str, str]
) -> None:
    new = registered(connection, an_address(connection), *name, MARIA[2])
    assert new.patient_id != clinic.patient_id
    assert tasks_open(connection) == [("duplicate", new.patient_id)]


@pytest.mark.usefixtures("clinic")
def test_somebody_else_of_that_birthday_is_no_duplicate(connection: Connection) -> None:
    """The control."""
    registered(connection, an_address(connection), "Ann", "Abel", MARIA[2])
    registered(connection, an_address(connection), "Maria", "Lopes", BORN)
    assert tasks_open(connection) == []


# Where something stands between the address and the record.


@pytest.mark.parametrize(
    "between",
    [{"is_barred": True}, {"suspended_at": NOW}, {"may_book": False}],
    ids=["barred", "suspended", "may not book"],
)
def test_who_is_kept_from_a_record_hears_nothing_different_and_gets_another(
    clinic: Clinic, connection: Connection, between: dict[str, Any]
) -> None:
    address, stranger = an_address(connection), an_address(connection)
    a_link(connection, clinic.patient_id, address, **between)
    link, others = registered(connection, address, *MARIA), registered(connection, stranger)
    assert link.patient_id not in (clinic.patient_id, others.patient_id)
    assert (link.trust, link.standing) == (others.trust, others.standing)
    assert tasks_open(connection) == [("duplicate", link.patient_id)]
    again = registered(connection, address, *MARIA)
    assert again.patient_id == link.patient_id  # And no third one.
    assert link_of(connection, clinic.patient_id, address).trust == Trust.PROVED  # Untouched.


@pytest.mark.parametrize("standing", [Standing.BLOCKED, Standing.DECEASED])
def test_whose_record_must_not_show_gets_another(
    clinic: Clinic, connection: Connection, standing: Standing
) -> None:
    connection.execute(update(patients).values(standing=standing))
    link = registered(connection, an_address(connection), *MARIA)
    assert link.patient_id != clinic.patient_id
    assert tasks_open(connection) == [("duplicate", link.patient_id)]


@pytest.mark.usefixtures("clinic")
def test_who_was_blocked_after_they_registered_here_stays_who_they_are(
    connection: Connection,
) -> None:
    """Else saying the same again would lift the block."""
    address = an_address(connection)
    link = registered(connection, address)
    connection.execute(update(patients).values(standing=Standing.BLOCKED))
    again = registered(connection, address)
    assert (again.patient_id, again.standing) == (link.patient_id, Standing.BLOCKED)


def test_a_number_that_staff_typed_in_is_claimed_and_stays_on_file(
    clinic: Clinic, connection: Connection
) -> None:
    same, other = an_address(connection), an_address(connection)
    a_link(connection, clinic.patient_id, same, Trust.GIVEN)
    a_link(connection, clinic.patient_id, other, Trust.GIVEN, relation="child")
    for address in (same, other):
        registered(connection, address, *MARIA)
    row = link_of(connection, clinic.patient_id, same)
    assert (row.trust, row.relation, row.may_see) == (Trust.CLAIMED, "self", True)
    # A mother's number on her daughter's file does not become the daughter's by her word.
    row = link_of(connection, clinic.patient_id, other)
    assert (row.trust, row.relation, row.may_see) == (Trust.CLAIMED, "self", False)


def test_a_link_that_has_ended_begins_anew_without_its_rights(
    clinic: Clinic, connection: Connection
) -> None:
    address = an_address(connection)
    a_link(connection, clinic.patient_id, address, until=NOW, since=NOW - timedelta(days=99))
    registered(connection, address, *MARIA)
    row = link_of(connection, clinic.patient_id, address)
    assert (row.trust, row.may_see, row.since, row.until) == (Trust.CLAIMED, False, NOW, None)


# Coming of age.


@pytest.mark.usefixtures("clinic")
def test_a_parents_link_ends_as_the_child_comes_of_age(connection: Connection) -> None:
    address, born = an_address(connection), date(2010, 6, 1)
    link = registered(connection, address, "Ann", "Abel", born, "daughter")
    until = link_of(connection, link.patient_id, address).until
    assert until == datetime(2028, 6, 1, 7, tzinfo=UTC)  # Midnight in San Francisco.
    almost = until - timedelta(microseconds=1)
    assert [each.name for each in people_at(connection, address, almost)] == ["Ann Abel"]
    assert people_at(connection, address, until) == []


@pytest.mark.parametrize(
    ("born", "years", "relation", "until"),
    [
        (date(2012, 2, 29), 18, "child", datetime(2030, 3, 1, 8, tzinfo=UTC)),
        (date(2010, 6, 1), 21, "son", datetime(2031, 6, 1, 7, tzinfo=UTC)),
        (date(1990, 6, 1), 18, "daughter", None),  # Grown up: nobody's child by right.
        (date(2010, 6, 1), 18, "self", None),
    ],
)
@pytest.mark.usefixtures("clinic")
def test_when_that_is(
    connection: Connection,
    born: date,
    years: int,
    relation: str,
    until: datetime | None,
) -> None:
    address = an_address(connection)
    claim = ("Ann", "Abel", born, relation)
    link = registered(connection, address, *claim, age_of_majority_years=years)
    assert link_of(connection, link.patient_id, address).until == until
