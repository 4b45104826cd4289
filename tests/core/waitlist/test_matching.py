"""Who is asked about a time that is free: a table of wishes and persons, and who comes first.

Dr Patel's Tuesday at ten has been given up, unless a test says otherwise.
"""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from core.people.trust import report_death
from core.waitlist.wishes import Days
from tests.builders import (
    NOW,
    Clinic,
    a_link,
    a_location,
    an_address,
)
from tests.core.scheduling.words import MONDAY, RECEPTIONIST, TUESDAY, at
from tests.core.waitlist.persons import Change, address_is, link_is, patient_is
from tests.core.waitlist.words import (
    DAYTIME,
    Waiter,
    ask,
    asked,
    freed,
    offers,
    rounds,
    tick,
    waits,
)

WEDNESDAY = TUESDAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("wish", "is_asked"),
    [
        ({}, True),
        ({"specialty": "general_practice"}, True),
        ({"days": Days((TUESDAY,))}, True),
        ({"days": Days((MONDAY,))}, False),
        ({"days": Days(weekdays=(1,))}, True),
        ({"days": Days(weekdays=(0, 2))}, False),
        ({"days": Days(not_weekdays=(1,))}, False),
        ({"days": Days(not_days=(TUESDAY,))}, False),
        ({"days": Days(day_from=TUESDAY)}, True),
        ({"days": Days(day_from=WEDNESDAY)}, False),
        ({"days": Days(day_to=MONDAY)}, False),
        ({"minute_from": 600}, True),
        ({"minute_from": 601}, False),
        ({"minute_until": 601}, True),
        ({"minute_until": 600}, False),
        ({"until": at("10:00", TUESDAY)}, False),
        ({"until": at("10:01", TUESDAY)}, True),
        ({"location_id": 1}, True),
        ({"state": "left"}, False),
        ({"state": "filled"}, False),
    ],
)
def test_a_wish_meets_the_time_or_does_not(
    clinic: Clinic, connection: Connection, wish: dict[str, Any], is_asked: bool
) -> None:
    """Beside somebody for whom there is a round in any case."""
    waits(connection, clinic, **wish)
    waits(connection, clinic, "Zoe")
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == ["Ana"] * is_asked + ["Zoe"]


def test_a_wish_for_another_place_is_not_met_here(clinic: Clinic, connection: Connection) -> None:

    waits(connection, clinic, location_id=a_location(connection, "Phoenix"))
    freed(connection, clinic)
    tick(connection)
    assert (asked(connection), rounds(connection)) == ([], [("cancelled", "over", "nobody")])


def _died(connection: Connection, one: Waiter) -> None:
    report_death(connection, [one.patient_id], one.address_id, actor=RECEPTIONIST, now=DAYTIME)


@pytest.mark.parametrize(
    ("happened", "is_asked"),
    [
        (address_is(opted_in=False), False),
        (address_is(state="bad"), False),
        (_died, False),
        (patient_is(standing="blocked"), False),
        (patient_is(standing="deceased"), False),
        (patient_is(standing="restricted"), True),
        (patient_is(is_active=False), False),
        (patient_is(contact_rules='{"never": "asked"}'), False),
        (link_is(is_told=False), False),
        (link_is(may_book=False), False),
        (link_is(trust="given"), False),
        (link_is(trust="claimed"), True),
        (link_is(suspended_at=NOW), False),
        (link_is(is_barred=True), False),
        (link_is(until=DAYTIME), False),
    ],
)
def test_a_person_may_be_asked_or_may_not(
    clinic: Clinic,
    connection: Connection,
    happened: Change,
    is_asked: bool,
) -> None:
    happened(connection, waits(connection, clinic))
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == ["Ana"] * is_asked


def test_another_address_is_not_asked_instead(clinic: Clinic, connection: Connection) -> None:
    """Where somebody asked is where they hear of it."""

    one = waits(connection, clinic)
    a_link(connection, one.patient_id, an_address(connection))
    address_is(opted_in=False)(connection, one)
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == []


def test_the_longest_waiting_come_first(clinic: Clinic, connection: Connection) -> None:
    for minutes, name in ((3, "Ana"), (1, "Ben"), (4, "Cleo"), (2, "Dan")):
        waits(connection, clinic, name, since=NOW + timedelta(minutes=minutes))
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == ["Ben", "Dan", "Ana"]


def test_of_those_who_came_together_the_first_entry_comes_first(
    clinic: Clinic, connection: Connection
) -> None:
    for name in ("Ana", "Ben", "Cleo", "Dan"):
        waits(connection, clinic, name)
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == ["Ana", "Ben", "Cleo"]


def test_who_gave_the_time_up_is_not_asked(clinic: Clinic, connection: Connection) -> None:
    who = (clinic.patient_id, clinic.address_id, clinic.conversation_id)
    waits(connection, clinic, who=who)
    freed(connection, clinic)
    tick(connection)
    assert asked(connection) == []


def test_one_patient_is_asked_once_however_many_wishes_are_met(
    clinic: Clinic, connection: Connection
) -> None:
    one = waits(connection, clinic)
    who = (one.patient_id, one.address_id, one.conversation_id)
    waits(connection, clinic, who=who, specialty="general_practice")
    freed(connection, clinic)
    tick(connection)
    tick(connection, DAYTIME + timedelta(minutes=15))
    assert asked(connection) == ["Ana"]


def test_who_is_being_asked_about_one_time_is_not_asked_about_another(
    clinic: Clinic, connection: Connection
) -> None:
    waits(connection, clinic)
    freed(connection, clinic, "10:00")
    freed(connection, clinic, "11:00")
    ask(connection)
    assert offers(connection) == ["offered"]
    later = DAYTIME + timedelta(minutes=15)  # The first round is over: nobody else waits.
    ask(connection, later)
    assert offers(connection) == ["withdrawn", "offered"]
