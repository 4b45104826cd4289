"""Whoever is free: the earliest, then the patient's own, then the least booked that day."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from core.errors import PatientBusy, SlotTaken
from core.scheduling.acquaintance import acquaintance
from core.scheduling.appointments import Appointment
from core.scheduling.availability import Search, Slot, Window, find_slots
from core.scheduling.booking import book_anyone
from tests.builders import (
    NOW,
    Clinic,
    a_break,
    a_patient,
    a_practitioner,
    a_schedule,
    an_absence,
    an_appointment,
)
from tests.core.scheduling.words import (
    MONDAY,
    PATIENT,
    TUESDAY,
    a_slot,
    book_slot,
    offered,
    times,
)

AT_TEN = (Window(MONDAY, MONDAY, time(10), time(10, 1)),)


def anyone(connection: Connection, clinic: Clinic, search: Search, **changes: Any) -> Appointment:
    values: dict[str, Any] = {
        "patient_id": clinic.patient_id,
        "actor": PATIENT,
        "now": NOW,
        "catalogue": offered(connection),
        "open_visits_limit": None,
    }
    return book_anyone(connection, search, **values | changes)


def find(connection: Connection, **wishes: Any) -> list[Slot]:
    return find_slots(connection, Search(**wishes), catalogue=offered(connection), now=NOW)


def test_the_earliest_wins(clinic: Clinic, connection: Connection) -> None:
    an_absence(connection, clinic.patel_id, MONDAY, starts=time(9), ends=time(9, 20))
    booked = anyone(connection, clinic, Search())
    assert booked.practitioner_id == clinic.okafor_id


def test_at_one_time_the_least_booked_of_that_day_wins(
    clinic: Clinic, connection: Connection
) -> None:
    assert find(connection, limit=1)[0].practitioner_id == clinic.patel_id  # The lower id
    book_slot(connection, clinic, a_slot(clinic, "15:00"), patient_id=a_patient(connection))
    # Another day's visits do not count.
    for text in ("09:00", "11:00", "15:00"):
        slot = a_slot(clinic, text, TUESDAY, practitioner_id=clinic.okafor_id)
        book_slot(connection, clinic, slot, patient_id=a_patient(connection))
    assert find(connection, limit=1)[0].practitioner_id == clinic.okafor_id
    assert find(connection)[0].practitioner_id == clinic.okafor_id
    booked = anyone(connection, clinic, Search(windows=AT_TEN))
    assert booked.practitioner_id == clinic.okafor_id


def test_a_patients_own_practitioner_comes_before_the_least_booked(
    clinic: Clinic, connection: Connection
) -> None:
    book_slot(connection, clinic, a_slot(clinic, "15:00"), patient_id=a_patient(connection))
    own = frozenset({clinic.patel_id})
    assert find(connection, own_practitioners=own, limit=1)[0].practitioner_id == clinic.patel_id


def test_near_a_wish_the_own_practitioner_is_worth_an_hour(
    clinic: Clinic, connection: Connection
) -> None:
    wish: dict[str, Any] = {
        "near": (MONDAY, time(10)),
        "own_practitioners": frozenset({clinic.patel_id}),
    }
    # Dr Patel's next is 60 minutes off, Dr Okafor's just then: as good, and then the earlier one.
    an_absence(connection, clinic.patel_id, MONDAY, starts=time(9, 0), ends=time(11, 0))
    first = find(connection, **wish, limit=2)
    assert times(first) == ["Mon 10:00", "Mon 11:00"]
    an_absence(connection, clinic.okafor_id, MONDAY, starts=time(10, 0), ends=time(10, 20))
    first = find(connection, **wish, limit=1)
    assert (times(first), first[0].practitioner_id) == (["Mon 11:00"], clinic.patel_id)


def test_whom_a_patient_has_seen_is_their_own(clinic: Clinic, connection: Connection) -> None:
    for days_ago, practitioner_id in ((50, clinic.patel_id), (20, clinic.okafor_id)):
        an_appointment(
            connection,
            patient_id=clinic.patient_id,
            practitioner_id=practitioner_id,
            location_id=clinic.location_id,
            visit_type_id=clinic.visit_type_id,
            starts_at=NOW - timedelta(days=days_ago),
            status="completed",
        )
    known = acquaintance(connection, clinic.patient_id, now=NOW)
    assert known.practitioners == (clinic.okafor_id, clinic.patel_id)
    stranger = acquaintance(connection, a_patient(connection), now=NOW)
    assert (stranger.is_known, stranger.practitioners) == (False, ())


def test_nobody_is_free(clinic: Clinic, connection: Connection) -> None:
    for _ in range(2):
        anyone(connection, clinic, Search(windows=AT_TEN), patient_id=a_patient(connection))
    with pytest.raises(SlotTaken):
        anyone(connection, clinic, Search(windows=AT_TEN))


def test_a_patient_who_is_elsewhere_then_hears_so(clinic: Clinic, connection: Connection) -> None:
    anyone(connection, clinic, Search(windows=AT_TEN))
    with pytest.raises(PatientBusy):
        anyone(connection, clinic, Search(windows=AT_TEN))


def test_only_who_is_looked_for_is_asked(clinic: Clinic, connection: Connection) -> None:
    okafor = frozenset({clinic.okafor_id})
    booked = anyone(connection, clinic, Search(practitioner_ids=okafor))
    assert booked.practitioner_id == clinic.okafor_id
    third = a_practitioner(connection, "Lopez", first_name="Eva")
    a_schedule(connection, third, clinic.location_id)
    a_break(connection, third, clinic.location_id)
    by_specialty = {slot.practitioner_id for slot in find(connection, specialty="general_practice")}
    assert by_specialty == {clinic.patel_id, clinic.okafor_id}
