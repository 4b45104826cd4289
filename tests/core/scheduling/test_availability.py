"""Free slots, as the database knows them."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, update

from core import models
from core.database.connect import Database
from core.models.appointments import AppointmentStatus
from core.scheduling.availability import Search, Slot, Window, find_slots
from core.scheduling.loading import current
from tests.builders import (
    NOW,
    Clinic,
    a_conversation,
    a_holiday,
    a_location,
    a_patient,
    a_practitioner,
    a_schedule,
    a_visit_type,
    an_absence,
    an_appointment,
    an_offer,
)
from tests.core.scheduling.words import (
    AFTER_THE_TERM,
    MONDAY,
    TUESDAY,
    a_slot,
    at,
    book_slot,
    hold_slot,
    offered,
    times,
)

ON_MONDAY = (Window(MONDAY, MONDAY),)
THIS_WEEK = (Window(MONDAY, MONDAY + timedelta(days=6)),)


def find(connection: Connection, now: datetime = NOW, **wishes: Any) -> list[Slot]:
    return find_slots(connection, Search(**wishes), now=now, catalogue=offered(connection))


def of_patel(clinic: Clinic) -> frozenset[int]:
    return frozenset({clinic.patel_id})


def test_a_day_of_dr_patel(clinic: Clinic, connection: Connection) -> None:
    slots = find(connection, practitioner_ids=of_patel(clinic), windows=ON_MONDAY)
    assert len(slots) == 21  # Seven hours, three an hour
    assert slots[0] == a_slot(clinic, "09:00")
    assert times(slots)[8:10] == ["Mon 11:40", "Mon 13:00"]
    assert times(slots)[-1] == "Mon 16:40"


def test_nothing_said_means_anybody_from_now_on(clinic: Clinic, connection: Connection) -> None:
    slots = find(connection, limit=3)
    assert times(slots) == ["Mon 09:00", "Mon 09:00", "Mon 09:20"]
    assert {slot.practitioner_id for slot in slots[:2]} == {clinic.patel_id, clinic.okafor_id}


def test_a_visit_takes_its_slot_and_a_cancelled_one_does_not(
    clinic: Clinic, connection: Connection
) -> None:
    for text, status in (("09:00", "confirmed"), ("09:20", "cancelled"), ("09:40", "expired")):
        an_appointment(
            connection,
            patient_id=a_patient(connection, text),
            practitioner_id=clinic.patel_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=at(text),
            status=AppointmentStatus(status),
        )
    found = times(find(connection, practitioner_ids=of_patel(clinic), windows=ON_MONDAY))
    assert found[:2] == ["Mon 09:20", "Mon 09:40"]


def test_a_hold_takes_its_slot_until_its_term_is_over(
    clinic: Clinic, connection: Connection
) -> None:
    hold_slot(connection, clinic, a_slot(clinic, "09:00"))
    patel = of_patel(clinic)
    before = find(connection, practitioner_ids=patel, limit=1)
    after = find(connection, practitioner_ids=patel, limit=1, now=AFTER_THE_TERM)
    assert times([*before, *after]) == ["Mon 09:20", "Mon 09:00"]


def test_what_the_conversation_holds_is_free_for_itself(
    clinic: Clinic, connection: Connection
) -> None:
    hold_slot(connection, clinic, a_slot(clinic, "09:00"))
    wishes: dict[str, Any] = {"practitioner_ids": of_patel(clinic), "limit": 1}
    own = find(connection, conversation_id=clinic.conversation_id, **wishes)
    other = find(connection, conversation_id=a_conversation(connection), **wishes)
    assert times([*own, *other]) == ["Mon 09:00", "Mon 09:20"]


def test_the_visit_that_moves_is_not_in_its_own_way(clinic: Clinic, connection: Connection) -> None:
    visit = book_slot(connection, clinic, a_slot(clinic, "09:00"))
    wishes: dict[str, Any] = {"practitioner_ids": of_patel(clinic), "limit": 1}
    assert times(find(connection, **wishes)) == ["Mon 09:20"]
    assert times(find(connection, moving_id=visit.id, **wishes)) == ["Mon 09:00"]


def test_a_long_visit_that_began_the_day_before_is_seen(
    clinic: Clinic, connection: Connection
) -> None:
    an_appointment(
        connection,
        patient_id=clinic.patient_id,
        practitioner_id=clinic.patel_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=at("10:00") - timedelta(hours=23),
        minutes=23 * 60,
    )
    found = find(connection, practitioner_ids=of_patel(clinic), windows=ON_MONDAY)
    assert times(found)[0] == "Mon 10:00"


def test_windows_hold_the_start_in_the_wall_time_of_the_place(
    clinic: Clinic, connection: Connection
) -> None:
    windows = (
        Window(TUESDAY, TUESDAY, time(15)),
        Window(MONDAY, MONDAY, time(9, 20), time(10)),
    )
    found = times(find(connection, practitioner_ids=of_patel(clinic), windows=windows))
    assert found[:3] == ["Mon 09:20", "Mon 09:40", "Tue 15:00"]
    assert found[-1] == "Tue 16:40"


@pytest.mark.parametrize(
    ("wishes", "days"),
    [
        ({"weekdays": frozenset({1, 3})}, {"Tue", "Thu"}),
        ({"not_weekdays": frozenset({0, 4})}, {"Tue", "Wed", "Thu"}),
        ({"not_days": frozenset({TUESDAY})}, {"Mon", "Wed", "Thu", "Fri"}),
    ],
)
def test_days_may_be_chosen_and_left_out(
    clinic: Clinic, connection: Connection, wishes: dict[str, Any], days: set[str]
) -> None:
    found = times(find(connection, practitioner_ids=of_patel(clinic), windows=THIS_WEEK, **wishes))
    assert {text[:3] for text in found} == days


def test_starts_that_were_refused_are_left_out(clinic: Clinic, connection: Connection) -> None:
    refused = frozenset({at("09:00"), at("09:40")})
    found = find(connection, practitioner_ids=of_patel(clinic), not_starts=refused, limit=2)
    assert times(found) == ["Mon 09:20", "Mon 10:00"]


def test_notice_is_included_and_may_be_the_visit_types_own(
    clinic: Clinic, connection: Connection
) -> None:
    patel, nine = of_patel(clinic), at("09:00")
    assert times(find(connection, now=nine, practitioner_ids=patel, limit=1)) == ["Mon 10:00"]
    second_later = nine + timedelta(seconds=1)
    assert times(find(connection, now=second_later, practitioner_ids=patel, limit=1)) == [
        "Mon 10:20"
    ]
    connection.execute(update(models.visit_types).values(minimum_notice_minutes=0))
    assert times(find(connection, now=nine, practitioner_ids=patel, limit=1)) == ["Mon 09:00"]


def test_the_horizon_is_the_last_day(clinic: Clinic, connection: Connection) -> None:
    found = find(connection, practitioner_ids=of_patel(clinic))
    # It is still Sunday in San Francisco: 180 days on is Friday, 21 May.
    assert found[-1].starts_at.date() == date(2027, 5, 21)
    connection.execute(update(models.visit_types).values(horizon_days=1))
    assert {text[:3] for text in times(find(connection))} == {"Mon"}


def test_holidays_and_absences_take_their_days(clinic: Clinic, connection: Connection) -> None:
    a_holiday(connection, clinic.location_id, MONDAY)
    an_absence(connection, clinic.patel_id, TUESDAY, TUESDAY + timedelta(days=1))
    thursday = TUESDAY + timedelta(days=2)
    an_absence(connection, clinic.patel_id, thursday, starts=time(9), ends=time(12))
    found = times(find(connection, practitioner_ids=of_patel(clinic), limit=1))
    assert found == ["Thu 13:00"]


def test_who_and_what_is_not_active_is_not_offered(clinic: Clinic, connection: Connection) -> None:
    okafor = update(models.practitioners).where(models.practitioners.c.id == clinic.okafor_id)
    connection.execute(okafor.values(is_active=False))
    assert {slot.practitioner_id for slot in find(connection)} == {clinic.patel_id}
    connection.execute(update(models.locations).values(is_active=False))
    assert find(connection) == []
    connection.execute(update(models.locations).values(is_active=True))
    connection.execute(update(models.visit_types).values(is_active=False))
    assert find(connection) == []


def test_a_practitioner_offers_what_is_listed_or_else_everything(
    clinic: Clinic, connection: Connection
) -> None:
    check_up = a_visit_type(connection, "check_up", minutes_new_patient=40)
    an_offer(connection, clinic.patel_id, clinic.visit_type_id)
    slots = find(connection, visit_type_id=check_up, windows=ON_MONDAY)
    assert {slot.practitioner_id for slot in slots} == {clinic.okafor_id}
    assert {slot.ends_at - slot.starts_at for slot in slots} == {timedelta(minutes=40)}
    an_offer(connection, clinic.patel_id, check_up, minutes=60)
    slots = find(connection, practitioner_ids=of_patel(clinic), visit_type_id=check_up)
    assert {slot.ends_at - slot.starts_at for slot in slots} == {timedelta(minutes=60)}


@pytest.mark.usefixtures("clinic")
def test_known_patients_may_have_shorter_visits(connection: Connection) -> None:
    follow_up = a_visit_type(
        connection, "follow_up", minutes_new_patient=40, minutes_known_patient=10
    )
    lengths = {
        find(connection, visit_type_id=follow_up, known_patient=known, limit=1)[0].ends_at
        for known in (False, True)
    }
    assert lengths == {at("09:40"), at("09:10")}


@pytest.mark.usefixtures("clinic")
def test_what_only_staff_may_book_is_found_by_staff_only(connection: Connection) -> None:
    emergency = a_visit_type(connection, "emergency", kind="emergency", booked_by="staff")
    search = Search(visit_type_id=emergency, limit=1)
    assert find_slots(connection, search, now=at("09:00"), catalogue=offered(connection)) == []
    found = find_slots(
        connection, search, now=at("09:00"), catalogue=offered(connection), for_staff=True
    )
    assert times(found) == ["Mon 09:00"]


def test_a_specialty_is_asked_for_by_its_code(clinic: Clinic, connection: Connection) -> None:
    nurse = a_practitioner(connection, "Nightingale")
    a_schedule(connection, nurse, clinic.location_id)
    found = {slot.practitioner_id for slot in find(connection, specialty="general_practice")}
    assert found == {clinic.patel_id, clinic.okafor_id}
    assert find(connection, specialty="cardiology") == []


def test_each_place_has_its_own_clock(clinic: Clinic, connection: Connection) -> None:
    phoenix = a_location(connection, "Phoenix", zone="America/Phoenix")
    a_schedule(connection, clinic.patel_id, phoenix, time(18), time(19))
    found = find(connection, location_id=phoenix, windows=ON_MONDAY)
    assert times(found, "America/Phoenix") == ["Mon 18:00", "Mon 18:20", "Mon 18:40"]
    first = find(connection, limit=1, windows=((Window(MONDAY, MONDAY, time(18))),))
    assert first == found[:1]


def test_a_limit_gives_the_same_slots_as_no_limit(clinic: Clinic, connection: Connection) -> None:
    auckland = a_location(connection, "Auckland", zone="Pacific/Auckland")
    a_schedule(connection, a_practitioner(connection, "Ngata"), auckland)
    an_absence(connection, clinic.okafor_id, MONDAY, TUESDAY)
    all_slots = find(connection, windows=(Window(MONDAY, MONDAY + timedelta(days=20)),))
    for limit in (1, 5, 60, 200):
        assert find(connection, limit=limit) == all_slots[:limit]


def test_a_full_month_does_not_hide_what_comes_after_it(
    clinic: Clinic, connection: Connection
) -> None:
    an_absence(connection, clinic.patel_id, MONDAY, MONDAY + timedelta(days=60))
    found = find(connection, practitioner_ids=of_patel(clinic), limit=1)
    assert found[0].starts_at == at("09:00", MONDAY + timedelta(days=63))


def test_a_slot_is_free_while_a_seat_is(clinic: Clinic, connection: Connection) -> None:
    patel = update(models.practitioners).where(models.practitioners.c.id == clinic.patel_id)
    connection.execute(patel.values(capacity=2))
    search: dict[str, Any] = {"practitioner_ids": of_patel(clinic), "limit": 1}
    for name, following in (("One", "Mon 09:00"), ("Two", "Mon 09:20")):
        patient = a_patient(connection, name)
        book_slot(connection, clinic, a_slot(clinic, "09:00"), patient_id=patient)
        assert times(find(connection, **search)) == [following]


@pytest.mark.usefixtures("clinic")
def test_the_number_of_queries_does_not_grow_with_days(database: Database) -> None:
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip("( ").startswith("SELECT"):
            statements.append(statement)

    with database.reading() as connection:
        kept = offered(connection)
        event.listen(database.engine, "before_cursor_execute", note)
        for days in (1, 100):
            search = Search(windows=(Window(MONDAY, MONDAY + timedelta(days=days)),))
            find_slots(connection, search, catalogue=current(connection, kept, now=NOW), now=NOW)
            assert len(statements) == 2  # Is the catalogue current? What is taken?
            statements.clear()
        event.remove(database.engine, "before_cursor_execute", note)
