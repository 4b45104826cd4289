"""Staff find patients by whatever they have: part of a name, a number, a birth date; and nobody
whom they have nothing to do with."""

from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update

from core.database.connect import Database
from core.database.types import keyring_of
from core.errors import NothingToFindBy
from core.models import name_words, patients
from core.models.appointments import AppointmentStatus
from core.models.people import Standing
from core.models.staff import Role
from core.people.names import fold, one_slip_apart, words
from core.staff.finding import Found, NextVisit, Restricted, find_patients
from core.staff.rights import Sphere
from tests.benchmarks.desk import counted_queries
from tests.builders import (
    NOW,
    Clinic,
    a_link,
    a_location,
    a_patient,
    a_phone,
    a_practitioner,
    an_address,
    an_appointment,
)
from tests.core.scheduling.words import at

ALL = Sphere(Role.RECEPTIONIST, everywhere=True)
BORN = date(1990, 5, 17)


def a_person(connection: Connection, first_name: str, last_name: str, **changes: Any) -> int:
    return a_patient(
        connection, first_name, last_name=last_name, **{"date_of_birth": BORN} | changes
    )


def a_visit(connection: Connection, clinic: Clinic, patient_id: int, **changes: Any) -> int:
    """With Dr Patel on Monday at ten, unless it says otherwise."""
    values: dict[str, Any] = {
        "practitioner_id": clinic.patel_id,
        "location_id": clinic.location_id,
        "visit_type_id": clinic.visit_type_id,
        "starts_at": at("10:00"),
    }
    return an_appointment(connection, patient_id=patient_id, **values | changes)


def names_of(found: Found) -> list[str]:
    return sorted(f"{each.first_name} {each.last_name}" for each in found.patients)


def found_by(connection: Connection, name: str, sphere: Sphere = ALL) -> list[str]:
    return names_of(find_patients(connection, sphere, NOW, name=name))


@pytest.fixture
def ana(clinic: Clinic, connection: Connection) -> int:
    """Among others with the one name or the other."""
    del clinic
    for first_name, last_name in (("Ana", "Wu"), ("Tom", "Ruiz"), ("Mariana", "Okoye")):
        a_person(connection, first_name, last_name)
    return a_person(connection, "Ana María", "Ruíz García-Peña")


@pytest.mark.parametrize(
    "typed",
    [
        "ana ruiz",
        "ruiz ana",
        "Ruiz, Ana",
        "  RUÍZ   aNA ",
        "garcia",
        "gar",
        "peña",
        "pena",
        "garcia-pena",
        "ana mar ru",
        "ana maria ruiz garcia pena",
    ],
)
@pytest.mark.usefixtures("ana")
def test_any_part_of_a_name_finds_in_any_order(connection: Connection, typed: str) -> None:
    assert found_by(connection, typed) == ["Ana María Ruíz García-Peña"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ruiz", ["Ana María Ruíz García-Peña", "Tom Ruiz"]),
        ("ana", ["Ana María Ruíz García-Peña", "Ana Wu"]),
        ("ana tom", []),
        ("arcia", []),  # A name is found by how it begins.
        ("a%", []),  # No signs of SQL's own
    ],
)
@pytest.mark.usefixtures("ana")
def test_every_word_that_was_typed_counts(
    connection: Connection, typed: str, expected: list[str]
) -> None:
    assert found_by(connection, typed) == expected


@pytest.mark.parametrize("typed", ["o'brien", "obrien", "O’Brien", "siobhan o'b"])
@pytest.mark.usefixtures("ana")
def test_apostrophes_are_no_part_of_a_name(connection: Connection, typed: str) -> None:
    a_person(connection, "Siobhán", "O’Brien")
    assert found_by(connection, typed) == ["Siobhán O’Brien"]


@pytest.mark.parametrize("typed", ["riuz tom", "rui tom", "ruizz tom", "ruit tom", "tmo ruiz"])
@pytest.mark.usefixtures("ana")
def test_with_a_slip_of_the_finger_somebody_is_found_all_the_same(
    connection: Connection, typed: str
) -> None:
    assert found_by(connection, typed) == ["Tom Ruiz"]


