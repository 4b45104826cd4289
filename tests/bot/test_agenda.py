"""What the clinic says first on other occasions than a reminder, from the change in the books to
the patient's answer."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Row, select, update

from bot.agenda import Agenda
from bot.desk import Desk
from bot.messages import Channel, Content
from core.database.connect import Database
from core.models import (
    appointments,
    feedback,
    occasions,
    patient_addresses,
    patients,
    tasks,
    waitlist_offers,
)
from core.models.appointments import AppointmentStatus
from core.models.messaging import MessageKind
from core.occasions.after import follow_up
from core.scheduling.appointments import by_id
from core.scheduling.moving import cancel
from core.scheduling.progress import change_status
from core.waitlist.waves import next_waves
from tests.bot.talking import OURS, Patient, rows, set_rule, text_of, types_of
from tests.builders import ZONE, Clinic, a_link, an_occasion
from tests.core.scheduling.words import (
    MONDAY,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    offered,
)

HERE = ZoneInfo(ZONE)
# Sunday, two in the afternoon: Dr Patel's Tuesday at ten will come free.
NOON = datetime(2026, 11, 22, 14, 0, tzinfo=HERE)
MISSED, COMPLETED = AppointmentStatus.NO_SHOW, AppointmentStatus.COMPLETED

pytestmark = pytest.mark.usefixtures("clinic")


def wait_for(patient: Patient, who: str) -> None:
    """They are on the waitlist for Dr Patel's Tuesday."""
    patient.clock.at = NOON
    patient.says(f"put me on the waitlist for dr patel on tuesday, for {who}, 4 May 1980")
    assert types_of(patient.says("yes")) == ["waitlisted"]


def texter(patient: Patient, number: str) -> Patient:
    """Somebody else, at the same moment."""
    return Patient(patient.database, Channel.SMS, number, patient.clock)


@pytest.fixture
def taken(clinic: Clinic, database: Database) -> int:
    """The visit that somebody has on Tuesday at ten."""
    with database.transaction() as connection:
        return book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY)).id


@pytest.fixture
def waiter(patient: Patient, taken: int) -> Patient:  # noqa: ARG001 - it is taken first
    phone = texter(patient, "+14155550188")
    wait_for(phone, "John Smith")
    return phone


def call_off(patient: Patient, visit: int) -> None:
    now = patient.clock.at
    with patient.database.transaction() as connection:
        seen = by_id(connection, visit)
        cancel(
            connection,
            visit,
            version=seen.version,
            actor=RECEPTIONIST,
            now=now,
            catalogue=offered(connection, now),
        )


def tick(patient: Patient, at: datetime | None = None) -> None:
    """Let a worker look."""
    patient.clock.at = at or patient.clock.at
    with patient.database.transaction() as connection:
        next_waves(connection, now=patient.clock.at, limit=100)
    Agenda(patient.database, patient.clock, {"sms": OURS}).speak()


def heard(patient: Patient) -> list[Row[Any]]:
    """What they were told without having written."""
    return [row for row in patient.outgoing if row.kind != MessageKind.REPLY]


def notes(patient: Patient) -> list[tuple[str, str, str | None]]:
    return [(row.kind, row.state, row.note) for row in rows(patient.database, occasions)]


def live(patient: Patient) -> list[Row[Any]]:
    open_ones = ("scheduled", "confirmed", "pending")
    return [row for row in rows(patient.database, appointments) if row.status in open_ones]


def change(patient: Patient, table: Any, **values: Any) -> None:
    with patient.database.transaction() as connection:
        connection.execute(update(table).values(**values))


# A time that has come free


def test_a_freed_time_goes_to_whoever_waits_for_it(waiter: Patient, taken: int) -> None:
    call_off(waiter, taken)
    tick(waiter)
    [told] = heard(waiter)
    assert told.kind == MessageKind.OFFER
    assert told.text.startswith("A time has come free: Dr Patel on Tue, Nov 24 at 10:00 AM")
    assert "John" not in told.text
    assert types_of(waiter.says("1")) == ["booked"]
    [visit] = live(waiter)
    assert visit.starts_at.astimezone(HERE).hour == 10
    tick(waiter, NOON + timedelta(hours=1))
    assert len(heard(waiter)) == 1


