"""Answering a patient who asked for a person: claimed by one, said, withdrawn, handed back."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from bot.messages import Channel
from core.database.connect import Database
from core.messaging import templates
from core.messaging.outbox import claim
from core.messaging.templates import Wanted
from core.models import addresses, audit_log, audit_patients, conversations, messages, staff
from core.models.messaging import TemplateStatus
from core.models.staff import Role
from core.staff.members import give_roles
from core.staff.rights import Grant
from tests.bot.staff.colleague import Colleague, a_member, a_receptionist
from tests.bot.talking import Patient, rows, text_of
from tests.builders import NOW, Clinic, a_link, a_location, a_patient

WORDS = "We open at eight, come as you are."


@pytest.fixture
def john(clinic: Clinic, database: Database) -> Patient:
    """John Smith, by SMS, who has asked for a person."""
    del clinic
    john = Patient(database, Channel.SMS, "+14155550123")
    john.says("hello")
    with database.transaction() as connection:
        who = a_patient(connection, "John", last_name="Smith")
        a_link(connection, who, john.own_address.id, since=john.clock())
    john.says("I want to talk to a person")
    return john


@pytest.fixture
def anna(clinic: Clinic, database: Database, john: Patient) -> Colleague:
    del clinic
    anna = a_receptionist(database)
    anna.clock = john.clock
    anna.__post_init__()
    anna.comes_in()
    return anna


def answers_to(patient: Patient) -> list[Row[Any]]:
    return [row for row in patient.outgoing if row.kind == "staff_answer"]


def open_talk(anna: Colleague) -> str:
    """List who asks, and take the first."""
    anna.says("/talks")
    return text_of(anna.presses(1))


def test_it_arrives_with_what_was_said_last(anna: Colleague) -> None:
    assert "J.S. (SMS), 0 min ago - nobody answers yet" in text_of(anna.says("/talks"))
    told = text_of(anna.presses(1))
    assert "They: I want to talk to a person" in told
    assert "Smith" not in told


def test_an_answer_goes_out_after_ten_seconds(
    anna: Colleague, john: Patient, database: Database
) -> None:
    open_talk(anna)
    anna.presses(1)
    told = text_of(anna.says(WORDS))
    assert "To J.S. (SMS), in 10 seconds" in told
    [answer] = answers_to(john)
    assert answer.text == WORDS
    assert (answer.due_at - anna.clock()) == timedelta(seconds=10)
    assert not claimed(database, anna)
    anna.clock.passes(seconds=10)
    assert claimed(database, anna) == [answer.id]


def claimed(database: Database, anna: Colleague) -> list[int]:
    """What the worker would send to the patient now."""
    with database.transaction() as connection:
        before = update(messages).where(messages.c.kind != "staff_answer")
        connection.execute(before.values(status="sent"))  # Nothing stands in its way.
        found = claim(
            connection, owner="a test", now=anna.clock(), limit=99, lease=timedelta(minutes=1)
        )
        answers = select(messages.c.id).where(messages.c.kind == "staff_answer")
        ids = connection.scalars(answers).all()
        return [each.id for each in found.messages if each.id in ids]


def test_it_can_be_withdrawn_until_then(anna: Colleague, john: Patient, database: Database) -> None:
    open_talk(anna)
    anna.presses(1)
    anna.says(WORDS)
    assert "Nobody has read it" in text_of(anna.presses(1))
    [answer] = answers_to(john)
    assert (answer.status, answer.error_code) == ("dropped", "withdrawn")
    anna.clock.passes(seconds=10)
    assert not claimed(database, anna)


def test_and_not_after_it_has_left(anna: Colleague, database: Database) -> None:
    open_talk(anna)
    anna.presses(1)
    anna.says(WORDS)
    anna.clock.passes(seconds=10)
    assert claimed(database, anna)
    assert "out already" in text_of(anna.presses(1))


def test_two_colleagues_do_not_answer_at_once(
    anna: Colleague, john: Patient, database: Database
) -> None:
    tom = a_member(database, Grant(Role.RECEPTIONIST), username="tom")
    tom.address = "9002"
    tom.comes_in()
    for each in (anna, tom):
        each.says("/talks")
    assert "You answer J.S." in text_of(anna.presses(1))
    assert "A colleague answers" in text_of(tom.presses(1))
    assert "You answer nobody" in text_of(tom.says(f"/answer {WORDS}"))
    assert answers_to(john) == []


def test_what_the_patient_writes_comes_to_whoever_answers(
    anna: Colleague, john: Patient, database: Database
) -> None:
    tom = a_member(database, Grant(Role.RECEPTIONIST), username="tom")
    tom.address = "9002"
    tom.comes_in()
    open_talk(anna)
    john.says("is there parking?")
    assert anna.outgoing[-1].text == "J.S. (SMS) writes: is there parking?"
    assert "parking" not in " ".join(row.text for row in tom.outgoing)


def test_a_reply_to_it_is_the_answer(anna: Colleague, john: Patient, database: Database) -> None:
    open_talk(anna)
    john.says("is there parking?")
    delivered(database, anna.outgoing[-1], "77")
    anna.says("Yes, next door.", replies_to="77")
    assert [row.text for row in answers_to(john)] == ["Yes, next door."]


def delivered(database: Database, message: Row[Any], provider_id: str) -> None:
    stored = f"{message.conversation_id}:{provider_id}"
    with database.transaction() as connection:
        connection.execute(
            update(messages).where(messages.c.id == message.id).values(provider_id=stored)
        )


def test_a_reply_to_the_list_of_what_was_said_is_the_answer_too(
    anna: Colleague, john: Patient, database: Database
) -> None:
    open_talk(anna)
    delivered(database, anna.outgoing[-1], "78")
    anna.says(WORDS, replies_to="78")
    assert [row.text for row in answers_to(john)] == [WORDS]


@pytest.mark.parametrize(
    "text", ["/today", "who's next?", "Dr Patel tomorrow", "hello", "/help", "/answer", "yes"]
)
def test_nothing_else_that_staff_write_reaches_a_patient(
    anna: Colleague, john: Patient, text: str
) -> None:
    open_talk(anna)
    before = len(john.outgoing)
    anna.says(text)
    anna.says(text, replies_to="999")
    assert len(john.outgoing) == before


def test_a_command_drops_the_answer_that_was_begun(anna: Colleague, john: Patient) -> None:
    open_talk(anna)
    anna.presses(1)
    anna.says("/today")
    anna.says("hello")
    assert answers_to(john) == []


def test_done_hands_it_back_to_the_desk(anna: Colleague, john: Patient) -> None:
    open_talk(anna)
    assert "The desk answers J.S. (SMS) again" in text_of(anna.says("/done"))
    assert john.tasks == ["handover"]
    assert "Shall I book it?" in text_of(john.says("book dr patel tuesday at 10"))
    assert "Nobody has asked" in text_of(anna.says("/talks"))


def test_what_was_answered_goes_out_before_the_desk_speaks_again(
    anna: Colleague, john: Patient
) -> None:
    open_talk(anna)
    anna.says(f"/answer {WORDS}", "/done")
    answer, back = john.outgoing[-2:]
    assert (answer.text, answer.due_at) == (WORDS, back.due_at)


def test_who_takes_it_by_the_alarm_may_answer_at_once(clinic: Clinic, database: Database) -> None:
    """ "Reply 1 to take it": the conversation is a button below."""
    del clinic
    anna = a_receptionist(database)
    anna.comes_in(with_pin=False)
    with database.transaction() as connection:
        mine = update(staff).where(staff.c.id == anna.staff_id)
        connection.execute(mine.values(alarm_position=1, address_id=anna.own_address.id))
    john = Patient(database, Channel.SMS, "+14155550123", clock=anna.clock)
    john.says("I want to talk to a person")
    assert "1" in anna.outgoing[-1].text
    anna.says("1")
    assert "You answer Somebody new (SMS)" in text_of(anna.presses(1))


@pytest.fixture
def maria(anna: Colleague, database: Database) -> Patient:
    """By WhatsApp; a day ago she asked for a person, and Anna answers her."""
    maria = Patient(database, Channel.WHATSAPP, "+14155550188", clock=anna.clock)
    maria.says("I want to talk to a person")
    for _ in range(3):
        anna.clock.passes(hours=8)
        anna.says("/help")
    anna.says("/talks")
    anna.presses(2)
    anna.presses(1)
    return maria


def a_template_is_approved(database: Database) -> None:
    wanted = Wanted(
        "person_answers", "en", "person_answers_en", "utility", "{{1}} asks", ("clinic",), ()
    )
    with database.transaction() as connection:
        [kept] = templates.keep(connection, [wanted], NOW)
        made = templates.note_content(connection, kept, "HX1")
        templates.note_status(connection, made, TemplateStatus.APPROVED, None, NOW)


def asked_to_write(patient: Patient) -> list[Row[Any]]:
    return [row for row in patient.outgoing if row.template == "person_answers"]


def test_outside_of_whatsapps_day_it_is_refused_before_sending(
    anna: Colleague, maria: Patient
) -> None:
    assert "WhatsApp takes no free text then: your words were not sent" in text_of(anna.says(WORDS))
    assert answers_to(maria) == []
    assert "no template is approved" in text_of(anna.says("/answer " + WORDS))


def test_a_template_that_asks_to_write_is_offered_instead(
    anna: Colleague, maria: Patient, database: Database
) -> None:
    a_template_is_approved(database)
    told = text_of(anna.says(WORDS))
    assert "You can send a template" in told
    assert asked_to_write(maria) == []  # Not unless she says so.
    assert text_of(anna.presses(1)).startswith(
        "Sent to Somebody new (WhatsApp): “A person of Harbor Health would like to answer you."
    )
    [asked] = asked_to_write(maria)
    assert (asked.kind, json.loads(asked.variables)["clinic"]) == ("notice", "Harbor Health")
    assert WORDS not in asked.text
    maria.says("OK")
    assert "OK" in anna.outgoing[-1].text
    anna.says(f"/answer {WORDS}")
    assert [row.text for row in answers_to(maria)] == [WORDS]


def test_they_are_asked_once_until_they_write(
    anna: Colleague, maria: Patient, database: Database
) -> None:
    a_template_is_approved(database)
    anna.says(WORDS)
    anna.presses(1)
    anna.says(f"/answer {WORDS}")
    assert "has been asked to write already" in text_of(anna.presses(1))
    assert len(asked_to_write(maria)) == 1


def test_control_in_another_language_there_is_none(
    anna: Colleague, maria: Patient, database: Database
) -> None:
    a_template_is_approved(database)
    with database.transaction() as connection:
        connection.execute(update(conversations).values(language="fr"))
    assert "no template is approved" in text_of(anna.says(WORDS))
    assert asked_to_write(maria) == []


def test_who_has_opted_out_by_sms_is_to_be_called(
    anna: Colleague, john: Patient, database: Database
) -> None:
    open_talk(anna)
    with database.transaction() as connection:
        connection.execute(update(addresses).values(opted_in=False, opt_changed_how="carrier"))
    anna.presses(1)
    assert "Please call them" in text_of(anna.says(WORDS))
    assert answers_to(john) == []


def test_a_conversation_of_another_place_is_not_there(
    anna: Colleague, john: Patient, database: Database
) -> None:
    open_talk(anna)
    anna.presses(1)
    with database.transaction() as connection:
        place = a_location(connection, "Harbor")
        elsewhere = [Grant(Role.RECEPTIONIST, location_id=place)]
        give_roles(connection, anna.staff_id, elsewhere, anna.clock())
    assert "does not wait for anybody" in text_of(anna.says(WORDS))
    assert "Nobody has asked" in text_of(anna.says("/talks"))
    assert answers_to(john) == []


def test_all_of_it_is_in_the_audit_log(anna: Colleague, database: Database) -> None:
    open_talk(anna)
    anna.presses(1)
    anna.says(WORDS)
    anna.presses(1)
    anna.says("/done")
    done = [row.action for row in rows(database, audit_log)][2:]
    assert done == ["looked", "answered", "withdrew", "handed_back"]
    assert len(rows(database, audit_patients)) == 4
