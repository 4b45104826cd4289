"""How long staff wait for the day, for a patient and for a month's numbers, among 500,000
appointments and 100,000 patients: `/today`, `/find` and `/report month` through the core's
functions, from getting a connection to values.

Beside the bare query: the rows that are shown, read over the same engine in one statement, and
nothing else: no sphere, no reminders, no free time, no phones, no next visit.
"""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import Connection, insert, select

from core import clock
from core.clock import instant
from core.database.connect import Database
from core.database.types import keyring_of, to_microseconds
from core.models import addresses, appointments, patient_addresses, patients, reminders
from core.models.staff import Role
from core.reports.numbers import numbers
from core.reports.period import Period
from core.scheduling.loading import load_catalogue
from core.staff.day import openings, visits_of_day
from core.staff.finding import LIMIT, find_patients
from core.staff.rights import Sphere
from tests.benchmarks import filling
from tests.benchmarks.busy_clinic import BUSY, PATIENTS_EACH, SEED, SOON, WORKDAYS, ZONE, Extent
from tests.benchmarks.rounds import Contender, Ratio, ratio, take_turns
from tests.benchmarks.scratch import new_postgresql, new_sqlite, postgresql_server, scratch_folder
from tests.benchmarks.table import Line, at_most, no_aim
from tests.builders import a_conversation

PATIENTS, ROUNDS, ASKED = 100_000, 3, 200
LONGEST = 20.0  # Milliseconds, at the 99th percentile
REPORTS, LONGEST_REPORT = 24, 1_000.0  # A month takes longer than a day: so few are asked for.
TALKS = 1_000  # Conversations in which reminders stand
MONTHS = 24  # That are over, and in which there were visits
EVERYWHERE = Sphere(Role.RECEPTIONIST, everywhere=True)
AT = 1  # The only location

Ids = list[int]
Ask = Callable[[Connection, int], Ids]  # The question of that number


def fill(database: Database, extent: Extent, *, patients: int, now: datetime) -> None:
    """The busy clinic, with a phone for each patient and a reminder for each visit ahead."""
    today = now.astimezone(ZONE).date()
    known = extent.practitioners * PATIENTS_EACH
    filling.fill(database, extent, today, newcomers=patients - known)
    both = {"created_at": now, "updated_at": now}
    rights = {"may_book": True, "may_see": True, "is_told": True, "since": now}
    with database.transaction() as connection:
        keys = keyring_of(connection.dialect)
        phones, links = [], []
        for number in range(1, patients + 1):
            phone = _phone(number)
            digest = keys.hash_address(("sms", phone))
            phones.append(
                {"id": number, "channel": "sms", "address": phone, "address_hash": digest}
                | {"state": "good"}
                | both
            )
            links.append(
                {"patient_id": number, "address_id": number, "relation": "self", "trust": "given"}
                | rights
                | both
            )
        connection.execute(insert(addresses), phones)
        connection.execute(insert(patient_addresses), links)
        ahead = select(appointments.c.id, appointments.c.starts_at)
        planned = [
            {"appointment_id": row.id, "appointment_version": 1, "stage": "1d"}
            | {"starts_at": row.starts_at, "due_at": row.starts_at, "state": "planned"}
            | both
            for row in connection.execute(ahead.where(appointments.c.starts_at > now))
        ]
        connection.execute(insert(reminders), planned)
        _tell_of_the_past(connection, is_sqlite=database.is_sqlite)
    if not database.is_sqlite:
        options = {"isolation_level": "AUTOCOMMIT"}
        with database.engine.connect().execution_options(**options) as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _tell_of_the_past(connection: Connection, *, is_sqlite: bool) -> None:
    """Each visit was booked ten days ahead, by text, and the patient was reminded a day before."""
    for number in range(1, TALKS + 1):
        a_conversation(connection, number)
    ten_days, day = (
        ("864000000000", "86400000000")
        if is_sqlite
        else (
            "interval '10 days'",
            "interval '1 day'",
        )
    )
    no = "0" if is_sqlite else "false"
    connection.exec_driver_sql(
        f"""INSERT INTO appointment_events (appointment_id, at, type, actor_kind, channel)
            SELECT id, starts_at - {ten_days}, 'booked', 'patient', 'sms' FROM appointments"""
    )
    connection.exec_driver_sql(
        f"""INSERT INTO messages (public_id, conversation_id, direction, channel, kind, status,
                appointment_id, segments, is_simulated, created_at, updated_at)
            SELECT 'reminder-' || id, 1 + id - id / {TALKS} * {TALKS}, 'out', 'sms', 'reminder',
                'delivered', id, 1, {no}, starts_at - {day}, starts_at - {day} FROM appointments"""
    )


def _phone(number: int) -> str:
    return f"+44207{number:07d}"


@dataclass(frozen=True, slots=True)
class Question:
    """`asked`: how often in a round, None: as often as any; `longest`: milliseconds, at most."""

    what: str
    ours: Ask
    bare: Ask
    asked: int | None = None
    longest: float = LONGEST


