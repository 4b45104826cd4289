"""The numbers in a chat of staff."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.charts import Chart
from core.database.connect import Database
from core.models import appointments
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import Colleague, a_member, a_receptionist
from tests.bot.talking import text_of
from tests.builders import NOW, Clinic, a_location, a_patient, an_appointment

LAST_FRIDAY = NOW - timedelta(days=2, hours=-8)  # 10 in the morning, where the clinic is.
ENDED = {"completed": 3, "no_show": 1}


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    with database.transaction() as connection:
        names = (status for status, times in ENDED.items() for _ in range(times))
        for number, status in enumerate(names):
            visit = an_appointment(
                connection,
                patient_id=a_patient(connection, "Nora", last_name="Quinn"),
                practitioner_id=clinic.patel_id,
                location_id=clinic.location_id,
                visit_type_id=clinic.visit_type_id,
                starts_at=LAST_FRIDAY + timedelta(minutes=20 * number),
            )
            connection.execute(
                update(appointments).where(appointments.c.id == visit).values(status=status)
            )
    anna = a_receptionist(database)
    anna.comes_in()
    return anna


def test_each_rate_says_what_it_is_a_part_of(anna: Colleague) -> None:
    told = text_of(anna.says("/report week"))
    assert "Visits: 4. Kept 3 of 4 (75%), missed 1 of 4 (25%)" in told
    assert "Quinn" not in told
    assert "N.Q." not in told


@pytest.mark.parametrize(
    ("asked", "head"),
    [
        ("/report", "Mon, Nov 16 - Sun, Nov 22:"),
        ("/report month", "Sun, Nov 1 - Mon, Nov 30:"),
        ("/report day", "Sun, Nov 22:"),
        ("report month Dr Patel", "Sun, Nov 1 - Mon, Nov 30, Dr Patel:"),
        ("/report week downtown", "Mon, Nov 16 - Sun, Nov 22, Downtown:"),
    ],
)
def test_of_a_day_a_week_a_month_of_somebody_or_somewhere(
    anna: Colleague, asked: str, head: str
) -> None:
    assert text_of(anna.says(asked)).splitlines()[0] == head


def test_buttons_lead_further_and_keep_whose_it_is(anna: Colleague) -> None:
    anna.says("/report week dr okafor")
    told = text_of(anna.presses(4))
    assert told.startswith("Mon, Nov 9 - Sun, Nov 15, Dr Okafor:")
    assert "Visits: 0. Kept 0 of 0, missed" in told


def test_a_practitioner_reads_their_own_numbers(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    del anna
    doctor = a_member(
        database, Grant(Role.PRACTITIONER), practitioner_id=clinic.okafor_id, username="sam"
    )
    doctor.address = "9003"
    doctor.comes_in()
    assert "Visits: 0." in text_of(doctor.says("/report week"))
    assert "not among" in text_of(doctor.says("/report week dr patel"))


def test_a_place_that_is_not_theirs_is_none(anna: Colleague, database: Database) -> None:
    del anna
    with database.transaction() as connection:
        other = a_location(connection, "Uptown")
    ben = a_member(database, Grant(Role.RECEPTIONIST, other), username="ben")
    ben.address = "9004"
    ben.comes_in()
    assert "not among" in text_of(ben.says("/report week downtown"))
    assert "Visits: 0." in text_of(ben.says("/report week"))


def test_the_visits_of_each_day_are_a_picture(anna: Colleague) -> None:
    anna.says("/report week")
    assert text_of(anna.presses(1)) == "Visits: Mon, Nov 16 - Sun, Nov 22"
    chart = Chart.from_json(anna.outgoing[-1].picture)
    assert chart.days[4] == "Fri, Nov 20"
    parts = {bars.label: bars.values[4] for bars in chart.bars}
    assert parts == {"kept": 3, "missed": 1, "cancelled": 0, "not marked": 0, "ahead": 0}
    assert sum(sum(bars.values) for bars in chart.bars) == 4


def test_other_answers_have_no_picture(anna: Colleague) -> None:
    anna.says("/report week")
    anna.presses(1)
    anna.says("/today")
    assert anna.outgoing[-1].picture is None