def test_whoever_does_not_want_it_hears_of_the_next(
    waiter: Patient, taken: int, clinic: Clinic
) -> None:
    set_rule(waiter.database, unprompted_a_day=0)
    with waiter.database.transaction() as connection:
        other = book_slot(connection, clinic, a_slot(clinic, "11:00", TUESDAY)).id
    call_off(waiter, taken)
    tick(waiter)
    assert "still on the waitlist" in text_of(waiter.says("2"))
    assert live(waiter)[0].id == other
    waiter.clock.passes(minutes=30)
    call_off(waiter, other)
    tick(waiter)
    assert "11:00 AM" in heard(waiter)[-1].text
    assert types_of(waiter.says("yes")) == ["booked"]


@pytest.fixture
def both(waiter: Patient, taken: int) -> tuple[Patient, Patient]:
    """Two who wait, and have been asked about the same time."""
    other = texter(waiter, "+14155550199")
    wait_for(other, "Ann Lee")
    call_off(waiter, taken)
    tick(waiter)
    assert len(heard(waiter)) == len(heard(other)) == 1
    return waiter, other


def test_the_first_yes_has_it_and_the_other_hears_at_once(both: tuple[Patient, Patient]) -> None:
    first, second = both
    assert types_of(second.says("yes")) == ["booked"]
    tick(first)
    assert heard(first)[-1].kind == MessageKind.NOTICE
    assert "has just gone to somebody else" in heard(first)[-1].text
    assert len(heard(second)) == 1
    assert "You're welcome" in text_of(first.says("thanks"))


def test_a_yes_that_comes_too_late_is_told_so(both: tuple[Patient, Patient]) -> None:
    first, second = both
    second.says("yes")
    answer = first.says("yes")
    assert types_of(answer) == []
    assert "has just gone to somebody else" in text_of(answer)
    assert len(live(first)) == 1
    tick(first, NOON + timedelta(minutes=30))
    assert len(heard(first)) == 1  # Once is enough.


def test_the_button_of_an_offer_that_is_gone_takes_nothing(
    patient: Patient, taken: int, database: Database
) -> None:
    chat = Patient(database, Channel.TELEGRAM, "4711", patient.clock)
    wait_for(chat, "John Smith")
    other = texter(chat, "+14155550199")
    wait_for(other, "Ann Lee")
    call_off(chat, taken)
    tick(chat)
    shown = heard(chat)[0]
    other.says("yes")
    tick(chat)
    chat.says("dr okafor on wednesday")  # In the middle of something else.
    answer = chat.says(f"{shown.list_id}:1", content=Content.BUTTON)
    assert "has just gone to somebody else" in text_of(answer)
    assert types_of(answer) == []


def test_control_the_button_of_an_older_offer_that_still_stands_takes_it(
    patient: Patient, taken: int, database: Database
) -> None:
    chat = Patient(database, Channel.TELEGRAM, "4711", patient.clock)
    wait_for(chat, "John Smith")
    call_off(chat, taken)
    tick(chat)
    chat.says("book dr okafor on wednesday at 9")
    answer = chat.says(f"{heard(chat)[0].list_id}:1", content=Content.BUTTON)
    assert types_of(answer)[0] == "booked"


def test_nobody_is_asked_at_night(waiter: Patient, taken: int) -> None:
    waiter.clock.at = NOON.replace(hour=23)
    call_off(waiter, taken)
    tick(waiter)
    assert heard(waiter) == []
    tick(waiter, NOON.replace(day=23, hour=8, minute=1))
    assert len(heard(waiter)) == 1


def test_nor_told_at_night_that_it_is_gone(both: tuple[Patient, Patient]) -> None:
    first, second = both
    second.says("yes")
    tick(first, NOON.replace(hour=20, minute=30))
    assert len(heard(first)) == 1
    tick(first, NOON.replace(day=23, hour=8))
    assert len(heard(first)) == 2


def test_who_opted_out_is_asked_nothing(waiter: Patient, taken: int) -> None:
    call_off(waiter, taken)
    with waiter.database.transaction() as connection:
        next_waves(connection, now=waiter.clock.at, limit=100)
    waiter.says("STOP")  # Between the plan and the word.
    tick(waiter)
    assert heard(waiter) == []
    assert not [state for _, state, _ in notes(waiter) if state == "planned"]


def test_whoever_moves_up_gives_the_old_time_back(waiter: Patient, taken: int) -> None:
    later = texter(waiter, "+14155550199")
    later.says("dr patel on december 3 at 10am for Ann Lee, 4 May 1980", "yes")
    later.says("let me know if something earlier comes free", "yes")
    waiter.says("take me off the waitlist", "yes")
    call_off(later, taken)
    tick(later)
    assert "instead of Thursday, December 3" in heard(later)[-1].text
    assert types_of(later.says("yes")) == ["rescheduled"]
    [visit] = live(later)
    assert visit.starts_at.astimezone(HERE).day == 24


