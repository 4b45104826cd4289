"""Telegram, the whole way: answers in the place of their questions, old keyboards, the calendar."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from bot.day_picker import TICK
from bot.messages import Channel
from bot.worker import run_once
from core.database.connect import Database
from core.models import appointments, messages
from tests.bot.talking import Clock
from tests.providers.telegram_peer import TelegramMessage
from tests.test_four_channels import TelegramLine, a_line, a_real_clinic


class Phone:
    """Ana's Telegram: what she does there, and what she then sees."""

    def __init__(self, line: TelegramLine, clock: Clock, deliver: Callable[[], object]) -> None:
        self.line, self.clock, self.deliver = line, clock, deliver

    def writes(self, text: str) -> None:
        self.clock.passes(seconds=20)
        self.line.writes(text)
        self.deliver()

    def presses(self, label: str, message: TelegramMessage | None = None) -> None:
        """The last button of that label, on the newest message if no other is meant."""
        message = message or self.newest
        labels = [button["text"] for button in message.buttons]
        place = len(labels) - labels[::-1].index(label)
        self.clock.passes(seconds=20)
        self.line._post(self.line.peer.press(message, place))
        self.deliver()

    @property
    def newest(self) -> TelegramMessage:
        return self.line.peer.accepted[-1]

    @property
    def rows(self) -> list[list[str]]:
        keyboard = self.newest.keyboard or {}
        return [[button["text"] for button in row] for row in keyboard.get("inline_keyboard", [])]

    @property
    def edits(self) -> list[int]:
        return [sent.edits for sent in self.line.peer.accepted]


@pytest.fixture
def real_clinic(sqlite_database: Database) -> Iterator[Database]:
    with a_real_clinic(sqlite_database) as opened:
        yield opened


@pytest.fixture
def phone(real_clinic: Database) -> Iterator[Phone]:
    clock = Clock()
    with a_line(Channel.TELEGRAM, real_clinic, clock, alone=False) as (line, settings):
        assert isinstance(line, TelegramLine)
        yield Phone(line, clock, lambda: run_once(real_clinic, settings, clock))


def booked(database: Database) -> list[str]:
    with database.reading() as connection:
        rows = connection.execute(select(appointments).where(appointments.c.status == "scheduled"))
        return [row.starts_at.date().isoformat() for row in rows]


# In place


def test_what_was_said_since_is_not_torn_apart(phone: Phone) -> None:
    """Between the question and its button stands something else: the answer comes below."""
    phone.writes("I'd like to see Dr Patel next Tuesday morning")
    question = phone.newest
    phone.writes("my chest hurts, I can't breathe")
    assert "911" in phone.newest.text
    phone.presses("9:00 AM", question)
    assert "911" in phone.line.peer.accepted[1].text
    assert phone.edits == [0, 0, 0]


def test_an_old_keyboard_is_answered_politely_and_stops_turning(
    phone: Phone,
    real_clinic: Database,
) -> None:
    phone.writes("I'd like to see Dr Patel next Tuesday morning")
    old = phone.newest
    phone.writes("rather Wednesday morning")
    offered = phone.rows
    phone.presses("9:00 AM", old)
    assert phone.newest.text.startswith("That button belongs to an earlier list.")
    assert phone.rows == offered
    assert len(phone.line.peer.answered) == 1
    assert phone.edits == [0, 0, 0]
    assert booked(real_clinic) == []


def test_a_question_that_the_patient_deleted_is_answered_below(phone: Phone) -> None:
    phone.writes("I'd like to see Dr Patel next Tuesday morning")
    question = phone.newest
    phone.line.peer.deleted.add(question.message["message_id"])
    phone.presses("9:00 AM", question)
    assert phone.newest.text.startswith("✓ 9:00 AM\n\n")
    assert phone.edits == [0, 0]


# The calendar


def test_a_visit_is_booked_by_pressing_alone_but_for_the_name(
    phone: Phone,
    real_clinic: Database,
) -> None:
    phone.writes("an appointment with Dr Chen")
    head, *weeks, foot = phone.rows
    assert len(head) == 7
    assert {len(week) for week in weeks} == {7}
    assert foot[0] == " "
    assert foot[-1] == ">"
    ticked = [label for week in weeks for label in week if label.startswith(TICK)]
    assert f"{TICK}24" in ticked
    assert len(ticked) < 35
    phone.presses(f"{TICK}24")
    assert phone.newest.text.startswith("✓ Thursday, December 24\n\n")
    [first, *_] = phone.rows[0]
    phone.presses(first)
    phone.writes("John Smith, born 4 May 1980")
    phone.presses("Yes, book it")
    assert phone.newest.text.startswith("✓ Yes, book it\n\nBooked: Dr Michael Chen")
    assert booked(real_clinic) == ["2026-12-24"]
    assert phone.edits == [2, 1]


def test_a_day_with_nothing_free_is_answered_with_what_is_nearest(phone: Phone) -> None:
    phone.writes("an appointment with Dr Chen")
    sunday = "29"
    assert sunday in phone.rows[2]
    phone.presses(sunday)
    assert phone.newest.text.startswith("✓ Sunday, November 29\n\nNothing is free just then.")
    assert len(phone.newest.buttons) > 1


def test_pages_are_turned_in_place_and_back(phone: Phone) -> None:
    phone.writes("an appointment with Dr Chen")
    first_page = phone.rows
    phone.presses(">")
    assert phone.newest.text.startswith("And when would suit you")
    second_page = phone.rows
    assert second_page[-1][0] == "<"
    assert second_page != first_page
    phone.presses("<")
    assert phone.rows == first_page
    assert phone.edits == [2]


def test_what_is_only_looked_at_does_nothing(
    phone: Phone,
    real_clinic: Database,
) -> None:
    phone.writes("an appointment with Dr Chen")
    before = phone.newest.text, phone.rows
    phone.presses("Mo")
    phone.presses("November - December")
    assert (phone.newest.text, phone.rows) == before
    assert len(phone.line.peer.answered) == 2
    with real_clinic.reading() as connection:
        assert len(connection.execute(select(messages)).all()) == 2


def test_above_the_calendar_words_are_heard_as_ever(phone: Phone) -> None:
    phone.writes("an appointment with Dr Chen")
    phone.writes("Tuesday at 10")
    assert "Tuesday, November 24" in phone.newest.text
    phone.writes("actually the 1st of December in the morning")
    assert "Tuesday, December 1" in phone.newest.text


def test_an_old_calendar_books_nothing(phone: Phone) -> None:
    phone.writes("an appointment with Dr Chen")
    old = phone.newest
    phone.writes("with Dr Patel instead")
    phone.presses(f"{TICK}24", old)
    assert phone.newest.text.startswith("That button belongs to an earlier list.")
    assert "Dr Anita Patel" in phone.newest.text


def test_moving_a_visit_shows_the_calendar_too(phone: Phone) -> None:
    phone.writes("Dr Chen tomorrow at 10, John Smith, born 4 May 1980")
    phone.presses("Yes, book it")
    phone.writes("move my appointment")
    assert f"{TICK}24" in [label for row in phone.rows for label in row]
