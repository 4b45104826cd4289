"""Absences and holidays that staff enter: the visits they leave outside are named and kept."""

from datetime import time, timedelta

import pytest
from sqlalchemy import Connection

from core import models
from core.errors import ImpossibleHours
from core.scheduling.hours import (
    NothingToRemove,
    add_absence,
    add_holiday,
    remove_absence,
    remove_holiday,
)
from core.scheduling.week import Stretch
from tests import builders
from tests.builders import Clinic
from tests.core.scheduling.roster import BY, MONDAY, book, events, rows


def test_an_absence_names_the_visits_it_leaves_outside(
    clinic: Clinic, connection: Connection
) -> None:
    ten, two = book(connection, clinic, 10), book(connection, clinic, 14)
    afternoon = Stretch(time(14), time(16))
    found = add_absence(connection, clinic.patel_id, MONDAY, hours=afternoon, **BY)
    assert [visit.id for visit in found] == [two]
    tomorrow = MONDAY + timedelta(days=1)
    found = add_absence(connection, clinic.patel_id, MONDAY, tomorrow, reason="Leave", **BY)
    assert [visit.id for visit in found] == [ten, two]
    assert rows(connection, models.absences, "whole_day", "reason", "source") == [
        (False, None, "chat"),
        (True, "Leave", "chat"),
    ]
    half_day, whole_days = (row[0] for row in rows(connection, models.absences, "id"))
    found = remove_absence(connection, whole_days, **BY)
    assert [visit.id for visit in found] == [two]
    assert remove_absence(connection, half_day, **BY) == []
    key = "absence of Dr Anita Patel"
    # The reason is nobody's business but the roster's.
    assert events(connection) == [
        (key, "staff 3", None, "2026-11-23 14:00-16:00"),
        (key, "staff 3", None, "2026-11-23 to 2026-11-24"),
        (key, "staff 3", "2026-11-23 to 2026-11-24", None),
        (key, "staff 3", "2026-11-23 14:00-16:00", None),
    ]


def test_hours_of_an_absence_end_after_their_start(clinic: Clinic, connection: Connection) -> None:
    backwards = Stretch(time(16), time(14))
    with pytest.raises(ImpossibleHours, match="an end after the start, got 16:00-14:00"):
        add_absence(connection, clinic.patel_id, MONDAY, hours=backwards, **BY)
    assert rows(connection, models.absences, "id") == []


def test_an_absence_is_removed_once(clinic: Clinic, connection: Connection) -> None:
    add_absence(connection, clinic.patel_id, MONDAY, **BY)
    ((absence_id,),) = rows(connection, models.absences, "id")
    remove_absence(connection, absence_id, **BY)
    with pytest.raises(NothingToRemove):
        remove_absence(connection, absence_id, **BY)


def test_a_holiday_names_everybody_s_visits_at_that_place(
    clinic: Clinic, connection: Connection
) -> None:
    ten = book(connection, clinic, 10)
    eleven = book(connection, clinic, 11, practitioner_id=clinic.okafor_id)
    valley = builders.a_location(connection, "Valley")
    builders.a_schedule(connection, clinic.okafor_id, valley, time(18), time(20))
    book(connection, clinic, 18, practitioner_id=clinic.okafor_id, location_id=valley)
    found = add_holiday(connection, clinic.location_id, MONDAY, "Flood", **BY)
    assert [visit.id for visit in found] == [ten, eleven]
    assert rows(connection, models.holidays, "day", "name", "source") == [(MONDAY, "Flood", "chat")]
    assert remove_holiday(connection, clinic.location_id, MONDAY, **BY) == []
    assert rows(connection, models.holidays, "id") == []
    assert events(connection) == [
        ("holiday of Downtown", "staff 3", None, "Flood on 2026-11-23"),
        ("holiday of Downtown", "staff 3", "Flood on 2026-11-23", None),
    ]


def test_a_day_is_a_holiday_once(clinic: Clinic, connection: Connection) -> None:
    add_holiday(connection, clinic.location_id, MONDAY, "Flood", **BY)
    with pytest.raises(
        ImpossibleHours, match=r"expected each holiday once, got 2026-11-23 again \(Flood\)"
    ):
        add_holiday(connection, clinic.location_id, MONDAY, "Storm", **BY)
    remove_holiday(connection, clinic.location_id, MONDAY, **BY)
    with pytest.raises(NothingToRemove, match="2026-11-23 is no holiday of Downtown"):
        remove_holiday(connection, clinic.location_id, MONDAY, **BY)