@pytest.mark.usefixtures("ana")
def test_a_slip_is_thought_of_only_where_nobody_fits(connection: Connection) -> None:
    a_person(connection, "Tom", "Ruis")
    assert found_by(connection, "tom ruiz") == ["Tom Ruiz"]
    assert found_by(connection, "tom ruix") == ["Tom Ruis", "Tom Ruiz"]  # The control


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ruiz", "riuz", True),
        ("ruiz", "ruz", True),
        ("ruiz", "ruizz", True),
        ("ruiz", "ruis", True),
        ("uriz", "ruiz", True),
        ("ruiz", "zuir", False),
        ("ruiz", "rus", False),
        ("ruiz", "ruizes", False),
    ],
)
def test_one_slip_is_one_letter_or_two_that_changed_places(
    one: str, other: str, expected: bool
) -> None:
    assert one_slip_apart(one, other) is expected
    assert one_slip_apart(other, one) is expected


@pytest.mark.parametrize(
    "typed", ["+14155550142", "(415) 555-0142", "415.555.0142", "1 415 555 0142"]
)
@pytest.mark.parametrize("channel", ["sms", "whatsapp", "voice"])
def test_a_phone_finds_in_any_spelling_and_by_any_channel(
    ana: int, connection: Connection, typed: str, channel: str
) -> None:
    a_phone(connection, ana, "+14155550142", channel)
    [found] = find_patients(connection, ALL, NOW, phone=typed).patients
    assert (found.id, found.phones) == (ana, ("0142",))


def test_a_number_is_read_as_in_each_of_the_clinics_countries(
    ana: int, connection: Connection
) -> None:
    a_phone(connection, ana, "+5511912345678")
    typed = "(11) 91234-5678"
    with pytest.raises(NothingToFindBy, match="phone number such as"):
        find_patients(connection, ALL, NOW, phone=typed)
    a_location(connection, "São Paulo", country="BR")
    assert find_patients(connection, ALL, NOW, phone=typed).patients[0].id == ana


@pytest.mark.parametrize(
    "link",
    [
        {"until": NOW},
        {"since": NOW + timedelta(days=1)},
        {"suspended_at": NOW},
        {"is_barred": True},
    ],
)
def test_a_number_that_is_not_theirs_any_more_neither_finds_nor_shows(
    ana: int, connection: Connection, link: dict[str, Any]
) -> None:
    a_phone(connection, ana, "+14155550142", **link)
    assert find_patients(connection, ALL, NOW, phone="415 555 0142") == Found()
    [found] = find_patients(connection, ALL, NOW, name="garcia").patients
    assert found.phones == ()


def test_a_household_with_one_phone_is_found_whole(ana: int, connection: Connection) -> None:
    child = a_person(connection, "Leo", "Ruiz")
    digest = keyring_of(connection.dialect).hash_address(("sms", "+14155550142"))
    shared = an_address(connection, address="+14155550142", address_hash=digest)
    for patient_id in (ana, child):
        a_link(connection, patient_id, shared)
    found = find_patients(connection, ALL, NOW, phone="415 555 0142")
    assert {each.id for each in found.patients} == {ana, child}


def test_all_that_is_given_must_fit(ana: int, connection: Connection) -> None:
    other = a_person(connection, "Ana", "Ruiz", date_of_birth=date(2001, 1, 2))
    a_phone(connection, other, "+14155550142")

    def ids(**asked: Any) -> set[int]:
        return {each.id for each in find_patients(connection, ALL, NOW, **asked).patients}

    assert ids(name="ana ruiz") == {ana, other}
    assert ids(name="ana ruiz", date_of_birth=BORN) == {ana}
    assert ids(date_of_birth=date(2001, 1, 2)) == {other}
    assert ids(name="ana ruiz", phone="415 555 0142") == {other}
    assert ids(name="ana ruiz", phone="415 555 0142", date_of_birth=BORN) == set()


@pytest.mark.parametrize("asked", [{}, {"name": "  "}, {"name": "-'."}, {"phone": "none"}])
def test_nothing_to_find_by_is_said_so(
    clinic: Clinic, connection: Connection, asked: dict[str, str]
) -> None:
    del clinic
    with pytest.raises(NothingToFindBy, match="expected a"):
        find_patients(connection, ALL, NOW, **asked)  # type: ignore[arg-type]


