"""How long their visit would be, and whether it may take place at all.

Dr Patel's Tuesday at ten has been given up, unless a test says otherwise.
"""

from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, select, update

from core import models
from core.models import practitioners, visit_types
from tests.builders import (
    Clinic,
    a_practitioner,
    a_resource,
    a_schedule,
    a_setting,
    a_specialty,
    a_visit_type,
    an_absence,
    an_appointment,
)
from tests.core.scheduling.words import TUESDAY, at
from tests.core.waitlist.persons import link_is, patient_is
from tests.core.waitlist.words import (
    DAYTIME,
    Waiter,
    a_visit,
    asked,
    free,
    freed,
    held,
    rounds,
    somebody,
    tick,
    waits,
)


def _lengths(connection: Connection, clinic: Clinic, new: int, known: int) -> None:
    connection.execute(
        update(visit_types)
        .where(visit_types.c.id == clinic.visit_type_id)
        .values(minutes_new_patient=new, minutes_known_patient=known)
    )


@pytest.mark.parametrize(("is_known", "is_asked"), [(True, True), (False, False)])
def test_their_own_length_must_fit(
    clinic: Clinic, connection: Connection, is_known: bool, is_asked: bool
) -> None:
    _lengths(connection, clinic, new=40, known=20)
    waits(connection, clinic, person={"external_id": "7"} if is_known else {})
    patient_is(external_id="8")(
        connection, Waiter(clinic.patient_id, 0, 0, 0)
    )  # Whoever had it is known.
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == ["Ana"] * is_asked


def test_a_claimed_patient_has_the_length_of_a_new_one(
    clinic: Clinic, connection: Connection
) -> None:
    """That the clinic knows them would tell whoever writes that the record exists."""
    _lengths(connection, clinic, new=40, known=20)
    one = waits(connection, clinic, person={"external_id": "7"})
    link_is(trust="claimed")(connection, one)
    freed(connection, clinic, minutes=40)
    tick(connection)
    found = connection.execute(select(models.waitlist_offers)).one()
    assert found.ends_at - found.starts_at == timedelta(minutes=40)


def test_a_shorter_visit_takes_the_first_part_that_suits(
    clinic: Clinic, connection: Connection
) -> None:
    _lengths(connection, clinic, new=40, known=20)
    waits(connection, clinic, person={"external_id": "7"}, minute_from=10 * 60 + 1)
    freed(connection, clinic, minutes=40)
    tick(connection)
    found = connection.execute(select(models.waitlist_offers)).one()
    assert (found.starts_at, found.ends_at) == (at("10:20", TUESDAY), at("10:40", TUESDAY))


def test_all_of_a_wave_are_asked_about_one_start(clinic: Clinic, connection: Connection) -> None:
    _lengths(connection, clinic, new=40, known=20)
    waits(connection, clinic, "Ana", person={"external_id": "1"})
    waits(connection, clinic, "Ben", person={"external_id": "2"}, minute_from=10 * 60 + 1)
    waits(connection, clinic, "Cleo")
    freed(connection, clinic, minutes=40)
    tick(connection)
    assert asked(connection) == ["Ana", "Cleo"]
    tick(connection, DAYTIME + timedelta(minutes=15))
    assert asked(connection) == ["Ana", "Cleo", "Ben"]  # About another, once nobody took it.


def test_buffers_must_fit(clinic: Clinic, connection: Connection) -> None:
    long = a_visit_type(connection, "check_up", buffer_after_minutes=10, minutes_new_patient=20)
    waits(connection, clinic, visit_type_id=long)
    a_visit(connection, clinic, "10:20")
    waits(connection, clinic, "Ben")
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == ["Ben"]


def test_the_room_must_be_free(clinic: Clinic, connection: Connection) -> None:
    kind = a_visit_type(connection, "scan", resource_kind="ultrasound")
    room = a_resource(connection, clinic.location_id)
    waits(connection, clinic, visit_type_id=kind)
    an_appointment(
        connection,
        patient_id=clinic.patient_id,
        practitioner_id=clinic.okafor_id,
        location_id=clinic.location_id,
        visit_type_id=kind,
        starts_at=at("10:10", TUESDAY),
        resource_id=room,
    )
    freed(connection, clinic, patient_id=somebody(connection, "Ben")[0])
    tick(connection)
    assert asked(connection) == []


