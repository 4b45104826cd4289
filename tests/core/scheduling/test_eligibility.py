"""Who may book what: the clinic's rules for persons, and for full days."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from core import models
from core.errors import (
    AgeOutsideRange,
    ClinicError,
    DayFull,
    MustCall,
    NoNewPatients,
    NotOffered,
    NotReleasedYet,
    TooManyOpenVisits,
)
from core.models.appointments import AppointmentStatus
from core.scheduling.availability import Search, Slot, Window, find_slots
from core.scheduling.missed import Step, forgive, missed_visits
from core.scheduling.offers import age_on
from tests.builders import (
    NOW,
    Clinic,
    a_conversation,
    a_location,
    a_patient,
    a_schedule,
    a_setting,
    a_visit_type,
    an_appointment,
    an_offer,
    same_day_hours,
)
from tests.core.scheduling.words import (
    AFTER_THE_TERM,
    MONDAY,
    RECEPTIONIST,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    events,
    hold_slot,
    offered,
    rows,
    times,
)

PENDING, SCHEDULED = AppointmentStatus.PENDING, AppointmentStatus.SCHEDULED


def free(connection: Connection, now: datetime = NOW, **wishes: Any) -> list[Slot]:
    return find_slots(connection, Search(**wishes), catalogue=offered(connection), now=now)


def a_past_visit(connection: Connection, clinic: Clinic, days_ago: int, **changes: Any) -> int:
    values: dict[str, Any] = {
        "patient_id": clinic.patient_id,
        "practitioner_id": clinic.patel_id,
        "location_id": clinic.location_id,
        "visit_type_id": clinic.visit_type_id,
        "status": AppointmentStatus.COMPLETED,
    }
    starts_at = NOW - timedelta(days=days_ago)
    return an_appointment(connection, starts_at=starts_at, **values | changes)


def refused(connection: Connection, error: type[ClinicError], clinic: Clinic, slot: Slot) -> None:
    """Neither kept nor booked, and nothing is left of the attempt."""
    before = rows(connection)
    with pytest.raises(error):
        hold_slot(connection, clinic, slot, patient_id=clinic.patient_id)
    with pytest.raises(error):
        book_slot(connection, clinic, slot)
    assert rows(connection) == before


# New patients and known ones


def test_some_visits_are_for_patients_whom_the_clinic_knows(
    clinic: Clinic, connection: Connection
) -> None:
    follow_up = a_visit_type(connection, "follow_up", new_patients=False)
    slot = a_slot(clinic, "10:00", visit_type_id=follow_up)
    refused(connection, NoNewPatients, clinic, slot)
    assert free(connection, visit_type_id=follow_up) == []
    assert free(connection, visit_type_id=follow_up, known_patient=True, limit=1)
    a_past_visit(connection, clinic, 30)
    assert book_slot(connection, clinic, slot)


@pytest.mark.parametrize(
    ("status", "known"),
    [("completed", True), ("scheduled", True), ("no_show", False), ("cancelled", False)],
)
def test_a_patient_is_known_when_they_have_been_here(
    clinic: Clinic, connection: Connection, status: str, known: bool
) -> None:
    follow_up = a_visit_type(connection, "follow_up", new_patients=False)
    a_past_visit(connection, clinic, 30, status=status)
    slot = a_slot(clinic, "10:00", visit_type_id=follow_up)
    if known:
        assert book_slot(connection, clinic, slot)
    else:
        refused(connection, NoNewPatients, clinic, slot)


def test_a_record_from_the_clinics_own_books_is_known(
    clinic: Clinic, connection: Connection
) -> None:
    follow_up = a_visit_type(connection, "follow_up", new_patients=False)
    imported = a_patient(connection, "Ana", external_id="K-1007")
    slot = a_slot(clinic, "10:00", visit_type_id=follow_up)
    assert book_slot(connection, clinic, slot, patient_id=imported)


def test_a_new_patient_does_not_get_the_short_visit_of_a_known_one(
    clinic: Clinic, connection: Connection
) -> None:
    kind = a_visit_type(connection, "skin", minutes_new_patient=40, minutes_known_patient=20)
    short = a_slot(clinic, "10:00", visit_type_id=kind)
    refused(connection, NotOffered, clinic, short)
    assert book_slot(connection, clinic, a_slot(clinic, "10:00", visit_type_id=kind, minutes=40))


def test_a_known_patient_may_have_either_length(clinic: Clinic, connection: Connection) -> None:
    kind = a_visit_type(connection, "skin", minutes_new_patient=40, minutes_known_patient=20)
    a_past_visit(connection, clinic, 30)
    assert book_slot(connection, clinic, a_slot(clinic, "10:00", visit_type_id=kind))
    assert book_slot(connection, clinic, a_slot(clinic, "11:00", visit_type_id=kind, minutes=40))


# Ages


@pytest.mark.parametrize(
    ("born", "fits"),
    [
        (date(2008, 11, 24), True),  # 17 until tomorrow's tomorrow
        (date(2008, 11, 23), False),  # 18 on the day of the visit
        (date(2023, 11, 23), True),  # 3 on the day of the visit
        (date(2023, 11, 24), False),  # a day short of 3
    ],
)
def test_the_age_on_the_day_of_the_visit_counts(
    clinic: Clinic, connection: Connection, born: date, fits: bool
) -> None:
    check_up = a_visit_type(connection, "check_up", age_from=3, age_until=17)
    connection.execute(update(models.patients).values(date_of_birth=born))
    slot = a_slot(clinic, "10:00", MONDAY, visit_type_id=check_up)
    found = free(connection, visit_type_id=check_up, born=born, windows=(Window(MONDAY, MONDAY),))
    assert bool(found) is fits
    if fits:
        assert book_slot(connection, clinic, slot)
    else:
        refused(connection, AgeOutsideRange, clinic, slot)


def test_a_birthday_on_the_29th_of_february_is_on_the_1st_of_march_in_other_years() -> None:
    born = date(2008, 2, 29)
    assert [age_on(date(2026, *day), born) for day in ((2, 28), (3, 1))] == [17, 18]
    assert age_on(date(2028, 2, 29), born) == 20


# Full days


def test_a_practitioner_sees_only_so_many_a_day(clinic: Clinic, connection: Connection) -> None:
    connection.execute(
        update(models.practitioners)
        .where(models.practitioners.c.id == clinic.patel_id)
        .values(visits_a_day=2)
    )
    patel = frozenset({clinic.patel_id})
    booked = [book_slot(connection, clinic, a_slot(clinic, text)) for text in ("09:00", "15:00")]
    refused(connection, DayFull, clinic, a_slot(clinic, "11:00"))
    monday = (Window(MONDAY, MONDAY),)
    assert free(connection, practitioner_ids=patel, windows=monday) == []
    assert free(connection, practitioner_ids=patel, windows=(Window(TUESDAY, TUESDAY),))
    # A visit that moves within its day takes no other's place.
    within = free(
        connection, practitioner_ids=patel, windows=monday, moving_id=booked[0].id, limit=1
    )
    assert times(within) == ["Mon 09:00"]
    assert hold_slot(connection, clinic, a_slot(clinic, "11:00"), moves_id=booked[0].id)
    # Staff know what they do.
    assert book_slot(connection, clinic, a_slot(clinic, "13:00"), actor=RECEPTIONIST)


def test_a_hold_takes_one_of_the_days_visits_and_leaves_it_to_its_own_conversation(
    clinic: Clinic, connection: Connection
) -> None:
    connection.execute(update(models.practitioners).values(visits_a_day=1))
    hold_slot(connection, clinic, a_slot(clinic, "09:00"))
    other = a_conversation(connection)
    with pytest.raises(DayFull):
        hold_slot(connection, clinic, a_slot(clinic, "11:00"), conversation_id=other)
    assert hold_slot(connection, clinic, a_slot(clinic, "10:00"))
    slot = a_slot(clinic, "11:00")
    assert hold_slot(connection, clinic, slot, conversation_id=other, now=AFTER_THE_TERM)


# Same-day hours


def test_same_day_hours_are_released_shortly_before(clinic: Clinic, connection: Connection) -> None:
    same_day_hours(connection, clinic.patel_id, clinic.location_id)  # 09:00 to 10:00
    slot = a_slot(clinic, "09:20", TUESDAY)
    patel = frozenset({clinic.patel_id})
    tuesday = (Window(TUESDAY, TUESDAY),)
    a_day_before = at("09:20", MONDAY)

    def first(now: datetime) -> str:
        return times(free(connection, now, practitioner_ids=patel, windows=tuesday))[0]

    assert first(NOW) == "Tue 10:00"
    # 09:00 and 09:20 are within 24 hours, 09:40 is not yet.
    assert times(free(connection, a_day_before, practitioner_ids=patel, windows=tuesday))[:3] == [
        "Tue 09:00",
        "Tue 09:20",
        "Tue 10:00",
    ]
    refused(connection, NotReleasedYet, clinic, slot)
    assert book_slot(connection, clinic, slot, actor=RECEPTIONIST)
    other = a_patient(connection)
    assert book_slot(
        connection, clinic, a_slot(clinic, "09:00", TUESDAY), patient_id=other, now=a_day_before
    )


def test_how_long_before_is_a_rule(clinic: Clinic, connection: Connection) -> None:
    same_day_hours(connection, clinic.patel_id, clinic.location_id)
    a_setting(connection, "same_day_release_hours", 2)
    slot = a_slot(clinic, "09:20", TUESDAY)
    with pytest.raises(NotReleasedYet):
        book_slot(connection, clinic, slot, now=at("07:19", TUESDAY))
    assert book_slot(connection, clinic, slot, now=at("07:20", TUESDAY))


def test_a_visit_that_only_reaches_into_same_day_hours_waits_as_well(
    clinic: Clinic, connection: Connection
) -> None:
    same_day_hours(connection, clinic.patel_id, clinic.location_id)
    long = a_visit_type(connection, "long", minutes_new_patient=60)
    same = a_slot(clinic, "09:40", TUESDAY, visit_type_id=long, minutes=60)
    refused(connection, NotReleasedYet, clinic, same)


# Where and when


def test_a_visit_type_may_be_offered_on_some_weekdays_only(
    clinic: Clinic, connection: Connection
) -> None:
    scan = a_visit_type(connection, "scan")
    an_offer(connection, clinic.patel_id, scan, places=[(None, 1), (clinic.location_id, 3)])
    patel = frozenset({clinic.patel_id})
    week = (Window(MONDAY, MONDAY + timedelta(days=6)),)
    found = free(connection, practitioner_ids=patel, visit_type_id=scan, windows=week)
    assert {text[:3] for text in times(found)} == {"Tue", "Thu"}
    refused(connection, NotOffered, clinic, a_slot(clinic, "10:00", MONDAY, visit_type_id=scan))
    assert book_slot(connection, clinic, a_slot(clinic, "10:00", TUESDAY, visit_type_id=scan))


def test_a_visit_type_may_be_offered_at_one_place_only(
    clinic: Clinic, connection: Connection
) -> None:
    uptown = a_location(connection, "Uptown")
    a_schedule(connection, clinic.patel_id, uptown, weekdays=[5])
    scan = a_visit_type(connection, "scan")
    an_offer(connection, clinic.patel_id, scan, places=[(uptown, None)])
    found = free(connection, practitioner_ids=frozenset({clinic.patel_id}), visit_type_id=scan)
    assert {slot.location_id for slot in found} == {uptown}


# Rules of one place


def test_a_location_may_have_its_own_notice_and_horizon(
    clinic: Clinic, connection: Connection
) -> None:
    uptown = a_location(connection, "Uptown")
    a_schedule(connection, clinic.okafor_id, uptown, weekdays=[5, 6])
    a_setting(connection, "horizon_days", 6, uptown)
    a_setting(connection, "minimum_notice_minutes", 24 * 60, uptown)
    here = free(connection, location_id=uptown, now=at("09:00", MONDAY - timedelta(days=1)))
    # Not today, and not the Sunday after.
    assert {text[:3] for text in times(here)} == {"Sat"}
    assert max(slot.starts_at for slot in free(connection, location_id=clinic.location_id)) > (
        NOW + timedelta(days=170)
    )


# How many ahead


def test_too_many_visits_ahead_are_told_when_the_slot_is_chosen(
    clinic: Clinic, connection: Connection
) -> None:
    book_slot(connection, clinic, a_slot(clinic, "09:00"))
    with pytest.raises(TooManyOpenVisits):
        hold_slot(
            connection,
            clinic,
            a_slot(clinic, "11:00"),
            patient_id=clinic.patient_id,
            limit=1,
        )


# Missed visits


def a_missed_visit(connection: Connection, clinic: Clinic, days_ago: int = 30) -> int:
    return a_past_visit(connection, clinic, days_ago, status=AppointmentStatus.NO_SHOW)


def count(connection: Connection, clinic: Clinic) -> int:
    catalogue = offered(connection)
    return missed_visits(connection, clinic.patient_id, catalogue=catalogue, now=NOW).count


def test_missed_and_late_cancelled_visits_of_12_months_count(
    clinic: Clinic, connection: Connection
) -> None:
    a_missed_visit(connection, clinic, days_ago=364)
    a_missed_visit(connection, clinic, days_ago=366)
    start = NOW - timedelta(days=10)
    cancelled = {"status": AppointmentStatus.CANCELLED, "cancelled_by": "patient"}
    late = start - timedelta(hours=24) + timedelta(seconds=1)
    a_past_visit(connection, clinic, 10, cancelled_at=late, **cancelled)
    in_time = NOW - timedelta(days=20) - timedelta(hours=24)
    a_past_visit(connection, clinic, 20, cancelled_at=in_time, **cancelled)
    by_clinic = cancelled | {"cancelled_by": "admin"}
    a_past_visit(connection, clinic, 40, cancelled_at=NOW - timedelta(days=40), **by_clinic)
    assert count(connection, clinic) == 2
    a_setting(connection, "late_cancellation_hours", 0)
    assert count(connection, clinic) == 1


def test_the_steps_are_the_clinics(clinic: Clinic, connection: Connection) -> None:
    for days_ago in (30, 31, 32):
        a_missed_visit(connection, clinic, days_ago)
    slot = a_slot(clinic, "10:00")
    assert book_slot(connection, clinic, slot).status is SCHEDULED  # By default nothing follows.
    a_setting(connection, "approve_from_missed_visits", 3)
    waits = book_slot(connection, clinic, a_slot(clinic, "11:00"))
    assert waits.status is PENDING
    a_setting(connection, "staff_only_from_missed_visits", 3)
    refused(connection, MustCall, clinic, a_slot(clinic, "13:00"))
    emergency = a_visit_type(connection, "urgent", kind="emergency")
    urgent = a_slot(clinic, "13:00", visit_type_id=emergency)
    assert book_slot(connection, clinic, urgent).status is SCHEDULED
    by_staff = book_slot(connection, clinic, a_slot(clinic, "14:00"), actor=RECEPTIONIST)
    assert by_staff.status is SCHEDULED


def test_the_mildest_step_is_a_word(clinic: Clinic, connection: Connection) -> None:
    a_setting(connection, "remind_from_missed_visits", 1)
    a_missed_visit(connection, clinic)
    catalogue = offered(connection)
    missed = missed_visits(connection, clinic.patient_id, catalogue=catalogue, now=NOW)
    assert missed.step(catalogue.rules_at(clinic.location_id)) is Step.REMIND


def test_staff_may_forgive_a_missed_visit(clinic: Clinic, connection: Connection) -> None:
    missed = a_missed_visit(connection, clinic)
    forgive(connection, missed, actor=RECEPTIONIST, now=NOW, why="the bus broke down")
    assert count(connection, clinic) == 0
    assert events(connection, missed) == ["forgiven"]
