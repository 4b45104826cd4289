"""When reminders are due: stages of a policy, by the clock on the wall."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.occasions.policy import Stage, stages
from core.rules import Rules

ZONE = ZoneInfo("America/Los_Angeles")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def due(stage: str, start: str) -> str:
    at = Stage.parse(stage).due_at(wall(start), ZONE, Rules())
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("stage", "start", "expected"),
    [
        ("1d", "2026-11-25 10:00", "2026-11-24 10:00"),
        ("3d", "2026-11-25 10:00", "2026-11-22 10:00"),
        ("2h", "2026-11-25 14:30", "2026-11-25 12:30"),
        ("90m", "2026-11-25 14:30", "2026-11-25 13:00"),
        # A day is a day, also when it has 23 or 25 hours; so many hours are hours.
        ("1d", "2026-11-01 10:00", "2026-10-31 10:00"),
        ("24h", "2026-11-01 10:00", "2026-10-31 11:00"),
        ("1d", "2027-03-14 10:00", "2027-03-13 10:00"),
        ("24h", "2027-03-14 10:00", "2027-03-13 09:00"),
        ("1d", "2028-03-01 10:00", "2028-02-29 10:00"),
        # Before breakfast it waits until eight; late in the evening it goes out before eight.
        ("1d", "2026-11-25 07:00", "2026-11-24 08:00"),
        ("1d", "2026-11-25 20:30", "2026-11-24 19:59"),
        ("3h", "2026-11-25 08:30", "2026-11-25 08:00"),
        ("10h", "2026-11-25 09:00", "2026-11-24 19:59"),
    ],
)
def test_a_reminder_goes_out_so_long_before_and_never_at_night(
    stage: str, start: str, expected: str
) -> None:
    assert due(stage, start) == expected


@pytest.mark.parametrize("name", ["", "d", "0d", "-1d", "1.5d", "1w", "91d", "2161h", "1 d", "٣d"])
def test_a_policy_that_makes_no_sense_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match='such as "3d", "24h" or "90m", at most 90 days'):
        Stage.parse(name)


def test_without_a_policy_there_are_two_reminders_and_an_empty_one_has_none() -> None:
    assert [stage.name for stage in stages(None)] == ["3d", "1d"]
    assert [stage.name for stage in stages(("2h", "7d", "1d"))] == ["7d", "1d", "2h"]
    assert stages(()) == ()
