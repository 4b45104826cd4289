"""How long a turn takes in the conversations of tests/dialogues, and how large their state grows.

Each is played as it is written, on SQLite with durable commits, by one desk. The whole turn is all
that `Desk.receive` does, its commit included; the pure part is understanding, dialogue and wording,
less the commands that the dialogue asks for; it waits for nothing, so it is counted in the
processor's time, which other work on the machine does not lengthen. Milliseconds on this machine
are no ratio: they stand here because their aims are given in milliseconds.
"""

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import select

import bot.answering
import bot.speaking
from bot.desk import Desk
from bot.hearing import Hearing
from bot.memory import Memory
from bot.messages import InboundMessage
from bot.phrases import languages
from bot.speaking import Handled
from bot.understanding.tongue import prepare
from core.database.connect import Database
from core.keys import Keyring
from core.models import conversations
from core.setup import set_up_demo
from tests.benchmarks.rounds import Ratio
from tests.benchmarks.scratch import new_sqlite, scratch_folder
from tests.benchmarks.table import Line, at_most
from tests.builders import NOW
from tests.dialogues.transcript import Stage, Transcript

TRANSCRIPTS = Path(__file__).parents[1] / "dialogues"
TURN_MS, PURE_MS, STATE_KB = 15, 1, 4
ROUNDS = 3


@dataclass
class Times:
    """Seconds a turn, and bytes of the state after it."""

    whole: list[float] = field(default_factory=list)
    pure: list[float] = field(default_factory=list)
    states: list[int] = field(default_factory=list)
    spent: float = 0.0  # Of the turn that is running, in its pure part.

    @contextmanager
    def thinking(self) -> Iterator[None]:
        """Count what is done meanwhile as pure."""
        began = time.thread_time()
        try:
            yield
        finally:
            self.spent += time.thread_time() - began

    def pure_call(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            with self.thinking():
                return call(*arguments, **named)

        return timed

    def conversing(self, converse: Callable[..., Any]) -> Callable[..., Any]:
        """The dialogue, less what it waits for."""

        def timed(state: Any, event: Any, situation: Any, perform: Callable[..., Any]) -> Any:
            def waited(command: Any) -> Any:
                began = time.thread_time()
                try:
                    return perform(command)
                finally:
                    self.spent -= time.thread_time() - began

            with self.thinking():
                return converse(state, event, situation, waited)

        return timed

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Time the pure parts of the turns that are taken meanwhile."""
        with ExitStack() as stack:
            for owner, name, wrap in (
                (Hearing, "understood", self.pure_call),
                (bot.answering, "converse", self.conversing),
                (bot.speaking, "worded", self.pure_call),
            ):
                stack.enter_context(patch.object(owner, name, wrap(getattr(owner, name))))
            yield


class House:
    """One clinic, one desk and one engine for all conversations, as in a process that has run for a
    while; after each, the clinic is as it was before."""

    def __init__(self, folder: Path) -> None:
        self._fresh, self._path = folder / "fresh.db", folder / "played.db"
        fresh = new_sqlite(folder, "fresh")
        set_up_demo(fresh, NOW)
        fresh.dispose()
        shutil.copyfile(self._fresh, self._path)
        self.database = Database(f"sqlite:///{self._path}", Keyring.demo())
        self.at = NOW
        self.desk = self._new_desk()

    def _new_desk(self) -> Desk:
        desk = Desk(self.database, clock=lambda: self.at)
        desk.prepare()
        return desk

    def put_back(self, *, setup_changed: bool) -> None:
        self.database.dispose()
        for path in self._path.parent.glob(f"{self._path.name}*"):
            path.unlink()
        shutil.copyfile(self._fresh, self._path)
        if setup_changed:
            self.desk = self._new_desk()


@dataclass
class TimedStage(Stage):
    house: House | None = None
    times: Times = field(default_factory=Times)

    def receive(self, message: InboundMessage) -> Handled:
        assert self.house is not None
        times, times.spent, self.house.at = self.times, 0.0, self.at
        began = time.perf_counter()
        handled = self.house.desk.receive(message)
        times.whole.append(time.perf_counter() - began)
        times.pure.append(times.spent)
        with self.database.reading() as connection:
            stored = connection.scalars(select(conversations.c.state)).all()
        times.states += [len(Memory.from_json(each).state.to_json().encode()) for each in stored]
        return handled


def play_all(house: House, times: Times) -> None:
    for path in sorted(TRANSCRIPTS.glob("*.txt")):
        transcript = Transcript.parse(path.read_text(encoding="utf-8"))
        stage = TimedStage.set(house.database, transcript)
        stage.house, stage.times = house, times
        for _ in stage.turns(transcript):
            pass
        house.put_back(setup_changed=any(line.startswith("!") for line in transcript.lines))


def run() -> list[Line]:
    prepare(languages())
    rounds = []
    with scratch_folder() as folder:
        house = House(folder)
        play_all(house, Times())  # To warm up.
        for _ in range(ROUNDS):
            times = Times()
            with times.watching():
                play_all(house, times)
            rounds.append(times)
        house.database.dispose()
    turns = len(rounds[0].whole)
    return [
        _line(f"conversations: a whole turn, 99th percentile of {turns}", rounds, "whole", TURN_MS),
        _line("conversations: its pure part, 99th percentile", rounds, "pure", PURE_MS),
        Line(
            "conversations: the largest state",
            f"median {statistics.median(rounds[0].states):.0f} bytes",
            Ratio.of([max(times.states) / 1024 for times in rounds]),
            at_most(STATE_KB, "kB"),
        ),
    ]


def _line(what: str, rounds: list[Times], part: str, aim: float) -> Line:
    milliseconds = [[1000 * each for each in getattr(times, part)] for times in rounds]
    tails = [statistics.quantiles(each, n=100)[98] for each in milliseconds]
    middle = statistics.median(statistics.median(each) for each in milliseconds)
    return Line(what, f"median {middle:.2f} ms", Ratio.of(tails), at_most(aim, "ms"))
