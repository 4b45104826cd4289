"""Quiet hours: when nothing is said first to anybody. Whoever writes is always answered.

The clinic's rules name two full hours, by the clock on the patient's wall: from 20:00 until 08:00
nothing goes out by itself. Where both are the same hour, no hours are quiet.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.clock import instant
from core.rules import Rules

_DAY = timedelta(days=1)


def is_quiet(at: datetime, zone: ZoneInfo, rules: Rules) -> bool:
    """Tell whether the instant lies in the quiet hours of that zone."""
    hour = at.astimezone(zone).hour
    begins, ends = rules.quiet_from_hour, rules.quiet_until_hour
    if begins <= ends:
        return begins <= hour < ends
    return hour >= begins or hour < ends


def allowed_from(at: datetime, zone: ZoneInfo, rules: Rules) -> datetime:
    """Return the first instant from `at` on at which something may be said, in UTC."""
    if not is_quiet(at, zone, rules):
        return instant(at)
    local = at.astimezone(zone)
    ends = _at_hour(local, rules.quiet_until_hour, zone)
    if ends <= at:
        ends = _at_hour(local + _DAY, rules.quiet_until_hour, zone)
    return ends


def allowed_until(at: datetime, zone: ZoneInfo, rules: Rules) -> datetime:
    """Return the last full minute up to `at` at which something may be said, in UTC."""
    if not is_quiet(at, zone, rules):
        return instant(at)
    local = at.astimezone(zone)
    begins = _at_hour(local, rules.quiet_from_hour, zone)
    if begins > at:
        begins = _at_hour(local - _DAY, rules.quiet_from_hour, zone)
    return begins - timedelta(minutes=1)


def _at_hour(local: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """That hour of that day; one that the clock leaves out is the one it goes on to."""
    return instant(datetime.combine(local.date(), time(hour % 24), zone))