def test_it_waits_while_they_are_in_the_middle_of_something(waiter: Patient, taken: int) -> None:
    call_off(waiter, taken)
    waiter.says("dr okafor on wednesday")
    tick(waiter)
    assert heard(waiter) == []
    waiter.clock.passes(minutes=11)
    tick(waiter)
    assert len(heard(waiter)) == 1


# After the visit


@pytest.fixture
def booked(patient: Patient) -> Patient:
    """They have a visit on Tuesday at ten."""
    patient.clock.at = NOON
    patient.says("dr patel on tuesday at 10am for John Smith, 4 May 1980", "yes")
    patient.clock.at = NOON.replace(day=24, hour=10, minute=30)
    return patient


def mark(patient: Patient, status: AppointmentStatus) -> None:
    [visit] = rows(patient.database, appointments)[:1]
    with patient.database.transaction() as connection:
        change_status(
            connection,
            visit.id,
            status,
            version=visit.version,
            actor=RECEPTIONIST,
            now=patient.clock.at,
        )


def test_they_are_asked_once_how_it_was(booked: Patient) -> None:
    mark(booked, COMPLETED)
    tick(booked)
    assert heard(booked) == []
    tick(booked, NOON.replace(day=24, hour=12, minute=20))
    [asked] = heard(booked)
    assert asked.kind == MessageKind.SURVEY
    tick(booked, NOON.replace(day=25))
    assert len(heard(booked)) == 1
    booked.says("4", "no")
    assert [row.overall_halves for row in rows(booked.database, feedback)] == [8]


def test_the_answer_may_come_two_days_later(booked: Patient) -> None:
    mark(booked, COMPLETED)
    tick(booked, NOON.replace(day=24))
    booked.clock.passes(days=2)
    booked.says("5")
    assert [row.overall_halves for row in rows(booked.database, feedback)] == [10]


def test_whoever_missed_it_may_have_another(booked: Patient) -> None:
    mark(booked, MISSED)
    tick(booked)
    assert heard(booked) == []
    tick(booked, NOON.replace(day=25, hour=9))
    [note] = heard(booked)
    assert note.text.startswith("We missed you on Tuesday, November 24 at 10:00 AM")
    assert "Patel" not in note.text
    booked.says("yes, friday at 10")
    assert types_of(booked.says("yes")) == ["booked"]


def test_put_right_by_staff_in_the_evening_nothing_is_said_of_it(booked: Patient) -> None:
    mark(booked, MISSED)
    mark(booked, COMPLETED)
    tick(booked, NOON.replace(day=25, hour=9))
    assert [row.kind for row in heard(booked)] == [MessageKind.SURVEY]


def test_who_has_a_time_there_again_is_not_offered_one(booked: Patient) -> None:
    mark(booked, MISSED)
    booked.says("dr patel on friday at 10am for John Smith", "yes")
    tick(booked, NOON.replace(day=25, hour=9))
    assert heard(booked) == []
    assert notes(booked) == [("visit_missed", "dropped", "nothing_to_say")]


def test_when_it_is_time_to_come_again_they_hear_of_it(booked: Patient) -> None:
    mark(booked, COMPLETED)
    with booked.database.transaction() as connection:
        follow_up(connection, by_id(connection, 1), 10, booked.clock.at)
    tick(booked, NOON.replace(day=24))
    booked.says("5", "no")
    tick(booked, NOON.replace(month=12, day=3, hour=18))
    assert len(heard(booked)) == 1
    tick(booked, NOON.replace(month=12, day=4, hour=9))
    [_, told] = heard(booked)
    assert told.kind == MessageKind.RECALL
    assert told.text.startswith("It is time for your next visit")
    tick(booked, NOON.replace(month=12, day=4, hour=11))
    assert len(heard(booked)) == 2


