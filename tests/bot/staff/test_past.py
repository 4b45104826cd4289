"""What stood on paper while nothing else worked, entered in a chat of staff."""

from zoneinfo import ZoneInfo

import pytest

from core.database.connect import Database
from core.models import appointments, occasions
from core.models.appointments import AppointmentStatus
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import Colleague, a_member, a_receptionist
from tests.bot.talking import rows, set_rule, text_of
from tests.builders import ZONE, Clinic, a_patient
from tests.core.scheduling.words import MONDAY, at

NOON = at("12:00", MONDAY)
HERE = ZoneInfo(ZONE)


@pytest.fixture
def nora(clinic: Clinic, database: Database) -> int:
    del clinic
    with database.transaction() as connection:
        return a_patient(connection, "Nora", last_name="Quinn")


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    del clinic
    anna = a_receptionist(database)
    anna.clock.at = NOON
    anna.comes_in()
    return anna


def test_a_practitioner_enters_into_their_own_calendar_only(
    clinic: Clinic, database: Database, anna: Colleague, nora: int
) -> None:
    anna.says("/book quinn last friday at 9:20 with dr patel")
    anna.says("yes")
    doctor = a_member(
        database, Grant(Role.PRACTITIONER), practitioner_id=clinic.patel_id, username="patel"
    )
    doctor.address, doctor.clock = "9002", anna.clock
    doctor.__post_init__()
    doctor.comes_in()
    own = text_of(doctor.says("/walkin quinn today at 9:20 with dr patel"))
    assert "That time has passed" in own
    others = text_of(doctor.says("/walkin quinn today at 9:20 with dr okafor"))
    assert "That time has passed" not in others
    assert len(rows(database, appointments)) == 1
    assert nora


def test_what_stood_on_paper_is_entered_and_nobody_is_told(
    anna: Colleague, database: Database, nora: int
) -> None:
    shown = text_of(anna.says("book Nora Quinn last friday at 10 dr patel"))
    assert "That time has passed" in shown
    assert "Nobody is told" in shown
    assert rows(database, appointments) == []
    anna.says("yes")
    [visit] = rows(database, appointments)
    assert (visit.patient_id, visit.status) == (nora, AppointmentStatus.SCHEDULED)
    assert visit.override_reason == "entered afterwards"
    assert rows(database, occasions) == []


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("/walkin quinn at 8:20 dr patel", "Mon 08:20"),
        ("/walkin quinn yesterday at 10 dr patel", "Sun 10:00"),
        ("/book quinn nov 20 at 10:00 dr patel", "Fri 10:00"),
        ("/book quinn last wednesday at 3pm dr patel", "Wed 15:00"),
    ],
)
@pytest.mark.usefixtures("nora")
def test_a_day_that_has_been_is_said_in_many_ways(
    anna: Colleague, database: Database, text: str, begins: str
) -> None:
    anna.says(text)
    anna.says("yes")
    [visit] = rows(database, appointments)
    assert f"{visit.starts_at.astimezone(HERE):%a %H:%M}" == begins


@pytest.mark.usefixtures("nora")
def test_too_long_ago_is_asked_about(anna: Colleague, database: Database) -> None:
    set_rule(database, back_entry_days=1)
    said = text_of(anna.says("/book quinn last friday at 10 dr patel"))
    assert "at most 1 days back" in said


@pytest.mark.usefixtures("nora")
def test_whom_it_was_with_is_asked_and_a_no_drops_it(anna: Colleague) -> None:
    assert "With whom was it?" in text_of(anna.says("/book quinn last friday at 10"))
    assert "Left as it was" in text_of(anna.says("no"))


@pytest.mark.usefixtures("nora")
def test_a_time_that_is_ahead_is_booked_as_ever(anna: Colleague) -> None:
    assert "Book" in text_of(anna.says("/book quinn tomorrow at 10 dr patel"))
