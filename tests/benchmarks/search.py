"""What a search for free slots costs on the busy clinic: one practitioner's next 14 and 30 days,
and the earliest slots with anyone.

Beside it: a peer's search (django-appointment), the least that could do the job over SQLAlchemy
Core, the same search in a clinic without a past, and one practitioner's search beside everyone's.
"""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from core.scheduling.search import Slot
from tests.benchmarks.busy_clinic import ZONE, Extent, calendars
from tests.benchmarks.desk import BusyDesk, counted_queries
from tests.benchmarks.peer import Peer
from tests.benchmarks.plain import free_starts
from tests.benchmarks.rounds import Contender, Ratio, ratio, take_turns
from tests.benchmarks.stage import Stage
from tests.benchmarks.table import Aim, Line, at_least, at_most

DAYS = (14, 30)
SHORT, LONG = DAYS
ROUNDS, SEARCHES, PEER_SEARCHES, EARLIEST_SEARCHES = 25, 20, 1, 5
EARLIEST = 5  # A list, as it is offered: the earliest of all comes with it.
MOST_QUERIES = 4  # Whatever the number of days
BESIDE_PEER = {"SQLite": 100, "PostgreSQL": 50}

Search = Callable[[int], object]  # For the practitioner of that id
Seconds = dict[str, list[float]]  # What a search of each contender took, round by round


def measure(stage: Stage, extent: Extent, *, rounds: int = ROUNDS) -> list[Line]:
    """Check that all find the same, then let them take turns."""
    check_answers(stage)
    check_earliest(stage.busy, extent)
    people = extent.practitioners
    contenders = _with_and_without_past(stage, people)
    contenders["earliest"] = _timed(lambda _: earliest(stage.busy), people, EARLIEST_SEARCHES)
    for days in DAYS:
        contenders[f"limit {days}"] = _timed(_limit(stage.busy, days), people, SEARCHES)
        if stage.peer is not None:
            contenders[f"peer {days}"] = _timed_peer(stage.peer, people, days)
    seconds = take_turns(contenders, rounds)
    return [
        *_counted(stage),
        *_beside_others(stage.kind, seconds),
        *_past_lines(f"{stage.kind}: search", seconds),
        *_growth(stage.kind, seconds),
    ]


def measure_past(stage: Stage, extent: Extent, *, rounds: int = ROUNDS) -> list[Line]:
    """Only compare a clinic that has a past with one that has none."""
    seconds = take_turns(_with_and_without_past(stage, extent.practitioners), rounds)
    name = f"{stage.kind}, {extent.practitioners} practitioners: search"
    return list(_past_lines(name, seconds))


def _with_and_without_past(stage: Stage, people: int) -> dict[str, Contender]:
    return {
        f"{name} {days}": _timed(_ours(desk, days), people, SEARCHES)
        for days in DAYS
        for name, desk in (("ours", stage.busy), ("fresh", stage.fresh))
    }


def _past_lines(name: str, seconds: Seconds) -> Iterator[Line]:
    for days in DAYS:
        busy, fresh = seconds[f"ours {days}"], seconds[f"fresh {days}"]
        what = f"{name} {days} days, with its past beside without"
        yield _line(what, busy, fresh, ratio(busy, fresh), at_most(1.15))


def _beside_others(kind: str, seconds: Seconds) -> Iterator[Line]:
    for days in DAYS:
        name, ours = f"{kind}: search {days} days", seconds[f"ours {days}"]
        if peer := seconds.get(f"peer {days}"):
            aim = at_least(BESIDE_PEER[kind])
            yield _line(f"{name}, beside django-appointment", ours, peer, ratio(peer, ours), aim)
        limit, share = seconds[f"limit {days}"], at_least(0.5, "%")
        yield _line(f"{name}, beside the limit over Core", ours, limit, ratio(limit, ours), share)


