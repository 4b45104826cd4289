"""The report's totals are those of a recount from what happened, for whoever asks, on any days."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, update

from core import feedback
from core.database.connect import Database
from core.errors import UnknownLocation
from core.models import appointments
from core.models.appointments import ActorKind, AppointmentStatus
from core.reports.numbers import numbers
from core.reports.period import Period
from core.reports.share import Share
from core.reports.visits import Visits
from core.staff.rights import Sphere
from tests.benchmarks.desk import counted_queries
from tests.builders import NOW, Clinic, a_clinic, a_location
from tests.core.reports.random_life import SYDNEY, Life, a_life
from tests.core.reports.recount import Told, recounted, told
from tests.core.reports.words import ALL, ROLE, WEEK, a_visit, counted
from tests.core.scheduling.words import MONDAY, PATIENT, TUESDAY, at, offered
from tests.core.waitlist.words import ask, freed, says_yes, three

LATER = at("12:00", MONDAY + timedelta(days=40))
DAY = timedelta(days=1)


# The recount


def periods(life: Life) -> list[Period]:
    """A month that has only begun, weeks before and after now, odd days, and each single day."""
    today = life.now.date()
    whole = Period(MONDAY - timedelta(days=3), today + timedelta(days=12))
    return [
        whole,
        Period.month(today),
        WEEK,
        Period.week(today),
        Period(MONDAY + timedelta(days=2), MONDAY + timedelta(days=11)),
        *(Period.day(day) for day in whole.days),
    ]


def both_ways(
    life: Life, period: Period, sphere: Sphere = ALL, **narrowed: int
) -> tuple[Told, Told]:
    def covers(practitioner_id: int, location_id: int) -> bool:
        return (
            sphere.covers(practitioner_id, location_id)
            and narrowed.get("practitioner_id") in (None, practitioner_id)
            and narrowed.get("location_id") in (None, location_id)
        )

    reported = told(counted(life.connection, sphere, period, life.now, **narrowed))
    return reported, recounted(life.connection, period, life.now, covers)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_report_tells_what_a_recount_of_the_events_tells(
    clinic: Clinic, connection: Connection, seed: int
) -> None:
    life = a_life(connection, clinic, seed)
    life.go_on(300)
    patel, okafor, nguyen = (post.practitioner_id for post in life.posts)
    sydney = life.posts[-1].location_id
    here = clinic.location_id
    asked: list[tuple[Sphere, dict[str, int]]] = [
        (ALL, {}),
        (ALL, {"practitioner_id": okafor}),
        (ALL, {"location_id": sydney}),
        (ALL, {"practitioner_id": patel, "location_id": sydney}),
        (Sphere(ROLE, practitioners=frozenset({patel})), {}),
        (Sphere(ROLE, locations=frozenset({here})), {"practitioner_id": nguyen}),
        (Sphere(ROLE, locations=frozenset({here})), {}),
        (Sphere(ROLE, posts=frozenset({(okafor, here), (nguyen, sydney)})), {}),
    ]
    whole, *shorter = periods(life)
    for sphere, narrowed in asked:
        reported, recount = both_ways(life, whole, sphere, **narrowed)
        assert reported == recount, (sphere, narrowed)
    for period in shorter:
        reported, recount = both_ways(life, period)
        assert reported == recount, period
    # All of it has happened, so that each number could have been wrong.
    reported, _ = both_ways(life, whole)
    assert all(reported.visits), reported.visits
    assert all(reported.done.values()), reported.done
    assert life.happened["holds"]


@pytest.mark.parametrize(
    "change",
    [
        {"status": AppointmentStatus.NO_SHOW},
        {"status": AppointmentStatus.ENTERED_IN_ERROR},
        {"starts_at": at("10:00", MONDAY + timedelta(days=1))},
        {"created_at": at("10:00", MONDAY - timedelta(days=300))},
    ],
    ids=lambda change: next(iter(change)),
)
def test_control_the_recount_differs_when_one_row_was_changed_by_hand(
    clinic: Clinic, connection: Connection, change: dict[str, Any]
) -> None:
    life = a_life(connection, clinic, 1)
    life.go_on(120)
    whole = periods(life)[0]
    reported, recount = both_ways(life, whole)
    assert reported == recount
    kept = appointments.c.status == AppointmentStatus.COMPLETED
    [one] = connection.execute(select(appointments).where(kept).limit(1)).all()
    length = one.ends_at - one.starts_at
    if "starts_at" in change:
        change |= {"ends_at": change["starts_at"] + length}
        change |= {"occupied_from": change["starts_at"], "occupied_until": change["ends_at"]}
    connection.execute(update(appointments).where(appointments.c.id == one.id).values(change))
    reported, recount = both_ways(life, whole)
    assert reported != recount


# Which visits are whose, and of which day


def test_half_past_eleven_in_the_evening_is_of_that_day_at_each_place(
    clinic: Clinic, connection: Connection
) -> None:
    sydney = a_location(connection, "Sydney", zone=SYDNEY)
    a_visit(connection, clinic, "23:30")
    late = at("23:30", zone=SYDNEY)
    a_visit(connection, clinic, location_id=sydney, starts_at=late)
    early = at("00:00", TUESDAY, zone=SYDNEY)
    a_visit(connection, clinic, location_id=sydney, starts_at=early)
    for place, expected in ((None, (2, 1)), (clinic.location_id, (1, 0)), (sydney, (1, 1))):
        by_day = counted(connection, location_id=place).by_day
        assert (by_day[MONDAY].total, by_day[TUESDAY].total) == expected
        monday = counted(connection, period=Period.day(MONDAY), location_id=place)
        assert monday.visits.total == expected[0]


def test_every_day_of_the_period_is_told_of_in_order(
    clinic: Clinic, connection: Connection
) -> None:
    a_visit(connection, clinic)
    by_day = counted(connection, period=Period.month(MONDAY)).by_day
    assert list(by_day) == [date(2026, 11, number) for number in range(1, 31)]
    assert [day for day, visits in by_day.items() if visits.total] == [MONDAY]


def test_others_visits_are_not_in_a_practitioners_numbers(
    clinic: Clinic, connection: Connection
) -> None:
    own = a_visit(connection, clinic, status="completed")
    theirs = a_visit(
        connection, clinic, practitioner_id=clinic.okafor_id, status="no_show", minutes=40
    )
    for visit, halves in ((own, 10), (theirs, 2)):
        feedback.rate(connection, visit, halves, conversation_id=None, actor=PATIENT, now=NOW)
    only = counted(connection, Sphere(ROLE, practitioners=frozenset({clinic.patel_id})))
    assert only.visits == Visits(kept=1)
    assert (only.capacity.count, only.ratings.count, only.ratings.mean) == (20, 1, 5.0)
    assert only == counted(
        connection,
        Sphere(ROLE, practitioners=frozenset({clinic.patel_id})),
        practitioner_id=clinic.patel_id,
    )
    nobodys = counted(
        connection,
        Sphere(ROLE, practitioners=frozenset({clinic.patel_id})),
        practitioner_id=clinic.okafor_id,
    )
    assert (nobodys.visits, nobodys.ratings.count) == (Visits(), 0)
    assert nobodys.capacity == Share(0, 0)


def test_a_place_that_there_is_not_is_refused(clinic: Clinic, connection: Connection) -> None:
    with pytest.raises(UnknownLocation):
        counted(connection, location_id=clinic.location_id + 1)


# What each number means


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"status": "completed"}, Visits(kept=1)),
        ({"status": "arrived"}, Visits(kept=1)),
        ({"status": "no_show"}, Visits(missed=1)),
        ({"status": "cancelled", "cancelled_by": "patient"}, Visits(cancelled_by_patient=1)),
        ({"status": "cancelled", "cancelled_by": "admin"}, Visits(cancelled_by_clinic=1)),
        ({"status": "cancelled", "cancelled_by": "system"}, Visits(cancelled_by_clinic=1)),
        ({"status": "cancelled"}, Visits(cancelled_by_clinic=1)),  # Imported
        *(({"status": status}, Visits(ahead=1)) for status in ("pending", "scheduled")),
        ({"status": "confirmed"}, Visits(ahead=1)),
        ({"status": "held", "hold_expires_at": NOW}, Visits()),
        ({"status": "expired"}, Visits()),
        ({"status": "entered_in_error"}, Visits()),
    ],
    ids=str,
)
def test_each_status_is_in_one_part_and_the_parts_are_the_whole(
    clinic: Clinic, connection: Connection, row: dict[str, Any], expected: Visits
) -> None:
    a_visit(connection, clinic, **row)
    visits = counted(connection).visits
    assert visits == expected
    is_counted = row["status"] not in ("held", "expired", "entered_in_error")
    assert visits.total == is_counted


def test_a_visit_is_ahead_until_it_is_over_and_then_unmarked(
    clinic: Clinic, connection: Connection
) -> None:
    a_visit(connection, clinic)
    assert counted(connection, now=at("10:19")).visits == Visits(ahead=1)
    assert counted(connection, now=at("10:20")).visits == Visits(unmarked=1)


def test_each_rate_comes_with_what_it_is_a_part_of(clinic: Clinic, connection: Connection) -> None:
    statuses = ["completed"] * 6 + ["arrived", "no_show", "no_show", "scheduled"]
    statuses += ["cancelled"] * 5
    for number, status in enumerate(statuses):
        text = f"{9 + number // 3:02}:{number % 3 * 20:02}"
        by = {"cancelled_by": ActorKind.PATIENT} if status == "cancelled" else {}
        a_visit(connection, clinic, text, status=status, **by)
    visits = counted(connection).visits
    assert (visits.kept_share, visits.missed_share) == (Share(7, 9), Share(2, 9))
    assert visits.cancelled_share == Share(5, 15)
    assert visits.missed_share.rate == 2 / 9


@pytest.mark.usefixtures("clinic")
def test_of_nothing_there_is_no_rate(connection: Connection) -> None:
    sunday = Period.day(MONDAY - timedelta(days=1))
    found = counted(connection, period=sunday)
    shares = [
        found.visits.kept_share,
        found.visits.missed_share,
        found.visits.cancelled_share,
        found.capacity,
        found.reminders.answered_share,
        found.reminders.confirmed_share,
        found.waitlist_share,
    ]
    assert [(share, share.rate) for share in shares] == [(Share(0, 0), None)] * 7
    assert (found.lead_time, found.ratings.mean, found.ratings.count) == (None, None, 0)
    assert (found.messages.sent, found.messages.received) == ({}, {})
    assert found.calculated_at == NOW


@pytest.mark.parametrize(
    ("days", "expected"), [((), None), ((2,), 2), ((9, 1), 5), ((1, 30, 2), 2), ((4, 1, 2, 8), 3)]
)
def test_the_lead_time_is_that_of_the_visit_in_the_middle(
    clinic: Clinic, connection: Connection, days: tuple[int, ...], expected: float | None
) -> None:
    for hour, lead in enumerate(days, 9):
        starts_at = at(f"{hour:02}:00")
        a_visit(connection, clinic, starts_at=starts_at, created_at=starts_at - lead * DAY)
    a_visit(connection, clinic, "16:00", created_at=at("16:01"), status="arrived")  # Walked in
    lead_time = counted(connection).lead_time
    assert lead_time == (None if expected is None else expected * DAY)


def test_ratings_are_of_the_visits_and_in_marks(clinic: Clinic, connection: Connection) -> None:
    for text, halves, changes in (
        ("10:00", 10, {}),
        ("11:00", 7, {}),
        ("12:00", 2, {"starts_at": at("10:00", MONDAY + timedelta(days=7))}),
    ):
        visit = a_visit(connection, clinic, text, status="completed", **changes)
        feedback.rate(connection, visit, halves, conversation_id=None, actor=PATIENT, now=LATER)
    ratings = counted(connection).ratings
    assert (ratings.count, ratings.mean) == (2, 4.25)


def test_what_the_waitlist_got_is_told_with_what_was_offered(
    clinic: Clinic, connection: Connection
) -> None:
    ana, *_ = three(connection, clinic)
    freed(connection, clinic, "10:00")
    ask(connection)
    says_yes(connection, ana)
    freed(connection, clinic, "11:00")
    today = Period.day(NOW.date())
    assert counted(connection, period=today).waitlist_share == Share(1, 2)
    others = counted(connection, period=today, practitioner_id=clinic.okafor_id)
    assert others.waitlist_share == Share(0, 0)
    theirs = Sphere(ROLE, practitioners=frozenset({clinic.okafor_id}))
    assert counted(connection, theirs, today).waitlist_share == Share(0, 0)


# What it costs


def test_the_number_of_queries_does_not_grow(clinic: Clinic, database: Database) -> None:
    def queries(period: Period) -> int:
        with database.reading() as connection:
            catalogue = offered(connection)
        with counted_queries(database) as seen, database.reading() as connection:
            numbers(connection, ALL, period, catalogue=catalogue, now=NOW)
        return len(seen)

    def more(do: Callable[[Connection], object]) -> None:
        with database.transaction() as connection:
            do(connection)

    more(lambda connection: a_visit(connection, clinic))
    few = queries(Period.day(MONDAY))
    more(lambda connection: a_life(connection, clinic, 4).go_on(60))
    assert queries(Period.day(MONDAY)) == few
    assert queries(Period(MONDAY, MONDAY + timedelta(days=30))) == few
    assert few <= 12


def test_sqlite_reads_no_table_from_end_to_end(
    sqlite_database: Database, clinic_on_sqlite: Clinic
) -> None:
    """Tables of visits, events and messages are long, and a report is about a part of them."""
    asked: list[tuple[str, Any]] = []
    with sqlite_database.reading() as connection:
        catalogue = offered(connection)
        event.listen(
            connection,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, values, *_: asked.append((statement, values)),
        )
        for only in ({}, {"practitioner_id": clinic_on_sqlite.patel_id}):
            month = Period.month(MONDAY)
            numbers(connection, ALL, month, catalogue=catalogue, now=NOW, **only)
    long = "appointments|appointment_events|messages|messages_1|reminders|reminders_1|feedback"
    steps: list[str] = []
    with sqlite_database.reading() as connection:
        for statement, values in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            steps += [row.detail for row in plan]
    assert [step for step in steps if re.match(rf"SCAN ({long})\b", step)] == []
    for index in ("appointments_location_id_starts_at_status", "appointment_events_at"):
        assert any(f"USING INDEX ix_{index}" in step for step in steps), index
    assert any("USING INDEX ix_messages_created_at" in step for step in steps)


@pytest.fixture
def clinic_on_sqlite(sqlite_database: Database) -> Clinic:
    with sqlite_database.transaction() as connection:
        return a_clinic(connection)
