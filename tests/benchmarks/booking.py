"""What a booking through the service costs, beside the bare transaction with the same lock and the
same constraint: distinct slots in a second, a herd at one slot, and the tail of a queue of writers.
"""

import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from sqlalchemy import func, select

from core.errors import SlotTaken
from core.models import appointments
from core.scheduling.search import Search, Slot
from tests.benchmarks.busy_clinic import SEED
from tests.benchmarks.crowd import Client, Crowd, Share, a_crowd
from tests.benchmarks.rounds import Contender, ratio, take_turns
from tests.benchmarks.stage import Stage
from tests.benchmarks.table import Line, at_least, at_most

SHARE_OF_BARE = {"SQLite": 0.15, "PostgreSQL": 0.35}
WON, LOST = "won", "lost"


@dataclass(frozen=True, slots=True)
class Load:
    """How many book, and for how long."""

    clients: int = 8  # Processes
    servers: int = 2  # Processes, as `serve` starts them, and threads in each
    threads: int = 8
    rounds: int = 7
    seconds: float = 1.5  # A round, unless somebody has booked as many as these before
    most: int = 1_500
    most_of_thread: int = 180
    herd_processes: int = 4
    herd: int = 200
    herd_rounds: int = 11

    @property
    def newcomers(self) -> int:
        """How many patients without a visit all of it takes at most."""
        each = self.clients * self.most + self.servers * self.threads * self.most_of_thread
        return (self.rounds + 1) * each + (self.herd_rounds + 1) * self.herd


@dataclass(frozen=True, slots=True)
class BookDistinct:
    """Book one's own slots, one after the other; returns when each began, and the end."""

    seconds: float
    first: int
    most: int
    bare: bool = False

    def __call__(self, client: Client) -> list[float]:
        share, moments = client.share, [time.perf_counter()]
        for index in range(self.first, self.first + self.most):
            if self.bare:
                book_bare(client, share.slots[index])
            else:
                client.desk.book(share.slots[index], share.patient_ids[index])
            moments.append(time.perf_counter())
            if moments[-1] > moments[0] + self.seconds:
                break
        return moments


@dataclass(frozen=True, slots=True)
class BookTheOne:
    """All book the same slot; returns who won, and when each began and ended."""

    slot: Slot
    number: int
    bare: bool

    def __call__(self, client: Client) -> tuple[str, float, float]:
        patient_id = client.share.patient_ids[self.number]
        began = time.perf_counter()
        try:
            if self.bare:
                book_bare(client, self.slot)
            else:
                client.desk.book(self.slot, patient_id)
        except SlotTaken:
            return LOST, began, time.perf_counter()
        return WON, began, time.perf_counter()


def book_bare(client: Client, slot: Slot) -> None:
    """Raises SlotTaken."""
    if not client.bare.book(slot.practitioner_id, int(slot.starts_at.timestamp())):
        raise SlotTaken("another visit overlaps")


def measure(stage: Stage, load: Load | None = None) -> list[Line]:
    """Book distinct slots, send the herd, queue at SQLite's one writer lock; then see that every
    booking that was answered is there."""
    bench = _Bench(stage, load or Load())
    before = bench.count()
    lines = [*bench.distinct(), bench.herd()]
    if stage.busy.database.is_sqlite:
        lines.append(bench.tail_of_servers())
    if bench.count() != before + bench.booked:
        raise RuntimeError(f"{bench.booked} were answered, {bench.count() - before} are there")
    return lines


