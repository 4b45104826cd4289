"""What waited too long in the outbox is looked at once more before it is sent."""

from datetime import datetime, timedelta
from unittest.mock import patch

import pytest

from bot.agenda import Agenda
from bot.delivery import Delivery
from bot.messages import Channel
from bot.reminders import Reminders
from core.database.connect import Database
from core.models import messages, occasions, reminders
from core.scheduling.appointments import Actor, Appointment, by_id
from core.scheduling.moving import cancel, move
from tests.bot.talking import Patient, rows
from tests.bot.test_delivery import FakeSender
from tests.builders import Clinic, a_link
from tests.core.scheduling.words import (
    MONDAY,
    PATIENT,
    RECEPTIONIST,
    a_slot,
    at,
    book_slot,
    offered,
)

DAY = MONDAY + timedelta(days=7)
BOOKED = at("10:00", MONDAY)
AFTERNOON = at("14:00", MONDAY)
REMINDED = at("10:00", DAY - timedelta(days=3))  # Of a visit at ten.
NIGHT = at("21:00", DAY - timedelta(days=3))
MORNING = at("08:00", DAY - timedelta(days=2))


class Front:
    """A patient's phone, and all that speaks to it."""

    def __init__(self, database: Database, clinic: Clinic) -> None:
        self.database = database
        self.clinic = clinic
        self.patient = Patient(database, Channel.SMS, "+14155550166")
        self.patient.says("hi")
        self.sender = FakeSender()
        self.send()
        self.sender.sent.clear()
        with database.transaction() as connection:
            a_link(connection, clinic.patient_id, self.patient.own_address.id)

    def plan(self, now: datetime) -> None:
        """All that is due is put into the outbox."""
        self.patient.clock.at = now
        Agenda(self.database, self.patient.clock, {}).speak()
        Reminders(self.database, self.patient.clock, {}).remind()

    def send(self) -> None:
        senders = {Channel.SMS: self.sender}
        Delivery(self.database, senders, clock=self.patient.clock, threads=1).deliver()

    def work(self, now: datetime) -> None:
        """As a worker does in the hour from then on."""
        for passed in range(0, 60, 15):  # Nothing is said into a question that was just asked.
            self.patient.clock.at = now + timedelta(minutes=passed)
            self.send()
            self.plan(self.patient.clock.at)

    @property
    def heard(self) -> list[str]:
        return [message.text for message in self.sender.sent]

    @property
    def taken_back(self) -> list[str | None]:
        return [row.error_code for row in rows(self.database, messages) if row.status == "dropped"]

    def books(self) -> Appointment:
        """Staff do, and the patient is told at once."""
        with self.database.transaction() as connection:
            slot = a_slot(self.clinic, "10:00", DAY)
            return book_slot(connection, self.clinic, slot, actor=RECEPTIONIST, now=BOOKED)

    def cancels(self, visit: Appointment, actor: Actor = RECEPTIONIST) -> None:
        with self.database.transaction() as connection:
            cancel(
                connection,
                visit.id,
                version=by_id(connection, visit.id).version,
                actor=actor,
                now=self.patient.clock(),
                catalogue=offered(connection),
            )

    def moves(self, visit: Appointment, hour: str) -> None:
        with self.database.transaction() as connection:
            move(
                connection,
                visit.id,
                a_slot(self.clinic, hour, DAY),
                version=by_id(connection, visit.id).version,
                actor=RECEPTIONIST,
                now=self.patient.clock(),
                catalogue=offered(connection),
            )


@pytest.fixture
def front(database: Database, clinic: Clinic) -> Front:
    return Front(database, clinic)


@pytest.fixture
def known(front: Front) -> Appointment:
    """A visit that the patient knows of."""
    visit = front.books()
    front.work(BOOKED)
    front.sender.sent.clear()
    return visit


@pytest.mark.usefixtures("known")
def test_a_reminder_that_waited_until_night_goes_out_in_the_morning_and_once(front: Front) -> None:
    front.plan(REMINDED)
    front.work(NIGHT)
    assert (front.heard, front.taken_back) == ([], ["night"])
    front.work(MORNING)
    assert len(front.heard) == 1


@pytest.mark.usefixtures("known")
def test_control_without_the_second_look_it_goes_out_at_night(front: Front) -> None:
    front.plan(REMINDED)
    with patch("core.messaging.outbox.take_back", lambda *_: set()):
        front.work(NIGHT)
    assert len(front.heard) == 1


def test_a_reminder_of_a_visit_that_was_called_off_meanwhile_never_goes_out(
    front: Front, known: Appointment
) -> None:
    front.plan(REMINDED)
    front.cancels(known)
    front.work(REMINDED)
    assert front.taken_back == ["changed"]
    [said] = front.heard
    assert "Reminder" not in said
    assert {row.state for row in rows(front.database, reminders)} == {"withdrawn"}


@pytest.mark.parametrize("actor", [PATIENT, RECEPTIONIST])
def test_news_that_nobody_has_heard_yet_is_taken_back_once_and_not_said_again(
    front: Front, actor: Actor
) -> None:
    visit = front.books()
    front.plan(BOOKED)
    front.cancels(visit, actor)
    front.work(BOOKED)
    assert front.taken_back == ["changed"]
    assert not any("booked" in each for each in front.heard)
    booked = rows(front.database, occasions)[0]
    assert (booked.state, booked.note) == ("dropped", "nothing_to_say")


def test_of_two_moves_that_waited_only_the_last_is_told(front: Front, known: Appointment) -> None:
    front.moves(known, "11:00")
    front.plan(AFTERNOON)
    front.moves(known, "14:00")
    front.work(AFTERNOON)
    assert front.taken_back == ["changed"]
    [said] = front.heard
    assert "2:00 PM" in said
