"""What happens to a visit in the night: told at once, or in the morning."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.opening import OpeningHours
from core.rules import Rules
from core.scheduling.week import Stretch
from core.staff.nights import told_from
from tests.builders import ZONE

WALL = ZoneInfo(ZONE)
FAR = timedelta(days=3)


def wall(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """On Monday, by the clock of the place."""
    return datetime(2026, 11, day, hour, minute, tzinfo=WALL)


def place(*hours: Stretch) -> OpeningHours:
    return OpeningHours(WALL, dict.fromkeys(range(7), hours))


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (wall(8), wall(8)),
        (wall(19, 59), wall(19, 59)),
        (wall(20), wall(8, day=24)),
        (wall(3), wall(8)),
        (wall(7, 59), wall(8)),
    ],
)
def test_in_quiet_hours_it_waits_for_their_end(at: datetime, told: datetime) -> None:
    assert told_from(at, [at + FAR], place(), Rules()) == told


def test_while_the_place_is_open_it_is_not_night() -> None:
    late = place(Stretch(wall(9).time(), wall(22).time()))
    assert told_from(wall(21), [wall(9, day=26)], late, Rules()) == wall(21)
    assert told_from(wall(22), [wall(9, day=26)], late, Rules()) == wall(8, day=24)


@pytest.mark.parametrize(
    ("visit", "is_told_at_once"),
    [
        (wall(7, 59, day=24), True),
        (wall(8, day=24), False),  # The digest of seven is an hour before it.
        (wall(22, 30), True),
        (wall(21, 59), False),  # That was before it happened.
    ],
)
def test_it_does_not_wait_where_the_morning_is_too_late(
    visit: datetime, is_told_at_once: bool
) -> None:
    at = wall(22)
    assert (told_from(at, [visit], place(), Rules()) == at) is is_told_at_once


def test_of_a_move_the_nearer_time_decides() -> None:
    at, was, is_now = wall(22), wall(7, 30, day=24), wall(15, day=27)
    assert told_from(at, [was, is_now], place(), Rules()) == at


def test_after_the_digest_the_end_of_the_quiet_hours_is_next() -> None:
    at = wall(7, 10)
    assert told_from(at, [wall(8, 50)], place(), Rules()) == at
    assert told_from(at, [wall(9)], place(), Rules()) == wall(8)


def test_where_no_hours_are_quiet_all_is_told_at_once() -> None:
    rules = Rules(quiet_from_hour=0, quiet_until_hour=0)
    assert told_from(wall(3), [wall(9) + FAR], place(), rules) == wall(3)
