"""What the database itself refuses, whoever writes: plain SQL on the migrated tables.

Each guard and each check has its control: without it, the same row passes.
"""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from core.database.connect import Database
from core.database.guards import VISIT_TOO_LONG, missing_guards
from core.database.types import to_microseconds
from tests.builders import Clinic, a_clinic
from tests.core.scheduling.raw_rows import SHARED, Row, Scene, Sql, Value, a_scene, without
from tests.core.scheduling.words import at

LIVE = ("pending", "held", "scheduled", "confirmed", "arrived")
OVER = ("completed", "cancelled", "no_show", "expired", "entered_in_error")
TEN, TEN_PAST, TWENTY_PAST = at("10:00"), at("10:10"), at("10:20")
ELEVEN = at("11:00")
DAY = 24 * 60

each_guard = pytest.mark.parametrize(("guard", "shared"), SHARED.items())


@pytest.fixture
def scene(clinic: Clinic, connection: Connection) -> Scene:
    return a_scene(connection, clinic)


# Two visits at one time.


@each_guard
@pytest.mark.parametrize(
    ("minute", "length"),
    [(0, 20), (10, 20), (-10, 20), (5, 10), (-10, 60), (19, 1), (-1000, 1001), (1 - DAY, DAY)],
)
def test_overlapping_rows_are_refused(
    scene: Scene, guard: str, shared: str, minute: int, length: int
) -> None:
    scene.insert(scene.visit(TEN))
    starts_at = TEN + timedelta(minutes=minute)
    with scene.refused(guard):
        scene.insert(scene.other(starts_at, length, shares=shared))
    scene.insert(scene.other(starts_at, length))


@each_guard
def test_control_without_its_guard_the_same_row_passes(
    scene: Scene, guard: str, shared: str
) -> None:
    scene.insert(scene.visit(TEN))
    overlapping = scene.other(TEN_PAST, shares=shared)
    with without(scene.connection, guard):
        scene.insert(overlapping)
        scene.update(overlapping, version=2)
    with scene.refused(guard):
        scene.insert(overlapping)


@each_guard
def test_rows_that_touch_are_fine(scene: Scene, guard: str, shared: str) -> None:  # noqa: ARG001
    for starts_at in (TEN, TWENTY_PAST, at("09:40")):
        scene.insert(scene.other(starts_at, shares=shared))


@each_guard
def test_every_live_status_takes_its_time_from_every_other(
    scene: Scene, guard: str, shared: str
) -> None:
    for index, taken in enumerate(LIVE):
        starts_at = TEN + timedelta(hours=index)
        scene.insert(scene.visit(starts_at, status=taken))
        for status in LIVE:
            with scene.refused(guard):
                scene.insert(scene.other(starts_at, shares=shared, status=status))


@each_guard
def test_what_is_over_takes_no_time_until_it_is_live_again(
    scene: Scene, guard: str, shared: str
) -> None:
    scene.insert(scene.visit(TEN))
    for status in OVER:
        over = scene.other(TEN, shares=shared, status=status)
        scene.insert(over)
        for revived in set(LIVE) - {"held"}:
            with scene.refused(guard):
                scene.update(over, status=revived)


@each_guard
def test_two_rows_of_one_statement_are_seen_too(scene: Scene, guard: str, shared: str) -> None:
    rows = scene.visit(TEN), scene.other(TEN_PAST, shares=shared)
    with scene.refused(guard):
        scene.insert(*rows)
    over: list[Row] = [dict(row, status="cancelled") for row in rows]
    scene.insert(*over)
    with scene.refused(guard):
        scene.update(*over, status="scheduled")


@each_guard
def test_an_update_that_would_overlap_is_refused(scene: Scene, guard: str, shared: str) -> None:
    first, later, beside = scene.visit(TEN), scene.other(ELEVEN, shares=shared), scene.other(TEN)
    scene.insert(first, later)
    with scene.refused(guard):
        scene.update(later, starts_at=TEN_PAST, occupied_from=TEN_PAST)
    scene.update(later, starts_at=TWENTY_PAST, occupied_from=TWENTY_PAST)
    scene.insert(beside)
    with scene.refused(guard):
        scene.update(beside, **{shared: first[shared]})


