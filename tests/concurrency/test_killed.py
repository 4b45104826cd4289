"""Two processes that book are killed at random moments, again and again: what was answered is
there, what is there is whole, and whoever is left goes on.

The control answers before it commits, and is found out.
"""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from queue import Empty, Queue
from random import Random
from threading import Thread

import pytest

from core.database.connect import LOCK_TIMEOUT_SECONDS, Database
from core.scheduling.appointments import Appointment
from core.scheduling.search import Slot
from tests.builders import NOW, Clinic, a_conversation, a_patient
from tests.concurrency.booker import Answer, Task, book_until_killed
from tests.concurrency.record import assert_whole, lost, read_record
from tests.core.scheduling.words import RULES, TUESDAY, a_slot

KILLS = [pytest.param(5, id="some"), pytest.param(50, id="many", marks=pytest.mark.stress)]

# Each process is a copy of one that has read our code already, and holds nothing open.
processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.concurrency.booker"])


class Booking:
    """A process that books, and what it has answered so far."""

    def __init__(self, task: Task) -> None:
        self.answers: list[Appointment] = []
        self.refusals: set[str] = set()
        self._reader, writer = processes.Pipe(duplex=False)
        self._process = processes.Process(target=book_until_killed, args=(task, writer))
        self._process.start()
        writer.close()
        self._heard: Queue[Answer] = Queue()
        # Nobody may wait in the middle of something because nobody listens.
        self._ear = Thread(target=self._hear)
        self._ear.start()

    def _hear(self) -> None:
        with suppress(EOFError):
            while True:
                self._heard.put(self._reader.recv())

    def listen(self, count: int) -> None:
        """Wait for so many answers; none takes longer than whoever waits for a lock may."""
        for _ in range(count):
            self._note(self._heard.get(timeout=LOCK_TIMEOUT_SECONDS))

    def catch_up(self) -> None:
        """Note what has been answered by now."""
        with suppress(Empty):
            while True:
                self._note(self._heard.get_nowait())

    def _note(self, answer: Answer) -> None:
        if isinstance(answer, Appointment):
            self.answers.append(answer)
        else:
            self.refusals.add(answer)

    def kill(self) -> None:
        """End the process before its next instruction, and hear what it still said."""
        self._process.kill()
        self._process.join()
        self._ear.join()
        self._reader.close()
        self.catch_up()


class Pair:
    """Two processes that want the same; whoever is killed is followed by another."""

    def __init__(self, tasks: list[Task]) -> None:
        self._random = Random(20261122)
        self._tasks = tasks
        self.ended: list[Booking] = []
        self.running = [Booking(task) for task in tasks]

    def kill_one(self) -> None:
        """At a random moment; the other one and the next one go on."""
        index = self._random.randrange(2)
        victim, other = self.running[index], self.running[1 - index]
        victim.listen(self._random.randint(1, 10))
        time.sleep(self._random.uniform(0, 0.02))
        victim.kill()
        self.ended.append(victim)
        other.catch_up()
        other.listen(1)
        # By then the terms of what the dead one held are over.
        later = NOW + timedelta(minutes=RULES.hold_minutes * len(self.ended))
        task = replace(self._tasks[index], seed=len(self.ended), now=later)
        self.running[index] = Booking(task)

    def answers(self) -> list[Appointment]:
        return [answer for each in (*self.ended, *self.running) for answer in each.answers]

    def refusals(self) -> set[str]:
        return set[str]().union(*(each.refusals for each in (*self.ended, *self.running)))


@contextmanager
def two_processes(
    database: Database, slots: Sequence[Slot], *, answer_early: bool = False
) -> Iterator[Pair]:
    """Let them book for a patient each, among the same few slots."""
    url = database.url.render_as_string(hide_password=False)
    with database.transaction() as connection:
        people = [(a_patient(connection), a_conversation(connection)) for _ in range(2)]
    pair = Pair(
        [
            Task(url, *person, tuple(slots), seed=-number, now=NOW, answers_early=answer_early)
            for number, person in enumerate(people)
        ]
    )
    try:
        yield pair
    finally:
        for each in pair.running:
            each.kill()


def few_slots(clinic: Clinic, *practitioner_ids: int) -> list[Slot]:
    return [
        a_slot(clinic, text, TUESDAY, practitioner_id=practitioner_id)
        for text in ("10:00", "10:20", "10:40")
        for practitioner_id in practitioner_ids
    ]


@pytest.mark.parametrize("kills", KILLS)
def test_whoever_is_killed_leaves_a_whole_record_and_all_that_was_answered(
    database: Database, clinic: Clinic, kills: int
) -> None:
    slots = few_slots(clinic, clinic.patel_id, clinic.okafor_id)
    with two_processes(database, slots) as pair:
        for _ in range(kills):
            pair.kill_one()
            answers = pair.answers()
            record = read_record(database)
            assert_whole(record)
            assert lost(answers, record) == []
        for each in pair.running:
            each.listen(5)
    assert pair.refusals() <= {"SlotTaken", "PatientBusy", "AppointmentChanged"}


def test_control_who_answers_before_the_commit_loses_an_answer(
    database: Database, clinic: Clinic
) -> None:
    # One commit for many answers: with one practitioner, or the two would lock each other out.
    slots = few_slots(clinic, clinic.patel_id)
    with two_processes(database, slots, answer_early=True) as pair:
        for _ in range(30):
            pair.kill_one()
            ended = [answer for each in pair.ended for answer in each.answers]
            record = read_record(database)
            assert_whole(record)
            if lost(ended, record):
                return
    pytest.fail("nothing was lost")
