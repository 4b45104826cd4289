"""The clinic changes while patients book: hours, absences, holidays, rooms, rules, and the time."""

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import delete, update

from core import models
from core.errors import ImpossibleHours
from core.scheduling.appointments import Appointment
from core.scheduling.hours import (
    add_absence,
    add_holiday,
    remove_absence,
    remove_holiday,
    replace_hours,
)
from core.scheduling.week import Stretch
from tests.builders import a_resource, a_setting, an_offer
from tests.core.scheduling.calendar_machine import CalendarMachine
from tests.core.scheduling.plain_clinic import Rows, is_inside

_practitioners = st.integers(0, 2)
_locations = st.integers(0, 1)
_days = st.integers(0, 9)
_hours = st.sampled_from([(9, 11), (9, 10), (10, 12), (8, 9), (0, 4)])
_parts = st.sampled_from([None, None, (time(9), time(9, 30)), (time(9, 40), time(10))])
_rules = st.sampled_from(
    [
        ("minimum_notice_minutes", (0, 60, 240)),
        ("horizon_days", (3, 9, 12)),
        ("cancellation_notice_hours", (0, 2, 48)),
        ("hold_minutes", (1, 5, 600)),
        ("undo_minutes", (1, 15, 3000)),
        ("back_entry_days", (0, 2, 7)),
        ("same_day_release_hours", (0, 24, 200)),
        ("late_cancellation_hours", (0, 24, 100)),
        ("approve_from_missed_visits", (0, 1)),
        ("staff_only_from_missed_visits", (0, 1, 2)),
    ]
)
_of_persons = st.sampled_from(
    [("capacity", (1, 2, 3)), ("visits_a_day", (None, 1, 2, 3)), ("slot_minutes", (20, 30))]
)
_of_visit_types = st.sampled_from(
    [
        ("buffer_before_minutes", (0, 5, 10)),
        ("buffer_after_minutes", (0, 10)),
        ("minutes_new_patient", (None, 30, 40)),
        ("minutes_known_patient", (None, 20, 40)),
        ("needs_approval", (True, False)),
        ("new_patients", (True, False)),
        ("booked_by", ("patient", "staff")),
        ("resource_kind", (None, "ultrasound")),
        ("age_from", (None, 18)),
        ("age_until", (None, 17)),
        ("minimum_notice_minutes", (None, 0, 90)),
        ("horizon_days", (None, 5)),
        ("cancellation_notice_hours", (None, 3)),
    ]
)
_values = st.integers(0, 3)


