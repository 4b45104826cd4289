"""One search for free slots, from the question to the list."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, text, type_coerce

from core.database.guards import LIVE, LONGEST_VISIT
from core.database.types import EPOCH, MICROSECOND, Instant, to_microseconds
from core.models import appointments
from core.rules import Rules
from core.scheduling.catalogue import Offer, among, load_offers, load_workplaces, these
from core.scheduling.columns import Microseconds
from core.scheduling.search import Search, Slot
from core.scheduling.slots import (
    DAY,
    MINUTE,
    SECOND,
    Interval,
    Workplace,
    absent_hours,
    day_start,
    instants,
    opening_hours,
    seat_diaries,
    starts_with_a_seat,
    wall,
)

# A day further from the wish weighs as much as this many minutes further from it.
DAY_WEIGHT = 120
# How many more days with opening hours are looked at when the last ones held too little.
_GROWTH = (2, 2, 4, 6, 14, 28)
_NOBODY = -1

# Start, practitioner, location, length: cheaper to sort and to drop than a Slot.
_Found = tuple[int, int, int, int]
_Seats = dict[int, list[Interval]]


@dataclass(frozen=True, slots=True)
class _Opening:
    """A practitioner's day at a location."""

    place: Workplace
    stretches: Sequence[Interval]
    absent: Sequence[Interval]
    starts_within: Sequence[Interval] | None  # None: any time of the day


@cache
def _live_visits(persons: int) -> Select[Any]:
    return (
        select(
            appointments.c.practitioner_id,
            appointments.c.seat,
            type_coerce(appointments.c.occupied_from, Microseconds),
            type_coerce(appointments.c.occupied_until, Microseconds),
        )
        .where(among(appointments.c.practitioner_id, persons))
        # Word for word as in the partial index, which then answers whatever the history.
        .where(text(f"appointments.status IN {LIVE}"))
        .where(appointments.c.occupied_from > bindparam("reach", type_=Instant))
        .where(appointments.c.occupied_from < bindparam("until", type_=Instant))
        .where(appointments.c.occupied_until > bindparam("since", type_=Instant))
        .where(appointments.c.occupied_from < appointments.c.occupied_until)
        .where(appointments.c.id != bindparam("moving"))
        .where(
            text(
                "NOT (appointments.status = 'held' AND (appointments.hold_expires_at <= :now"
                " OR appointments.conversation_id = :conversation))"
            ).bindparams(bindparam("now", type_=Instant), bindparam("conversation"))
        )
    )


