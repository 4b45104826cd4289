"""Two of staff in their chats at the same moment, each through the whole desk: one slot, one task,
one sick day. The first has it, and the second is told."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from bot.speaking import Handled
from core.database.connect import Database
from core.messaging.tasks import open_task
from core.models import absences, appointments, tasks
from core.models.messaging import TaskKind
from core.models.staff import Role
from core.staff.rights import Grant
from tests.bot.staff.colleague import Colleague, a_member
from tests.bot.talking import rows, text_of
from tests.builders import NOW, Clinic, a_patient, an_appointment

TAKEN = "A colleague sees to that already."
TEN = NOW + timedelta(hours=32)  # On Monday, where the clinic is.


@pytest.fixture
def both(clinic: Clinic, database: Database) -> list[Colleague]:
    del clinic
    people = []
    for number, name in enumerate(("anna", "ben")):
        one = a_member(database, Grant(Role.RECEPTIONIST), username=name)
        one.address = f"900{number}"
        one.comes_in()
        people.append(one)
    return people


def at_once(*deeds: Callable[[], Handled]) -> list[str]:
    """Let each happen at the same moment; return what was answered."""
    start = Barrier(len(deeds))
    answers = [""] * len(deeds)

    def run(number: int, deed: Callable[[], Handled]) -> None:
        start.wait(timeout=30)
        answers[number] = text_of(deed())

    threads = [Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


@pytest.mark.parametrize("attempt", range(3))
def test_two_receptionists_and_one_slot(
    both: list[Colleague], database: Database, clinic: Clinic, attempt: int
) -> None:
    with database.transaction() as connection:
        for name in ("Quinn", "Reyes"):
            a_patient(connection, "Nora", last_name=name)
    for one, name in zip(both, ("Quinn", "Reyes"), strict=True):
        assert "Book N." in text_of(one.says(f"/book nora {name} monday at 10 dr patel"))
    answers = at_once(*(lambda one=one: one.presses(1) for one in both))
    assert sum(answer.startswith("Booked") for answer in answers) == 1
    assert sum("Another visit is there already" in answer for answer in answers) == 1
    assert len(rows(database, appointments)) == 1
    del clinic, attempt


@pytest.mark.parametrize("attempt", range(3))
def test_two_colleagues_and_one_call(
    both: list[Colleague], database: Database, clinic: Clinic, attempt: int
) -> None:
    with database.transaction() as connection:
        patient_id = a_patient(connection, "Nora", last_name="Quinn")
        open_task(connection, TaskKind.CALL, patient_id=patient_id, now=NOW)
    for one in both:
        one.says("/tasks")
        one.presses(1)
    place = [choice.label for choice in both[0].choices].index("Left word") + 1
    answers = at_once(*(lambda one=one: one.presses(place) for one in both))
    [told] = set(answers) - {"Closed: word was left."}
    assert told in ("That does not wait for anybody any more.", TAKEN)
    assert [row.outcome for row in rows(database, tasks)] == ["left word"]
    del clinic, attempt


@pytest.mark.parametrize("attempt", range(3))
def test_two_who_rearrange_one_sick_day(
    both: list[Colleague], database: Database, clinic: Clinic, attempt: int
) -> None:
    with database.transaction() as connection:
        an_appointment(
            connection,
            patient_id=a_patient(connection, "Nora", last_name="Quinn"),
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN,
        )
    for one in both:
        one.says("dr patel is sick tomorrow")
    answers = at_once(*(lambda one=one: one.presses(1) for one in both))
    [visit] = rows(database, appointments)
    assert (visit.practitioner_id, visit.version) == (clinic.okafor_id, 2)
    assert sum("another time or doctor: 1" in answer for answer in answers) == 1
    assert len(rows(database, absences)) in (1, 2)
    del attempt