@pytest.mark.parametrize(
    "silence",
    [
        lambda one: one.says("STOP"),
        lambda one: change(one, patients, standing="deceased"),
        lambda one: change(one, patients, contact_rules='{"never": true}'),
        lambda one: change(one, patient_addresses, until=one.clock.at),
        lambda one: change(one, patient_addresses, trust="given"),
        lambda one: change(one, patients, is_active=False),
    ],
    ids=["opted out", "dead", "never", "no link", "only typed in", "not active"],
)
@pytest.mark.parametrize("status", [MISSED, COMPLETED])
def test_where_nobody_may_be_told_nobody_is_and_it_is_not_tried_again(
    booked: Patient, silence: Callable[[Patient], object], status: AppointmentStatus
) -> None:
    mark(booked, status)
    silence(booked)
    tick(booked, NOON.replace(day=25, hour=9))
    assert heard(booked) == []
    assert [state for _, state, _ in notes(booked)] == ["dropped"]


def test_too_many_in_a_day_wait_for_the_next(booked: Patient) -> None:
    set_rule(booked.database, unprompted_a_day=1)
    mark(booked, COMPLETED)
    with booked.database.transaction() as connection:
        an_occasion(connection, "follow_up_due", 1, valid_until=NOON.replace(day=30))
    tick(booked, NOON.replace(day=24))
    assert len(heard(booked)) == 1
    booked.clock.passes(minutes=11)
    tick(booked)
    assert len(heard(booked)) == 1
    tick(booked, NOON.replace(day=25, hour=8))
    assert len(heard(booked)) == 2


def test_one_that_fails_stops_no_other(booked: Patient) -> None:
    other = texter(booked, "+14155550188")
    other.clock.at = NOON
    other.says("dr okafor on tuesday at 10am for Ann Lee, 4 May 1980", "yes")
    other.clock.at = NOON.replace(day=24)
    with booked.database.transaction() as connection:
        connection.execute(update(appointments).values(status=COMPLETED))
        for visit_id in connection.scalars(select(appointments.c.id)).all():
            an_occasion(connection, "visit_over", visit_id)
    broken, spoken = booked.conversation.id, Desk.prompt

    def failing(desk: Desk, conversation_id: int, occasion: Any) -> Any:
        if conversation_id == broken:
            raise RuntimeError("a bad record")
        return spoken(desk, conversation_id, occasion)

    with patch.object(Desk, "prompt", failing):
        tick(booked)
    assert (len(heard(booked)), len(heard(other))) == (0, 1)
    booked.clock.passes(minutes=10)
    tick(booked)
    assert (len(heard(booked)), len(heard(other))) == (1, 1)


def test_two_workers_at_once_say_it_once(booked: Patient) -> None:
    mark(booked, COMPLETED)
    booked.clock.at = NOON.replace(day=24)
    one, two = (Agenda(booked.database, booked.clock, {}) for _ in range(2))
    spoken = Desk.prompt

    def meanwhile(desk: Desk, conversation_id: int, occasion: Any) -> Any:
        with patch.object(Desk, "prompt", spoken):
            two.speak()
        return spoken(desk, conversation_id, occasion)

    with patch.object(Desk, "prompt", meanwhile):
        one.speak()
    assert len(heard(booked)) == 1
    assert [state for _, state, _ in notes(booked)] == ["said"]


def test_what_is_offered_is_written_down(waiter: Patient, taken: int) -> None:
    call_off(waiter, taken)
    tick(waiter)
    with waiter.database.reading() as connection:
        assert connection.scalars(select(waitlist_offers.c.state)).all() == ["offered"]
    [said] = [row for row in rows(waiter.database, occasions) if row.kind == "offer"]
    assert said.message_id == heard(waiter)[0].id


def test_news_at_night_waits_for_the_morning_and_what_cannot_wait_is_called_about(
    clinic: Clinic, database: Database
) -> None:
    phone = Patient(database, Channel.SMS, "+14155550166")
    phone.says("hi")
    night = at("22:00", MONDAY - timedelta(days=1))
    with database.transaction() as connection:
        a_link(connection, clinic.patient_id, phone.own_address.id)
        for hour, day in (("09:00", MONDAY), ("10:00", MONDAY + timedelta(days=1))):
            book_slot(connection, clinic, a_slot(clinic, hour, day), actor=RECEPTIONIST, now=night)
    phone.clock.at = night
    Agenda(database, phone.clock, {}).speak()
    assert [row.kind for row in phone.outgoing] == ["reply"]
    assert [(row.kind, row.state, row.note) for row in rows(database, occasions)] == [
        ("booked", "dropped", "too_late"),
        ("booked", "planned", None),
    ]
    assert [row.kind for row in rows(database, tasks)] == ["call"]
    phone.clock.passes(hours=10)
    Agenda(database, phone.clock, {}).speak()
    assert "Tuesday, November 24" in phone.outgoing[-1].text