class Finder:
    """Loads what is needed of the clinic, then days in the order in which they are worth it."""

    def __init__(
        self,
        connection: Connection,
        search: Search,
        *,
        now: datetime,
        rules: Rules,
        for_staff: bool,
    ) -> None:
        self._connection = connection
        self._search = search
        self._now = now
        self._rules = rules
        self._for_staff = for_staff
        self._offers: dict[int, Offer] = {}
        self._places: dict[tuple[int, int], Workplace] = {}

    def find(self) -> list[Slot]:
        search = self._search
        offers = load_offers(
            self._connection,
            practitioner_ids=search.practitioner_ids,
            specialty=search.specialty,
            visit_type_id=search.visit_type_id,
        )
        self._offers = {offer.practitioner_id: offer for offer in offers if self._open(offer)}
        days = self._days() if self._offers else []
        if not days:
            return []
        places = load_workplaces(
            self._connection, self._offers, min(days), max(days), location_id=search.location_id
        )
        self._places = {(place.practitioner_id, place.location_id): place for place in places}
        return [self._slot(item) for item in self._search_days(self._open_days(days))]

    def _open(self, offer: Offer) -> bool:
        return self._for_staff or (
            not offer.staff_only and (offer.new_patients or self._search.known_patient)
        )

    def _days(self) -> list[date]:
        """Return the days to look at, the most wanted first."""
        search = self._search
        # Somewhere on Earth it is still yesterday, or tomorrow already.
        today = self._now.date()
        horizon = max(offer.horizon(self._rules) for offer in self._offers.values())
        first, last = today - timedelta(days=1), today + timedelta(days=horizon + 1)
        if search.windows:
            first = max(first, min(window.day_from for window in search.windows))
            last = min(last, max(window.day_to for window in search.windows))
        count = (last - first).days + 1
        days = [
            day for day in (first + timedelta(days=n) for n in range(count)) if search.wants(day)
        ]
        if search.near is not None:
            days.sort(key=self._distance)
        return days

    def _distance(self, day: date) -> int:
        wished = self._search.near[0] if self._search.near else None
        return abs((day - (wished or self._now.date())).days)

    def _open_days(self, days: Iterable[date]) -> Iterator[tuple[date, list[_Opening]]]:
        """Yield the days on which anybody works, with who."""
        workplaces = []
        for place in self._places.values():
            today = self._now.astimezone(place.zone).date()
            horizon = self._offers[place.practitioner_id].horizon(self._rules)
            workplaces.append((place, today, today + timedelta(days=horizon)))
        for day in days:
            openings = []
            for place, today, last in workplaces:
                hours = opening_hours(place, day)
                if (
                    hours
                    and today <= day <= last
                    and (stretches := instants(day, hours, place.zone))
                ):
                    absent = instants(day, absent_hours(place, day), place.zone)
                    within = self._starts_within(day, place)
                    openings.append(_Opening(place, stretches, absent, within))
            if openings:
                yield day, openings

    def _starts_within(self, day: date, place: Workplace) -> list[Interval] | None:
        hours = []
        for window in self._search.windows:
            if window.day_from <= day <= window.day_to:
                if window.time_from is None and window.time_to is None:
                    return None
                start = 0 if window.time_from is None else wall(window.time_from)
                end = DAY if window.time_to is None else wall(window.time_to)
                hours.append((start, end))
        return instants(day, hours, place.zone) if hours else None

    def _search_days(self, days: Iterator[tuple[date, list[_Opening]]]) -> Sequence[_Found]:
        limit = self._search.limit
        if limit is None:
            return self._ranked(self._free([each for _, openings in days for each in openings]))
        found: list[_Found] = []
        sizes = iter(_GROWTH)
        following = next(days, None)
        while following is not None:
            chunk = [following, *islice(days, next(sizes, _GROWTH[-1]) - 1)]
            found += self._free([each for _, openings in chunk for each in openings])
            following = next(days, None)
            if following is not None and len(found) >= limit:
                found = self._ranked(found)[:limit]
                if found and self._beats(found[-1], following[0]):
                    break
        return self._ranked(found)[:limit]

    def _beats(self, item: _Found, day: date) -> bool:
        """Tell whether a slot is better than any on `day`, or on the days that come after it."""
        if self._search.near is not None:
            return self._points(item) < DAY_WEIGHT * self._distance(day)
        return item[0] < min(day_start(day, place.zone) for place in self._places.values())

    def _ranked(self, found: list[_Found]) -> list[_Found]:
        if self._search.near is None:
            return sorted(found)
        return sorted(found, key=lambda item: (self._points(item), item))

    def _points(self, item: _Found) -> int:
        """Return how far a slot is from the wish: 0 is the wish itself."""
        local = datetime.fromtimestamp(item[0] // SECOND, self._places[item[1], item[2]].zone)
        points = DAY_WEIGHT * self._distance(local.date())
        wished = self._search.near[1] if self._search.near else None
        if wished is not None:
            points += abs(wall(local.time()) - wall(wished)) // MINUTE
        return points

    def _free(self, openings: Sequence[_Opening]) -> list[_Found]:
        """Return the free slots of these openings, in no particular order."""
        by_person: dict[int, list[_Opening]] = defaultdict(list)
        for opening in openings:
            by_person[opening.place.practitioner_id].append(opening)
        taken = self._taken(openings) if openings else {}
        skipped = {to_microseconds(start) for start in self._search.not_starts}
        found: list[_Found] = []
        for practitioner_id, theirs in by_person.items():
            seats = taken.get(practitioner_id, {})
            starts = self._starts(self._offers[practitioner_id], theirs, seats)
            found += [item for item in starts if item[0] not in skipped] if skipped else starts
        return found

    def _starts(self, offer: Offer, openings: Sequence[_Opening], seats: _Seats) -> list[_Found]:
        notice = 0 if self._for_staff else offer.notice_minutes(self._rules)
        earliest = to_microseconds(self._now) + notice * MINUTE
        pattern = offer.pattern(known_patient=self._search.known_patient)
        absent = [away for opening in openings for away in opening.absent]
        diaries = seat_diaries(seats.values(), absent, offer.capacity)
        found: list[_Found] = []
        for opening in openings:
            place, within = opening.place, opening.starts_within
            for stretch in opening.stretches:
                starts = starts_with_a_seat(stretch, pattern, diaries, offer.capacity, earliest)
                found += [
                    (start, place.practitioner_id, place.location_id, pattern.length)
                    for start in starts
                    if within is None or any(since <= start < until for since, until in within)
                ]
        return found

    def _taken(self, openings: Sequence[_Opening]) -> dict[int, _Seats]:
        """Return by practitioner and seat when live visits and current holds take their time."""
        before = max(offer.before for offer in self._offers.values())
        after = max(offer.after for offer in self._offers.values())
        first = min(opening.stretches[0][0] for opening in openings) - before
        last = max(opening.stretches[-1][1] for opening in openings) + after
        since = EPOCH + first * MICROSECOND
        wanted = {opening.place.practitioner_id for opening in openings}
        parameters = {
            "practitioners": these(wanted),
            "reach": since - LONGEST_VISIT,
            "since": since,
            "until": EPOCH + last * MICROSECOND,
            "moving": self._search.moving_id or _NOBODY,
            "conversation": self._search.conversation_id or _NOBODY,
            "now": self._now,
        }
        rows = self._connection.execute(_live_visits(min(len(wanted), 2)), parameters).all()
        taken: dict[int, _Seats] = defaultdict(lambda: defaultdict(list))
        for practitioner_id, seat, occupied_from, occupied_until in rows:
            taken[practitioner_id][seat].append((occupied_from, occupied_until))
        return taken

    def _slot(self, item: _Found) -> Slot:
        start, practitioner_id, location_id, length = item
        starts_at = EPOCH + timedelta(microseconds=start)
        return Slot(
            practitioner_id,
            location_id,
            self._offers[practitioner_id].visit_type_id,
            starts_at,
            starts_at + timedelta(microseconds=length),
        )
