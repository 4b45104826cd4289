"""Whom a delay touches, and telling them: each once of one delay, whatever is said of it next."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.errors import NothingToUndo
from core.models import appointments, delays, messages, occasions, tasks
from core.models.appointments import AppointmentStatus
from core.models.staff import Role
from core.occasions import agenda, lateness
from core.occasions.stands import stands
from core.staff.day import DayVisit
from core.staff.rights import Sphere
from core.staff.running_late import (
    Plan,
    RunningLate,
    announce,
    on_time_again,
    plan,
    waits_at,
    worn_off,
)
from tests.builders import Clinic, a_colleague, a_link, a_patient, an_address, an_appointment
from tests.core.scheduling.words import MONDAY, at, offered

NOW = at("09:05")
EVERYWHERE = Sphere(Role.SUPER_ADMIN, everywhere=True)
SCHEDULED, ARRIVED = AppointmentStatus.SCHEDULED, AppointmentStatus.ARRIVED
COMPLETED, PENDING = AppointmentStatus.COMPLETED, AppointmentStatus.PENDING


def a_day(*visits: tuple[str, AppointmentStatus]) -> list[DayVisit]:
    """Visits of twenty minutes."""
    blank = DayVisit(
        id=0,
        version=1,
        status=SCHEDULED,
        starts_at=NOW,
        ends_at=NOW,
        practitioner_id=1,
        location_id=1,
        department_id=None,
        visit_type_id=1,
        late_minutes=None,
        patient_id=1,
        first_name="Nora",
        last_name="Quinn",
        date_of_birth=None,
        standing="active",
        is_restricted=False,
    )
    return [
        replace(
            blank,
            id=number,
            status=status,
            starts_at=at(time),
            ends_at=at(time) + timedelta(minutes=20),
        )
        for number, (time, status) in enumerate(visits)
    ]


def touched(visits: Sequence[DayVisit], minutes: int, now: datetime = NOW) -> dict[int, int]:
    return {visit.id: late for visit, late in worn_off(visits, minutes, now)}


@pytest.mark.parametrize(
    ("visits", "minutes", "expected"),
    [
        ([("09:20", SCHEDULED), ("09:40", SCHEDULED)], 20, {0: 20, 1: 20}),
        # A pause makes up for as much of it; what is left is rounded up to five minutes.
        ([("09:20", SCHEDULED), ("09:48", SCHEDULED)], 20, {0: 20, 1: 15}),
        ([("09:20", SCHEDULED), ("09:57", SCHEDULED)], 20, {0: 20}),
        ([("09:20", SCHEDULED), ("10:00", SCHEDULED), ("10:20", SCHEDULED)], 20, {0: 20}),
        # Who is with them now has begun, late as they are; who waits has not.
        ([("08:40", ARRIVED), ("09:00", ARRIVED), ("09:20", SCHEDULED)], 20, {1: 20, 2: 20}),
        ([("08:40", ARRIVED), ("09:10", SCHEDULED)], 20, {1: 10}),
        # Visits that are over, also those that nobody has marked, keep nobody.
        ([("08:00", SCHEDULED), ("09:20", SCHEDULED)], 20, {1: 20}),
        ([("09:00", COMPLETED), ("09:20", SCHEDULED)], 20, {1: 20}),
        # What waits for approval takes its time, and nobody is promised it.
        ([("09:20", PENDING), ("09:40", SCHEDULED)], 20, {1: 20}),
        ([("09:20", SCHEDULED)], 4, {}),
        ([("09:20", SCHEDULED)], 0, {}),
        ([], 20, {}),
    ],
)
def test_a_delay_wears_off(
    visits: list[tuple[str, AppointmentStatus]], minutes: int, expected: dict[int, int]
) -> None:
    assert touched(a_day(*visits), minutes) == expected


def booked(connection: Connection, clinic: Clinic, time: str, *, told: bool = True) -> int:
    patient_id = a_patient(connection)
    if told:
        a_link(connection, patient_id, an_address(connection))
    return an_appointment(
        connection,
        patient_id=patient_id,
        practitioner_id=clinic.patel_id,
        location_id=clinic.location_id,
        visit_type_id=clinic.visit_type_id,
        starts_at=at(time),
    )


@pytest.fixture
def anna(clinic: Clinic, connection: Connection) -> int:
    del clinic
    return a_colleague(connection, "anna", None, address_id=None)


def planned(connection: Connection, clinic: Clinic, minutes: int, now: datetime = NOW) -> Plan:
    late = RunningLate(clinic.patel_id, clinic.location_id, minutes)
    return plan(connection, EVERYWHERE, late, offered(connection, now), now)


def said(
    connection: Connection, clinic: Clinic, anna: int, minutes: int, now: datetime = NOW
) -> int:
    shown = planned(connection, clinic, minutes, now)
    return announce(connection, shown, staff_id=anna, now=now)


def told(connection: Connection) -> list[tuple[int, str]]:
    query = select(occasions.c.minutes, occasions.c.state).order_by(occasions.c.id)
    return [(row.minutes, row.state) for row in connection.execute(query)]


def say_all(connection: Connection, clinic: Clinic, status: str) -> None:
    """What is planned is in the outbox, or has gone out."""
    ids = select(occasions.c.id).where(occasions.c.state == "planned")
    for occasion_id in connection.scalars(ids).all():
        values: dict[str, Any] = {
            "public_id": f"m{occasion_id}",
            "conversation_id": clinic.conversation_id,
            "direction": "out",
            "channel": "sms",
            "kind": "running_late",
            "status": status,
            "attempts": 0,
            "is_simulated": False,
            "created_at": NOW,
            "updated_at": NOW,
        }
        (message_id,) = connection.execute(insert(messages), values).inserted_primary_key or (0,)
        agenda.mark_said(connection, occasion_id, message_id, NOW)


def test_who_can_be_told_is_and_who_cannot_is_called(
    clinic: Clinic, connection: Connection, anna: int
) -> None:
    booked(connection, clinic, "09:20")
    unreached = booked(connection, clinic, "09:40", told=False)
    shown = planned(connection, clinic, 20)
    assert [(each.channel, each.is_called) for each in shown.later] == [
        ("sms", False),
        (None, True),
    ]
    said(connection, clinic, anna, 20)
    assert told(connection) == [(20, "planned")]
    calls = connection.execute(select(tasks.c.appointment_id)).scalars().all()
    assert calls == [unreached]


def test_only_the_next_hours_are_told(clinic: Clinic, connection: Connection) -> None:
    times = ("09:20", "09:40", "10:00", "10:20", "10:40", "11:00", "11:20", "11:40", "12:00")
    for time in (*times, "12:20", "12:40", "13:00", "13:20"):
        booked(connection, clinic, time)
    shown = planned(connection, clinic, 20)
    assert max(each.visit.starts_at for each in shown.later) == at("13:00")
    assert shown.beyond == 1


def test_a_new_number_withdraws_what_has_not_gone_out(
    clinic: Clinic, connection: Connection, anna: int
) -> None:
    booked(connection, clinic, "09:20")
    said(connection, clinic, anna, 20)
    say_all(connection, clinic, "queued")
    said(connection, clinic, anna, 40, NOW + timedelta(minutes=1))
    assert told(connection) == [(20, "withdrawn"), (40, "planned")]
    [status] = connection.scalars(select(messages.c.status)).all()
    assert status == "dropped"


def test_who_has_heard_it_hears_the_new_number_and_the_same_number_never_again(
    clinic: Clinic, connection: Connection, anna: int
) -> None:
    booked(connection, clinic, "09:20")
    for minutes, number in ((20, 1), (20, 1), (40, 2)):
        said(connection, clinic, anna, minutes)
        say_all(connection, clinic, "sent")
        assert len(told(connection)) == number
    said(connection, clinic, anna, 0)
    assert told(connection)[-1] == (0, "planned")


def test_a_message_that_did_not_arrive_has_told_nobody(
    clinic: Clinic, connection: Connection, anna: int
) -> None:
    booked(connection, clinic, "09:20")
    said(connection, clinic, anna, 20)
    say_all(connection, clinic, "undelivered")
    assert not planned(connection, clinic, 20).later[0].knows
    assert planned(connection, clinic, 0).on_time == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"starts_at": at("14:00"), "ends_at": at("14:20")},
        {"status": "cancelled"},
        {"status": "completed"},
        {"practitioner_id": 2},
    ],
)
def test_what_is_not_so_any_more_does_not_stand(
    clinic: Clinic, connection: Connection, anna: int, changed: dict[str, Any]
) -> None:
    visit = booked(connection, clinic, "09:20")
    said(connection, clinic, anna, 20)
    [occasion_id] = connection.scalars(select(occasions.c.id)).all()
    assert stands(connection, occasion_id)
    if "starts_at" in changed:
        changed |= {"occupied_from": at("14:00"), "occupied_until": at("14:20")}
    connection.execute(update(appointments).where(appointments.c.id == visit).values(**changed))
    assert not stands(connection, occasion_id)


def test_it_is_worth_saying_until_the_visit_begins_late_as_it_is(
    clinic: Clinic, connection: Connection, anna: int
) -> None:
    booked(connection, clinic, "09:20")
    said(connection, clinic, anna, 20)
    assert connection.scalar(select(occasions.c.valid_until)) == at("09:40")
    assert agenda.due(connection, at("09:41"), 10) == []
    assert told(connection) == [(20, "dropped")]


def test_not_at_night(clinic: Clinic, connection: Connection) -> None:
    booked(connection, clinic, "20:20")
    booked(connection, clinic, "20:40")
    shown = planned(connection, clinic, 20, at("20:05"))
    assert [each.channel for each in shown.later] == [None, None]


def test_taken_back_only_while_it_is_what_was_said_last(
    clinic: Clinic, connection: Connection, anna: int
) -> None:
    booked(connection, clinic, "09:20")
    first = said(connection, clinic, anna, 20)
    second = said(connection, clinic, anna, 40)
    with pytest.raises(NothingToUndo):
        on_time_again(connection, first)
    assert on_time_again(connection, second).minutes == 0


def test_one_delay_is_in_force_and_tells_of_a_visit_once(
    clinic: Clinic, connection: Connection, anna: int
) -> None:
    visit = booked(connection, clinic, "09:20")
    delay_id = said(connection, clinic, anna, 20)
    [row] = connection.execute(select(occasions)).mappings().all()
    again = {name: row[name] for name in row if name != "id"} | {"public_id": "again"}
    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.execute(insert(occasions), again)
    [row] = connection.execute(select(delays)).mappings().all()
    with pytest.raises(IntegrityError), connection.begin_nested():
        connection.execute(insert(delays), {name: row[name] for name in row if name != "id"})
    assert (row["id"], visit) == (delay_id, again["appointment_id"])


def test_it_is_over_by_itself(clinic: Clinic, connection: Connection, anna: int) -> None:
    booked(connection, clinic, "09:20")
    said(connection, clinic, anna, 20)
    key = (clinic.patel_id, clinic.location_id)
    assert lateness.delays_now(connection, at("09:59"))[key].minutes == 20
    assert lateness.delays_now(connection, at("10:00")) == {}


def test_where_somebody_waits_next(clinic: Clinic, connection: Connection) -> None:
    catalogue = offered(connection, NOW)
    where = (connection, EVERYWHERE, clinic.patel_id, catalogue)
    assert waits_at(*where, NOW) is None
    booked(connection, clinic, "09:20")
    assert waits_at(*where, NOW) == clinic.location_id
    assert waits_at(*where, at("09:41")) is None
    assert waits_at(*where, at("09:05", MONDAY - timedelta(days=1))) is None
