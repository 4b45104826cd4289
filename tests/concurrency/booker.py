"""A process that holds, books, moves and cancels until it is killed, and passes on each answer."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection as Pipe
from random import Random
from typing import Any

from sqlalchemy import Connection

from core.database.connect import Database
from core.errors import ClinicError
from core.keys import Keyring
from core.scheduling.appointments import Appointment, upcoming
from core.scheduling.booking import book
from core.scheduling.catalogue import Catalogue
from core.scheduling.holds import hold
from core.scheduling.loading import load_catalogue
from core.scheduling.moving import cancel, move
from core.scheduling.search import Slot
from tests.core.scheduling.words import PATIENT

# What is passed on: the appointment as it is now, or the name of the error.
Answer = Appointment | str
Transaction = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Task:
    """Who books, which slots, and from when on; a value, so that it can be sent to a process."""

    url: str
    patient_id: int
    conversation_id: int
    slots: tuple[Slot, ...]
    seed: int
    now: datetime
    answers_early: bool = False  # As nobody may: before the commit.


def book_until_killed(task: Task, answers: Pipe) -> None:
    database = Database(task.url, Keyring.demo())
    with database.reading() as connection:
        catalogue = load_catalogue(connection, now=task.now)
        left = upcoming(connection, patient_ids=[task.patient_id], now=task.now)
    booker = _Booker(task, catalogue, answers)
    for visit in left:  # By one who was killed
        booker.cancel(database.transaction, visit)
    while True:
        if task.answers_early:
            with database.transaction() as connection:
                booker.go_round(lambda kept=connection: nullcontext(kept))  # type: ignore[misc]
        else:
            booker.go_round(database.transaction)


class _Booker:
    def __init__(self, task: Task, catalogue: Catalogue, answers: Pipe) -> None:
        self._task = task
        self._answers = answers
        self._random = Random(task.seed)
        self._terms: dict[str, Any] = {"actor": PATIENT, "now": task.now, "catalogue": catalogue}

    def go_round(self, transaction: Transaction) -> None:
        """Hold, book, move and cancel a visit, as far as others let us."""
        task, terms = self._task, self._terms
        asked = {"conversation_id": task.conversation_id, **terms}
        slot, later = self._random.sample(task.slots, 2)
        mine = {"patient_id": task.patient_id, **asked}
        self._do(transaction, lambda connection: hold(connection, slot, **mine))
        visit = self._do(
            transaction,
            lambda connection: book(connection, slot, open_visits_limit=None, **mine),
        )
        if visit is None:
            return
        to_move = {"moves_id": visit.id, "patient_id": None, **asked}
        self._do(transaction, lambda connection: hold(connection, later, **to_move))
        moved = self._do(
            transaction,
            lambda connection: move(connection, visit.id, later, version=visit.version, **asked),
        )
        self.cancel(transaction, moved or visit)

    def cancel(self, transaction: Transaction, visit: Appointment) -> None:
        self._do(
            transaction,
            lambda connection: cancel(connection, visit.id, version=visit.version, **self._terms),
        )

    def _do(
        self, transaction: Transaction, act: Callable[[Connection], Appointment]
    ) -> Appointment | None:
        """Pass on what comes of it, once it is committed."""
        try:
            with transaction() as connection:
                done = act(connection)
        except ClinicError as error:
            self._answers.send(type(error).__name__)
            return None
        self._answers.send(done)
        return done
