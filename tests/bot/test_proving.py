"""Proving who somebody is, over the real desk: a code, or Telegram's own contact."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert

from bot.messages import Channel, ChoiceKind, Content
from core.database.connect import Database
from core.database.types import keyring_of
from core.models import (
    addresses,
    appointments,
    messages,
    patients,
    verifications,
)
from core.models.people import AddressState, Trust
from tests.bot.maria import MARIA, NUMBER, code_in, her_visit, links, marias_phone
from tests.bot.talking import Patient, rows, text_of, types_of
from tests.builders import NOW, Clinic, a_link

# A code.


def test_a_code_travels_to_the_proved_number_and_brings_what_was_wanted(
    database: Database, clinic: Clinic
) -> None:
    phone = marias_phone(database, clinic)
    her_visit(database, clinic)
    web = Patient(database)
    asked = web.says("my visits", "yes", *MARIA)
    assert "Dec" not in text_of(asked)
    [notice] = [row for row in phone.outgoing if row.kind == "notice"]
    assert notice.status == "queued"
    code = code_in(notice.text)
    assert not any(code in row.text for row in web.outgoing)  # Never where it was asked for.
    shown = web.says(f"the code is {code}")
    assert "Thu, Dec 3" in text_of(shown)
    assert types_of(shown) == ["verified"]
    assert [row.trust for row in links(database, web)] == ["proved"]


def test_who_has_no_record_is_asked_and_answered_the_same(
    database: Database, clinic: Clinic
) -> None:
    marias_phone(database, clinic)
    her_visit(database, clinic)
    said = ("my visits", "yes", "{name}", "12 March 1985", "123456", "12", "234567", "345678")
    talks = []
    for number, name in enumerate(("Maria Lopez", "Nora Stein")):
        web = Patient(database, address=f"visitor {number}")
        first = name.split()[0]
        talks.append(
            [text_of(web.says(text.format(name=name))).replace(first, "X") for text in said]
        )
        assert web.tasks == ["verify"]
    assert talks[0] == talks[1]
    assert len(rows(database, patients)) == 1  # And nobody was registered for that.


def test_a_code_says_nothing_of_whose_it_is(database: Database, clinic: Clinic) -> None:
    """It may be read on a locked screen."""
    phone = marias_phone(database, clinic)
    Patient(database).says("verify me", *MARIA)
    assert "Maria" not in phone.outgoing[-1].text
    assert "Lopez" not in phone.outgoing[-1].text


def test_a_code_is_written_in_the_language_that_is_talked_there(
    database: Database, clinic: Clinic
) -> None:
    phone = marias_phone(database, clinic)
    phone.says("hablemos en español, por favor")
    Patient(database).says("verify me", *MARIA)
    assert "el código es" in phone.outgoing[-1].text.replace("codigo", "código")


def test_a_birth_date_alone_proves_nothing(database: Database, clinic: Clinic) -> None:
    marias_phone(database, clinic)
    her_visit(database, clinic)
    web = Patient(database)
    web.says("I'm a new patient", *MARIA, "my birth date is 12 March 1985")
    assert [row.trust for row in links(database, web)] == ["claimed"]
    assert "Dec" not in text_of(web.says("my visits"))


@pytest.mark.usefixtures("clinic")
def test_it_is_offered_once(database: Database) -> None:
    web = Patient(database)
    offered = web.says("my visits")
    assert [choice.label for choice in offered.replies[-1].choices] == [
        "Yes, send a code",
        "No, thanks",
    ]
    web.says("no")
    for wish in ("my visits", "cancel my visit", "move my visit"):
        assert "code" not in text_of(web.says(wish))


def test_what_was_to_be_moved_is_moved_once_it_is_proved(
    database: Database, clinic: Clinic
) -> None:
    phone = marias_phone(database, clinic)
    key = her_visit(database, clinic)
    web = Patient(database)
    web.says("move my visit to friday december 4 at 10am", "yes", *MARIA)
    asked = web.says(code_in(phone.outgoing[-1].text))
    assert "Friday, December 4 at 10:00 AM" in text_of(asked)
    assert types_of(web.says("yes")) == ["rescheduled"]
    [moved] = [row for row in rows(database, appointments) if row.id == key]
    assert moved.starts_at == datetime.fromisoformat("2026-12-04T10:00-08:00")


# Telegram's own contact.


def on_file(database: Database, clinic: Clinic) -> None:
    """Maria's number, typed in by staff; nobody has ever written from it."""
    with database.transaction() as connection:
        digest = keyring_of(connection.dialect).hash_address(("sms", NUMBER))
        values: dict[str, Any] = {"channel": "sms", "address": NUMBER, "address_hash": digest}
        values |= {"state": AddressState.GOOD, "created_at": NOW, "updated_at": NOW}
        key = connection.execute(insert(addresses).returning(addresses.c.id), values).scalar_one()
        a_link(connection, clinic.patient_id, key, Trust.GIVEN)


def test_telegrams_own_contact_proves_who_shares_it(database: Database, clinic: Clinic) -> None:
    on_file(database, clinic)
    her_visit(database, clinic)
    chat = Patient(database, Channel.TELEGRAM, "1000001")
    offered = chat.says("my visits")
    assert [choice.kind for choice in offered.replies[-1].choices] == [
        None,
        None,
        ChoiceKind.CONTACT,
    ]
    shown = chat.says(NUMBER, content=Content.CONTACT)
    assert "Thu, Dec 3" in text_of(shown)
    assert [row.trust for row in links(database, chat)] == ["proved"]


def test_a_number_that_is_typed_proves_nothing(database: Database, clinic: Clinic) -> None:
    on_file(database, clinic)
    her_visit(database, clinic)
    chat = Patient(database, Channel.TELEGRAM, "1000001")
    chat.says("my visits")
    for text in (NUMBER, f"my number is {NUMBER}", "3"):
        assert "Dec" not in text_of(chat.says(text))
    assert links(database, chat) == []


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP, Channel.WEB])
def test_no_other_channel_vouches_for_a_number(
    database: Database, clinic: Clinic, channel: Channel
) -> None:
    on_file(database, clinic)
    other = Patient(database, channel, "+14155550111")
    other.says("hi")
    other.says(NUMBER, content=Content.CONTACT)
    assert links(database, other) == []


@pytest.mark.usefixtures("clinic")
def test_a_code_that_nobody_could_be_sent_is_written_down_all_the_same(
    database: Database,
) -> None:
    Patient(database).says("verify me", "Nora Stein", "1 May 1970")
    [row] = rows(database, verifications)
    assert (row.patient_id, row.sent_to_id, row.code_hash) == (None, None, None)
    assert [row.kind for row in rows(database, messages) if row.kind == "notice"] == []
