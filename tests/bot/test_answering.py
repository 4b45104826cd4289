"""Whatever is sent gets an answer that helps; and what a conversation remembers of it."""

from datetime import timedelta

import pytest
from sqlalchemy import update

import bot.answering
import bot.speaking
from bot.answering import LONGEST_TEXT
from bot.desk import Desk
from bot.dialogue.state import VERSION
from bot.messages import Asked, Channel, Content
from core.database.connect import Database
from core.models import (
    addresses,
    appointments,
    conversations,
    locations,
    organizations,
    practitioners,
)
from tests.bot.talking import (
    BOOKING,
    OURS,
    Patient,
    how_many,
    live_visits,
    rows,
    text_of,
    types_of,
)
from tests.builders import NOW

# Whatever is sent.

STRANGE = {
    "unknown": "qwxz vbnm plok",
    "empty": "",
    "blank": " \n\t ",
    "long": "blah " * 2_000,
    "one long word": "x" * 10_000,
    "digits": "7" * 10_000,
    "control characters": "\x00\x01\x1b[31m\x7f",
    "emoji": "🦷😭👍🏽",
    "direction marks": "\u202e\u200f\u2066",
    "combining marks": "Z" + "\u0301" * 500,
    "half a character": "\ud83d",
    "json": '{"button": "1:1"}',
    "sql": "'; DROP TABLE appointments; --",
    "braces": "{clinic} %s {0}",
    "punctuation": "?!...",
    "another script": "我想预约明天的医生",
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_whatever_is_written_gets_a_short_helpful_answer(visitor: Patient, text: str) -> None:
    handled = visitor.says(text)
    assert "911" in text_of(handled)
    assert 0 < len(text_of(handled)) < 320
    assert len(visitor.incoming) == len(visitor.outgoing) == 1
    assert len(visitor.incoming[0].text) <= LONGEST_TEXT


def test_and_the_talk_goes_on_as_if_nothing_had_been(patient: Patient) -> None:
    for text in STRANGE.values():
        patient.says(text)
        patient.clock.passes(minutes=1)
    assert "10:00" in text_of(patient.says("start over", "dr patel tuesday at 10am"))


@pytest.mark.parametrize(
    "text", ["\x00", "Jo\x00hn Smi\x00th", "\ud83d Smith", "🦷 🦷", "x" * 1500]
)
def test_whatever_is_given_as_a_name_is_no_error(patient: Patient, text: str) -> None:
    patient.says("dr patel tuesday at 10am")
    patient.says(text, "4 May 1980")
    assert [row.status for row in patient.incoming] == ["received"] * 3


@pytest.mark.parametrize(
    ("content", "text"), [(Content.UNREADABLE, ""), (Content.UNREADABLE, "photo.jpg")]
)
def test_a_photo_or_a_voice_note_is_answered_and_not_kept(
    visitor: Patient, content: Content, text: str
) -> None:
    visitor.says("hello")
    handled = visitor.says(text, content=content)
    assert "only read text" in text_of(handled)
    assert "911" in text_of(handled)
    assert visitor.incoming[-1].text is None


def test_after_a_photo_the_question_is_asked_again(visitor: Patient) -> None:
    visitor.says("dr patel tuesday at 10am")
    assert "first and last name" in text_of(visitor.says("", content=Content.UNREADABLE))
    assert "date of birth" in text_of(visitor.says("John Smith"))


@pytest.mark.parametrize("place", [0, 2_100, 8_900])
def test_an_emergency_is_heard_wherever_it_stands(visitor: Patient, place: int) -> None:
    filler = "and then we went on and on about it. " * 300
    text = filler[:place] + ". I have chest pain and can't breathe. " + filler
    assert text_of(visitor.says(text[:10_000])).startswith("If this is an emergency, call 911")
    assert visitor.tasks == ["emergency"]


def test_without_one_the_same_long_text_is_only_too_long(visitor: Patient) -> None:
    """The control of the one above."""
    handled = visitor.says(("and then we went on and on about it. " * 300)[:10_000])
    assert "too long" in text_of(handled)
    assert visitor.tasks == []


# A conversation that was left, or that cannot be read any more.


def test_after_more_than_a_day_a_conversation_starts_fresh(patient: Patient) -> None:
    patient.says(*BOOKING)
    patient.clock.passes(hours=24, seconds=1)
    handled = patient.says("yes")
    assert types_of(handled) == []
    assert "What would you like to do" in text_of(handled)
    assert live_visits(patient.database) == []


def test_within_a_day_it_goes_on(patient: Patient) -> None:
    """The control: the hold is long over, but the time is still free."""
    patient.says(*BOOKING)
    patient.clock.passes(hours=24)
    assert types_of(patient.says("yes")) == ["booked"]


def test_a_fresh_start_may_hold_and_book_again(patient: Patient) -> None:
    patient.says(*BOOKING)
    patient.clock.passes(hours=30)
    assert types_of(patient.says("dr patel thursday at 2pm", "yes")) == ["booked"]
    assert len(live_visits(patient.database)) == 1


def test_a_button_from_before_the_fresh_start_is_old(visitor: Patient) -> None:
    visitor.says("dr patel tuesday")
    old = visitor.choices[0].value
    visitor.clock.passes(hours=25)
    visitor.says("dr okafor thursday")
    assert visitor.choices[0].value != old
    assert "earlier list" in text_of(visitor.presses_value(old))


UNREADABLE_STATES = {
    "an old version": '{"pace":{},"state":"{\\"version\\":0,\\"draft\\":{\\"task\\":\\"book\\"}}"}',
    "no version": '{"pace":{},"state":"{\\"draft\\":{\\"task\\":\\"book\\"}}"}',
    "not json": "{",
    "not an object": "[]",
    "null": "null",
    "empty": "{}",
    "state not json": '{"pace":{},"state":"{"}',
    "state not an object": '{"pace":{},"state":"7"}',
    "a field we do not know": f'{{"pace":{{}},"state":"{{\\"version\\":{VERSION},\\"x\\":1}}"}}',
    "a task we do not know": (
        f'{{"pace":{{}},"state":"{{\\"version\\":{VERSION},\\"draft\\":{{\\"task\\":\\"fly\\"}}}}"}}'
    ),
    "a pace we do not know": '{"pace":{"speed":3},"state":"{}"}',
    "a day that is none": (
        f'{{"pace":{{}},"state":"{{\\"version\\":{VERSION},'
        '\\"draft\\":{\\"task\\":\\"book\\",\\"date_of_birth\\":\\"1980-02-31\\"}}"}'
    ),
    "a list inside out": f'{{"pace":[],"state":"{{\\"version\\":{VERSION},\\"draft\\":[]}}"}}',
}


@pytest.mark.parametrize("state", UNREADABLE_STATES.values(), ids=UNREADABLE_STATES)
def test_a_state_that_cannot_be_read_leads_gently_back_to_the_start(
    visitor: Patient, state: str
) -> None:
    visitor.says("dr patel tuesday at 10am")
    with visitor.database.transaction() as connection:
        connection.execute(update(conversations).values(state=state))
    handled = visitor.says("yes")
    assert text_of(handled)
    assert visitor.incoming[-1].status == "received"
    assert types_of(visitor.says("start over", *BOOKING, "yes")) == ["booked"]


def test_a_state_of_an_earlier_day_is_still_read(visitor: Patient) -> None:
    """A sample as version 1 writes it. When the form changes: raise VERSION, keep this sample."""
    sample = (
        '{"pace":{"minute_began_at":"2026-11-22T10:00:00+00:00","in_minute":3,'
        '"hour_began_at":"2026-11-22T10:00:00+00:00","in_hour":3,"last_reply":"0123456789ab",'
        '"last_reply_at":"2026-11-22T10:00:00+00:00","same_replies":1},'
        '"state":"{\\"version\\":1,\\"draft\\":{\\"task\\":\\"book\\",\\"practitioner\\":1,'
        '\\"when\\":{\\"days\\":[\\"2026-11-24\\"],\\"minute\\":600},\\"name\\":\\"John Smith\\"},'
        '\\"question\\":{\\"asked\\":\\"date_of_birth\\",\\"list_id\\":\\"0\\"}}"}'
    )
    visitor.says("hello")
    with visitor.database.transaction() as connection:
        connection.execute(update(conversations).values(state=sample))
    handled = visitor.says("4 May 1980")
    assert "Patel on Tuesday, November 24 at 10:00" in text_of(handled)
    assert types_of(visitor.says("yes")) == ["booked"]


# Buttons, commands and contacts.


def test_a_button_of_the_present_list_is_that_choice(patient: Patient) -> None:
    patient.says("dr patel tuesday")
    label = patient.choices[1].label
    assert f"at {label}" in text_of(patient.presses(2))


@pytest.mark.parametrize(
    "value", ["", "x", "1", "1:", ":1", "1:0", "1:7", "1:99", "1:-1", "9:1", "0:1", "1:²", "1:1:1"]
)
def test_a_button_that_is_none_of_ours_is_never_acted_on(patient: Patient, value: str) -> None:
    patient.says("dr patel tuesday")
    held = rows(patient.database, appointments)
    handled = patient.presses_value(value)
    assert "earlier list" in text_of(handled)
    assert handled.asked is Asked.SLOT  # The open question is asked again.
    assert rows(patient.database, appointments) == held


def test_a_button_pressed_twice_acts_once(patient: Patient) -> None:
    patient.says(*BOOKING)
    yes = patient.choices[0].value
    assert types_of(patient.presses_value(yes)) == ["booked"]
    again = patient.presses_value(yes)
    assert types_of(again) == []
    assert "earlier list" in text_of(again)
    assert len(live_visits(patient.database)) == 1


def test_a_button_is_pressed_and_not_read(patient: Patient) -> None:
    """What stands in a button's value is no text: a forged one can't speak."""
    patient.says("dr patel tuesday")
    assert "earlier list" in text_of(patient.presses_value("cancel my visits"))


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/start", "Hello!"),
        ("/start campaign_7", "Hello!"),
        ("/START", "Hello!"),
        ("/help", "I can book"),
        ("/book", "Who would you like to see"),
        ("/my", "no visit ahead"),
    ],
)
def test_telegrams_commands_are_wishes(demo: Database, command: str, said: str) -> None:
    person = Patient(demo, Channel.TELEGRAM, "1000001")
    assert said in text_of(person.says(command))


