"""`make bench`: the benchmarks one after the other, and one table of all they found."""

import argparse
from collections.abc import Callable

from tests.benchmarks import booking, conversations, queueing, reminders, search, staff, tail, turns
from tests.benchmarks.busy_clinic import BUSY, LARGE
from tests.benchmarks.stage import stages
from tests.benchmarks.table import Line, show


def search_and_booking(*, searching: bool = True, book: bool = True) -> list[Line]:
    """Measure both on one stage: setting it takes longer than the measuring."""
    load = booking.Load()
    lines = []
    with stages(BUSY, newcomers=load.newcomers if book else 0, peers=searching) as ready:
        for stage in ready if searching else ():
            lines += search.measure(stage, BUSY)
        for stage in ready if book else ():
            lines += booking.measure(stage, load)
    return lines


def large() -> list[Line]:
    """Search beside ten times the past; it takes long to fill, and much disk."""
    with stages(LARGE, plain=False, peers=False) as ready:
        return [line for stage in ready for line in search.measure_past(stage, LARGE)]


BENCHMARKS: dict[str, Callable[[], list[Line]]] = {
    "turns": turns.run,
    "conversations": conversations.run,
    "tail": tail.run,
    "queueing": queueing.run,
    "reminders": reminders.run,
    "staff": staff.run,
    "search": lambda: search_and_booking(book=False),
    "booking": lambda: search_and_booking(searching=False),
}
BY_DEFAULT = (
    turns.run,
    conversations.run,
    tail.run,
    queueing.run,
    reminders.run,
    staff.run,
    search_and_booking,
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument(
        "--large", action="store_true", help="also search among 5,000,000 appointments"
    )
    chosen = parser.parse_args()
    unknown = set(chosen.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    runs = [BENCHMARKS[name] for name in chosen.names] or [*BY_DEFAULT]
    if chosen.large:
        runs.append(large)
    lines = []
    for run in runs:
        lines += run()
        print(show(lines), flush=True)


if __name__ == "__main__":
    main()
