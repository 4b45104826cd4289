"""Which of the free slots come first."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from core.scheduling.availability import Search, Slot, Window, find_slots
from tests.builders import (
    NOW,
    Clinic,
    an_absence,
)
from tests.core.scheduling.words import (
    MONDAY,
    TUESDAY,
    a_slot,
    book_slot,
    offered,
    times,
)

ON_MONDAY = (Window(MONDAY, MONDAY),)
THIS_WEEK = (Window(MONDAY, MONDAY + timedelta(days=6)),)


def find(connection: Connection, now: datetime = NOW, **wishes: Any) -> list[Slot]:
    return find_slots(connection, Search(**wishes), now=now, catalogue=offered(connection))


def of_patel(clinic: Clinic) -> frozenset[int]:
    return frozenset({clinic.patel_id})


def test_the_nearest_to_the_wish_come_first(clinic: Clinic, connection: Connection) -> None:
    wish: dict[str, Any] = {
        "practitioner_ids": of_patel(clinic),
        "near": (TUESDAY, time(10)),
        "limit": 4,
    }
    book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY))
    found = times(find(connection, **wish))
    assert found == ["Tue 09:40", "Tue 10:20", "Tue 09:20", "Tue 10:40"]
    an_absence(connection, clinic.patel_id, TUESDAY)
    assert times(find(connection, **wish)) == ["Mon 10:00", "Wed 10:00", "Mon 09:40", "Mon 10:20"]


def test_a_wished_time_alone_prefers_the_coming_days(
    clinic: Clinic, connection: Connection
) -> None:
    found = find(connection, practitioner_ids=of_patel(clinic), near=(None, time(15)), limit=2)
    assert times(found) == ["Mon 15:00", "Mon 14:40"]


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize("near", [(TUESDAY, None), (MONDAY + timedelta(days=9), time(16, 10))])
def test_ranking_does_not_depend_on_the_limit(
    connection: Connection, near: tuple[date, time | None]
) -> None:
    ranked = find(connection, near=near, windows=(Window(MONDAY, MONDAY + timedelta(days=28)),))
    assert find(connection, near=near, limit=25) == ranked[:25]


@pytest.mark.usefixtures("clinic")
def test_half_of_what_is_near_may_be_kept_for_each_side(connection: Connection) -> None:
    """Everything on the wished day comes after eight, and is nearer than the day before."""
    near = (TUESDAY, time(8))
    one_sided = find(connection, near=near, limit=6)
    assert {slot.starts_at.date() for slot in one_sided} == {TUESDAY}
    both = find(connection, near=near, limit=6, both_sides=True)
    assert len(both) == 6
    assert sum(slot.starts_at.date() < TUESDAY for slot in both) == 3
    assert both[0] == one_sided[0]


@pytest.mark.usefixtures("clinic")
def test_a_side_that_has_nothing_leaves_its_places_to_the_other(connection: Connection) -> None:
    both = find(connection, near=(MONDAY, time(8)), limit=6, both_sides=True)
    assert both == find(connection, near=(MONDAY, time(8)), limit=6)