def test_elsewhere_a_slash_is_just_a_sign(texter: Patient) -> None:
    assert "no visit ahead" not in text_of(texter.says("/my"))


def test_a_shared_contact_is_logged_and_answered(demo: Database) -> None:
    person = Patient(demo, Channel.TELEGRAM, "1000001")
    person.says("hello")
    handled = person.says("+14155550188", content=Content.CONTACT)
    assert text_of(handled)
    assert person.incoming[-1].text == "+14155550188"


# Who we are is said once.


def test_who_we_are_is_said_once_and_its_version_is_kept(patient: Patient) -> None:
    first = text_of(patient.says("hello"))
    assert first.startswith("Harbor Health's automated desk. Emergency: call 911.")
    assert "STOP" in first
    assert patient.own_address.disclosed_at == NOW
    assert patient.own_address.disclosure_version == bot.speaking.DISCLOSURE_VERSION
    assert "automated" not in text_of(patient.says("hello"))
    patient.clock.passes(days=40)
    assert "automated" not in text_of(patient.says("hello"))


def test_another_address_is_told_too(visitor: Patient) -> None:
    visitor.says("hello")
    assert "automated" in text_of(Patient(visitor.database, address="other").says("hello"))


@pytest.mark.parametrize("words", ["I can't breathe, chest pain", "I want to kill myself"])
def test_nothing_goes_before_the_number_to_call(visitor: Patient, words: str) -> None:
    handled = visitor.says(words)
    assert "automated" not in text_of(handled)
    assert "911" in text_of(handled)
    assert visitor.own_address.disclosed_at is None
    assert "automated" not in text_of(visitor.says("hello?"))
    assert "automated" in text_of(visitor.says("my visits"))  # As soon as there is time.


