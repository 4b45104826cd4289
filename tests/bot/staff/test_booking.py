"""Booking, moving and calling off for others, in a chat of staff."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Row

from core.database.connect import Database
from core.models import (
    addresses,
    appointments,
    audit_log,
    audit_patients,
    occasions,
    patient_addresses,
    patients,
)
from core.models.appointments import AppointmentStatus
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import Colleague, a_member, a_receptionist
from tests.bot.talking import rows, text_of
from tests.builders import NOW, Clinic, a_patient, a_phone, an_appointment

LANDLINE, MOBILE = "+44 20 7946 0958", "+14155550143"
ZONE = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    del clinic
    anna = a_receptionist(database)
    anna.comes_in()
    return anna


@pytest.fixture
def nora(clinic: Clinic, database: Database) -> int:
    del clinic
    return somebody(database, "Nora", "Quinn", "+14155550142")


def somebody(
    database: Database, first: str, last: str, phone: str | None = None, **row: Any
) -> int:
    with database.transaction() as connection:
        who = a_patient(connection, first, last_name=last, **row)
        if phone:
            a_phone(connection, who, phone, trust="given")
        return who


def people(database: Database) -> list[Row[Any]]:
    """Who has been entered, beside the clinic's first patient."""
    return rows(database, patients)[1:]


def visits_of(database: Database, patient: int | None = None) -> list[Row[Any]]:
    every = rows(database, appointments)
    return [row for row in every if patient is None or row.patient_id == patient]


def on_the_wall(visit: Row[Any]) -> str:
    return f"{visit.starts_at.astimezone(ZONE):%a %H:%M}"


def a_visit(clinic: Clinic, database: Database, patient: int, hours: int = 32) -> int:
    with database.transaction() as connection:
        return an_appointment(
            connection,
            patient_id=patient,
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=NOW + timedelta(hours=hours),
        )


def test_everything_in_one_message_is_shown_and_then_booked(
    anna: Colleague, database: Database, nora: int
) -> None:
    asked = text_of(anna.says("/book nora quinn with dr patel tomorrow at 10"))
    assert "Book N.Q. with Dr Patel" in asked
    assert visits_of(database) == []
    assert "Booked" in text_of(anna.says("yes"))
    [visit] = visits_of(database, nora)
    assert visit.status == AppointmentStatus.SCHEDULED
    assert (visit.booked_through, visit.booked_by) == ("phone", "admin")
    assert [row.kind for row in rows(database, occasions)] == ["booked"]


def test_what_is_missing_is_asked_for(anna: Colleague, database: Database, nora: int) -> None:
    assert "For whom" in text_of(anna.says("/book"))
    assert "Free" in text_of(anna.says("quinn"))
    assert "Book N.Q." in text_of(anna.presses(1))
    anna.says("yes")
    assert len(visits_of(database, nora)) == 1


def test_in_plain_words_as_well(anna: Colleague, database: Database, nora: int) -> None:
    anna.says("book Nora Quinn tomorrow morning with Dr Patel")
    anna.says("1")
    anna.says("1")
    assert len(visits_of(database, nora)) == 1


def test_anything_said_before_may_change(anna: Colleague, database: Database, nora: int) -> None:
    anna.says("/book quinn tomorrow at 10 with dr patel")
    assert "10:40" in text_of(anna.says("no, at 10:40"))
    assert visits_of(database) == []
    anna.says("yes")
    [visit] = visits_of(database, nora)
    assert visit.starts_at.minute == 40


def test_namesakes_are_told_apart_by_their_year(anna: Colleague, database: Database) -> None:
    somebody(database, "Ann", "Lee", date_of_birth=NOW.date().replace(year=1980))
    young = somebody(database, "Ann", "Lee", date_of_birth=NOW.date().replace(year=2001))
    anna.says("/book ann lee tomorrow at 10 with dr patel")
    assert [choice.label for choice in anna.choices] == ["A.L., 1980", "A.L., 2001", "New: Ann Lee"]
    anna.presses(2)
    anna.says("yes")
    assert [visit.patient_id for visit in visits_of(database)] == [young]


def test_a_caller_who_is_new_is_entered_with_the_visit(anna: Colleague, database: Database) -> None:
    anna.says(f"/book tom baker {MOBILE} tomorrow at 10 with dr patel")
    assert people(database) == []
    assert "Book Tom Baker" in text_of(anna.presses(1))
    anna.says("yes")
    [patient] = people(database)
    assert (patient.first_name, patient.last_name) == ("Tom", "Baker")
    assert [visit.patient_id for visit in visits_of(database)] == [patient.id]
    [link] = [row for row in rows(database, patient_addresses) if row.patient_id == patient.id]
    assert link.trust == "given"


