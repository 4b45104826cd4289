"""Whatever anybody does in whatever order, nobody is booked twice and every answer is right.

Each control takes away what keeps one promise, and the same machine finds it out.
"""

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from core.database.connect import Database
from core.database.guards import PATIENT_BUSY, RESOURCE_TAKEN, SLOT_TAKEN
from core.scheduling.calendar import Place
from tests.concurrency.test_herd import drop_guard
from tests.core.scheduling.calendar_changes import ClinicSteps
from tests.core.scheduling.calendar_steps import BookingSteps
from tests.core.scheduling.calendar_visits import VisitSteps
from tests.core.scheduling.crowded_clinic import a_crowded_clinic
from tests.core.scheduling.dice import DICE

stress = pytest.mark.stress


class Everything(BookingSteps, VisitSteps, ClinicSteps):
    """All that anybody may do; what is done to visits more often than what changes the clinic."""

    cancel_another_visit = VisitSteps.cancel_a_visit
    hold_another_slot = BookingSteps.hold_a_slot
    hold_another_slot_to_move_to = BookingSteps.hold_a_slot_to_move_to
    mark_another_visit = VisitSteps.mark_a_visit
    say_yes_again = BookingSteps.say_yes
    undo_another_thing = VisitSteps.undo_the_last_thing


def run(database: Database, *, examples: int, steps: int, phases: Collection[Phase]) -> None:
    with database.transaction() as connection:
        crowd = a_crowded_clinic(connection)

    class Here(Everything):
        def __init__(self) -> None:
            super().__init__(database, crowd)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            backend=DICE,
        ),
    )


@pytest.mark.parametrize(
    ("database", "examples", "steps"),
    [
        pytest.param("sqlite", 20, 40, id="some-sqlite"),
        pytest.param("postgresql", 8, 40, id="some-postgresql"),  # Slower, and judged alike.
        pytest.param("sqlite", 200, 60, id="many-sqlite", marks=stress),
        pytest.param("postgresql", 200, 60, id="many-postgresql", marks=stress),
    ],
    indirect=["database"],
)
def test_whatever_is_done_everything_stays_whole(
    database: Database, examples: int, steps: int
) -> None:
    run(database, examples=examples, steps=steps, phases=[Phase.generate])


def find_the_fault(database: Database) -> None:
    """The first example that fails will do; the simplest one would take its time."""
    with pytest.raises(AssertionError):
        run(database, examples=400, steps=40, phases=[Phase.generate])


def the_first_room(place: Place, *_: Any, **__: Any) -> int | None:
    kind = place.offer.visit_type.resource_kind
    rooms = kind and place.catalogue.rooms(place.slot.location_id, kind)
    return rooms[0] if rooms else None


# The machine is on trial here; that the guard of either database holds is said in test_guards.py.
@pytest.mark.parametrize(
    "own_database", ["sqlite", pytest.param("postgresql", marks=stress)], indirect=True
)
@pytest.mark.parametrize(
    ("guard", "look"),
    [
        (SLOT_TAKEN, {"require_free": lambda *_: None}),
        (RESOURCE_TAKEN, {"free_resource": the_first_room}),
        (PATIENT_BUSY, {}),  # Nobody but the guard looks.
    ],
)
def test_control_without_guard_and_look_somebody_is_booked_twice(
    own_database: Database, guard: str, look: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_database.transaction() as connection:
        drop_guard(connection, guard)
    for name, blind in look.items():
        monkeypatch.setattr(Place, name, blind)
    find_the_fault(own_database)


def nothing(*_: Any, **__: Any) -> None:
    """As if there were no such rule."""


@pytest.mark.parametrize(
    "forgotten",
    [
        pytest.param("calendar.check_notice", marks=stress),
        pytest.param("availability._require_released", marks=stress),
        "eligibility._require_kind",
        "calendar._require_recent",
        pytest.param("moving.require_time_left", marks=stress),
        "history._record",
    ],
)
def test_control_a_forgotten_rule_is_found_out(
    sqlite_database: Database, forgotten: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"core.scheduling.{forgotten}", nothing)
    find_the_fault(sqlite_database)
