"""Which of the free slots come first."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from core.scheduling.search import Search
from core.scheduling.slots import MINUTE, SECOND, day_start, wall

# A day further from the wish weighs as much as this many minutes further from it,
DAY_WEIGHT = 120
# and another practitioner than the patient's own as much as this many.
STRANGER_WEIGHT = 60

# Start, practitioner, location, length, and how many visits the practitioner has that day already:
# cheaper to sort and to drop than a Slot.
Found = tuple[int, int, int, int, int]


class Ranking:
    """The order of one search; `availability.find_slots` says what it is."""

    def __init__(
        self, search: Search, today: date, zones: Mapping[tuple[int, int], ZoneInfo]
    ) -> None:
        self._near = search.near
        self._own = search.own_practitioners
        self._today = today
        self._zones = zones

    def sorted(self, found: Iterable[Found]) -> list[Found]:
        return sorted(found, key=self._by_time if self._near is None else self._by_wish)

    def beats(self, item: Found, day: date) -> bool:
        """Tell whether a slot is better than any on `day`, or on the days that come after it."""
        if self._near is not None:
            return self._points(item) < DAY_WEIGHT * self.distance(day)
        return item[0] < min(day_start(day, zone) for zone in set(self._zones.values()))

    def distance(self, day: date) -> int:
        """Return how many days lie between a day and the wished one."""
        wished = self._near[0] if self._near else None
        return abs((day - (wished or self._today)).days)

    def _by_time(self, item: Found) -> tuple[int, ...]:
        start, practitioner_id, location_id, _, visits = item
        return start, practitioner_id not in self._own, visits, practitioner_id, location_id

    def _by_wish(self, item: Found) -> tuple[int, ...]:
        return self._points(item), *self._by_time(item)

    def _points(self, item: Found) -> int:
        """Return how far a slot is from the wish: 0 is the wish itself."""
        start, practitioner_id, location_id, *_ = item
        local = datetime.fromtimestamp(start // SECOND, self._zones[practitioner_id, location_id])
        points = DAY_WEIGHT * self.distance(local.date())
        wished = self._near[1] if self._near else None
        if wished is not None:
            points += abs(wall(local.time()) - wall(wished)) // MINUTE
        if self._own and practitioner_id not in self._own:
            points += STRANGER_WEIGHT
        return points
