"""The desk: one message, one transaction, whatever arrives, however often and in whatever order."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

import bot.answering
from bot.answering import LONGEST_TEXT, Handled
from bot.desk import TRIES, Desk
from bot.dialogue import commands as ask
from bot.dialogue.state import VERSION
from bot.memory import Memory
from bot.messages import Channel, Content
from bot.reception import Reception
from bot.understanding import understand
from bot.understanding.values import Context
from core.database.connect import Database
from core.logs import DiscreetFormatter
from core.messaging.cards import MASK
from core.models import (
    addresses,
    appointments,
    conversations,
    locations,
    messages,
    organizations,
    practitioners,
)
from tests.bot.talking import (
    OURS,
    Patient,
    everything,
    how_many,
    live_visits,
    rows,
    set_rule,
    text_of,
    types_of,
)
from tests.builders import NOW, Clinic, a_clinic

BOOKING = ("dr patel tuesday at 10am", "John Smith", "4 May 1980")
CARD = "4111 1111 1111 1111"


@pytest.fixture
def patient(database: Database, clinic: Clinic) -> Patient:  # noqa: ARG001 - must be there
    """Nobody has ever heard of them."""
    return Patient(database)


@pytest.fixture
def visitor(demo: Database) -> Patient:
    """The same on the demo clinic, on SQLite only: for what no database decides."""
    return Patient(demo)


@pytest.fixture
def texter(demo: Database) -> Patient:
    return Patient(demo, Channel.SMS, "+14155550123")


# A message that comes again.


def test_a_message_brought_again_changes_nothing_and_queues_nothing(patient: Patient) -> None:
    patient.says(*BOOKING)
    yes = patient.message("yes")
    assert types_of(patient.sends(yes)) == ["booked"]
    before = everything(patient.database)
    again = patient.sends(yes)
    assert (again.is_repeat, again.replies) == (True, ())
    assert everything(patient.database) == before


def test_the_same_words_under_another_id_are_another_message(patient: Patient) -> None:
    """The control of the one above."""
    patient.says("hello")
    before = everything(patient.database)
    assert not patient.says("hello").is_repeat
    assert everything(patient.database) != before


def test_an_id_is_unique_on_its_channel_only(visitor: Patient) -> None:
    texter = Patient(visitor.database, Channel.SMS, "+14155550123")
    visitor.sends(visitor.message("hello", provider_id="1"))
    assert not texter.sends(texter.message("hello", provider_id="1")).is_repeat


def test_of_two_deliveries_at_the_same_moment_one_is_answered(patient: Patient) -> None:
    """Also when it is the first that anybody hears of this address."""
    for number in range(5):
        stranger = replace(patient, address=f"stranger {number}")
        message = stranger.message("dr patel tuesday at 10am")
        first, second = _at_once(partial(patient.sends, message), times=2)
        assert {first.is_repeat, second.is_repeat} == {True, False}
        assert len(stranger.incoming) == len(stranger.outgoing) == 1


def _at_once(work: Callable[[], Handled], times: int) -> list[Handled]:
    barrier = threading.Barrier(times)

    def run() -> Handled:
        barrier.wait()
        return work()

    with ThreadPoolExecutor(times) as pool:
        return [future.result() for future in [pool.submit(run) for _ in range(times)]]


# An error nobody foresaw.


@contextmanager
def broken_booking(error: Exception) -> Iterator[None]:
    """Books, and then fails: what it did must be undone."""
    book = Reception._book

    def fail(self: Reception, command: ask.BookVisit) -> ask.Outcome:
        assert isinstance(book(self, command), ask.VisitBooked)
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reception, "_book", fail)
        yield


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Zanzibar"),
        StopIteration("Zanzibar"),
        RecursionError("Zanzibar"),
        ProgrammingError("INSERT", {}, Exception("Zanzibar")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_unforeseen_error_undoes_the_message_and_is_apologised_for(
    patient: Patient, error: Exception
) -> None:
    patient.says(*BOOKING)
    state, held = patient.conversation.state, rows(patient.database, appointments)
    patient.expects_an_apology = True
    with broken_booking(error):
        handled = patient.says("yes")
    assert "went wrong on our side" in text_of(handled)
    assert "+1 415-555-0100" in text_of(handled)
    assert handled.happened == ()
    assert rows(patient.database, appointments) == held
    assert patient.conversation.state == state
    assert patient.incoming[-1].status == "failed"
    assert patient.outgoing[-1].status == "queued"
    # And so the same word does it as soon as all is well again.
    assert types_of(patient.says("yes")) == ["booked"]
    assert patient.incoming[-1].status == "received"


def test_an_error_at_the_first_word_is_apologised_for(patient: Patient) -> None:
    patient.expects_an_apology = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reception, "_find_slots", lambda *_: 1 / 0)
        handled = patient.says("dr patel tuesday")
    assert "went wrong on our side" in text_of(handled)
    assert patient.incoming[-1].status == "failed"


def test_the_log_names_the_error_and_its_place_and_nothing_of_the_patient(
    visitor: Patient, caplog: pytest.LogCaptureFixture
) -> None:
    visitor.expects_an_apology = True
    caplog.set_level(logging.DEBUG, "frontdesk")
    visitor.says("dr patel tuesday at 10am", "Zanzibar Quux", "4 May 1980")
    with broken_booking(RuntimeError("Zanzibar Quux wrote: my elbow")):
        visitor.says("yes")
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    written = DiscreetFormatter("%(levelname)s %(name)s %(message)s").format(record)
    assert "RuntimeError" in written
    assert "bot/reception.py" in written
    assert "in fail" in written
    assert not any(word in written for word in ("Zanzibar", "Quux", "elbow", visitor.address))
    # The control: the library's own formatter would have told.
    assert "Zanzibar" in logging.Formatter().format(record)


def test_an_error_in_the_apology_itself_is_not_swallowed(visitor: Patient) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reception, "_find_people", None, raising=False)
        patch.setattr(bot.answering, "converse", lambda *_: 1 / 0)
        patch.setattr(bot.answering.Answering, "_reply", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            visitor.says("hello")
    assert how_many(visitor.database, messages) == 0


# A database in trouble.


class ConflictError(Exception):
    """As psycopg words it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("deadlock detected")
        self.sqlstate = sqlstate


