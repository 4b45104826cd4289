"""Time enters here and nowhere else; everything below takes it as an argument."""

import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from core.errors import NaiveDatetime

Clock = Callable[[], datetime]  # Returns an aware datetime in UTC.


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def use_newest_time_zones() -> None:
    """Take the rules of time zones from the installed package where the machine's own are older.
    To be called at the start: a zone that was read before stays as it is.

    Python looks at the machine first. Countries change their clocks at short notice, and a server
    that nobody updates would then book an hour wrong.
    """
    # As Python does, the first folder that has any.
    folders = [Path(folder) / "tzdata.zi" for folder in zoneinfo.TZPATH]
    machines = next(filter(None, map(_version, folders)), "")
    if machines < _version(files("tzdata.zoneinfo") / "tzdata.zi"):
        zoneinfo.reset_tzpath(to=())


def _version(file: Path | Traversable) -> str:
    """Return "2026f" from the first line of the database's source, "" where there is none."""
    try:
        with file.open("r", encoding="ascii") as lines:
            return lines.readline().removeprefix("# version").strip()
    except OSError:
        return ""


def instant(value: datetime) -> datetime:
    """Return `value` in UTC; raises NaiveDatetime when it has no zone."""
    if value.tzinfo is None:
        raise NaiveDatetime(f"expected a datetime with a zone, got {value.isoformat()}")
    return value.astimezone(UTC)


def months_before(now: datetime, months: int) -> datetime:
    """Return the same day so many months ago; in a shorter month its last."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    for day in range(now.day, 27, -1):
        try:
            return now.replace(year=years, month=month + 1, day=day)
        except ValueError:
            continue
    return now.replace(year=years, month=month + 1)
