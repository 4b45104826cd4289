"""The demo clinic has exactly the facts that its page promises, and a calendar with room in it."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from core import models
from core.database.connect import Database
from core.models import appointment_events, appointments
from core.models.appointments import AppointmentStatus
from core.rules import load_rules
from core.scheduling.stranded import visits_outside_hours
from core.scheduling.week import worded_week
from core.setup import WrongKindOfClinic, read_clinic_file, set_up, set_up_demo
from core.setup.demo import DEMO_FILE
from core.setup.history import add_history
from core.setup.people import Practitioner
from tests import builders
from tests.core.setup.small_clinic import SMALL, rows

LIVE = ("scheduled", "confirmed")
DOWNTOWN = ZoneInfo("America/Los_Angeles")

# name, specialty, location, hours, breaks, slot, languages
PEOPLE = [
    ("Dr Anita Patel", "general_practice", "Downtown", "mon-fri 09:00-17:00",
     "mon-fri 12:00-13:00", 20, []),
    ("Dr Samuel Okafor", "general_practice", "Downtown", "mon-fri 09:00-17:00",
     "mon-fri 12:00-13:00", 20, ["fr"]),
    ("Dr Sarah Johnson", "cardiology", "Downtown",
     "mon 10:00-16:00, wed 10:00-16:00, fri 10:00-16:00", "none", 30, []),
    ("Dr Elena García", "dermatology", "Downtown", "tue 08:00-14:00, thu 08:00-14:00",
     "none", 15, ["es"]),
    ("Dr Michael Chen", "dentistry", "Downtown", "mon-thu 09:00-18:00",
     "mon-thu 13:00-14:00", 30, []),
    ("Dr Lucía Fernández", "paediatrics", "Phoenix", "mon-fri 08:00-16:00",
     "mon-fri 12:00-12:30", 20, ["es", "pt"]),
    ("Dr David Kim", "orthopaedics", "Phoenix", "tue-fri 09:00-17:00", "none", 30, []),
]  # fmt: skip


@pytest.fixture
def demo(database: Database, now: datetime) -> Database:
    set_up_demo(database, now)
    return database


def test_the_demo_file_has_the_facts_of_its_page() -> None:
    demo = read_clinic_file(DEMO_FILE)
    assert demo.organization.name == "Harbor Health"
    assert [
        (
            person.name,
            person.specialties[0],
            person.location,
            worded_week(person.hours),
            worded_week(person.breaks),
            person.slot_minutes,
            person.languages,
        )
        for person in demo.practitioners
    ] == PEOPLE
    assert [(kind.code, kind.price, kind.booked_by) for kind in demo.visit_types] == [
        ("consultation", 12000, "patient"),
        ("follow_up", 8000, "patient"),
        ("check_up", 15000, "patient"),
        ("emergency", None, "staff"),
    ]
    assert [person.fee for person in demo.practitioners] == [None, None, 6000, *[None] * 4]
    assert [(place.name, place.zone, place.phone) for place in demo.locations] == [
        ("Downtown", "America/Los_Angeles", "+14155550100"),
        ("Phoenix", "America/Phoenix", "+16025550100"),
    ]
    # What staff alone book needs a room besides; patients' slots do not know of it.
    assert [kind.resource_kind for kind in demo.visit_types] == [None] * 3 + ["treatment room"]
    assert [len(place.resources) for place in demo.locations] == [3, 2]
    assert [item.names["en"] for item in demo.specialties] == [
        "general practice", "cardiology", "dermatology", "dentistry", "paediatrics", "orthopaedics",
    ]  # fmt: skip
    assert all(sorted(item.names) == ["en", "es", "fr", "pt"] for item in demo.specialties)


def test_the_demo_closes_on_six_days_a_year() -> None:
    holidays = read_clinic_file(DEMO_FILE).holidays
    assert Counter(day.date.year for day in holidays) == dict.fromkeys(range(2025, 2031), 6)
    assert [(day.date, day.name) for day in holidays if day.date.year == 2026] == [
        (date(2026, 1, 1), "New Year's Day"),
        (date(2026, 5, 25), "Memorial Day"),
        (date(2026, 7, 4), "Independence Day"),
        (date(2026, 9, 7), "Labor Day"),
        (date(2026, 11, 26), "Thanksgiving Day"),
        (date(2026, 12, 25), "Christmas Day"),
    ]


def test_setting_up_the_demo_marks_the_database(demo: Database, now: datetime) -> None:
    (organization,) = rows(demo, models.organizations)
    assert organization.is_demo
    with demo.reading() as connection:
        rules = load_rules(connection).general
    assert (rules.minimum_notice_minutes, rules.horizon_days, rules.hold_minutes) == (60, 180, 5)
    assert (rules.open_visits_proved, rules.open_visits_claimed) == (5, 3)
    assert set_up_demo(demo, now) == []


def test_a_real_clinic_gets_no_history(database: Database, now: datetime) -> None:
    set_up(database, SMALL, "clinic.toml", now)
    with pytest.raises(WrongKindOfClinic):
        add_history(database, now)


def visits_ahead(database: Database) -> list[tuple[str, datetime]]:
    """Return (last name, start by the clock of the place) of the live visits."""
    query = (
        select(models.practitioners.c.last_name, appointments.c.starts_at, models.locations.c.zone)
        .select_from(appointments)
        .join(models.practitioners)
        .join(models.locations)
        .where(appointments.c.status.in_(LIVE))
    )
    with database.reading() as connection:
        return [
            (name, starts_at.astimezone(ZoneInfo(zone)))
            for name, starts_at, zone in connection.execute(query)
        ]


def test_the_history_lies_in_the_hours_and_counts_as_written(demo: Database, now: datetime) -> None:
    started = process_time()  # Not the clock's: the machine may be busy with something else.
    added = add_history(demo, now)
    assert process_time() - started < 5
    with demo.reading() as connection:
        statuses: dict[str, int] = dict(
            connection.execute(
                select(appointments.c.status, func.count()).group_by(appointments.c.status)
            ).all()
        )
        everything = visits_outside_hours(connection, now - timedelta(days=200))
        events = connection.scalar(select(func.count()).select_from(appointment_events))
        ahead = connection.execute(
            select(func.count())
            .where(appointments.c.status.in_(LIVE))
            .group_by(appointments.c.patient_id)
        ).scalars()
        assert max(ahead) <= 3
    assert everything == []
    assert sum(statuses.values()) == added
    assert statuses["completed"] > 5 * statuses["cancelled"] > 5 * statuses["no_show"] > 0
    assert events == 2 * added - statuses["scheduled"]
    past = {AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW, AppointmentStatus.CANCELLED}
    for visit in rows(demo, appointments):
        assert (visit.ends_at <= now) == (visit.status in past)
        assert visit.created_at < visit.starts_at
        assert visit.created_at <= visit.updated_at <= now


def test_the_history_is_added_once(sqlite_database: Database, now: datetime) -> None:
    set_up_demo(sqlite_database, now)
    assert add_history(sqlite_database, now) > 0
    before = rows(sqlite_database, appointments)
    assert add_history(sqlite_database, now + timedelta(days=40)) == 0
    assert rows(sqlite_database, appointments) == before


def test_nothing_is_added_where_somebody_has_booked(demo: Database, now: datetime) -> None:
    with demo.transaction() as connection:
        builders.an_appointment(
            connection,
            patient_id=builders.a_patient(connection),
            practitioner_id=1,
            location_id=1,
            visit_type_id=1,
            starts_at=datetime(2026, 12, 1, 18, tzinfo=now.tzinfo),
        )
    assert add_history(demo, now) == 0


@pytest.mark.stress
def test_the_same_day_gives_the_same_history(
    sqlite_database: Database, postgresql_database: Database, now: datetime
) -> None:
    histories = []
    for database, hours in ((sqlite_database, 0), (postgresql_database, 3)):
        set_up_demo(database, now)
        add_history(database, now + timedelta(hours=hours))
        histories.append(
            [
                (visit.public_id, visit.practitioner_id, visit.starts_at, visit.status)
                for visit in rows(database, appointments)
            ]
        )
    assert histories[0] == histories[1]


@pytest.mark.parametrize(
    "start",
    [
        date(2026, 11, 22),
        pytest.param(date(2026, 12, 24), marks=pytest.mark.stress),
        pytest.param(date(2027, 3, 10), marks=pytest.mark.stress),
    ],
)
def test_the_history_leaves_room_for_every_wish(sqlite_database: Database, start: date) -> None:
    now = datetime.combine(start, time(9), DOWNTOWN)
    set_up_demo(sqlite_database, now)
    add_history(sqlite_database, now)
    taken = visits_ahead(sqlite_database)
    # "Dr Patel next Tuesday at 10am", and Thursday instead.
    assert not [when for _, when in taken if when.weekday() in (1, 3) and when.time() == time(10)]
    holidays = {day.date for day in read_clinic_file(DEMO_FILE).holidays}
    per_half: Counter[Any] = Counter((name, when.date(), when.hour < 12) for name, when in taken)
    total = 0
    for person in read_clinic_file(DEMO_FILE).practitioners:
        for day in (start + timedelta(n) for n in range(1, 29)):
            if day.weekday() not in person.hours or day in holidays:
                assert not [half for half in per_half if half[:2] == (person.last_name, day)]
                continue
            slots = _slots_of_day(person, day)
            total += len(slots)
            for morning in (True, False):
                of_half = sum((slot.hour < 12) == morning for slot in slots)
                busy = per_half[person.last_name, day, morning]
                assert of_half - busy >= of_half / 3, (person.name, day, morning)
    ahead = sum(when.date() > start for _, when in taken)
    assert 0.48 < ahead / total < 0.6


def _slots_of_day(person: Practitioner, day: date) -> list[time]:
    """Return the starts on the practitioner's grid, by the clock of the place."""
    (stretch,) = person.hours[day.weekday()]
    pieces = [stretch]
    for pause in person.breaks.get(day.weekday(), ()):
        pieces = [stretch._replace(ends=pause.starts), stretch._replace(starts=pause.ends)]
    step = timedelta(minutes=person.slot_minutes)
    slots = []
    for piece in pieces:
        at, end = datetime.combine(day, piece.starts), datetime.combine(day, piece.ends)
        while at + step <= end:
            slots.append(at.time())
            at += step
    return slots
