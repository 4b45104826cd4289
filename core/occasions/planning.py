"""Reminders are planned, moved and withdrawn in the transaction that books, moves or ends a visit.

`core.scheduling.history` calls this for every change, so that no way of changing a visit forgets
it. Whether a reminder is still right is read again before it is sent.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from core.models import appointments, locations, patients, reminders, settings, visit_types
from core.models.appointments import AppointmentStatus
from core.models.occasions import ReminderState
from core.occasions.policy import Stage, stages
from core.rules import Rules, load_rules
from core.scheduling.appointments import Appointment

# Who has just booked knows; a reminder that would follow so soon is left out.
FRESH = timedelta(hours=4)
# They are expected, and have not said yet that they come.
_REMINDED = AppointmentStatus.SCHEDULED
_QUIET = ("quiet_from_hour", "quiet_until_hour")
_OTHER_POLICY = "policy"  # Why it was withdrawn: the clinic reminds at other times now.


def follow(
    connection: Connection, before: Appointment | None, after: Appointment, now: datetime
) -> None:
    """Bring the reminders of a visit in line with how it is now."""
    was_reminded = before is not None and before.status is _REMINDED
    is_reminded = after.status is _REMINDED and after.patient_id is not None
    if before is not None and was_reminded and is_reminded and _alike(before, after):
        return
    if was_reminded:
        withdraw(connection, after.id, now, note="changed" if is_reminded else after.status)
    if is_reminded:
        is_new = before is None or before.status is AppointmentStatus.HELD
        _plan(connection, after, now, is_new=is_new)


def _alike(before: Appointment, after: Appointment) -> bool:
    """Tell whether the same reminders are due: with whom it is, is read when they are sent."""
    return (before.starts_at, before.location_id, before.visit_type_id) == (
        after.starts_at,
        after.location_id,
        after.visit_type_id,
    )


def withdraw(connection: Connection, appointment_id: int, now: datetime, *, note: str) -> None:
    """Whatever is still planned for this visit is not sent."""
    connection.execute(
        update(reminders)
        .where(
            reminders.c.appointment_id == appointment_id,
            reminders.c.state == ReminderState.PLANNED,
        )
        .values(state=ReminderState.WITHDRAWN, note=note, updated_at=now)
    )


def _plan(connection: Connection, visit: Appointment, now: datetime, *, is_new: bool) -> None:
    wanted = {
        stage.name: due
        for stage, due in _due(connection, visit)
        if due > now + FRESH and due < visit.starts_at
    }
    for name in _known(connection, visit, now, wanted) if not is_new else ():
        wanted.pop(name, None)
    if not wanted:
        return
    rows = [
        _new_reminder(visit.id, visit.version, visit.starts_at, name, due, now)
        for name, due in wanted.items()
    ]
    connection.execute(insert(reminders), rows)


def _new_reminder(
    appointment_id: int, version: int, starts_at: datetime, name: str, due: datetime, now: datetime
) -> dict[str, Any]:
    return {
        "appointment_id": appointment_id,
        "appointment_version": version,
        "starts_at": starts_at,
        "stage": name,
        "due_at": due,
        "state": ReminderState.PLANNED,
        "created_at": now,
        "updated_at": now,
    }


def plan_anew(connection: Connection, now: datetime) -> None:
    """Bring the reminders of all visits ahead in line with how patients are reminded from now on:
    what is still planned and not wanted any more is withdrawn, what is wanted and was never said is
    planned. The caller holds the calendars' locks, so that no booking goes by what held before."""
    rules = load_rules(connection)
    known: dict[int, dict[str, Row[Any]]] = defaultdict(dict)
    for row in connection.execute(_OF_VISITS_AHEAD, {"now": now}):
        known[row.appointment_id][row.stage] = row
    changed: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    for visit in connection.execute(_VISITS_AHEAD, {"now": now}):
        zone = ZoneInfo(visit.patients_zone or visit.zone)
        names = None if visit.reminders is None else tuple(json.loads(visit.reminders))
        wanted = {
            stage.name: stage.due_at(visit.starts_at, zone, rules.at(visit.location_id))
            for stage in stages(names)
        }
        had = known[visit.id]
        changed += _to_change(had, wanted, visit.version, now)
        new += (
            _new_reminder(visit.id, visit.version, visit.starts_at, name, due, now)
            for name, due in wanted.items()
            if name not in had and now + FRESH < due < visit.starts_at
        )
    if changed:
        connection.execute(_CHANGE, changed)
    if new:
        connection.execute(insert(reminders), new)


