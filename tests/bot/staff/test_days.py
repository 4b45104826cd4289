"""What staff see of a day and mark in it, and how far that goes."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from core.database.connect import Database
from core.models import (
    appointment_events,
    appointments,
    audit_log,
    audit_patients,
    occasions,
    patients,
    recalls,
)
from core.models.appointments import AppointmentStatus
from core.models.staff import Role
from core.staff.members import give_roles
from core.staff.rights import Grant
from tests.bot.staff.colleague import Colleague, a_member, a_receptionist
from tests.bot.talking import rows, text_of
from tests.builders import NOW, Clinic, a_location, a_patient, a_setting, an_appointment

TEN = NOW + timedelta(hours=8)  # In the morning, where the clinic is.


def a_visit(
    connection: Connection, clinic: Clinic, starts_at: datetime, location_id: int | None = None
) -> int:
    """Of John Smith with Dr Patel."""
    return an_appointment(
        connection,
        patient_id=a_patient(connection, "John", last_name="Smith"),
        practitioner_id=clinic.patel_id,
        location_id=location_id or clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=starts_at,
    )


@pytest.fixture
def visit(clinic: Clinic, database: Database) -> int:
    with database.transaction() as connection:
        return a_visit(connection, clinic, TEN)


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    del clinic
    colleague = a_receptionist(database)
    colleague.comes_in()
    return colleague


def status_of(database: Database, visit: int) -> str:
    with database.reading() as connection:
        found: str = connection.execute(
            select(appointments.c.status).where(appointments.c.id == visit)
        ).scalar_one()
    return found


@pytest.mark.usefixtures("visit")
def test_names_are_shown_only_where_the_clinic_says_so(anna: Colleague, database: Database) -> None:
    told = text_of(anna.says("/today dr patel"))
    assert "J.S." in told
    assert "Smith" not in told
    with database.transaction() as connection:
        a_setting(connection, "staff_chat_detail", "full")
    assert "John Smith" in text_of(anna.says("/today dr patel"))


@pytest.mark.usefixtures("visit")
def test_whose_record_is_restricted_is_not_named(anna: Colleague, database: Database) -> None:
    with database.transaction() as connection:
        a_setting(connection, "staff_chat_detail", "full")
        connection.execute(update(patients).values(standing="restricted"))
    for told in (anna.says("/today dr patel"), anna.presses(1), anna.says("/arrived 10:00")):
        assert "(restricted)" in text_of(told)
        assert "Smith" not in text_of(told)


@pytest.mark.usefixtures("visit")
def test_needs_are_shown(anna: Colleague, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(update(patients).values(needs='["interpreter", "wheelchair"]'))
    assert "interpreter, wheelchair" in text_of(anna.says("/today dr patel"))


def test_whose_records_were_seen_is_written_down(
    anna: Colleague, visit: int, database: Database
) -> None:
    anna.says("/week")
    assert rows(database, audit_patients) == []  # Numbers only.
    anna.says("/today dr patel")
    [seen] = rows(database, audit_patients)
    with database.reading() as connection:
        whose = select(appointments.c.patient_id).where(appointments.c.id == visit)
        assert seen.patient_id == connection.scalar(whose)
    [entry] = [row for row in rows(database, audit_log) if row.id == seen.audit_id]
    assert (entry.action, entry.username, entry.role) == ("looked", "anna", "receptionist")


def own(clinic: Clinic, _: int) -> tuple[Grant, int | None]:
    return Grant(Role.PRACTITIONER), clinic.okafor_id


def elsewhere(_: Clinic, other_place: int) -> tuple[Grant, int | None]:
    return Grant(Role.RECEPTIONIST, location_id=other_place), None


@pytest.mark.parametrize("outside", [own, elsewhere])
def test_what_lies_outside_ones_right_is_not_there(
    clinic: Clinic,
    database: Database,
    visit: int,
    outside: Callable[[Clinic, int], tuple[Grant, int | None]],
) -> None:
    with database.transaction() as connection:
        grant, practitioner = outside(clinic, a_location(connection, "Harbor"))
    tom = a_member(database, grant, practitioner_id=practitioner, username="tom")
    tom.comes_in()
    for text in ("/today", "/today dr patel", "/week", "/next", "/close", "/arrived 10:00"):
        told = text_of(tom.says(text))
        assert "J.S." not in told
        assert "1 booked" not in told
    assert status_of(database, visit) == AppointmentStatus.SCHEDULED
    assert rows(database, audit_patients) == []


@pytest.mark.usefixtures("visit")
def test_control_inside_it_is(anna: Colleague) -> None:
    assert "J.S." in text_of(anna.says("/today"))
    assert "1 booked" in text_of(anna.says("/week"))
    assert "J.S." in text_of(anna.says("/next"))


def test_a_button_of_a_visit_outside_ones_right_does_nothing(
    database: Database, visit: int
) -> None:
    """Whoever loses a role keeps the buttons of before."""
    tom = a_member(database, Grant(Role.RECEPTIONIST), username="tom")
    tom.comes_in()
    tom.says("/today dr patel")
    tom.presses(1)
    with database.transaction() as connection:
        place = a_location(connection, "Harbor")
        give_roles(connection, tom.staff_id, [Grant(Role.RECEPTIONIST, location_id=place)], NOW)
    assert "no such visit" in text_of(tom.presses(1))
    assert status_of(database, visit) == AppointmentStatus.SCHEDULED


@pytest.mark.usefixtures("visit")
def test_two_colleagues_mark_one_visit_and_the_second_is_told(
    anna: Colleague, database: Database
) -> None:
    tom = a_member(database, Grant(Role.RECEPTIONIST), username="tom")
    tom.address = "9002"
    tom.comes_in()
    for each in (anna, tom):
        each.says("/today dr patel")
        each.presses(1)
    assert "Marked as here" in text_of(anna.presses(1))
    assert "changed that visit" in text_of(tom.presses(1))
    marked = [row.type for row in rows(database, appointment_events) if row.type == "arrived"]
    assert marked == ["arrived"]


def test_nobody_takes_back_what_a_colleague_marked(
    anna: Colleague, database: Database, visit: int
) -> None:
    tom = a_member(database, Grant(Role.RECEPTIONIST), username="tom")
    tom.address = "9002"
    tom.comes_in()
    anna.says("/arrived 10:00")
    assert "can't be taken back" in text_of(tom.says("undo"))
    assert status_of(database, visit) == AppointmentStatus.ARRIVED
    assert "Taken back" in text_of(anna.says("undo"))
    assert status_of(database, visit) == AppointmentStatus.SCHEDULED


@pytest.mark.usefixtures("visit")
def test_a_slip_of_the_finger_is_no_news_to_the_patient(
    anna: Colleague, database: Database
) -> None:
    anna.says("/arrived 10:00", "undo")
    assert rows(database, occasions) == []


def test_nothing_becomes_a_missed_visit_by_itself(
    anna: Colleague, database: Database, visit: int
) -> None:
    anna.clock.passes(hours=9)
    assert "J.S." in text_of(anna.says("/close"))
    assert status_of(database, visit) == AppointmentStatus.SCHEDULED
    anna.says("/noshow 10:00")
    assert "every visit that is over is marked" in text_of(anna.says("/close"))


def test_nobody_has_missed_a_visit_that_has_not_begun(
    anna: Colleague, database: Database, visit: int
) -> None:
    assert "no such visit to mark" in text_of(anna.says("/noshow 10:00"))
    assert status_of(database, visit) == AppointmentStatus.SCHEDULED


@pytest.mark.usefixtures("visit")
def test_after_a_completed_visit_it_is_asked_when_to_come_again(
    anna: Colleague, database: Database
) -> None:
    anna.clock.passes(hours=9)
    assert "come again" in text_of(anna.says("/completed 10:00"))
    assert "at most" in text_of(anna.says("999"))
    anna.says("45")
    [recall] = rows(database, recalls)
    assert (recall.due_on - NOW.date()).days == 45


def test_an_old_button_says_so_and_does_nothing(
    anna: Colleague, database: Database, visit: int
) -> None:
    anna.says("/today dr patel")
    anna.presses(1)
    arrived = anna.choices[0].value
    for _ in range(9):
        anna.says("/today")
    assert "older list" in text_of(anna.presses_value(arrived))
    assert "older list" in text_of(anna.presses_value("staff-999:1"))
    assert status_of(database, visit) == AppointmentStatus.SCHEDULED


@pytest.mark.parametrize(
    "text", ["", "🙂", "/", "/today " + "x" * 2500, "0", "99", "the 25:00 is here"]
)
def test_whatever_is_written_has_an_answer(anna: Colleague, text: str) -> None:
    assert text_of(anna.says(text))


def test_days_are_those_of_each_places_clock(
    clinic: Clinic, database: Database, anna: Colleague
) -> None:
    """Sunday noon in Los Angeles is Monday morning in Sydney."""
    with database.transaction() as connection:
        sydney = a_location(connection, "Sydney", zone="Australia/Sydney")
        a_visit(connection, clinic, NOW + timedelta(hours=10), sydney)
    assert "J.S." in text_of(anna.says("/tomorrow Sydney"))
    assert "J.S." not in text_of(anna.says("/today Sydney"))
