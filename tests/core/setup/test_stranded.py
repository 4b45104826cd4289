"""Visits that a change of hours leaves outside are kept, and somebody hears of them."""

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from core import models
from core.database.connect import Database
from core.errors import OutsideSchedule
from core.models.appointments import ActorKind
from core.scheduling.appointments import Actor
from core.scheduling.availability import find_slots
from core.scheduling.booking import book
from core.scheduling.loading import load_catalogue
from core.scheduling.search import Search
from core.setup import apply, read_clinic_file, set_up
from tests import builders
from tests.core.setup.differences import VAUGHAN
from tests.core.setup.small_clinic import SMALL, again, changed, rows

FRIDAY = datetime.fromisoformat("2026-11-27T10:00:00+00:00")


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
    assert now < FRIDAY
    for minutes in (0, 20, 120):
        _book(hillside, FRIDAY + timedelta(minutes=minutes))
    _book(hillside, FRIDAY + timedelta(minutes=40), status="cancelled")
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


def _book_while_hours_change(
    database: Database, now: datetime, patience: float | None = None
) -> list[object]:
    """Somebody books Mr Vaughan's first slot while a set-up is about to take it away, which lets
    them go first for so many seconds (None: until they are done)."""
    with database.transaction() as connection:
        patient_id = builders.a_patient(connection)
        catalogue = load_catalogue(connection, now=now)
        slots = find_slots(connection, Search(), catalogue=catalogue, now=now)
        slot = next(slot for slot in slots if slot.starts_at == FRIDAY)
    heard: list[object] = []

    def attempt() -> None:
        try:
            with database.transaction() as connection:
                visit = book(
                    connection,
                    slot,
                    patient_id=patient_id,
                    actor=Actor(ActorKind.PATIENT, None, "phone"),
                    now=now,
                    catalogue=catalogue,
                    open_visits_limit=None,
                )
                heard.append(visit.id)
        except OutsideSchedule as error:
            heard.append(type(error))

    booking = Thread(target=attempt)
    text = changed('fri = "10:00-16:00"', 'fri = "10:30-16:00"')
    with database.transaction() as connection:
        changes = apply(connection, read_clinic_file(text), now)
        assert not [change for change in changes if "coming visit" in change.text]
        booking.start()
        booking.join(patience)
    booking.join()
    return heard


def test_whoever_books_while_a_set_up_runs_hears_of_the_new_hours(
    hillside: Database, now: datetime
) -> None:
    assert _book_while_hours_change(hillside, now, patience=0.5) == [OutsideSchedule]


def test_without_the_lock_they_miss_each_other(
    postgresql_database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(postgresql_database, SMALL, "clinic.toml", now)
    monkeypatch.setattr("core.setup.run.lock_calendars", lambda *_: None)
    (visit,) = _book_while_hours_change(postgresql_database, now)
    assert isinstance(visit, int)  # Booked outside the hours, and nobody was told.
