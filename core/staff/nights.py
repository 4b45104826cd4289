"""When staff are told at once, and what waits for the morning.

At night a telephone that rings is put on silent, and then alarms are, too. So what happens in the
clinic's quiet hours, while the place is closed, waits for the digest of the morning, or for the end
of these hours where none comes before. It does not wait where the visit begins, or began, before
they could act on it then: whoever is about to leave for a visit that was called off must know.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.clock import instant
from core.opening import OpeningHours
from core.quiet import allowed_from, is_quiet
from core.rules import Rules

# What could not be said at once is no news any more after so long; it is in the digest.
NEWS_FOR = timedelta(hours=2)
# Whoever hears of it in the morning has so long to act on it.
TIME_TO_ACT = timedelta(hours=1)


def at_hour(day: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """Return that full hour of the local day."""
    return instant(datetime.combine(day.date(), time(hour), zone))


def is_night(at: datetime, hours: OpeningHours, rules: Rules) -> bool:
    return is_quiet(at, hours.zone, rules) and not hours.is_open(at)


def told_from(
    at: datetime, visits: Iterable[datetime], hours: OpeningHours, rules: Rules
) -> datetime:
    """Return from when on somebody is told at once of what happened `at` that moment to a visit.
    `visits`: when it was to begin, and when it is."""
    if not is_night(at, hours, rules):
        return instant(at)
    morning = allowed_from(at, hours.zone, rules)
    digest = at_hour(morning.astimezone(hours.zone), rules.digest_hour, hours.zone)
    heard = min(each for each in (morning, digest) if each > at)
    if any(at < visit < heard + TIME_TO_ACT for visit in visits):
        return instant(at)
    return morning
