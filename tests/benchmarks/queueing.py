"""How fast reminders are queued that fall due in a clinic with 100,000 appointments ahead, each of
them with a reminder: who hears of it, in which language, how it is worded and what is asked, with
the state of the conversation written beside the message, each in a transaction of its own.

Beside the bare transaction (`bare_queueing`): the rows that each reminder must write, over the
driver, in the same database, and nothing else. All are due at once; a round queues its share.
"""

import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from bot.reminders import Reminders
from core import clock
from core.database.connect import Database
from core.database.types import keyring_of
from core.models import (
    addresses,
    appointments,
    conversations,
    locations,
    messages,
    new_public_id,
    patient_addresses,
    patients,
    reminders,
    visit_types,
)
from core.models.messaging import MessageKind
from core.models.occasions import ReminderState
from tests.benchmarks import bare_queueing
from tests.benchmarks.rounds import ratio, take_turns
from tests.benchmarks.scratch import demo_databases
from tests.benchmarks.table import Line, no_aim
from tests.builders import a_practitioner

APPOINTMENTS, ROUNDS, DUE = 100_000, 3, 1_000
OURS = {"sms": "+14155550100"}
VISIT = timedelta(minutes=10)
EACH = 500  # Visits of one practitioner, one after the other.
# Later than any reminder helps, and than the clinic's quiet hours in any zone.
FIRST_VISIT = timedelta(days=3)
NOON = 20  # By UTC; at noon in the demo clinic, when anybody may be written to.


def fill(database: Database, visits: int, now: datetime) -> None:
    """So many appointments ahead, each with a reminder not yet due, and each of a patient with a
    phone who has written to us before."""
    both = {"created_at": now, "updated_at": now}
    with database.transaction() as connection:
        place = connection.scalar(select(locations.c.id).order_by(locations.c.id).limit(1))
        kind = connection.scalar(select(visit_types.c.id).order_by(visit_types.c.id).limit(1))
        doctors = [
            a_practitioner(connection, f"Queue {number}") for number in range(-(-visits // EACH))
        ]
        first = 1_000
        numbers = range(first, first + visits)
        _write_people(connection, numbers, now, both)
        rows: list[dict[str, Any]] = []
        for index, number in enumerate(numbers):
            starts_at = now + FIRST_VISIT + VISIT * (index % EACH)
            ends_at = starts_at + VISIT
            rows.append(
                {"id": number, "public_id": new_public_id(), "patient_id": number, "version": 1}
                | {"practitioner_id": doctors[index // EACH], "location_id": place}
                | {"visit_type_id": kind, "starts_at": starts_at, "ends_at": ends_at}
                | {"occupied_from": starts_at, "occupied_until": ends_at, "status": "scheduled"}
                | {"booked_through": "phone", "booked_by": "patient"}
                | both
            )
        connection.execute(insert(appointments), rows)
        planned = [
            {"appointment_id": row["id"], "appointment_version": 1, "stage": "3d"}
            | {"starts_at": row["starts_at"], "due_at": now + timedelta(days=1)}
            | {"state": ReminderState.PLANNED}
            | both
            for row in rows
        ]
        connection.execute(insert(reminders), planned)
    with database.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()


def _write_people(
    connection: Connection, numbers: range, now: datetime, both: dict[str, datetime]
) -> None:
    keyring = keyring_of(connection.dialect)
    people, phones, links, talks = [], [], [], []
    for number in numbers:
        phone = f"+1415{number:07d}"
        people.append(
            {"id": number, "public_id": new_public_id(), "first_name": "Maria", "last_name": "Lee"}
            | {"search_name": "maria lee", "standing": "active"}
            | both
        )
        digest = keyring.hash_address(("sms", phone))
        phones.append(
            {"id": number, "channel": "sms", "address": phone, "address_hash": digest}
            | {"state": "good"}
            | both
        )
        links.append(
            {"patient_id": number, "address_id": number, "relation": "self", "trust": "proved"}
            | {"may_book": True, "may_see": True, "is_told": True, "since": now}
            | both
        )
        talks.append(
            {"public_id": new_public_id(), "address_id": number, "our_address": OURS["sms"]}
            | {"version": 1, "language": "en", "is_simulated": False}
            | both
        )
    for table, rows in (
        (patients, people),
        (addresses, phones),
        (patient_addresses, links),
        (conversations, talks),
    ):
        connection.execute(insert(table), rows)


def make_due(database: Database, count: int, now: datetime) -> None:
    """The next so many that nobody was reminded of."""
    with database.transaction() as connection:
        waiting = (
            select(reminders.c.id)
            .where(reminders.c.state == ReminderState.PLANNED, reminders.c.due_at > now)
            .order_by(reminders.c.id)
            .limit(count)
        )
        connection.execute(
            update(reminders)
            .where(reminders.c.id.in_(waiting.scalar_subquery()))
            .values(due_at=now - timedelta(minutes=1))
        )


def measure(
    name: str,
    database: Database,
    *,
    visits: int = APPOINTMENTS,
    rounds: int = ROUNDS,
    due: int = DUE,
) -> list[Line]:
    now = datetime.combine(clock.now().date(), datetime.min.time(), UTC).replace(hour=NOON)
    fill(database, visits, now)
    tick = Reminders(database, lambda: now, OURS)
    bare_queueing.fill(database.url, (rounds + 1) * due)

    def queue(_: int) -> float:
        make_due(database, due, now)
        began = time.perf_counter()
        while tick.remind():
            pass
        return due / (time.perf_counter() - began)

    def bare(number: int) -> float:
        began = time.perf_counter()
        bare_queueing.queue(database.url, range(number * due, (number + 1) * due))
        return due / (time.perf_counter() - began)

    rates = take_turns({"ours": queue, "bare": bare}, rounds)
    _check_queued(database, (rounds + 1) * due)
    found = {side: f"{statistics.median(rate):.0f}/s" for side, rate in rates.items()}
    return [
        Line(
            f"{name}: reminders queued among {visits:,} appointments, beside the bare transaction",
            f"{found['ours']} / {found['bare']}",
            ratio(rates["ours"], rates["bare"]),
            no_aim("%"),
        )
    ]


def _check_queued(database: Database, expected: int) -> None:
    """Each once, and said to somebody."""
    with database.reading() as connection:
        queued = connection.scalar(
            select(func.count(func.distinct(reminders.c.message_id)))
            .join(messages, messages.c.id == reminders.c.message_id)
            .where(messages.c.kind == MessageKind.REMINDER, messages.c.status == "queued")
        )
    if queued != expected:
        raise RuntimeError(f"expected {expected} reminders to be queued, found {queued}")


def run() -> list[Line]:
    with demo_databases() as databases:
        return [line for name, database in databases for line in measure(name, database)]
