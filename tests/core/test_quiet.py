"""Quiet hours, by the clock on the wall, through both changes of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.quiet import allowed_from, allowed_until, is_quiet
from core.rules import Rules

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
RULES = Rules()  # From 20:00 until 08:00


def wall(text: str, zone: ZoneInfo = LOS_ANGELES) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        ("2026-11-23 07:59:59", True),
        ("2026-11-23 08:00", False),
        ("2026-11-23 19:59:59", False),
        ("2026-11-23 20:00", True),
        ("2026-11-23 00:00", True),
    ],
)
def test_the_first_hour_is_quiet_and_the_last_is_not(at: str, quiet: bool) -> None:
    assert is_quiet(wall(at), LOS_ANGELES, RULES) is quiet


@pytest.mark.parametrize(
    ("at", "may", "might"),
    [
        ("2026-11-23 12:00", "2026-11-23 12:00", "2026-11-23 12:00"),
        ("2026-11-23 21:30", "2026-11-24 08:00", "2026-11-23 19:59"),
        ("2026-11-24 03:00", "2026-11-24 08:00", "2026-11-23 19:59"),
        # The clocks go back on 1 November 2026 and forward on 14 March 2027.
        ("2026-10-31 23:00", "2026-11-01 08:00", "2026-10-31 19:59"),
        ("2027-03-13 23:00", "2027-03-14 08:00", "2027-03-13 19:59"),
    ],
)
def test_what_falls_into_them_waits_for_the_morning_or_goes_the_evening_before(
    at: str, may: str, might: str
) -> None:
    assert allowed_from(wall(at), LOS_ANGELES, RULES) == wall(may)
    assert allowed_until(wall(at), LOS_ANGELES, RULES) == wall(might)


@pytest.mark.parametrize("hour", [0, 8, 20])
def test_the_same_hour_twice_leaves_no_hour_quiet(hour: int) -> None:
    rules = Rules(quiet_from_hour=hour, quiet_until_hour=hour)
    day = wall("2026-11-23 00:00")
    assert not any(is_quiet(day + timedelta(hours=each), LOS_ANGELES, rules) for each in range(24))


def test_a_clinic_may_keep_its_noon_quiet() -> None:
    rules = Rules(quiet_from_hour=12, quiet_until_hour=14)
    assert allowed_from(wall("2026-11-23 12:30"), LOS_ANGELES, rules) == wall("2026-11-23 14:00")
    assert allowed_until(wall("2026-11-23 13:59"), LOS_ANGELES, rules) == wall("2026-11-23 11:59")


ZONES = some.sampled_from(
    [ZoneInfo(name) for name in ("America/Los_Angeles", "Europe/Paris", "Asia/Kathmandu", "UTC")]
)
HOURS = some.integers(0, 23)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@given(
    at=some.integers(0, 3 * 366 * 24 * 60).map(lambda each: FIRST + timedelta(minutes=each)),
    zone=ZONES,
    begins=HOURS,
    ends=HOURS,
)
def test_whatever_the_hours_the_answer_is_near_and_not_quiet(
    at: datetime, zone: ZoneInfo, begins: int, ends: int
) -> None:
    rules = Rules(quiet_from_hour=begins, quiet_until_hour=ends)
    after, before = allowed_from(at, zone, rules), allowed_until(at, zone, rules)
    assert not is_quiet(after, zone, rules)
    assert not is_quiet(before, zone, rules)
    assert before <= at <= after
    # No stretch of quiet hours is longer than a day, and a change of the clock adds an hour.
    assert after - before <= timedelta(hours=25)
    if not is_quiet(at, zone, rules):
        assert before == at == after
