"""`frontdesk reach` and `frontdesk waitlist`: whom to call, and how freed times are filled."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from core import clock, models
from core.database.connect import Database
from core.models import locations, new_public_id, practitioners, visit_types
from tests.bot.cli.conftest import Run
from tests.builders import a_patient, an_appointment

# Noon there, whatever the day: no run of this test lies on the edge of a day.
TOMORROW = (clock.now() + timedelta(days=1)).replace(hour=20, minute=0, second=0, microsecond=0)


@pytest.fixture
def visit(demo: Database) -> Callable[..., None]:
    """Books Maria Lopez for tomorrow, whose reminder came to that."""

    def booked(note: str | None = None, **changes: Any) -> None:
        with demo.transaction() as connection:
            first = {
                name: connection.scalar(select(table.c.id).order_by(table.c.id).limit(1))
                for name, table in (
                    ("location_id", locations),
                    ("practitioner_id", practitioners),
                    ("visit_type_id", visit_types),
                )
            }
            patient_id = a_patient(connection)
            values: dict[str, Any] = {"starts_at": TOMORROW, "patient_id": patient_id}
            values |= first | changes
            appointment_id = an_appointment(connection, **values)
            if note:
                row = {
                    "appointment_id": appointment_id,
                    "appointment_version": 1,
                    "starts_at": values["starts_at"],
                    "stage": "1d",
                    "due_at": clock.now(),
                    "state": "dropped",
                    "note": note,
                    "created_at": clock.now(),
                    "updated_at": clock.now(),
                }
                connection.execute(insert(models.reminders), row)

    return booked


def test_it_lists_whom_to_call_and_names_nobody_unless_asked(
    on_demo: Run, visit: Callable[..., None]
) -> None:
    visit("nobody_to_tell")
    visit(status="confirmed", starts_at=TOMORROW + timedelta(hours=1))
    ran = on_demo("reach", "--date", f"{TOMORROW:%Y-%m-%d}")
    assert ran.code == 0
    first, second, summary = ran.lines
    assert "Dr Anita Patel" in first
    assert first.endswith("call: nobody may be told by message")
    assert second.endswith("confirmed")
    assert summary == "2 visits: 1 reached, 1 of them confirmed; 1 to call."
    assert "Lopez" not in ran.out
    assert "Maria Lopez" in on_demo("reach", "--date", f"{TOMORROW:%Y-%m-%d}", "--details").out


def test_by_script_it_is_one_object_a_visit(on_demo: Run, visit: Callable[..., None]) -> None:
    visit("too_late")
    (line,) = on_demo("reach", "--date", f"{TOMORROW:%Y-%m-%d}", "--json").lines
    facts = json.loads(line)
    assert datetime.fromisoformat(facts.pop("starts_at")).astimezone(UTC) == TOMORROW
    assert facts == {
        "practitioner": "Dr Anita Patel",
        "location": "Downtown",
        "outcome": "not_sent",
        "why": "too_late",
        "call": True,
    }


def test_without_a_date_it_is_tomorrow(on_demo: Run, visit: Callable[..., None]) -> None:
    visit(starts_at=TOMORROW + timedelta(days=4))
    assert on_demo("reach").lines == ["No visits that day."]
    assert on_demo("reach", "--json").lines == []


def test_the_waitlists_report(on_demo: Run, demo: Database) -> None:
    assert on_demo("waitlist").lines == ["No time that somebody waited for became free in 30 days."]
    with demo.transaction() as connection:
        place = connection.scalar(select(locations.c.id).limit(1))
        who = connection.scalar(select(practitioners.c.id).limit(1))
        for number, state in enumerate(("filled", "over", "open")):
            opened = clock.now() - timedelta(days=2, hours=number)
            row = {
                "public_id": new_public_id(),
                "practitioner_id": who,
                "location_id": place,
                "starts_at": TOMORROW + timedelta(hours=number),
                "ends_at": TOMORROW + timedelta(hours=number, minutes=20),
                "freed_by": "cancelled",
                "state": state,
                "opened_at": opened,
                "closed_at": None if state == "open" else opened + timedelta(minutes=9),
                "created_at": opened,
                "updated_at": opened,
            }
            connection.execute(insert(models.waitlist_rounds), row)
    assert on_demo("waitlist").lines == [
        "3 times became free in 30 days: 1 filled, 1 not, 1 being offered.",
        "0 offers were made.",
        "Filled after 9 minutes (median), 9 minutes at most; 0.0 offers for each.",
    ]
    facts = json.loads(on_demo("waitlist", "--days", "7", "--json").out)
    assert (facts["days"], facts["rounds"], facts["median_time_to_fill"]) == (7, 3, 540.0)
    assert json.loads(on_demo("waitlist", "--days", "1", "--json").out)["rounds"] == 0
