"""What the schedule allows, asked for one slot."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection

from core.errors import BeyondHorizon, NaiveDatetime, NotOffered, OutsideSchedule, SlotInPast
from core.scheduling.availability import Search, check_slot, find_slots
from tests.builders import (
    NOW,
    Clinic,
    a_visit_type,
    an_offer,
)
from tests.core.scheduling.words import (
    MONDAY,
    a_slot,
    at,
    offered,
)


def test_naive_datetimes_are_refused(clinic: Clinic, connection: Connection) -> None:
    search = Search(limit=1)
    with pytest.raises(NaiveDatetime):
        find_slots(connection, search, now=NOW.replace(tzinfo=None), catalogue=offered(connection))
    naive = a_slot(clinic, "09:00")._replace(starts_at=datetime(2026, 11, 23, 9))  # noqa: DTZ001
    with pytest.raises(NaiveDatetime):
        check_slot(offered(connection), naive, now=NOW)


@pytest.mark.parametrize(
    ("text", "day", "error"),
    [
        ("08:40", MONDAY, OutsideSchedule),  # Before opening
        ("12:00", MONDAY, OutsideSchedule),  # In the break
        ("09:10", MONDAY, OutsideSchedule),  # Off the grid
        ("09:00", MONDAY - timedelta(days=1), OutsideSchedule),  # On a Sunday
        ("09:00", MONDAY - timedelta(days=3), SlotInPast),
        ("09:00", MONDAY + timedelta(days=196), BeyondHorizon),
    ],
)
def test_a_slot_that_the_schedule_does_not_give_is_refused(
    clinic: Clinic, connection: Connection, text: str, day: date, error: type[Exception]
) -> None:
    with pytest.raises(error):
        check_slot(offered(connection), a_slot(clinic, text, day), now=NOW)


def test_every_slot_that_is_found_passes_the_check(clinic: Clinic, connection: Connection) -> None:
    for slot in find_slots(connection, Search(limit=20), now=NOW, catalogue=offered(connection)):
        check_slot(offered(connection), slot, now=NOW)
    visit = a_slot(clinic, "09:00", minutes=40)
    with pytest.raises(OutsideSchedule):
        check_slot(offered(connection), visit, now=NOW)


def test_a_slot_within_the_notice_is_for_staff(clinic: Clinic, connection: Connection) -> None:
    slot, now = a_slot(clinic, "09:40"), at("09:00")
    with pytest.raises(SlotInPast):
        check_slot(offered(connection), slot, now=now)
    check_slot(offered(connection), slot, now=now, for_staff=True)
    check_slot(offered(connection), a_slot(clinic, "09:47"), now=now, for_staff=True)


def test_what_is_not_offered_is_refused(clinic: Clinic, connection: Connection) -> None:
    emergency = a_visit_type(connection, "emergency", booked_by="staff")
    slot = a_slot(clinic, "09:00", visit_type_id=emergency)
    with pytest.raises(NotOffered):
        check_slot(offered(connection), slot, now=NOW)
    check_slot(offered(connection), slot, now=NOW, for_staff=True)
    an_offer(connection, clinic.patel_id, clinic.visit_type_id)
    with pytest.raises(NotOffered):
        check_slot(offered(connection), slot, now=NOW, for_staff=True)
