"""Nobody is asked too late, nor at night: from eight in the evening until eight in the morning."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from core.models import waitlist_rounds
from tests.builders import Clinic, a_setting
from tests.core.scheduling.words import (
    MONDAY,
    TUESDAY,
    at,
)
from tests.core.waitlist.words import (
    QUARTER,
    a_visit,
    ask,
    asked,
    free,
    held,
    rounds,
    seven,
    tick,
    waits,
)

SECOND = timedelta(seconds=1)


def next_wave(connection: Connection) -> datetime | None:
    found: datetime | None = connection.scalar(
        select(waitlist_rounds.c.next_wave_at).order_by(waitlist_rounds.c.id.desc()).limit(1)
    )
    return found


@pytest.mark.parametrize(("minutes", "is_asked"), [(65, True), (64, False)])
def test_whoever_is_asked_has_time_to_answer(
    clinic: Clinic, connection: Connection, minutes: int, is_asked: bool
) -> None:
    """An hour's notice, and five minutes to say yes."""
    waits(connection, clinic)
    visit = a_visit(connection, clinic, "14:00")
    now = visit.starts_at - timedelta(minutes=minutes)
    free(connection, visit, now)
    tick(connection, now)
    assert asked(connection) == ["Ana"] * is_asked
    if not is_asked:
        assert rounds(connection) == [("cancelled", "over", "too_near")]


def test_a_round_ends_when_the_notice_begins(clinic: Clinic, connection: Connection) -> None:
    seven(connection, clinic)
    visit = a_visit(connection, clinic, "14:00")
    now = visit.starts_at - timedelta(minutes=70)
    free(connection, visit, now)
    ask(connection, now)
    assert next_wave(connection) == visit.starts_at - timedelta(hours=1)
    tick(connection, visit.starts_at - timedelta(hours=1))
    assert rounds(connection) == [("cancelled", "over", "too_near")]
    assert len(asked(connection)) == 3


# Never at night: from eight in the evening until eight in the morning.


@pytest.mark.parametrize(
    ("freed_at", "asked_at"),
    [
        (at("19:59", MONDAY), at("19:59", MONDAY)),
        (at("20:00", MONDAY), at("08:00", TUESDAY)),
        (at("03:00", TUESDAY), at("08:00", TUESDAY)),
        (at("08:00", TUESDAY), at("08:00", TUESDAY)),
    ],
)
def test_at_night_nobody_is_asked_and_the_time_is_kept(
    clinic: Clinic, connection: Connection, freed_at: datetime, asked_at: datetime
) -> None:
    waits(connection, clinic)
    visit = a_visit(connection, clinic, "14:00")
    free(connection, visit, freed_at)
    tick(connection, freed_at)
    assert len(held(connection)) == 1
    if freed_at < asked_at:
        assert asked(connection) == []
        assert next_wave(connection) == asked_at
        assert tick(connection, asked_at - SECOND) == 0
        tick(connection, asked_at)
    assert asked(connection) == ["Ana"]


def test_a_time_that_is_too_near_in_the_morning_is_simply_free(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    visit = a_visit(connection, clinic, "09:00")
    now = at("22:00", MONDAY)
    free(connection, visit, now)
    tick(connection, now)
    assert rounds(connection) == [("cancelled", "over", "nobody")]
    assert held(connection) == []


def test_it_is_night_where_the_patient_is(clinic: Clinic, connection: Connection) -> None:
    """Eight in the evening in San Francisco is five in Honolulu, and morning in Paris."""
    waits(connection, clinic)
    waits(connection, clinic, "Ben", person={"zone": "Pacific/Honolulu"})
    waits(connection, clinic, "Cleo", person={"zone": "Europe/Paris"})
    visit = a_visit(connection, clinic, "14:00")
    now = at("20:00", MONDAY)
    free(connection, visit, now)
    tick(connection, now)
    assert asked(connection) == ["Ben"]
    tick(connection, now + QUARTER)
    assert next_wave(connection) == at("08:00", TUESDAY, "Europe/Paris")
    tick(connection, at("08:00", TUESDAY, "Europe/Paris"))
    assert asked(connection) == ["Ben", "Cleo"]


@pytest.mark.parametrize(
    ("evening", "hours"),
    [
        (date(2027, 3, 13), 11),  # The clocks go forward in the night,
        (date(2027, 11, 6), 13),  # and back.
        (date(2027, 3, 20), 12),
    ],
)
def test_a_night_in_which_the_clocks_change_ends_at_eight_by_the_clock(
    clinic: Clinic, connection: Connection, evening: date, hours: int
) -> None:
    a_setting(connection, "horizon_days", 400)
    waits(connection, clinic)
    monday = evening + timedelta(days=2)
    visit = a_visit(connection, clinic, "14:00", monday, now=at("12:00", evening))
    now = at("20:00", evening)
    free(connection, visit, now)
    tick(connection, now)
    assert next_wave(connection) == now + timedelta(hours=hours)
    assert next_wave(connection) == at("08:00", evening + timedelta(days=1))


def test_the_clinic_says_which_hours_are_quiet(clinic: Clinic, connection: Connection) -> None:
    a_setting(connection, "quiet_from_hour", 0)
    a_setting(connection, "quiet_until_hour", 0)
    waits(connection, clinic)
    visit = a_visit(connection, clinic, "14:00")
    free(connection, visit, at("02:00", TUESDAY))
    tick(connection, at("02:00", TUESDAY))
    assert asked(connection) == ["Ana"]
