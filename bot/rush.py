"""A show for the demo: many people want one slot at the same moment, on a scratch copy.

With the guard each calls the very `book` that the chat calls, in a transaction of their own.
Without it each does what many booking systems do, which is why people are booked twice there.
"""

import fcntl
import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from threading import Barrier
from time import perf_counter, sleep

from sqlalchemy import Connection, bindparam, distinct, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from bot.clinic import Clinic, read_clinic
from bot.dialogue import values
from bot.messages import Channel
from bot.phrases import Meeting, Phrasebook
from core.clock import instant
from core.database.connect import Database
from core.database.guards import SLOT_TAKEN
from core.database.scratch import scratch_copy
from core.errors import ClinicError, SlotTaken
from core.models import appointments, new_public_id, organizations, patients
from core.models.appointments import ActorKind
from core.models.people import Standing
from core.scheduling.appointments import Actor, draft
from core.scheduling.availability import find_slots
from core.scheduling.booking import book
from core.scheduling.history import create
from core.scheduling.search import Search, Slot
from core.scheduling.statuses import OPEN, SCHEDULED
from core.setup import WrongKindOfClinic

logger = logging.getLogger("frontdesk.rush")

PEOPLE = 200
LONGEST_SECONDS = 12.0  # Whose turn has not come by then gives up.
# Nobody answers an offer sooner; it is what makes looking first no guard at all.
READING_SECONDS = 0.02
START_SECONDS = 10.0  # Threads that can't all be started by then never are.
GROWN_UP = date(1990, 5, 4)
_SOMEBODY = Actor(ActorKind.PATIENT, None, Channel.WEB)


class AlreadyRunning(Exception):  # noqa: N818 - named for what happened
    """Another run is under way on this machine; there is one at a time."""


class NothingFree(Exception):  # noqa: N818
    """There is no free slot that one could want."""


class Heard(StrEnum):
    """What one person was told."""

    BOOKED = "booked"  # That the slot is theirs.
    TAKEN = "taken"  # That it has just been taken.
    TROUBLE = "trouble"  # That something else went wrong.
    NOTHING = "nothing"  # Their turn had not come when time was up.


@dataclass(frozen=True, slots=True)
class Answer:
    person: int  # From 0
    heard: Heard
    seconds: float  # After the start


@dataclass(frozen=True, slots=True)
class Rush:
    """How it went: the slot in the clinic's words, what everybody heard, in the order in which the
    answers came, and what the copy's calendar says afterwards, whatever they were told."""

    slot: Meeting
    answers: tuple[Answer, ...]
    visits: int  # That stand in the calendar for the slot
    seats: int  # That they sit on; more visits than seats are double bookings

    @property
    def seconds(self) -> float:
        return max(answer.seconds for answer in self.answers)


def run_rush(database: Database, *, guarded: bool, now: datetime, people: int = PEOPLE) -> Rush:
    """Let that many made-up people book one free slot of a copy of the demo's database at once. The
    database itself is only read.

    With the guard they book through the code that answers the chat. Without it the copy lacks the
    rule against double booking, and they do what so many systems do: look whether the slot is free,
    then write the visit.

    Takes some tens of seconds at the very most. Raises AlreadyRunning, NothingFree, ValueError when
    the database is not SQLite, WrongKindOfClinic when it is not marked as a demo.
    """
    now = instant(now)
    _require_demo(database)
    without = () if guarded else (SLOT_TAKEN,)
    with alone(database), scratch_copy(database, without=without) as scratch:
        with scratch.transaction() as connection:
            clinic = read_clinic(connection, now)
            slot = _a_slot(connection, clinic, now)
            wishers = _made_up_people(connection, people, now)

        wish = _Wish(scratch, clinic, slot, now)
        act = wish.book if guarded else wish.look_then_write
        answers = _all_at_once(lambda person, turn: act(wishers[person], turn), people)
        with scratch.reading() as connection:
            visits, seats = connection.execute(_IN_THE_CALENDAR, {"wishers": wishers}).one()
    return Rush(_in_words(clinic, slot), answers, visits, seats)


