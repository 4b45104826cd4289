"""What is to be done, in a chat of staff: whom to call, and what came of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.database.connect import Database
from core.messaging.tasks import open_task
from core.models import addresses, appointments, audit_log, occasions, patient_addresses, tasks
from core.models.messaging import TaskKind
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import Colleague, a_member, a_receptionist
from tests.bot.talking import rows, text_of
from tests.builders import (
    NOW,
    Clinic,
    a_link,
    a_location,
    a_patient,
    an_address,
    an_appointment,
)

TEN = NOW + timedelta(hours=32)  # On Monday, where the clinic is.
PHONE = "+14155550142"


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    del clinic
    anna = a_receptionist(database)
    anna.comes_in()
    return anna


@pytest.fixture
def task(clinic: Clinic, database: Database) -> int:
    return to_call(clinic, database)


def to_call(
    clinic: Clinic, database: Database, kind: TaskKind = TaskKind.CALL, name: str = "Nora"
) -> int:
    """A visit about which its patient is to be called."""
    with database.transaction() as connection:
        patient_id = a_patient(connection, name, last_name="Quinn")
        a_link(connection, patient_id, an_address(connection, address=PHONE))
        visit_id = an_appointment(
            connection,
            patient_id=patient_id,
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN + timedelta(hours=len(rows(database, appointments))),
        )
        number = open_task(
            connection,
            kind,
            patient_id=patient_id,
            appointment_id=visit_id,
            location_id=clinic.location_id,
            now=NOW,
        )
    assert number is not None
    return number


def presses(anna: Colleague, label: str) -> str:
    labels = [choice.label for choice in anna.choices]
    [place] = [place for place, each in enumerate(labels, 1) if each.startswith(label)]
    return text_of(anna.presses(place))


def outcome(database: Database, task_id: int) -> str | None:
    with database.reading() as connection:
        found: str | None = connection.scalar(select(tasks.c.outcome).where(tasks.c.id == task_id))
    return found


def status(database: Database) -> str:
    return str(rows(database, appointments)[0].status)


def test_nothing_waits(anna: Colleague) -> None:
    assert text_of(anna.says("/tasks")) == "Nothing waits."


def test_a_call_that_reached_somebody_confirms_their_visit(
    anna: Colleague, database: Database, task: int
) -> None:
    assert "Call, N.Q., Mon, Nov 23 10:00 AM Dr Patel" in text_of(anna.says("whom to call?"))
    anna.presses(1)
    assert "Closed: reached" in presses(anna, "Reached")
    assert (outcome(database, task), status(database)) == ("reached", "confirmed")
    assert "Nothing waits" in text_of(anna.says("/tasks"))


def test_who_declines_is_called_off_and_hears_no_more_of_it(
    anna: Colleague, database: Database, task: int
) -> None:
    anna.says("/tasks")
    anna.presses(1)
    assert "declined" in presses(anna, "Declined")
    assert (outcome(database, task), status(database)) == ("declined", "cancelled")
    planned = [row for row in rows(database, occasions) if row.state == "planned"]
    assert planned == []


@pytest.mark.parametrize(("label", "before"), [("Reached", "scheduled"), ("Declined", "scheduled")])
def test_a_slip_of_the_finger_is_taken_back(
    anna: Colleague, database: Database, task: int, label: str, before: str
) -> None:
    anna.says("/tasks")
    anna.presses(1)
    presses(anna, label)
    assert presses(anna, "Take back").startswith("Taken back.")
    assert (outcome(database, task), status(database)) == (None, before)


def test_whoever_does_not_answer_is_called_again_and_not_for_ever(
    anna: Colleague, database: Database, task: int
) -> None:
    for count in (1, 2):
        anna.says("/tasks")
        anna.presses(1)
        assert presses(anna, "No answer") == "Comes back in two hours."
        assert "Nothing waits" in text_of(anna.says("/tasks"))
        anna.clock.passes(hours=2, minutes=1)
        assert f"called in vain: {count}" in text_of(anna.says("/tasks")) + text_of(anna.presses(1))
    presses(anna, "No answer")
    assert outcome(database, task) == "no answer"


def test_too_late_for_another_call(anna: Colleague, database: Database, task: int) -> None:
    anna.clock.passes(hours=11)
    anna.says("hello?")
    anna.clock.passes(hours=11)
    anna.says("hello?")
    anna.clock.passes(hours=9)
    anna.says("/tasks")
    anna.presses(1)
    presses(anna, "No answer")
    assert outcome(database, task) == "no answer"


def test_a_wrong_number_is_told_nothing_more(
    anna: Colleague, database: Database, task: int
) -> None:
    anna.says("/tasks")
    anna.presses(1)
    assert "Nothing more" in presses(anna, "...0142 is wrong")
    assert outcome(database, task) == "wrong number"
    [link] = [row for row in rows(database, patient_addresses) if row.suspended_at is not None]
    presses(anna, "New number")
    assert "no phone number" in text_of(anna.says("none of your business"))
    assert text_of(anna.says("415 555 0177")).startswith("Noted.")
    added = rows(database, patient_addresses)[-1]
    assert (added.patient_id, added.trust) == (link.patient_id, "given")


def test_the_whole_number_takes_the_pin(anna: Colleague, task: int) -> None:
    del task
    anna.clock.passes(minutes=30)
    anna.says("/tasks")
    anna.presses(1)
    assert "PIN" in presses(anna, "The number")
    assert PHONE in text_of(anna.says("482913"))


def test_one_of_two_colleagues_has_it(
    anna: Colleague, database: Database, clinic: Clinic, task: int
) -> None:
    ben = a_member(database, Grant(Role.RECEPTIONIST), username="ben")
    ben.address = "9002"
    ben.comes_in()
    for each in (anna, ben):
        each.says("/tasks")
        each.presses(1)
    assert presses(anna, "I see to it").startswith("It is yours.")
    assert presses(ben, "Left word") == "A colleague sees to that already."
    assert outcome(database, task) is None
    presses(anna, "Left word")
    assert outcome(database, task) == "left word"
    assert presses(ben, "Left word") == "That does not wait for anybody any more."
    del clinic


def test_a_visit_that_is_moved_need_not_be_called_about(
    anna: Colleague, database: Database, task: int
) -> None:
    anna.says("/tasks")
    anna.presses(1)
    presses(anna, "Move")
    anna.says("tuesday at 11")
    anna.presses(1)
    assert outcome(database, task) == "moved"


def test_who_may_have_meant_to_cancel(anna: Colleague, database: Database, clinic: Clinic) -> None:
    task = to_call(clinic, database, TaskKind.MAY_CANCEL)
    assert "May have meant to cancel" in text_of(anna.says("/tasks"))
    anna.presses(1)
    presses(anna, "Keep the visit")
    assert (outcome(database, task), status(database)) == ("kept", "scheduled")


def test_what_was_to_be_done_long_ago_comes_first(
    anna: Colleague, database: Database, clinic: Clinic, task: int
) -> None:
    later = to_call(clinic, database, name="Otto")
    with database.transaction() as connection:
        connection.execute(
            tasks.update().where(tasks.c.id == later).values(due_at=NOW + timedelta(minutes=5))
        )
    anna.clock.passes(minutes=10)
    said = text_of(anna.says("/tasks"))
    assert said.index("O.Q.") < said.index("N.Q.")
    assert "Overdue: 1" in said
    del task


@pytest.mark.usefixtures("task")
def test_what_was_due_at_once_is_overdue_half_a_day_later(anna: Colleague) -> None:
    for _ in range(2):  # She stays: a silent chat is closed.
        assert "overdue" not in text_of(anna.says("/tasks")).casefold()
        anna.clock.passes(hours=6)
    anna.clock.passes(minutes=1)
    assert "Overdue: 1" in text_of(anna.says("/tasks"))


def test_a_long_list_goes_on(anna: Colleague, database: Database, clinic: Clinic) -> None:
    with database.transaction() as connection:
        for _ in range(13):
            open_task(connection, TaskKind.UPKEEP, now=NOW)
    assert "To do: 13" in text_of(anna.says("/tasks"))
    presses(anna, "and 3 more")
    assert len(anna.choices) == 3
    del clinic


def test_nobody_sees_what_waits_elsewhere(database: Database, clinic: Clinic, task: int) -> None:
    with database.transaction() as connection:
        other = a_location(connection, "Uptown")
    ben = a_member(database, Grant(Role.RECEPTIONIST, other), username="ben")
    ben.comes_in()
    assert text_of(ben.says("/tasks")) == "Nothing waits."
    del clinic, task


def test_looking_and_closing_stand_in_the_audit_log(
    anna: Colleague, database: Database, task: int
) -> None:
    anna.says("/tasks")
    anna.presses(1)
    presses(anna, "Left word")
    done = [(row.action, row.resource) for row in rows(database, audit_log)][-3:]
    assert done == [("looked", "task"), ("looked", "task"), ("left word", "task")]
    del task


def test_no_task_is_closed_without_an_outcome(database: Database, task: int) -> None:
    with (
        pytest.raises(Exception, match=r"(?i)check constraint"),
        database.transaction() as connection,
    ):
        connection.execute(tasks.update().where(tasks.c.id == task).values(closed_at=NOW))
    assert rows(database, addresses)
