"""Conversations in which a person is to answer: handed over, passed on, put off, handed back."""

from datetime import datetime

import pytest
from sqlalchemy import update

from bot.alarms import tell_next
from bot.clinic import read_clinic
from bot.handovers import Watch, hand_back
from bot.messages import Asked, Channel
from core.database.connect import Database
from core.messaging.tasks import find_task, open_tasks, take
from core.models import locations, messages, tasks
from core.staff.colleagues import staff_named
from tests.bot.talking import Clock, Patient, rows, set_rule, text_of, types_of
from tests.builders import Clinic, a_colleague
from tests.core.test_opening import at

WEEK = '{{"mon": {day}, "tue": {day}, "wed": {day}, "thu": {day}, "fri": {day}}}'.format(
    day='[["08:00", "12:00"], ["13:00", "17:00"]]'
)
MONDAY = at("2026-11-23T10:00")


@pytest.fixture
def visitor(database: Database, clinic: Clinic) -> Patient:
    """Somebody who writes on a Monday morning to a clinic with two colleagues."""
    del clinic
    with database.transaction() as connection:
        connection.execute(update(locations).values(opening_hours=WEEK))
        a_colleague(connection, "anna", 1)
        a_colleague(connection, "ben", 2)
    return Patient(database, clock=Clock(MONDAY))


def looks(patient: Patient, moment: str | None = None) -> int:
    if moment is not None:
        patient.clock.at = at(moment)
    return Watch(patient.database, patient.clock).look()


def notices(patient: Patient) -> list[str]:
    """What the patient heard without having written."""
    return [row.text for row in patient.outgoing if row.kind == "notice"]


def told(patient: Patient) -> list[str]:
    """What staff heard."""
    known = {row.id for row in patient.outgoing}
    return [
        row.text
        for row in rows(patient.database, messages)
        if row.kind == "notice" and row.id not in known
    ]


def due_at(patient: Patient) -> datetime:
    found: datetime = rows(patient.database, tasks)[-1].due_at
    return found


def test_asking_for_a_person_hands_the_conversation_over(visitor: Patient) -> None:
    handled = visitor.says("talk to someone")
    assert types_of(handled) == ["handed_over"]
    assert handled.task == "handoff"
    assert "usually within 15 minutes" in text_of(handled)
    assert "+1 415-555-0100" in text_of(handled)
    assert visitor.conversation.person_wanted_at == MONDAY
    assert visitor.tasks == ["handover"]
    number = rows(visitor.database, tasks)[-1].id
    assert told(visitor) == [
        f"Somebody waits for a person to answer. Task {number}. Reply 1 to take it."
    ]


def test_what_is_written_meanwhile_is_kept_for_staff_and_not_answered(visitor: Patient) -> None:
    visitor.says("talk to someone")
    handled = visitor.says("it is about my bill")
    assert (handled.replies, handled.task) == ((), "handoff")
    assert [(row.text, row.status) for row in visitor.incoming][-1] == (
        "it is about my bill",
        "received",
    )
    assert len(visitor.outgoing) == 1


def test_asking_again_tells_again_when_and_is_no_second_task(visitor: Patient) -> None:
    visitor.says("talk to someone")
    handled = visitor.says("a person please")
    assert "15 minutes" in text_of(handled)
    assert types_of(handled) == []
    assert visitor.tasks == ["handover"]


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23T07:00", "Monday, November 23 at 8:00"),
        ("2026-11-23T16:50", "Tuesday, November 24 at 8:00"),
        ("2026-11-23T21:00", "Tuesday, November 24 at 8:00"),
        ("2026-11-27T20:00", "Monday, November 30 at 8:00"),
    ],
)
def test_while_nobody_is_there_the_patient_hears_when_somebody_will_be(
    visitor: Patient, moment: str, opens: str
) -> None:
    visitor.clock.at = at(moment)
    assert opens in text_of(visitor.says("talk to someone"))
    assert told(visitor) == []  # Nobody is woken for it.
    looks(visitor)
    assert notices(visitor) == []  # They know already.


def test_at_the_opening_it_is_the_first_colleagues_turn(visitor: Patient) -> None:
    visitor.clock.at = at("2026-11-23T21:00")
    visitor.says("talk to someone")
    assert due_at(visitor) == at("2026-11-24T08:00")
    assert looks(visitor, "2026-11-24T07:59") == 0
    assert looks(visitor, "2026-11-24T08:00") == 1
    assert looks(visitor) == 0
    assert len(told(visitor)) == 1


def test_untaken_for_fifteen_open_minutes_it_goes_to_the_next(visitor: Patient) -> None:
    visitor.clock.at = at("2026-11-23T11:35")
    visitor.says("talk to someone")
    assert looks(visitor, "2026-11-23T11:49") == 0
    assert looks(visitor, "2026-11-23T11:50") == 1
    assert looks(visitor, "2026-11-23T12:30") == 0  # At noon the clinic is closed.
    assert looks(visitor, "2026-11-23T13:04") == 0
    assert looks(visitor, "2026-11-23T13:05") == 1
    assert looks(visitor) == 0
    assert len(told(visitor)) == 3
    assert notices(visitor) == []


def test_so_long_is_a_rule(visitor: Patient) -> None:
    set_rule(visitor.database, handover_minutes=30)
    assert "within 30 minutes" in text_of(visitor.says("talk to someone"))
    assert looks(visitor, "2026-11-23T10:29") == 0
    assert looks(visitor, "2026-11-23T10:30") == 1


