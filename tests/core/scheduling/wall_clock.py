"""A clock on the wall, watched minute by minute: the oracle for days on which the clocks change.

It knows no offsets and none of our arithmetic. Instants are minutes since 1970 in UTC.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)
ONE_DAY = timedelta(days=1)
MIDNIGHT = 24 * 60

# What the clock shows, in minutes since midnight, and when.
Shown = tuple[int, int]
Stretch = tuple[int, int]
Pattern = tuple[int, int]  # A visit may begin every so many minutes, and lasts so many.


@dataclass(frozen=True, slots=True)
class Rota:
    """The same wall time every day, in minutes since midnight."""

    openings: tuple[Stretch, ...]
    breaks: tuple[Stretch, ...] = ()
    away: tuple[Stretch, ...] = ()


# Where the tests walk, and what hours they keep there.
BERLIN = "Europe/Berlin"
ZONES = (
    BERLIN,
    "Europe/Dublin",  # Winter is the exception, by law.
    "Africa/Casablanca",  # Likewise Ramadan, whose dates move; newer tz databases end that.
    "Africa/El_Aaiun",
    "Africa/Cairo",  # Midnight is skipped, or the day's last hour comes twice.
    "Asia/Beirut",
    "America/Havana",  # The day's first hour comes twice.
    "America/Nuuk",  # The day's last hour is skipped.
    "America/Santiago",
    "Pacific/Easter",
    "America/New_York",
    "America/St_Johns",
    "Australia/Sydney",
    "Australia/Lord_Howe",  # By half an hour
    "Pacific/Chatham",  # At a quarter to three, or to four
    "Antarctica/Troll",  # By two hours
    "Asia/Kolkata",  # Never
    "Asia/Kathmandu",
)
ALL_DAY = Rota(((0, MIDNIGHT),))
ROTAS = (
    ALL_DAY,
    Rota(((0, 6 * 60),)),
    Rota(((90, 210),)),
    Rota(((22 * 60, MIDNIGHT),)),
    Rota(((10, 170), (185, 23 * 60 + 40)), breaks=((60, 75), (23 * 60, 23 * 60 + 10))),
    Rota(((0, MIDNIGHT - 1),), away=((65, 150), (23 * 60 + 5, MIDNIGHT))),
)


def changes(zone: ZoneInfo) -> list[datetime]:
    """Return the instants of these years at which the clocks change."""
    found = []
    moment, offset = SINCE, SINCE.astimezone(zone).utcoffset()
    while moment < UNTIL:
        following = moment + ONE_DAY
        if following.astimezone(zone).utcoffset() != offset:
            before, after = moment, following
            while after - before > timedelta(seconds=1):
                middle = (before + (after - before) / 2).replace(microsecond=0)
                if middle.astimezone(zone).utcoffset() == offset:
                    before = middle
                else:
                    after = middle
            found.append(after)
            offset = following.astimezone(zone).utcoffset()
        moment = following
    return found


def walk(zone: ZoneInfo) -> list[datetime]:
    """Return the changes in this zone; where there are none, Berlin's days will do."""
    return changes(zone) or changes(ZoneInfo(BERLIN))


def all_zones() -> list[ZoneInfo]:
    """Return every zone, those whose clocks show the same in these years only once."""
    unlike = {}
    for zone in map(ZoneInfo, sorted(available_timezones())):
        moments = (SINCE, *changes(zone))
        unlike[tuple((moment, moment.astimezone(zone).utcoffset()) for moment in moments)] = zone
    return list(unlike.values())


def days_around(change: datetime, zone: ZoneInfo) -> list[date]:
    """Return the day of the change, both of them when it falls on midnight, and one more on each
    side."""
    first = (change - timedelta(seconds=1)).astimezone(zone).date() - ONE_DAY
    last = change.astimezone(zone).date() + ONE_DAY
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def watch(zone: ZoneInfo, days: Sequence[date]) -> dict[date, list[Shown]]:
    """Return what the clock shows on each of these days, in the order in which it happens."""
    begin = datetime(days[0].year, days[0].month, days[0].day, tzinfo=UTC) - ONE_DAY
    seen: dict[date, list[Shown]] = defaultdict(list)
    for minute in range(minutes(begin), minutes(begin + (len(days) + 2) * ONE_DAY)):
        local = datetime.fromtimestamp(minute * 60, zone)
        seen[local.date()].append((local.hour * 60 + local.minute, minute))
    return {day: seen[day] for day in days}


def minutes(moment: datetime) -> int:
    """Return minutes since 1970; refuses what is not a whole minute."""
    whole, rest = divmod(moment.timestamp(), 60)
    assert rest == 0
    return int(whole)


def starts_allowed(
    rota: Rota, shown: Sequence[Shown], patterns: Iterable[Pattern]
) -> list[list[int]]:
    """Return for each pattern when visits may begin on a day: every minute of a visit is open, and
    none is away. The grid begins with each opening and counts the minutes as they pass."""
    is_open = _every_minute(rota.openings) - _every_minute(rota.breaks)
    is_away = _every_minute(rota.away)
    openings = _without_pause(minute for wall, minute in shown if wall in is_open)
    away = {minute for wall, minute in shown if wall in is_away}
    return [
        [
            start
            for opening in openings
            for start in opening[::step]
            if start + length - 1 <= opening[-1] and away.isdisjoint(range(start, start + length))
        ]
        for step, length in patterns
    ]


def _every_minute(stretches: Iterable[Stretch]) -> set[int]:
    return {minute for start, end in stretches for minute in range(start, end)}


def _without_pause(happening: Iterable[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for minute in happening:
        if not runs or runs[-1][-1] != minute - 1:
            runs.append([])
        runs[-1].append(minute)
    return runs
