"""How much may be asked in how much time: a bucket that fills again at a steady rate."""

import threading
import time
from collections.abc import Callable

Seconds = Callable[[], float]


class Budget:
    """`burst` at once, then `per_second`. For each key its own."""

    def __init__(
        self, per_second: float, burst: float = 1.0, seconds: Seconds = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._seconds = seconds
        self._lock = threading.Lock()
        self._left: dict[object, tuple[float, float]] = {}  # Key -> what is left, as of when.

    def wait(self, key: object = None) -> float:
        """Take one of this key's budget: 0.0, or how many seconds are missing, and none taken."""
        now = self._seconds()
        with self._lock:
            left, as_of = self._left.get(key, (self._burst, now))
            left = min(self._burst, left + (now - as_of) * self._per_second)
            if left < 1.0:
                self._left[key] = (left, now)
                return (1.0 - left) / self._per_second
            self._left[key] = (left - 1.0, now)
            return 0.0
