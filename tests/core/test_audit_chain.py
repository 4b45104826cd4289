"""Whoever alters the audit log is found out, even where nothing stood in their way.

Each tampering is done with the database's guards taken away, and is undone after it was looked at.
"""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from core import audit
from core.audit import GENESIS, OPERATOR, Fault, Verdict, Who, record, verify
from core.database.connect import Database
from core.keys import Keyring
from core.models import audit_head, audit_log, audit_patients
from tests.builders import NOW
from tests.core.tampering import CHANGES, cut_off, doing, entry, keys, verdict_after
from tests.core.test_audit import ANNA, BEN, JOHN, MARIA

SECOND = timedelta(seconds=1)


@pytest.fixture
def log(database: Database) -> Database:
    """Five entries, of which the third is about two patients."""
    entries: list[tuple[Who, str, list[int], str | None]] = [
        (ANNA, "looked", [MARIA], None),
        (BEN, "found", [JOHN], "colleague"),
        (ANNA, "moved", [MARIA, JOHN], "asked by phone"),
        (OPERATOR, "who_saw", [MARIA], None),
        (ANNA, "invited", [], None),
    ]
    with database.transaction() as connection:
        for who, action, patients, reason in entries:
            record(connection, who, action, "thing", [1], patients=patients, reason=reason, now=NOW)
    return database


def test_what_nobody_has_touched_is_intact(log: Database) -> None:
    assert verdict_after(log, lambda _connection: None) == Verdict(5)


def test_an_empty_log_is_intact(connection: Connection) -> None:
    assert verify(connection) == Verdict(0)


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_column_is_found(log: Database, column: str) -> None:
    changed = doing(entry(3, **{column: CHANGES[column]}))
    assert verdict_after(log, changed) == Verdict(3, 3, Fault.CHANGED)


@pytest.mark.parametrize(
    ("stored", "fault"),
    [
        ("x'00'", Fault.UNREADABLE),
        ("(SELECT reason FROM audit_log WHERE id = 2)", Fault.CHANGED),
        ("NULL", Fault.CHANGED),
    ],
)
def test_a_changed_reason_is_found(log: Database, stored: str, fault: Fault) -> None:
    if log.engine.dialect.name == "postgresql":
        stored = stored.replace("x'00'", r"'\x00'::bytea")
    changed = text(f"UPDATE audit_log SET reason = {stored} WHERE id = 3")
    assert verdict_after(log, doing(changed)) == Verdict(3, 3, fault)


@pytest.mark.parametrize("column", ["hash", "reason", "ids", "staff_id", "ip", "patients"])
@pytest.mark.parametrize("stored", ["'text'", "x'00ff'", "1.5", "7"])
def test_on_sqlite_a_value_of_another_type_is_found(
    sqlite_database: Database, column: str, stored: str
) -> None:
    """Its columns take any."""
    with sqlite_database.transaction() as connection:
        record(connection, ANNA, "looked", "day", [], reason="because", now=NOW)
        record(connection, BEN, "looked", "day", [], reason="because", now=NOW)
    changed = doing(text(f"UPDATE audit_log SET {column} = {stored} WHERE id = 2"))
    verdict = verdict_after(sqlite_database, changed)
    assert (verdict.looked_at, verdict.entry_id) == (2, 2)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_an_entry_that_was_removed_in_the_middle_is_missing(log: Database, number: int) -> None:
    removed = doing(delete(audit_log).where(audit_log.c.id == number))
    assert verdict_after(log, removed) == Verdict(number, number, Fault.MISSING)


def test_nor_does_it_help_to_close_the_gap(log: Database) -> None:
    closed = [entry(number, id=number - 1) for number in (4, 5)]
    whom = update(audit_patients).where(audit_patients.c.audit_id == 4).values(audit_id=3)
    removed = (
        delete(audit_patients).where(audit_patients.c.audit_id == 3),
        delete(audit_log).where(audit_log.c.id == 3),
    )
    moved = update(audit_head).values(last_id=4)
    tampering = doing(*removed, *closed, whom, moved)
    assert verdict_after(log, tampering) == Verdict(3, 3, Fault.CHANGED)


def test_entries_that_changed_places_are_found(log: Database) -> None:
    swapped = [entry(2, id=9), entry(1, id=2), entry(9, id=1)]
    assert verdict_after(log, doing(*swapped)) == Verdict(1, 1, Fault.CHANGED)


@pytest.mark.parametrize("number", [1, 4])
def test_an_end_that_was_cut_off_is_found(log: Database, number: int) -> None:
    verdict = verdict_after(log, doing(*cut_off(number)))
    assert verdict == Verdict(number - 1, number, Fault.CUT_OFF)


def test_nor_does_it_help_to_put_the_head_back(log: Database) -> None:
    """What the head must hold stands nowhere else, the last entry's own hash included."""
    with log.reading() as connection:
        third = connection.scalar(select(audit_log.c.hash).where(audit_log.c.id == 3))
    for end in (third, GENESIS, b""):
        moved = update(audit_head).values(last_id=3, hash=end)
        assert verdict_after(log, doing(*cut_off(4), moved)) == Verdict(3, 3, Fault.HEAD)


