"""Other working hours: what becomes of each visit outside of them, and the way back."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from core.models import appointments, hours_changes, occasions, setting_events, tasks
from core.models.appointments import ActorKind, AppointmentStatus
from core.models.staff import Role
from core.scheduling.appointments import Actor, by_id
from core.scheduling.hours import NothingToRemove
from core.scheduling.hours_by_staff import Where, weekday_of
from core.scheduling.overlay import Change
from core.scheduling.progress import change_status
from core.scheduling.week import Stretch
from core.staff.changing_hours import (
    Edit,
    Edited,
    carry_out_hours,
    inverse,
    plan_hours,
    undo_hours,
)
from core.staff.rights import Sphere
from tests.builders import NOW, Clinic, a_patient, an_appointment
from tests.builders import ZONE as ZONE_NAME
from tests.core.scheduling.roster import rows

ALL = Sphere(Role.RECEPTIONIST, everywhere=True)
STAFF = Actor(ActorKind.ADMIN, 1, "telegram")
BY: Any = {"actor": STAFF, "by": "staff 1", "now": NOW}
MONDAY = date(2026, 11, 23)
MORNING = Stretch(time(9), time(12))


def at(hour: int) -> datetime:
    return datetime.combine(MONDAY, time(hour), ZoneInfo(ZONE_NAME))


def booked(connection: Connection, clinic: Clinic, hour: int, whose: int = 0) -> int:
    return an_appointment(
        connection,
        patient_id=a_patient(connection, f"Nora {hour}"),
        practitioner_id=whose or clinic.patel_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=at(hour),
    )


def mornings(clinic: Clinic) -> Edit:
    where = Where(clinic.patel_id, clinic.location_id, 0)
    return Edit(clinic.patel_id, ((where, Change((MORNING,), MONDAY)),))


def done(connection: Connection, edit: Edit, *, moves: bool = True) -> Edited:
    proposals = plan_hours(connection, ALL, edit, now=NOW)
    return carry_out_hours(connection, edit, proposals, moves=moves, **BY)


def hours_of(connection: Connection, clinic: Clinic) -> tuple[Stretch, ...]:
    return weekday_of(connection, Where(clinic.patel_id, clinic.location_id, 0)).on(MONDAY)


def test_a_plan_names_those_outside_and_changes_nothing(
    clinic: Clinic, connection: Connection
) -> None:
    booked(connection, clinic, 10)
    outside = booked(connection, clinic, 14)
    [proposal] = plan_hours(connection, ALL, mornings(clinic), now=NOW)
    assert proposal.visit.id == outside
    assert proposal.slot is not None
    assert (proposal.slot.practitioner_id, proposal.slot.starts_at) == (clinic.okafor_id, at(14))
    for table in (hours_changes, setting_events, tasks):
        assert rows(connection, table, "id") == []
    assert hours_of(connection, clinic) == (Stretch(time(9), time(17)),)


def test_no_other_time_lies_outside_the_new_hours(clinic: Clinic, connection: Connection) -> None:
    booked(connection, clinic, 14)
    booked(connection, clinic, 14, clinic.okafor_id)
    [proposal] = plan_hours(connection, ALL, mornings(clinic), now=NOW)
    assert proposal.slot is not None
    taken = proposal.slot.starts_at.astimezone(ZoneInfo(ZONE_NAME))
    is_own = proposal.slot.practitioner_id == clinic.patel_id
    assert not (is_own and taken.date() == MONDAY and taken.time() >= time(12))


def test_who_is_given_another_time_is_told_and_goes_back(
    clinic: Clinic, connection: Connection
) -> None:
    visit = booked(connection, clinic, 14)
    edit = mornings(clinic)
    edited = done(connection, edit)
    assert hours_of(connection, clinic) == (MORNING,)
    assert [each.id for each in edited.moved] == [visit]
    assert by_id(connection, visit).practitioner_id == clinic.okafor_id
    assert rows(connection, occasions, "kind") == [("moved",)]
    assert rows(connection, tasks, "kind", "outcome") == [("stranded", "moved")]
    assert undo_hours(connection, inverse(edit, edited), [visit], **BY) == (1, 0)
    assert by_id(connection, visit).practitioner_id == clinic.patel_id
    assert hours_of(connection, clinic) == (Stretch(time(9), time(17)),)


def test_who_has_answered_stays_where_they_are_now(clinic: Clinic, connection: Connection) -> None:
    visit = booked(connection, clinic, 14)
    edit = mornings(clinic)
    edited = done(connection, edit)
    after = by_id(connection, visit)
    change_status(
        connection,
        visit,
        AppointmentStatus.CONFIRMED,
        version=after.version,
        actor=Actor(ActorKind.PATIENT, None, "sms"),
        now=NOW,
    )
    assert undo_hours(connection, inverse(edit, edited), [visit], **BY) == (0, 1)
    assert by_id(connection, visit).practitioner_id == clinic.okafor_id


def test_visits_that_are_kept_are_a_task_each(clinic: Clinic, connection: Connection) -> None:
    visit = booked(connection, clinic, 14)
    edited = done(connection, mornings(clinic), moves=False)
    assert (edited.kept, edited.moved) == (1, ())
    assert by_id(connection, visit).starts_at == at(14)
    assert rows(connection, tasks, "kind", "appointment_id", "closed_at") == [
        ("stranded", visit, None)
    ]


def test_who_gets_no_other_time_is_to_be_called(clinic: Clinic, connection: Connection) -> None:
    visit = booked(connection, clinic, 14)
    edit = mornings(clinic)
    [proposal] = plan_hours(connection, ALL, edit, now=NOW)
    booked(connection, clinic, 14, clinic.okafor_id)  # Somebody was faster there.
    edited = carry_out_hours(connection, edit, [proposal], moves=True, **BY)
    assert [each.id for each in edited.to_call] == [visit]
    assert ("call", visit) in rows(connection, tasks, "kind", "appointment_id")


def test_what_is_taken_back_can_be_put_back(clinic: Clinic, connection: Connection) -> None:
    edited = done(connection, mornings(clinic))
    back = inverse(mornings(clinic), edited)
    again = inverse(back, done(connection, back))
    assert again == mornings(clinic)
    with pytest.raises(NothingToRemove):
        plan_hours(connection, ALL, back, now=NOW)
    done(connection, again)
    assert hours_of(connection, clinic) == (MORNING,)
    assert rows(connection, appointments, "id") == []
