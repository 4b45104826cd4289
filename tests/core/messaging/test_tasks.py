"""Tasks for staff: opened once, passed on, put off, taken by one, closed."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from core.database.connect import Database
from core.errors import TaskNotFound
from core.messaging.tasks import (
    ALARMS,
    SAME_ALARM,
    add_note,
    assign,
    close_task,
    close_tasks_of,
    find_task,
    note_of,
    open_task,
    open_tasks,
    put_off,
    take,
    untaken,
)
from core.models import conversations, tasks
from core.models.messaging import TaskKind
from tests.builders import NOW, Clinic, a_colleague, a_conversation, an_appointment

MINUTE = timedelta(minutes=1)


def opened(connection: Connection, kind: TaskKind = TaskKind.HANDOVER, now: datetime = NOW) -> int:
    task_id = open_task(connection, kind, conversation_id=a_conversation(connection), now=now)
    assert task_id is not None
    return task_id


def test_the_same_task_of_a_conversation_is_opened_once(connection: Connection) -> None:
    talk = a_conversation(connection)
    first = open_task(connection, TaskKind.OPT_OUT, conversation_id=talk, now=NOW)
    assert first is not None
    assert open_task(connection, TaskKind.OPT_OUT, conversation_id=talk, now=NOW) is None
    other = a_conversation(connection)
    assert open_task(connection, TaskKind.OPT_OUT, conversation_id=other, now=NOW) is not None
    close_task(connection, first, outcome="seen", now=NOW)
    assert open_task(connection, TaskKind.OPT_OUT, conversation_id=talk, now=NOW) is not None


def test_tasks_about_two_visits_are_two(clinic: Clinic, connection: Connection) -> None:
    visits = [
        an_appointment(
            connection,
            patient_id=clinic.patient_id,
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=NOW + timedelta(days=day),
        )
        for day in (1, 2)
    ]
    for visit in (*visits, *visits):
        open_task(
            connection,
            TaskKind.CALL,
            conversation_id=clinic.conversation_id,
            patient_id=clinic.patient_id,
            appointment_id=visit,
            now=NOW,
        )
    waiting = open_tasks(connection)
    assert [task.appointment_id for task in waiting] == visits
    assert {task.location_id for task in waiting} == {clinic.location_id}


@pytest.mark.parametrize("kind", ALARMS)
def test_words_of_danger_one_after_the_other_are_one_alarm_until_somebody_has_taken_it(
    connection: Connection, kind: TaskKind
) -> None:
    talk, anna = a_conversation(connection), a_colleague(connection, "anna")

    def alarm(now: datetime) -> int | None:
        return open_task(connection, kind, conversation_id=talk, now=now)

    first = alarm(NOW)
    assert first is not None
    assert alarm(NOW + MINUTE) is None
    assert take(connection, find_task(connection, first), anna, NOW)
    assert alarm(NOW + 2 * MINUTE) is not None
    assert alarm(NOW + 3 * MINUTE) is None
    assert alarm(NOW + 3 * MINUTE + SAME_ALARM) is not None  # That is another event.


def test_what_is_most_pressing_comes_first(connection: Connection) -> None:
    kinds = [TaskKind.OPT_OUT, TaskKind.HANDOVER, TaskKind.THREAT, TaskKind.ABUSE]
    for minute, kind in enumerate(kinds):
        opened(connection, kind, NOW + minute * MINUTE)
    assert [task.kind for task in open_tasks(connection)] == [
        TaskKind.THREAT,
        TaskKind.HANDOVER,
        TaskKind.OPT_OUT,
        TaskKind.ABUSE,
    ]
    assert [task.kind for task in untaken(connection)] == [TaskKind.THREAT, TaskKind.HANDOVER]


def test_of_two_who_saw_the_same_task_one_passes_it_on(connection: Connection) -> None:
    anna = a_colleague(connection, "anna")
    task = find_task(connection, opened(connection))
    assert assign(connection, task, anna, NOW)
    assert not assign(connection, task, anna, NOW + MINUTE)
    assert not put_off(connection, task, NOW + 60 * MINUTE, NOW + MINUTE)


def test_a_task_that_is_put_off_is_nobodys_until_then(connection: Connection) -> None:
    anna, number = a_colleague(connection, "anna"), opened(connection)
    assert assign(connection, find_task(connection, number), anna, NOW)
    assert put_off(connection, find_task(connection, number), NOW + 60 * MINUTE, NOW)
    task = find_task(connection, number)
    assert task.is_put_off
    assert (task.assigned_to_id, task.due_at) == (None, NOW + 60 * MINUTE)
    assert assign(connection, task, anna, NOW + 60 * MINUTE)
    assert not find_task(connection, number).is_put_off


def test_a_task_is_taken_once_and_with_it_its_conversation(connection: Connection) -> None:
    anna, ben = a_colleague(connection, "anna"), a_colleague(connection, "ben", 2)
    task = find_task(connection, opened(connection))
    assert take(connection, task, anna, NOW)
    assert not take(connection, task, ben, NOW)
    assert find_task(connection, task.id).acknowledged_by_id == anna
    claimed = select(conversations.c.claimed_by).where(conversations.c.id == task.conversation_id)
    assert connection.scalar(claimed) == anna
    assert untaken(connection) == []


def test_a_closed_task_is_found_no_more(connection: Connection) -> None:
    number = opened(connection)
    close_task(connection, number, outcome="called back", now=NOW)
    with pytest.raises(TaskNotFound, match=f"got {number}"):
        find_task(connection, number)
    row = connection.execute(select(tasks)).one()
    assert (row.closed_at, row.outcome) == (NOW, "called back")


def test_the_tasks_of_one_conversation_are_closed_together(connection: Connection) -> None:
    mine = find_task(connection, opened(connection))
    others = opened(connection)
    assert mine.conversation_id is not None
    close_tasks_of(
        connection, mine.conversation_id, TaskKind.HANDOVER, outcome="back at the desk", now=NOW
    )
    assert [task.id for task in open_tasks(connection)] == [others]


def test_only_a_note_needs_the_keys(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as connection:
        number = open_task(
            connection, TaskKind.QUESTION, note="Is there parking for a van?", now=NOW
        )
    assert number is not None
    with Database(sqlite_database.url, None).reading() as connection:
        assert find_task(connection, number).kind is TaskKind.QUESTION
    with sqlite_database.reading() as connection:
        assert note_of(connection, number) == "Is there parking for a van?"


def test_a_further_question_is_written_below_the_first(connection: Connection) -> None:
    talk = a_conversation(connection)
    task_id = open_task(
        connection, TaskKind.QUESTION, conversation_id=talk, note="Parking?", now=NOW
    )
    assert task_id is not None
    for note in ("Cards?", "Parking?"):
        add_note(connection, TaskKind.QUESTION, talk, note=note, now=NOW)
    assert note_of(connection, task_id) == "Parking?\nCards?"
