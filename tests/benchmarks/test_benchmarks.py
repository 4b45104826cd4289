"""Each benchmark runs, on a tiny clinic and without a stop-watch: we notice when one breaks.

On SQLite only, and without the peer, whose environment `make bench` makes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text

from core.setup import set_up_demo
from tests.benchmarks import booking, queueing, reminders, scratch, search, staff, tail, turns
from tests.benchmarks.booking import LOST, WON, BookTheOne, Load
from tests.benchmarks.busy_clinic import BUSY, Extent, calendars, grid
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.rounds import Contender, Ratio, ratio, take_turns
from tests.benchmarks.stage import Stage, stages
from tests.benchmarks.table import Line, at_least, at_most, show
from tests.builders import NOW

pytestmark = pytest.mark.stress  # Half a minute.

TINY = Extent(practitioners=3, days_back=14, days_ahead=30)
LOAD = Load(
    clients=2,
    servers=1,
    threads=2,
    rounds=1,
    seconds=60,  # Whatever the machine, it is the numbers that end a round.
    most=20,
    most_of_thread=20,
    herd_processes=1,
    herd=6,
    herd_rounds=1,
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "FOLDER", tmp_path)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with stages(TINY, newcomers=LOAD.newcomers, peers=False, postgresql=False) as (only,):
        yield only


def test_search_is_measured_once_all_find_the_same(stage: Stage) -> None:
    lines = search.measure(stage, TINY, rounds=1)
    lines += search.measure_past(stage, TINY, rounds=1)
    assert len(lines) == 9
    assert lines[0].ratio.median <= search.MOST_QUERIES


def test_control_a_search_that_finds_something_else_is_noticed(stage: Stage) -> None:
    with stage.busy.database.transaction() as connection:
        connection.execute(text("DELETE FROM plain_visits"))
    with pytest.raises(RuntimeError, match="not as the limit finds"):
        search.check_answers(stage)


def test_control_another_earliest_slot_is_noticed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "earliest", lambda desk: desk.free_slots(None, 14, limit=6)[1:])
    with pytest.raises(RuntimeError, match="the earliest with anyone"):
        search.check_earliest(stage.busy, TINY)


def test_bookings_are_measured_and_all_of_them_are_there(stage: Stage) -> None:
    lines = booking.measure(stage, LOAD)
    assert len(lines) == 4


@pytest.mark.parametrize("winners", [0, 2])
def test_control_a_slot_given_to_none_or_two_is_noticed(winners: int) -> None:
    class Double:
        def run(self, _task: object) -> list[tuple[str, float, float]]:
            return [(WON, 0.0, 1.0)] * winners + [(LOST, 0.0, 1.0)] * (6 - winners)

    task = BookTheOne(cast(Any, None), 0, bare=False)
    with pytest.raises(RuntimeError, match="given once"):
        booking.rush(cast(Crowd, Double()), task)


def test_turns_over_the_webhook_are_measured(tmp_path: Path) -> None:
    database = scratch.new_sqlite(tmp_path, "turns")
    set_up_demo(database, NOW)
    line = turns.measure("SQLite", database, rounds=1, bookings=1)
    assert line.ratio.median > 0
    database.dispose()


def test_reminders_are_measured_and_each_is_sent_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "LATER", 20)
    database = scratch.new_sqlite(tmp_path, "reminders")
    set_up_demo(database, NOW)
    lines = reminders.measure("SQLite", database, rounds=1, due=30, jobs=5)
    assert len(lines) == 2
    with pytest.raises(RuntimeError, match="expected 61 reminders"):
        reminders._check_sent(database, 61)
    database.dispose()


def test_queueing_is_measured_and_each_reminder_is_queued_once(tmp_path: Path) -> None:
    database = scratch.new_sqlite(tmp_path, "queueing")
    set_up_demo(database, NOW)
    (line,) = queueing.measure("SQLite", database, visits=60, rounds=1, due=20)
    assert line.ratio.median > 0
    with pytest.raises(RuntimeError, match="expected 41 reminders"):
        queueing._check_queued(database, 41)
    database.dispose()


def test_the_tail_of_a_real_server_is_measured() -> None:
    (line,) = tail.run(bookings_each=1)
    assert line.ratio.median >= 1


def test_the_busy_clinic_is_the_same_for_whoever_asks() -> None:
    today = NOW.date()
    (one, *_), (same, *_) = (tuple(calendars(TINY, today)) for _ in range(2))
    assert one == same
    (shorter, *_) = calendars(Extent(1, 0, TINY.days_ahead), today)
    assert shorter.visits == tuple(visit for visit in one.visits if visit[0] > today)
    assert len(grid()) == 26


def test_the_busy_clinic_has_about_half_a_million_appointments() -> None:
    count = sum(len(calendar.visits) for calendar in calendars(BUSY, NOW.date()))
    assert 500_000 <= count <= 550_000


def test_contenders_take_turns_and_the_first_round_only_warms_up() -> None:
    called: list[tuple[int, str]] = []

    def contender(name: str, result: float) -> Contender:
        def take_turn(number: int) -> float:
            called.append((number, name))
            return result

        return take_turn

    results = take_turns({"a": contender("a", 4), "b": contender("b", 2)}, rounds=2)
    assert called == [(0, "b"), (0, "a"), (1, "a"), (1, "b"), (2, "b"), (2, "a")]
    assert ratio(results["a"], results["b"]) == Ratio(2, 2, 2)


def test_the_table_says_what_was_reached_and_what_was_not() -> None:
    table = show(
        [
            Line("search", "1 ms / 120 ms", Ratio(120, 90, 130), at_least(100)),
            Line("turn", "400/s / 1600/s", Ratio(0.25, 0.24, 0.27), at_least(0.45, "%")),
            Line("tail", "70 ms / 10 ms", Ratio(7, 7, 7), at_most(7)),
            Line("queries", "2 / 2", Ratio(2, 2, 2), at_most(4, "")),
        ]
    )
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert cells[2:] == [
        ["search", "1 ms / 120 ms", "120 x", "90 x to 130 x", ">= 100 x", "yes"],
        ["turn", "400/s / 1600/s", "25%", "24% to 27%", ">= 45%", "NO"],
        ["tail", "70 ms / 10 ms", "7 x", "7 x to 7 x", "<= 7 x", "yes"],
        ["queries", "2 / 2", "2", "2 to 2", "<= 4", "yes"],
    ]


def test_what_staff_ask_is_measured_once_the_bare_queries_find_the_same(tmp_path: Path) -> None:
    database = scratch.new_sqlite(tmp_path, "staff")
    staff.fill(database, TINY, patients=1_300, now=NOW)
    lines = staff.measure("SQLite", database, TINY, now=NOW, rounds=1, asked=3)
    assert len(lines) == 14
    with database.transaction() as connection:
        connection.execute(text("UPDATE appointments SET status = 'cancelled'"))
    with pytest.raises(RuntimeError, match="not as the bare query finds"):
        staff.measure("SQLite", database, TINY, now=NOW, rounds=1, asked=3)
    database.dispose()
