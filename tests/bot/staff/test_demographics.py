"""Who the patients are, in a chat of staff."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from bot.charts import Chart
from bot.staff.demographics import COLORS, OVER_TIME
from core.database.connect import Database
from core.models import patients
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import Colleague, a_member, a_receptionist
from tests.bot.talking import text_of
from tests.builders import (
    NOW,
    Clinic,
    a_location,
    a_patient,
    a_practitioner,
    an_appointment,
)

MONDAY = NOW + timedelta(days=1, hours=8)  # 10 in the morning, where the clinic is.
WHO = 5  # The button of a report


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    """A woman of 30 and one of 70 come on Monday; the one of 70 was here the week before."""
    with database.transaction() as connection:
        for number, (year, days) in enumerate(((1996, 0), (1956, 0), (1956, -7))):
            person = a_patient(connection, "Nora", date_of_birth=date(year, 1, 1))
            an_appointment(
                connection,
                patient_id=person,
                practitioner_id=clinic.patel_id,
                location_id=clinic.location_id,
                visit_type_id=clinic.visit_type_id,
                starts_at=MONDAY + timedelta(days=days, minutes=20 * number),
            )
        connection.execute(update(patients).values(gender="female"))
    anna = a_receptionist(database)
    anna.comes_in()
    return anna


def test_by_age_and_gender_beside_the_time_before(anna: Colleague) -> None:
    anna.says("/report week tomorrow")
    assert text_of(anna.presses(WHO)).splitlines() == [
        "Who has visits, Mon, Nov 23 - Sun, Nov 29:",
        "By age (on the last of these days):",
        "18-34: patients 1, visits 1 (before: 0), missed 0 of 0",
        "65-79: patients 1, visits 1 (before: 1), missed 0 of 0",
        "By gender:",
        "women: patients 2, visits 2 (before: 1), missed 0 of 0",
    ]


def test_over_time_as_a_picture(anna: Colleague) -> None:
    anna.says("/report week tomorrow")
    anna.presses(WHO)
    assert text_of(anna.presses(1)).startswith("Visits over time.")
    chart = Chart.from_json(anna.outgoing[-1].picture)
    assert chart.title == "Ages over time"
    assert (len(chart.days), chart.days[-1]) == (OVER_TIME, "Mon, Nov 23")
    parts = {part.label: part.values for part in chart.bars}
    assert parts == {"65-79": (0, 0, 0, 0, 1, 1), "18-34": (0, 0, 0, 0, 0, 1)}


def test_more_places_than_colours_are_put_together(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    with database.transaction() as connection:
        for number in range(len(COLORS) + 1):
            place = a_location(connection, f"Place {number}")
            doctor = a_practitioner(connection, f"Ito {number}")
            for minutes in (0, 20):
                an_appointment(
                    connection,
                    patient_id=a_patient(connection, "Ben"),
                    practitioner_id=doctor,
                    location_id=place,
                    visit_type_id=clinic.visit_type_id,
                    starts_at=MONDAY + timedelta(minutes=minutes),
                )
    anna.says("/report week tomorrow")
    anna.presses(WHO)
    anna.presses(3)
    chart = Chart.from_json(anna.outgoing[-1].picture)
    labels = [part.label for part in chart.bars]
    assert (len(labels), labels[-1]) == (len(COLORS), "others")
    assert sum(part.values[-1] for part in chart.bars) == 2 + 2 * (len(COLORS) + 1)


def test_a_practitioner_sees_their_own_only(
    anna: Colleague, clinic: Clinic, database: Database
) -> None:
    del anna
    tom = a_member(
        database, Grant(Role.PRACTITIONER), practitioner_id=clinic.okafor_id, username="tom"
    )
    tom.address = "9002"
    tom.comes_in()
    tom.says("/report week tomorrow")
    told = "Who has visits, Mon, Nov 23 - Sun, Nov 29:\nNo visits."
    assert text_of(tom.presses(WHO)) == told
