"""Whom an address speaks for: disowned, dead, fallen silent, relatives, blocked; at a real desk."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from bot.messages import Channel
from bot.occasions import VisitOver
from core.database.connect import Database
from core.models import (
    appointments,
    patient_addresses,
    patient_events,
    patients,
    tasks,
)
from core.models.appointments import AppointmentStatus
from core.models.people import Standing, Trust
from tests.bot.maria import MARIA, her_visit, links, marias_phone
from tests.bot.talking import Patient, live_visits, rows, text_of, types_of
from tests.builders import NOW, Clinic, a_clinic, a_link, a_patient, an_occasion

# Not theirs.


def test_after_a_wrong_number_nothing_is_left_of_the_talk(
    database: Database, clinic: Clinic
) -> None:
    phone = marias_phone(database, clinic)
    her_visit(database, clinic)
    phone.says("move my visit")
    said = phone.says("wrong number")
    assert not any(word in text_of(said) for word in ("Maria", "Okafor", "Dec"))
    assert (said.task, said.asked, phone.tasks) == (None, None, ["wrong_person"])
    [link] = links(database, phone)
    assert link.suspended_at == phone.clock.at
    for text in ("yes", "tuesday at 10", "my visits", "undo"):
        assert not any(word in text_of(phone.says(text)) for word in ("Maria", "Dec 3"))
    suspended = [row for row in rows(database, patient_events) if row.what == "suspended"]
    assert len(suspended) == 1


def test_who_registers_anew_there_is_somebody_else(database: Database, clinic: Clinic) -> None:
    phone = marias_phone(database, clinic)
    her_visit(database, clinic)
    phone.says("wrong number", "register me", *MARIA)
    assert "Dec 3" not in text_of(phone.says("my visits"))
    new = links(database, phone)[-1]
    assert (new.patient_id != clinic.patient_id, new.trust) == (True, "claimed")
    assert "duplicate" in [row.kind for row in rows(database, tasks)]


def test_who_is_this_is_a_strangers_word_only_where_we_wrote_to_somebody(
    database: Database, clinic: Clinic
) -> None:
    web = Patient(database)
    assert "Harbor Health" in text_of(web.says("who is this?"))
    assert web.tasks == []
    phone = marias_phone(database, clinic)
    phone.says("dr patel tuesday at 10am")
    assert "Maria" in text_of(phone.says("who is this?"))  # They are talking with us.
    assert links(database, phone)[0].suspended_at is None
    phone.says("start over", "who is this?")
    assert links(database, phone)[0].suspended_at is not None


def test_while_a_person_answers_it_is_noted_without_a_word(
    database: Database, clinic: Clinic
) -> None:
    phone = marias_phone(database, clinic)
    phone.says("I want to talk to a person")
    assert text_of(phone.says("you have the wrong number")) == ""
    assert links(database, phone)[0].suspended_at is not None
    assert phone.tasks == ["handover", "wrong_person"]


# A death.


@pytest.mark.parametrize("text", ["she died", "my wife passed away", "Maria Lopez has died"])
def test_a_death_stops_everything(database: Database, clinic: Clinic, text: str) -> None:
    phone = marias_phone(database, clinic)
    her_visit(database, clinic)
    phone.says("dr patel tuesday at 10am")
    said = phone.says(text)
    assert text_of(said).count(".") == 1
    assert "?" not in text_of(said)
    assert (said.task, said.asked) == (None, None)
    [task] = [row for row in rows(database, tasks) if row.kind == "deceased"]
    assert task.patient_id == clinic.patient_id
    assert [row for row in rows(database, appointments) if row.status == "held"] == []
    assert "yes" not in text_of(phone.says("yes"))
    assert len(live_visits(database)) == 1  # The visit stands till staff decide.


def test_of_several_the_one_that_is_named_is_meant(database: Database, clinic: Clinic) -> None:
    phone = marias_phone(database, clinic)
    with database.transaction() as connection:
        zoe = a_patient(connection, "Zoe")
        adam = a_patient(connection, "Adam")
        a_link(connection, zoe, phone.own_address.id, relation="daughter")
        a_link(connection, adam, phone.own_address.id, relation="partner")
    for text, meant in (
        ("Zoe has died", zoe),
        ("my husband is dead", adam),
        ("he passed away", None),
    ):
        phone.says(text)
        assert rows(database, tasks)[-1].patient_id == meant


# Time.


def test_who_was_silent_for_a_year_must_say_anew_who_they_are(
    database: Database, clinic: Clinic
) -> None:
    phone = marias_phone(database, clinic)
    her_visit(database, clinic)
    phone.clock.passes(days=10)
    assert "Dec 3" in text_of(phone.says("my visits"))
    phone.clock.passes(days=366)
    assert "Maria" not in text_of(phone.says("dr patel tomorrow at 10am"))
    assert [row.trust for row in links(database, phone)] == ["given"]
    assert "fell_back" in [row.what for row in rows(database, patient_events)]


@pytest.mark.usefixtures("clinic")
def test_what_somebody_booked_before_their_link_ended_is_not_shown_after(
    database: Database,
) -> None:
    web = Patient(database)
    web.says("dr patel tuesday at 10am", "Ann Abel", "4 May 1980", "yes")
    assert "Nov 24" in text_of(web.says("my visits"))
    with database.transaction() as connection:
        mine = patient_addresses.c.address_id == web.own_address.id
        connection.execute(update(patient_addresses).where(mine).values(until=web.clock.at))
    web.clock.passes(minutes=1)
    web.says("register me", "Ann Abel", "4 May 1980")
    assert "Nov 24" not in text_of(web.says("my visits"))


def test_what_the_talk_remembers_is_forgotten_with_the_link(
    database: Database, clinic: Clinic
) -> None:
    """Staff end a link while its visit is being moved."""
    phone = marias_phone(database, clinic)
    her_visit(database, clinic)
    assert "Okafor" in text_of(phone.says("move my visit"))
    with database.transaction() as connection:
        connection.execute(update(patient_addresses).values(suspended_at=NOW))
    for text in ("thanks", "friday at 10am", "my visits"):
        assert not any(word in text_of(phone.says(text)) for word in ("Okafor", "Maria", "Dec 3"))


# Relatives.


def test_a_confidential_visit_is_absent_from_what_a_relative_sees(
    database: Database, clinic: Clinic
) -> None:
    mother = Patient(database, Channel.SMS, "+14155550188")
    mother.says("hi")
    phone = marias_phone(database, clinic)
    with database.transaction() as connection:
        a_link(connection, clinic.patient_id, mother.own_address.id, relation="daughter")
    her_visit(database, clinic, is_confidential=True)
    assert "Dec 3" in text_of(phone.says("my visits"))
    assert "Dec 3" not in text_of(mother.says("my visits"))
    for wish in ("cancel my daughter's visit", "move my daughter's visit to friday"):
        assert "Okafor" not in text_of(mother.says(wish, "start over"))
    taken = mother.says("dr patel for my daughter on december 3 at 3:20pm")
    assert "3:20 PM" not in text_of(taken)


def test_a_relation_that_was_only_said_books_and_sees_what_it_booked(
    database: Database, clinic: Clinic
) -> None:
    her_visit(database, clinic)
    web = Patient(database)
    web.says("dr patel for my wife on tuesday at 10am", *MARIA)
    assert types_of(web.says("yes")) == ["booked"]
    seen = text_of(web.says("my visits"))
    assert "Nov 24" in seen
    assert "Dec 3" not in seen
    [link] = links(database, web)
    assert (link.patient_id, link.relation, link.may_see) == (clinic.patient_id, "partner", False)


# Blocked; and safety words, which work for everybody.

LEVELS: dict[str, dict[str, Any]] = {
    "stranger": {},
    "given": {"trust": Trust.GIVEN},
    "claimed": {"trust": Trust.CLAIMED},
    "proved": {"trust": Trust.PROVED},
    "suspended": {"suspended_at": NOW},
    "barred": {"is_barred": True},
    "blocked": {"trust": Trust.PROVED},
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("text", "task", "number"),
    [
        ("crushing chest pain and my arm is numb", "emergency", "911"),
        ("I want to kill myself", "self_harm", "988"),
    ],
)
def test_safety_words_work_for_everybody(
    sqlite_database: Database, level: str, text: str, task: str, number: str
) -> None:
    with sqlite_database.transaction() as connection:
        clinic = a_clinic(connection)
    web = Patient(sqlite_database)
    web.says("hi")
    with sqlite_database.transaction() as connection:
        if LEVELS[level]:
            a_link(connection, clinic.patient_id, web.own_address.id, **LEVELS[level])
        if level == "blocked":
            connection.execute(update(patients).values(standing=Standing.BLOCKED))
    assert number in text_of(web.says(text))
    assert web.tasks == [task]


def test_a_blocked_patient_is_asked_to_call_at_booking_and_may_do_the_rest(
    database: Database, clinic: Clinic
) -> None:
    phone = marias_phone(database, clinic)
    her_visit(database, clinic)
    with database.transaction() as connection:
        connection.execute(update(patients).values(standing=Standing.BLOCKED))
    assert "call us at" in text_of(phone.says("dr patel tuesday at 10am"))
    assert "Dec 3" in text_of(phone.says("my visits"))
    assert types_of(phone.says("cancel my visit", "yes")) == ["cancelled"]


@pytest.mark.parametrize("said", [None, "she died"])
def test_after_a_death_was_said_nobody_is_asked_how_a_visit_was(
    database: Database, clinic: Clinic, said: str | None
) -> None:
    phone = marias_phone(database, clinic)
    visit = her_visit(database, clinic)
    if said:
        phone.says(said)
    phone.clock.at = datetime.fromisoformat("2026-12-03T18:00-08:00")
    with database.transaction() as connection:
        connection.execute(update(appointments).values(status=AppointmentStatus.COMPLETED))
        occasion = an_occasion(connection, "visit_over", visit)
    prompted = phone.desk.prompt(phone.conversation.id, VisitOver(occasion, visit))
    assert prompted is not None
    assert bool(prompted.replies) is (said is None)
