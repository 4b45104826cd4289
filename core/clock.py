"""Time enters here and nowhere else; everything below takes it as an argument."""

from collections.abc import Callable
from datetime import UTC, datetime

from core.errors import NaiveDatetime

Clock = Callable[[], datetime]  # Returns an aware datetime in UTC.


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def instant(value: datetime) -> datetime:
    """Return `value` in UTC; raises NaiveDatetime when it has no zone."""
    if value.tzinfo is None:
        raise NaiveDatetime(f"expected a datetime with a zone, got {value.isoformat()}")
    return value.astimezone(UTC)
