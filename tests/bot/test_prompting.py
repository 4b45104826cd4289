"""What the clinic says first: when it is said, when it waits, and when it is not said at all."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import NoResultFound

from bot.messages import Asked
from bot.occasions import VisitOver
from bot.speaking import Handled
from core.models import (
    appointments,
    conversations,
    feedback,
    occasions,
    patient_addresses,
    tasks,
)
from core.models.appointments import AppointmentStatus
from core.models.messaging import MessageKind, TaskKind
from tests.bot.talking import BOOKING, Patient, rows, text_of
from tests.builders import an_occasion

ASKED = "How was the visit on Tuesday, November 24, Harbor Health, Downtown?"


@pytest.fixture
def seen(patient: Patient) -> Patient:
    """Their visit was on Tuesday at ten; it is two days later."""
    patient.says(*BOOKING, "yes")
    patient.clock.passes(days=4, hours=8)
    return patient


def ask(patient: Patient, appointment_id: int | None = None) -> Handled | None:
    """Have the clinic ask them about their visit."""
    [visit, *_] = rows(patient.database, appointments)
    version = len(rows(patient.database, occasions))
    with patient.database.transaction() as connection:
        connection.execute(update(appointments).values(status=AppointmentStatus.COMPLETED))
        occasion = an_occasion(connection, "visit_over", visit.id, appointment_version=version)
    over = VisitOver(occasion, appointment_id or visit.id)
    return patient.desk.prompt(patient.conversation.id, over)


def change(patient: Patient, table: Any, **values: Any) -> None:
    with patient.database.transaction() as connection:
        connection.execute(update(table).values(**values))


def test_the_question_and_the_state_are_written_together(seen: Patient) -> None:
    handled = ask(seen)
    assert handled is not None
    assert text_of(handled).startswith(ASKED)
    assert (handled.task, handled.asked) == ("feedback", Asked.RATING)
    [visit] = rows(seen.database, appointments)
    sent = seen.outgoing[-1]
    assert (sent.kind, sent.status) == (MessageKind.SURVEY, "queued")
    assert (sent.appointment_id, sent.in_reply_to_id) == (visit.id, None)


def test_the_answer_goes_to_the_visit_that_was_asked_about(seen: Patient) -> None:
    ask(seen)
    seen.says("2", "I had to wait for an hour")
    [row] = rows(seen.database, feedback)
    [visit] = rows(seen.database, appointments)
    assert (row.appointment_id, row.overall_halves) == (visit.id, 4)
    assert row.text == "I had to wait for an hour"
    assert seen.tasks == [TaskKind.FEEDBACK]


def test_it_waits_while_the_patient_is_in_the_middle_of_something(seen: Patient) -> None:
    seen.says("dr okafor tomorrow")
    assert ask(seen) is None
    seen.clock.passes(minutes=9, seconds=59)
    assert ask(seen) is None
    seen.clock.passes(seconds=1)
    assert ASKED in text_of(ask(seen) or Handled())


def test_a_second_prompt_waits_for_the_first(seen: Patient) -> None:
    ask(seen)
    assert ask(seen) is None


def test_it_waits_while_a_person_answers(seen: Patient) -> None:
    seen.says("I want to talk to a person")
    seen.clock.passes(hours=1)
    assert ask(seen) is None


def test_nothing_is_asked_of_who_is_in_distress(seen: Patient) -> None:
    seen.says("I want to kill myself")
    seen.clock.passes(hours=1)
    assert ask(seen) is None


def test_words_of_crisis_in_the_comment_are_heard_first(seen: Patient) -> None:
    ask(seen)
    answer = seen.says("1", "I want to kill myself")
    assert "988" in text_of(answer).splitlines()[0]
    assert [row.text for row in rows(seen.database, feedback)] == [None]
    kinds = [row.kind for row in rows(seen.database, tasks)]
    assert TaskKind.SELF_HARM in kinds


def nothing_said(patient: Patient, appointment_id: int | None = None) -> bool:
    before = len(patient.outgoing)
    handled = ask(patient, appointment_id)
    return handled == Handled() and len(patient.outgoing) == before


def test_who_opted_out_is_asked_nothing(seen: Patient) -> None:
    seen.says("STOP")
    assert nothing_said(seen)


def test_a_visit_that_is_not_over_is_not_asked_about(patient: Patient) -> None:
    patient.says(*BOOKING, "yes")
    assert nothing_said(patient)


def test_an_address_that_speaks_for_the_patient_no_more_is_asked_nothing(seen: Patient) -> None:
    change(seen, patient_addresses, until=seen.clock.at - timedelta(hours=1))
    assert nothing_said(seen)


def test_a_visit_that_was_booked_elsewhere_is_not_told_of(seen: Patient) -> None:
    change(seen, appointments, booked_by_address_id=None)
    assert nothing_said(seen)


def test_a_relative_is_not_asked_about_a_confidential_visit(seen: Patient) -> None:
    change(seen, appointments, is_confidential=True)
    change(seen, patient_addresses, relation="parent")
    assert nothing_said(seen)


def test_a_visit_that_there_is_not_is_not_asked_about(seen: Patient) -> None:
    assert nothing_said(seen, 999)


def test_a_conversation_that_there_is_not_is_an_error(seen: Patient) -> None:
    with pytest.raises(NoResultFound):
        seen.desk.prompt(999, VisitOver(1, 1))


def test_the_clinic_speaks_the_language_of_the_conversation(seen: Patient) -> None:
    change(seen, conversations, language="fr")
    assert text_of(ask(seen) or Handled()).startswith("Rendez-vous")
    with seen.database.reading() as connection:
        assert connection.scalar(select(conversations.c.language)) == "fr"