def test_nor_to_remove_the_head_or_to_empty_it(log: Database) -> None:
    removed = delete(audit_head)
    assert verdict_after(log, doing(removed)) == Verdict(5, 5, Fault.HEAD)
    emptied = update(audit_head).values(last_id=None, hash=GENESIS)
    assert verdict_after(log, doing(*cut_off(1), emptied)) == Verdict(0, 0, Fault.HEAD)


def test_nor_to_go_on_writing_afterwards(log: Database) -> None:
    """The next entry is chained to what the head says, whatever was cut off before it."""

    def cut_and_write(connection: Connection) -> None:
        doing(*cut_off(4))(connection)
        record(connection, ANNA, "looked", "day", [], now=NOW)

    assert verdict_after(log, cut_and_write) == Verdict(4, 4, Fault.MISSING)

    def put_back_and_write(connection: Connection) -> None:
        third = connection.scalar(select(audit_log.c.hash).where(audit_log.c.id == 3))
        doing(*cut_off(4), update(audit_head).values(last_id=3, hash=third))(connection)
        record(connection, ANNA, "looked", "day", [], now=NOW)

    assert verdict_after(log, put_back_and_write) == Verdict(4, 4, Fault.CHANGED)


@pytest.mark.parametrize("number", [-5, 0, 6])
def test_an_entry_that_was_added_is_found(log: Database, number: int) -> None:
    def add(connection: Connection) -> None:
        last = connection.execute(select(audit_log).where(audit_log.c.id == 5)).one()
        connection.execute(insert(audit_log), {**last._mapping, "id": number})

    looked_at = 6 if number == 6 else 1
    assert verdict_after(log, add) == Verdict(looked_at, number, Fault.CHANGED)


@pytest.mark.parametrize(
    "tampering",
    [
        delete(audit_patients).where(audit_patients.c.audit_id == 3),
        delete(audit_patients).where(
            audit_patients.c.audit_id == 3, audit_patients.c.patient_id == JOHN
        ),
        insert(audit_patients).values(audit_id=3, patient_id=13),
        update(audit_patients)
        .where(audit_patients.c.audit_id == 3, audit_patients.c.patient_id == JOHN)
        .values(patient_id=13),
        update(audit_patients)
        .where(audit_patients.c.audit_id == 4)
        .values(audit_id=3, patient_id=13),
    ],
    ids=["removed", "one removed", "added", "changed", "moved"],
)
def test_other_patients_than_were_written_are_found(log: Database, tampering: Any) -> None:
    assert verdict_after(log, doing(tampering)) == Verdict(3, 3, Fault.PATIENTS)


def test_who_has_the_database_but_another_key_makes_no_chain(log: Database) -> None:
    """All of it written anew, under a key of their own."""

    def forge(connection: Connection) -> None:
        doing(*cut_off(1), delete(audit_head))(connection)
        with keys(connection, secret="a secret of their own"):
            record(connection, ANNA, "looked", "day", [], now=NOW)
            assert verify(connection) == Verdict(1)

    assert verdict_after(log, forge) == Verdict(1, 1, Fault.CHANGED)


def test_keys_that_were_rotated_leave_it_intact_as_long_as_the_old_one_is_there(
    log: Database,
) -> None:
    old, new = Keyring.demo().encryption_keys[0], bytes(range(32))
    with log.reading() as connection:
        with keys(connection, encryption_keys=(new, old)):
            assert verify(connection) == Verdict(5)
        with keys(connection, encryption_keys=(new,)):
            assert verify(connection) == Verdict(2, 2, Fault.UNREADABLE)


def test_a_long_log_is_read_in_batches(log: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_RAW_ENTRIES", audit._RAW_ENTRIES.limit(2))
    assert verdict_after(log, lambda _connection: None) == Verdict(5)
    changed = doing(entry(5, ids="[]"))
    assert verdict_after(log, changed) == Verdict(5, 5, Fault.CHANGED)
    moved = doing(insert(audit_patients).values(audit_id=2, patient_id=13))
    assert verdict_after(log, moved) == Verdict(2, 2, Fault.PATIENTS)


def test_entries_that_come_while_it_is_read_are_no_fault(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes between any two looks."""
    sound = audit._fault_of
    looks: list[int] = []

    def write_meanwhile(*arguments: Any) -> Fault | None:
        looks.append(len(looks))
        if len(looks) < 10:
            with postgresql_database.transaction() as connection:
                record(connection, BEN, "looked", "day", [], patients=[JOHN], now=NOW)
        return sound(*arguments)

    with postgresql_database.transaction() as connection:
        record(connection, ANNA, "looked", "day", [], patients=[MARIA], now=NOW)
    monkeypatch.setattr(audit, "_fault_of", write_meanwhile)
    monkeypatch.setattr(audit, "_RAW_ENTRIES", audit._RAW_ENTRIES.limit(1))
    with postgresql_database.reading() as connection:
        assert verify(connection) == Verdict(10)