def test_seats_are_apart(scene: Scene) -> None:
    scene.insert(scene.visit(TEN))
    second = scene.other(TEN, shares="practitioner_id", seat=1)
    scene.insert(second)
    with scene.refused("slot_taken"):
        scene.update(second, seat=0)
    scene.update(second, seat=2, status="cancelled")
    # Whichever the seat, nobody and no room is in two places.
    for guard in ("patient_busy", "resource_taken"):
        with scene.refused(guard):
            scene.insert(scene.other(TEN, shares=SHARED[guard], seat=3))


def test_visits_without_a_room_do_not_share_one(scene: Scene) -> None:
    scene.insert(scene.visit(TEN, resource_id=None), scene.other(TEN, resource_id=None))


def test_buffers_count_for_practitioner_and_room_and_not_for_the_patient(scene: Scene) -> None:
    scene.insert(scene.visit(TEN, occupied_until=at("10:30")))
    for guard in ("slot_taken", "resource_taken"):
        with scene.refused(guard):
            scene.insert(scene.other(TWENTY_PAST, shares=SHARED[guard]))
    scene.insert(scene.other(TWENTY_PAST, shares="patient_id"))


@each_guard
def test_no_clause_of_sql_gets_round_a_guard(scene: Scene, guard: str, shared: str) -> None:
    scene.insert(scene.visit(TEN))
    overlapping = scene.other(TEN, shares=shared)
    if scene.connection.dialect.name == "sqlite":
        for how in ("INSERT OR IGNORE", "INSERT OR REPLACE", "REPLACE", "INSERT OR FAIL"):
            with scene.refused(guard):
                scene.insert(overlapping, how=how)
        digits = {
            name: Sql(f"'{value.timestamp() * 1e6:.0f}'")
            for name, value in (("starts_at", TEN), ("occupied_from", TEN))
        }
        with scene.refused(guard):
            scene.insert({**overlapping, **digits})
    else:
        scene.insert(overlapping, otherwise="ON CONFLICT DO NOTHING")
        assert scene.count() == 1


# One row that can't be.

TOO_LONG = TEN + timedelta(days=1, minutes=1)
IMPOSSIBLE: list[tuple[str, dict[str, Value]]] = [
    ("ck_appointments_start_before_end", {"ends_at": TEN}),
    ("ck_appointments_start_before_end", {"ends_at": at("09:40")}),
    (
        "ck_appointments_occupied",
        {"occupied_until": at("09:40"), "moves_id": 1, "status": "expired"},
    ),
    ("ck_appointments_occupied_covers_visit", {"occupied_from": TEN_PAST}),
    ("ck_appointments_occupied_covers_visit", {"occupied_until": TEN_PAST}),
    ("ck_appointments_patient_known", {"patient_id": None}),
    ("ck_appointments_hold_has_term", {"status": "held", "hold_expires_at": None}),
    ("ck_appointments_status", {"status": "Scheduled"}),
    ("ck_appointments_booked_through", {"booked_through": "pigeon"}),
    ("ck_appointments_booked_by", {"booked_by": "nobody"}),
    ("ck_appointments_seat", {"seat": -1}),
    (VISIT_TOO_LONG, {"ends_at": TOO_LONG, "occupied_until": TOO_LONG}),
    (VISIT_TOO_LONG, {"occupied_until": TOO_LONG}),
]


@pytest.mark.parametrize(("name", "columns"), IMPOSSIBLE)
def test_an_impossible_row_is_refused_and_without_its_check_passes(
    scene: Scene, name: str, columns: dict[str, Value]
) -> None:
    sound = scene.other(TEN)
    scene.insert(sound)
    impossible = scene.visit(TEN, **columns)
    with scene.refused(name):
        scene.insert(impossible)
    with scene.refused(name):
        scene.update(sound, **columns)
    # The guards' ranges would not take every such row either.
    with without(scene.connection, name, *SHARED):
        scene.insert(impossible)


