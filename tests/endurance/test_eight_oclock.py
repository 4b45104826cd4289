"""Thousands of reminders are due at eight: three worker processes send each once, and no faster
than the provider takes them."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, insert, select

from core import clock
from core.database.connect import Database
from core.database.types import keyring_of
from core.messaging.budgets import AHEAD_UNPROMPTED
from core.models import (
    addresses,
    appointments,
    messages,
    new_public_id,
    patient_addresses,
    patients,
    reminders,
)
from core.models.messaging import MessageStatus
from tests.builders import (
    a_location,
    a_practitioner,
    a_schedule,
    a_setting,
    a_specialty,
    a_visit_type,
    an_organization,
)
from tests.endurance.processes import Providers, Workers, providers
from tests.providers.ledger import Entry

DELIVERY_THREADS = 8  # Of each worker: so many messages may be on their way at once.
SIZES = [
    pytest.param(40, 20, 2, id="40"),
    pytest.param(5000, 100, 3, id="5000", marks=pytest.mark.stress),
]
PATIENCE = 300.0  # Seconds in which a further reminder must have gone out.
WINDOW = timedelta(seconds=2)


def where_it_is_eight(now: datetime) -> str:
    """A zone in whose day it is between eight and nine."""
    ahead = (8 - now.hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}"  # The sign of these names is the other way round (tz database).


def a_full_morning(connection: Connection, count: int, a_second: int) -> None:
    """So many patients have a visit tomorrow at eight, and a reminder of it due today at eight."""
    now = clock.now()
    due_at = now.replace(minute=0, second=0, microsecond=0)
    an_organization(connection, is_demo=False)
    place = a_location(connection, zone=where_it_is_eight(now))
    doctor = a_practitioner(connection, specialty_id=a_specialty(connection), capacity=count)
    a_schedule(connection, doctor, place, weekdays=range(7))
    kind = a_visit_type(connection)
    a_setting(connection, "sms_segments_a_second", a_second)
    numbers = range(1, count + 1)
    both = {"created_at": now, "updated_at": now}
    starts_at, ends_at = due_at + timedelta(days=1), due_at + timedelta(days=1, minutes=20)
    hashed = keyring_of(connection.dialect).hash_address
    born = {"last_name": "Lopez", "date_of_birth": date(1985, 3, 12), "standing": "active"}
    link = {"relation": "self", "trust": "proved", "since": now}
    link |= {"may_book": True, "may_see": True, "is_told": True}
    visit = {
        "practitioner_id": doctor,
        "location_id": place,
        "visit_type_id": kind,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "occupied_from": starts_at,
        "occupied_until": ends_at,
        "status": "scheduled",
        "booked_through": "phone",
        "booked_by": "admin",
        "version": 1,
    }
    reminder = {"appointment_version": 1, "starts_at": starts_at, "due_at": due_at}
    reminder |= {"stage": "1d", "state": "planned"}
    phones = {number: f"+1415{5_000_000 + number}" for number in numbers}
    connection.execute(
        insert(patients),
        [
            {"id": number, "public_id": new_public_id(), "first_name": f"P{number}"}
            | {"search_name": f"p{number} lopez"}
            | born
            | both
            for number in numbers
        ],
    )
    connection.execute(
        insert(addresses),
        [
            {"id": number, "channel": "sms", "address": phone, "state": "good"}
            | {"address_hash": hashed(("sms", phone))}
            | both
            for number, phone in phones.items()
        ],
    )
    connection.execute(
        insert(patient_addresses),
        [{"patient_id": number, "address_id": number} | link | both for number in numbers],
    )
    connection.execute(
        insert(appointments),
        [
            {"id": number, "public_id": new_public_id(), "patient_id": number, "seat": number - 1}
            | visit
            | both
            for number in numbers
        ],
    )
    connection.execute(
        insert(reminders), [{"appointment_id": number} | reminder | both for number in numbers]
    )


def send_all(database: Database, peers: Providers, count: int, workers: int) -> None:
    """Let the workers work until all have been sent."""
    with Workers(database, peers.environment, workers) as running:
        seen, since = 0, time.monotonic()
        while seen < count:
            time.sleep(0.2)
            if (sent := sent_so_far(database)) > seen:
                seen, since = sent, time.monotonic()
            assert time.monotonic() - since < PATIENCE, f"after {seen} none went out any more"
        running.stop()


def sent_so_far(database: Database) -> int:
    with database.reading() as connection:
        sent = select(func.count()).where(messages.c.status == MessageStatus.SENT)
        return connection.scalar(sent) or 0


def most_in_a_window(entries: list[Entry]) -> int:
    """How many segments were accepted in the busiest stretch as long as WINDOW."""
    busiest = first = taken = 0
    for entry in entries:
        taken += entry.segments
        while entry.at - entries[first].at > WINDOW:
            taken -= entries[first].segments
            first += 1
        busiest = max(busiest, taken)
    return busiest


def allowed_in_a_window(a_second: int, segments: int, workers: int) -> float:
    """What the budget lets go in that time, and what was claimed before and is on its way.
    `segments`: of one message."""
    by_rate = (WINDOW + AHEAD_UNPROMPTED).total_seconds() * a_second
    return by_rate + (workers * DELIVERY_THREADS + 1) * segments


@pytest.mark.parametrize(("count", "a_second", "workers"), SIZES)
def test_each_goes_out_once_and_within_the_providers_rate(
    postgresql_database: Database, count: int, a_second: int, workers: int
) -> None:
    with postgresql_database.transaction() as connection:
        a_full_morning(connection, count, a_second)
    began = datetime.now(UTC)
    with providers() as peers:
        send_all(postgresql_database, peers, count, workers)
        entries = peers.twilio.ledger.entries()
    print(f"{count} reminders sent in {datetime.now(UTC) - began}")
    assert len(entries) == count
    assert {entry.outcome for entry in entries} == {"accepted"}
    assert len({entry.to for entry in entries}) == count
    with postgresql_database.reading() as connection:
        rows = connection.execute(
            select(messages.c.public_id, messages.c.provider_id, messages.c.attempts).join(
                reminders, reminders.c.message_id == messages.c.id
            )
        ).all()
    assert {(row.public_id, row.provider_id) for row in rows} == {
        (entry.our_id, entry.provider_id) for entry in entries
    }
    assert {row.attempts for row in rows} == {1}
    segments = max(entry.segments for entry in entries)
    assert most_in_a_window(entries) <= allowed_in_a_window(a_second, segments, workers)