def test_an_apology_as_the_first_answer_says_who_we_are_only_once(visitor: Patient) -> None:
    visitor.expects_an_apology = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot.answering, "converse", lambda *_: 1 / 0)
        first = text_of(visitor.says("hello"))
    assert ("automated" in first) != ("automated" in text_of(visitor.says("hello")))


def test_two_desks_do_not_alarm_each_other_for_ever(visitor: Patient) -> None:
    echo = text_of(visitor.says("I have chest pain"))
    answers = [text_of(visitor.says(echo)) for _ in range(5)]
    assert answers[0] == echo  # It may be a person who repeats it.
    assert answers[-3:] == ["", "", ""]
    assert "911" in text_of(visitor.says("chest pain, really"))


# The clinic changes while somebody talks.


def test_a_practitioner_who_left_is_no_dead_end(visitor: Patient) -> None:
    visitor.says("dr patel tuesday at 10am")
    _deactivate(visitor.database, "Patel")
    visitor.says("John Smith", "4 May 1980")
    visitor.says("start over", "dr okafor tuesday at 10am", "John Smith", "4 May 1980")
    assert types_of(visitor.says("yes")) == ["booked"]


def test_a_visit_with_one_who_left_can_be_seen_and_given_up(visitor: Patient) -> None:
    visitor.says(*BOOKING, "yes")
    _deactivate(visitor.database, "Patel")
    assert "Patel" in text_of(visitor.says("my visits"))
    assert types_of(visitor.says("cancel my visit", "yes")) == ["cancelled"]