class Questions:
    """What is asked, over and over, of other people and other days each time."""

    def __init__(self, database: Database, extent: Extent, now: datetime) -> None:
        self._now, self._extent = now, extent
        self._is_sqlite = database.is_sqlite
        self._random = Random(SEED)
        today = now.astimezone(ZONE).date()
        ahead = (today + timedelta(days=number) for number in range(1, SOON.days + 1))
        self._days = [day for day in ahead if day.weekday() in WORKDAYS]
        with database.reading() as connection:
            self._catalogue = load_catalogue(connection, now=now)
            names = select(patients.c.first_name, patients.c.last_name).order_by(patients.c.id)
            self._names = [tuple(row) for row in connection.execute(names)]
        self._random.shuffle(self._names)

    def all(self) -> list[Question]:
        return [
            Question("/today, one practitioner", self.own_day, self.bare_own_day),
            Question("/today, the whole place", self.whole_day, self.bare_whole_day),
            Question("/find by surname", self.by_surname, self.bare_by_surname),
            Question("/find by first and last name", self.by_name, self.bare_by_name),
            Question("/find by phone", self.by_phone, self.bare_by_phone),
            self._of_months("/report month", self.month, self.bare_month),
            self._of_months("/report month, one practitioner", self.own_month, self.bare_own_month),
        ]

    @staticmethod
    def _of_months(what: str, ours: Ask, bare: Ask) -> Question:
        return Question(what, ours, bare, REPORTS, LONGEST_REPORT)

    def _day(self, number: int) -> date:
        return self._days[number % len(self._days)]

    def _whose(self, number: int) -> int:
        return 1 + number % self._extent.practitioners

    def own_day(self, connection: Connection, number: int) -> Ids:
        own = Sphere(Role.PRACTITIONER, practitioners=frozenset({self._whose(number)}))
        return self._read_day(connection, own, self._day(number), self._whose(number))

    def whole_day(self, connection: Connection, number: int) -> Ids:
        return self._read_day(connection, EVERYWHERE, self._day(number), None)

    def _read_day(
        self, connection: Connection, sphere: Sphere, day: date, whose: int | None
    ) -> Ids:
        visits = visits_of_day(connection, sphere, day, location_ids=[AT], practitioner_id=whose)
        openings(connection, self._catalogue, sphere, day, self._now, practitioner_id=whose)
        return [visit.id for visit in visits]

    def bare_own_day(self, connection: Connection, number: int) -> Ids:
        whose = f" AND practitioner_id = {self._whose(number)}"
        return self._bare_day(connection, self._day(number), whose)

    def bare_whole_day(self, connection: Connection, number: int) -> Ids:
        return self._bare_day(connection, self._day(number), "")

    def _bare_day(self, connection: Connection, day: date, whose: str) -> Ids:
        since, until = (self._midnight(each) for each in (day, day + timedelta(days=1)))
        return _ids(
            connection,
            f"""SELECT appointments.id, starts_at, status, first_name, last_name, needs
                FROM appointments JOIN patients ON patients.id = patient_id
                WHERE location_id = {AT} AND starts_at >= {since} AND starts_at < {until}{whose}
                ORDER BY starts_at, appointments.id""",
        )

    def _midnight(self, day: date) -> str:
        moment = instant(datetime.combine(day, datetime.min.time(), ZONE))
        return str(to_microseconds(moment)) if self._is_sqlite else f"'{moment.isoformat()}'"

    def month(self, connection: Connection, number: int) -> Ids:
        return self._report(connection, number, None)

    def own_month(self, connection: Connection, number: int) -> Ids:
        return self._report(connection, number, self._whose(number))

    def _report(self, connection: Connection, number: int, whose: int | None) -> Ids:
        counted = numbers(
            connection,
            EVERYWHERE,
            self._month(number),
            catalogue=self._catalogue,
            now=self._now,
            practitioner_id=whose,
        )
        return [counted.visits.total]

    def bare_month(self, connection: Connection, number: int) -> Ids:
        return self._bare_month(connection, number, "")

    def bare_own_month(self, connection: Connection, number: int) -> Ids:
        return self._bare_month(connection, number, f" AND practitioner_id = {self._whose(number)}")

    def _bare_month(self, connection: Connection, number: int, whose: str) -> Ids:
        """How many visits there are, and nothing else."""
        month = self._month(number)
        since, until = (
            self._midnight(day) for day in (month.first, month.last + timedelta(days=1))
        )
        return _ids(
            connection,
            f"""SELECT count(*) FROM appointments WHERE location_id = {AT}
                AND starts_at >= {since} AND starts_at < {until}{whose}""",
        )

    def _month(self, number: int) -> Period:
        """One of those that are over, the latest first."""
        month = Period.month(self._now.date())
        for _ in range(1 + number % MONTHS):
            month = Period.month(month.day_before)
        return month

    def by_surname(self, connection: Connection, number: int) -> Ids:
        return self._find(connection, name=self._name(number)[1])

    def by_name(self, connection: Connection, number: int) -> Ids:
        return self._find(connection, name=" ".join(self._name(number)))

    def by_phone(self, connection: Connection, number: int) -> Ids:
        return self._find(connection, phone=_phone(1 + number))

    def _find(self, connection: Connection, **asked: str) -> Ids:
        found = find_patients(connection, EVERYWHERE, self._now, **asked)  # type: ignore[arg-type]
        return [patient.id for patient in found.patients]

    def _name(self, number: int) -> tuple[str, str]:
        first, last = self._names[number % len(self._names)]
        return first, last

    def bare_by_surname(self, connection: Connection, number: int) -> Ids:
        return self._bare_find(connection, self._name(number)[1])

    def bare_by_name(self, connection: Connection, number: int) -> Ids:
        long, short = sorted(self._name(number), key=len, reverse=True)
        return self._bare_find(connection, long, short)

    def _bare_find(self, connection: Connection, word: str, other: str = "") -> Ids:
        also = f"""AND EXISTS (SELECT 1 FROM name_words AS another
            WHERE another.patient_id = name_words.patient_id AND {_begins("another", other)})"""
        return _ids(
            connection,
            f"""SELECT patients.id, first_name, last_name, date_of_birth, standing
                FROM name_words JOIN patients ON patients.id = patient_id
                WHERE {_begins("name_words", word)} {also if other else ""}
                ORDER BY word, patient_id LIMIT {LIMIT}""",
        )

    def bare_by_phone(self, connection: Connection, number: int) -> Ids:
        digest = keyring_of(connection.dialect).hash_address(("sms", _phone(1 + number))).hex()
        is_it = f"x'{digest}'" if self._is_sqlite else f"'\\x{digest}'"
        return _ids(
            connection,
            f"""SELECT patients.id, first_name, last_name, date_of_birth, standing
                FROM addresses JOIN patient_addresses ON address_id = addresses.id
                JOIN patients ON patients.id = patient_id
                WHERE channel = 'sms' AND address_hash = {is_it}""",
        )