def test_who_died_or_left_is_marked_and_not_hidden(ana: int, connection: Connection) -> None:
    gone = a_person(connection, "Ana", "Garcia", standing=Standing.DECEASED)
    left = a_person(connection, "Eva", "Garcia", is_active=False)
    found = find_patients(connection, ALL, NOW, name="garcia").patients
    assert {each.id: (each.standing, each.is_active) for each in found} == {
        ana: (Standing.ACTIVE, True),
        gone: (Standing.DECEASED, True),
        left: (Standing.ACTIVE, False),
    }


@pytest.mark.parametrize(
    "asked", [{"name": "ruiz gar"}, {"phone": "415 555 0142"}, {"date_of_birth": BORN}]
)
def test_of_a_restricted_record_nothing_but_initials_is_told(
    ana: int, clinic: Clinic, connection: Connection, asked: dict[str, Any]
) -> None:
    a_phone(connection, ana, "+14155550142")
    a_visit(connection, clinic, ana)
    assert ana in {each.id for each in find_patients(connection, ALL, NOW, **asked).patients}
    changed = update(patients).where(patients.c.id == ana).values(standing=Standing.RESTRICTED)
    connection.execute(changed)
    found = find_patients(connection, ALL, NOW, **asked)
    assert found.restricted == (Restricted(ana, "AR"),)
    assert ana not in {each.id for each in found.patients}
    assert {field.name for field in fields(Restricted)} == {"id", "initials"}


def test_the_next_visit_is_told(ana: int, clinic: Clinic, connection: Connection) -> None:
    for text, status in (("09:00", "cancelled"), ("11:00", "scheduled"), ("13:00", "scheduled")):
        a_visit(connection, clinic, ana, starts_at=at(text), status=status)
    a_visit(connection, clinic, ana, starts_at=NOW - timedelta(days=7), status="completed")
    [found] = find_patients(connection, ALL, NOW, name="ruiz gar").patients
    assert found.next_visit is not None
    assert (found.next_visit.starts_at, found.next_visit.practitioner_id) == (
        at("11:00"),
        clinic.patel_id,
    )
    [later] = find_patients(connection, ALL, at("15:00"), name="ruiz gar").patients
    assert later.next_visit is None


def test_a_visit_outside_ones_right_is_not_told(
    ana: int, clinic: Clinic, connection: Connection
) -> None:
    a_visit(connection, clinic, ana, starts_at=NOW - timedelta(days=7), status="completed")
    a_visit(connection, clinic, ana, practitioner_id=clinic.okafor_id)

    def next_seen_by(practitioner_id: int) -> NextVisit | None:
        own = Sphere(Role.PRACTITIONER, practitioners=frozenset({practitioner_id}))
        [found] = find_patients(connection, own, NOW, name="ruiz gar").patients
        return found.next_visit

    assert next_seen_by(clinic.patel_id) is None
    assert next_seen_by(clinic.okafor_id) is not None


@pytest.fixture
def harbor(connection: Connection) -> int:
    return a_location(connection, "Harbor")


def spheres(clinic: Clinic, harbor: int) -> dict[str, Sphere]:
    role = Role.RECEPTIONIST
    post = frozenset({(clinic.patel_id, clinic.location_id)})
    return {
        "everywhere": ALL,
        "patel": Sphere(role, practitioners=frozenset({clinic.patel_id})),
        "okafor": Sphere(role, practitioners=frozenset({clinic.okafor_id})),
        "downtown": Sphere(role, locations=frozenset({clinic.location_id})),
        "harbor": Sphere(role, locations=frozenset({harbor})),
        "patel's department": Sphere(role, departments=frozenset({1}), posts=post),
        "another department": Sphere(role, departments=frozenset({2})),
        "nothing": Sphere(role),
    }