def _deactivate(database: Database, last_name: str) -> None:
    with database.transaction() as connection:
        connection.execute(
            update(practitioners)
            .where(practitioners.c.last_name == last_name)
            .values(is_active=False)
        )
        newer = organizations.c.setup_version + 1
        connection.execute(update(organizations).values(setup_version=newer))


def test_a_change_of_the_clinic_is_seen_by_a_desk_that_knew_it_before(visitor: Patient) -> None:
    desk = Desk(visitor.database, visitor.clock)
    desk.receive(visitor.message("hello"))
    with visitor.database.transaction() as connection:
        connection.execute(update(locations).values(phone="+14155550999"))
        newer = organizations.c.setup_version + 1
        connection.execute(update(organizations).values(setup_version=newer))
    assert "+1 415-555-0999" in text_of(desk.receive(visitor.message("help")))


def test_they_wrote_so_they_can_be_reached(visitor: Patient) -> None:
    visitor.says("hello")
    with visitor.database.transaction() as connection:
        connection.execute(update(addresses).values(state="bad", state_reason="blocked"))
    visitor.clock.passes(days=2)
    visitor.says("hello again")
    assert visitor.own_address.state == "good"
    assert visitor.own_address.last_heard_at == NOW + timedelta(days=2)


def test_a_conversation_is_between_their_address_and_ours(visitor: Patient) -> None:
    visitor.says("dr patel tuesday at 10am")
    other = visitor.says("yes", recipient="+16025550100")
    assert types_of(other) == []
    assert how_many(visitor.database, conversations) == 2
    assert {row.our_address for row in rows(visitor.database, conversations)} == {
        OURS,
        "+16025550100",
    }
