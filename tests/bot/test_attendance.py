"""At a real desk: what confirming, coming, being late and waiting leave in the books."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.dialogue.values import Refusal
from bot.dialogue.wait import Wait
from bot.dialogue.when import When
from core.database.connect import Database
from core.models import appointment_events, appointments, tasks, waitlist
from core.models.appointments import AppointmentStatus
from core.models.messaging import TaskKind
from core.models.waitlist import WaitState
from tests.bot.counter import a_slot, booked, counter, prove, refusal, registered, theirs
from tests.bot.talking import BOOKING, Patient, rows, set_rule, text_of, types_of
from tests.builders import NOW, Clinic

# Tuesday at half past nine, half an hour before the visit that BOOKING books.
TUESDAY = datetime.fromisoformat("2026-11-24T09:30-08:00")


@pytest.fixture
def expected(patient: Patient) -> Patient:
    """They have a visit with Dr Patel on Tuesday at ten, and it is half past nine."""
    patient.says(*BOOKING, "yes")
    patient.clock.at = TUESDAY
    return patient


def events(database: Database) -> list[str]:
    return [row.type for row in rows(database, appointment_events)]


def test_a_confirmed_visit_is_confirmed_in_the_books(expected: Patient) -> None:
    assert types_of(expected.says("I confirm my appointment")) == ["confirmed"]
    [visit] = rows(expected.database, appointments)
    assert visit.status == AppointmentStatus.CONFIRMED
    assert types_of(expected.says("I confirm my appointment")) == []
    assert types_of(expected.says("undo")) == ["undone"]
    assert events(expected.database)[-2:] == ["confirmed", "undone"]


def test_a_visit_that_waits_for_approval_stays_so(expected: Patient) -> None:
    with expected.database.transaction() as connection:
        connection.execute(update(appointments).values(status=AppointmentStatus.PENDING))
    handled = expected.says("I confirm my appointment")
    assert (types_of(handled), "still waits" in text_of(handled)) == ([], True)


def test_staff_are_told_once_that_somebody_is_there(expected: Patient) -> None:
    assert types_of(expected.says("I'm here")) == ["arrived"]
    expected.says("I'm in the waiting room")
    [visit] = rows(expected.database, appointments)
    [task] = rows(expected.database, tasks)
    assert (task.kind, task.appointment_id) == (TaskKind.ARRIVED, visit.id)
    assert task.patient_id == visit.patient_id
    assert visit.status == AppointmentStatus.SCHEDULED  # Who is seen is marked by staff.
    assert events(expected.database)[-1] == "said_arrived"


def test_who_comes_without_a_visit_is_announced_all_the_same(patient: Patient) -> None:
    assert types_of(patient.says("I'm here")) == ["staff_alerted"]
    assert patient.tasks == [TaskKind.ARRIVED]


def test_a_delay_is_kept_with_the_visit(expected: Patient) -> None:
    assert types_of(expected.says("late 15")) == ["late"]
    [visit] = rows(expected.database, appointments)
    assert visit.late_minutes == 15
    assert expected.tasks == [TaskKind.LATE]
    assert types_of(expected.says("undo")) == ["undone"]
    [visit] = rows(expected.database, appointments)
    assert visit.late_minutes is None


def test_how_long_is_waited_is_the_clinics_rule(expected: Patient) -> None:
    set_rule(expected.database, late_grace_minutes=5)
    handled = expected.says("late 10")
    assert "another one" in text_of(handled)
    assert next(row.status for row in rows(expected.database, appointments)) == "scheduled"


def test_a_request_about_ones_data_has_its_day_and_keeps_it(patient: Patient) -> None:
    patient.says("what do you know about me?")
    patient.clock.passes(days=3)
    patient.says("delete my data")
    [task] = rows(patient.database, tasks)
    assert task.kind == TaskKind.MY_DATA
    assert task.due_at == NOW + timedelta(days=30)
    assert task.note.splitlines() == ["wants a copy of their data", "wants their data deleted"]


# The waitlist, and who may see what of it.

ANY = When(any_day=True)


def wished(patient: int, clinic: Clinic, when: When = ANY, **changes: object) -> Wait:
    return Wait(patient, "", clinic.patel_id, None, when=when, **changes)  # type: ignore[arg-type]


def waits(connection: Connection, address: str) -> list[Wait]:
    found = counter(connection, address).perform(ask.FindWaits())
    assert isinstance(found, told.WaitsFound)
    return list(found.waits)


def test_what_was_asked_for_comes_back_as_it_was(clinic: Clinic, connection: Connection) -> None:
    reception = counter(connection)
    maria = registered(reception)
    when = When(weekdays=(1,), not_days=(TUESDAY.date(),), minute_from=540, minute_until=720)
    reception.perform(ask.JoinWaitlist(wished(maria, clinic, when)))
    [wait] = waits(connection, "visitor")
    assert (wait.patient_name, wait.when) == ("Maria Lopez", when)
    exact = When(days=(TUESDAY.date(),), minute=600)
    reception.perform(ask.JoinWaitlist(wished(maria, clinic, exact)))
    assert [wait.when for wait in waits(connection, "visitor")] == [exact]


def test_another_address_of_the_same_patient_sees_nothing_of_it(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection)
    reception.perform(ask.JoinWaitlist(wished(registered(reception), clinic)))
    [mine] = waits(connection, "visitor")
    other = counter(connection, "somebody else")
    maria = registered(other)
    assert waits(connection, "somebody else") == []
    assert refusal(other.perform(ask.LeaveWaitlist(mine.key))) is Refusal.WAIT_NOT_FOUND
    other.perform(ask.JoinWaitlist(wished(maria, clinic, When(weekdays=(2,)))))
    assert waits(connection, "visitor") == [mine]  # Not changed by what others wish.
    prove(connection, maria)
    assert len(waits(connection, "somebody else")) == 2


def test_nobody_waits_for_a_person_they_do_not_speak_for(
    clinic: Clinic, connection: Connection
) -> None:
    stranger = counter(connection)
    joined = stranger.perform(ask.JoinWaitlist(wished(clinic.patient_id, clinic)))
    assert refusal(joined) is Refusal.NOT_FOUND


def test_a_visit_that_may_not_be_seen_does_not_move_up(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection)
    maria = registered(reception)
    mine = booked(reception, a_slot(clinic), maria)
    key = theirs(connection, clinic, TUESDAY + timedelta(days=1))
    hidden = replace(mine, key=key)
    joined = reception.perform(ask.JoinWaitlist(wished(maria, clinic, sooner_than=hidden)))
    assert refusal(joined) is Refusal.NOT_FOUND


def test_the_wait_for_something_sooner_ends_with_the_visit(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection)
    maria = registered(reception)
    mine = booked(reception, a_slot(clinic), maria)
    reception.perform(ask.JoinWaitlist(wished(maria, clinic, sooner_than=mine)))
    [row] = connection.execute(select(waitlist)).all()
    assert (row.sooner_than_id, row.until) == (mine.key, mine.starts_at)


def test_the_wait_ends_after_the_last_day_that_was_wished(
    clinic: Clinic, connection: Connection
) -> None:
    reception = counter(connection)
    maria = registered(reception)
    reception.perform(ask.JoinWaitlist(wished(maria, clinic, When(days=(TUESDAY.date(),)))))
    until = connection.execute(select(waitlist.c.until)).scalar_one()
    assert until == datetime.fromisoformat("2026-11-25T00:00-08:00")


def test_booking_what_was_waited_for_ends_the_wait(clinic: Clinic, connection: Connection) -> None:
    reception = counter(connection)
    maria = registered(reception)
    reception.perform(ask.JoinWaitlist(wished(maria, clinic)))
    booked(reception, a_slot(clinic), maria)
    assert connection.scalar(select(waitlist.c.state)) == WaitState.FILLED
    assert waits(connection, "visitor") == []
