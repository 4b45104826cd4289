"""Reminders: who gets which, when, once; and to which visit an answer belongs."""

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update

from bot.agenda import Agenda
from bot.desk import Desk
from bot.messages import Channel, Content
from bot.reminders import Reminders
from core.database.connect import Database
from core.database.types import keyring_of
from core.models import (
    appointments,
    messages,
    patient_addresses,
    patients,
    reminders,
    tasks,
    visit_types,
)
from core.models import consents as consents_table
from core.models.messaging import MessageKind, TaskKind
from core.models.occasions import ReminderState
from core.models.people import ConsentPurpose, Trust
from core.people import consents
from core.scheduling.appointments import SYSTEM
from tests.bot.talking import OURS, Patient, rows, text_of, types_of
from tests.builders import (
    NOW,
    ZONE,
    Clinic,
    a_link,
    a_setting,
    an_address,
)
from tests.core.scheduling.words import MONDAY, RECEPTIONIST, a_slot, book_slot

# Booked on Sunday 22 November for Tuesday 1 December at ten; "3d" is Saturday, "1d" Monday.
BOOKED = ("dr patel on december 1 at 10am for John Smith, 4 May 1980", "yes")
THREE_DAYS = datetime(2026, 11, 28, 10, 0, tzinfo=ZoneInfo(ZONE))
ONE_DAY = datetime(2026, 11, 30, 10, 0, tzinfo=ZoneInfo(ZONE))
TEXT = "Reminder: visit on Tuesday, December 1 at 10:00 AM, Harbor Health, Downtown."


pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture
def booked(patient: Patient) -> Patient:
    patient.says(*BOOKED)
    return patient


def remind(patient: Patient, at: datetime | None = None) -> list[str]:
    """Let a worker look at that moment; return what the patient is told."""
    patient.clock.at = at or patient.clock.at
    before = len(patient.outgoing)
    Reminders(patient.database, patient.clock, {"sms": OURS}).remind()
    new = [row for row in patient.outgoing[before:] if row.kind == MessageKind.REMINDER]
    patient.choices = ()
    return [row.text for row in new]


def states(database: Database) -> list[tuple[str, str, str | None]]:
    return [(row.stage, row.state, row.note) for row in rows(database, reminders)]


def change(patient: Patient, table: Any, **values: Any) -> None:
    with patient.database.transaction() as connection:
        connection.execute(update(table).values(**values))


def test_each_reminder_goes_out_at_its_hour_and_once(booked: Patient) -> None:
    assert remind(booked, THREE_DAYS - timedelta(seconds=1)) == []
    [said] = remind(booked, THREE_DAYS)
    assert said.startswith(TEXT)
    assert remind(booked, THREE_DAYS + timedelta(hours=5)) == []
    assert len(remind(booked, ONE_DAY)) == 1
    [three, one] = rows(booked.database, reminders)
    assert three.state == one.state == ReminderState.QUEUED
    sent = [row for row in booked.outgoing if row.kind == MessageKind.REMINDER]
    assert [row.id for row in sent] == [three.message_id, one.message_id]
    assert sent[0].appointment_id == three.appointment_id


def test_it_names_nobody_and_nothing_that_others_must_not_read(booked: Patient) -> None:
    [said] = remind(booked, THREE_DAYS)
    for word in ("Patel", "John", "Smith", "general", "consultation", "1980"):
        assert word not in said


def test_one_digit_confirms_and_then_nothing_more_is_asked(booked: Patient) -> None:
    remind(booked, THREE_DAYS)
    assert types_of(booked.says("1")) == ["confirmed"]
    assert remind(booked, ONE_DAY) == []
    assert states(booked.database)[1] == ("1d", "withdrawn", "confirmed")


def test_the_third_answer_asks_once_more_with_the_whole_sentence(booked: Patient) -> None:
    remind(booked, THREE_DAYS)
    assert "Shall I call off John Smith's visit" in text_of(booked.says("3"))
    assert types_of(booked.says("1")) == ["cancelled"]
    assert remind(booked, ONE_DAY) == []