def _require_demo(database: Database) -> None:
    with database.reading() as connection:
        if not connection.scalar(select(organizations.c.is_demo)):
            raise WrongKindOfClinic("a rush is for a demo database only")


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Whoever else comes meanwhile, in whichever process, gets AlreadyRunning."""
    path = Path(str(database.url.database)).resolve()
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    file = Path(tempfile.gettempdir()) / f"frontdesk-rush-{name}.lock"
    flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(file, flags, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning("a run is under way") from error
        yield
    finally:
        os.close(descriptor)  # Which gives the lock back; so does the end of the process.


def _a_slot(connection: Connection, clinic: Clinic, now: datetime) -> Slot:
    """Return the earliest free one of the practitioner whom the clinic names first."""
    first = frozenset(person.key for person in clinic.directory.practitioners[:1])
    search = _first_of(first)
    found = find_slots(connection, search, catalogue=clinic.catalogue, now=now)
    if not found:
        raise NothingFree("nothing is free")
    return found[0]


def _first_of(practitioners: frozenset[int]) -> Search:
    return Search(practitioner_ids=practitioners, born=GROWN_UP, limit=1)


def _made_up_people(connection: Connection, count: int, now: datetime) -> list[int]:
    """Return the ids of that many new patients."""
    rows = [
        {
            "public_id": new_public_id(),
            "first_name": "Person",
            "last_name": f"{number + 1}",
            "search_name": f"person {number + 1}",
            "date_of_birth": GROWN_UP,
            "standing": Standing.ACTIVE,
            "created_at": now,
            "updated_at": now,
        }
        for number in range(count)
    ]
    connection.execute(insert(patients), rows)
    names = [row["public_id"] for row in rows]
    query = select(patients.c.id).where(patients.c.public_id.in_(names)).order_by(patients.c.id)
    return list(connection.scalars(query))


class _TimeIsUpError(Exception):
    """Others took so long that it is too late to begin."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What everybody wants."""

    database: Database
    clinic: Clinic
    slot: Slot
    now: datetime

    def book(self, patient_id: int, turn: Callable[[], None]) -> None:
        with self.database.transaction() as connection:
            turn()
            book(
                connection,
                self.slot,
                patient_id=patient_id,
                actor=_SOMEBODY,
                now=self.now,
                catalogue=self.clinic.catalogue,
                open_visits_limit=self.clinic.rules.open_visits_claimed,
            )

    def look_then_write(self, patient_id: int, turn: Callable[[], None]) -> None:
        """Between the look and the writing, others do the same."""
        search = _first_of(frozenset({self.slot.practitioner_id}))
        with self.database.reading() as connection:
            catalogue = self.clinic.catalogue
            free = find_slots(connection, search, catalogue=catalogue, now=self.now)
        if self.slot not in free:
            raise SlotTaken("the slot is not free any more")
        sleep(READING_SECONDS)
        visit = draft(
            self.slot,
            SCHEDULED,
            seat=0,
            occupied=(self.slot.starts_at, self.slot.ends_at),
            patient_id=patient_id,
            conversation_id=None,
        )
        with self.database.transaction() as connection:
            turn()
            create(connection, visit, "booked", actor=_SOMEBODY, now=self.now)


def _all_at_once(
    wish: Callable[[int, Callable[[], None]], None], people: int
) -> tuple[Answer, ...]:
    """Let everybody wish at the same moment, once each; return the answers as they came. When its
    turn to write comes, a wish calls what it is given."""
    began = 0.0

    def begin() -> None:
        nonlocal began
        began = perf_counter()

    start = Barrier(people, begin, START_SECONDS)

    def turn() -> None:
        if perf_counter() - began > LONGEST_SECONDS:
            raise _TimeIsUpError

    def contend(person: int) -> Answer:
        start.wait()
        heard = _hear(lambda: wish(person, turn))
        return Answer(person, heard, perf_counter() - began)

    with ThreadPoolExecutor(people, "rush") as pool:
        answers = pool.map(contend, range(people))
        return tuple(sorted(answers, key=lambda answer: answer.seconds))


def _hear(wish: Callable[[], None]) -> Heard:
    try:
        wish()
    except _TimeIsUpError:
        return Heard.NOTHING
    except SlotTaken:
        return Heard.TAKEN
    except (ClinicError, SQLAlchemyError) as error:
        logger.warning("somebody in a rush met %s", type(error).__name__)
        return Heard.TROUBLE
    return Heard.BOOKED


_IN_THE_CALENDAR = select(func.count(), func.count(distinct(appointments.c.seat))).where(
    appointments.c.patient_id.in_(bindparam("wishers", expanding=True)),
    appointments.c.status.in_(OPEN),
)


def _in_words(clinic: Clinic, slot: Slot) -> Meeting:
    book = Phrasebook(clinic.directory, clinic.directory.languages[0])
    return Meeting(
        book,
        values.Slot(
            slot.practitioner_id, slot.location_id, slot.visit_type_id, slot.starts_at, slot.ends_at
        ),
    )