def test_a_landline_is_for_calls(anna: Colleague, database: Database, clinic: Clinic) -> None:
    del clinic
    anna.says("/book tom baker tomorrow at 10 with dr patel")
    assert "phone number of Tom Baker" in text_of(anna.presses(1))
    assert "no phone number" in text_of(anna.says("soon"))
    anna.says(LANDLINE)
    anna.says("yes")
    phones = [row.channel for row in rows(database, addresses) if row.address == "+442079460958"]
    assert phones == ["voice"]


def test_nobody_is_entered_where_the_booking_fails(
    anna: Colleague, database: Database, clinic: Clinic, nora: int
) -> None:
    """The record and the visit are one."""
    anna.says(f"/book tom baker {MOBILE} tomorrow at 10 with dr patel")
    anna.presses(1)
    a_visit(clinic, database, nora)
    assert "Another visit is there already" in text_of(anna.says("yes"))
    assert [row.id for row in people(database)] == [nora]


def test_a_rule_is_passed_over_with_a_reason(
    anna: Colleague, database: Database, clinic: Clinic, nora: int
) -> None:
    a_visit(clinic, database, nora)
    ann = somebody(database, "Ann", "Lee")
    anna.says("/book ann lee tomorrow at 10 with dr patel")
    labels = [choice.label for choice in anna.choices]
    place = next(index for index, label in enumerate(labels, 1) if "all the same" in label)
    anna.presses(place)
    assert "Another visit is there already" in text_of(anna.says("yes"))
    assert visits_of(database, ann) == []
    anna.says("in pain, Dr Patel knows")
    [visit] = visits_of(database, ann)
    assert visit.seat == 1
    assert visit.override_reason == "in pain, Dr Patel knows"


def test_outside_of_the_hours_it_takes_a_reason_too(
    anna: Colleague, database: Database, nora: int
) -> None:
    anna.says("/book quinn tomorrow at 7 am with dr patel")
    labels = [choice.label for choice in anna.choices]
    place = next(index for index, label in enumerate(labels, 1) if "all the same" in label)
    anna.presses(place)
    assert "outside of their hours" in text_of(anna.says("yes"))
    anna.says("she flies at nine")
    assert len(visits_of(database, nora)) == 1


def test_without_a_message_nobody_is_told(anna: Colleague, database: Database, nora: int) -> None:
    del nora
    anna.says("/book quinn tomorrow at 10 with dr patel")
    anna.presses(2)
    assert len(visits_of(database)) == 1
    assert [row.state for row in rows(database, occasions) if row.kind == "booked"] == []


def test_what_was_booked_can_be_taken_back(anna: Colleague, database: Database, nora: int) -> None:
    del nora
    anna.says("/book quinn tomorrow at 10 with dr patel")
    anna.says("yes")
    assert "Taken back" in text_of(anna.says("undo"))
    [visit] = visits_of(database)
    assert visit.status == AppointmentStatus.ENTERED_IN_ERROR


def test_a_visit_is_moved_by_name_or_by_time(
    anna: Colleague, database: Database, clinic: Clinic, nora: int
) -> None:
    visit = a_visit(clinic, database, nora)
    assert "Move N.Q." in text_of(anna.says("/move quinn to thursday at 3pm"))
    anna.says("yes")
    assert "Move N.Q." in text_of(anna.says("move the thursday 3pm to friday at 11 am"))
    anna.says("yes")
    [moved] = visits_of(database)
    assert (moved.id, moved.version) == (visit, 3)
    assert on_the_wall(moved) == "Fri 11:00"
    anna.says("undo")
    [back] = visits_of(database)
    assert on_the_wall(back) == "Thu 15:00"


def test_a_visit_is_called_off_below_the_day(
    anna: Colleague, database: Database, clinic: Clinic, nora: int
) -> None:
    a_visit(clinic, database, nora)
    anna.says("/cancel quinn")
    assert visits_of(database)[0].status == AppointmentStatus.SCHEDULED
    assert "Called off" in text_of(anna.presses(1))
    assert visits_of(database)[0].status == AppointmentStatus.CANCELLED
    assert "Taken back" in text_of(anna.presses(1))
    assert visits_of(database)[0].status == AppointmentStatus.SCHEDULED


def test_who_walks_in_is_here(anna: Colleague, database: Database, nora: int) -> None:
    for _ in range(4):  # To Monday; a chat that rests longer is closed.
        anna.clock.passes(hours=8)
        anna.says("/today")
    anna.says("/walkin quinn")
    assert "Enter N.Q. as here" in text_of(anna.presses(1))
    anna.says("yes")
    [visit] = visits_of(database, nora)
    assert visit.status == AppointmentStatus.ARRIVED
    assert visit.booked_through == "counter"
    assert rows(database, occasions) == []
    anna.says("undo")
    assert visits_of(database)[0].status == AppointmentStatus.ENTERED_IN_ERROR
    assert rows(database, occasions) == []


