"""What was just said of somebody is put right; what is on file stays as it is."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, func, select, update

from core.models import patient_addresses, patients
from core.models.people import Relation, Trust
from core.people.correcting import correct
from core.people.links import Link, people_at
from tests.builders import (
    NOW,
    a_clinic,
    a_conversation,
    a_link,
    a_patient,
    an_address,
    an_appointment,
)
from tests.core.people.saying import BORN, a_claim, at, events_of, link_of, registered

LATER = NOW + timedelta(minutes=5)
ON_FILE = ("Rosa", "Mora", date(1975, 1, 2))


def corrected(connection: Connection, link: Link, address_id: int, *claim: Any) -> Link:
    return correct(connection, link.patient_id, a_claim(*claim), at(address_id, LATER))


def record_of(connection: Connection, patient_id: int) -> Row[Any]:
    return connection.execute(select(patients).where(patients.c.id == patient_id)).one()


def how_many(connection: Connection) -> int:
    found = connection.scalar(
        select(func.count()).select_from(patients).where(patients.c.is_active)
    )
    return found or 0


@pytest.fixture
def address_id(connection: Connection) -> int:
    address_id = an_address(connection)
    a_conversation(connection, address_id)
    return address_id


def a_record(connection: Connection) -> int:
    first, last, born = ON_FILE
    return a_patient(connection, first, last_name=last, search_name="rosa mora", date_of_birth=born)


def test_a_record_made_by_the_mistake_is_put_right(connection: Connection, address_id: int) -> None:
    link = registered(connection, address_id, "Ana", "Mota")
    before = how_many(connection)
    now = corrected(connection, link, address_id, "Ana", "Mora", date(1980, 5, 5))
    assert (now.patient_id, now.name) == (link.patient_id, "Ana Mora")
    row = record_of(connection, link.patient_id)
    assert (row.last_name, row.search_name) == ("Mora", "ana mora")
    assert row.date_of_birth == date(1980, 5, 5)
    assert how_many(connection) == before
    assert events_of(connection, link.patient_id) == ["registered", "corrected"]


def test_the_age_of_a_child_decides_anew_how_long_a_parent_speaks(
    connection: Connection, address_id: int
) -> None:
    child = (Relation.DAUGHTER,)
    link = registered(connection, address_id, "Ann", "Mora", date(2015, 5, 4), *child)
    corrected(connection, link, address_id, "Ann", "Mora", date(2016, 5, 4), *child)
    until = link_of(connection, link.patient_id, address_id).until
    assert until is not None
    assert until.year == 2034


def test_a_record_found_on_file_is_left_alone_and_the_person_is_another(
    connection: Connection, address_id: int
) -> None:
    her = a_record(connection)
    link = registered(connection, address_id, *ON_FILE)
    assert link.patient_id == her
    now = corrected(connection, link, address_id, "Rosa", "Mota", ON_FILE[2])
    assert now.patient_id != her
    assert record_of(connection, her).last_name == "Mora"
    # Nothing tells that there was a record: only the person as corrected is known here.
    assert [each.name for each in people_at(connection, address_id, LATER)] == ["Rosa Mota"]


def test_a_correction_that_leads_to_a_record_on_file_leaves_none_behind(
    connection: Connection, address_id: int
) -> None:
    her = a_record(connection)
    before = how_many(connection)
    link = registered(connection, address_id, "Rosa", "Mota", ON_FILE[2])
    now = corrected(connection, link, address_id, *ON_FILE)
    assert (now.patient_id, how_many(connection)) == (her, before)
    assert [each.name for each in people_at(connection, address_id, LATER)] == ["Rosa Mora"]


def test_what_staff_had_typed_in_of_the_address_counts_on(
    connection: Connection, address_id: int
) -> None:
    her = a_record(connection)
    a_link(connection, her, address_id, trust=Trust.GIVEN, since=NOW - timedelta(days=9))
    connection.execute(update(patient_addresses).values(created_at=NOW - timedelta(days=9)))
    link = registered(connection, address_id, *ON_FILE)
    corrected(connection, link, address_id, "Rosa", "Mota", ON_FILE[2])
    row = link_of(connection, her, address_id)
    assert (row.trust, row.said_first_name, row.since) == (
        Trust.GIVEN,
        None,
        NOW - timedelta(days=9),
    )


def test_who_is_proved_is_never_changed(connection: Connection, address_id: int) -> None:
    link = registered(connection, address_id, "Ana", "Mota")
    connection.execute(update(patient_addresses).values(trust=Trust.PROVED))
    now = corrected(connection, link, address_id, "Ana", "Mora")
    assert now.patient_id != link.patient_id
    assert record_of(connection, link.patient_id).last_name == "Mota"


def test_who_has_a_visit_is_never_changed(connection: Connection) -> None:
    clinic = a_clinic(connection)
    link = registered(connection, clinic.address_id, "Ana", "Mota")
    an_appointment(
        connection,
        patient_id=link.patient_id,
        practitioner_id=clinic.okafor_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=NOW + timedelta(days=3),
        booked_by_address_id=clinic.address_id,
    )
    now = corrected(connection, link, clinic.address_id, "Ana", "Mora")
    assert now.patient_id != link.patient_id
    assert record_of(connection, link.patient_id).last_name == "Mota"


def test_who_speaks_from_elsewhere_too_is_left_alone(
    connection: Connection, address_id: int
) -> None:
    link = registered(connection, address_id, "Ana", "Mota")
    registered(connection, an_address(connection), "Ana", "Mota")
    now = corrected(connection, link, address_id, "Ana", "Mora")
    assert now.patient_id != link.patient_id
    assert record_of(connection, link.patient_id).last_name == "Mota"


def test_the_same_once_more_changes_nothing(connection: Connection, address_id: int) -> None:
    link = registered(connection, address_id, "Ana", "Mota")
    assert corrected(connection, link, address_id, "Ana", "Mota", BORN) == link
    assert events_of(connection, link.patient_id) == ["registered"]