DEADLOCK = OperationalError("UPDATE", {}, ConflictError("40P01"))
SERIALIZATION = OperationalError("UPDATE", {}, ConflictError("40001"))
LOCKED = OperationalError("UPDATE", {}, Exception("database is locked"))


@contextmanager
def failing(error: Exception, times: int) -> Iterator[list[int]]:
    """So many bookings fail, after they have been made."""
    book, tries = Reception._book, []

    def fail(self: Reception, command: ask.BookVisit) -> ask.Outcome:
        tries.append(1)
        outcome = book(self, command)
        if len(tries) <= times:
            raise error
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reception, "_book", fail)
        yield tries


@pytest.mark.parametrize("error", [DEADLOCK, SERIALIZATION, LOCKED], ids=["40P01", "40001", "busy"])
def test_a_message_that_fell_to_a_conflict_is_tried_again(
    patient: Patient, error: Exception
) -> None:
    patient.says(*BOOKING)
    with failing(error, times=TRIES - 1) as tries:
        assert types_of(patient.says("yes")) == ["booked"]
    assert len(tries) == TRIES
    assert len(live_visits(patient.database)) == 1
    assert len(patient.incoming) == len(patient.outgoing) == 4


def test_but_not_for_ever(patient: Patient) -> None:
    patient.says(*BOOKING)
    before = everything(patient.database)
    message = patient.message("yes")
    with failing(DEADLOCK, times=99) as tries, pytest.raises(DBAPIError):
        patient.sends(message)
    assert len(tries) == TRIES
    # As if it had never come: the provider may bring it again.
    assert everything(patient.database) == before
    assert types_of(patient.sends(message)) == ["booked"]


def test_between_two_tries_the_desk_pauses_a_little_longer_each_time(visitor: Patient) -> None:
    pauses: list[float] = []
    visitor.says(*BOOKING)
    desk = Desk(visitor.database, visitor.clock, pause=pauses.append)
    with failing(DEADLOCK, times=99), pytest.raises(DBAPIError):
        desk.receive(visitor.message("yes"))
    assert len(pauses) == TRIES - 1
    assert all(0 <= pause <= 0.05 * attempt for attempt, pause in enumerate(pauses, start=1))


def test_a_database_that_cannot_commit_is_told_to_the_caller(patient: Patient) -> None:
    patient.says("hello")
    before = everything(patient.database)
    message = patient.message("dr patel tuesday at 10am")

    def refuse(_connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

    event.listen(patient.database.engine, "commit", refuse)
    try:
        with pytest.raises(DBAPIError, match="disk I/O"):
            patient.sends(message)
    finally:
        event.remove(patient.database.engine, "commit", refuse)
    assert everything(patient.database) == before
    assert not patient.sends(message).is_repeat


# Two messages at nearly the same time.


@contextmanager
def slow_search(name: str) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Whoever looks for that practitioner's slots waits; gives (has begun, may go on)."""
    begun, go_on = threading.Event(), threading.Event()
    find = Reception._find_slots

    def wait(self: Reception, command: ask.FindSlots) -> ask.SlotsFound:
        if command.practitioner and name in self._directory.practitioner(command.practitioner).name:
            begun.set()
            assert go_on.wait(20)
        return find(self, command)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reception, "_find_slots", wait)
        yield begun, go_on


