"""What a chat of staff has shown of patients is taken off the screen after a while, and stays in
the log."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, update

from bot.clearing import Clearer
from bot.messages import Channel
from bot.senders.base import DeliveryError, OutgoingMessage
from bot.senders.log import LogSender
from core.database.connect import Database
from core.models import messages
from tests.bot.staff.colleague import Colleague, a_receptionist
from tests.bot.talking import Patient, rows, text_of
from tests.builders import NOW, Clinic, a_patient, a_setting, an_appointment

TEN = NOW + timedelta(hours=8)
A_DAY = 24 * 60
CLEARED = "Taken off the screen, because it named patients. Ask again if you need it."


class Screen(LogSender):
    """What a messenger shows, by the number that it gave each message."""

    def __init__(self) -> None:
        self.shows: dict[str, str] = {}
        self.refuses: DeliveryError | None = None

    def clear(self, message: OutgoingMessage) -> None:
        if self.refuses:
            raise self.refuses
        self.shows[message.replaces] = message.text


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def anna(clinic: Clinic, database: Database) -> Colleague:
    """Nora Quinn comes at ten, and Anna's chat is a real one."""
    with database.transaction() as connection:
        an_appointment(
            connection,
            patient_id=a_patient(connection, "Nora", last_name="Quinn"),
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=TEN,
        )
    anna = a_receptionist(database)
    anna.comes_in()
    return anna


def arrives(anna: Colleague) -> Row[Any]:
    """The last message of ours stands on the screen; return it."""
    with anna.database.transaction() as connection:
        for row in anna.outgoing:
            if row.status == "queued":
                number = f"{row.conversation_id}:{row.id + 100}" if row.edits_id is None else None
                connection.execute(
                    update(messages)
                    .where(messages.c.id == row.id)
                    .values(status="sent", provider_id=number, is_simulated=False)
                )
    return anna.outgoing[-1]


def clears(anna: Colleague, screen: Screen) -> int:
    return Clearer(anna.database, {Channel.TELEGRAM: screen}, anna.clock).clear()


def row_of(anna: Colleague, message_id: int) -> Row[Any]:
    [row] = [row for row in rows(anna.database, messages) if row.id == message_id]
    return row


def test_after_a_day_the_patients_are_gone_from_the_screen_and_stay_in_the_log(
    anna: Colleague, screen: Screen
) -> None:
    assert "N.Q." in text_of(anna.says("/today"))
    shown = arrives(anna)
    anna.clock.passes(minutes=A_DAY - 1)
    assert clears(anna, screen) == 0
    anna.clock.passes(minutes=1)
    assert clears(anna, screen) == 1
    assert screen.shows == {str(shown.id + 100): CLEARED}
    row = row_of(anna, shown.id)
    assert "N.Q." in row.text
    assert (row.clear_at, row.cleared_at) == (None, anna.clock())
    anna.clock.passes(minutes=A_DAY)
    assert clears(anna, screen) == 0  # Once is enough.


def test_what_names_nobody_stays(anna: Colleague, screen: Screen) -> None:
    for text in ("/help", "/report week", "/settings"):
        anna.says(text)
        arrives(anna)
    anna.clock.passes(minutes=2 * A_DAY)
    assert clears(anna, screen) == 0


def test_the_clinic_says_how_long(anna: Colleague, screen: Screen) -> None:
    with anna.database.transaction() as connection:
        a_setting(connection, "staff_chat_clear_hours", 2)
    anna.says("/today")
    arrives(anna)
    anna.clock.passes(minutes=120)
    assert clears(anna, screen) == 1


def test_or_that_it_stays(anna: Colleague, screen: Screen) -> None:
    with anna.database.transaction() as connection:
        a_setting(connection, "staff_chat_clear_hours", 0)
    anna.says("/today")
    arrives(anna)
    anna.clock.passes(minutes=10 * A_DAY)
    assert clears(anna, screen) == 0


def test_of_messages_that_took_each_others_place_only_the_last_one_is_on_the_screen(
    anna: Colleague, screen: Screen
) -> None:
    anna.says("/today")
    first = arrives(anna)
    anna.says("1")
    with anna.database.transaction() as connection:
        latest = anna.outgoing[-1].id
        connection.execute(
            update(messages).where(messages.c.id == latest).values(edits_id=first.id)
        )
    last = arrives(anna)
    assert last.edits_id == first.id
    anna.clock.passes(minutes=A_DAY)
    assert clears(anna, screen) == 1
    assert screen.shows == {str(first.id + 100): CLEARED}
    assert row_of(anna, last.id).cleared_at is not None
    assert row_of(anna, first.id).cleared_at is None
    assert row_of(anna, first.id).clear_at is None


def test_what_never_arrived_is_on_no_screen(anna: Colleague, screen: Screen) -> None:
    anna.says("/today")
    with anna.database.transaction() as connection:
        connection.execute(update(messages).values(status="failed", is_simulated=False))
    anna.clock.passes(minutes=A_DAY)
    assert clears(anna, screen) == 0
    assert screen.shows == {}
    assert anna.outgoing[-1].clear_at is None


def test_a_messenger_that_is_out_of_order_is_asked_again(anna: Colleague, screen: Screen) -> None:
    anna.says("/today")
    shown = arrives(anna)
    anna.clock.passes(minutes=A_DAY)
    screen.refuses = DeliveryError("timeout")
    clears(anna, screen)
    assert row_of(anna, shown.id).cleared_at is None
    screen.refuses = None
    assert clears(anna, screen) == 0  # Not at once.
    anna.clock.passes(minutes=5)
    assert clears(anna, screen) == 1
    assert list(screen.shows.values()) == [CLEARED]


def test_one_that_refuses_for_good_is_not(anna: Colleague, screen: Screen) -> None:
    anna.says("/today")
    shown = arrives(anna)
    anna.clock.passes(minutes=A_DAY)
    screen.refuses = DeliveryError("400", permanent=True)
    clears(anna, screen)
    anna.clock.passes(minutes=A_DAY)
    assert clears(anna, screen) == 0
    row = row_of(anna, shown.id)
    assert (row.clear_at, row.cleared_at) == (None, None)


def test_patients_chats_are_never_cleared(anna: Colleague, screen: Screen) -> None:
    patient = Patient(anna.database, clock=anna.clock)
    patient.says("when is my next appointment?")
    anna.clock.passes(minutes=10 * A_DAY)
    assert patient.outgoing
    assert all(row.clear_at is None for row in patient.outgoing)
    assert clears(anna, screen) == 0