def test_the_second_answer_looks_for_another_time(booked: Patient) -> None:
    remind(booked, THREE_DAYS)
    booked.says("2", "thursday at 2pm")
    assert types_of(booked.says("1")) == ["rescheduled"]
    assert [state for _, state, _ in states(booked.database)] == [
        "queued", "withdrawn", "planned", "planned",
    ]  # fmt: skip


def test_a_yes_to_a_visit_that_has_moved_since_is_no_yes(booked: Patient) -> None:
    remind(booked, THREE_DAYS)
    later = timedelta(hours=2)
    change(
        booked,
        appointments,
        starts_at=THREE_DAYS + timedelta(days=3) + later,
        ends_at=THREE_DAYS + timedelta(days=3, minutes=20) + later,
        occupied_from=THREE_DAYS + timedelta(days=3) + later,
        occupied_until=THREE_DAYS + timedelta(days=3, minutes=20) + later,
    )
    answer = booked.says("1")
    assert types_of(answer) == []
    assert "at 12:00 PM" in text_of(answer)
    assert types_of(booked.says("1")) == ["confirmed"]


def test_an_answer_to_a_visit_that_was_called_off_changes_nothing(booked: Patient) -> None:
    remind(booked, THREE_DAYS)
    change(booked, appointments, status="cancelled")
    assert text_of(booked.says("1")).startswith("That visit is no longer ahead")
    assert booked.says("hi").task is None


def test_it_may_be_answered_for_as_long_as_the_visit_is_ahead(booked: Patient) -> None:
    remind(booked, THREE_DAYS)
    booked.clock.passes(hours=47)
    assert types_of(booked.says("1")) == ["confirmed"]


def test_after_the_visit_a_digit_is_no_answer_any_more(booked: Patient) -> None:
    remind(booked, ONE_DAY)
    booked.clock.passes(days=2)
    assert types_of(booked.says("1")) == []


def test_what_nobody_could_send_goes_out_late_if_it_still_helps(booked: Patient) -> None:
    assert len(remind(booked, ONE_DAY + timedelta(hours=3))) == 1
    assert states(booked.database) == [("3d", "dropped", "overtaken"), ("1d", "queued", None)]


def test_and_is_left_out_where_it_would_not(booked: Patient) -> None:
    assert remind(booked, ONE_DAY + timedelta(hours=22, minutes=1)) == []
    assert [note for _, _, note in states(booked.database)] == ["too_late", "too_late"]


def test_at_night_it_waits_for_the_morning(booked: Patient) -> None:
    night = ONE_DAY.replace(hour=23)
    assert remind(booked, night) == []
    morning = (ONE_DAY + timedelta(days=1)).replace(hour=8)
    assert remind(booked, morning - timedelta(minutes=1)) == []
    assert len(remind(booked, morning)) == 1


def test_control_without_quiet_hours_it_goes_out_at_night(booked: Patient) -> None:
    with booked.database.transaction() as connection:
        a_setting(connection, "quiet_from_hour", 0)
        a_setting(connection, "quiet_until_hour", 0)
    assert len(remind(booked, ONE_DAY.replace(hour=23))) == 1


def test_it_waits_while_the_patient_is_in_the_middle_of_something(booked: Patient) -> None:
    booked.clock.at = THREE_DAYS
    booked.says("dr okafor tomorrow")
    assert remind(booked) == []
    booked.clock.passes(minutes=11)
    assert len(remind(booked)) == 1
    assert types_of(booked.says("1")) == ["confirmed"]


def test_who_opted_out_gets_none_and_staff_call(booked: Patient) -> None:
    booked.says("STOP")
    assert remind(booked, THREE_DAYS) == []
    assert states(booked.database)[0] == ("3d", "dropped", "nobody_to_tell")
    assert TaskKind.CALL in [row.kind for row in rows(booked.database, tasks)]


@pytest.mark.parametrize("values", [{"standing": "deceased"}, {"contact_rules": '{"never": true}'}])
def test_nobody_is_reminded_of_a_patient_who_must_be_left_in_peace(
    booked: Patient, values: dict[str, Any]
) -> None:
    change(booked, patients, **values)
    assert remind(booked, THREE_DAYS) == []


