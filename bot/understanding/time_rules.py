"""The rules of clock times: what each pattern for an hour or a stretch of the day means."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.understanding.moment import Moment, next_day_of_month
from bot.understanding.patterns import Slots
from bot.understanding.times import Clock, Instant, Shift, Window

Found = Clock | Window | Instant | Shift | None
Rule = Callable[[Slots, Moment], Found]
_EARLIEST = 6  # Hours of a day that somebody may come from.


def _of(slots: Slots, *kinds: str) -> int | None:
    return next((value for name, value in slots if name in kinds), None)


def _clocks(slots: Slots) -> list[Clock]:
    return [value for name, value in slots if name in ("when", "clock")]


def hour(slots: Slots, at: Moment) -> Clock:
    del at
    return Clock((_of(slots, "hour", "spoken_hour") or 0) % 24)


def hour_and_minute(slots: Slots, at: Moment) -> Clock:
    del at
    minute = _of(slots, "minute", "clock_minute") or 0
    return Clock((_of(slots, "hour", "spoken_hour") or 0) % 24, minute)


def day_and_hour(slots: Slots, at: Moment) -> Instant | None:
    """ "On the 5. 10 oclock": the first number is the day of a month."""
    day = next_day_of_month(at.today, _of(slots, "dayno") or 0)
    return Instant(datetime.combine(day, hour_and_minute(slots, at).at(at))) if day else None


def in_figures(slots: Slots, at: Moment) -> Clock:
    del at
    clock: Clock = next(value for name, value in slots if name in ("figure_clock", "four"))
    return clock


def with_half(half: str) -> Rule:
    """A time of the morning or the afternoon half of the day; thirteen o'clock needs no half."""

    def rule(slots: Slots, at: Moment) -> Clock | None:
        clocks = _clocks(slots) or [
            value for name, value in slots if name in ("figure_clock", "four")
        ]
        clock = clocks[0] if clocks else hour_and_minute(slots, at)
        return halved(clock, half)

    return rule


def halved(clock: Clock, half: str) -> Clock:
    if clock.hour > 12 or clock.hour == 0 or (clock.sure and clock.hour == 12):
        return replace(clock, sure=True)
    hour_of_day = clock.hour % 12 + (12 if half == "pm" else 0)
    return Clock(hour_of_day, clock.minute, sure=True, half=True)


def at_midday(slots: Slots, at: Moment) -> Found:
    """ "Las 11 del mediodía" are before noon, "las 2 del mediodía" after it."""
    clock = next((value for _, value in slots if isinstance(value, Clock)), None)
    number = clock.hour if clock else _of(slots, "hour", "spoken_hour") or 0
    return with_half("am" if number in (10, 11) else "pm")(slots, at)


def past(minutes: int | None = None) -> Rule:
    """ "Half past three", "twenty past four"."""

    def rule(slots: Slots, at: Moment) -> Clock | None:
        del at
        clock = _clocks(slots)[0]
        said = minutes if minutes is not None else _of(slots, "minute", "spoken_minute") or 0
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


def beside_half(sign: int) -> Rule:
    """ "Five to half": minutes before or after what is half an hour before an hour."""

    def rule(slots: Slots, at: Moment) -> Clock | None:
        del at
        clock = _clocks(slots)[0]
        said = sign * (_of(slots, "minute", "spoken_minute") or 0)
        return _moved(clock, said - 30) if clock.minute == 0 else None

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
    return Window(first=_parted(slots, at)[0])


def before(slots: Slots, at: Moment) -> Window:
    return Window(last=_parted(slots, at)[0])


def between(slots: Slots, at: Moment) -> Window:
    """Two times. If only the later one says am or pm, the earlier one shares it when it can.

    "From 7 to 20" counts 24 hours: seven in the morning.
    """
    first, last = _parted(slots, at)
    by_day = last.hour > 12 and not last.half and first.hour >= _EARLIEST
    if by_day and not first.sure:
        first = replace(first, sure=True)
    elif last.sure and not first.sure and last.hour >= 12 and first.hour <= 12:
        shared = halved(first, "pm")
        first = shared if shared.readings()[0] < last.readings()[0] else halved(first, "am")
    elif last.sure and not first.sure:
        first = replace(first, sure=True)
    return Window(first, last)


def inside(slots: Slots, at: Moment) -> Window:
    return replace(between(slots, at), inside=True)


def _parted(slots: Slots, at: Moment) -> list[Clock]:
    """Return times, each in the part of day said after it: "from 9 in the morning"."""
    clocks: list[Clock] = []
    for name, value in slots:
        if name in ("when", "clock"):
            clocks.append(value)
        elif name == "spoken_hour":  # "Entre una y dos": an article is an hour here.
            clocks.append(Clock(value))
        elif name == "part":
            exact = clocks[-1].at(at, value)
            clocks[-1] = Clock(exact.hour, exact.minute, sure=True, half=True)
    return clocks


