"""Every change of the clocks that the tz database knows for the next five years.

What is offered is compared with a clock on the wall that is watched minute by minute: so no slot
lies outside opening hours or at a time that does not exist, and none is lost or offered twice.
The control is what one would write first, and it is wrong on each of these days.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.scheduling.slots import (
    MINUTE,
    Absence,
    Hours,
    Pattern,
    Workplace,
    free_starts,
    workday,
)
from tests.core.scheduling.wall_clock import (
    ALL_DAY,
    BERLIN,
    ROTAS,
    ZONES,
    Rota,
    all_zones,
    changes,
    days_around,
    minutes,
    starts_allowed,
    walk,
    watch,
)

stress = pytest.mark.stress
PATTERNS = ((1, 1), (20, 45), (45, 20))

# What is to be judged: the starts on a day.
Offered = Callable[[Rota, ZoneInfo, date, int, int], list[int]]


def our_starts(rota: Rota, zone: ZoneInfo, day: date, step: int, length: int) -> list[int]:
    opening, breaks = (
        [Hours(start * MINUTE, end * MINUTE) for start, end in stretches]
        for stretches in (rota.openings, rota.breaks)
    )
    away = [Absence(day, day, start * MINUTE, end * MINUTE) for start, end in rota.away]
    week = dict.fromkeys(range(7), opening)
    place = Workplace(1, 1, zone, week, dict.fromkeys(range(7), breaks), away)
    hours = workday(place, day)
    if hours is None:
        return []
    pattern = Pattern(step * MINUTE, length * MINUTE)
    starts = [
        start
        for stretch in hours.stretches
        for start in free_starts(stretch, pattern, hours.absent, earliest=0)
    ]
    assert all(start % MINUTE == 0 for start in starts)
    return [start // MINUTE for start in starts]


def wrong_days(
    zone: ZoneInfo, change: datetime, offered: Offered, rotas: Iterable[Rota]
) -> set[date]:
    """Return the days round the change on which not just what is allowed is offered."""
    shown = watch(zone, days_around(change, zone))
    return {
        day
        for day in shown
        for rota in rotas
        if [offered(rota, zone, day, step, length) for step, length in PATTERNS]
        != starts_allowed(rota, shown[day], PATTERNS)
    }


@pytest.mark.parametrize("name", ZONES)
def test_round_each_change_of_clocks_just_what_the_clock_allows_is_offered(name: str) -> None:
    zone = ZoneInfo(name)
    for change in walk(zone):
        assert wrong_days(zone, change, our_starts, ROTAS) == set(), change


@stress
def test_and_so_it_is_in_every_zone_of_the_tz_database() -> None:
    for zone in all_zones():
        for change in changes(zone):
            assert wrong_days(zone, change, our_starts, ROTAS) == set(), (zone, change)


def test_a_minute_past_midnight_the_clocks_may_go_back_into_the_evening_before() -> None:
    """As they did in Newfoundland until 2010; so the evening has two parts."""
    zone = ZoneInfo("America/St_Johns")
    change = datetime(2010, 11, 7, 2, 31, tzinfo=UTC)
    assert f"{change.astimezone(zone):%d %H:%M}" == "06 23:01"
    assert wrong_days(zone, change, our_starts, ROTAS) == set()


def test_the_zones_have_every_kind_of_change() -> None:
    """Should a country change its law, another zone must stand in for it."""
    kinds = set()
    for zone in map(ZoneInfo, ZONES):
        for change in changes(zone):
            before = (change - timedelta(seconds=1)).astimezone(zone)
            after = change.astimezone(zone)
            shown = before.replace(tzinfo=None) + timedelta(seconds=1)
            kinds.add((f"{shown:%H:%M}", after.replace(tzinfo=None) - shown))
    assert {by.total_seconds() / 60 for _, by in kinds} == {-120, -60, -30, 30, 60, 120}
    hour = timedelta(hours=1)
    assert {("00:00", hour), ("00:00", -hour), ("01:00", -hour), ("23:00", hour)} <= kinds
    assert any(not shown.endswith("00") for shown, _ in kinds)


def by_adding_to_the_wall_time(
    rota: Rota, zone: ZoneInfo, day: date, step: int, length: int
) -> list[int]:
    """Midnight plus so many minutes, as a `datetime` with a zone adds them."""
    midnight = datetime.combine(day, time(), zone)
    return [
        minutes((midnight + timedelta(minutes=wall)).astimezone(UTC))
        for start, end in rota.openings
        for wall in range(start, end - length + 1, step)
    ]


def by_one_offset_a_day(rota: Rota, zone: ZoneInfo, day: date, step: int, length: int) -> list[int]:
    midnight = minutes(datetime.combine(day, time(), zone).astimezone(UTC))
    return [
        midnight + wall
        for start, end in rota.openings
        for wall in range(start, end - length + 1, step)
    ]


@pytest.mark.parametrize("naive", [by_adding_to_the_wall_time, by_one_offset_a_day])
@pytest.mark.parametrize("name", [BERLIN, "Africa/Cairo", "America/Havana", "Australia/Lord_Howe"])
def test_control_what_one_would_write_first_is_wrong_at_each_change(
    name: str, naive: Offered
) -> None:
    """And only there: the day before and the day after, the oracle has nothing against it."""
    zone = ZoneInfo(name)
    for change in changes(zone):
        _, *on, _ = days_around(change, zone)
        wrong = wrong_days(zone, change, naive, (ALL_DAY,))
        assert wrong
        assert wrong <= set(on)
