"""Who agreed to messages, or took that back: when, how, and by which wording."""

import pytest
from sqlalchemy import select

from bot.messages import Channel
from bot.optout import BY_CARRIER
from bot.reception.my_data import OFFERS_VERSION
from bot.refusals import see_to
from bot.speaking import DISCLOSURE_VERSION
from core.database.connect import Database
from core.messaging.reach import OWN_WORDS
from core.messaging.tasks import note_of
from core.models import consents, patient_addresses, patients, tasks
from core.people.consents import FIRST_MESSAGE
from tests.bot.talking import BOOKING, Patient, rows, text_of
from tests.builders import NOW, a_link

EVERYWHERE = {
    "en": "please stop contacting me on any channel",
    "es": "no me escriban más por ningún canal",
    "fr": "ne m'écrivez plus sur aucun canal",
    "pt": "não me mandem mais mensagens por nenhum canal",
}


@pytest.fixture
def texter(demo: Database) -> Patient:
    return Patient(demo, Channel.SMS, "+14155550123")


def on_record(database: Database) -> list[tuple[object, ...]]:
    return [
        (row.purpose, row.is_given, row.at, row.how, row.wording, row.actor_kind)
        for row in rows(database, consents)
    ]


def test_whoever_writes_first_agrees_by_the_words_that_they_are_told(texter: Patient) -> None:
    texter.says("hello", "a check-up please")
    expected = ("care", True, NOW, FIRST_MESSAGE, DISCLOSURE_VERSION, "patient")
    assert on_record(texter.database) == [expected]


def test_each_change_of_mind_stands_beside_the_one_before(texter: Patient) -> None:
    texter.says("hello", "STOP", "stop", "START")
    assert [(row[1], row[3]) for row in on_record(texter.database)] == [
        (True, FIRST_MESSAGE),
        (False, BY_CARRIER),  # Said twice, it is no news.
        (True, BY_CARRIER),
    ]


def test_what_only_the_carrier_has_heard_is_on_record_as_well(texter: Patient) -> None:
    texter.says("hello")
    with texter.database.transaction() as connection:
        for _ in range(2):  # Each message that it refuses says so.
            see_to(connection, channel=Channel.SMS, address_id=_id(texter), code="21610", now=NOW)
    given, taken_back = on_record(texter.database)
    assert given[1] is True
    assert taken_back[1:] == (False, NOW, "provider:21610", None, "system")


def opted_in(*patients: Patient) -> list[bool | None]:
    return [patient.own_address.opted_in for patient in patients]


@pytest.mark.parametrize("text", EVERYWHERE.values(), ids=EVERYWHERE)
def test_everywhere_is_everywhere_that_is_proved_to_be_theirs(texter: Patient, text: str) -> None:
    texter.says(*BOOKING)
    texter.says("1")
    elsewhere, claimed, child = (
        Patient(texter.database, Channel.WHATSAPP, f"+1415555012{digit}") for digit in (4, 5, 6)
    )
    for each in (elsewhere, claimed, child):
        each.says("hello")
    _speak_for(texter, elsewhere, claimed, child)
    answer = text_of(texter.says(text))
    assert "START" in answer
    assert opted_in(texter, elsewhere, claimed, child) == [False, False, None, None]
    assert (
        elsewhere.own_address.opt_changed_how == OWN_WORDS
    )  # No carrier knows of it: what they ask is answered.


def test_control_without_everywhere_only_this_one_is_ended(texter: Patient) -> None:
    texter.says(*BOOKING)
    texter.says("1")
    elsewhere = Patient(texter.database, Channel.WHATSAPP, "+14155550124")
    elsewhere.says("hello")
    _speak_for(texter, elsewhere)
    texter.says("please stop sending me messages")
    assert opted_in(texter, elsewhere) == [False, None]


def test_where_nothing_else_is_known_to_be_theirs_staff_are_told(texter: Patient) -> None:
    texter.says("hello")
    answer = text_of(texter.says(EVERYWHERE["en"]))
    assert "Our staff see to any other number" in answer
    (task,) = rows(texter.database, tasks)
    with texter.database.reading() as connection:
        note = note_of(connection, task.id) or ""
    assert note == "They want no messages by any way. Only this one is known to be theirs."


def _id(patient: Patient) -> int:
    return int(patient.own_address.id)


def _speak_for(texter: Patient, *others: Patient) -> None:
    """The first of the others is proved to be the patient's, the second only claimed, the third
    another's who may speak for the patient."""
    links = ({"trust": "proved"}, {"trust": "claimed"}, {"trust": "proved", "relation": "parent"})
    with texter.database.transaction() as connection:
        connection.execute(patient_addresses.update().values(trust="proved"))
        patient_id = connection.scalar(select(patients.c.id).order_by(patients.c.id.desc()))
        for other, link in zip(others, links, strict=False):
            a_link(connection, patient_id or 0, _id(other), **link)


def test_advertising_is_agreed_to_in_ones_own_words_and_taken_back(texter: Patient) -> None:
    texter.says("hello")
    assert "News and offers of Harbor Health" in text_of(texter.says("send me your offers"))
    assert "Reminders do." in text_of(texter.says("no offers"))
    assert [row for row in on_record(texter.database) if row[0] == "marketing"] == [
        ("marketing", True, NOW, OWN_WORDS, OFFERS_VERSION, "patient"),
        ("marketing", False, NOW, OWN_WORDS, OFFERS_VERSION, "patient"),
    ]
    assert texter.own_address.opted_in is None  # Of all else nothing was said.


def test_nobody_agrees_to_advertising_by_writing(texter: Patient) -> None:
    texter.says(*BOOKING, "yes", "START")
    assert {row[0] for row in on_record(texter.database)} == {"care"}
