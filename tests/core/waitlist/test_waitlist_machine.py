"""Whatever anybody does in whatever order, nobody is asked who must not be, and no time is given
twice.

Each control takes away what keeps one promise, and the same machine finds it out.
"""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from core.database.connect import Database
from core.waitlist import matching, rounds, waiters
from tests.core.scheduling.dice import DICE
from tests.core.waitlist.waitlist_machine import WaitlistMachine, a_crowd

stress = pytest.mark.stress


def run(database: Database, *, examples: int, steps: int) -> None:
    with database.transaction() as connection:
        crowd = a_crowd(connection)

    class Here(WaitlistMachine):
        def __init__(self) -> None:
            super().__init__(database, crowd)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            backend=DICE,
        ),
    )


@pytest.mark.parametrize(
    ("database", "examples", "steps"),
    [
        pytest.param("sqlite", 10, 100, id="some-sqlite"),
        pytest.param("postgresql", 5, 100, id="some-postgresql"),  # Slower, and judged alike.
        pytest.param("sqlite", 200, 120, id="many-sqlite", marks=stress),
        pytest.param("postgresql", 100, 120, id="many-postgresql", marks=stress),
    ],
    indirect=["database"],
)
def test_whatever_is_done_everything_stays_whole(
    database: Database, examples: int, steps: int
) -> None:
    run(database, examples=examples, steps=steps)


def find_the_fault(database: Database, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        run(database, examples=150, steps=100)


CONTROLS: dict[str, tuple[Any, str, Any, str]] = {
    "quiet hours": (matching, "allowed_from", lambda at, *_: at, "asked at night"),
    "opt-out": (matching, "told_of", lambda *_, **__: range(1000), "opted out"),
    "time to answer": (matching, "_time_to_answer", lambda _: timedelta(), "too late|not done"),
    "the weekly cap": (waiters, "_asked_since", lambda *_: 0, "too often"),
    "what is kept is given back": (rounds, "release", lambda *_, **__: None, "kept for nobody"),
}


# What takes the longest to be found out has its time under stress.
LONG = {"time to answer"}


@pytest.mark.parametrize(
    "promise", [pytest.param(each, marks=stress if each in LONG else ()) for each in CONTROLS]
)
def test_control_a_forgotten_rule_is_found_out(
    sqlite_database: Database, promise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name, nothing, words = CONTROLS[promise]
    monkeypatch.setattr(module, name, nothing)
    find_the_fault(sqlite_database, words)