def test_a_visit_lasts_a_day_at_most_and_takes_all_of_it(scene: Scene) -> None:
    """Search and guards read no further back than that."""
    scene.insert(scene.visit(TEN, DAY))
    last_minute = TEN + timedelta(minutes=DAY - 1)
    for guard, shared in SHARED.items():
        with scene.refused(guard):
            scene.insert(scene.other(last_minute, 1, shares=shared))


def test_a_conversation_holds_one_slot(scene: Scene) -> None:
    held = scene.visit(TEN, status="held")
    scene.insert(held)
    second = scene.other(ELEVEN, status="held", conversation_id=held["conversation_id"])
    with scene.refused("uq_appointments_one_hold", "appointments.conversation_id"):
        scene.insert(second)
    scene.update(held, status="expired")
    scene.insert(second)


# Text and bytes come after every number, so that they may also end before they start.
OF_ITS_ORDER = (
    "ck_appointments_start_before_end",
    "ck_appointments_occupied",
    "ck_appointments_occupied_covers_visit",
    VISIT_TOO_LONG,
)
INSTANTS = (
    "starts_at",
    "ends_at",
    "occupied_from",
    "occupied_until",
    "hold_expires_at",
    "moved_from",
    "cancelled_at",
    "created_at",
    "updated_at",
)


@pytest.mark.parametrize("column", INSTANTS)
def test_sqlite_takes_nothing_but_an_instant_for_an_instant(
    sqlite_database: Database, column: str
) -> None:
    with sqlite_database.transaction() as connection:
        scene = a_scene(connection, a_clinic(connection))
        sound = scene.visit(TEN)
        scene.insert(sound)
        # Half a microsecond, away from what it may not pass, so that nothing else is wrong.
        half = -0.5 if column in ("ends_at", "occupied_from") else 0.5
        near = TWENTY_PAST if column in ("ends_at", "occupied_until") else TEN
        fraction = Sql(f"{to_microseconds(near)} + {half}")
        with scene.refused("ck_appointments_instants"):
            scene.update(sound, **{column: fraction})
        for wrong in (Sql("x'00'"), "2026-11-23 10:00", "soon"):
            with scene.refused("ck_appointments_instants", *OF_ITS_ORDER):
                scene.update(sound, **{column: wrong})
        with without(connection, "ck_appointments_instants"):
            scene.update(sound, **{column: fraction})


@pytest.mark.parametrize("column", INSTANTS)
def test_postgresql_takes_nothing_but_an_instant_for_an_instant(
    postgresql_database: Database, column: str
) -> None:
    with postgresql_database.transaction() as connection:
        scene = a_scene(connection, a_clinic(connection))
        sound = scene.visit(TEN)
        scene.insert(sound)
        for wrong, code in (("soon", "22007"), (Sql("1795449600.5"), "42804")):
            with scene.refused(code):
                scene.update(sound, **{column: wrong})


@pytest.mark.parametrize("guard", [*SHARED, VISIT_TOO_LONG])
def test_a_lost_guard_is_noticed(connection: Connection, guard: str) -> None:
    assert missing_guards(connection) == []
    with without(connection, guard):
        missing = missing_guards(connection)
        assert missing
        assert all(name.startswith(guard) for name in missing)


def test_only_a_hold_that_moves_a_visit_may_take_less_than_its_time(scene: Scene) -> None:
    """It needs no more than the old visit lacks; a visit takes all of its own."""
    scene.insert(scene.visit(TEN))
    (moves_id,) = scene.connection.exec_driver_sql("SELECT id FROM appointments").one()
    nothing: dict[str, Value] = {"moves_id": moves_id, "occupied_until": TEN}
    held = scene.other(TEN, 20, status="held", shares="practitioner_id", **nothing)
    scene.insert(held)
    with scene.refused("only_holds_move"):
        scene.insert(scene.other(ELEVEN, 20, moves_id=moves_id, occupied_until=ELEVEN))
    with scene.refused("only_holds_move"):
        scene.update(held, status="scheduled")
    scene.update(held, status="expired")


@each_guard
def test_no_id_hides_a_row(scene: Scene, guard: str, shared: str) -> None:
    """SQLite's triggers see -1 for the id of a row that has none yet."""
    scene.insert(scene.visit(TEN, id=-1))
    with scene.refused(guard):
        scene.insert(scene.other(TEN, shares=shared))
