"""What staff do to hours: impossible ones are refused, visits are kept and named."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import Connection, select

from core import models
from core.errors import ImpossibleHours, NaiveDatetime, UnknownLocation, UnknownPractitioner
from core.scheduling.hours import (
    add_absence,
    add_holiday,
    remove_absence,
    remove_holiday,
    replace_hours,
)
from core.scheduling.loading import load_catalogue
from core.scheduling.slots import instants, opening_hours
from core.scheduling.week import END_OF_DAY, Stretch, Week
from tests import builders
from tests.builders import Clinic
from tests.core.scheduling.roster import BY, MONDAY, book, events, rows

NINE_TO_FIVE = Stretch(time(9), time(17))
NOON = Stretch(time(12), time(13))


def week(*stretches: Stretch, days: range = range(5)) -> Week:
    return dict.fromkeys(days, stretches)


def schedules_of(connection: Connection, practitioner_id: int) -> list[tuple[Any, ...]]:
    table = models.schedules
    query = select(
        table.c.weekday, table.c.starts, table.c.ends, table.c.valid_from, table.c.valid_to
    ).where(table.c.practitioner_id == practitioner_id)
    # NULLs sort differently on the two databases.
    found = [tuple(row) for row in connection.execute(query)]
    return sorted(found, key=lambda row: (row[3] or date.min, *row[:2]))


def test_new_hours_take_the_place_of_the_old(clinic: Clinic, connection: Connection) -> None:
    early, late = Stretch(time(8), time(11)), Stretch(time(11), time(14))
    assert (
        replace_hours(connection, clinic.patel_id, clinic.location_id, {0: (early, late)}, **BY)
        == []
    )
    assert schedules_of(connection, clinic.patel_id) == [
        (0, time(8), time(11), None, None),
        (0, time(11), time(14), None, None),
    ]
    breaks = rows(connection, models.breaks, "practitioner_id")
    assert set(breaks) == {(clinic.okafor_id,)}
    assert len(schedules_of(connection, clinic.okafor_id)) == 5


def test_visits_that_no_longer_fit_are_named_and_kept(
    clinic: Clinic, connection: Connection
) -> None:
    ten, eleven = book(connection, clinic, 10), book(connection, clinic, 11)
    book(connection, clinic, 10, practitioner_id=clinic.okafor_id)
    book(connection, clinic, 9, status="cancelled")
    columns = [column.name for column in models.appointments.c if column.name != "reason"]
    before = rows(connection, models.appointments, *columns)
    found = replace_hours(
        connection, clinic.patel_id, clinic.location_id, week(Stretch(time(13), time(17))), **BY
    )
    assert [visit.id for visit in found] == [ten, eleven]
    assert rows(connection, models.appointments, *columns) == before
    # What nobody has decided yet is named again.
    found = replace_hours(
        connection, clinic.patel_id, clinic.location_id, week(Stretch(time(11), time(17))), **BY
    )
    assert [visit.id for visit in found] == [ten]


def test_hours_may_hold_for_some_weeks_only(clinic: Clinic, connection: Connection) -> None:
    first, last = date(2026, 12, 7), date(2026, 12, 18)
    short = Stretch(time(9), time(12))
    replace_hours(
        connection,
        clinic.patel_id,
        clinic.location_id,
        {0: (short,)},
        valid_from=first,
        valid_to=last,
        **BY,
    )
    whole = (time(9), time(17))
    assert schedules_of(connection, clinic.patel_id) == [
        *((day, *whole, None, date(2026, 12, 6)) for day in range(5)),
        (0, time(9), time(12), first, last),
        *((day, *whole, date(2026, 12, 19), None) for day in range(5)),
    ]
    # From some day on, whatever was planned from then on.
    replace_hours(
        connection,
        clinic.patel_id,
        clinic.location_id,
        {2: (short,)},
        valid_from=date(2026, 12, 14),
        **BY,
    )
    assert schedules_of(connection, clinic.patel_id) == [
        *((day, *whole, None, date(2026, 12, 6)) for day in range(5)),
        (0, time(9), time(12), first, date(2026, 12, 13)),
        (2, time(9), time(12), date(2026, 12, 14), None),
    ]


def test_the_first_and_the_last_day_there_is_are_no_trouble(
    clinic: Clinic, connection: Connection
) -> None:
    where = (clinic.patel_id, clinic.location_id)
    replace_hours(
        connection, *where, week(NINE_TO_FIVE), valid_from=date.min, valid_to=date.max, **BY
    )
    assert len(schedules_of(connection, clinic.patel_id)) == 5


def test_a_change_of_hours_has_its_events(clinic: Clinic, connection: Connection) -> None:
    where = (clinic.patel_id, clinic.location_id)
    kept = week(Stretch(time(9), time(10)))
    replace_hours(connection, *where, week(NINE_TO_FIVE), week(NOON), kept, **BY)
    assert events(connection) == [
        ("same-day hours of Dr Anita Patel", "staff 3", "none", "Downtown mon-fri 09:00-10:00")
    ]
    replace_hours(connection, *where, {0: (NINE_TO_FIVE,)}, {}, {}, **BY)
    assert events(connection)[1:] == [
        (
            "hours of Dr Anita Patel",
            "staff 3",
            "Downtown mon-fri 09:00-17:00",
            "Downtown mon 09:00-17:00",
        ),
        ("breaks of Dr Anita Patel", "staff 3", "Downtown mon-fri 12:00-13:00", "none"),
        ("same-day hours of Dr Anita Patel", "staff 3", "Downtown mon-fri 09:00-10:00", "none"),
    ]
    (location_ids,) = set(rows(connection, models.setting_events, "location_id"))
    assert location_ids == (clinic.location_id,)


def test_the_same_hours_again_are_no_event(clinic: Clinic, connection: Connection) -> None:
    where = (clinic.patel_id, clinic.location_id)
    replace_hours(connection, *where, week(NINE_TO_FIVE), week(NOON), **BY)
    assert events(connection) == []


IMPOSSIBLE: list[tuple[Week, Week, Week, str]] = [
    ({0: (Stretch(time(17), time(9)),)}, {}, {},
     "expected an end after the start, got 17:00-09:00 (hours, mon)"),
    ({0: (Stretch(time(9), time(9)),)}, {}, {},
     "expected an end after the start, got 09:00-09:00 (hours, mon)"),
    ({0: (Stretch(time(9), time(12)), Stretch(time(11), time(15)))}, {}, {},
     "expected hours that do not overlap, got mon 09:00-12:00 and 11:00-15:00"),
    ({7: (NINE_TO_FIVE,)}, {}, {}, "expected a weekday from 0 (Monday) to 6, got 7 (hours)"),
    ({0: (Stretch(time(9, tzinfo=UTC), time(12)),)}, {}, {},
     "expected wall time without a zone, got 09:00-12:00 (hours, mon)"),
    ({0: (NINE_TO_FIVE,)}, {0: (Stretch(time(16, 30), time(17, 30)),)}, {},
     "expected breaks inside the hours, got mon 16:30-17:30"),
    ({0: (NINE_TO_FIVE,)}, {1: (NOON,)}, {},
     "expected breaks inside the hours, got tue 12:00-13:00"),
    ({0: (NINE_TO_FIVE,)}, {0: (NOON, NOON)}, {},
     "expected breaks that do not overlap, got mon 12:00-13:00 and 12:00-13:00"),
    ({0: (NINE_TO_FIVE,)}, {}, {0: (Stretch(time(8), time(10)),)},
     "expected same-day hours inside the hours, got mon 08:00-10:00"),
    ({0: (NINE_TO_FIVE,)}, {0: (NOON,)}, {0: (Stretch(time(11), time(14)),)},
     "expected same-day hours beside the breaks, got mon 11:00-14:00"),
]  # fmt: skip


@pytest.mark.parametrize(("hours", "breaks", "same_day", "message"), IMPOSSIBLE)
def test_impossible_hours_are_refused_and_change_nothing(
    clinic: Clinic,
    connection: Connection,
    hours: Week,
    breaks: Week,
    same_day: Week,
    message: str,
) -> None:
    before = schedules_of(connection, clinic.patel_id)
    with pytest.raises(ImpossibleHours) as caught:
        replace_hours(
            connection, clinic.patel_id, clinic.location_id, hours, breaks, same_day, **BY
        )
    assert str(caught.value) == message
    assert schedules_of(connection, clinic.patel_id) == before
    assert events(connection) == []


def test_a_validity_that_runs_backwards_is_refused(clinic: Clinic, connection: Connection) -> None:
    since, until = date(2027, 1, 2), date(2027, 1, 1)
    message = "expected a last day not before the first, got 2027-01-02 to 2027-01-01"
    with pytest.raises(ImpossibleHours, match=message):
        replace_hours(
            connection,
            clinic.patel_id,
            clinic.location_id,
            week(NINE_TO_FIVE),
            valid_from=since,
            valid_to=until,
            **BY,
        )
    with pytest.raises(ImpossibleHours, match=message):
        add_absence(connection, clinic.patel_id, since, until, **BY)
    # The control: one day is a validity.
    add_absence(connection, clinic.patel_id, since, since, **BY)


def test_nobody_is_at_two_places_at_one_time(clinic: Clinic, connection: Connection) -> None:
    valley = builders.a_location(connection, "Valley")
    where = (clinic.patel_id, valley)
    with pytest.raises(ImpossibleHours) as caught:
        replace_hours(connection, *where, {0: (Stretch(time(16), time(19)),)}, **BY)
    assert str(caught.value) == (
        "expected one place at a time, got mon 16:00-19:00 and 09:00-17:00 at Downtown"
    )
    # The controls: after those hours, or on other days.
    assert replace_hours(connection, *where, {0: (Stretch(time(17), time(19)),)}, **BY) == []
    assert replace_hours(connection, *where, {5: (NINE_TO_FIVE,)}, **BY) == []
    replace_hours(
        connection,
        clinic.patel_id,
        clinic.location_id,
        {},
        valid_from=date(2027, 1, 1),
        **BY,
    )
    newer: dict[str, Any] = {"valid_from": date(2027, 1, 1), **BY}
    assert replace_hours(connection, *where, {0: (NINE_TO_FIVE,)}, **newer) == []
    with pytest.raises(ImpossibleHours):
        replace_hours(connection, *where, {0: (NINE_TO_FIVE,)}, valid_from=date(2026, 12, 31), **BY)


def test_unknown_ones_and_naive_instants_have_their_own_errors(
    clinic: Clinic, connection: Connection
) -> None:
    naive: dict[str, Any] = {"actor": "staff 3", "now": datetime(2026, 11, 22, 10, 0)}  # noqa: DTZ001
    with pytest.raises(UnknownPractitioner):
        replace_hours(connection, 999, clinic.location_id, week(NINE_TO_FIVE), **BY)
    with pytest.raises(UnknownLocation):
        replace_hours(connection, clinic.patel_id, 999, week(NINE_TO_FIVE), **BY)
    with pytest.raises(NaiveDatetime):
        replace_hours(connection, clinic.patel_id, clinic.location_id, {}, **naive)
    with pytest.raises(UnknownPractitioner):
        add_absence(connection, 999, MONDAY, **BY)
    with pytest.raises(NaiveDatetime):
        add_absence(connection, clinic.patel_id, MONDAY, **naive)
    with pytest.raises(ImpossibleHours, match="expected a date"):
        add_absence(connection, clinic.patel_id, builders.NOW, **BY)
    with pytest.raises(NaiveDatetime):
        remove_absence(connection, 1, **naive)
    with pytest.raises(UnknownLocation):
        add_holiday(connection, 999, MONDAY, "Flood", **BY)
    with pytest.raises(NaiveDatetime):
        add_holiday(connection, clinic.location_id, MONDAY, "Flood", **naive)
    with pytest.raises(UnknownLocation):
        remove_holiday(connection, 999, MONDAY, **BY)
    with pytest.raises(NaiveDatetime):
        remove_holiday(connection, clinic.location_id, MONDAY, **naive)
    assert events(connection) == []


@pytest.mark.usefixtures("clinic")
def test_a_practitioner_who_has_left_is_unknown(connection: Connection) -> None:
    left = builders.a_practitioner(connection, "Rees", is_active=False)
    with pytest.raises(UnknownPractitioner):
        add_absence(connection, left, MONDAY, **BY)


def test_hours_until_midnight_lose_no_minute(clinic: Clinic, connection: Connection) -> None:
    evening = Stretch(time(18), END_OF_DAY)
    last = book(connection, clinic, 23, minutes=60)
    where = (clinic.patel_id, clinic.location_id)
    assert [visit.id for visit in replace_hours(connection, *where, week(NINE_TO_FIVE), **BY)] == [
        last
    ]
    assert replace_hours(connection, *where, {0: (evening,)}, **BY) == []
    (place,) = load_catalogue(connection, now=builders.NOW).workplaces[clinic.patel_id]
    ((opens, closes),) = instants(MONDAY, opening_hours(place, MONDAY), place.zone)
    assert closes - opens == 6 * 60 * 60 * 1_000_000


def test_every_change_raises_the_version_of_the_set_up(
    clinic: Clinic, connection: Connection
) -> None:
    def version() -> int:
        return load_catalogue(connection, now=builders.NOW).version

    versions = [version()]
    replace_hours(connection, clinic.patel_id, clinic.location_id, week(NINE_TO_FIVE), **BY)
    versions.append(version())
    add_absence(connection, clinic.patel_id, MONDAY, **BY)
    versions.append(version())
    ((absence_id,),) = rows(connection, models.absences, "id")
    remove_absence(connection, absence_id, **BY)
    versions.append(version())
    add_holiday(connection, clinic.location_id, MONDAY, "Flood", **BY)
    versions.append(version())
    remove_holiday(connection, clinic.location_id, MONDAY, **BY)
    versions.append(version())
    assert versions == sorted(set(versions))