STOOD = {"everywhere", "patel", "downtown", "patel's department"}
NEVER = {"everywhere", "downtown", "harbor", "patel's department", "another department"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, NEVER),
        ("scheduled", STOOD),
        ("confirmed", STOOD),
        ("pending", STOOD),
        ("arrived", STOOD),
        ("completed", STOOD),
        ("no_show", STOOD),
        ("cancelled", NEVER),
        ("expired", NEVER),
        ("entered_in_error", NEVER),
    ],
)
def test_a_right_reaches_as_far_as_visits_tell(
    ana: int,
    clinic: Clinic,
    connection: Connection,
    harbor: int,
    status: str | None,
    expected: set[str],
) -> None:
    """One visit with Dr Patel downtown, or none."""
    if status is not None:
        a_visit(connection, clinic, ana, status=AppointmentStatus(status))
    for asked in ({"name": "garcia"}, {"name": "garcai"}, {"date_of_birth": BORN}):
        finds = {
            name
            for name, sphere in spheres(clinic, harbor).items()
            if ana in {each.id for each in find_patients(connection, sphere, NOW, **asked).patients}
        }
        assert finds == expected, asked


def test_a_restricted_record_outside_ones_right_is_not_even_hinted_at(
    ana: int, clinic: Clinic, connection: Connection, harbor: int
) -> None:
    connection.execute(update(patients).values(standing=Standing.RESTRICTED))
    a_visit(connection, clinic, ana)
    told = spheres(clinic, harbor)
    assert find_patients(connection, told["okafor"], NOW, name="garcia") == Found()
    assert find_patients(connection, told["harbor"], NOW, name="garcia") == Found()
    assert find_patients(connection, told["patel"], NOW, name="garcia").restricted


def test_more_than_are_shown_are_said_to_be_there(clinic: Clinic, connection: Connection) -> None:
    del clinic
    for number in range(9):
        a_person(connection, "Ana Anabel", f"Ruiz {number}")
    whole = find_patients(connection, ALL, NOW, name="ana", limit=9)
    assert (len(whole.patients), whole.more) == (9, False)  # Each once, though two names fit.
    first = find_patients(connection, ALL, NOW, name="ana", limit=8)
    assert (first.patients, first.more) == (whole.patients[:8], True)


def test_the_number_of_queries_does_not_grow_with_the_patients(
    clinic: Clinic, database: Database
) -> None:
    def queries(**asked: Any) -> int:
        with counted_queries(database) as counted, database.reading() as connection:
            assert find_patients(connection, ALL, NOW, limit=100, **asked).patients
        return len(counted)

    def many(count: int) -> None:
        with database.transaction() as connection:
            for minute in range(count):
                patient_id = a_person(connection, "Ana", "Ruiz")
                a_phone(connection, patient_id, f"+1415555{minute:02}{count:02}")
                starts_at = at("09:00") + timedelta(minutes=20 * minute + count)
                doctor = a_practitioner(connection, f"Moss {count} {minute}")
                a_visit(connection, clinic, patient_id, starts_at=starts_at, practitioner_id=doctor)

    wishes: tuple[dict[str, Any], ...] = (
        {"name": "ruiz ana"},
        {"name": "riuz aan"},
        {"date_of_birth": BORN},
        {"phone": "+1 415 555 0001", "name": "ruiz"},
    )
    many(1)
    few = [queries(**wish) for wish in wishes]
    many(20)
    assert [queries(**wish) for wish in wishes] == few
    assert max(few) <= 5


AWKWARD = (
    "Ana María  Ruíz-García",
    "O’Brien O'Brien",
    'Ana "Nan" \\ [Ruiz], Jr.',
    "Straße İlker Ørsted",
    "李 小龙",
    "--- ' .",
    "ana\tana\n ana",
    "100% a_b {} :name",
)


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.usefixtures("clinic")
def test_the_database_keeps_the_words_of_every_name(connection: Connection, name: str) -> None:
    """Whoever writes one, in whatever way."""

    def kept() -> list[str]:
        whose = name_words.c.patient_id == patient_id
        return sorted(connection.scalars(select(name_words.c.word).where(whose)))

    patient_id = a_person(connection, "Eva", "Wu")
    assert kept() == ["eva", "wu"]
    row = patients.c.id == patient_id
    connection.execute(update(patients).where(row).values(search_name=fold(name)))
    assert kept() == sorted(words(name))
    connection.execute(delete(patients).where(row))
    assert kept() == []
