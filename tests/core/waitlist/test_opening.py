"""Time that the clinic adds is offered, too: an absence or a holiday called off, more hours."""

from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import Connection, select

from core.models import absences, waitlist_rounds
from core.scheduling.hours import add_absence, add_holiday, remove_absence, remove_holiday
from core.scheduling.hours_by_staff import Where, enter_hours
from core.scheduling.overlay import Change
from core.scheduling.week import Stretch
from core.waitlist.opening import time_added
from core.waitlist.wishes import Days
from tests.builders import Clinic, a_schedule
from tests.core.scheduling.words import (
    TUESDAY,
    at,
)
from tests.core.waitlist.words import DAYTIME, rounds, waits

WEDNESDAY = TUESDAY + timedelta(days=1)


def freed_by(connection: Connection) -> list[str]:
    return [row[0] for row in rounds(connection)]


def stretches(connection: Connection) -> list[str]:
    listed = select(waitlist_rounds.c.starts_at, waitlist_rounds.c.ends_at)
    return [
        f"{row.starts_at.astimezone(at('00:00').tzinfo):%H:%M}-{row.ends_at:%H:%M}"
        for row in connection.execute(listed.order_by(waitlist_rounds.c.id))
    ]


def test_an_absence_called_off_opens_a_round_for_each_who_waits(
    clinic: Clinic, connection: Connection
) -> None:
    for name in ("Ana", "Ben", "Cleo"):
        waits(connection, clinic, name)
    absence = away(connection, clinic)
    assert rounds(connection) == []
    remove_absence(connection, absence, actor="ruth", now=DAYTIME)
    assert freed_by(connection) == ["absence_withdrawn"] * 3
    assert stretches(connection) == ["17:00-17:20", "17:20-17:40", "17:40-18:00"]


def test_of_hours_of_absence_called_off_only_these_are_offered(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    absence = away(connection, clinic, Stretch(time(14), time(15)))
    remove_absence(connection, absence, actor="ruth", now=DAYTIME)
    assert stretches(connection) == ["22:00-22:20"]


def test_of_many_days_called_off_each_who_waits_has_one_time(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    waits(connection, clinic, "Ben", days=Days((WEDNESDAY,)))
    absence = away(connection, clinic, until=TUESDAY + timedelta(days=30))
    remove_absence(connection, absence, actor="ruth", now=DAYTIME)
    found = connection.scalars(select(waitlist_rounds.c.starts_at)).all()
    assert sorted(found) == [at("09:00", TUESDAY), at("09:00", WEDNESDAY)]


def test_more_hours_that_staff_enter_are_offered_too(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    evening = (at("17:00", TUESDAY), at("19:00", TUESDAY))
    added: dict[str, Any] = {"freed_by": "hours_added", "now": DAYTIME}
    assert time_added(connection, clinic.patel_id, [evening], **added) == 0  # Nobody works then.
    a_schedule(connection, clinic.patel_id, clinic.location_id, time(17), time(19))
    assert time_added(connection, clinic.patel_id, [evening], **added) == 1
    assert rounds(connection) == [("hours_added", "open", None)]
    assert time_added(connection, clinic.okafor_id, [evening], **added) == 0


def test_hours_that_staff_add_on_a_day_are_offered_too(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    tuesday = Where(clinic.patel_id, clinic.location_id, TUESDAY.weekday())
    evening = Change((Stretch(time(17), time(19)),), TUESDAY, TUESDAY, is_extra=True)
    enter_hours(connection, clinic.patel_id, [(tuesday, evening)], actor="ruth", now=DAYTIME)
    assert freed_by(connection) == ["hours_added"]
    assert stretches(connection) == ["01:00-01:20"]


def test_an_absence_called_off_that_nobody_waits_for_opens_nothing(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic, days='{"weekdays": [0]}')
    absence = away(connection, clinic)
    remove_absence(connection, absence, actor="ruth", now=DAYTIME)
    assert rounds(connection) == []


def away(
    connection: Connection,
    clinic: Clinic,
    hours: Stretch | None = None,
    until: date | None = None,
) -> int:
    """Dr Patel is away on Tuesday."""
    add_absence(connection, clinic.patel_id, TUESDAY, until, hours, actor="ruth", now=DAYTIME)
    found: int = connection.execute(select(absences.c.id)).scalar_one()
    return found


def test_a_holiday_called_off_is_offered_whoever_works_then(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    waits(connection, clinic, "Ben", practitioner_id=clinic.okafor_id)
    place = clinic.location_id
    add_holiday(connection, place, WEDNESDAY, "Party", actor="ruth", now=DAYTIME)
    remove_holiday(connection, place, WEDNESDAY, actor="ruth", now=DAYTIME)
    assert freed_by(connection) == ["holiday_withdrawn"] * 2
