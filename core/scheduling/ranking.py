"""Which of the free slots come first."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from core.scheduling.search import Search
from core.scheduling.slots import MINUTE, SECOND, day_start, wall

# A day further from the wish weighs as much as this many minutes further from it,
DAY_WEIGHT = 120
# and another practitioner than the patient's own as much as this many.
STRANGER_WEIGHT = 60
# So many days around the wish are looked through for something before it and something after.
AROUND = 7

# Start, practitioner, location, length, and how many visits the practitioner has that day already:
# cheaper to sort and to drop than a Slot.
Found = tuple[int, int, int, int, int]


class Ranking:
    """The order of one search; `availability.find_slots` says what it is."""

    def __init__(
        self, search: Search, today: date, zones: Mapping[tuple[int, int], ZoneInfo]
    ) -> None:
        self._near = search.near
        self._both_sides = search.both_sides and search.near is not None
        self._own = search.own_practitioners
        self._today = today
        self._zones = zones

    def sorted(self, found: Iterable[Found]) -> list[Found]:
        return sorted(found, key=self._by_time if self._near is None else self._by_wish)

    def best(self, found: Iterable[Found], limit: int | None) -> list[Found]:
        """Return the first `limit` of them; of both sides of the wish, when that is wanted."""
        ranked = self.sorted(found)
        if limit is None or not self._both_sides or len(ranked) <= limit:
            return ranked[:limit]
        before = [item for item in ranked if self._is_before(item)]
        after = [item for item in ranked if not self._is_before(item)]
        half = limit // 2
        before = before[: max(half, limit - len(after))]
        return self.sorted(before + after[: limit - len(before)])

    def settled(self, found: list[Found], day: date) -> bool:
        """Tell whether nothing on `day`, or on the days that come after it, would change `found`,
        the best so far."""
        if self._both_sides and self.distance(day) <= AROUND:
            sides = {self._is_before(item) for item in found}
            if len(sides) < 2:
                return False
        return bool(found) and self._beats(found[-1], day)

    def _is_before(self, item: Found) -> bool:
        """Tell whether a slot starts before the wish."""
        wished_day, wished_time = self._near or (None, None)
        local = self._local(item)
        return (local.date(), local.time()) < (wished_day or self._today, wished_time or time.min)

    def _local(self, item: Found) -> datetime:
        start, practitioner_id, location_id, *_ = item
        return datetime.fromtimestamp(start // SECOND, self._zones[practitioner_id, location_id])

    def _beats(self, item: Found, day: date) -> bool:
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
        local, practitioner_id = self._local(item), item[1]
        points = DAY_WEIGHT * self.distance(local.date())
        wished = self._near[1] if self._near else None
        if wished is not None:
            points += abs(wall(local.time()) - wall(wished)) // MINUTE
        if self._own and practitioner_id not in self._own:
            points += STRANGER_WEIGHT
        return points
