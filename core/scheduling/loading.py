"""Reads the catalogue from the database: a handful of queries, whatever the clinic's size."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Date, Row, Select, Table, bindparam, select

from core.clock import instant
from core.errors import NoClinic
from core.models import (
    absences,
    breaks,
    holidays,
    locations,
    offered_at,
    organizations,
    practitioner_specialties,
    practitioner_visit_types,
    practitioners,
    resources,
    same_day_hours,
    schedules,
    specialties,
    visit_types,
)
from core.rules import load_rules
from core.scheduling.catalogue import Catalogue
from core.scheduling.offers import Ages, Person, VisitType, Where
from core.scheduling.slots import DAY, Absence, Hours, Workplace, wall

_VERSION = select(organizations.c.setup_version)
# Somewhere on Earth it is still yesterday; a day more, so that a copy serves over midnight.
_BACK = timedelta(days=2)


def load_catalogue(connection: Connection, *, now: datetime) -> Catalogue:
    """Return what the clinic offers from `now` on.

    Raises NoClinic, and NaiveDatetime.
    """
    since = (instant(now) - _BACK).date()
    # Before the rest: what changes while we read makes this copy stale, never wrong unnoticed.
    version = connection.scalar(_VERSION)
    if version is None:
        raise NoClinic("the database holds no clinic yet: frontdesk setup makes one")
    zones = {row.id: ZoneInfo(row.zone) for row in connection.execute(_LOCATIONS)}
    persons = _persons(connection)
    return Catalogue(
        version=version,
        since=since,
        rules=load_rules(connection),
        zones=zones,
        visit_types={row.id: _visit_type(row) for row in connection.execute(_VISIT_TYPES)},
        persons=persons,
        workplaces=_Weeks(connection, since).workplaces(persons, zones),
        specialties=_specialties(connection),
        resources=_resources(connection),
    )


def current(connection: Connection, catalogue: Catalogue, *, now: datetime) -> Catalogue:
    """Return `catalogue` if the clinic is still what it says, else what it offers now."""
    if catalogue.covers(connection.scalar(_VERSION) or 0, now):
        return catalogue
    return load_catalogue(connection, now=now)


_LOCATIONS = select(locations.c.id, locations.c.zone).where(locations.c.is_active)
_VISIT_TYPES = select(visit_types).where(visit_types.c.is_active).order_by(visit_types.c.id)


def _visit_type(row: Row[Any]) -> VisitType:
    return VisitType(
        id=row.id,
        is_default=row.is_default,
        is_emergency=row.kind == "emergency",
        minutes_new=row.minutes_new_patient,
        minutes_known=row.minutes_known_patient,
        before=row.buffer_before_minutes,
        after=row.buffer_after_minutes,
        minimum_notice_minutes=row.minimum_notice_minutes,
        horizon_days=row.horizon_days,
        cancellation_notice_hours=row.cancellation_notice_hours,
        # Who needs a referral shows it to staff, who then approve the visit.
        needs_approval=row.needs_approval or row.needs_referral,
        new_patients=row.new_patients,
        staff_only=row.booked_by == "staff",
        age_from=row.age_from,
        age_until=row.age_until,
        resource_kind=row.resource_kind,
    )


_PERSONS = (
    select(
        practitioners.c.id,
        practitioners.c.capacity,
        practitioners.c.slot_minutes,
        practitioners.c.visits_a_day,
    )
    .where(practitioners.c.is_active)
    .order_by(practitioners.c.id)
)
_LISTED = select(
    practitioner_visit_types.c.id,
    practitioner_visit_types.c.practitioner_id,
    practitioner_visit_types.c.visit_type_id,
    practitioner_visit_types.c.minutes,
)
_WHERE = select(
    offered_at.c.practitioner_visit_type_id, offered_at.c.location_id, offered_at.c.weekday
)


def _persons(connection: Connection) -> dict[int, Person]:
    places: dict[int, list[Where]] = defaultdict(list)
    for offer, location_id, weekday in connection.execute(_WHERE):
        places[offer].append((location_id, weekday))
    listed: dict[int, dict[int, tuple[int | None, tuple[Where, ...]]]] = defaultdict(dict)
    for offer, practitioner_id, visit_type_id, minutes in connection.execute(_LISTED):
        listed[practitioner_id][visit_type_id] = (minutes, tuple(places[offer]))
    ages: dict[int, list[Ages]] = defaultdict(list)
    for row in connection.execute(_TRAINED):
        ages[row.practitioner_id].append((row.age_from, row.age_until))
    return {
        row.id: Person(
            row.id,
            row.capacity,
            row.slot_minutes,
            row.visits_a_day,
            listed.get(row.id, {}),
            tuple(ages[row.id]),
        )
        for row in connection.execute(_PERSONS)
    }


_TRAINED = (
    select(
        specialties.c.code,
        specialties.c.age_from,
        specialties.c.age_until,
        practitioner_specialties.c.practitioner_id,
    )
    .join(specialties, specialties.c.id == practitioner_specialties.c.specialty_id)
    .where(specialties.c.is_active)
)


def _specialties(connection: Connection) -> dict[str, frozenset[int]]:
    trained: dict[str, set[int]] = defaultdict(set)
    for row in connection.execute(_TRAINED):
        trained[row.code].add(row.practitioner_id)
    return {code: frozenset(people) for code, people in trained.items()}


_RESOURCES = (
    select(resources.c.id, resources.c.location_id, resources.c.kind)
    .where(resources.c.is_active)
    .order_by(resources.c.id)
)


def _resources(connection: Connection) -> dict[tuple[int, str], tuple[int, ...]]:
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    for row_id, location_id, kind in connection.execute(_RESOURCES):
        found[location_id, kind].append(row_id)
    return {place: tuple(ids) for place, ids in found.items()}


def _weekly(table: Table) -> Select[Any]:
    return select(
        table.c.practitioner_id,
        table.c.location_id,
        table.c.weekday,
        table.c.starts,
        table.c.ends,
        table.c.valid_from,
        table.c.valid_to,
    ).order_by(table.c.id)


_SCHEDULES, _BREAKS, _SAME_DAY = _weekly(schedules), _weekly(breaks), _weekly(same_day_hours)
_SINCE = bindparam("since", type_=Date)
_ABSENCES = select(
    absences.c.practitioner_id,
    absences.c.date_from,
    absences.c.date_to,
    absences.c.starts,
    absences.c.ends,
).where(absences.c.date_to >= _SINCE)
_HOLIDAYS = select(holidays.c.location_id, holidays.c.day).where(holidays.c.day >= _SINCE)

_Week = dict[int, list[Hours]]  # Weekday -> hours


@dataclass
class _Weeks:
    """The hours of everybody, put together."""

    connection: Connection
    since: date
    away: dict[int, list[Absence]] = field(default_factory=lambda: defaultdict(list))
    closed: dict[int, set[date]] = field(default_factory=lambda: defaultdict(set))

    def workplaces(
        self, persons: Mapping[int, Person], zones: Mapping[int, ZoneInfo]
    ) -> dict[int, tuple[Workplace, ...]]:
        schedule, pauses, kept = map(self._weeks, (_SCHEDULES, _BREAKS, _SAME_DAY))
        for person, since, until, starts, ends in self._since(_ABSENCES):
            hours = (0, DAY) if starts is None else (wall(starts), wall(ends))
            self.away[person].append(Absence(since, until, *hours))
        for location_id, day in self._since(_HOLIDAYS):
            self.closed[location_id].add(day)
        found: dict[int, list[Workplace]] = defaultdict(list)
        for (person, place), week in schedule.items():
            if person in persons and place in zones:
                workplace = Workplace(
                    practitioner_id=person,
                    location_id=place,
                    zone=zones[place],
                    schedules=week,
                    breaks=pauses.get((person, place), {}),
                    absences=self.away[person],
                    holidays=frozenset(self.closed[place]),
                    same_day=kept.get((person, place), {}),
                )
                found[person].append(workplace)
        return {person: tuple(places) for person, places in found.items()}

    def _since(self, statement: Select[Any]) -> Sequence[Any]:
        return self.connection.execute(statement, {"since": self.since}).all()

    def _weeks(self, statement: Select[Any]) -> dict[tuple[int, int], _Week]:
        weeks: dict[tuple[int, int], _Week] = defaultdict(lambda: defaultdict(list))
        for person, place, weekday, starts, ends, since, until in self.connection.execute(
            statement
        ):
            hours = Hours(wall(starts), wall(ends), since, until)
            weeks[person, place][weekday].append(hours)
        return weeks