def _growth(kind: str, seconds: Seconds) -> Iterator[Line]:
    short, long, anyone = (seconds[name] for name in ("ours 14", "ours 30", "earliest"))
    yield _line(f"{kind}: search 30 days beside 14", long, short, ratio(long, short), at_most(2.5))
    name = f"{kind}: earliest {EARLIEST} with anyone in 14 days, beside one's 14 days"
    yield _line(name, anyone, short, ratio(anyone, short), at_most(20))


def _line(
    what: str, ours: Sequence[float], beside: Sequence[float], measured: Ratio, aim: Aim
) -> Line:
    return Line(what, f"{shown(ours)} / {shown(beside)}", measured, aim)


def shown(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.2f} ms"


def _ours(desk: BusyDesk, days: int) -> Search:
    return lambda person: desk.free_slots(person, days)


def _limit(desk: BusyDesk, days: int) -> Search:
    first = desk.today + timedelta(days=1)

    def search(person: int) -> list[datetime]:
        with desk.database.reading() as connection:
            return free_starts(connection, person, first, days)

    return search


def earliest(desk: BusyDesk) -> list[Slot]:
    return desk.free_slots(None, SHORT, limit=EARLIEST)


def _timed(search: Search, people: int, count: int) -> Contender:
    """Return what a search takes on average, over some practitioners, others in each round."""

    def seconds(number: int) -> float:
        whose = list(some_of(people, count, number))
        began = time.perf_counter()
        for person in whose:
            search(person)
        return (time.perf_counter() - began) / count

    return seconds


def _timed_peer(peer: Peer, people: int, days: int) -> Contender:
    return lambda number: peer.seconds(some_of(people, PEER_SEARCHES, number), days) / PEER_SEARCHES


def some_of(people: int, count: int, number: int) -> Iterator[int]:
    return (1 + (7 * each + number) % people for each in range(count))


def check_answers(stage: Stage, people: Iterable[int] = range(1, 4)) -> None:
    """Raise unless everyone finds the same free starts for these practitioners."""
    for person in people:
        for days in DAYS:
            ours = _starts(stage.busy.free_slots(person, days))
            others = {
                "the limit": _limit(stage.busy, days)(person),
                "the same without a past": _starts(stage.fresh.free_slots(person, days)),
            }
            if stage.peer is not None:
                others["django-appointment"] = stage.peer.starts(person, days)
            for who, found in others.items():
                if found != ours:
                    raise RuntimeError(f"{stage.kind}, {days} days of {person}: not as {who} finds")


def _starts(slots: Iterable[Slot]) -> list[datetime]:
    return [slot.starts_at for slot in slots]


def check_earliest(desk: BusyDesk, extent: Extent) -> None:
    """Raise unless the earliest slots with anyone are what a loop over everyone's gives: of equals
    whoever has fewest visits on that day, then the lowest id."""
    booked = Counter(
        (calendar.number, day)
        for calendar in calendars(extent, desk.today)
        for day, _ in calendar.visits
    )
    loop = [
        (slot.starts_at, booked[person, slot.starts_at.astimezone(ZONE).date()], person)
        for person in range(1, extent.practitioners + 1)
        for slot in desk.free_slots(person, SHORT)
    ]
    expected = [(start, person) for start, _, person in sorted(loop)[:EARLIEST]]
    found = [(slot.starts_at, slot.practitioner_id) for slot in earliest(desk)]
    if found != expected:
        raise RuntimeError(f"the earliest with anyone: expected {expected}, found {found}")


def _counted(stage: Stage) -> Iterator[Line]:
    """Count the queries of one search, which must not grow with the days."""
    counts = []
    for days in DAYS:
        with counted_queries(stage.busy.database) as queries:
            stage.busy.free_slots(1, days)
        counts.append(len(queries))
    most = Ratio(max(counts), min(counts), max(counts))
    figures = " / ".join(f"{count}" for count in counts)
    yield Line(
        f"{stage.kind}: queries of a search, 14 / 30 days", figures, most, at_most(MOST_QUERIES, "")
    )