def test_once_taken_it_goes_to_nobody_else(visitor: Patient) -> None:
    visitor.says("talk to someone")
    with visitor.database.reading() as connection:
        [task] = open_tasks(connection)
    with visitor.database.transaction() as connection:
        assert take(connection, task, staff_named(connection, "anna").id, MONDAY)
    assert looks(visitor, "2026-11-23T16:00") == 0
    assert looks(visitor, "2026-11-23T18:00") == 0
    assert notices(visitor) == []


def test_at_closing_it_is_tomorrows_first_and_the_patient_hears_so_once(visitor: Patient) -> None:
    visitor.says("talk to someone")
    assert looks(visitor, "2026-11-23T16:59") == 1
    assert looks(visitor, "2026-11-23T17:00") == 1
    assert looks(visitor) == 0
    assert looks(visitor, "2026-11-23T20:00") == 0
    [heard] = notices(visitor)
    assert "Tuesday, November 24 at 8:00" in heard
    assert "+1 415-555-0100" in heard
    assert due_at(visitor) == at("2026-11-24T08:00")
    assert looks(visitor, "2026-11-24T08:00") == 1  # To the first of the list again.


def test_a_worker_that_was_down_at_closing_wakes_nobody_at_night(visitor: Patient) -> None:
    visitor.says("talk to someone")
    assert looks(visitor, "2026-11-23T23:30") == 1
    assert notices(visitor) == []
    assert due_at(visitor) == at("2026-11-24T08:00")


def test_the_notice_is_in_the_patients_language(visitor: Patient) -> None:
    visitor.says("quiero hablar con una persona")
    looks(visitor, "2026-11-23T17:00")
    [heard] = notices(visitor)
    assert "martes 24 de noviembre" in heard


def test_start_over_takes_it_back(visitor: Patient) -> None:
    visitor.says("dr patel tuesday", "talk to someone")
    handled = visitor.says("start over")
    assert types_of(handled) == ["handed_back"]
    assert (handled.task, handled.asked) == (None, None)
    assert visitor.conversation.person_wanted_at is None
    assert rows(visitor.database, tasks)[-1].outcome == "the patient went back to the desk"
    assert "10:00" in text_of(visitor.says("dr patel tuesday at 10"))


def test_staff_hand_it_back_and_the_patient_hears_so(visitor: Patient) -> None:
    visitor.says("dr patel tuesday", "talk to someone", "my bill")
    with visitor.database.transaction() as connection:
        [task] = open_tasks(connection)
        hand_back(connection, read_clinic(connection, MONDAY), task, "bill explained", MONDAY)
    [heard] = notices(visitor)
    assert heard.startswith("You're back with the automated desk.\nNow back to where we were.\n")
    assert heard.endswith("Which one?")
    assert visitor.conversation.person_wanted_at is None
    assert visitor.says("the first one").asked is Asked.NAME


def test_where_nothing_was_begun_the_patient_hears_just_that(visitor: Patient) -> None:
    visitor.says("talk to someone", "my bill")
    with visitor.database.transaction() as connection:
        [task] = open_tasks(connection)
        hand_back(connection, read_clinic(connection, MONDAY), task, "bill explained", MONDAY)
    assert notices(visitor) == ["You're back with the automated desk. What else can I do for you?"]


def test_closing_another_task_hands_nothing_back(visitor: Patient) -> None:
    visitor.says("my dad collapsed and isn't breathing", "talk to someone")
    with visitor.database.transaction() as connection:
        alarm = open_tasks(connection)[0]
        hand_back(connection, read_clinic(connection, MONDAY), alarm, "called", MONDAY)
    assert notices(visitor) == []
    assert visitor.conversation.person_wanted_at == MONDAY


def test_stop_and_start_are_obeyed_meanwhile(visitor: Patient) -> None:
    visitor.says("talk to someone")
    assert types_of(visitor.says("STOP")) == ["opted_out"]
    assert types_of(visitor.says("START")) == ["opted_in"]
    assert visitor.says("hello?").task == "handoff"


@pytest.mark.parametrize("words", ["HELP", "info"])
def test_help_says_who_we_are_whom_to_call_and_how_to_opt_out(visitor: Patient, words: str) -> None:
    texter = Patient(visitor.database, Channel.SMS, "+14155550123", visitor.clock)
    texter.says("talk to someone")
    said = text_of(texter.says(words))
    assert all(part in said for part in ("Harbor Health", "STOP", "+1 415-555-0100"))


def test_without_opening_hours_it_is_as_soon_as_they_can(visitor: Patient) -> None:
    with visitor.database.transaction() as connection:
        connection.execute(update(locations).values(opening_hours="{}"))
    assert "as soon as they can" in text_of(visitor.says("talk to someone"))
    visitor.clock.passes(minutes=15)
    assert looks(visitor) == 1


def test_of_two_workers_one_tells(visitor: Patient) -> None:
    visitor.says("talk to someone")
    with visitor.database.reading() as connection:
        [seen] = open_tasks(connection)
    for expected in (True, False):
        with visitor.database.transaction() as connection:
            clinic = read_clinic(connection, MONDAY)
            assert tell_next(connection, clinic, seen, MONDAY.replace(minute=30)) is expected
    with visitor.database.reading() as connection:
        assert find_task(connection, seen.id).assigned_at == MONDAY.replace(minute=30)
    assert len(told(visitor)) == 2
