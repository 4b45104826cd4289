"""Two records made one in a chat of staff, and two again."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from core.database.connect import Database
from core.messaging.tasks import open_task
from core.models import appointments, audit_log, audit_patients, patients
from core.models.messaging import TaskKind
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import PIN, Colleague, a_member, a_receptionist
from tests.bot.staff.test_standing import presses
from tests.bot.talking import Patient, rows, text_of
from tests.builders import NOW, Clinic, a_link, a_patient, a_phone, an_appointment

TEN = NOW + timedelta(hours=32)  # On Monday, where the clinic is.


@pytest.fixture
def nora(clinic: Clinic, database: Database) -> int:
    del clinic
    with database.transaction() as connection:
        nora = a_patient(connection, "Nora", last_name="Quinn")
        a_phone(connection, nora, "+14155550142")
        return nora


@pytest.fixture
def again(clinic: Clinic, database: Database, nora: int) -> int:
    """Once more, with a visit and another phone."""
    del nora
    with database.transaction() as connection:
        again = a_patient(connection, "Norah", last_name="Quinn", language="es")
        a_phone(connection, again, "+14155550177")
        an_appointment(
            connection,
            patient_id=again,
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN,
        )
        return again


@pytest.fixture
def rosa(again: int, database: Database) -> Colleague:
    """An administrator."""
    del again
    rosa = a_member(database, Grant(Role.ADMIN), username="rosa")
    rosa.comes_in()
    return rosa


def merged_into(database: Database, patient_id: int) -> int | None:
    with database.reading() as connection:
        row = select(patients.c.merged_into_id).where(patients.c.id == patient_id)
        found: int | None = connection.scalar(row)
        return found


def whose(database: Database) -> list[int]:
    return [row.patient_id for row in rows(database, appointments)]


def test_two_are_compared_made_one_and_two_again(
    rosa: Colleague, database: Database, nora: int, again: int
) -> None:
    told = text_of(rosa.says("/merge quinn"))
    assert "1. N.Q., 1985, ...0142" in told
    assert "2. N.Q., 1985, ...0177" in told
    told = presses(rosa, "The first stays")
    assert "Moves over: visits 1, phones and chats 1" in told
    assert "Filled in, or made stricter, from the other: language" in told
    assert "Differs, and stays as it is: first name" in told
    assert merged_into(database, again) is None
    assert "one record now" in presses(rosa, "Merge them")
    assert merged_into(database, again) == nora
    assert whose(database) == [nora]
    assert "Two records again" in presses(rosa, "Take back")
    assert merged_into(database, again) is None
    assert whose(database) == [again]


def test_it_is_in_the_audit_log_of_both(
    rosa: Colleague, database: Database, nora: int, again: int
) -> None:
    rosa.says("/merge quinn")
    presses(rosa, "The second stays")
    presses(rosa, "Merge them")
    [entry] = [row for row in rows(database, audit_log) if row.action == "merged"]
    assert entry.is_sensitive
    about = {row.patient_id for row in rows(database, audit_patients) if row.audit_id == entry.id}
    assert about == {nora, again}


def test_what_differs_may_be_picked(
    rosa: Colleague, database: Database, nora: int, again: int
) -> None:
    del again
    rosa.says("/merge quinn")
    presses(rosa, "The first stays")
    assert "Taken from the other instead: first name" in presses(
        rosa, "Take the other's first name"
    )
    presses(rosa, "Merge them")
    with database.reading() as connection:
        name = select(patients.c.first_name).where(patients.c.id == nora)
        assert connection.scalar(name) == "Norah"


def test_by_name_and_year_of_birth(
    rosa: Colleague, database: Database, nora: int, again: int
) -> None:
    with database.transaction() as connection:
        older = update(patients).where(patients.c.id == again)
        connection.execute(older.values(date_of_birth=date(1984, 3, 12)))
    told = text_of(rosa.says("merge Nora Quinn 1985 with Norah Quinn 1984"))
    assert "1. N.Q., 1985, ...0142" in told
    assert "2. N.Q., 1984, ...0177" in told
    told = presses(rosa, "The first stays")
    assert "CAREFUL: the birth dates differ" in told
    assert "Are you sure" in presses(rosa, "Merge them")
    assert merged_into(database, again) is None
    presses(rosa, "Yes, one person")
    assert merged_into(database, again) == nora


def test_one_after_the_other(rosa: Colleague, database: Database, nora: int, again: int) -> None:
    with database.transaction() as connection:
        a_patient(connection, "Tom", last_name="Quinn")
    assert "Which one?" in text_of(rosa.says("/merge quinn"))
    assert "which other one" in text_of(rosa.presses(1))
    told = text_of(rosa.says("norah"))
    assert "which other one" in told
    assert "2. N.Q., 1985, ...0177" in text_of(rosa.presses(1))
    assert merged_into(database, nora) is merged_into(database, again) is None


def test_those_that_may_be_one_persons_are_offered(
    rosa: Colleague, database: Database, nora: int, again: int
) -> None:
    with database.transaction() as connection:
        open_task(connection, TaskKind.DUPLICATE, patient_id=again, now=NOW)
    assert "May be one person's: 1" in text_of(rosa.says("/merge"))
    told = text_of(rosa.presses(1))
    assert "1. N.Q., 1985, ...0142" in told
    presses(rosa, "The first stays")
    presses(rosa, "Merge them")
    assert merged_into(database, again) == nora
    told = text_of(rosa.says("/merge"))
    assert "May be" not in told
    assert "Two records again" in presses(rosa, "Take back: N.Q., 1985")


def test_what_was_done_last_is_what_undo_takes_back(
    rosa: Colleague, database: Database, again: int
) -> None:
    rosa.says("/merge quinn")
    presses(rosa, "The first stays")
    presses(rosa, "Merge them")
    assert "Two records again" in text_of(rosa.says("that was wrong"))
    assert merged_into(database, again) is None


def test_what_stands_in_the_way_is_said_and_nothing_is_done(
    rosa: Colleague, clinic: Clinic, database: Database, nora: int, again: int
) -> None:
    with database.transaction() as connection:
        an_appointment(
            connection,
            patient_id=nora,
            practitioner_id=clinic.okafor_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN,
        )
        dead = update(patients).where(patients.c.id == again).values(standing="deceased")
        connection.execute(dead)
    rosa.says("/merge quinn")
    told = presses(rosa, "The first stays")
    assert "Each has a visit at one time" in told
    assert "said to have died" in told
    assert "Merge them" not in {each.label for each in rosa.choices}


def test_what_has_changed_since_it_was_shown_is_shown_anew(
    rosa: Colleague, clinic: Clinic, database: Database, again: int
) -> None:
    rosa.says("/merge quinn")
    presses(rosa, "The first stays")
    with database.transaction() as connection:
        an_appointment(
            connection,
            patient_id=again,
            practitioner_id=clinic.okafor_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN + timedelta(hours=1),
        )
    told = presses(rosa, "Merge them")
    assert "Something has changed" in told
    assert "visits 2" in told
    assert merged_into(database, again) is None


def test_a_receptionist_may_not(database: Database, again: int) -> None:
    del again
    anna = a_receptionist(database)
    anna.comes_in()
    assert "does not include that" in text_of(anna.says("/merge quinn"))


def test_it_takes_the_pin(rosa: Colleague) -> None:
    rosa.clock.passes(minutes=30)
    assert "write your PIN" in text_of(rosa.says("/merge quinn"))
    assert "Which record stays" in text_of(rosa.says(PIN))


def test_of_two_who_merge_the_second_is_told(
    rosa: Colleague, database: Database, nora: int, again: int
) -> None:
    tom = a_member(database, Grant(Role.ADMIN), username="tom")
    tom.address = "9002"
    tom.comes_in()
    for each, label in ((rosa, "The first stays"), (tom, "The second stays")):
        each.says("/merge quinn")
        presses(each, label)
    presses(rosa, "Merge them")
    told = presses(tom, "Merge them")
    assert "no such patient" in told
    assert (merged_into(database, nora), merged_into(database, again)) == (None, nora)


def test_a_booking_that_was_begun_for_the_one_that_went_is_refused(
    rosa: Colleague, database: Database, again: int
) -> None:
    anna = a_member(database, Grant(Role.RECEPTIONIST), username="ben")
    anna.address = "9003"
    anna.comes_in()
    asked = text_of(anna.says("/book norah quinn tomorrow 11:00 dr patel"))
    assert "Book N.Q." in asked
    rosa.says("/merge quinn")
    presses(rosa, "The first stays")
    presses(rosa, "Merge them")
    assert "went into another one" in text_of(anna.says("yes"))
    assert again not in whose(database)


def test_who_writes_from_the_others_phone_is_the_one_that_stayed(
    rosa: Colleague, database: Database, nora: int, again: int
) -> None:
    patient = Patient(database)
    patient.says("hello")
    with database.transaction() as connection:
        a_link(connection, again, patient.own_address.id)
    rosa.says("/merge quinn")
    presses(rosa, "The first stays")
    presses(rosa, "Merge them")
    assert "10:00" in text_of(patient.says("my appointments"))
    patient.says("dr okafor wednesday at 10am", "yes")
    assert whose(database) == [nora, nora]
