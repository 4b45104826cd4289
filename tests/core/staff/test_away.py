"""A practitioner is away: what becomes of each visit, and taking it back."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select, update

from core.errors import ImpossibleHours
from core.models import absences, appointments, holidays, occasions, tasks
from core.models.appointments import ActorKind, AppointmentStatus
from core.models.staff import Role
from core.scheduling.appointments import Actor, by_id
from core.scheduling.hours import NothingToRemove, add_holiday
from core.scheduling.loading import load_catalogue
from core.scheduling.progress import change_status
from core.scheduling.week import Stretch
from core.staff.away import Away, Proposal, plan
from core.staff.rearranging import Done, carry_out, take_back
from core.staff.rights import Sphere
from tests.builders import NOW, Clinic, a_patient, an_absence, an_appointment
from tests.builders import ZONE as ZONE_NAME

ALL = Sphere(Role.RECEPTIONIST, everywhere=True)
STAFF = Actor(ActorKind.ADMIN, 1, "telegram")
MONDAY = date(2026, 11, 23)
ZONE = ZoneInfo(ZONE_NAME)
BY: Any = {"actor": STAFF, "by": "staff 1", "now": NOW}


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


def booked(
    connection: Connection, clinic: Clinic, starts_at: datetime, whose: int | None = None
) -> int:
    return an_appointment(
        connection,
        patient_id=a_patient(connection, f"Nora {starts_at:%H:%M}"),
        practitioner_id=whose or clinic.patel_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=starts_at,
    )


def planned(connection: Connection, away: Away) -> list[Proposal]:
    catalogue = load_catalogue(connection, now=NOW)
    return plan(connection, ALL, away, catalogue=catalogue, now=NOW)


def done(connection: Connection, away: Away) -> Done:
    return carry_out(connection, away, planned(connection, away), **BY)


def whole_day(clinic: Clinic) -> Away:
    return Away(frozenset({clinic.patel_id}), MONDAY, MONDAY)


def test_a_colleague_who_is_free_takes_the_visit_at_its_time(
    clinic: Clinic, connection: Connection
) -> None:
    visit = booked(connection, clinic, at(10))
    [proposal] = planned(connection, whole_day(clinic))
    assert proposal.is_covered
    [moved] = done(connection, whole_day(clinic)).moved
    assert (moved.id, moved.practitioner_id) == (visit, clinic.okafor_id)
    assert moved.starts_at == at(10)


def test_else_it_moves_to_what_is_nearest(clinic: Clinic, connection: Connection) -> None:
    booked(connection, clinic, at(10))
    booked(connection, clinic, at(10), clinic.okafor_id)
    [proposal] = planned(connection, whole_day(clinic))
    assert not proposal.is_covered
    assert proposal.slot is not None
    assert abs(proposal.slot.starts_at - at(10)) == timedelta(minutes=20)


def test_two_are_never_proposed_one_time(clinic: Clinic, connection: Connection) -> None:
    for minute in (0, 20, 40):
        booked(connection, clinic, at(10, minute))
        booked(connection, clinic, at(10, minute), clinic.okafor_id)
    slots = [each.slot for each in planned(connection, whole_day(clinic))]
    assert len(set(slots)) == 3


def test_whom_nothing_is_found_for_is_called(clinic: Clinic, connection: Connection) -> None:
    """Nobody else is there for weeks."""
    visit = booked(connection, clinic, at(10))
    month = Away(frozenset({clinic.patel_id}), MONDAY, MONDAY + timedelta(days=20))
    an_absence(connection, clinic.okafor_id, MONDAY, MONDAY + timedelta(days=60))
    [left] = done(connection, month).to_call
    assert left.id == visit
    kinds = connection.scalars(select(tasks.c.kind).where(tasks.c.appointment_id == visit)).all()
    assert "call" in kinds


def test_nobody_stays_with_who_is_away(clinic: Clinic, connection: Connection) -> None:
    """Each has another time or practitioner, or a call; and each who has moved is told once."""
    visits = [booked(connection, clinic, at(hour)) for hour in (9, 10, 11, 13, 14, 15)]
    came = done(connection, whole_day(clinic))
    assert sorted(visit.id for visit in came.moved) == visits
    with_patel = appointments.c.practitioner_id == clinic.patel_id
    still = connection.scalars(
        select(appointments.c.id).where(with_patel, appointments.c.starts_at < at(18))
    ).all()
    assert still == []
    told = connection.scalars(select(occasions.c.appointment_id).order_by(occasions.c.id)).all()
    assert sorted(each for each in told if each is not None) == visits


def test_only_the_hours_that_are_named(clinic: Clinic, connection: Connection) -> None:
    booked(connection, clinic, at(10))
    late = booked(connection, clinic, at(14))
    away = Away(frozenset({clinic.patel_id}), MONDAY, MONDAY, Stretch(time(13), time(17)))
    assert [each.visit.id for each in planned(connection, away)] == [late]


def test_what_has_begun_or_is_over_is_left(clinic: Clinic, connection: Connection) -> None:
    visit = booked(connection, clinic, at(10))
    connection.execute(
        update(appointments).where(appointments.c.id == visit).values(status="completed")
    )
    assert planned(connection, whole_day(clinic)) == []


def test_where_somebody_was_faster_it_becomes_a_call(
    clinic: Clinic, connection: Connection
) -> None:
    visit = booked(connection, clinic, at(10))
    proposals = planned(connection, whole_day(clinic))
    booked(connection, clinic, at(10), clinic.okafor_id)
    came = carry_out(connection, whole_day(clinic), proposals, **BY)
    assert came.moved == ()
    assert [each.id for each in came.to_call] == [visit]


def test_what_a_colleague_moved_meanwhile_is_no_call(
    clinic: Clinic, connection: Connection
) -> None:
    booked(connection, clinic, at(10))
    proposals = planned(connection, whole_day(clinic))
    done(connection, whole_day(clinic))
    again = carry_out(connection, whole_day(clinic), proposals, **BY)
    assert (again.moved, again.to_call) == ((), ())


def test_taken_back_each_is_where_it_was(clinic: Clinic, connection: Connection) -> None:
    visits = [booked(connection, clinic, at(hour)) for hour in (9, 10)]
    came = done(connection, whole_day(clinic))
    assert take_back(connection, came.entered, visits, **BY) == (2, 0)
    assert connection.scalar(select(absences.c.id)) is None
    for visit, hour in zip(visits, (9, 10), strict=True):
        found = by_id(connection, visit)
        assert (found.practitioner_id, found.starts_at) == (clinic.patel_id, at(hour))


def test_who_has_answered_meanwhile_stays(clinic: Clinic, connection: Connection) -> None:
    visit = booked(connection, clinic, at(9))
    came = done(connection, whole_day(clinic))
    [moved] = came.moved
    change_status(
        connection,
        visit,
        AppointmentStatus.CONFIRMED,
        version=moved.version,
        actor=Actor.patient(clinic.address_id, "sms"),
        now=NOW,
    )
    assert take_back(connection, came.entered, [visit], **BY) == (0, 1)
    assert by_id(connection, visit).practitioner_id == clinic.okafor_id


def test_it_is_taken_back_once(clinic: Clinic, connection: Connection) -> None:
    came = done(connection, whole_day(clinic))
    take_back(connection, came.entered, [], **BY)
    with pytest.raises(NothingToRemove):
        take_back(connection, came.entered, [], **BY)


def test_where_a_place_is_closed_everybody_moves_to_another_day(
    clinic: Clinic, connection: Connection
) -> None:
    visits = [
        booked(connection, clinic, at(9)),
        booked(connection, clinic, at(9), clinic.okafor_id),
    ]
    storm = Away(frozenset(), MONDAY, MONDAY, closed=clinic.location_id)
    came = done(connection, storm)
    assert sorted(visit.id for visit in came.moved) == visits
    assert all(visit.starts_at > at(23) for visit in came.moved)
    assert connection.scalar(select(holidays.c.day)) == MONDAY
    assert take_back(connection, came.entered, visits, **BY) == (2, 0)
    assert connection.scalar(select(holidays.c.day)) is None


def test_a_day_that_is_closed_as_it_is_stays_so(clinic: Clinic, connection: Connection) -> None:
    add_holiday(connection, clinic.location_id, MONDAY, "Labor Day", actor="staff 1", now=NOW)
    two = Away(frozenset(), MONDAY, MONDAY + timedelta(days=1), closed=clinic.location_id)
    came = done(connection, two)
    assert came.entered.days == (MONDAY + timedelta(days=1),)
    take_back(connection, came.entered, [], **BY)
    assert connection.scalars(select(holidays.c.name)).all() == ["Labor Day"]


def test_who_stands_in_has_the_same_times(clinic: Clinic, connection: Connection) -> None:
    """Also at hours at which they do not usually work."""
    early = booked(connection, clinic, at(7))
    visit = booked(connection, clinic, at(10))
    covered = replace(whole_day(clinic), locum=clinic.okafor_id)
    came = done(connection, covered)
    assert {each.id: (each.practitioner_id, each.starts_at) for each in came.moved} == {
        early: (clinic.okafor_id, at(7)),
        visit: (clinic.okafor_id, at(10)),
    }


def test_who_stands_in_sees_nobody_twice(clinic: Clinic, connection: Connection) -> None:
    booked(connection, clinic, at(10))
    booked(connection, clinic, at(10), clinic.okafor_id)
    [moved] = done(connection, replace(whole_day(clinic), locum=clinic.okafor_id)).moved
    assert moved.starts_at != at(10)


def test_who_stands_in_and_was_booked_meanwhile_is_not_booked_twice(
    clinic: Clinic, connection: Connection
) -> None:
    visit = booked(connection, clinic, at(10))
    covered = replace(whole_day(clinic), locum=clinic.okafor_id)
    proposals = planned(connection, covered)
    booked(connection, clinic, at(10), clinic.okafor_id)
    came = carry_out(connection, covered, proposals, **BY)
    assert [each.id for each in came.to_call] == [visit]


def test_whoever_leaves_is_away_from_that_day_on(clinic: Clinic, connection: Connection) -> None:
    before = booked(connection, clinic, at(10))
    tuesday = MONDAY + timedelta(days=1)
    after = [booked(connection, clinic, at(10, day=tuesday + timedelta(days=n))) for n in (0, 90)]
    gone = Away(frozenset({clinic.patel_id}), tuesday, None)
    came = done(connection, gone)
    assert sorted([v.id for v in came.moved] + [v.id for v in came.to_call]) == after
    assert by_id(connection, before).practitioner_id == clinic.patel_id
    assert all(visit.practitioner_id == clinic.okafor_id for visit in came.moved)


def test_a_department_is_away_together(clinic: Clinic, connection: Connection) -> None:
    visits = [
        booked(connection, clinic, at(9)),
        booked(connection, clinic, at(9), clinic.okafor_id),
    ]
    everybody = Away(frozenset({clinic.patel_id, clinic.okafor_id}), MONDAY, MONDAY)
    came = done(connection, everybody)
    assert sorted(visit.id for visit in came.moved) == visits
    assert all(visit.starts_at > at(23) for visit in came.moved)
    take_back(connection, came.entered, visits, **BY)
    assert connection.scalars(select(absences.c.id)).all() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": frozenset(), "closed": None},
        {"closed": 1},
        {"locum": 1},
        {"people": frozenset(), "closed": 1, "hours": Stretch(time(13), time(17))},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ImpossibleHours):
        replace(Away(frozenset({1}), MONDAY, MONDAY), **wrong)


@pytest.mark.parametrize("days", [-1, 31])
def test_days_that_make_no_sense_are_refused(clinic: Clinic, days: int) -> None:
    with pytest.raises(ImpossibleHours):
        Away(frozenset({clinic.patel_id}), MONDAY, MONDAY + timedelta(days=days))
