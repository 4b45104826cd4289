"""Two colleagues and one patient, each on a connection of their own: the first has it, the second
hears so, and nobody waits for ever."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Connection, select

from core.database.connect import Database
from core.errors import ClinicError
from core.models import appointments, patients
from core.models.people import Standing
from core.people.deciding import decide
from core.people.merging import merge
from core.scheduling import calendar
from core.staff.colleagues import staff_named
from tests.builders import NOW, Clinic, a_colleague, a_patient
from tests.core.scheduling.words import RECEPTIONIST, TUESDAY, a_slot, book_slot

LATER = NOW + timedelta(minutes=5)
Deed = Callable[[Connection], object]


def at_once(database: Database, *deeds: Deed) -> list[str]:
    """Let each happen in its own transaction, at the same moment; return how each ended."""
    start = Barrier(len(deeds))
    ended = [""] * len(deeds)

    def run(number: int, deed: Deed) -> None:
        start.wait(timeout=30)
        try:
            with database.transaction() as connection:
                deed(connection)
            ended[number] = "done"
        except ClinicError as error:
            ended[number] = type(error).__name__

    threads = [Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return ended


@pytest.fixture
def other(clinic: Clinic, database: Database) -> int:
    del clinic
    with database.transaction() as connection:
        a_colleague(connection, "rosa", None, address_id=None)
        assert staff_named(connection, "rosa").id == 1
        return a_patient(connection, "Maria", last_name="Lopes")


def merging(kept: int, gone: int) -> Deed:
    return lambda connection: merge(connection, kept, gone, actor=RECEPTIONIST, now=LATER)


@pytest.mark.parametrize("attempt", range(5))
def test_each_into_the_other_at_once_is_done_one_way(
    database: Database, clinic: Clinic, other: int, attempt: int
) -> None:
    del attempt
    both = (merging(clinic.patient_id, other), merging(other, clinic.patient_id))
    assert sorted(at_once(database, *both)) == ["RecordMerged", "done"]
    with database.reading() as connection:
        went = select(patients.c.id).where(patients.c.merged_into_id.is_not(None))
        assert len(connection.scalars(went).all()) == 1


@pytest.mark.parametrize("attempt", range(5))
def test_a_booking_at_that_moment_is_the_kept_ones_or_none(
    database: Database, clinic: Clinic, other: int, attempt: int
) -> None:
    del attempt

    def books(connection: Connection) -> None:
        book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY), patient_id=other)

    ended = at_once(database, merging(clinic.patient_id, other), books)
    assert ended[0] == "done"
    assert ended[1] in ("done", "RecordMerged")
    with database.reading() as connection:
        assert other not in connection.scalars(select(appointments.c.patient_id)).all()


def test_control_without_the_lock_a_visit_is_left_behind(
    database: Database, clinic: Clinic, other: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as connection:
        merging(clinic.patient_id, other)(connection)
    monkeypatch.setattr(calendar, "lock_calendars", lambda *_: None)
    with database.transaction() as connection:
        book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY), patient_id=other)
    with database.reading() as connection:
        assert connection.scalars(select(appointments.c.patient_id)).all() == [other]


@pytest.mark.parametrize("attempt", range(5))
def test_two_decide_about_one_patient_and_one_is_told(
    database: Database, clinic: Clinic, other: int, attempt: int
) -> None:
    del other, attempt

    def to(standing: Standing) -> Deed:
        return lambda connection: decide(
            connection,
            clinic.patient_id,
            standing,
            seen=Standing.ACTIVE,
            why="asked by phone",
            actor=RECEPTIONIST,
            now=LATER,
            named=[1],
        )

    ended = at_once(database, to(Standing.BLOCKED), to(Standing.RESTRICTED))
    assert sorted(ended) == ["StandingChanged", "done"]
