"""The days on which the clocks change, through the tables and the whole search."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, update

from core import models
from core.database.connect import Database
from core.errors import OutsideSchedule, SlotTaken
from core.scheduling.availability import Search, Slot, Window, check_slot, find_slots
from core.scheduling.catalogue import Catalogue
from core.scheduling.loading import load_catalogue
from tests.builders import (
    Clinic,
    a_break,
    a_clinic,
    a_patient,
    a_practitioner,
    a_schedule,
    an_absence,
)
from tests.core.scheduling.wall_clock import (
    BERLIN,
    MIDNIGHT,
    ONE_DAY,
    ROTAS,
    SINCE,
    UNTIL,
    ZONES,
    Rota,
    all_zones,
    changes,
    days_around,
    minutes,
    starts_allowed,
    walk,
    watch,
)
from tests.core.scheduling.words import book_slot, times

stress = pytest.mark.stress
Staffed = dict[int, tuple[Rota, int]]  # Practitioner -> when they work, and their step


def staff(connection: Connection, clinic: Clinic) -> Staffed:
    """One practitioner for each rota and step."""
    staffed = {}
    for rota in ROTAS:
        for step in (20, 45):
            person = a_practitioner(connection, f"{rota} {step}", slot_minutes=step)
            for build, stretches in ((a_schedule, rota.openings), (a_break, rota.breaks)):
                for start, end in stretches:
                    hours = of_day(start), of_day(end)
                    build(connection, person, clinic.location_id, *hours, weekdays=range(7))
            for start, end in rota.away:
                first, last = SINCE.date() - ONE_DAY, UNTIL.date()
                hours = of_day(start), of_day(end)
                an_absence(connection, person, first, last, starts=hours[0], ends=hours[1])
            staffed[person] = (rota, step)
    return staffed


def of_day(minute: int) -> time:
    # How the tables say midnight, when the day ends there.
    return time.max if minute == MIDNIGHT else time(*divmod(minute, 60))


def settle(connection: Connection, clinic: Clinic, name: str) -> Catalogue:
    """Move the clinic into another zone; return what it offers there."""
    location = models.locations.c.id == clinic.location_id
    connection.execute(update(models.locations).where(location).values(zone=name))
    return load_catalogue(connection, now=SINCE)


def assert_search_finds_what_is_allowed(
    connection: Connection, catalogue: Catalogue, staffed: Staffed, zone: ZoneInfo, change: datetime
) -> None:
    shown = watch(zone, days_around(change, zone))
    search = Search(practitioner_ids=frozenset(staffed), windows=(Window(min(shown), max(shown)),))
    now = change - timedelta(days=4)
    found = find_slots(connection, search, catalogue=catalogue, now=now)
    earliest = find_slots(connection, replace(search, limit=7), catalogue=catalogue, now=now)
    assert earliest == found[:7]
    for person, (rota, step) in staffed.items():
        slots = [slot for slot in found if slot.practitioner_id == person]
        allowed = [starts_allowed(rota, shown[day], [(step, step)])[0] for day in shown]
        starts = [minutes(slot.starts_at) for slot in slots]
        assert starts == list(chain.from_iterable(allowed)), (zone, change, rota)
        assert all(slot.ends_at - slot.starts_at == timedelta(minutes=step) for slot in slots)


@pytest.mark.parametrize("name", ZONES)
def test_the_whole_search_finds_just_that(sqlite_database: Database, name: str) -> None:
    with sqlite_database.transaction() as connection:
        clinic = a_clinic(connection)
        staffed = staff(connection, clinic)
        catalogue = settle(connection, clinic, name)
        zone = ZoneInfo(name)
        for change in walk(zone):
            assert_search_finds_what_is_allowed(connection, catalogue, staffed, zone, change)


@stress
def test_the_whole_search_finds_just_that_in_every_zone(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as connection:
        clinic = a_clinic(connection)
        staffed = staff(connection, clinic)
        for zone in all_zones():
            catalogue = settle(connection, clinic, zone.key)
            for change in changes(zone):
                assert_search_finds_what_is_allowed(connection, catalogue, staffed, zone, change)


def test_postgresql_finds_the_same(postgresql_database: Database) -> None:
    zone = ZoneInfo("Africa/Cairo")
    with postgresql_database.transaction() as connection:
        clinic = a_clinic(connection)
        staffed = staff(connection, clinic)
        catalogue = settle(connection, clinic, zone.key)
        for change in changes(zone)[:2]:
            assert_search_finds_what_is_allowed(connection, catalogue, staffed, zone, change)


def slot_at(slot: Slot, moment: datetime) -> Slot:
    return slot._replace(starts_at=moment, ends_at=moment + (slot.ends_at - slot.starts_at))


@pytest.mark.parametrize("name", [BERLIN, "Australia/Lord_Howe", "America/Havana"])
def test_what_may_be_booked_is_what_is_found(sqlite_database: Database, name: str) -> None:
    """Asked for each five minutes round the change, not only for those that exist on the wall."""
    zone = ZoneInfo(name)
    with sqlite_database.transaction() as connection:
        clinic = a_clinic(connection)
        staffed = staff(connection, clinic)
        catalogue = settle(connection, clinic, name)
        for change in changes(zone)[:2]:
            now, days = change - timedelta(days=4), days_around(change, zone)
            search = Search(
                practitioner_ids=frozenset(staffed), windows=(Window(days[0], days[-1]),)
            )
            found = find_slots(connection, search, catalogue=catalogue, now=now)
            for person in staffed:
                slots = [slot for slot in found if slot.practitioner_id == person]
                moments = [change + timedelta(minutes=5 * n) for n in range(-48, 48)]
                accepted = {
                    slot
                    for slot in (slot_at(slots[0], moment) for moment in moments)
                    if is_open(catalogue, slot, now)
                }
                assert accepted == {slot for slot in slots if slot.starts_at in moments}


def is_open(catalogue: Catalogue, slot: Slot, now: datetime) -> bool:
    try:
        check_slot(catalogue, slot, now=now)
    except OutsideSchedule:
        return False
    return True


def test_an_hour_that_comes_twice_is_booked_twice_and_no_more(database: Database) -> None:
    zone = ZoneInfo(BERLIN)
    autumn = changes(zone)[1]
    day, now = autumn.astimezone(zone).date(), autumn - timedelta(days=4)
    with database.transaction() as connection:
        clinic = a_clinic(connection)
        staffed = staff(connection, clinic)
        night = next(person for person, (_, step) in staffed.items() if step == 20)
        catalogue = settle(connection, clinic, BERLIN)
        search = Search(
            practitioner_ids=frozenset({night}), windows=(Window(day, day, time(2), time(3)),)
        )
        slots = find_slots(connection, search, catalogue=catalogue, now=now)
        another = a_patient(connection)
        assert times(slots, BERLIN) == ["Sun 02:00", "Sun 02:20", "Sun 02:40"] * 2
        for slot in slots:
            book_slot(connection, clinic, slot, now=now)
        assert find_slots(connection, search, catalogue=catalogue, now=now) == []
        for slot in slots:
            with pytest.raises(SlotTaken):
                book_slot(connection, clinic, slot, patient_id=another, now=now)
