"""Blocking time, and the sick day, in a chat of staff."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database.connect import Database
from core.models import absences, appointments, audit_log, holidays, occasions, tasks
from core.models.staff import Role
from core.occasions.unanswered import call_unanswered
from core.staff.rights import Grant
from tests.bot.staff.colleague import PIN, Colleague, a_member, a_receptionist
from tests.bot.talking import rows, text_of
from tests.builders import NOW, Clinic, a_location, a_patient, a_phone, an_appointment

TEN = NOW + timedelta(hours=32)  # On Monday, where the clinic is.


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    del clinic
    anna = a_receptionist(database)
    anna.comes_in()
    return anna


@pytest.fixture
def visit(clinic: Clinic, database: Database) -> int:
    return booked(clinic, database)


def booked(clinic: Clinic, database: Database, minutes: int = 0) -> int:
    with database.transaction() as connection:
        return an_appointment(
            connection,
            patient_id=a_patient(connection, "Nora", last_name="Quinn"),
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN + timedelta(minutes=minutes),
        )


def whose(database: Database) -> list[int]:
    return [row.practitioner_id for row in rows(database, appointments)]


def test_time_is_blocked_and_free_again(anna: Colleague, database: Database) -> None:
    assert "Block Dr Patel" in text_of(anna.says("block dr patel friday afternoon"))
    assert rows(database, absences) == []
    anna.presses(1)
    [absence] = rows(database, absences)
    assert (str(absence.starts), absence.whole_day) == ("12:00:00", False)
    assert "Free again" in text_of(anna.presses(1))
    assert rows(database, absences) == []


def test_who_is_booked_then_is_shown_before(
    anna: Colleague, database: Database, visit: int
) -> None:
    told = text_of(anna.says("/block dr patel tomorrow from 9 to 11"))
    assert "Booked then: 1" in told
    assert "10:00 AM N.Q." in told
    assert "stay booked there, each a task until somebody decides: 1" in text_of(anna.presses(2))
    [task] = [row for row in rows(database, tasks) if row.kind == "stranded"]
    assert task.appointment_id == visit


@pytest.mark.usefixtures("visit")
def test_a_sick_day_is_shown_done_and_taken_back(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    told = text_of(anna.says("Dr Patel is sick tomorrow"))
    assert "10:00 AM N.Q. -> 10:00 AM Dr Okafor" in told
    assert whose(database) == [clinic.patel_id]
    assert "Done" in text_of(anna.presses(1))
    assert whose(database) == [clinic.okafor_id]
    assert [row.kind for row in rows(database, occasions)] == ["moved"]
    assert "Visits back where they were: 1" in text_of(anna.presses(1))
    assert whose(database) == [clinic.patel_id]
    assert rows(database, absences) == []


@pytest.mark.usefixtures("visit")
def test_what_has_changed_since_it_was_shown_is_shown_anew(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    anna.says("/sick dr patel tomorrow")
    booked(clinic, database, minutes=20)
    told = text_of(anna.presses(1))
    assert "Something has changed" in told
    assert whose(database) == [clinic.patel_id, clinic.patel_id]
    anna.presses(1)
    assert whose(database) == [clinic.okafor_id, clinic.okafor_id]


@pytest.mark.usefixtures("visit")
def test_it_takes_the_pin(database: Database) -> None:
    anna = a_receptionist(database)
    anna.comes_in()
    anna.clock.passes(minutes=30)
    assert "write your PIN" in text_of(anna.says("/sick dr patel tomorrow"))
    assert "Dr Patel away" in text_of(anna.says(PIN))


def test_a_doctor_is_sick_themselves(clinic: Clinic, database: Database) -> None:
    doctor = a_member(database, Grant(Role.PRACTITIONER), practitioner_id=clinic.patel_id)
    doctor.comes_in()
    assert "Dr Patel away" in text_of(doctor.says("I'm sick tomorrow"))
    assert "not among" in text_of(doctor.says("/sick dr okafor tomorrow"))


def test_whoever_works_elsewhere_too_is_not_this_places_alone(
    clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        other = a_location(connection, "Uptown")
    ben = a_member(database, Grant(Role.RECEPTIONIST, other), username="ben")
    ben.comes_in()
    assert "not among" in text_of(ben.says("/sick dr patel tomorrow"))
    del clinic


@pytest.mark.parametrize(
    ("asked", "answer", "said"),
    [
        ("/block", "dr patel friday", "Block Dr Patel"),
        ("/block dr patel", "tomorrow from 2 to 4", "14:00-16:00"),
        ("/block dr patel friday at 10", "until 11", "10:00-11:00"),
        ("/sick", "dr patel", "Dr Patel away"),
    ],
)
def test_what_is_missing_is_asked_for(anna: Colleague, asked: str, answer: str, said: str) -> None:
    assert said not in text_of(anna.says(asked))
    assert said in text_of(anna.says(answer))


def test_too_many_days_are_said_to_be(anna: Colleague) -> None:
    told = text_of(anna.says("/block dr patel from december 1 to february 28"))
    assert "more than 31 days" in told


@pytest.mark.usefixtures("visit")
def test_who_did_it_is_in_the_audit_log(anna: Colleague, database: Database) -> None:
    anna.says("/sick dr patel tomorrow")
    anna.presses(1)
    actions = [row.action for row in rows(database, audit_log)]
    assert actions[-2:] == ["rescheduled", "away"]


@pytest.mark.usefixtures("visit")
def test_a_plan_is_answered_in_words(anna: Colleague, database: Database, clinic: Clinic) -> None:
    anna.says("dr okafor covers for dr patel tomorrow")
    assert text_of(anna.says("no thanks")) == "Left as it was."
    assert rows(database, absences) == []
    anna.says("dr okafor covers for dr patel tomorrow")
    assert text_of(anna.says("yes")).startswith("Done.")
    assert whose(database) == [clinic.okafor_id]


@pytest.mark.usefixtures("visit")
def test_how_far_it_is(anna: Colleague) -> None:
    anna.says("/closed tomorrow")
    anna.presses(1)
    told = text_of(anna.presses(2))
    assert told.startswith("Of 1 visits:")
    assert "to call: 1" in told


@pytest.mark.usefixtures("visit")
def test_by_when_they_are_to_answer_is_said_and_kept(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        nora = connection.scalar(select(appointments.c.patient_id))
        assert nora is not None
        a_phone(connection, nora, "+14155550142")
        an_appointment(
            connection,
            patient_id=a_patient(connection, "Ben"),
            practitioner_id=clinic.okafor_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN,
        )
    anna.says("/sick dr patel tomorrow")
    told = text_of(anna.presses(1))
    assert "has not said by Sun, Nov 22 6:00 AM whether it suits is to be called" in told
    assert "told, not answered: 1" in text_of(anna.presses(2))
    anna.clock.passes(hours=4)
    with database.transaction() as connection:
        assert call_unanswered(connection, anna.clock(), 10) == 1
    anna.presses(1)
    assert "to call: 1" in text_of(anna.says(PIN))


def test_a_whole_specialty_is_away(anna: Colleague, database: Database, clinic: Clinic) -> None:
    anna.says("/block general_practice friday")
    anna.presses(1)
    away = [row.practitioner_id for row in rows(database, absences)]
    assert away == [clinic.patel_id, clinic.okafor_id]
    anna.presses(1)
    assert rows(database, absences) == []


def test_a_complaint_sends_no_specialty_away(anna: Colleague) -> None:
    assert "Who is away?" in text_of(anna.says("/sick tomorrow"))


def test_a_place_is_closed_by_those_whose_it_is(clinic: Clinic, database: Database) -> None:
    doctor = a_member(database, Grant(Role.PRACTITIONER), practitioner_id=clinic.patel_id)
    doctor.comes_in()
    assert "not among" in text_of(doctor.says("/closed tomorrow"))
    assert "not among" in text_of(doctor.says("dr patel covers for dr okafor tomorrow"))
    assert rows(database, holidays) == []


@pytest.mark.parametrize("said", ["/cover dr patel tomorrow", "/cover dr patel for dr patel"])
def test_who_stands_in_for_whom_is_asked(anna: Colleague, said: str) -> None:
    assert "Who stands in for whom" in text_of(anna.says(said))