class ClinicSteps(CalendarMachine):
    def change(self, what: str, act: Callable[[], object]) -> object:
        """Let staff change the clinic. No visit changes with it, and none when it is refused."""
        try:
            done = act()
        except ImpossibleHours as error:
            note(f"{what}: {error}")
            assert Rows.read(self.connection).tables == self.clinic.tables
            done = None
        else:
            note(f"{what}: {done}")
            self.clinic = Rows.read(self.connection)
        assert self.record.read(self.connection).is_as(self.record), "visits have changed"
        return done

    def change_hours(self, what: str, act: Callable[[], list[Appointment]], **whose: int) -> None:
        """Staff hear which visits lie outside the hours now."""
        told = self.change(what, act)
        if told is not None:
            assert isinstance(told, list)
            assert [visit.id for visit in told] == self._stranded(whose)

    def _stranded(self, whose: dict[str, int]) -> list[int]:
        visits = sorted(self.record.visits.values(), key=lambda visit: (visit.starts_at, visit.id))
        return [
            visit.id
            for visit in visits
            if visit.status in ("pending", "scheduled", "confirmed", "arrived")
            and visit.starts_at > self.now
            and visit.override_reason is None
            and all(getattr(visit, name) == value for name, value in whose.items())
            and not is_inside(
                self.clinic,
                visit.practitioner_id,
                visit.location_id,
                visit.starts_at,
                visit.ends_at,
            )
        ]

    @property
    def by(self) -> dict[str, Any]:
        return {"actor": "staff 1", "now": self.now}

    def day(self, number: int) -> date:
        return self.clinic.day_of(self.now, self.crowd.locations[0]) + timedelta(days=number)

    @rule(
        person=_practitioners,
        location=_locations,
        hours=_hours,
        weekdays=st.sampled_from([(0, 1, 2, 3, 4), (5, 6), (3, 4)]),
        has_break=st.booleans(),
        has_same_day=st.booleans(),
        day=st.none() | _days,
    )
    def other_hours(
        self,
        person: int,
        location: int,
        hours: tuple[int, int],
        weekdays: tuple[int, ...],
        has_break: bool,
        has_same_day: bool,
        day: int | None,
    ) -> None:
        begin, end = hours
        whole = (Stretch(time(begin), time(end)),)
        pause = (Stretch(time(begin, 30), time(begin, 40)),)
        kept = (Stretch(time(begin), time(begin, 30)),)
        practitioner_id = self.crowd.practitioners[person]
        first = None if day is None else self.day(day)
        self.change_hours(
            f"other hours of {practitioner_id} at {location}: {weekdays} {hours} {first}",
            lambda: replace_hours(
                self.connection,
                practitioner_id,
                self.crowd.locations[location],
                dict.fromkeys(weekdays, whole),
                dict.fromkeys(weekdays, pause) if has_break else {},
                dict.fromkeys(weekdays, kept) if has_same_day else {},
                valid_from=first,
                valid_to=first and first + timedelta(days=6),
                **self.by,
            ),
            practitioner_id=practitioner_id,
        )

    @rule(person=_practitioners, day=_days, length=st.integers(0, 2), part=_parts)
    def an_absence(
        self, person: int, day: int, length: int, part: tuple[time, time] | None
    ) -> None:
        practitioner_id, first = self.crowd.practitioners[person], self.day(day)
        self.change_hours(
            f"{practitioner_id} is away from {first} for {length} more days {part}",
            lambda: add_absence(
                self.connection,
                practitioner_id,
                first,
                first + timedelta(days=length),
                part and Stretch(*part),
                **self.by,
            ),
            practitioner_id=practitioner_id,
        )

    @precondition(lambda self: self.clinic.all("absences"))
    @rule(number=st.integers(0, 9))
    def back_after_all(self, number: int) -> None:
        away = self.clinic.all("absences")
        row = away[number % len(away)]
        self.change_hours(
            f"{row.practitioner_id} is there after all",
            lambda: remove_absence(self.connection, row.id, **self.by),
            practitioner_id=row.practitioner_id,
        )

    @rule(location=_locations, day=_days)
    def a_holiday(self, location: int, day: int) -> None:
        """On a day that is one already, it is none."""
        location_id, when = self.crowd.locations[location], self.day(day)
        known = self.clinic.all("holidays", location_id=location_id, day=when)
        self.change_hours(
            f"{when} at {location_id} is {'no ' if known else 'a '}holiday",
            lambda: (
                remove_holiday(self.connection, location_id, when, **self.by)
                if known
                else add_holiday(self.connection, location_id, when, "Feast", **self.by)
            ),
            location_id=location_id,
        )

    @rule(which=_rules, value=_values, location=st.none() | _locations)
    def another_rule(
        self, which: tuple[str, tuple[int, ...]], value: int, location: int | None
    ) -> None:
        key, values = which
        location_id = None if location is None else self.crowd.locations[location]

        def write() -> None:
            settings = models.settings
            mine = (settings.c.key == key, settings.c.location_id.is_not_distinct_from(location_id))
            self.connection.execute(delete(settings).where(*mine))
            a_setting(self.connection, key, values[value % len(values)], location_id)

        self.change(f"{key} at {location_id}: {values[value % len(values)]}", write)

    @rule(person=_practitioners, which=_of_persons, value=_values)
    def another_way_to_work(
        self, person: int, which: tuple[str, tuple[Any, ...]], value: int
    ) -> None:
        table, (column, values) = models.practitioners, which
        row = table.c.id == self.crowd.practitioners[person]
        changes = {column: values[value % len(values)]}
        self.change(
            f"practitioner {self.crowd.practitioners[person]}: {changes}",
            lambda: self.connection.execute(update(table).where(row).values(changes)),
        )

    @rule(visit_type=st.integers(0, 3), which=_of_visit_types, value=_values)
    def another_kind_of_visit(
        self, visit_type: int, which: tuple[str, tuple[Any, ...]], value: int
    ) -> None:
        table, (column, values) = models.visit_types, which
        row = table.c.id == self.crowd.visit_types[visit_type]
        changes = {column: values[value % len(values)]}
        self.change(
            f"visit type {self.crowd.visit_types[visit_type]}: {changes}",
            lambda: self.connection.execute(update(table).where(row).values(changes)),
        )

    @rule(number=st.integers(0, 3), location=_locations, is_new=st.booleans())
    def a_room_comes_or_goes(self, number: int, location: int, is_new: bool) -> None:
        rooms = self.clinic.all("resources")
        if is_new and len(rooms) < 5:
            name = f"Ultrasound {len(rooms)}"
            self.change(
                f"{name} at {location}",
                lambda: a_resource(self.connection, self.crowd.locations[location], name),
            )
            return
        table, room = models.resources, rooms[number % len(rooms)]
        statement = update(table).where(table.c.id == room.id).values(is_active=not room.is_active)
        self.change(
            f"room {room.id} is there: {not room.is_active}",
            lambda: self.connection.execute(statement),
        )

    @rule(
        person=_practitioners,
        visit_type=st.integers(0, 3),
        minutes=st.sampled_from([None, 20, 30]),
        weekday=st.none() | st.integers(0, 6),
        location=st.none() | _locations,
    )
    def another_offer(
        self,
        person: int,
        visit_type: int,
        minutes: int | None,
        weekday: int | None,
        location: int | None,
    ) -> None:
        """What the practitioner offers already, they offer no more."""
        practitioner_id = self.crowd.practitioners[person]
        visit_type_id = self.crowd.visit_types[visit_type]
        table = models.practitioner_visit_types
        where = (None if location is None else self.crowd.locations[location], weekday)
        whose = {"practitioner_id": practitioner_id, "visit_type_id": visit_type_id}
        known = self.clinic.all(table.name, **whose)

        def write() -> None:
            if known:
                self.connection.execute(delete(table).where(table.c.id == known[0].id))
            else:
                an_offer(self.connection, **whose, minutes=minutes, places=[where])

        self.change(f"{'no ' if known else ''}offer {whose} {minutes} {where}", write)

    @rule(minutes=st.sampled_from([1, 1, 4, 5, 20, 60, 240, 720]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(days=st.integers(1, 2))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def somebody_stays_behind(self) -> None:
        """A process that knows the clinic as it is now, and hears of no change."""
        self.stale = self.offered()
