"""Whatever staff do to a visit, its patient is told once: what was, and what is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Row, select, update

from core.errors import ReasonMissing
from core.models import appointment_events, occasions
from core.models.appointments import AppointmentStatus
from core.models.occasions import OccasionState
from core.scheduling.appointments import SYSTEM, Appointment, Untold
from core.scheduling.booking import walk_in
from core.scheduling.moving import cancel, move
from core.scheduling.progress import change_status
from core.scheduling.undoing import undo
from tests.builders import NOW, Clinic
from tests.core.scheduling.words import (
    MONDAY,
    PATIENT,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    offered,
)


def planned(connection: Connection) -> list[Row[Any]]:
    query = select(occasions).where(occasions.c.state == OccasionState.PLANNED)
    return list(connection.execute(query.order_by(occasions.c.id)))


def kinds(connection: Connection) -> list[str]:
    return [row.kind for row in planned(connection)]


def all_said(connection: Connection) -> None:
    connection.execute(update(occasions).values(state=OccasionState.SAID))


def known(connection: Connection, visit: Appointment) -> dict[str, Any]:
    return {
        "version": visit.version,
        "actor": RECEPTIONIST,
        "now": NOW,
        "catalogue": offered(connection),
    }


@pytest.fixture
def visit(clinic: Clinic, connection: Connection) -> Appointment:
    """Booked by the patient, who knows of it."""
    booked = book_slot(connection, clinic, a_slot(clinic, "10:00"))
    assert kinds(connection) == []
    return booked


def moved(connection: Connection, clinic: Clinic, visit: Appointment, text: str) -> Appointment:
    return move(connection, visit.id, a_slot(clinic, text, TUESDAY), **known(connection, visit))


def test_what_staff_book_is_told(clinic: Clinic, connection: Connection) -> None:
    booked = book_slot(connection, clinic, a_slot(clinic, "10:00"), actor=RECEPTIONIST)
    [row] = planned(connection)
    assert (row.kind, row.appointment_id, row.due_at) == ("booked", booked.id, NOW)
    assert (row.was_starts_at, row.valid_until) == (None, booked.starts_at)


def test_of_a_move_the_old_time_is_told_too(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    moved(connection, clinic, visit, "11:00")
    [row] = planned(connection)
    assert (row.kind, row.was_starts_at) == ("moved", at("10:00", MONDAY))


def test_moved_twice_before_anybody_heard_is_one_word_from_the_first_time(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    moved(connection, clinic, moved(connection, clinic, visit, "11:00"), "14:00")
    [row] = planned(connection)
    assert (row.kind, row.was_starts_at) == ("moved", at("10:00", MONDAY))


def test_taken_back_before_anybody_heard_nothing_is_said(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    later = moved(connection, clinic, visit, "11:00")
    undo(connection, visit.id, **known(connection, later))
    assert kinds(connection) == []


def test_taken_back_afterwards_the_correction_is_told(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    later = moved(connection, clinic, visit, "11:00")
    all_said(connection)
    undo(connection, visit.id, **known(connection, later))
    [row] = planned(connection)
    assert (row.kind, row.was_starts_at) == ("moved", later.starts_at)


def test_a_cancelled_visit_is_told_and_so_is_that_it_stands_again(
    visit: Appointment, connection: Connection
) -> None:
    gone = cancel(connection, visit.id, **known(connection, visit))
    assert kinds(connection) == ["cancelled"]
    all_said(connection)
    undo(connection, visit.id, **known(connection, gone))
    assert kinds(connection) == ["booked"]


def test_what_was_booked_and_called_off_before_anybody_heard_never_was(
    clinic: Clinic, connection: Connection
) -> None:
    booked = book_slot(connection, clinic, a_slot(clinic, "10:00"), actor=RECEPTIONIST)
    cancel(connection, booked.id, **known(connection, booked))
    assert kinds(connection) == []


def test_what_patients_do_themselves_they_know(visit: Appointment, connection: Connection) -> None:
    cancel(connection, visit.id, **(known(connection, visit) | {"actor": PATIENT}))
    assert kinds(connection) == []


@pytest.mark.parametrize("do", ["cancel", "move"])
def test_who_changes_a_visit_before_hearing_of_it_is_told_of_it_no_more(
    clinic: Clinic, connection: Connection, do: str
) -> None:
    booked = book_slot(connection, clinic, a_slot(clinic, "10:00"), actor=RECEPTIONIST)
    by_patient = known(connection, booked) | {"actor": PATIENT}
    if do == "cancel":
        cancel(connection, booked.id, **by_patient)
    else:
        move(connection, booked.id, a_slot(clinic, "11:00", TUESDAY), **by_patient)
    assert kinds(connection) == []


def test_another_practitioner_at_the_same_time_is_news(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    slot = a_slot(clinic, "10:00", practitioner_id=clinic.okafor_id)
    move(connection, visit.id, slot, **known(connection, visit))
    assert kinds(connection) == ["moved"]


def test_who_stands_at_the_counter_is_told_nothing(clinic: Clinic, connection: Connection) -> None:
    walk_in(
        connection,
        a_slot(clinic, "10:00"),
        patient_id=clinic.patient_id,
        actor=RECEPTIONIST,
        now=at("10:00") - timedelta(minutes=5),
        catalogue=offered(connection),
    )
    assert kinds(connection) == []


CALLED = Untold("they have been called")


def test_not_telling_needs_a_reason() -> None:
    for reason in ("", "  \n"):
        with pytest.raises(ReasonMissing, match="expected why"):
            Untold(reason)


def _booked(clinic: Clinic, connection: Connection, visit: Appointment, **told: Any) -> Appointment:
    del visit
    slot = a_slot(clinic, "11:00", TUESDAY)
    return book_slot(connection, clinic, slot, actor=RECEPTIONIST, **told)


def _moved(clinic: Clinic, connection: Connection, visit: Appointment, **told: Any) -> Appointment:
    slot = a_slot(clinic, "11:00", TUESDAY)
    return move(connection, visit.id, slot, **known(connection, visit), **told)


def _cancelled(
    clinic: Clinic, connection: Connection, visit: Appointment, **told: Any
) -> Appointment:
    del clinic
    return cancel(connection, visit.id, **known(connection, visit), **told)


def _entered_in_error(
    clinic: Clinic, connection: Connection, visit: Appointment, **told: Any
) -> Appointment:
    del clinic
    return change_status(
        connection,
        visit.id,
        AppointmentStatus.ENTERED_IN_ERROR,
        version=visit.version,
        actor=RECEPTIONIST,
        now=NOW,
        **told,
    )


def _undone(clinic: Clinic, connection: Connection, visit: Appointment, **told: Any) -> Appointment:
    later = moved(connection, clinic, visit, "11:00")
    all_said(connection)
    return undo(connection, visit.id, **known(connection, later), **told).appointment


@pytest.mark.parametrize("do", [_booked, _moved, _cancelled, _entered_in_error, _undone])
def test_with_a_reason_nobody_is_told_and_the_event_says_why(
    clinic: Clinic,
    connection: Connection,
    visit: Appointment,
    do: Callable[..., Appointment],
) -> None:
    after = do(clinic, connection, visit, untold=CALLED)
    assert kinds(connection) == []
    why = connection.scalar(
        select(appointment_events.c.why)
        .where(appointment_events.c.appointment_id == after.id)
        .order_by(appointment_events.c.id.desc())
        .limit(1)
    )
    assert why is not None
    assert why.splitlines()[-1] == "The patient is not told: they have been called"


@pytest.mark.parametrize("do", [_booked, _moved, _cancelled, _entered_in_error, _undone])
def test_control_without_one_the_patient_is_told(
    clinic: Clinic,
    connection: Connection,
    visit: Appointment,
    do: Callable[..., Appointment],
) -> None:
    do(clinic, connection, visit)
    assert len(kinds(connection)) == 1


def test_what_was_to_be_told_before_is_not_told_either(
    clinic: Clinic, connection: Connection, visit: Appointment
) -> None:
    """Else they would hear of a time that the visit does not have."""
    later = moved(connection, clinic, visit, "11:00")
    assert kinds(connection) == ["moved"]
    cancel(connection, visit.id, **known(connection, later), untold=CALLED)
    assert kinds(connection) == []


def test_what_the_clinics_clockwork_does_is_told_too(
    visit: Appointment, connection: Connection
) -> None:
    cancel(connection, visit.id, **known(connection, visit) | {"actor": SYSTEM})
    assert kinds(connection) == ["cancelled"]