def test_two_quick_messages_of_one_patient_are_answered_in_order(patient: Patient) -> None:
    patient.says("hello")
    with slow_search("Patel") as (begun, go_on), ThreadPoolExecutor(2) as pool:
        first = pool.submit(patient.says, "dr patel tuesday at 10am")
        assert begun.wait(20)
        second = pool.submit(patient.says, "John Smith")
        with pytest.raises(TimeoutError):
            second.result(timeout=0.3)  # It waits for the one before.
        go_on.set()
        assert "first and last name" in text_of(first.result(20))
        assert "date of birth" in text_of(second.result(20))
    assert [row.text for row in patient.incoming] == [
        "hello",
        "dr patel tuesday at 10am",
        "John Smith",
    ]
    answered = [row.in_reply_to_id for row in patient.outgoing]
    assert answered == [row.id for row in patient.incoming]


def test_another_patient_does_not_wait_for_that_on_postgresql(
    postgresql_database: Database,
) -> None:
    """The control: it is the conversation that is locked, not the desk."""
    with postgresql_database.transaction() as connection:
        a_clinic(connection)
    patient, other = Patient(postgresql_database), Patient(postgresql_database, address="other")
    with slow_search("Patel") as (begun, go_on), ThreadPoolExecutor(2) as pool:
        first = pool.submit(patient.says, "dr patel tuesday at 10am")
        assert begun.wait(20)
        second = pool.submit(other.says, "dr okafor tuesday at 10am")
        assert "first and last name" in text_of(second.result(20))
        assert not first.done()
        go_on.set()
        first.result(20)


# What is stored, and how.


def test_what_was_said_cannot_be_read_from_the_file(visitor: Patient) -> None:
    texter = Patient(visitor.database, Channel.SMS, "+14155550177")
    texter.says("I would like to see dr patel tuesday at 10am about my Zanzibar knee")
    texter.says("Quuxina Bloggs")  # Given, not yet registered: it is in the state only.
    assert "Quuxina" in Memory.from_json(texter.conversation.state).to_json()
    raw = _raw(visitor.database)
    for canary in (b"Zanzibar", b"Quuxina", b"14155550177", b"Shall I", b"date of birth"):
        assert canary not in raw, canary
    # The control: names of patients stay readable on purpose, and so the search does find things.
    texter.says("4 May 1980")
    assert b"Quuxina" in _raw(visitor.database)


def _raw(database: Database) -> bytes:
    path = Path(str(database.url.database))
    return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))


def test_on_postgresql_neither(postgresql_database: Database) -> None:
    with postgresql_database.transaction() as connection:
        a_clinic(connection)
    Patient(postgresql_database, Channel.SMS, "+14155550177").says("dr patel, my Zanzibar knee")
    with postgresql_database.reading() as connection:
        stored = "".join(
            str(value)
            for table in ("messages", "conversations", "addresses")
            for row in connection.exec_driver_sql(f"SELECT {table}::text FROM {table}")
            for value in row
        )
    assert "Zanzibar" not in stored
    assert "14155550177" not in stored
    assert b"Zanzibar".hex() not in stored
    assert "received" in stored  # The control: this is what the rows look like.


def test_a_card_number_is_masked_before_it_is_logged_or_understood(visitor: Patient) -> None:
    read: list[str] = []

    def listen(text: str, context: Context) -> Any:
        read.append(text)
        return understand(text, context)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot.answering, "understand", listen)
        visitor.says(f"can I pay with {CARD}?")
        # Also where the log's end would cut it in two.
        visitor.says("x" * (LONGEST_TEXT - 9) + CARD)
    assert visitor.incoming[0].text == f"can I pay with {MASK}?"
    for text in (*read, *(row.text for row in visitor.incoming)):
        assert "4111" not in text
    assert len(read) == 2


def test_every_message_in_and_out_is_in_the_log(visitor: Patient) -> None:
    handled = [visitor.says(text) for text in ("hi", *BOOKING, "yes", "my visits", "bye")]
    assert [row.text for row in visitor.incoming] == [
        "hi",
        *BOOKING,
        "yes",
        "my visits",
        "bye",
    ]
    assert [row.text for row in visitor.outgoing] == [text_of(each) for each in handled]
    assert {row.status for row in visitor.incoming} == {"received"}
    assert {row.status for row in visitor.outgoing} == {"queued"}
    assert all(row.received_at == NOW for row in visitor.incoming)
    assert all(row.queued_at == NOW for row in visitor.outgoing)


# Too much, too fast.


def test_over_the_limit_comes_one_notice_and_then_silence(visitor: Patient) -> None:
    set_rule(visitor.database, messages_per_sender_a_minute=3)
    answers = [text_of(visitor.says(f"what about {number}")) for number in range(7)]
    assert all(answers[:3])
    assert "pausing" in answers[3]
    assert "911" in answers[3]
    assert answers[4:] == ["", "", ""]
    assert [row.status for row in visitor.incoming[3:]] == ["received", *["ignored"] * 3]
    visitor.clock.passes(minutes=1)
    assert "pausing" not in text_of(visitor.says("my visits"))
    assert text_of(visitor.says("my visits"))


