"""How the clinic stands to a patient, shown and changed in a chat of staff."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database.connect import Database
from core.models import appointments, audit_log, occasions, patients, waitlist_rounds
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import PIN, Colleague, a_member, a_receptionist
from tests.bot.talking import rows, text_of
from tests.builders import NOW, Clinic, a_location, a_patient, an_appointment

TEN = NOW + timedelta(hours=32)  # On Monday, where the clinic is.


@pytest.fixture
def nora(clinic: Clinic, database: Database) -> int:
    del clinic
    with database.transaction() as connection:
        return a_patient(connection, "Nora", last_name="Quinn")


@pytest.fixture
def visit(clinic: Clinic, database: Database, nora: int) -> int:
    with database.transaction() as connection:
        return an_appointment(
            connection,
            patient_id=nora,
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN,
        )


@pytest.fixture
def anna(nora: int, database: Database) -> Colleague:
    del nora
    anna = a_receptionist(database)
    anna.comes_in()
    return anna


def standing_of(database: Database, patient_id: int) -> str:
    with database.reading() as connection:
        found: str = connection.execute(
            select(patients.c.standing).where(patients.c.id == patient_id)
        ).scalar_one()
        return found


def presses(anna: Colleague, label: str) -> str:
    """Press the button of that name below what was said last."""
    [value] = [each.value for each in anna.choices if each.label == label]
    return text_of(anna.presses_value(value))


def test_it_is_shown_and_changed_with_a_reason_and_taken_back(
    anna: Colleague, database: Database, nora: int
) -> None:
    assert "Active." in text_of(anna.says("/standing quinn"))
    asked = presses(anna, "Block from booking")
    assert "write why" in asked
    assert standing_of(database, nora) == "active"
    told = text_of(anna.says("shouted at the desk, twice"))
    assert "Blocked." in told
    assert "Why: shouted at the desk, twice" in told
    assert "by anna" in told.casefold()
    assert standing_of(database, nora) == "blocked"
    entry = next(row for row in rows(database, audit_log) if row.action == "blocked")
    assert (entry.resource, entry.reason) == ("standing", "shouted at the desk, twice")
    assert "Taken back" in presses(anna, "Take back")
    assert standing_of(database, nora) == "active"


def test_what_was_decided_last_is_what_undo_takes_back(
    anna: Colleague, database: Database, nora: int, visit: int
) -> None:
    del visit
    anna.says("/standing quinn")
    presses(anna, "Block from booking")
    anna.says("rude")
    assert "Taken back" in text_of(anna.says("that was wrong"))
    assert standing_of(database, nora) == "active"


def test_a_button_below_whoever_was_found(anna: Colleague) -> None:
    anna.says("/find quinn")
    assert "Active." in presses(anna, "Standing")


def test_a_bare_no_in_place_of_the_reason_changes_nothing(
    anna: Colleague, database: Database, nora: int
) -> None:
    anna.says("/standing quinn")
    presses(anna, "Block from booking")
    assert "Left as it was" in text_of(anna.says("never mind"))
    assert standing_of(database, nora) == "active"
    assert "never mind" not in text_of(anna.says("/standing quinn"))


def test_a_death_is_shown_before_and_wants_a_yes(
    anna: Colleague, database: Database, nora: int, visit: int
) -> None:
    anna.says("/standing quinn")
    asked = presses(anna, "Has died")
    assert "Visits ahead: 1" in asked
    asked = text_of(anna.says("her daughter called"))
    assert "has died" in asked
    assert standing_of(database, nora) == "active"
    told = presses(anna, "Yes, end all of it")
    assert "nobody was told" in told
    assert standing_of(database, nora) == "deceased"
    [booked] = rows(database, appointments)
    assert (booked.id, booked.status) == (visit, "cancelled")
    assert rows(database, occasions) == []


@pytest.mark.usefixtures("visit")
def test_a_slip_of_the_finger_puts_the_visits_back(
    anna: Colleague, database: Database, nora: int
) -> None:
    anna.says("/standing quinn")
    presses(anna, "Has died")
    anna.says("her daughter called")
    presses(anna, "Yes, end all of it")
    told = presses(anna, "Take back")
    assert "Visits that stand again: 1" in told
    assert "Not back" in told
    assert standing_of(database, nora) == "active"
    assert [row.status for row in rows(database, appointments)] == ["scheduled"]
    assert {row.state for row in rows(database, waitlist_rounds)} <= {"over"}


def test_what_has_changed_since_it_was_shown_is_shown_anew(
    anna: Colleague, clinic: Clinic, database: Database, nora: int
) -> None:
    anna.says("/standing quinn")
    presses(anna, "Has died")
    anna.says("her daughter called")
    with database.transaction() as connection:
        an_appointment(
            connection,
            patient_id=nora,
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN,
        )
    told = presses(anna, "Yes, end all of it")
    assert "Something has changed" in told
    assert "Visits ahead: 1" in told
    assert standing_of(database, nora) == "active"


def test_never_message_on_and_off(anna: Colleague, database: Database, nora: int) -> None:
    anna.says("/standing quinn")
    presses(anna, "Never message")
    assert "Never written to" in text_of(anna.says("she asked us to"))
    rules = select(patients.c.contact_rules).where(patients.c.id == nora)
    with database.reading() as connection:
        assert "never" in (connection.scalar(rules) or "")
    presses(anna, "May be messaged again")
    assert "May be written to again" in text_of(anna.says("she changed her mind"))
    with database.reading() as connection:
        assert connection.scalar(rules) is None


def test_it_takes_the_pin(database: Database, nora: int) -> None:
    del nora
    anna = a_receptionist(database)
    anna.comes_in()
    anna.clock.passes(minutes=30)
    assert "write your PIN" in text_of(anna.says("/standing quinn"))
    assert "Active." in text_of(anna.says(PIN))


def test_two_decide_and_the_second_is_told(anna: Colleague, database: Database, nora: int) -> None:
    ben = a_member(database, Grant(Role.RECEPTIONIST), username="ben")
    ben.address = "9002"
    ben.comes_in()
    for each in (anna, ben):
        each.says("/standing quinn")
        presses(each, "Block from booking")
    anna.says("rude at the counter")
    assert "in the meantime" in text_of(ben.says("rude on the phone"))
    assert standing_of(database, nora) == "blocked"


@pytest.mark.usefixtures("visit")
def test_somebody_elsewhere_is_nobody_here(database: Database) -> None:
    with database.transaction() as connection:
        other = a_location(connection, "Uptown")
    ben = a_member(database, Grant(Role.RECEPTIONIST, other), username="ben")
    ben.comes_in()
    assert "Nobody is found" in text_of(ben.says("/standing quinn"))
