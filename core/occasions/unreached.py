"""Who has been reached about a visit, and who is to be called: each visit of a day ends as one of a
few things, so that none is forgotten while there is time to call."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, and_, func, select

from core.clock import instant
from core.database.lists import ids_in
from core.messaging.tasks import open_task
from core.models import appointments, locations, messages, reminders, tasks
from core.models.appointments import AppointmentStatus
from core.models.messaging import MessageStatus, TaskKind
from core.models.occasions import ReminderState
from core.occasions.due import NOBODY
from core.rules import RuleBook

# Whose patients are to be reached.
EXPECTED = (AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED)
_ARRIVED = frozenset({MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ})
_ON_ITS_WAY = frozenset({MessageStatus.QUEUED, MessageStatus.SENDING})
# As they are read: to look one up on its class costs as much as all else, of a long day.
_CONFIRMED, _DROPPED = AppointmentStatus.CONFIRMED.value, ReminderState.DROPPED.value


class Reached(StrEnum):
    """What became of telling the patient."""

    CONFIRMED = "confirmed"
    DELIVERED = "delivered"  # And not answered.
    ON_ITS_WAY = "on_its_way"
    UNDELIVERED = "undelivered"  # `why` is the provider's code.
    NOT_SENT = "not_sent"  # `why` is the reminder's note: too late, too often.
    NO_WAY = "no_way"  # Nobody at any address may be told.
    NOT_REMINDED = "not_reminded"  # By the clinic's policy, or booked a moment ago.


TO_CALL = (Reached.UNDELIVERED, Reached.NOT_SENT, Reached.NO_WAY)


@dataclass(frozen=True, slots=True)
class Reach:
    """How it stands with one visit."""

    appointment_id: int
    patient_id: int
    practitioner_id: int
    location_id: int
    starts_at: datetime
    outcome: Reached
    why: str | None = None


def reach_of_day(connection: Connection, location_id: int, day: date) -> list[Reach]:
    """Return how it stands with each visit of that day there, the earliest first."""
    zone = ZoneInfo(
        connection.execute(
            select(locations.c.zone).where(locations.c.id == location_id)
        ).scalar_one()
    )
    begins = instant(datetime.combine(day, time(), zone))
    ends = instant(datetime.combine(day + timedelta(days=1), time(), zone))
    visits = connection.execute(
        select(
            appointments.c.id,
            appointments.c.patient_id,
            appointments.c.practitioner_id,
            appointments.c.starts_at,
            appointments.c.status,
        )
        .where(
            appointments.c.location_id == location_id,
            appointments.c.starts_at >= begins,
            appointments.c.starts_at < ends,
            appointments.c.status.in_(EXPECTED),
        )
        .order_by(appointments.c.starts_at, appointments.c.id)
    ).all()
    reached = how_reached(connection, {visit.id: visit.status for visit in visits})
    return [
        Reach(
            visit.id,
            visit.patient_id,
            visit.practitioner_id,
            location_id,
            visit.starts_at,
            *reached[visit.id],
        )
        for visit in visits
    ]


def how_reached(
    connection: Connection, statuses: Mapping[int, str]
) -> dict[int, tuple[Reached, str | None]]:
    """Return how it stands with each of these visits, and why; by the visit's id and status."""
    unanswered = [key for key, status in statuses.items() if status != _CONFIRMED]
    told = _reminded(connection, unanswered) if unanswered else {}
    return {
        visit_id: _outcome(status, told.get(visit_id, [])) for visit_id, status in statuses.items()
    }


def reach_of_tomorrow(connection: Connection, now: datetime) -> list[Reach]:
    """Return how it stands with each visit of tomorrow, by the clock of each place."""
    places = connection.execute(
        select(locations.c.id, locations.c.zone).where(locations.c.is_active)
    ).all()
    return [
        reach
        for place in places
        for reach in reach_of_day(connection, place.id, _tomorrow(now, place.zone))
    ]


def _tomorrow(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)


_again = messages.alias("again")


@cache
def _reminders_of(dialect: str) -> Select[Any]:
    return (
        select(
            reminders.c.appointment_id,
            reminders.c.state,
            reminders.c.note,
            func.coalesce(_again.c.status, messages.c.status).label("status"),
            func.coalesce(_again.c.error_code, messages.c.error_code).label("code"),
        )
        .join(
            appointments,
            and_(
                appointments.c.id == reminders.c.appointment_id,
                appointments.c.starts_at == reminders.c.starts_at,
            ),
        )
        .outerjoin(messages, messages.c.id == reminders.c.message_id)
        .outerjoin(_again, _again.c.instead_of_id == messages.c.id)
        .where(reminders.c.appointment_id.in_(ids_in(dialect)))
        .order_by(reminders.c.due_at, reminders.c.id, _again.c.id)
    )


def _reminded(connection: Connection, appointment_ids: list[int]) -> dict[int, list[Any]]:
    """Return the reminders of these visits at their present times, the latest last, each with the
    last message that carried it, or said it again elsewhere."""
    rows = connection.execute(
        _reminders_of(connection.dialect.name), {"ids": json.dumps(appointment_ids)}
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.appointment_id, []).append(row)
    return found


def _outcome(status: str, told: list[Any]) -> tuple[Reached, str | None]:
    if status == _CONFIRMED:
        return Reached.CONFIRMED, None
    if carried := [row for row in told if row.status is not None]:
        statuses = {row.status for row in carried}
        if statuses & _ARRIVED:
            return Reached.DELIVERED, None
        if statuses & _ON_ITS_WAY:
            return Reached.ON_ITS_WAY, None
        return Reached.UNDELIVERED, carried[-1].code or carried[-1].status
    dropped = [row for row in told if row.state == _DROPPED]
    if any(row.note == NOBODY for row in dropped):
        return Reached.NO_WAY, None
    if dropped and not any(row.state == ReminderState.PLANNED for row in told):
        return Reached.NOT_SENT, dropped[-1].note
    return Reached.NOT_REMINDED, None


def call_tomorrows(connection: Connection, now: datetime, rules: RuleBook) -> int:
    """From the clinic's hour on, have staff call whoever has not been reached about a visit of
    tomorrow; each once a day, whatever came of the call. Returns how many calls were opened."""
    opened = 0
    places = connection.execute(
        select(locations.c.id, locations.c.zone).where(locations.c.is_active)
    ).all()
    for place in places:
        local = now.astimezone(ZoneInfo(place.zone))
        if local.hour < rules.at(place.id).call_list_hour:
            continue
        today = instant(local.replace(hour=0, minute=0, second=0, microsecond=0))
        for reach in reach_of_day(connection, place.id, _tomorrow(now, place.zone)):
            if reach.outcome in TO_CALL and not _called(connection, reach, today):
                opened += _open_call(connection, reach, now)
    return opened


def _called(connection: Connection, reach: Reach, since: datetime) -> bool:
    known = select(tasks.c.id).where(
        tasks.c.kind == TaskKind.CALL,
        tasks.c.appointment_id == reach.appointment_id,
        tasks.c.opened_at >= since,
    )
    return connection.scalar(known.limit(1)) is not None


def _open_call(connection: Connection, reach: Reach, now: datetime) -> bool:
    opened = open_task(
        connection,
        TaskKind.CALL,
        patient_id=reach.patient_id,
        appointment_id=reach.appointment_id,
        note=f"not reached: {reach.outcome}" + (f" ({reach.why})" if reach.why else ""),
        now=now,
    )
    return opened is not None