def test_the_hour_has_its_own_limit(visitor: Patient) -> None:
    set_rule(visitor.database, messages_per_sender_an_hour=4)
    answers = []
    for number in range(7):
        visitor.clock.passes(minutes=5)
        answers.append(text_of(visitor.says(f"what about {number}")))
    assert all(answers[:4])
    assert "pausing" in answers[4]
    assert answers[5:] == ["", ""]
    visitor.clock.passes(minutes=31)
    assert text_of(visitor.says("my visits"))


def test_one_senders_flood_is_nobody_elses(visitor: Patient) -> None:
    set_rule(visitor.database, messages_per_sender_a_minute=1)
    visitor.says("one", "two", "three")
    other = Patient(visitor.database, address="other")
    assert "pausing" not in text_of(other.says("hello"))


def test_in_a_flood_an_emergency_is_heard_and_silence_goes_on_after_it(visitor: Patient) -> None:
    set_rule(visitor.database, messages_per_sender_a_minute=2)
    visitor.says("one", "two", "three", "four")
    assert text_of(visitor.says("I have chest pain and can't breathe")).startswith("If this is")
    assert visitor.tasks == ["emergency"]
    assert text_of(visitor.says("five")) == ""
    assert text_of(visitor.says("I want to kill myself")).startswith("You don't have to")


def test_in_a_flood_stop_is_heard(texter: Patient) -> None:
    set_rule(texter.database, messages_per_sender_a_minute=2)
    texter.says("one", "two", "three", "four")
    assert types_of(texter.says("STOP")) == ["opted_out"]
    assert texter.own_address.opted_in is False


def test_a_browsers_origin_has_a_limit_for_all_its_senders(visitor: Patient) -> None:
    set_rule(visitor.database, messages_per_origin_a_minute=3)

    def write(name: str, text: str = "hello", **changes: Any) -> str:
        patient = replace(visitor, address=name)
        return text_of(patient.says(text, **{"origin": "203.0.113.7"} | changes))

    assert all("pausing" not in write(f"visitor {number}") for number in range(3))
    assert "pausing" in write("visitor 3")
    assert write("visitor 3") == ""  # One notice, then silence, here as well.
    assert "911" in write("visitor 3", "chest pain, I can't breathe")
    assert "pausing" not in write("visitor 4", origin="203.0.113.8")
    visitor.clock.passes(minutes=1)
    assert "Hello" in write("visitor 3")


def test_a_providers_origin_says_nothing_of_the_sender(texter: Patient) -> None:
    set_rule(texter.database, messages_per_origin_a_minute=1)
    for _ in range(4):
        assert "pausing" not in text_of(texter.says("hello", origin="203.0.113.7"))


def test_two_bots_that_answer_each_other_are_noticed(visitor: Patient) -> None:
    answers = []
    for _ in range(8):
        visitor.clock.passes(seconds=2)
        answers.append(text_of(visitor.says("I am out of office until Monday")))
    assert any("pausing" in answer for answer in answers)
    assert answers[-2:] == ["", ""]


def test_a_person_who_asks_the_same_thing_now_and_then_is_no_loop(visitor: Patient) -> None:
    for _ in range(8):
        visitor.clock.passes(seconds=30)
        assert "pausing" not in text_of(visitor.says("my visits"))


def test_one_address_may_bring_three_new_patients_a_day(visitor: Patient) -> None:
    people = {"daughter": "Ann Abel", "son": "Bob Baker", "mother": "Cid Carter"}
    for hour, (relation, name) in enumerate(people.items(), start=9):
        visitor.says(f"book dr okafor tuesday at {hour}:40 for my {relation}", name)
        assert types_of(visitor.says("4 May 1980")) == ["registered"]
        assert types_of(visitor.says("yes")) == ["booked"]
    handled = visitor.says("book dr okafor friday at 10 for my husband", "Dan Dover", "4 May 1980")
    assert types_of(handled) == []
    assert "can't add more people from here today" in text_of(handled)
    assert "+1 415-555-0100" in text_of(handled)
    visitor.clock.passes(hours=24, minutes=1)
    visitor.says("book dr okafor friday at 10 for my husband", "Dan Dover")
    assert types_of(visitor.says("4 May 1980")) == ["registered"]


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
    assert "Which one?" in text_of(handled)  # The open question is asked again.
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
    assert patient.own_address.disclosure_version == bot.answering.DISCLOSURE_VERSION
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
    assert "automated" in text_of(visitor.says("hello"))  # It is said as soon as there is time.


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
