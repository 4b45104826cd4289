"""The calendar as staff read it: whose visits, on which day by which clock, and how each stands."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from core.database.connect import Database
from core.models import patients, reminders
from core.models.appointments import AppointmentStatus
from core.models.staff import Role
from core.occasions.unreached import Reached
from core.staff.day import (
    DayVisit,
    next_visit,
    openings,
    unmarked,
    visit_of,
    visits_of_day,
    visits_of_week,
)
from core.staff.rights import Sphere
from tests.benchmarks.desk import counted_queries
from tests.builders import (
    NOW,
    Clinic,
    a_location,
    a_patient,
    a_practitioner,
    an_appointment,
)
from tests.core.scheduling.words import MONDAY, TUESDAY, at, offered

ALL = Sphere(Role.RECEPTIONIST, everywhere=True)
SHOWN = {"scheduled", "pending", "confirmed", "arrived", "completed", "no_show"}


def a_visit(connection: Connection, clinic: Clinic, text: str = "10:00", **changes: Any) -> int:
    """On Monday with Dr Patel, of somebody new, unless it says otherwise."""
    values: dict[str, Any] = {
        "practitioner_id": clinic.patel_id,
        "location_id": clinic.location_id,
        "visit_type_id": clinic.visit_type_id,
        "starts_at": at(text),
    }
    if "patient_id" not in changes:
        changes["patient_id"] = a_patient(connection, "Ana")
    return an_appointment(connection, **values | changes)


def monday(connection: Connection, clinic: Clinic, sphere: Sphere = ALL) -> list[DayVisit]:
    return visits_of_day(connection, sphere, MONDAY, location_ids=[clinic.location_id])


def test_a_visit_is_shown_with_what_staff_want_to_know(
    clinic: Clinic, connection: Connection
) -> None:
    needs = {"needs": json.dumps(["interpreter", "wheelchair"]), "standing": "blocked"}
    connection.execute(update(patients).values(**needs))
    visit = a_visit(connection, clinic, patient_id=clinic.patient_id, late_minutes=15, version=3)
    assert monday(connection, clinic) == [
        DayVisit(
            id=visit,
            version=3,
            status=AppointmentStatus.SCHEDULED,
            starts_at=at("10:00"),
            ends_at=at("10:20"),
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            department_id=None,
            visit_type_id=clinic.visit_type_id,
            late_minutes=15,
            patient_id=clinic.patient_id,
            first_name="Maria",
            last_name="Lopez",
            date_of_birth=date(1985, 3, 12),
            standing="blocked",
            is_restricted=False,
            needs=("interpreter", "wheelchair"),
            reached=Reached.NOT_REMINDED,
        )
    ]
    assert visit_of(connection, ALL, visit) == monday(connection, clinic)[0]


def test_the_earliest_comes_first_and_without_needs_there_are_none(
    clinic: Clinic, connection: Connection
) -> None:
    late, early = (a_visit(connection, clinic, text) for text in ("15:00", "09:20"))
    shown = monday(connection, clinic)
    assert [(visit.id, visit.needs) for visit in shown] == [(early, ()), (late, ())]


@pytest.mark.parametrize("status", AppointmentStatus)
def test_what_stands_or_stood_is_shown(
    clinic: Clinic, connection: Connection, status: AppointmentStatus
) -> None:
    term: dict[str, Any] = {"hold_expires_at": NOW} if status is AppointmentStatus.HELD else {}
    a_visit(connection, clinic, status=status, **term)
    assert [visit.status for visit in monday(connection, clinic)] == [status] * (status in SHOWN)


def test_time_that_is_kept_for_nobody_yet_is_not_shown(
    clinic: Clinic, connection: Connection
) -> None:
    a_visit(connection, clinic, patient_id=None, status="held", hold_expires_at=NOW)
    assert monday(connection, clinic) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("scheduled", Reached.NO_WAY),
        ("confirmed", Reached.CONFIRMED),
        *((status, None) for status in ("pending", "arrived", "completed", "no_show")),
    ],
)
def test_whether_they_were_reached_is_told_of_whoever_is_expected(
    clinic: Clinic, connection: Connection, status: str, expected: Reached | None
) -> None:
    visit = a_visit(connection, clinic, status=status)
    reminder = {"appointment_id": visit, "appointment_version": 1, "stage": "1d", "due_at": NOW}
    told = {"state": "dropped", "note": "nobody_to_tell", "starts_at": at("10:00")}
    connection.execute(insert(reminders), reminder | told | {"created_at": NOW, "updated_at": NOW})
    assert [each.reached for each in monday(connection, clinic)] == [expected]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (MONDAY, 24)]
)
def test_a_day_is_as_long_as_its_clocks_make_it(
    clinic: Clinic, connection: Connection, day: date, hours: int
) -> None:
    begins = at("00:00", day)
    ends = begins + timedelta(hours=hours)
    moments = (begins - timedelta(minutes=20), begins, ends - timedelta(minutes=20), ends)
    visits = [a_visit(connection, clinic, starts_at=moment) for moment in moments]
    shown = visits_of_day(connection, ALL, day, location_ids=[clinic.location_id])
    assert [visit.id for visit in shown] == visits[1:3]
    week = visits_of_week(
        connection, ALL, day - timedelta(days=3), location_ids=[clinic.location_id]
    )
    assert {each: [visit.id for visit in found] for each, found in week.items()} == {
        day - timedelta(days=1): visits[:1],
        day: visits[1:3],
        day + timedelta(days=1): visits[3:],
    }


def test_each_place_has_its_own_day(clinic: Clinic, connection: Connection) -> None:
    sydney = a_location(connection, "Sydney", zone="Australia/Sydney")
    here = a_visit(connection, clinic, "00:10")
    there = a_visit(connection, clinic, location_id=sydney, starts_at=at("10:00", zone="UTC"))
    both = [clinic.location_id, sydney]  # In Sydney it is Monday evening, here Monday at two.
    assert [visit.id for visit in visits_of_day(connection, ALL, MONDAY, location_ids=both)] == [
        here,
        there,
    ]
    late = a_visit(connection, clinic, location_id=sydney, starts_at=at("23:00", zone="UTC"))
    assert late not in [visit.id for visit in monday(connection, clinic)]
    week = visits_of_week(connection, ALL, MONDAY, location_ids=both)
    assert [visit.id for visit in week[TUESDAY]] == [late]


def test_a_week_has_seven_days(clinic: Clinic, connection: Connection) -> None:
    visits = [
        a_visit(connection, clinic, starts_at=at("10:00", MONDAY + timedelta(days=days)))
        for days in range(-1, 8)
    ]
    week = visits_of_week(connection, ALL, MONDAY, location_ids=[clinic.location_id])
    assert [visit.id for day in sorted(week) for visit in week[day]] == visits[1:8]
    assert len(week) == 7


@pytest.fixture
def harbor(connection: Connection) -> int:
    return a_location(connection, "Harbor")


ROLE = Role.RECEPTIONIST


def spheres(clinic: Clinic, harbor: int) -> dict[str, Sphere]:
    patel_here = frozenset({(clinic.patel_id, clinic.location_id)})
    return {
        "all": ALL,
        "own": Sphere(ROLE, practitioners=frozenset({clinic.patel_id})),
        "place": Sphere(ROLE, locations=frozenset({clinic.location_id})),
        "department": Sphere(ROLE, departments=frozenset({1}), posts=patel_here),
        "own and place": Sphere(
            ROLE, practitioners=frozenset({clinic.patel_id}), locations=frozenset({harbor})
        ),
        "empty department": Sphere(ROLE, departments=frozenset({1})),
        "none": Sphere(ROLE),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("all", "patel here, patel there, okafor here, okafor there"),
        ("own", "patel here, patel there"),
        ("place", "patel here, okafor here"),
        ("department", "patel here"),
        ("own and place", "patel here, patel there, okafor there"),
        ("empty department", ""),
        ("none", ""),
    ],
)
def test_nothing_outside_a_sphere_is_seen_by_any_way(
    clinic: Clinic, connection: Connection, harbor: int, name: str, expected: str
) -> None:
    people = {"patel": clinic.patel_id, "okafor": clinic.okafor_id}
    visits, text = {}, iter(("09:00", "10:00", "11:00", "13:00"))
    for place, location_id in (("here", clinic.location_id), ("there", harbor)):
        for who, practitioner_id in people.items():
            visits[f"{who} {place}"] = a_visit(
                connection,
                clinic,
                next(text),
                practitioner_id=practitioner_id,
                location_id=location_id,
            )
    sphere, both = spheres(clinic, harbor)[name], [clinic.location_id, harbor]
    seen = {key for key in expected.split(", ") if key}
    wanted = {visits[key] for key in seen}
    late = at("18:00")
    week = visits_of_week(connection, sphere, MONDAY, location_ids=both)
    ways = {
        "day": visits_of_day(connection, sphere, MONDAY, location_ids=both),
        "week": week[MONDAY],
        "unmarked": unmarked(connection, sphere, MONDAY, late, location_ids=both),
        "one": [found for each in visits.values() if (found := visit_of(connection, sphere, each))],
    }
    for way, shown in ways.items():
        assert {visit.id for visit in shown} == wanted, way
    coming = next_visit(connection, sphere, at("08:00"))
    assert (coming.id if coming else None) == min(wanted, default=None)
    covered = {key for key in visits if sphere.covers(people[key.split()[0]], both["there" in key])}
    assert covered == seen  # As the table of rights says.


def test_only_those_of_one_practitioner_on_request(clinic: Clinic, connection: Connection) -> None:
    a_visit(connection, clinic, "09:00")
    theirs = a_visit(connection, clinic, practitioner_id=clinic.okafor_id)
    asked = {"location_ids": [clinic.location_id], "practitioner_id": clinic.okafor_id}
    assert [visit.id for visit in visits_of_day(connection, ALL, MONDAY, **asked)] == [theirs]  # type: ignore[arg-type]
    week = visits_of_week(connection, ALL, MONDAY, **asked)  # type: ignore[arg-type]
    assert [visit.id for visit in week[MONDAY]] == [theirs]
    coming = next_visit(connection, ALL, at("08:00"), practitioner_id=clinic.okafor_id)
    assert coming is not None
    assert coming.id == theirs


def test_whoever_is_here_comes_before_whoever_is_expected(
    clinic: Clinic, connection: Connection
) -> None:
    def is_next() -> int | None:
        visit = next_visit(connection, ALL, at("09:50"))
        return None if visit is None else visit.id

    for status, text in (("completed", "09:00"), ("no_show", "09:20"), ("cancelled", "11:00")):
        a_visit(connection, clinic, text, status=status)
    a_visit(connection, clinic, "10:20", status="pending")
    assert is_next() is None
    later = a_visit(connection, clinic, "11:20")
    assert is_next() == later
    sooner = a_visit(connection, clinic, "10:00", status="confirmed")
    assert is_next() == sooner
    here = a_visit(connection, clinic, "11:40", status="arrived")
    assert is_next() == here
    longest = a_visit(connection, clinic, "09:40", status="arrived")
    assert is_next() == longest


def test_whom_somebody_forgot_to_mark_yesterday_is_not_waiting(
    clinic: Clinic, connection: Connection
) -> None:
    yesterday = at("10:00") - timedelta(days=1)
    a_visit(connection, clinic, starts_at=yesterday, status="arrived")
    assert next_visit(connection, ALL, at("09:00")) is None
    assert next_visit(connection, ALL, yesterday + timedelta(hours=1)) is not None  # The control


def test_what_is_over_and_not_marked_is_found(clinic: Clinic, connection: Connection) -> None:
    over = [
        a_visit(connection, clinic, text, status=status)
        for text, status in (("09:00", "scheduled"), ("09:20", "confirmed"), ("09:40", "arrived"))
    ]
    a_visit(connection, clinic, "11:00", status="completed")
    a_visit(connection, clinic, "11:20", status="no_show")
    going_on = a_visit(connection, clinic, "14:00")

    def found(text: str) -> list[int]:
        here = [clinic.location_id]
        visits = unmarked(connection, ALL, MONDAY, at(text), location_ids=here)
        return [visit.id for visit in visits]

    assert found("14:10") == over
    assert found("14:20") == [*over, going_on]


def test_what_is_free_is_what_nobody_has(clinic: Clinic, connection: Connection) -> None:
    a_visit(connection, clinic, "09:20")
    catalogue = offered(connection)

    def free(sphere: Sphere = ALL, **asked: Any) -> dict[date, dict[int, list[str]]]:
        found = openings(connection, catalogue, sphere, MONDAY, at("08:00"), **asked)
        return {
            day: {
                each.practitioner_id: [f"{start:%H:%M}" for start in local(each.starts)]
                for each in each_day
            }
            for day, each_day in found.items()
        }

    def local(starts: Any) -> list[Any]:
        zone = catalogue.zones[clinic.location_id]
        return [start.astimezone(zone) for start in starts]

    whole = free()[MONDAY]
    assert whole[clinic.okafor_id][:3] == ["09:00", "09:20", "09:40"]
    assert whole[clinic.patel_id][:3] == ["09:00", "09:40", "10:00"]
    assert len(whole[clinic.okafor_id]) == len(whole[clinic.patel_id]) + 1 == 21
    assert free(practitioner_id=clinic.patel_id) == {
        MONDAY: {clinic.patel_id: whole[clinic.patel_id]}
    }
    own = Sphere(ROLE, practitioners=frozenset({clinic.patel_id}))
    assert free(own) == free(practitioner_id=clinic.patel_id)
    assert free(Sphere(ROLE)) == {}
    assert set(free(days=7)) == {MONDAY + timedelta(days=days) for days in range(5)}


def test_the_number_of_queries_does_not_grow_with_the_visits(
    clinic: Clinic, database: Database
) -> None:
    here = [clinic.location_id]

    def counted() -> list[int]:
        counts = []
        with database.reading() as connection:
            catalogue = offered(connection)
        for ask in (
            lambda connection: visits_of_day(connection, ALL, MONDAY, location_ids=here),
            lambda connection: visits_of_week(connection, ALL, MONDAY, location_ids=here),
            lambda connection: next_visit(connection, ALL, at("00:00")),
            lambda connection: unmarked(connection, ALL, MONDAY, at("23:00"), location_ids=here),
            lambda connection: openings(connection, catalogue, ALL, MONDAY, NOW, days=7),
        ):
            with counted_queries(database) as queries, database.reading() as connection:
                assert ask(connection)
            counts.append(len(queries))
        return counts

    def many(count: int) -> None:
        with database.transaction() as connection:
            for number in range(count):
                doctor = a_practitioner(connection, f"Moss {count} {number}")
                a_visit(connection, clinic, practitioner_id=doctor)

    many(1)
    few = counted()
    many(30)
    assert counted() == few
    assert max(few) <= 3
