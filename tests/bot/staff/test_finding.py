"""Looking somebody up in a chat of staff."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from core.database.connect import Database
from core.models import audit_log, audit_patients, patients
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import PIN, Colleague, a_member, a_receptionist
from tests.bot.talking import rows, text_of
from tests.builders import NOW, Clinic, a_patient, a_phone, a_setting, an_appointment


@pytest.fixture
def nora(clinic: Clinic, database: Database) -> int:
    del clinic
    with database.transaction() as connection:
        nora = a_patient(connection, "Nora", last_name="Quinn")
        a_phone(connection, nora, "+14155550142")
        return nora


@pytest.fixture
def anna(nora: int, database: Database) -> Colleague:
    del nora
    anna = a_receptionist(database)
    anna.comes_in()
    return anna


@pytest.mark.parametrize(
    "asked",
    [
        "/find quinn",
        "/find quin nora",
        "find Nora Quinn",
        "/find 415 555 0142",
        "/find quinn 3/12/1985",
        "look up nora",
    ],
)
def test_by_whatever_is_known_of_them(anna: Colleague, asked: str) -> None:
    told = text_of(anna.says(asked))
    assert told.startswith("N.Q., 1985, ...0142")
    assert "Quinn" not in told


def test_whom_is_asked_for_where_nobody_is_named(anna: Colleague) -> None:
    assert "Whom do you look for" in text_of(anna.says("/find"))
    assert "Nobody is found" in text_of(anna.says("nobody at all"))
    assert "N.Q., 1985" in text_of(anna.says("quinn"))


def test_the_whole_name_where_the_clinic_says_so(anna: Colleague, database: Database) -> None:
    with database.transaction() as connection:
        a_setting(connection, "staff_chat_detail", "full")
    assert "Nora Quinn, 1985" in text_of(anna.says("/find quinn"))


def test_several_are_a_list_to_pick_from(anna: Colleague, database: Database) -> None:
    with database.transaction() as connection:
        a_patient(connection, "Norbert", last_name="Quinn", date_of_birth=NOW.date())
    told = text_of(anna.says("/find quinn"))
    assert "N.Q., 1985, ...0142" in told
    assert "N.Q., 2026" in told
    assert "N.Q., 2026" in text_of(anna.presses(2))


def test_it_takes_the_pin(database: Database, nora: int) -> None:
    del nora
    anna = a_receptionist(database)
    anna.comes_in()
    anna.clock.passes(minutes=30)
    assert "Please write your PIN" in text_of(anna.says("/find quinn"))
    assert "N.Q., 1985" in text_of(anna.says(PIN))


def test_each_look_is_in_the_audit_log(anna: Colleague, database: Database, nora: int) -> None:
    anna.says("/find quinn")
    assert [row.patient_id for row in rows(database, audit_patients)] == [nora]
    assert [row.action for row in rows(database, audit_log)][-1] == "looked"


def test_of_a_restricted_record_nothing_is_shown(
    anna: Colleague, database: Database, nora: int
) -> None:
    anna.says("/find quinn")
    with database.transaction() as connection:
        connection.execute(
            update(patients).where(patients.c.id == nora).values(standing="restricted")
        )
    card = anna.choices
    told = text_of(anna.says("/find quinn"))
    assert "restricted" in told
    assert "1985" not in told
    assert "restricted" in text_of(anna.presses_value(card[0].value))


def test_who_has_died_is_not_booked_for(anna: Colleague, database: Database, nora: int) -> None:
    with database.transaction() as connection:
        connection.execute(
            update(patients).where(patients.c.id == nora).values(standing="deceased")
        )
    found = anna.says("/find quinn")
    assert "They have died" in text_of(found)
    assert [each.label for each in found.replies[-1].choices] == ["Standing"]


def test_a_practitioner_finds_only_their_own(clinic: Clinic, database: Database, nora: int) -> None:
    del nora
    doctor = a_member(database, Grant(Role.PRACTITIONER), practitioner_id=clinic.patel_id)
    doctor.comes_in()
    assert "Nobody is found" in text_of(doctor.says("/find quinn"))


def test_who_comes_to_somebody(anna: Colleague, database: Database, clinic: Clinic) -> None:
    with database.transaction() as connection:
        for name in "ABCDEFGHIJ":
            an_appointment(
                connection,
                patient_id=a_patient(connection, f"{name}nna", last_name="Vale"),
                practitioner_id=clinic.patel_id,
                location_id=clinic.location_id,
                visit_type_id=clinic.visit_type_id,
                starts_at=NOW + timedelta(days=1 + ord(name) - ord("A"), hours=8),
            )
    told = text_of(anna.says("Dr Patel's patients"))
    assert told.startswith("Patients of Dr Patel:")
    assert "A.V., 1985" in told
    assert "N.Q." not in told
    assert len(anna.choices) == 9
    assert "J.V., 1985" in text_of(anna.presses(9))
    assert "Nobody comes to Dr Okafor" in text_of(anna.says("/patients dr okafor"))
    assert "Whose patients?" in text_of(anna.says("/patients"))
    assert "Nobody comes to Dr Okafor" in text_of(anna.says("dr okafor"))


def test_the_patients_of_a_colleague_are_not_a_doctors_to_see(
    clinic: Clinic, database: Database
) -> None:
    doctor = a_member(database, Grant(Role.PRACTITIONER), practitioner_id=clinic.patel_id)
    doctor.comes_in()
    assert "Nobody comes to Dr Patel" in text_of(doctor.says("/patients"))
    assert "not among" in text_of(doctor.says("/patients dr okafor"))