def _to_change(
    had: Mapping[str, Row[Any]], wanted: Mapping[str, datetime], version: int, now: datetime
) -> Iterator[dict[str, Any]]:
    """Yield what becomes of the reminders that a visit has had at this time; none is said twice,
    and none at once that nobody awaits."""
    for name, row in had.items():
        due = wanted.get(name)
        if row.state == ReminderState.PLANNED and due is None:
            state, due, note = ReminderState.WITHDRAWN, row.due_at, _OTHER_POLICY
        elif due is None or due <= now + FRESH or row.message_id is not None:
            continue
        elif row.state == ReminderState.PLANNED and row.due_at != due:
            state, note = ReminderState.PLANNED, row.note
        elif row.state == ReminderState.WITHDRAWN and row.note == _OTHER_POLICY:
            state, note = ReminderState.PLANNED, None
        else:
            continue
        values = {"state": state, "due_at": due, "note": note}
        yield {f"new_{key}": value for key, value in values.items()} | {
            "reminder": row.id,
            "version": version,
            "now": now,
        }


def _known(
    connection: Connection, visit: Appointment, now: datetime, wanted: dict[str, datetime]
) -> Sequence[str]:
    """Return the stages that this very time has had before, on its way back; those that were not
    sent are planned again."""
    of_this_time = (
        reminders.c.appointment_id == visit.id,
        reminders.c.starts_at == visit.starts_at,
    )
    known = connection.scalars(select(reminders.c.stage).where(*of_this_time)).all()
    for name in set(known) & wanted.keys():
        connection.execute(
            update(reminders)
            .where(
                *of_this_time,
                reminders.c.stage == name,
                reminders.c.state == ReminderState.WITHDRAWN,
                reminders.c.message_id.is_(None),
            )
            .values(
                state=ReminderState.PLANNED,
                due_at=wanted[name],
                appointment_version=visit.version,
                note=None,
                updated_at=now,
            )
        )
    return known


def _due(connection: Connection, visit: Appointment) -> list[tuple[Stage, datetime]]:
    terms = connection.execute(
        _TERMS,
        {
            "location": visit.location_id,
            "patient": visit.patient_id,
            "visit_type": visit.visit_type_id,
        },
    ).one()
    names = None if terms.reminders is None else tuple(json.loads(terms.reminders))
    zone = ZoneInfo(terms.patients_zone or terms.zone)
    rules = _quiet_hours(terms)
    return [(stage, stage.due_at(visit.starts_at, zone, rules)) for stage in stages(names)]


def _quiet_hours(terms: Row[Any]) -> Rules:
    told = {key: getattr(terms, key) for key in _QUIET}
    return Rules(**{key: json.loads(value) for key, value in told.items() if value is not None})


def _setting(key: str) -> Any:
    """The location's own rule, else the clinic's, as it is stored; NULL: its default."""
    return (
        select(settings.c.value)
        .where(
            settings.c.key == key,
            settings.c.is_active,
            or_(settings.c.location_id.is_(None), settings.c.location_id == bindparam("location")),
        )
        .order_by(settings.c.location_id.is_(None))
        .limit(1)
        .scalar_subquery()
        .label(key)
    )


# All that decides when, in one statement: it is asked at every booking.
_TERMS = (
    select(
        locations.c.zone,
        patients.c.zone.label("patients_zone"),
        visit_types.c.reminders,
        *(_setting(key) for key in _QUIET),
    )
    .select_from(locations)
    .join(patients, patients.c.id == bindparam("patient"))
    .join(visit_types, visit_types.c.id == bindparam("visit_type"))
    .where(locations.c.id == bindparam("location"))
)

_AHEAD = (
    appointments.c.status == _REMINDED,
    appointments.c.patient_id.is_not(None),
    appointments.c.starts_at > bindparam("now"),
)
_VISITS_AHEAD = (
    select(
        appointments.c.id,
        appointments.c.version,
        appointments.c.starts_at,
        appointments.c.location_id,
        locations.c.zone,
        patients.c.zone.label("patients_zone"),
        visit_types.c.reminders,
    )
    .join(locations, locations.c.id == appointments.c.location_id)
    .join(patients, patients.c.id == appointments.c.patient_id)
    .join(visit_types, visit_types.c.id == appointments.c.visit_type_id)
    .where(*_AHEAD)
    .order_by(appointments.c.id)
)
_OF_VISITS_AHEAD = (
    select(reminders)
    .join(appointments, appointments.c.id == reminders.c.appointment_id)
    .where(*_AHEAD, reminders.c.starts_at == appointments.c.starts_at)
)
# What is being sent meanwhile stays as it is.
_CHANGE = (
    update(reminders)
    .where(
        reminders.c.id == bindparam("reminder"),
        reminders.c.message_id.is_(None),
        or_(
            reminders.c.state == ReminderState.PLANNED,
            reminders.c.state == ReminderState.WITHDRAWN,
        ),
    )
    .values(
        state=bindparam("new_state"),
        due_at=bindparam("new_due_at"),
        note=bindparam("new_note"),
        appointment_version=bindparam("version"),
        updated_at=bindparam("now"),
    )
)