def _begins(table: str, word: str) -> str:
    folded = word.lower()
    return f"{table}.word >= '{folded}' AND {table}.word < '{folded}\U0010ffff'"


def _ids(connection: Connection, statement: str) -> Ids:
    return [row[0] for row in connection.exec_driver_sql(statement)]


def measure(
    kind: str,
    database: Database,
    extent: Extent,
    *,
    now: datetime,
    rounds: int = ROUNDS,
    asked: int = ASKED,
) -> list[Line]:
    """Check that both sides find the same, then let them take turns."""
    questions = Questions(database, extent, now).all()
    for question in questions:
        for number in range(3):
            with database.reading() as connection:
                if question.ours(connection, number) != question.bare(connection, number):
                    message = f"{kind}: {question.what}: not as the bare query finds"
                    raise RuntimeError(message)
    # The names of 100,000 people are this benchmark's own, and would be gone through each time.
    gc.collect()
    gc.freeze()
    lines: list[Line] = []
    for question in questions:
        often = min(asked, question.asked or asked)
        lines += _measure(f"{kind}: {question.what}", database, question, rounds, often)
    return lines


def _measure(
    what: str, database: Database, question: Question, rounds: int, asked: int
) -> list[Line]:
    slowest: list[float] = []

    def contender(ask: Ask, tails: list[float] | None = None) -> Contender:
        def median(number: int) -> float:
            took = sorted(
                _milliseconds(database, ask, number * asked + each) for each in range(asked)
            )
            if tails is not None and number:
                tails.append(took[int(len(took) * 0.99)])
            return statistics.median(took)

        return median

    sides = {"ours": contender(question.ours, slowest), "bare": contender(question.bare)}
    medians = take_turns(sides, rounds)
    ours, bare = (statistics.median(medians[side]) for side in ("ours", "bare"))
    tail = Line(
        f"{what}, 99th percentile of {asked}",
        f"median {ours:.2f} ms",
        Ratio.of(slowest),
        at_most(question.longest, "ms"),
    )
    beside = Line(
        f"{what}, beside the bare query",
        f"{ours:.2f} ms / {bare:.2f} ms",
        ratio(medians["ours"], medians["bare"]),
        no_aim(),
    )
    return [tail, beside]


def _milliseconds(database: Database, ask: Ask, number: int) -> float:
    began = time.perf_counter()
    with database.reading() as connection:
        ask(connection, number)
    return (time.perf_counter() - began) * 1000


def run() -> list[Line]:
    now = clock.now()
    with scratch_folder() as folder, postgresql_server() as server:
        databases: Sequence[tuple[str, Database]] = [
            ("SQLite", new_sqlite(folder, "staff")),
            ("PostgreSQL", new_postgresql(server, "staff")),
        ]

        def prepare(database: Database) -> None:
            fill(database, BUSY, patients=PATIENTS, now=now)

        try:
            with ThreadPoolExecutor() as pool:
                list(pool.map(prepare, [database for _, database in databases]))
            return [
                line
                for kind, database in databases
                for line in measure(kind, database, BUSY, now=now)
            ]
        finally:
            for _, database in databases:
                database.dispose()