def outside(slots: Slots, at: Moment) -> Window:
    """ "Before 10 or after 3" leaves out the middle; "after 9 or before 5" is one stretch."""
    last, first = _clocks(slots)
    return Window(first, last, outside=last.at(at) <= first.at(at))


def outside_turned(slots: Slots, at: Moment) -> Window:
    return outside(slots[::-1], at)


def past_noon(slots: Slots, at: Moment) -> Clock:
    """ "Midi trente": twelve and so many minutes, without a word for the hour."""
    del at
    return Clock(12, _of(slots, "minute") or 0, sure=True)


def said(slots: Slots, at: Moment) -> Clock:
    """ "How about three?" names a time, not one near it."""
    del at
    return _clocks(slots)[0]


def around(slots: Slots, at: Moment) -> Window:
    return Window(named=_parted(slots, at)[0])


def around_named(hours: int) -> Rule:
    def rule(slots: Slots, at: Moment) -> Window:
        del slots, at
        return Window(named=Clock(hours, sure=True))

    return rule


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
    return _from_now(number * unit, at)


def this_noon(slots: Slots, at: Moment) -> Instant:
    """Noon of today, in one word with the day."""
    del slots
    return Instant(datetime.combine(at.today, time(12)))


def in_hours_and_a_half(slots: Slots, at: Moment) -> Instant:
    """ "In an hour and a half", "in 2 and a half hours"."""
    return _from_now(60 * _number(slots) + 30, at)


def in_half_an_hour(slots: Slots, at: Moment) -> Instant:
    del slots
    return _from_now(30, at)


def _from_now(minutes: float, at: Moment) -> Instant:
    minutes = max(0, min(round(minutes), 60 * 24 * 365))
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


def and_a_half(factor: int) -> Rule:
    """ "An hour and a half later"."""

    def rule(slots: Slots, at: Moment) -> Shift:
        del at
        return Shift(factor * (min(round(60 * _number(slots)), 24 * 60) + 30))

    return rule


def by(minutes: int) -> Rule:
    def rule(slots: Slots, at: Moment) -> Shift:
        del slots, at
        return Shift(minutes)

    return rule


RULES: dict[str, Rule] = {
    "hour": hour,
    "hour_and_minute": hour_and_minute,
    "day_and_hour": day_and_hour,
    "clock_in_figures": in_figures,
    "am": with_half("am"),
    "pm": with_half("pm"),
    "midday": at_midday,
    "minutes_past": past(),
    "quarter_past": past(15),
    "half_past": past(30),
    "minutes_to": to(),
    "minutes_to_figure": minutes_to_figure,
    "quarter_to": to(15),
    "half_to": to(30),
    "three_quarters_to": to(45),
    "minutes_to_half": beside_half(-1),
    "minutes_past_half": beside_half(1),
    "noon": named(12),
    "minutes_past_noon": past_noon,
    "midnight": named(0),
    "after_time": after,
    "before_time": before,
    "between_times": between,
    "inside_times": inside,
    "around_time": around,
    "around_noon": around_named(12),
    "said_time": said,
    "outside_times": outside,
    "outside_times_turned": outside_turned,
    "lunchtime": fixed("12:00", "14:00"),
    "before_work": fixed("", "09:00"),
    "after_work": fixed("17:00", ""),
    "after_school": fixed("15:00", ""),
    "after_breakfast": fixed("09:00", "12:00"),
    "before_lunch": fixed("", "12:00"),
    "late_morning": fixed("10:30", "12:00"),
    "early_morning": fixed("", "10:00"),
    "early_afternoon": fixed("12:00", "14:30"),
    "middle_of_afternoon": fixed("14:00", "16:00"),
    "late_afternoon": fixed("15:30", "18:00"),
    "early_evening": fixed("17:00", "19:00"),
    "end_of_day": fixed("16:00", ""),
    "not_morning": fixed("12:00", ""),
    "not_afternoon": fixed("", "12:00"),
    "not_evening": fixed("", "17:00"),
    "in_minutes": in_minutes,
    "in_half_an_hour": in_half_an_hour,
    "this_noon": this_noon,
    "later": later(1),
    "earlier": later(-1),
    "in_hours_and_a_half": in_hours_and_a_half,
    "hours_and_a_half_later": and_a_half(1),
    "hours_and_a_half_earlier": and_a_half(-1),
    "half_hour_later": by(30),
    "half_hour_earlier": by(-30),
}
