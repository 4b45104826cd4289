"""One search for free slots, from the question to the list."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from core.database.types import EPOCH, to_microseconds
from core.scheduling.catalogue import Catalogue
from core.scheduling.diary import Asker, Diary, read_diary
from core.scheduling.offers import Offer, age_on
from core.scheduling.ranking import Found, Ranking
from core.scheduling.search import Search, Slot
from core.scheduling.slots import (
    DAY,
    MINUTE,
    Interval,
    Pattern,
    Workday,
    Workplace,
    day_start,
    has_room,
    inside,
    instants,
    released_starts,
    seat_diaries,
    starts_with_a_seat,
    wall,
    workday,
)

ONE_DAY = timedelta(days=1)
# How many more days with opening hours are looked at when the last ones held too little: a few,
# two weeks, all the rest. So however far away the answer is, the visits are read three times.
_GROWTH = (2, 14, 1000)


@dataclass(frozen=True, slots=True)
class _Opening:
    """A practitioner's day at a location."""

    place: Workplace
    day: date
    hours: Workday
    starts_within: Sequence[Interval] | None  # None: any time of the day


class Finder:
    """Takes the days in the order in which they are worth it, and reads what is taken there."""

    def __init__(
        self,
        connection: Connection,
        search: Search,
        catalogue: Catalogue,
        *,
        now: datetime,
        for_staff: bool,
    ) -> None:
        self._connection = connection
        self._search = search
        self._catalogue = catalogue
        self._now = now
        self._for_staff = for_staff
        self._visit_type = catalogue.visit_type(search.visit_type_id)
        self._offers = catalogue.offers_for(search, for_staff=for_staff)
        self._places = {
            (place.practitioner_id, place.location_id): place
            for person in self._offers
            for place in catalogue.workplaces.get(person, ())
            if search.location_id in (None, place.location_id)
        }
        self._asker = Asker(now, search.conversation_id, search.moving_id, search.hold_id)
        zones = {key: place.zone for key, place in self._places.items()}
        self._ranking = Ranking(search, now.date(), zones)

    def find(self) -> list[Slot]:
        if not self._places:
            return []
        return self._slots(self._search_days(self._open_days()))

    def _horizon(self, location_id: int) -> int:
        return self._visit_type.horizon(self._catalogue.rules_at(location_id))

    def _days(self) -> Iterable[date]:
        """Return the days to look at, the most wanted first."""
        search = self._search
        # Somewhere on Earth it is still yesterday, or tomorrow already.
        today = self._now.date()
        horizon = max(self._horizon(location_id) for _, location_id in self._places)
        first, last = today - timedelta(days=1), today + timedelta(days=horizon + 1)
        if search.windows:
            first = max(first, min(window.day_from for window in search.windows))
            last = min(last, max(window.day_to for window in search.windows))
        all_days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        wanted = (day for day in all_days if search.wants(day))
        return wanted if search.near is None else sorted(wanted, key=self._ranking.distance)

    def _open_days(self) -> Iterator[tuple[date, list[_Opening]]]:
        """Yield the days on which anybody works, with who."""
        workplaces = []
        for place in self._places.values():
            today = self._now.astimezone(place.zone).date()
            last = today + timedelta(days=self._horizon(place.location_id))
            workplaces.append((place, today, last, self._offers[place.practitioner_id]))
        for day in self._days():
            openings = []
            for place, today, last, offer in workplaces:
                if not (today <= day <= last and offer.stands(place.location_id, day.weekday())):
                    continue
                if not self._is_of_age(offer, day):
                    continue
                hours = workday(place, day)
                if hours is not None:
                    within = self._starts_within(day, place)
                    openings.append(_Opening(place, day, hours, within))
            if openings:
                yield day, openings

    def _is_of_age(self, offer: Offer, day: date) -> bool:
        born = self._search.born
        if self._for_staff or born is None or not offer.has_ages:
            return True
        return offer.is_for_age(age_on(day, born))

    def _starts_within(self, day: date, place: Workplace) -> list[Interval] | None:
        if not self._search.windows:
            return None
        hours = []
        for window in self._search.windows:
            if window.day_from <= day <= window.day_to:
                if window.time_from is None and window.time_to is None:
                    return None
                start = 0 if window.time_from is None else wall(window.time_from)
                end = DAY if window.time_to is None else wall(window.time_to)
                hours.append((start, end))
        return instants(day, hours, place.zone)

    def _search_days(self, days: Iterator[tuple[date, list[_Opening]]]) -> Sequence[Found]:
        limit, ranking = self._search.limit, self._ranking
        if limit is None:
            return ranking.sorted(self._free([each for _, openings in days for each in openings]))
        found: list[Found] = []
        sizes = iter(_GROWTH)
        following = next(days, None)
        while following is not None:
            chunk = [following, *islice(days, next(sizes, _GROWTH[-1]) - 1)]
            found += self._free([each for _, openings in chunk for each in openings])
            following = next(days, None)
            if following is not None and len(found) >= limit:
                found = ranking.best(found, limit)
                if ranking.settled(found, following[0]):
                    break
        return ranking.best(found, limit)

    def _free(self, openings: Sequence[_Opening]) -> list[Found]:
        """Return the free slots of these openings, in no particular order."""
        if not openings:
            return []
        diary = self._read(openings)
        # A day off is one of the place's days: the same date somewhere else is another stretch.
        by_person: dict[tuple[int, ZoneInfo], list[_Opening]] = defaultdict(list)
        for opening in openings:
            by_person[opening.place.practitioner_id, opening.place.zone].append(opening)
        skipped = {to_microseconds(start) for start in self._search.not_starts}
        found: list[Found] = []
        for (practitioner_id, _), theirs in by_person.items():
            starts = self._starts(self._offers[practitioner_id], theirs, diary)
            found += [item for item in starts if item[0] not in skipped] if skipped else starts
        return found

    def _read(self, openings: Sequence[_Opening]) -> Diary:
        """Read what is taken on these days, from midnight to midnight."""
        before, after = self._visit_type.before * MINUTE, self._visit_type.after * MINUTE
        days = {(opening.day, opening.place.zone) for opening in openings}
        kind = self._visit_type.resource_kind
        places = {opening.place.location_id for opening in openings}
        rooms = [room for at in places for room in self._catalogue.rooms(at, kind)] if kind else []
        return read_diary(
            self._connection,
            {opening.place.practitioner_id for opening in openings},
            rooms,
            min(day_start(day, zone) for day, zone in days) - before,
            max(day_start(day + ONE_DAY, zone) for day, zone in days) + after,
            self._asker,
        )

    def _starts(self, offer: Offer, openings: Sequence[_Opening], diary: Diary) -> list[Found]:
        pattern = offer.pattern(known_patient=self._search.known_patient)
        absent = [away for opening in openings for away in opening.hours.absent]
        diaries = seat_diaries(diary.seats(offer.practitioner_id), absent, offer.capacity)
        counts = len(self._offers) > 1 or offer.visits_a_day is not None
        found: list[Found] = []
        for opening in openings:
            visits = self._visits_on(opening, diary) if counts else 0
            if offer.visits_a_day is None or self._for_staff or visits < offer.visits_a_day:
                place = opening.place
                earliest = self._earliest(place.location_id)
                starts = [
                    start
                    for stretch in opening.hours.stretches
                    for start in starts_with_a_seat(
                        stretch, pattern, diaries, offer.capacity, earliest
                    )
                ]
                found += [
                    (start, place.practitioner_id, place.location_id, pattern.length, visits)
                    for start in self._bookable(starts, opening, pattern, diary)
                ]
        return found

    def _visits_on(self, opening: _Opening, diary: Diary) -> int:
        day, place = opening.day, opening.place
        return diary.visits_between(
            place.practitioner_id,
            day_start(day, place.zone),
            day_start(day + ONE_DAY, place.zone),
        )

    def _earliest(self, location_id: int) -> int:
        """Return the first instant at which a visit may begin, notice included."""
        rules = self._catalogue.rules_at(location_id)
        notice = 0 if self._for_staff else self._visit_type.notice_minutes(rules)
        return to_microseconds(self._now) + notice * MINUTE

    def _bookable(
        self, starts: list[int], opening: _Opening, pattern: Pattern, diary: Diary
    ) -> list[int]:
        """Return those starts at which nothing but the practitioner's time stands in the way."""
        if opening.starts_within is not None:
            starts = inside(starts, opening.starts_within)
        if opening.hours.same_day and not self._for_staff:
            hours = self._catalogue.rules_at(opening.place.location_id).same_day_release_hours
            released = to_microseconds(self._now) + hours * 60 * MINUTE
            starts = released_starts(starts, pattern.length, opening.hours.same_day, released)
        kind = self._visit_type.resource_kind
        if kind is not None:
            rooms = self._catalogue.rooms(opening.place.location_id, kind)
            taken = [diary.room(room) for room in rooms]
            starts = [start for start in starts if has_room(start, pattern, taken)]
        return starts

    def _slots(self, found: Iterable[Found]) -> list[Slot]:
        visit_type_id = self._visit_type.id
        lengths: dict[int, timedelta] = {}
        slots = []
        for start, practitioner_id, location_id, length, _ in found:
            if length not in lengths:
                lengths[length] = timedelta(microseconds=length)
            starts_at = EPOCH + timedelta(microseconds=start)
            ends_at = starts_at + lengths[length]
            slots.append(Slot(practitioner_id, location_id, visit_type_id, starts_at, ends_at))
        return slots
