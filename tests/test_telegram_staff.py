"""A receptionist's Telegram, the whole way: in by a code, the day with its buttons, a patient who
asked for a person answered by replying; through the webhook, the desk, the worker and the real SDK
to Telegram's peer."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.messages import Channel
from bot.worker import run_once
from core.database.connect import Database
from core.models import appointments, audit_log
from core.staff.colleagues import staff_named
from core.staff.pairing import invite
from tests.bot.talking import Clock, rows
from tests.builders import NOW, a_patient, an_appointment
from tests.providers.telegram_peer import TelegramMessage, TelegramPeer
from tests.providers.telegram_updates import Person
from tests.test_four_channels import TelegramLine, a_line, a_real_clinic

ROSA, JOHN, STRANGER = Person(2000001), Person(2000002), Person(2000003)
TEN = NOW + timedelta(hours=8)  # In the morning, where the clinic is.


class Chat:
    """One person's private chat with the bot."""

    def __init__(self, line: TelegramLine, person: Person, deliver: Callable[[], object]) -> None:
        self.line, self.person, self.deliver = line, person, deliver
        self.peer: TelegramPeer = line.peer
        self.peer.start(person)

    def writes(self, text: str, to: TelegramMessage | None = None) -> str:
        """Write, pointing at a message of ours or at none, and return what is answered."""
        update = self.peer.updates.text(self.person, text)
        if to is not None:
            update["message"]["reply_to_message"] = to.message
        return self._sends(update)

    def presses(self, label: str) -> str:
        labels = [button["text"] for button in self.newest.buttons]
        [place] = [place for place, each in enumerate(labels, start=1) if each.startswith(label)]
        return self._sends(self.peer.press(self.newest, place))

    def _sends(self, update: dict[str, Any]) -> str:
        self.line._post(update)
        self.deliver()
        return self.newest.text

    @property
    def seen(self) -> list[TelegramMessage]:
        return [sent for sent in self.peer.accepted if sent.chat_id == self.person.id]

    @property
    def newest(self) -> TelegramMessage:
        return self.seen[-1]


@pytest.fixture
def clinic(sqlite_database: Database) -> Iterator[Database]:
    """John Smith sees Dr Patel at ten."""
    with a_real_clinic(sqlite_database) as opened:
        with opened.transaction() as connection:
            an_appointment(
                connection,
                patient_id=a_patient(connection, "John", last_name="Smith"),
                practitioner_id=1,
                location_id=1,
                visit_type_id=1,
                starts_at=TEN,
            )
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chat_of(clinic: Database, clock: Clock) -> Iterator[Callable[[Person], Chat]]:
    with a_line(Channel.TELEGRAM, clinic, clock, alone=False) as (line, settings):
        assert isinstance(line, TelegramLine)

        def deliver() -> None:
            clock.passes(seconds=20)
            run_once(clinic, settings, clock)

        yield lambda person: Chat(line, person, deliver)


def comes_in(rosa: Chat, clinic: Database, now: datetime = NOW) -> str:
    with clinic.transaction() as connection:
        code = invite(connection, staff_named(connection, "rosa").id, now)
    return rosa.writes(f"/start {code}")


def test_the_day_is_seen_and_marked_in_one_message(
    chat_of: Callable[[Person], Chat], clinic: Database
) -> None:
    rosa = chat_of(ROSA)
    assert comes_in(rosa, clinic).startswith("Welcome, Rosa.")
    assert "10:00 AM J.S. - consultation" in rosa.writes("/today")
    assert rosa.presses("10:00 AM J.S.").startswith("10:00 AM J.S. - consultation")
    assert rosa.presses("Is here").startswith("Marked as here.")
    # Each answer to a button stands where its question stood.
    assert [sent.edits for sent in rosa.seen] == [0, 2]
    with clinic.reading() as connection:
        assert connection.scalar(select(appointments.c.status)) == "arrived"
    assert rosa.presses("Take back").startswith("Taken back.")


