"""What the clinic offers: who sees patients for what, how long, and when. Two queries."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Date,
    Integer,
    Row,
    Select,
    Table,
    Text,
    Time,
    bindparam,
    cast,
    exists,
    literal_column,
    null,
    select,
    union_all,
)

from core.models import (
    absences,
    breaks,
    holidays,
    locations,
    practitioner_specialties,
    practitioner_visit_types,
    practitioners,
    schedules,
    specialties,
    visit_types,
)
from core.rules import Rules
from core.scheduling.slots import DAY, MINUTE, Absence, Hours, Pattern, Workplace, wall


@dataclass(frozen=True, slots=True)
class Offer:
    """One visit type, as one practitioner offers it. Lengths are microseconds; None: the clinic's
    general rule."""

    practitioner_id: int
    visit_type_id: int
    capacity: int
    step: int
    length_new: int
    length_known: int
    before: int
    after: int
    minimum_notice_minutes: int | None
    horizon_days: int | None
    needs_approval: bool
    new_patients: bool
    staff_only: bool

    def pattern(self, *, known_patient: bool) -> Pattern:
        length = self.length_known if known_patient else self.length_new
        return Pattern(self.step, length, self.before, self.after)

    def notice_minutes(self, rules: Rules) -> int:
        own = self.minimum_notice_minutes
        return rules.minimum_notice_minutes if own is None else own

    def horizon(self, rules: Rules) -> int:
        """Return how many days ahead may be booked."""
        return rules.horizon_days if self.horizon_days is None else self.horizon_days


def among(column: Column[int], persons: int) -> ColumnElement[bool]:
    """Return that the column is one of the parameter `practitioners`, as `these` gives it. A
    search for one person is the common case, and an IN costs more than all of its arithmetic."""
    if persons == 1:
        return column == bindparam("practitioners")
    return column.in_(bindparam("practitioners", expanding=True))


def these(practitioner_ids: Collection[int]) -> int | list[int]:
    """Return the value of the parameter `practitioners`."""
    return next(iter(practitioner_ids)) if len(practitioner_ids) == 1 else list(practitioner_ids)


@cache
def _offers(persons: int | None, by_specialty: bool, by_type: bool) -> Select[Any]:
    own = practitioner_visit_types
    listed = own.alias("listed")
    lists_some = exists().where(listed.c.practitioner_id == practitioners.c.id)
    which = visit_types.c.id == bindparam("visit_type") if by_type else visit_types.c.is_default
    query = (
        select(
            practitioners.c.id,
            practitioners.c.capacity,
            practitioners.c.slot_minutes,
            own.c.minutes,
            visit_types.c.id,
            visit_types.c.minutes_new_patient,
            visit_types.c.minutes_known_patient,
            visit_types.c.buffer_before_minutes,
            visit_types.c.buffer_after_minutes,
            visit_types.c.minimum_notice_minutes,
            visit_types.c.horizon_days,
            visit_types.c.needs_approval,
            visit_types.c.new_patients,
            visit_types.c.booked_by,
        )
        .select_from(practitioners)
        .join(visit_types, which)
        .outerjoin(
            own,
            (own.c.practitioner_id == practitioners.c.id)
            & (own.c.visit_type_id == visit_types.c.id),
        )
        .where(practitioners.c.is_active, visit_types.c.is_active)
        # A practitioner for whom nothing is listed offers everything.
        .where(own.c.id.is_not(None) | ~lists_some)
    )
    if persons is not None:
        query = query.where(among(practitioners.c.id, persons))
    if by_specialty:
        query = query.where(_TRAINED)
    return query


_TRAINED = (
    exists()
    .where(practitioner_specialties.c.practitioner_id == practitioners.c.id)
    .where(practitioner_specialties.c.specialty_id == specialties.c.id)
    .where(specialties.c.code == bindparam("specialty"), specialties.c.is_active)
)


def load_offers(
    connection: Connection,
    *,
    practitioner_ids: Collection[int] | None,
    specialty: str | None = None,
    visit_type_id: int | None = None,
) -> list[Offer]:
    """Return what active practitioners offer of a visit type (None: the default one)."""
    persons = None if practitioner_ids is None else min(len(practitioner_ids), 2)
    statement = _offers(persons, specialty is not None, visit_type_id is not None)
    parameters: dict[str, Any] = {}
    if practitioner_ids is not None:
        parameters["practitioners"] = these(practitioner_ids)
    if specialty is not None:
        parameters["specialty"] = specialty
    if visit_type_id is not None:
        parameters["visit_type"] = visit_type_id
    return [_offer(row) for row in connection.execute(statement, parameters).all()]


def _offer(row: Row[Any]) -> Offer:
    practitioner_id, capacity, slot_minutes, own_minutes, visit_type_id, *rest = tuple(row)
    new, known, before, after, notice, horizon, needs_approval, new_patients, booked_by = rest
    return Offer(
        practitioner_id=practitioner_id,
        visit_type_id=visit_type_id,
        capacity=capacity,
        step=slot_minutes * MINUTE,
        length_new=(own_minutes or new or slot_minutes) * MINUTE,
        length_known=(own_minutes or known or slot_minutes) * MINUTE,
        before=before * MINUTE,
        after=after * MINUTE,
        minimum_notice_minutes=notice,
        horizon_days=horizon,
        needs_approval=needs_approval,
        new_patients=new_patients,
        staff_only=booked_by == "staff",
    )


_FIRST, _LAST = bindparam("first", type_=Date), bindparam("last", type_=Date)
_NO_ID, _NO_DAY = cast(null(), BigInteger), cast(null(), Integer)
_NO_TIME, _NO_TEXT = cast(null(), Time), cast(null(), Text)


def _weekly(kind: str, table: Table, zone: Any, persons: int) -> Select[Any]:
    return select(
        literal_column(kind, Text),
        table.c.practitioner_id,
        table.c.location_id,
        table.c.weekday,
        table.c.starts,
        table.c.ends,
        table.c.valid_from,
        table.c.valid_to,
        zone,
    ).where(among(table.c.practitioner_id, persons))


@cache
def _hours(persons: int) -> CompoundSelect[Any]:
    return union_all(
        _weekly("'schedule'", schedules, locations.c.zone, persons)
        .join(locations, locations.c.id == schedules.c.location_id)
        .where(locations.c.is_active),
        _weekly("'break'", breaks, _NO_TEXT, persons),
        select(
            literal_column("'absence'", Text),
            absences.c.practitioner_id,
            _NO_ID,
            _NO_DAY,
            absences.c.starts,
            absences.c.ends,
            absences.c.date_from,
            absences.c.date_to,
            _NO_TEXT,
        )
        .where(among(absences.c.practitioner_id, persons))
        .where(absences.c.date_to >= _FIRST, absences.c.date_from <= _LAST),
        select(
            literal_column("'holiday'", Text),
            _NO_ID,
            holidays.c.location_id,
            _NO_DAY,
            _NO_TIME,
            _NO_TIME,
            holidays.c.day,
            holidays.c.day,
            _NO_TEXT,
        ).where(holidays.c.day >= _FIRST, holidays.c.day <= _LAST),
    )


def load_workplaces(
    connection: Connection,
    practitioner_ids: Collection[int],
    first: date,
    last: date,
    *,
    location_id: int | None = None,
) -> list[Workplace]:
    """Return where and when these practitioners work between two dates, both included, at active
    locations (or at one of them)."""
    zones: dict[tuple[int, int], ZoneInfo] = {}
    weekly: dict[tuple[str, int, int], dict[int, list[Hours]]] = defaultdict(dict)
    away: dict[int, list[Absence]] = defaultdict(list)
    closed: dict[int, set[date]] = defaultdict(set)
    parameters = {"practitioners": these(practitioner_ids), "first": first, "last": last}
    statement = _hours(min(len(practitioner_ids), 2))
    for kind, person, place, weekday, starts, ends, since, until, zone in connection.execute(
        statement, parameters
    ).all():
        if kind == "holiday":
            closed[place].add(since)
        elif kind == "absence":
            hours = (0, DAY) if starts is None else (wall(starts), wall(ends))
            away[person].append(Absence(since, until, *hours))
        else:
            if zone is not None:
                zones[person, place] = ZoneInfo(zone)
            hours_of_day = Hours(wall(starts), wall(ends), since, until)
            weekly[kind, person, place].setdefault(weekday, []).append(hours_of_day)
    return [
        Workplace(
            practitioner_id=person,
            location_id=place,
            zone=zone,
            schedules=weekly["schedule", person, place],
            breaks=weekly["break", person, place],
            absences=away[person],
            holidays=frozenset(closed[place]),
        )
        for (person, place), zone in zones.items()
        if location_id is None or place == location_id
    ]