def test_a_reminder_that_fails_stops_no_other(booked: Patient) -> None:
    other = Patient(booked.database, Channel.SMS, "+14155550188", booked.clock)
    other.says("dr okafor on december 1 at 9am for Ann Lee, 1 May 1990", "yes")
    spoken = Desk.prompt

    def failing(desk: Desk, conversation_id: int, occasion: Any) -> Any:
        if conversation_id == other.conversation.id:
            raise RuntimeError("a bad record")
        return spoken(desk, conversation_id, occasion)

    with patch.object(Desk, "prompt", failing):
        assert len(remind(booked, THREE_DAYS)) == 1
    assert len(remind(other, THREE_DAYS + timedelta(minutes=9))) == 0
    assert len(remind(other, THREE_DAYS + timedelta(minutes=10))) == 1


def test_two_visits_of_one_day_share_a_message_and_an_answer(booked: Patient) -> None:
    booked.says("dr okafor on december 1 at 3pm for my daughter Mia Smith, 3 March 2019", "yes")
    booked.says("yes")
    assert len(rows(booked.database, appointments)) == 2
    [said] = remind(booked, THREE_DAYS)
    assert "2 visits on Tuesday, December 1" in said
    assert "10:00 AM" in said
    assert "3:00 PM" in said
    assert "Mia" not in said
    assert remind(booked, THREE_DAYS + timedelta(hours=6)) == []
    assert types_of(booked.says("1")) == ["confirmed", "confirmed"]


def test_two_stages_of_one_visit_on_one_day_are_two_reminders(patient: Patient) -> None:
    change(patient, visit_types, reminders='["2d", "36h"]')
    with patient.database.transaction() as connection:
        a_setting(connection, "unprompted_a_day", 0)
    patient.says(*BOOKED)
    sunday = THREE_DAYS + timedelta(days=1)  # The second would be due at ten in the evening.
    assert len(remind(patient, sunday)) == 1
    assert remind(patient, sunday + timedelta(minutes=15)) == []
    assert len(remind(patient, sunday.replace(hour=19, minute=59))) == 1


def test_first_names_stand_in_it_only_where_they_agreed(booked: Patient) -> None:
    booked.says("dr okafor on december 2 at 3pm for my daughter Mia Smith, 3 March 2019", "yes")
    address = booked.own_address.id
    with booked.database.transaction() as connection:
        (mia,) = connection.scalars(
            select(patients.c.id).where(patients.c.first_name == "Mia")
        ).all()
        consents.record(
            connection, address, ConsentPurpose.FIRST_NAME,
            is_given=True, how="asked at the counter", patient_id=mia, actor=SYSTEM, now=NOW,
        )  # fmt: skip
    [of_john] = remind(booked, THREE_DAYS)
    [of_mia] = remind(booked, THREE_DAYS + timedelta(days=1, hours=5))
    assert "John" not in of_john
    assert "Reminder: Mia's visit on Wednesday, December 2" in of_mia


def test_whoever_speaks_for_them_may_say_so_and_take_it_back(booked: Patient) -> None:
    booked.says("dr okafor on december 2 at 3pm for my daughter Mia Smith, 3 March 2019", "yes")
    booked.says("use our first names in the reminders")
    [of_john] = remind(booked, THREE_DAYS)
    assert "Reminder: John's visit on Tuesday, December 1" in of_john
    booked.says("1", "no names please")
    [of_mia] = remind(booked, THREE_DAYS + timedelta(days=1, hours=5))
    assert "Mia" not in of_mia
    noted = [row for row in rows(booked.database, consents_table) if row.purpose == "first_name"]
    assert [row.is_given for row in noted] == [True, True, False, False]
    assert {row.actor_id for row in noted} == {booked.own_address.id}


@pytest.fixture
def typed_in(clinic: Clinic, database: Database) -> Patient:
    """A number that staff have typed in for Maria Lopez, and that has never written to us."""
    phone = Patient(database, Channel.SMS, "+14155550177")
    with database.transaction() as connection:
        key = (phone.channel, phone.address)
        digest = keyring_of(connection.dialect).hash_address(key)
        given = an_address(connection, address=phone.address, address_hash=digest)
        connection.execute(delete(patient_addresses))
        a_link(connection, clinic.patient_id, given, Trust.GIVEN)
    return phone


