"""Visits as a file, in a chat of staff."""

import csv
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.documents import Document
from bot.staff.exporting import COLUMNS
from core.database.connect import Database
from core.models import appointments, audit_log, patients, settings
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import PIN, Colleague, a_member
from tests.bot.talking import rows, text_of
from tests.builders import NOW, Clinic, a_location, a_patient, a_setting, an_appointment

MONDAY = NOW + timedelta(days=1, hours=8)  # 10 in the morning, where the clinic is.


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    """An administrator, where files may be had; Nora Quinn comes on Monday."""
    with database.transaction() as connection:
        a_setting(connection, "staff_export", "on")
    a_visit(clinic, database, "Nora")
    anna = a_member(database, Grant(Role.ADMIN))
    anna.comes_in()
    return anna


def a_visit(clinic: Clinic, database: Database, first_name: str, **changes: Any) -> int:
    about: dict[str, Any] = {"starts_at": MONDAY, "practitioner_id": clinic.patel_id}
    about |= {"location_id": clinic.location_id, "visit_type_id": clinic.visit_type_id}
    with database.transaction() as connection:
        patient_id = a_patient(connection, first_name, last_name="Quinn")
        return an_appointment(connection, patient_id=patient_id, **about | changes)


def file_of(anna: Colleague) -> Document:
    return Document.from_json(anna.outgoing[-1].document)


def lines_of(anna: Colleague) -> list[dict[str, str]]:
    return list(csv.DictReader(file_of(anna).text.splitlines()))


def test_each_visit_is_a_line_by_the_clock_of_its_place(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    other = a_visit(clinic, database, "Ben", starts_at=MONDAY + timedelta(hours=1))
    with database.transaction() as connection:
        cancelled = {"status": "cancelled", "cancelled_by": "patient", "cancelled_at": NOW}
        connection.execute(update(appointments).where(appointments.c.id == other).values(cancelled))
    told = text_of(anna.says("/export week tomorrow"))
    assert told.startswith("Visits as a file, Mon, Nov 23 - Sun, Nov 29: 2.")
    assert file_of(anna).name == "visits-2026-11-23-2026-11-29.csv"
    first, second = lines_of(anna)
    assert tuple(first) == COLUMNS
    assert (first["day"], first["starts"], first["ends"]) == ("2026-11-23", "10:00", "10:20")
    assert (first["practitioner"], first["status"]) == ("Dr Anita Patel", "scheduled")
    assert (second["status"], second["cancelled_by"]) == ("cancelled", "patient")
    assert first["patient"] == "N.Q."


def test_names_stand_in_it_where_the_chat_shows_them(anna: Colleague, database: Database) -> None:
    with database.transaction() as connection:
        a_setting(connection, "staff_chat_detail", "full")
    anna.says("/export month")
    assert [line["patient"] for line in lines_of(anna)] == ["Nora Quinn"]


def test_not_of_a_restricted_record(anna: Colleague, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(update(patients).values(standing="restricted"))
    anna.says("/export month")
    assert [line["patient"] for line in lines_of(anna)] == ["(restricted)"]


def test_no_name_runs_in_a_spreadsheet(anna: Colleague, clinic: Clinic, database: Database) -> None:
    with database.transaction() as connection:
        a_setting(connection, "staff_chat_detail", "full")
    a_visit(clinic, database, "=HYPERLINK(1)", starts_at=MONDAY + timedelta(hours=1))
    anna.says("/export month")
    assert lines_of(anna)[-1]["patient"] == "'=HYPERLINK(1) Quinn"


def test_it_is_off_unless_the_clinic_allows_it(anna: Colleague, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(update(settings).values(is_active=False))
    assert text_of(anna.says("/export week")).startswith("Visits leave no chat as a file here")
    assert anna.outgoing[-1].document is None


def test_it_takes_a_pin(anna: Colleague) -> None:
    anna.clock.passes(minutes=11)
    assert text_of(anna.says("this month as a file")) == "Please write your PIN first."
    anna.says(PIN)
    assert len(lines_of(anna)) == 1


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.PRACTITIONER])
def test_only_administrators_have_it(clinic: Clinic, database: Database, role: Role) -> None:
    a_visit(clinic, database, "Nora")
    tom = a_member(database, Grant(role), practitioner_id=clinic.patel_id, username="tom")
    tom.comes_in()
    assert "Your role does not include that" in text_of(tom.says("/export month"))
    assert all(row.document is None for row in tom.outgoing)


def test_of_their_own_places_only(clinic: Clinic, database: Database) -> None:
    a_visit(clinic, database, "Nora")
    with database.transaction() as connection:
        a_setting(connection, "staff_export", "on")
        elsewhere = a_location(connection, "Eastgate")
    tom = a_member(database, Grant(Role.ADMIN, location_id=elsewhere), username="tom")
    tom.comes_in()
    assert text_of(tom.says("/export month")) == "Sun, Nov 1 - Mon, Nov 30: no visits."


def test_whose_visits_it_names_is_in_the_audit_log(anna: Colleague, database: Database) -> None:
    anna.says("/export month")
    [entry] = [row for row in rows(database, audit_log) if row.action == "exported"]
    with database.reading() as connection:
        nora = connection.scalar(select(patients.c.id).where(patients.c.first_name == "Nora"))
    assert (entry.patients, entry.is_sensitive) == (f"[{nora}]", True)


def test_the_file_is_deleted_from_here_too_once_it_is_off_the_screen(anna: Colleague) -> None:
    anna.says("/export month")
    assert anna.outgoing[-1].clear_at == anna.clock() + timedelta(hours=24)
