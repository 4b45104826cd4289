"""The audit log is written once and read by whoever is asked about a patient or a colleague. That
nobody alters it unnoticed is in `test_audit_chain`."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from core import audit
from core.audit import OPERATOR, Verdict, Who, done_by, record, verify, who_saw
from core.database.connect import Database
from core.errors import NaiveDatetime
from core.models import audit_head, audit_log, audit_patients
from core.models.audit import AuditActor
from tests.builders import NOW
from tests.core.tampering import drop_guards

ANNA = Who(
    AuditActor.STAFF,
    "telegram",
    staff_id=7,
    username="anna",
    role="receptionist",
    session="x1y2",
    ip="192.0.2.1",
    user_agent="browser",
)
BEN = Who(AuditActor.STAFF, "web", staff_id=8, username="ben", role="practitioner")
MARIA, JOHN = 11, 12
HOUR = timedelta(hours=1)


def test_an_entry_says_who_did_what_to_what_when_why_and_from_where(
    connection: Connection,
) -> None:
    record(
        connection,
        ANNA,
        "moved",
        "appointment",
        [5, 3, 5],
        patients=[JOHN, MARIA],
        reason="asked by phone",
        is_sensitive=True,
        now=NOW,
    )
    [entry] = who_saw(connection, MARIA)
    assert entry == audit.Entry(
        1, NOW, ANNA, "moved", "appointment", (3, 5), (MARIA, JOHN), "asked by phone", True
    )


def test_a_patients_entries_are_found_the_newest_first(connection: Connection) -> None:
    record(connection, ANNA, "looked", "patient", [MARIA], patients=[MARIA], now=NOW)
    record(connection, ANNA, "looked", "patient", [JOHN], patients=[JOHN], now=NOW)
    record(connection, BEN, "booked", "appointment", [3], patients=[MARIA], now=NOW + HOUR)
    record(connection, OPERATOR, "changed", "setting", [1], now=NOW + HOUR)
    assert [(each.id, each.action) for each in who_saw(connection, MARIA)] == [
        (3, "booked"),
        (1, "looked"),
    ]
    assert [each.id for each in who_saw(connection, MARIA, NOW + HOUR)] == [3]
    assert who_saw(connection, 99) == []


def test_a_colleagues_entries_are_found_the_newest_first(connection: Connection) -> None:
    for who, hours in ((ANNA, 0), (BEN, 1), (ANNA, 2), (OPERATOR, 3)):
        record(connection, who, "looked", "day", [], now=NOW + hours * HOUR)
    assert [each.id for each in done_by(connection, 7)] == [3, 1]
    assert [each.id for each in done_by(connection, 7, NOW + HOUR)] == [3]


def test_the_reason_is_encrypted(connection: Connection) -> None:
    record(connection, ANNA, "looked", "patient", [MARIA], reason="her daughter", now=NOW)
    kept = connection.scalar(text("SELECT reason FROM audit_log"))
    assert isinstance(kept, bytes)
    assert b"daughter" not in kept


def test_who_saw_goes_through_an_index(sqlite_database: Database) -> None:
    """However long the log is."""
    with sqlite_database.reading() as connection:
        plan = "EXPLAIN QUERY PLAN SELECT * FROM audit_log JOIN audit_patients ON audit_id ="
        plan += " audit_log.id WHERE patient_id = 1 ORDER BY audit_id DESC"
        steps = [row.detail for row in connection.execute(text(plan))]
    assert len(steps) == 2, steps
    assert "ix_audit_patients_patient_id" in steps[0]
    assert "PRIMARY KEY" in steps[1]


def test_an_entry_goes_with_the_transaction_that_it_is_about(database: Database) -> None:
    with database.engine.connect() as connection:  # Undone at the end of the block.
        record(connection, ANNA, "booked", "appointment", [3], patients=[MARIA], now=NOW)
        assert len(who_saw(connection, MARIA)) == 1
    with database.transaction() as connection:
        assert who_saw(connection, MARIA) == []
        record(connection, ANNA, "booked", "appointment", [4], patients=[MARIA], now=NOW)
        assert verify(connection) == Verdict(1)


def test_a_time_without_a_zone_is_refused(connection: Connection) -> None:
    with pytest.raises(NaiveDatetime):
        record(connection, ANNA, "looked", "day", [], now=NOW.replace(tzinfo=None))


# The database refuses.

TAMPERING = [
    "UPDATE audit_log SET username = 'ben'",
    "UPDATE audit_log SET id = 5",
    "UPDATE audit_patients SET patient_id = 12",
    "DELETE FROM audit_log",
    "DELETE FROM audit_log WHERE id = 1",
    "DELETE FROM audit_patients",
]
ONLY_ON = {
    "postgresql": ["TRUNCATE audit_log CASCADE", "TRUNCATE audit_patients"],
    "sqlite": [
        "INSERT OR REPLACE INTO audit_log"
        " (id, at, actor, action, resource, ids, patients, channel, hash)"
        " SELECT id, at, actor, 'found', resource, ids, patients, channel, hash FROM audit_log",
        "REPLACE INTO audit_patients (id, audit_id, patient_id) VALUES (1, 1, 12)",
        # Another id, the same key: the row that is there would make way.
        "INSERT OR REPLACE INTO audit_patients (id, audit_id, patient_id) VALUES (9, 1, 11)",
        "UPDATE OR REPLACE audit_log SET username = 'ben'",
    ],
}


def contents(connection: Connection) -> list[object]:
    tables = (audit_log, audit_patients, audit_head)
    return [connection.execute(select(table).order_by(table.c.id)).all() for table in tables]


def test_the_database_refuses_to_change_or_remove_what_was_written(database: Database) -> None:
    with database.transaction() as connection:
        record(connection, ANNA, "looked", "patient", [MARIA], patients=[MARIA], now=NOW)
        before = contents(connection)
    for statement in TAMPERING + ONLY_ON[database.engine.dialect.name]:
        with pytest.raises(DBAPIError, match="append_only"), database.transaction() as connection:
            connection.execute(text(statement))
    with database.reading() as connection:
        assert contents(connection) == before


def test_control_without_the_guards_every_one_of_them_goes_through(database: Database) -> None:
    """Each would do its harm, but for the guards."""
    name = database.engine.dialect.name
    for statement in TAMPERING + ONLY_ON[name]:
        with database.engine.connect() as connection:  # Never committed.
            record(connection, ANNA, "looked", "patient", [MARIA], patients=[MARIA], now=NOW)
            before = contents(connection)
            drop_guards(connection)
            connection.execute(text(statement))
            assert contents(connection) != before, statement


# Writers wait for each other.


def test_many_writers_leave_one_chain(database: Database) -> None:
    """From the very first entry on."""

    def write(who: Who) -> None:
        for number in range(20):
            with database.transaction() as connection:
                record(connection, who, "looked", "patient", [number], patients=[number], now=NOW)

    writers = [Thread(target=write, args=(who,)) for who in (ANNA, BEN, ANNA, OPERATOR)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with database.reading() as connection:
        assert verify(connection) == Verdict(80)


def second_writer(database: Database) -> list[str]:
    """Let somebody write while an entry waits for its commit; return what became of them."""
    came_to: list[str] = []
    begun = Event()

    def write() -> None:
        try:
            with database.transaction() as connection:
                connection.execute(text("SET LOCAL application_name = 'second'"))
                begun.set()
                record(connection, BEN, "looked", "day", [], now=NOW)
            came_to.append("written")
        except IntegrityError:
            came_to.append("refused")

    writer = Thread(target=write)
    with database.transaction() as connection:
        record(connection, ANNA, "looked", "day", [], now=NOW)
        writer.start()
        begun.wait()
        waits = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'second' AND wait_event_type = 'Lock'"
        )
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
            while not watcher.scalar(waits):
                assert writer.is_alive()
    writer.join()
    return came_to


def test_a_writer_waits_for_the_one_before(postgresql_database: Database) -> None:
    with postgresql_database.transaction() as connection:
        record(connection, OPERATOR, "looked", "day", [], now=NOW)
    assert second_writer(postgresql_database) == ["written"]
    with postgresql_database.reading() as connection:
        assert verify(connection) == Verdict(3)
        assert [each.who.username for each in audit.done_by(connection, 8)] == ["ben"]


def test_control_without_the_lock_two_take_one_place_in_the_chain(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of them is refused by the primary key, so that even then the chain does not fork."""
    with postgresql_database.transaction() as connection:
        record(connection, OPERATOR, "looked", "day", [], now=NOW)
    unlocked = select(audit_head.c.last_id, audit_head.c.hash)
    monkeypatch.setattr(audit, "_HEAD_LOCKED", unlocked)
    assert second_writer(postgresql_database) == ["refused"]