def test_a_button_of_an_earlier_draft_does_nothing(
    anna: Colleague, database: Database, nora: int
) -> None:
    """Two bookings were begun: "yes" of the first is not for the second."""
    somebody(database, "Ann", "Lee")
    anna.says("/book ann lee tomorrow at 10 with dr patel")
    first = anna.choices[0].value
    anna.says("/book nora quinn tomorrow at 11 with dr patel")
    assert "older list" in text_of(anna.presses_value(first))
    assert visits_of(database) == []
    anna.says("yes")
    assert [visit.patient_id for visit in visits_of(database)] == [nora]


def test_a_look_at_the_day_in_between_loses_nothing(
    anna: Colleague, database: Database, nora: int
) -> None:
    anna.says("/book quinn tomorrow at 10 with dr patel")
    first = anna.choices[0].value
    anna.says("/tomorrow dr patel")
    anna.presses_value(first)
    assert len(visits_of(database, nora)) == 1


def test_a_practitioner_books_into_their_own_calendar(clinic: Clinic, database: Database) -> None:
    somebody(database, "Ann", "Lee")
    doctor = a_member(database, Grant(Role.PRACTITIONER), practitioner_id=clinic.patel_id)
    doctor.comes_in()
    assert "Nobody is found" in text_of(doctor.says("/book ann lee tomorrow at 10"))
    doctor.says(f"tom baker {MOBILE}")
    doctor.presses(1)
    doctor.says("yes")
    assert [visit.practitioner_id for visit in visits_of(database)] == [clinic.patel_id]


def test_whose_record_is_restricted_is_not_booked_for(anna: Colleague, database: Database) -> None:
    somebody(database, "Ann", "Lee", standing="restricted")
    assert "restricted" in text_of(anna.says("/book ann lee tomorrow at 10 with dr patel"))
    assert visits_of(database) == []


def test_a_patient_elsewhere_at_that_time_is_not_booked_whatever_the_reason(
    anna: Colleague, database: Database, clinic: Clinic, nora: int
) -> None:
    a_visit(clinic, database, nora)
    anna.says("/book quinn tomorrow at 10 with dr patel")
    labels = [choice.label for choice in anna.choices]
    place = next(index for index, label in enumerate(labels, 1) if "all the same" in label)
    anna.presses(place)
    anna.says("yes")
    told = text_of(anna.says("she insists"))
    assert "another visit at that time" in told
    assert len(visits_of(database, nora)) == 1


def test_who_booked_for_whom_is_in_the_audit_log(
    anna: Colleague, database: Database, nora: int
) -> None:
    anna.says("/book quinn tomorrow at 10 with dr patel")
    anna.says("yes")
    actions = {row.action for row in rows(database, audit_log)}
    assert {"looked", "booked"} <= actions
    assert {row.patient_id for row in rows(database, audit_patients)} == {nora}


def test_two_at_one_slot_one_is_told_that_it_is_taken(
    anna: Colleague, database: Database, nora: int
) -> None:
    """Both have it before them; the second hears what stands in the way."""
    ben = a_receptionist_too(database)
    ann = somebody(database, "Ann", "Lee")
    anna.says("/book quinn tomorrow at 10 with dr patel")
    ben.says("/book ann lee tomorrow at 10 with dr patel")
    anna.says("yes")
    assert "Another visit is there already" in text_of(ben.says("yes"))
    assert visits_of(database, ann) == []
    assert len(visits_of(database, nora)) == 1


def a_receptionist_too(database: Database) -> Colleague:
    ben = a_member(database, Grant(Role.RECEPTIONIST), username="ben")
    ben.address = "9002"
    ben.comes_in()
    return ben


def test_somebody_else_begins_a_new_one(anna: Colleague, database: Database, nora: int) -> None:
    """A name where a yes was asked for is no answer to it."""
    ann = somebody(database, "Ann", "Lee")
    anna.says("/book quinn tomorrow at 10 with dr patel")
    anna.says("book Ann Lee tomorrow at 11 with Dr Patel")
    anna.says("yes")
    assert [visit.patient_id for visit in visits_of(database)] == [ann]
    anna.says("/move ann lee")
    assert "Nobody is found" in text_of(anna.says("find Mark Nobody"))
    del nora


def test_what_means_nothing_is_said_and_nothing_is_lost(
    anna: Colleague, database: Database, nora: int
) -> None:
    del nora
    anna.says("/book quinn tomorrow at 10 with dr patel")
    told = text_of(anna.says("hm"))
    assert "did not understand" in told
    assert "Book N.Q." in told
    assert visits_of(database) == []


def test_a_button_may_be_typed_in_its_own_words(anna: Colleague) -> None:
    """ "No phone" is the button, and no refusal."""
    anna.says("/book Tom Baker monday at 10 dr patel")
    anna.says("new: tom baker")
    assert text_of(anna.says("no phone")).startswith("Book Tom Baker with Dr Patel")
    assert text_of(anna.says("Book it")).startswith("Booked:")