class _Bench:
    def __init__(self, stage: Stage, load: Load) -> None:
        self._kind = stage.kind
        self._desk = stage.busy
        self._load = load
        self.booked = 0
        self._slots = self._desk.find(Search())
        Random(SEED).shuffle(self._slots)
        self._patient_ids = list(self._desk.newcomer_ids)

    def count(self) -> int:
        with self._desk.database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(appointments)) or 0

    def _share(self, slots: int, patients: int) -> Share:
        """Return so many that nobody else gets."""
        if len(self._slots) < slots or len(self._patient_ids) < patients:
            raise RuntimeError("the busy clinic has too few free slots or patients for this load")
        share = Share(self._slots[:slots], self._patient_ids[:patients])
        del self._slots[:slots], self._patient_ids[:patients]
        return share

    def _crowd(self, shares: Sequence[Share], processes: int) -> AbstractContextManager[Crowd]:
        return a_crowd(self._desk.database.url, self._desk.now, shares, processes=processes)

    def distinct(self) -> Iterator[Line]:
        """Compare how many are booked in a second, and on SQLite how long the queue is."""
        load, tails = self._load, []
        lasts = (load.rounds + 1) * load.most
        shares = [self._share(lasts, lasts) for _ in range(load.clients)]
        with self._crowd(shares, load.clients) as crowd:

            def ours(number: int) -> float:
                moments = self._book(crowd, number, load.most)
                tails.append(_tail(moments))
                return _rate(moments)

            def bare(number: int) -> float:
                task = BookDistinct(load.seconds, number * load.most, load.most, bare=True)
                return _rate(crowd.run(task))

            rates = take_turns({"ours": ours, "bare": bare}, load.rounds)
        yield Line(
            f"{self._kind}: distinct bookings a second, {load.clients} clients, beside the bare",
            " / ".join(f"{statistics.median(rates[who]):.0f}" for who in ("ours", "bare")),
            ratio(rates["ours"], rates["bare"]),
            at_least(SHARE_OF_BARE[self._kind], "%"),
        )
        if self._desk.database.is_sqlite:
            yield _tail_line(f"{load.clients} processes", tails[1:])

    def _book(self, crowd: Crowd, number: int, most: int) -> list[list[float]]:
        """Let everyone book through the service for a round."""
        moments = crowd.run(BookDistinct(self._load.seconds, number * most, most))
        self.booked += sum(len(theirs) - 1 for theirs in moments)
        return moments

    def herd(self) -> Line:
        load = self._load
        rounds = load.herd_rounds + 1
        slots = self._share(rounds, 0).slots
        shares = [self._share(0, rounds) for _ in range(load.herd)]
        with self._crowd(shares, load.herd_processes) as crowd:

            def contender(*, bare: bool) -> Contender:
                return lambda number: rush(crowd, BookTheOne(slots[number], number, bare))

            sides = {"ours": contender(bare=False), "bare": contender(bare=True)}
            seconds = take_turns(sides, load.herd_rounds)
        self.booked += rounds
        return Line(
            f"{self._kind}: {load.herd} clients at one slot, beside the bare",
            " / ".join(f"{statistics.median(seconds[who]) * 1000:.0f} ms" for who in sides),
            ratio(seconds["ours"], seconds["bare"]),
            at_most(3),
        )

    def tail_of_servers(self) -> Line:
        load = self._load
        rounds, most = load.rounds + 1, load.most_of_thread
        count = load.servers * load.threads
        shares = [self._share(rounds * most, rounds * most) for _ in range(count)]
        with self._crowd(shares, load.servers) as crowd:
            tails = [_tail(self._book(crowd, number, most)) for number in range(rounds)]
        return _tail_line(f"{load.servers} processes x {load.threads} threads", tails[1:])


def rush(crowd: Crowd, task: BookTheOne) -> float:
    """Return how long the round took from the first that began to the last that ended."""
    outcomes = crowd.run(task)
    counted = Counter(outcome for outcome, _, _ in outcomes)
    if counted != {WON: 1, LOST: len(outcomes) - 1}:
        raise RuntimeError(f"one slot was to be given once: {dict(counted)}")
    return max(ended for _, _, ended in outcomes) - min(began for _, began, _ in outcomes)


# The median and the 99th percentile of a round's waits, in seconds
_Tail = tuple[float, float]


def _tail(moments: Iterable[Sequence[float]]) -> _Tail:
    waits = [after - before for theirs in moments for before, after in pairwise(theirs)]
    return statistics.median(waits), statistics.quantiles(waits, n=100)[98]


def _rate(moments: Sequence[Sequence[float]]) -> float:
    """Return how many were booked in a second, from the first that began to the last that ended."""
    seconds = max(theirs[-1] for theirs in moments) - min(theirs[0] for theirs in moments)
    return sum(len(theirs) - 1 for theirs in moments) / seconds


def _tail_line(who: str, tails: Sequence[_Tail]) -> Line:
    medians, lasts = zip(*tails, strict=True)
    return Line(
        f"SQLite: bookings by {who}, 99th percentile beside the median",
        " / ".join(f"{statistics.median(each) * 1000:.1f} ms" for each in (lasts, medians)),
        ratio(lasts, medians),
        at_most(7),
    )
