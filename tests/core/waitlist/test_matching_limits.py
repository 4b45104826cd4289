"""A visit that would move up must be later; and nobody is asked too often."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, select

from core import models
from core.scheduling.holds import expire_holds
from tests.builders import (
    Clinic,
    a_setting,
)
from tests.core.messaging.waiting import a_waiting_message
from tests.core.scheduling.words import MONDAY, TUESDAY, a_slot, at, hold_slot
from tests.core.waitlist.persons import link_is
from tests.core.waitlist.words import (
    DAYTIME,
    Waiter,
    a_visit,
    ask,
    asked,
    cancelled_by_staff,
    change_entry,
    freed,
    offer_of,
    offers,
    rounds,
    says_no,
    somebody,
    tick,
    waits,
)

WEDNESDAY = TUESDAY + timedelta(days=1)


def _sooner(connection: Connection, clinic: Clinic, text: str, day: date = TUESDAY) -> Waiter:
    """Ana has a visit then, and would like one sooner."""
    who = somebody(connection, "Ana")
    visit = a_visit(connection, clinic, text, day, patient_id=who[0])
    return waits(connection, clinic, who=who, sooner_than_id=visit.id, until=visit.starts_at)


@pytest.mark.parametrize(
    ("text", "day", "is_asked"),
    [
        ("09:00", TUESDAY, False),
        ("16:00", MONDAY, False),
        ("10:20", TUESDAY, True),
        ("09:00", WEDNESDAY, True),
    ],
)
def test_who_would_like_it_sooner_is_asked_about_what_is_sooner(
    clinic: Clinic, connection: Connection, text: str, day: date, is_asked: bool
) -> None:
    one = _sooner(connection, clinic, text, day)
    change_entry(connection, one, until=None)  # The visit itself counts, wherever it is by now.
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == ["Ana"] * is_asked


def test_who_may_not_move_the_visit_any_more_is_not_asked(
    clinic: Clinic, connection: Connection
) -> None:
    _sooner(connection, clinic, "16:00")
    gone = a_visit(connection, clinic)
    a_setting(connection, "cancellation_notice_hours", 72)

    cancelled_by_staff(connection, gone)
    tick(connection)
    assert asked(connection) == []


def test_visits_ahead_do_not_hinder_who_moves_one(clinic: Clinic, connection: Connection) -> None:
    _sooner(connection, clinic, "16:00")
    a_setting(connection, "open_visits_proved", 1)
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == ["Ana"]


def test_a_visit_that_may_not_be_spoken_of_there_is_not_moved_from_there(
    clinic: Clinic, connection: Connection
) -> None:
    one = _sooner(connection, clinic, "16:00")
    link_is(trust="claimed")(connection, one)  # Which booked something else, from elsewhere.
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == []


# Not too often.


def test_nobody_is_asked_more_often_in_a_week_than_the_clinic_says(
    clinic: Clinic, connection: Connection
) -> None:
    one = waits(connection, clinic)
    days = [DAYTIME + timedelta(days=n) for n in (0, 1, 2, 3, 6, 7, 8)]
    for n, now in enumerate(days):
        freed(connection, clinic, "10:00", TUESDAY + timedelta(days=14 + n % 3), now=now)
        ask(connection, now)
        if n < 3:
            says_no(connection, one, now)
        ask(connection, now)
    said = connection.scalars(
        select(models.waitlist_offers.c.offered_at).order_by(models.waitlist_offers.c.id)
    ).all()
    assert list(said) == [days[n] for n in (0, 1, 2, 5, 6)]


@pytest.mark.parametrize(
    ("kind", "status", "is_asked"),
    [
        ("reminder", "sent", False),
        ("offer", "queued", False),
        ("reminder", "dropped", True),
        ("reply", "sent", True),
        ("notice", "sent", True),
    ],
)
def test_who_was_spoken_to_unasked_today_is_asked_tomorrow(
    clinic: Clinic, connection: Connection, kind: str, status: str, is_asked: bool
) -> None:
    one = waits(connection, clinic)
    freed(connection, clinic, "15:00")
    a_waiting_message(connection, one.conversation_id, kind=kind, status=status, queued_at=DAYTIME)
    tick(connection)
    assert asked(connection) == ["Ana"] * is_asked
    tick(connection, at("08:00", MONDAY))
    assert asked(connection) == ["Ana"]


def test_what_was_never_said_does_not_count(clinic: Clinic, connection: Connection) -> None:
    a_setting(connection, "waitlist_offers_a_week", 1)
    waits(connection, clinic)
    freed(connection, clinic)
    tick(connection)
    later = DAYTIME + timedelta(minutes=15)
    tick(connection, later)
    assert offers(connection) == ["withdrawn"]
    freed(connection, clinic, "11:00", now=later)
    tick(connection, later)
    assert offers(connection) == ["withdrawn", "planned"]


def test_what_was_let_pass_is_not_offered_again_because_somebody_held_it(
    clinic: Clinic, connection: Connection
) -> None:

    one = waits(connection, clinic)
    freed(connection, clinic)
    ask(connection)
    says_no(connection, one)
    tick(connection)
    hold_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY), now=DAYTIME)
    expire_holds(connection, now=DAYTIME + timedelta(minutes=5), limit=9)
    tick(connection, DAYTIME + timedelta(minutes=5))
    assert [state for _, state, _ in rounds(connection)] == ["over", "over"]
    assert offers(connection) == ["declined"]
    assert offer_of(connection, one) == 1
