"""The arithmetic of slots, without a database."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.database.types import EPOCH
from core.scheduling.slots import (
    DAY,
    MINUTE,
    Absence,
    Hours,
    Interval,
    Pattern,
    Workplace,
    absent_hours,
    free_starts,
    instants,
    merge,
    opening_hours,
    seat_diaries,
    starts_with_a_seat,
    subtract,
    wall,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
PHOENIX = ZoneInfo("America/Phoenix")
MONDAY = date(2026, 11, 23)
TWENTY = Pattern(step=20 * MINUTE, length=20 * MINUTE)


def hours(starts: str, ends: str, **validity: date) -> Hours:
    return Hours(_wall(starts), DAY if ends == "24:00" else _wall(ends), **validity)


def _wall(text: str) -> int:
    return wall(time.fromisoformat(text))


def a_workplace(
    *schedules: Hours,
    zone: ZoneInfo = BERLIN,
    breaks: Iterable[Hours] = (),
    absences: Iterable[Absence] = (),
    holidays: Iterable[date] = (),
) -> Workplace:
    """The same hours on every day of the week."""
    return Workplace(
        practitioner_id=1,
        location_id=1,
        zone=zone,
        schedules=dict.fromkeys(range(7), schedules),
        breaks=dict.fromkeys(range(7), tuple(breaks)),
        absences=tuple(absences),
        holidays=frozenset(holidays),
    )


def starts_on(
    place: Workplace,
    day: date,
    pattern: Pattern = TWENTY,
    busy: Iterable[Interval] = (),
    earliest: int = 0,
) -> list[datetime]:
    absent = instants(day, absent_hours(place, day), place.zone)
    taken = merge([*busy, *absent])
    return [
        EPOCH + timedelta(microseconds=start)
        for opening in instants(day, opening_hours(place, day), place.zone)
        for start in free_starts(opening, pattern, taken, earliest)
    ]


def times_on(place: Workplace, day: date, pattern: Pattern = TWENTY) -> list[str]:
    starts = starts_on(place, day, pattern)
    return [f"{start.astimezone(place.zone):%H:%M}" for start in starts]


def between(starts: datetime, ends: datetime) -> Interval:
    return (starts - EPOCH) // timedelta(microseconds=1), (ends - EPOCH) // timedelta(
        microseconds=1
    )


def at(place: Workplace, day: date, text: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(text), place.zone).astimezone(UTC)


def test_the_grid_starts_again_after_a_break() -> None:
    place = a_workplace(hours("09:00", "14:00"), breaks=[hours("12:10", "13:05")])
    times = times_on(place, MONDAY)
    assert times[:3] == ["09:00", "09:20", "09:40"]
    assert times[-3:] == ["11:40", "13:05", "13:25"]
    assert "12:00" not in times  # It would run into the break.


def test_no_visit_ends_after_closing() -> None:
    assert times_on(a_workplace(hours("09:00", "09:50")), MONDAY) == ["09:00", "09:20"]


def test_a_visit_longer_than_the_grid_must_fit_from_each_of_its_starts() -> None:
    long = Pattern(step=20 * MINUTE, length=45 * MINUTE)
    assert times_on(a_workplace(hours("09:00", "10:10")), MONDAY, long) == ["09:00", "09:20"]


def test_overlapping_schedules_offer_each_time_once() -> None:
    place = a_workplace(hours("09:00", "10:00"), hours("09:30", "10:20"))
    assert times_on(place, MONDAY) == ["09:00", "09:20", "09:40", "10:00"]


def test_a_schedule_counts_between_its_dates_only() -> None:
    place = a_workplace(
        hours("09:00", "09:20", valid_to=MONDAY - timedelta(days=1)),
        hours("10:00", "10:20", valid_from=MONDAY, valid_to=MONDAY),
        hours("11:00", "11:20", valid_from=MONDAY + timedelta(days=1)),
    )
    assert times_on(place, MONDAY) == ["10:00"]


def test_a_holiday_closes_the_day() -> None:
    place = a_workplace(hours("09:00", "17:00"), holidays=[MONDAY])
    assert times_on(place, MONDAY) == []
    assert times_on(place, MONDAY + timedelta(days=1))


def test_a_whole_absence_takes_each_of_its_days() -> None:
    place = a_workplace(
        hours("09:00", "17:00"), absences=[Absence(MONDAY, MONDAY + timedelta(days=1))]
    )
    free = [day for day in range(4) if times_on(place, MONDAY + timedelta(days=day - 1))]
    assert free == [0, 3]


def test_a_partial_absence_takes_its_time_and_leaves_the_grid() -> None:
    away = Absence(MONDAY, MONDAY, _wall("09:10"), _wall("09:50"))
    place = a_workplace(hours("09:00", "11:00"), absences=[away])
    assert times_on(place, MONDAY) == ["10:00", "10:20", "10:40"]


def test_a_visit_takes_its_time_and_what_touches_it_stays_free() -> None:
    place = a_workplace(hours("09:00", "10:20"))
    visit = between(at(place, MONDAY, "09:20"), at(place, MONDAY, "09:40"))
    assert starts_on(place, MONDAY, busy=[visit]) == [
        at(place, MONDAY, text) for text in ("09:00", "09:40", "10:00")
    ]


def test_buffers_keep_their_distance_from_other_visits() -> None:
    place = a_workplace(hours("09:00", "11:00"))
    visit = between(at(place, MONDAY, "09:40"), at(place, MONDAY, "10:00"))
    buffered = Pattern(20 * MINUTE, 20 * MINUTE, before=5 * MINUTE, after=5 * MINUTE)
    assert starts_on(place, MONDAY, buffered, [visit]) == [
        at(place, MONDAY, text) for text in ("09:00", "10:20", "10:40")
    ]


def test_the_notice_is_included() -> None:
    place = a_workplace(hours("09:00", "11:00"))
    ten = between(at(place, MONDAY, "10:00"), at(place, MONDAY, "10:00"))[0]
    assert starts_on(place, MONDAY, earliest=ten)[0] == at(place, MONDAY, "10:00")
    assert starts_on(place, MONDAY, earliest=ten + 1)[0] == at(place, MONDAY, "10:20")


def test_a_slot_is_free_while_a_seat_is() -> None:
    opening, ten, late = (0, 60 * MINUTE), (0, 20 * MINUTE), (20 * MINUTE, 40 * MINUTE)
    seats = [[ten, late], [ten]]
    diaries = seat_diaries(seats, [], 2)
    assert starts_with_a_seat(opening, TWENTY, diaries, 2, 0) == [20 * MINUTE, 40 * MINUTE]
    away = seat_diaries(seats, [late], 2)
    assert starts_with_a_seat(opening, TWENTY, away, 2, 0) == [40 * MINUTE]
    three = seat_diaries(seats, [], 3)
    assert starts_with_a_seat(opening, TWENTY, three, 3, 0) == [0, 20 * MINUTE, 40 * MINUTE]


def test_visits_from_a_time_of_more_seats_still_count() -> None:
    diaries = seat_diaries([[(0, 20 * MINUTE)]], [], 1)
    assert starts_with_a_seat((0, 40 * MINUTE), TWENTY, diaries, 1, 0) == [20 * MINUTE]


# The days on which the clocks change. Wall times on the left, what is offered on the right.


def test_when_the_clocks_skip_an_hour_no_slot_lies_in_it() -> None:
    spring = date(2026, 3, 29)  # In Berlin 02:00 becomes 03:00.
    place = a_workplace(hours("01:20", "04:00"))
    assert times_on(place, spring) == ["01:20", "01:40", "03:00", "03:20", "03:40"]


def test_a_working_day_that_begins_in_the_skipped_hour_begins_after_it() -> None:
    spring = date(2026, 3, 29)
    place = a_workplace(hours("02:30", "04:00"))
    assert times_on(place, spring) == ["03:00", "03:20", "03:40"]
    assert times_on(a_workplace(hours("02:10", "02:50")), spring) == []


def test_when_an_hour_runs_twice_each_instant_is_offered_once() -> None:
    autumn = date(2026, 10, 25)  # In Berlin 03:00 becomes 02:00.
    starts = starts_on(a_workplace(hours("01:00", "04:00")), autumn)
    assert len(starts) == len(set(starts)) == 12  # Four hours
    assert starts[-1] - starts[0] == timedelta(hours=3, minutes=40)


def test_no_slot_lies_outside_the_wall_time_when_an_hour_runs_twice() -> None:
    autumn = date(2026, 10, 25)
    place = a_workplace(hours("02:30", "03:20"))
    assert times_on(place, autumn) == ["02:30", "02:30", "02:50"]


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 3, 29), date(2026, 11, 1)])
def test_afternoons_do_not_shift_on_the_day_the_clocks_change(zone: ZoneInfo, day: date) -> None:
    place = a_workplace(hours("13:00", "14:00"), zone=zone)
    assert times_on(place, day) == ["13:00", "13:20", "13:40"]


def test_phoenix_never_changes_its_clocks() -> None:
    place = a_workplace(hours("01:00", "04:00"), zone=PHOENIX)
    for day in (date(2026, 3, 8), date(2026, 11, 1)):
        assert starts_on(place, day)[0].hour == 8
        assert len(starts_on(place, day)) == 9


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Havana", date(2026, 3, 8)),  # Midnight itself is skipped,
        ("America/Havana", date(2026, 11, 1)),  # or comes twice;
        ("Asia/Beirut", date(2026, 3, 29)),
        ("Asia/Beirut", date(2026, 10, 24)),  # the last hour of the day comes twice;
        ("Australia/Lord_Howe", date(2026, 10, 4)),  # half an hour.
        ("Pacific/Apia", date(2011, 12, 30)),  # A day that never was.
    ],
)
def test_strange_days_offer_exactly_the_instants_whose_wall_time_is_open(
    zone: str, day: date
) -> None:
    place = a_workplace(hours("00:00", "00:40"), hours("23:00", "23:59"), zone=ZoneInfo(zone))
    one_minute = Pattern(step=MINUTE, length=MINUTE)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    expected = []
    for minute in range(-36 * 60, 36 * 60):
        instant = noon + timedelta(minutes=minute)
        local = instant.astimezone(place.zone)
        is_open = local.time() < time(0, 40) or time(23) <= local.time() < time(23, 59)
        if local.date() == day and is_open:
            expected.append(instant)
    assert starts_on(place, day, one_minute) == expected


_stretches = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 15)).map(lambda pair: (pair[0], sum(pair))),
    max_size=6,
)


def _covered(intervals: Iterable[Interval]) -> set[int]:
    return {minute for start, end in intervals for minute in range(start, end)}


@settings(max_examples=60, deadline=None)
@given(_stretches, _stretches)
def test_union_and_difference_keep_every_minute(
    some: list[Interval], others: list[Interval]
) -> None:
    union = merge([*some, *others])
    assert _covered(union) == _covered(some) | _covered(others)
    assert all(one[1] < two[0] for one, two in pairwise(union))
    assert _covered(subtract(merge(some), others)) == _covered(some) - _covered(others)


@settings(max_examples=100, deadline=None)
@given(
    busy=_stretches,
    step=st.integers(1, 8),
    length=st.integers(1, 12),
    before=st.integers(0, 3),
    after=st.integers(0, 3),
    earliest=st.integers(0, 40),
)
def test_a_start_is_free_exactly_when_nothing_overlaps(
    busy: list[Interval], step: int, length: int, before: int, after: int, earliest: int
) -> None:
    pattern = Pattern(step, length, before, after)
    taken = _covered(busy)
    expected = [
        start
        for start in range(5, 70, step)
        if earliest <= start
        and start + length <= 70
        and not taken & set(range(start - before, start + length + after))
    ]
    assert free_starts((5, 70), pattern, merge(busy), earliest) == expected
