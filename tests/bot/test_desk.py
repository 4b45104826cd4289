"""The desk: one message, one transaction, however often and in whatever order it comes."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

import bot.answering
import bot.hearing
from bot.answering import LONGEST_TEXT
from bot.desk import TRIES, Desk
from bot.dialogue import commands as ask
from bot.dialogue import outcomes as told
from bot.memory import Memory
from bot.messages import Channel
from bot.reception import HANDLERS
from bot.reception.office import Office
from bot.reception.visits import book_visit, find
from bot.speaking import Handled
from bot.understanding import understand
from bot.understanding.values import Context
from core.database.connect import Database
from core.logs import DiscreetFormatter
from core.messaging.cards import MASK
from core.models import (
    appointments,
    messages,
)
from tests.bot.talking import (
    BOOKING,
    Patient,
    everything,
    how_many,
    live_visits,
    rows,
    text_of,
    types_of,
)
from tests.builders import NOW, a_clinic

CARD = "4111 1111 1111 1111"


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

    def fail(office: Office, command: ask.BookVisit) -> told.Outcome:
        assert isinstance(book_visit(office, command), told.VisitBooked)
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(HANDLERS, ask.BookVisit, fail)
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
        patch.setitem(HANDLERS, ask.FindSlots, lambda *_: 1 / 0)
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
    assert "bot/reception/__init__.py" in written
    assert "in fail" in written
    assert not any(word in written for word in ("Zanzibar", "Quux", "elbow", visitor.address))
    # The control: the library's own formatter would have told.
    assert "Zanzibar" in logging.Formatter().format(record)


def test_an_error_in_the_apology_itself_is_not_swallowed(visitor: Patient) -> None:
    with pytest.MonkeyPatch.context() as patch:
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
    tries: list[int] = []

    def fail(office: Office, command: ask.BookVisit) -> told.Outcome:
        tries.append(1)
        outcome = book_visit(office, command)
        if len(tries) <= times:
            raise error
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(HANDLERS, ask.BookVisit, fail)
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

    def wait(office: Office, command: ask.FindSlots) -> told.SlotsFound:
        person = command.practitioner
        if person and name in office.directory.practitioner(person).name:
            begun.set()
            assert go_on.wait(20)
        return find(office, command)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(HANDLERS, ask.FindSlots, wait)
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
        patch.setattr(bot.hearing, "understand", listen)
        visitor.says(f"can I pay with {CARD}?")
        # Also where the log's end would cut it in two.
        visitor.says("x" * (LONGEST_TEXT - 9) + CARD)
    assert visitor.incoming[0].text == f"can I pay with {MASK}?"
    for text in (*read, *(row.text for row in visitor.incoming)):
        assert "4111" not in text
    assert len(read) >= 2


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