def test_the_room_is_kept_too(clinic: Clinic, connection: Connection) -> None:

    kind = a_visit_type(connection, "scan", resource_kind="ultrasound")
    room = a_resource(connection, clinic.location_id)
    waits(connection, clinic, visit_type_id=kind)
    freed(connection, clinic)
    tick(connection)
    assert [kept.resource_id for kept in held(connection)] == [room]


def test_a_practitioner_whose_day_is_full_sees_nobody_more(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    gone = a_visit(connection, clinic)
    a_visit(connection, clinic, "11:00")
    connection.execute(update(practitioners).values(visits_a_day=1))

    free(connection, gone)
    tick(connection)
    assert asked(connection) == []


def test_an_absence_since_then_leaves_nothing_to_offer(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    gone = a_visit(connection, clinic)
    an_absence(connection, clinic.patel_id, TUESDAY)

    free(connection, gone)
    tick(connection)
    assert (asked(connection), rounds(connection)) == ([], [("cancelled", "over", "nobody")])


def test_ages_are_minded(clinic: Clinic, connection: Connection) -> None:
    specialty = a_specialty(connection, "paediatrics", age_until=17)
    doctor = a_practitioner(connection, "Reyes", specialty_id=specialty)
    a_schedule(connection, doctor, clinic.location_id)
    waits(connection, clinic, specialty="paediatrics")
    waits(
        connection,
        clinic,
        "Ben",
        specialty="paediatrics",
        person={"date_of_birth": date(2018, 5, 4)},
    )
    child = somebody(connection, "Cleo", date_of_birth=date(2019, 1, 1))[0]
    freed(connection, clinic, practitioner_id=doctor, patient_id=child)
    tick(connection)
    assert asked(connection) == ["Ben"]


def test_what_only_known_patients_get_is_not_offered_to_others(
    clinic: Clinic, connection: Connection
) -> None:
    kind = a_visit_type(connection, "follow_up", new_patients=False)
    waits(connection, clinic, visit_type_id=kind)
    waits(connection, clinic, "Ben", visit_type_id=kind, person={"external_id": "7"})
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == ["Ben"]


def test_what_only_staff_book_is_not_offered(clinic: Clinic, connection: Connection) -> None:
    kind = a_visit_type(connection, "surgery", booked_by="staff")
    waits(connection, clinic, visit_type_id=kind)
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == []


def test_a_visit_type_that_is_no_more_is_not_offered(
    clinic: Clinic, connection: Connection
) -> None:
    kind = a_visit_type(connection, "old", is_active=False)
    waits(connection, clinic, visit_type_id=kind)
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == []


def test_the_notice_of_their_own_visit_type_counts(clinic: Clinic, connection: Connection) -> None:
    kind = a_visit_type(connection, "test", minimum_notice_minutes=3 * 24 * 60)
    waits(connection, clinic, visit_type_id=kind)
    waits(connection, clinic, "Ben")
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == ["Ben"]


def test_who_is_at_another_visit_then_is_not_asked(clinic: Clinic, connection: Connection) -> None:
    one = waits(connection, clinic)
    a_visit(connection, clinic, practitioner_id=clinic.okafor_id, patient_id=one.patient_id)
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == []


def test_who_has_as_many_visits_as_the_clinic_allows_is_not_asked(
    clinic: Clinic, connection: Connection
) -> None:
    one = waits(connection, clinic)
    for text in ("14:00", "14:20"):
        a_visit(connection, clinic, text, patient_id=one.patient_id)
    a_setting(connection, "open_visits_proved", 2)
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == []


def test_who_missed_so_many_visits_that_only_staff_book_is_not_asked(
    clinic: Clinic, connection: Connection
) -> None:
    one = waits(connection, clinic)
    a_setting(connection, "staff_only_from_missed_visits", 1)
    an_appointment(
        connection,
        patient_id=one.patient_id,
        practitioner_id=clinic.okafor_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=at("10:00", date(2026, 11, 3)),
        status="no_show",
    )
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == []
