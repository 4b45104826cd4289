"""What it costs those who do not wait."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, event

from core.database.connect import Database
from core.waitlist import freeing
from tests.builders import Clinic
from tests.core.scheduling.words import (
    TUESDAY,
    a_slot,
    book_slot,
    hold_slot,
)
from tests.core.waitlist.words import (
    DAYTIME,
    a_visit,
    free,
    freed,
    seven,
    tick,
)


def statements(database: Database, act: Callable[[], object]) -> int:
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    event.listen(database.engine, "before_cursor_execute", counted)
    try:
        act()
    finally:
        event.remove(database.engine, "before_cursor_execute", counted)
    return count


def test_a_cancellation_that_nobody_waits_for_costs_one_look(
    database: Database, clinic: Clinic, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = a_visit(connection, clinic, "10:00"), a_visit(connection, clinic, "11:00")
    free(connection, a_visit(connection, clinic, "13:00"))
    with_look = statements(database, lambda: free(connection, one))
    monkeypatch.setattr(freeing, "follow", lambda *_, **__: None)
    without = statements(database, lambda: free(connection, other))
    assert with_look - without == 2  # Whether somebody waits, and whether they had waited for it.


def test_to_hold_and_to_book_costs_nothing_more(
    database: Database, clinic: Clinic, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    seven(connection, clinic)

    def take(text: str) -> int:
        slot, talk = a_slot(clinic, text, TUESDAY), clinic.conversation_id

        def both() -> None:
            hold_slot(connection, clinic, slot, now=DAYTIME)
            book_slot(connection, clinic, slot, conversation_id=talk, now=DAYTIME)

        return statements(database, both)

    take("09:00")
    with_look = take("10:00")
    monkeypatch.setattr(freeing, "follow", lambda *_, **__: None)
    assert take("11:00") == with_look


def test_a_tick_with_nothing_to_do_costs_one_look(
    database: Database, clinic: Clinic, connection: Connection
) -> None:
    seven(connection, clinic)
    freed(connection, clinic)
    tick(connection)
    assert statements(database, lambda: tick(connection)) == 1
