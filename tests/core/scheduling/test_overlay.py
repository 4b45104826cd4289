"""What staff say of a weekday, laid over what the clinic file says of it."""

from datetime import date, time

from core.scheduling.overlay import (
    Change,
    Part,
    Weekday,
    joined,
    minus,
    opened,
    overlaid,
    restored,
    stored,
)
from core.scheduling.week import Stretch

MONDAY, NEXT_MONDAY = date(2026, 11, 30), date(2026, 12, 7)
DAY = Stretch(time(9), time(17))
NOON = Stretch(time(12), time(13))
MORNING = Stretch(time(8), time(12))
IN_FILE = Weekday((Part(DAY),), (Part(NOON),), (Part(Stretch(time(16), time(17))),))


def test_another_week_holds_from_its_day_on_and_the_old_one_before() -> None:
    after = overlaid(IN_FILE, [Change((MORNING,), NEXT_MONDAY)])
    assert after.on(MONDAY) == (DAY,)
    assert after.on(NEXT_MONDAY) == (MORNING,)
    assert after.on(date(2030, 1, 7)) == (MORNING,)


def test_another_week_until_a_day_leaves_what_comes_after_it() -> None:
    after = overlaid(IN_FILE, [Change((MORNING,), MONDAY, NEXT_MONDAY)])
    assert [after.on(day) for day in (MONDAY, NEXT_MONDAY, date(2026, 12, 14))] == [
        (MORNING,),
        (MORNING,),
        (DAY,),
    ]


def test_breaks_and_same_day_hours_stay_as_far_as_they_lie_inside() -> None:
    short = Stretch(time(8), time(12, 30))
    after = overlaid(IN_FILE, [Change((short,), NEXT_MONDAY)])
    assert after.breaks_on(MONDAY) == (NOON,)
    assert after.breaks_on(NEXT_MONDAY) == (Stretch(time(12), time(12, 30)),)
    assert [part.until for part in after.same_day_hours] == [date(2026, 12, 6)]


def test_a_day_off_leaves_nothing_of_it() -> None:
    after = overlaid(IN_FILE, [Change((), NEXT_MONDAY)])
    assert after.on(NEXT_MONDAY) == after.breaks_on(NEXT_MONDAY) == ()


def test_added_hours_come_beside_the_week_also_beside_a_later_one() -> None:
    extra = Change((Stretch(time(17), time(19)),), NEXT_MONDAY, NEXT_MONDAY, is_extra=True)
    after = overlaid(IN_FILE, [extra, Change((MORNING,), MONDAY)])
    assert after.on(NEXT_MONDAY) == (MORNING, Stretch(time(17), time(19)))
    assert after.on(date(2026, 12, 14)) == (MORNING,)


def test_added_hours_that_the_file_has_by_now_are_there_once() -> None:
    extra = Change((Stretch(time(16), time(19)),), NEXT_MONDAY, NEXT_MONDAY, is_extra=True)
    after = overlaid(IN_FILE, [extra])
    assert after.on(NEXT_MONDAY) == (DAY, Stretch(time(17), time(19)))
    assert overlaid(after, [extra]) == after


def test_the_same_hours_on_days_that_follow_each_other_are_one_part() -> None:
    after = overlaid(IN_FILE, [Change((DAY,), NEXT_MONDAY)])
    assert len(after.hours) == len(after.breaks) == 2
    assert joined(after) == joined(IN_FILE)


def test_hours_are_parted_where_a_break_ends() -> None:
    spring = date(2027, 3, 31)
    pause = Weekday((Part(DAY),), (Part(NOON, until=spring),))
    after = overlaid(pause, [Change((Stretch(time(8), time(17)),), NEXT_MONDAY)])
    assert {part[1:] for part in after.breaks} <= {part[1:] for part in after.hours}
    assert [after.on(day) for day in (spring, date(2027, 4, 5))] == [
        (Stretch(time(8), time(17)),),
        (Stretch(time(8), time(17)),),
    ]


def test_what_of_a_stretch_lies_in_no_other_is_left() -> None:
    assert minus(DAY, [NOON, Stretch(time(16), time(20))]) == [
        Stretch(time(9), time(12)),
        Stretch(time(13), time(16)),
    ]


def test_only_what_was_not_worked_before_has_been_opened() -> None:
    after = overlaid(IN_FILE, [Change((MORNING,), NEXT_MONDAY)])
    days = (MONDAY, NEXT_MONDAY)
    assert list(opened(IN_FILE, after, days)) == [(NEXT_MONDAY, Stretch(time(8), time(9)))]


def test_a_weekday_is_kept_as_it_is() -> None:
    after = overlaid(IN_FILE, [Change((MORNING,), NEXT_MONDAY, date(2027, 1, 4))])
    assert restored(stored(after)) == after
