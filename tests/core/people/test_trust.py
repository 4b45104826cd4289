"""Trust that is lost, and who is told of what."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from core.clock import months_before
from core.messaging.reach import mark_bad
from core.models import patient_addresses, patients
from core.models.people import Standing, Trust
from core.people.links import people_at
from core.people.telling import told_of
from core.people.trust import report_death, rest, suspend
from tests.builders import NOW, Clinic, a_link, a_patient, an_address
from tests.core.people.saying import MARIA, at, events_of, link_of, registered


@pytest.mark.parametrize("trust", list(Trust))
def test_a_wrong_number_suspends_all_its_links_at_once(
    clinic: Clinic, connection: Connection, trust: Trust
) -> None:
    address, child = an_address(connection), a_patient(connection, "Zoe")
    for patient in (clinic.patient_id, child):
        a_link(connection, patient, address, trust)
    where = at(address)
    found = suspend(connection, address, why="wrong person", actor=where.actor, now=NOW)
    assert sorted(found) == sorted((clinic.patient_id, child))
    assert people_at(connection, address, NOW) == []
    assert events_of(connection, child) == ["suspended"]
    assert told_of(connection, child, now=NOW) == []
    again = suspend(connection, address, why="wrong person", actor=where.actor, now=NOW)
    assert again == []  # Twice changes nothing.
    # The control: another address of the same patient is untouched.
    assert len(people_at(connection, clinic.address_id, NOW)) == 1


def test_an_address_unheard_of_for_a_year_falls_back(
    clinic: Clinic, connection: Connection
) -> None:
    later = NOW.replace(year=NOW.year + 1)
    heard, silent, never = (
        an_address(connection, last_heard_at=at) for at in (NOW + timedelta(seconds=1), NOW, None)
    )
    for address in (heard, silent, never):
        a_link(connection, clinic.patient_id, address)
    connection.execute(
        update(patient_addresses)
        .where(patient_addresses.c.address_id == clinic.address_id)
        .values(updated_at=later - timedelta(days=30))  # Staff looked at it lately.
    )
    assert rest(connection, months=12, now=later) == 2
    trusts = {
        address: link_of(connection, clinic.patient_id, address).trust
        for address in (heard, silent, never, clinic.address_id)
    }
    assert list(trusts.values()) == ["proved", "given", "given", "proved"]
    assert events_of(connection, clinic.patient_id) == ["fell_back", "fell_back"]
    assert rest(connection, months=12, now=later) == 0


@pytest.mark.parametrize(
    ("now", "months", "then"),
    [
        ("2026-11-22T10:00", 12, "2025-11-22T10:00"),
        ("2026-11-22T10:00", 11, "2025-12-22T10:00"),
        ("2028-02-29T10:00", 12, "2027-02-28T10:00"),
        ("2026-03-31T10:00", 1, "2026-02-28T10:00"),
        ("2026-01-15T10:00", 13, "2024-12-15T10:00"),
    ],
)
def test_months_are_counted_by_the_calendar(now: str, months: int, then: str) -> None:
    assert months_before(datetime.fromisoformat(now), months) == datetime.fromisoformat(then)


@pytest.mark.parametrize(
    ("reason", "trust"),
    [
        ("30005", "given"),
        ("21211", "given"),
        ("63024", "given"),
        ("403", "proved"),
        ("x", "proved"),
    ],
)
def test_a_number_that_its_provider_calls_unknown_falls_back(
    clinic: Clinic, connection: Connection, reason: str, trust: str
) -> None:
    """Who blocks our bot on Telegram (403) is still who they are."""
    mark_bad(connection, clinic.address_id, reason=reason, now=NOW)
    assert link_of(connection, clinic.patient_id, clinic.address_id).trust == trust


# "She died."


def _rules(connection: Connection, patient_id: int) -> Any:
    stored = connection.scalar(select(patients.c.contact_rules).where(patients.c.id == patient_id))
    return json.loads(stored or "{}")


@pytest.mark.parametrize("trust", [Trust.GIVEN, Trust.PROVED])
def test_after_a_death_was_said_nothing_goes_out_anywhere(
    clinic: Clinic, connection: Connection, trust: Trust
) -> None:
    address, others = an_address(connection), clinic.address_id
    a_link(connection, clinic.patient_id, address, trust)
    connection.execute(update(patients).values(contact_rules='{"hours": "9-17"}'))
    assert set(told_of(connection, clinic.patient_id, now=NOW)) == {address, others}
    ids, actor = [clinic.patient_id], at(address).actor
    report_death(connection, ids, address, actor=actor, now=NOW)
    assert told_of(connection, clinic.patient_id, now=NOW) == []
    assert _rules(connection, clinic.patient_id) == {"hours": "9-17", "never": "said_deceased"}
    assert events_of(connection, clinic.patient_id) == ["said_deceased"]


def test_who_has_only_claimed_a_name_silences_nobody_but_themselves(
    clinic: Clinic, connection: Connection
) -> None:
    address = an_address(connection)
    registered(connection, address, *MARIA)
    actor = at(address).actor
    report_death(connection, [clinic.patient_id], address, actor=actor, now=NOW)
    assert told_of(connection, clinic.patient_id, now=NOW) == [clinic.address_id]


# Who is told.


@pytest.mark.parametrize(
    "change",
    [
        {"is_told": False},
        {"is_barred": True},
        {"suspended_at": NOW},
        {"until": NOW},
        {"since": NOW + timedelta(1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_link_without_the_right_is_told_nothing(
    clinic: Clinic, connection: Connection, change: dict[str, Any]
) -> None:
    assert told_of(connection, clinic.patient_id, now=NOW) == [clinic.address_id]
    connection.execute(update(patient_addresses).values(**change))
    assert told_of(connection, clinic.patient_id, now=NOW) == []


def test_of_the_dead_nobody_is_told(clinic: Clinic, connection: Connection) -> None:
    connection.execute(update(patients).values(standing=Standing.DECEASED))
    assert told_of(connection, clinic.patient_id, now=NOW) == []


def test_nobody_who_opted_out_or_can_not_be_reached_is_told(
    clinic: Clinic, connection: Connection
) -> None:
    for changes in ({"opted_in": False}, {"state": "bad"}):
        a_link(connection, clinic.patient_id, an_address(connection, **changes))
    assert told_of(connection, clinic.patient_id, now=NOW) == [clinic.address_id]


def test_of_a_confidential_visit_only_the_patient_is_told(
    clinic: Clinic, connection: Connection
) -> None:
    mother = an_address(connection, last_heard_at=NOW)
    a_link(connection, clinic.patient_id, mother, relation="child")
    assert told_of(connection, clinic.patient_id, now=NOW) == [mother, clinic.address_id]
    private = told_of(connection, clinic.patient_id, now=NOW, is_confidential=True)
    assert private == [clinic.address_id]
