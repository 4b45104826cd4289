"""A clock that can be moved: 24 hours pass in a test, or for whoever tries the simulator."""

import threading
from datetime import UTC, datetime, timedelta


class MovableClock:
    """Goes as the real one does, ahead of it by what it was moved; never back, as no provider's
    does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        with self._lock:
            return datetime.now(UTC) + self._ahead

    def move(self, by: timedelta) -> None:
        if by < timedelta():
            raise ValueError("expected a stretch of time that is not negative")
        with self._lock:
            self._ahead += by

    def set(self, at: datetime) -> None:
        """To that moment. ValueError for one of the past, or one without its zone."""
        if at.tzinfo is None:
            raise ValueError("expected a moment with its offset, such as 2026-11-22T10:00-08:00")
        self.move(at - self())
