"""The rules of clock times: what each pattern for an hour or a stretch of the day means."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.understanding.moment import Moment
from bot.understanding.patterns import Slots
from bot.understanding.times import Clock, Instant, Shift, Window

Found = Clock | Window | Instant | Shift | None
Rule = Callable[[Slots, Moment], Found]


def _of(slots: Slots, *kinds: str) -> int | None:
    return next((value for name, value in slots if name in kinds), None)


def _clocks(slots: Slots) -> list[Clock]:
    return [value for name, value in slots if name in ("when", "clock")]


def hour(slots: Slots, at: Moment) -> Clock:
    del at
    return Clock(_of(slots, "hour") or 0)


def hour_and_minute(slots: Slots, at: Moment) -> Clock:
    del at
    return Clock(_of(slots, "hour") or 0, _of(slots, "minute") or 0)


def in_figures(slots: Slots, at: Moment) -> Clock:
    del at
    clock: Clock = next(value for name, value in slots if name in ("figure_clock", "four"))
    return clock


def with_half(half: str) -> Rule:
    """A time of the morning or the afternoon half of the day; thirteen o'clock needs no half."""

    def rule(slots: Slots, at: Moment) -> Clock | None:
        del at
        clocks = _clocks(slots) or [
            value for name, value in slots if name in ("figure_clock", "four")
        ]
        clock = clocks[0] if clocks else Clock(_of(slots, "hour") or 0, _of(slots, "minute") or 0)
        return halved(clock, half)

    return rule


def halved(clock: Clock, half: str) -> Clock:
    if clock.hour > 12 or clock.hour == 0 or (clock.sure and clock.hour == 12):
        return replace(clock, sure=True)
    return Clock(clock.hour % 12 + (12 if half == "pm" else 0), clock.minute, sure=True)


def past(minutes: int | None = None) -> Rule:
    """ "Half past three", "twenty past four"."""

    def rule(slots: Slots, at: Moment) -> Clock | None:
        del at
        clock = _clocks(slots)[0]
        said = minutes if minutes is not None else _of(slots, "minute") or 0
        return _moved(clock, said) if clock.minute == 0 else None

    return rule


def to(minutes: int | None = None) -> Rule:
    """ "Quarter to four"."""

    def rule(slots: Slots, at: Moment) -> Clock | None:
        del at
        clock = _clocks(slots)[0]
        said = minutes if minutes is not None else _of(slots, "minute", "spoken_minute") or 0
        return _moved(clock, -said) if clock.minute == 0 else None

    return rule


def minutes_to_figure(slots: Slots, at: Moment) -> Clock | None:
    """ "20 to 2" is 13:40, but "9 to 5" and "10 to 3" are two times."""
    return to()(slots, at) if _of(slots, "minute") in (15, 20, 25) else None  # type: ignore[return-value]


def _moved(clock: Clock, minutes: int) -> Clock:
    total = (60 * clock.hour + clock.minute + minutes) % (24 * 60)
    hour = total // 60
    if not clock.sure and hour == 0:
        hour = 12  # "Quarter to one" is in the middle of the day.
    return Clock(hour, total % 60, clock.sure)


def named(hours: int, minutes: int = 0) -> Rule:
    def rule(slots: Slots, at: Moment) -> Clock:
        del slots, at
        return Clock(hours, minutes, sure=True)

    return rule


# Windows


def after(slots: Slots, at: Moment) -> Window:
    del at
    return Window(first=_clocks(slots)[0])


def before(slots: Slots, at: Moment) -> Window:
    del at
    return Window(last=_clocks(slots)[0])


def between(slots: Slots, at: Moment) -> Window:
    """Two times. If only the later one says am or pm, the earlier one shares it when it can."""
    del at
    first, last = _clocks(slots)
    if last.sure and not first.sure and last.hour >= 12 and first.hour <= 12:
        shared = halved(first, "pm")
        first = shared if shared.readings()[0] < last.readings()[0] else halved(first, "am")
    elif last.sure and not first.sure:
        first = replace(first, sure=True)
    return Window(first, last)


def outside(slots: Slots, at: Moment) -> Window:
    """ "Before 10 or after 3" leaves out the middle; "after 9 or before 5" is one stretch."""
    last, first = _clocks(slots)
    return Window(first, last, outside=last.at(at) <= first.at(at))


def outside_turned(slots: Slots, at: Moment) -> Window:
    return outside(slots[::-1], at)


def said(slots: Slots, at: Moment) -> Clock:
    """ "How about three?" names a time, not one near it."""
    del at
    return _clocks(slots)[0]


def around(slots: Slots, at: Moment) -> Window:
    del at
    return Window(named=_clocks(slots)[0])


def fixed(first: str, last: str) -> Rule:
    """A stretch of the day with a name of its own: lunchtime, after work."""

    def clock(text: str) -> Clock | None:
        return Clock(int(text[:2]), int(text[3:]), sure=True) if text else None

    window = Window(clock(first), clock(last))

    def rule(slots: Slots, at: Moment) -> Window:
        del slots, at
        return window

    return rule


def in_minutes(slots: Slots, at: Moment) -> Instant:
    number, unit = _number(slots), _of(slots, "timeunit") or 1
    minutes = max(0, min(round(number * unit), 60 * 24 * 365))
    moment = at.now.replace(tzinfo=None) + timedelta(minutes=minutes)
    return Instant(moment.replace(second=0, microsecond=0))


def _number(slots: Slots) -> float:
    return next((value for name, value in slots if name in ("number", "decimal")), 1)


def later(factor: int) -> Rule:
    """ "An hour later" is 60, "half an hour earlier" -30."""

    def rule(slots: Slots, at: Moment) -> Shift:
        del at
        minutes = round(_number(slots) * (_of(slots, "timeunit") or 1))
        return Shift(factor * min(minutes, 24 * 60))

    return rule


def by(minutes: int) -> Rule:
    def rule(slots: Slots, at: Moment) -> Shift:
        del slots, at
        return Shift(minutes)

    return rule


RULES: dict[str, Rule] = {
    "hour": hour,
    "hour_and_minute": hour_and_minute,
    "clock_in_figures": in_figures,
    "am": with_half("am"),
    "pm": with_half("pm"),
    "minutes_past": past(),
    "quarter_past": past(15),
    "half_past": past(30),
    "minutes_to": to(),
    "minutes_to_figure": minutes_to_figure,
    "quarter_to": to(15),
    "half_to": to(30),
    "noon": named(12),
    "midnight": named(0),
    "after_time": after,
    "before_time": before,
    "between_times": between,
    "around_time": around,
    "said_time": said,
    "outside_times": outside,
    "outside_times_turned": outside_turned,
    "lunchtime": fixed("12:00", "14:00"),
    "before_work": fixed("", "09:00"),
    "after_work": fixed("17:00", ""),
    "after_school": fixed("15:00", ""),
    "late_morning": fixed("10:30", "12:00"),
    "early_morning": fixed("", "10:00"),
    "early_afternoon": fixed("12:00", "14:30"),
    "late_afternoon": fixed("15:30", "18:00"),
    "end_of_day": fixed("16:00", ""),
    "not_morning": fixed("12:00", ""),
    "not_afternoon": fixed("", "12:00"),
    "not_evening": fixed("", "17:00"),
    "in_minutes": in_minutes,
    "later": later(1),
    "earlier": later(-1),
    "half_hour_later": by(30),
    "half_hour_earlier": by(-30),
}
