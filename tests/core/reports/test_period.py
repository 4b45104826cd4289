"""Which days a report is about."""

from datetime import date

import pytest

from core.reports.period import Period
from core.reports.share import Share


@pytest.mark.parametrize(
    ("day", "monday", "sunday"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), date(2026, 11, 29)),
        (date(2026, 11, 29), date(2026, 11, 23), date(2026, 11, 29)),
        (date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3)),
    ],
)
def test_a_week_is_from_monday_to_sunday(day: date, monday: date, sunday: date) -> None:
    assert Period.week(day) == Period(monday, sunday)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        (date(2026, 11, 30), date(2026, 11, 1), date(2026, 11, 30)),
        (date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
        (date(2028, 2, 1), date(2028, 2, 1), date(2028, 2, 29)),
        (date(2027, 2, 28), date(2027, 2, 1), date(2027, 2, 28)),
    ],
)
def test_a_month_is_as_long_as_it_is(day: date, first: date, last: date) -> None:
    assert Period.month(day) == Period(first, last)
    assert len(Period.month(day).days) == last.day


def test_a_day_is_one_day() -> None:
    day = date(2026, 11, 23)
    assert Period.day(day).days == (day,)


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="from 2026-11-23 on, got 2026-11-22"):
        Period(date(2026, 11, 23), date(2026, 11, 22))


def test_a_share_of_nothing_has_no_rate() -> None:
    assert [Share(4, 50).rate, Share(0, 5).rate, Share(0, 0).rate] == [0.08, 0.0, None]