def test_a_patient_is_answered_by_a_reply_to_their_words(
    chat_of: Callable[[Person], Chat], clinic: Database
) -> None:
    rosa, john = chat_of(ROSA), chat_of(JOHN)
    comes_in(rosa, clinic)
    john.writes("I want to talk to a person")
    rosa.writes("/talks")
    rosa.presses("Somebody new (Telegram)")
    john.writes("Is there parking?")
    assert rosa.newest.text == "Somebody new (Telegram) writes: Is there parking?"
    rosa.writes("Yes, next door.", to=rosa.newest)
    rosa.deliver()
    assert john.newest.text == "Yes, next door."
    assert rosa.writes("/done").startswith("The desk answers")
    rosa.deliver()
    assert john.newest.text != "Yes, next door."
    done = [row.action for row in rows(clinic, audit_log)]
    assert done == ["paired", "looked", "answered", "handed_back"]


def test_the_same_words_get_a_stranger_and_another_user_of_the_chat_nothing(
    chat_of: Callable[[Person], Chat], clinic: Database
) -> None:
    rosa, stranger = chat_of(ROSA), chat_of(STRANGER)
    comes_in(rosa, clinic)
    assert "J.S." not in stranger.writes("/today")
    forged = rosa.peer.updates.text(ROSA, "/today")
    forged["message"]["from"]["id"] = STRANGER.id
    assert "J.S." not in rosa._sends(forged)
    assert "J.S." in rosa.writes("/today")


def test_a_receptionists_day(
    chat_of: Callable[[Person], Chat], clinic: Database, clock: Clock
) -> None:
    """In by a code, the day, a walk-in, a visit moved, a sick doctor, a patient who asked for a
    person, and the week as a picture."""
    clock.passes(hours=31)  # Monday, nine o'clock.
    with clinic.transaction() as connection:
        visit_id = an_appointment(
            connection,
            patient_id=a_patient(connection, "Nora", last_name="Quinn"),
            practitioner_id=1,
            location_id=1,
            visit_type_id=1,
            starts_at=TEN + timedelta(days=1),
        )
    rosa, john = chat_of(ROSA), chat_of(JOHN)
    comes_in(rosa, clinic, clock())
    assert "10:00 AM N.Q. - consultation" in rosa.writes("who does Dr Patel have today?")

    rosa.writes("Tom Baker walked in")
    rosa.presses("New: Tom Baker")
    assert rosa.presses("No phone") == "Free today:"
    rosa.writes("with Dr Patel")
    assert rosa.presses("9:20 AM").startswith("Enter Tom Baker as here")
    assert rosa.presses("Enter").startswith("Entered as here: Dr Patel")

    assert rosa.writes("move the 10:00 with Dr Patel to 11:00").startswith("Move N.Q., Monday")
    assert rosa.presses("Move it").startswith("Moved: Dr Patel, Monday, November 23 at 11:00 AM")

    rosa.writes("/pin 482913")
    assert "11:00 AM N.Q. -> 11:00 AM Dr Okafor" in rosa.writes("Dr Patel is sick today")
    assert rosa.presses("Do all").startswith("Done.")
    with clinic.reading() as connection:
        whose = select(appointments.c.practitioner_id).where(appointments.c.id == visit_id)
        assert connection.scalar(whose) == 2

    john.writes("I want to talk to a person")
    rosa.writes("/talks")
    rosa.presses("Somebody new (Telegram)")
    rosa.writes("/answer Good morning, this is Rosa.")
    rosa.deliver()
    assert john.newest.text == "Good morning, this is Rosa."
    assert rosa.writes("hand back").startswith("The desk answers")

    assert rosa.writes("/report week").startswith("Mon, Nov 23 - Sun, Nov 29:")
    rosa.presses("As a picture")
    assert rosa.newest.message["photo"]
    assert rosa.newest.text == "Visits: Mon, Nov 23 - Sun, Nov 29"


def test_a_day_later_no_patient_stands_on_the_phone(
    chat_of: Callable[[Person], Chat], clinic: Database, clock: Clock
) -> None:
    rosa = chat_of(ROSA)
    comes_in(rosa, clinic)
    rosa.writes("/today")
    rosa.presses("10:00 AM J.S.")
    rosa.writes("/next")
    assert any("J.S." in sent.text for sent in rosa.seen)
    clock.passes(hours=25)
    rosa.deliver()
    assert all("J.S." not in sent.text for sent in rosa.seen)
    assert rosa.newest.text.startswith("Taken off the screen")