def test_whom_staff_only_typed_in_hears_the_least_and_may_answer(
    clinic: Clinic, database: Database, typed_in: Patient
) -> None:
    with database.transaction() as connection:
        book_slot(connection, clinic, a_slot(clinic, "10:00", MONDAY + timedelta(days=8)))
    [said] = remind(typed_in, THREE_DAYS)
    answer = typed_in.says("1")
    assert types_of(answer) == ["confirmed"]
    assert "Maria" not in said + text_of(answer)
    assert "Patel" not in text_of(typed_in.says("what appointments do I have?"))


def test_and_may_answer_what_staff_have_done(
    clinic: Clinic, database: Database, typed_in: Patient
) -> None:
    slot = a_slot(clinic, "10:00", MONDAY + timedelta(days=8))
    with database.transaction() as connection:
        book_slot(connection, clinic, slot, actor=RECEPTIONIST)
    typed_in.clock.at = NOW + timedelta(hours=8)
    Agenda(database, typed_in.clock, {"sms": OURS}).speak()
    [said] = typed_in.outgoing
    assert said.text.splitlines()[1].startswith("We have booked a visit for you on Tuesday")
    assert "Maria" not in said.text
    assert types_of(typed_in.says("1")) == ["confirmed"]


def test_the_button_of_an_older_reminder_is_about_its_own_visit(database: Database) -> None:
    chat = Patient(database, Channel.TELEGRAM, "4711")
    chat.says(*BOOKED)
    remind(chat, THREE_DAYS)
    pressed = chat.outgoing[-1]
    chat.says("dr okafor on december 3 at 9am", "yes")
    booked = [row.id for row in rows(database, appointments)]
    chat.clock.at = THREE_DAYS + timedelta(days=2)
    chat.says("dr okafor on december 4 at 9am")  # In the middle of something else.
    value = f"{pressed.list_id}:1"
    answer = chat.says(value, content=Content.BUTTON)
    assert [each.type for each in answer.happened if each.type == "confirmed"] == ["confirmed"]
    first = next(row for row in rows(database, appointments) if row.id == booked[0])
    assert first.status == "confirmed"


def test_a_reply_that_quotes_a_reminder_is_about_its_visit(database: Database) -> None:
    chat = Patient(database, Channel.WHATSAPP, "+14155550199")
    chat.says(*BOOKED)
    remind(chat, THREE_DAYS)
    with database.transaction() as connection:
        reminded = messages.c.kind == MessageKind.REMINDER
        connection.execute(update(messages).where(reminded).values(provider_id="SM7"))
    chat.says("dr okafor on friday")
    answer = chat.says("yes, I'll be there", replies_to="SM7")
    assert [each.type for each in answer.happened if each.type == "confirmed"] == ["confirmed"]


def test_the_cost_of_a_missed_visit_is_named_where_the_clinic_wants_it(booked: Patient) -> None:
    with booked.database.transaction() as connection:
        a_setting(connection, "missed_visit_cost", 160)
    [said] = remind(booked, THREE_DAYS)
    assert "A missed visit costs the clinic $160" in said


def test_in_a_day_and_a_week_only_so_many_go_out(booked: Patient) -> None:
    booked.says("dr okafor on december 2 at 9am", "yes")  # Its first is due on Sunday at nine.
    with booked.database.transaction() as connection:
        a_setting(connection, "unprompted_a_week", 1)
    assert len(remind(booked, THREE_DAYS)) == 1
    assert remind(booked, THREE_DAYS + timedelta(days=2)) == []
    # In a week it would be too late for both visits: staff call.
    assert [note for _, _, note in states(booked.database)] == [
        None,
        "too_often",
        "too_often",
        None,
    ]
    assert [row.kind for row in rows(booked.database, tasks)] == [TaskKind.CALL, TaskKind.CALL]
