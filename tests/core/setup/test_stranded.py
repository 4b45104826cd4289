"""Visits that a change of hours leaves outside are kept, and somebody hears of them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from core import models
from core.database.connect import Database
from tests import builders
from tests.core.setup.differences import VAUGHAN
from tests.core.setup.small_clinic import again, changed, rows


def _book(database: Database, starts_at: datetime, **values: Any) -> None:
    with database.transaction() as connection:
        vaughan = connection.scalars(
            select(models.practitioners.c.id).where(models.practitioners.c.first_name == "Idris")
        ).one()
        builders.an_appointment(
            connection,
            patient_id=builders.a_patient(connection),
            practitioner_id=vaughan,
            location_id=connection.scalars(select(models.locations.c.id)).one(),
            visit_type_id=connection.scalars(select(func.min(models.visit_types.c.id))).one(),
            starts_at=starts_at,
            **values,
        )


def test_visits_that_new_hours_leave_outside_are_counted_and_kept(
    hillside: Database, now: datetime
) -> None:
    friday = datetime.fromisoformat("2026-11-27T10:00:00+00:00")
    assert friday > now
    for minutes in (0, 20, 120):
        _book(hillside, friday + timedelta(minutes=minutes))
    _book(hillside, friday + timedelta(minutes=40), status="cancelled")
    before = rows(hillside, models.appointments)
    text = changed('fri = "10:00-16:00"', 'fri = "10:30-16:00"')
    assert again(hillside, text, now) == [
        "change hours of Mr Idris Vaughan: Hillside fri 10:00-16:00 -> Hillside fri 10:30-16:00",
        "note: 2 coming visits of Mr Idris Vaughan no longer inside the hours; kept as booked",
    ]
    assert rows(hillside, models.appointments) == before
    # They were told of once; they are not what the next change is about.
    assert again(hillside, text, now) == []
    assert again(hillside, changed(VAUGHAN, ""), now)[-1] == (
        "note: 1 coming visit of Mr Idris Vaughan no longer inside the hours; kept as booked"
    )
