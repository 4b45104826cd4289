"""The promise that nobody is booked twice, kept by the database itself, and all else that the
databases do differently.

PostgreSQL: exclusion constraints over ranges. SQLite: triggers; they are sound because every
writer holds the file's one write lock. A violation carries the guard's name, which
`violated_guard` reads, so that the core can raise the error of that name.
"""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import DDL, BigInteger, MetaData, bindparam, event, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from core.database.name_words import POSTGRESQL_NAME_WORDS, SQLITE_NAME_WORDS, TRIGGERS
from core.errors import RecordMerged

LIVE = "('pending', 'held', 'scheduled', 'confirmed', 'arrived')"  # These occupy their time.

SLOT_TAKEN = "slot_taken"
PATIENT_BUSY = "patient_busy"
RESOURCE_TAKEN = "resource_taken"
# No visit is longer, so that whoever looks for overlaps need not read the whole past.
VISIT_TOO_LONG = "visit_too_long"
# A hold for a move takes only what the old visit lacks; nothing else may take less than its time.
ONLY_HOLDS_MOVE = "only_holds_move"
LONGEST_VISIT = timedelta(hours=24)
_LONGEST = LONGEST_VISIT // timedelta(microseconds=1)

POSTGRESQL_GUARDS = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    f"""ALTER TABLE appointments ADD CONSTRAINT {SLOT_TAKEN} EXCLUDE USING gist (
        practitioner_id WITH =, seat WITH =, tstzrange(occupied_from, occupied_until) WITH &&
    ) WHERE (status IN {LIVE})""",
    f"""ALTER TABLE appointments ADD CONSTRAINT {PATIENT_BUSY} EXCLUDE USING gist (
        patient_id WITH =, tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (status IN {LIVE} AND patient_id IS NOT NULL)""",
    f"""ALTER TABLE appointments ADD CONSTRAINT {RESOURCE_TAKEN} EXCLUDE USING gist (
        resource_id WITH =, tstzrange(occupied_from, occupied_until) WITH &&
    ) WHERE (status IN {LIVE} AND resource_id IS NOT NULL)""",
    f"""ALTER TABLE appointments ADD CONSTRAINT {VISIT_TOO_LONG} CHECK (
        occupied_until - occupied_from <= interval '24 hours'
        AND ends_at - starts_at <= interval '24 hours')""",
    f"""ALTER TABLE appointments ADD CONSTRAINT {ONLY_HOLDS_MOVE} CHECK (
        moves_id IS NULL OR status IN ('held', 'expired'))""",
)


def _sqlite_trigger(name: str, moment: str, same: str, start: str, end: str) -> str:
    # Built from the constants of this file only. A row that is being inserted has no id yet
    # (SQLite shows -1), so only one that changes has itself to leave out.
    if moment == "UPDATE":
        same += " AND other.id IS NOT OLD.id"
    return f"""CREATE TRIGGER {name}_{moment.split()[0].lower()} BEFORE {moment} ON appointments
    WHEN NEW.status IN {LIVE} AND NEW.{start} < NEW.{end}
    BEGIN
        SELECT RAISE(ABORT, '{name}') WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE {same} AND other.status IN {LIVE}
              AND other.{start} < NEW.{end} AND other.{end} > NEW.{start}
              AND other.{start} > NEW.{start} - {_LONGEST}
              AND other.{start} < other.{end});
    END"""  # noqa: S608


def _sqlite_check(name: str, moment: str, wrong: str) -> str:
    return f"""CREATE TRIGGER {name}_{moment.lower()} BEFORE {moment} ON appointments
    WHEN {wrong}
    BEGIN
        SELECT RAISE(ABORT, '{name}');
    END"""


_TOO_LONG = (
    f"NEW.occupied_until - NEW.occupied_from > {_LONGEST}\n"
    f"      OR NEW.ends_at - NEW.starts_at > {_LONGEST}"
)
_MOVES_WITHOUT_HOLD = "NEW.moves_id IS NOT NULL AND NEW.status NOT IN ('held', 'expired')"


_SAME_SEAT = "other.practitioner_id = NEW.practitioner_id AND other.seat = NEW.seat"
_SAME_PATIENT = "other.patient_id = NEW.patient_id"
_SAME_RESOURCE = "other.resource_id = NEW.resource_id"

SQLITE_GUARDS = tuple(
    _sqlite_trigger(name, moment, same, start, end)
    for name, same, start, end in (
        (SLOT_TAKEN, _SAME_SEAT, "occupied_from", "occupied_until"),
        (PATIENT_BUSY, _SAME_PATIENT, "starts_at", "ends_at"),
        (RESOURCE_TAKEN, _SAME_RESOURCE, "occupied_from", "occupied_until"),
    )
    for moment in ("INSERT", "UPDATE")
) + tuple(
    _sqlite_check(name, moment, wrong)
    for name, wrong in ((VISIT_TOO_LONG, _TOO_LONG), (ONLY_HOLDS_MOVE, _MOVES_WITHOUT_HOLD))
    for moment in ("INSERT", "UPDATE")
)

# What a process keeps a copy of (`core.scheduling.catalogue`): whoever writes here, in whatever
# way, raises the version by which the copies are known to be stale.
KEPT_TABLES = (
    "locations",
    "departments",
    "specialties",
    "visit_types",
    "holidays",
    "settings",
    "resources",
    "practitioners",
    "practitioner_specialties",
    "practitioner_visit_types",
    "offered_at",
    "schedules",
    "breaks",
    "same_day_hours",
    "absences",
    "phrases",
    "templates",
)
_NEWER = "UPDATE organizations SET setup_version = setup_version + 1"
POSTGRESQL_VERSION_TRIGGERS = (
    f"""CREATE FUNCTION newer_setup() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN {_NEWER}; RETURN NULL; END'""",
    *(
        f"""CREATE TRIGGER newer_setup_{table} AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION newer_setup()"""
        for table in KEPT_TABLES
    ),
)
SQLITE_VERSION_TRIGGERS = tuple(
    f"CREATE TRIGGER newer_setup_{table}_{moment.lower()} AFTER {moment} ON {table} "
    f"BEGIN {_NEWER}; END"
    for table in KEPT_TABLES
    for moment in ("INSERT", "UPDATE", "DELETE")
)

# What has been written here stays as it is, whoever tries. SQLite's OR REPLACE deletes without
# calling the triggers for it (lang_conflict, "REPLACE"), so the row that it would take the place of
# is named for each table, and its key refused.
APPEND_ONLY = "append_only"
APPEND_ONLY_TABLES = {
    "audit_log": "id = NEW.id",
    "audit_patients": "id = NEW.id OR (patient_id = NEW.patient_id AND audit_id = NEW.audit_id)",
    "setting_events": "id = NEW.id",
}
POSTGRESQL_APPEND_ONLY = (
    f"""CREATE FUNCTION {APPEND_ONLY}() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION ''{APPEND_ONLY}''; END'""",
    *(
        f"""CREATE TRIGGER {APPEND_ONLY}_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {APPEND_ONLY}()"""
        for table in APPEND_ONLY_TABLES
    ),
)
_APPEND_ONLY_WHEN = {
    "UPDATE": "",
    "DELETE": "",
    "INSERT": " WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})",
}
SQLITE_APPEND_ONLY = tuple(
    f"CREATE TRIGGER {APPEND_ONLY}_{table}_{moment.lower()} BEFORE {moment} ON {table}"
    f"{when.format(table=table, same=same)} BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
    for table, same in APPEND_ONLY_TABLES.items()
    for moment, when in _APPEND_ONLY_WHEN.items()
)

# What `/readyz` looks for: a database without one of these must not take bookings.
_NAMES = (SLOT_TAKEN, PATIENT_BUSY, RESOURCE_TAKEN, VISIT_TOO_LONG, ONLY_HOLDS_MOVE)
GUARD_NAMES = {
    "postgresql": (
        *_NAMES,
        *(f"newer_setup_{table}" for table in KEPT_TABLES),
        *(f"{APPEND_ONLY}_{table}" for table in APPEND_ONLY_TABLES),
        *TRIGGERS["postgresql"],
    ),
    "sqlite": (
        *(f"{name}_{moment}" for name in _NAMES for moment in ("insert", "update")),
        *(
            f"newer_setup_{table}_{moment}"
            for table in KEPT_TABLES
            for moment in ("insert", "update", "delete")
        ),
        *(
            f"{APPEND_ONLY}_{table}_{moment.lower()}"
            for table in APPEND_ONLY_TABLES
            for moment in _APPEND_ONLY_WHEN
        ),
        *TRIGGERS["sqlite"],
    ),
}


def attach_guards(metadata: MetaData) -> None:
    """Make `create_all` create the guards together with the tables."""
    postgresql = (
        *POSTGRESQL_GUARDS,
        *POSTGRESQL_VERSION_TRIGGERS,
        *POSTGRESQL_APPEND_ONLY,
        *POSTGRESQL_NAME_WORDS,
    )
    sqlite = (
        *SQLITE_GUARDS,
        *SQLITE_VERSION_TRIGGERS,
        *SQLITE_APPEND_ONLY,
        *SQLITE_NAME_WORDS,
    )
    for dialect, statements in (("postgresql", postgresql), ("sqlite", sqlite)):
        for statement in statements:
            ddl = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(metadata, "after_create", ddl)


def missing_guards(connection: Connection) -> list[str]:
    """Return the names of the guards that this database lacks; it is ready when there are none."""
    if connection.dialect.name == "postgresql":
        query = """SELECT conname FROM pg_constraint WHERE contype IN ('x', 'c')
            UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"""
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    present = set(connection.exec_driver_sql(query).scalars())
    return [name for name in GUARD_NAMES[connection.dialect.name] if name not in present]


def violated_guard(error: IntegrityError) -> str | None:
    """Return the name of the guard or constraint that refused a row, None if it can't be told."""
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        name: str | None = diagnostics.constraint_name
        return name
    said = str(error.orig)
    return said if said in _NAMES else None


# PostgreSQL waits for other writers row by row; on SQLite the transaction has locked them all out.
# NO KEY UPDATE: bookings wait for each other, but not for those who only refer to the row. One
# statement saves round trips; each part is read by the next, so the order is the same for all.
_LOCK_CALENDARS = text(
    """WITH
    people AS MATERIALIZED (SELECT id FROM practitioners WHERE id = ANY(:practitioners)
        ORDER BY id FOR NO KEY UPDATE),
    who AS MATERIALIZED (SELECT id, merged_into_id FROM patients WHERE id = :patient
        AND (SELECT count(*) FROM people) >= 0 FOR NO KEY UPDATE),
    rooms AS MATERIALIZED (SELECT id FROM resources WHERE id = ANY(:resources)
        AND (SELECT count(*) FROM who) >= 0 ORDER BY id FOR NO KEY UPDATE)
    SELECT (SELECT count(merged_into_id) FROM who), (SELECT count(*) FROM people),
        (SELECT count(*) FROM rooms)"""
).bindparams(
    bindparam("practitioners", type_=ARRAY(BigInteger)),
    bindparam("patient", type_=BigInteger),
    bindparam("resources", type_=ARRAY(BigInteger)),
)


def lock_calendars(
    connection: Connection,
    practitioner_ids: Collection[int],
    patient_id: int | None,
    resource_ids: Collection[int] = (),
) -> None:
    """Wait until nobody else writes into these calendars. The order is the same everywhere
    (practitioners by id, the patient, rooms and devices by id, then appointments, messages, and
    last the audit log), so that no two wait for each other.

    Raises RecordMerged where the patient's record has gone into another one by then: nothing is to
    be written for it any more.
    """
    if connection.dialect.name == "postgresql":
        values = {
            "practitioners": list(practitioner_ids),
            "patient": patient_id,
            "resources": list(resource_ids),
        }
        merged = connection.execute(_LOCK_CALENDARS, values).one()[0]
    else:
        merged = patient_id is not None and connection.scalar(_MERGED, {"patient": patient_id})
    if merged:
        raise RecordMerged("the patient's record went into another one")


_MERGED = text("SELECT merged_into_id FROM patients WHERE id = :patient")
_LOCK_PATIENTS = text(
    "SELECT id FROM patients WHERE id = ANY(:patients) ORDER BY id FOR NO KEY UPDATE"
).bindparams(bindparam("patients", type_=ARRAY(BigInteger)))


def lock_patients(connection: Connection, patient_ids: Collection[int]) -> None:
    """Wait until nobody else writes for these patients, by id; merged or not."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK_PATIENTS, {"patients": list(patient_ids)}).close()


_TRY_LOCK = text(
    "SELECT id FROM practitioners WHERE id = :practitioner FOR NO KEY UPDATE SKIP LOCKED"
)


def try_lock_calendar(connection: Connection, practitioner_id: int) -> bool:
    """Lock the practitioner's calendar unless somebody else is writing there: False, at once, then.
    Who locks one calendar after the other in no particular order must not wait for any."""
    if connection.dialect.name != "postgresql":
        return True
    return connection.scalar(_TRY_LOCK, {"practitioner": practitioner_id}) is not None


# PostgreSQL error codes, appendix A: serialization_failure, deadlock_detected, lock_not_available.
_TRY_AGAIN = {"40001", "40P01", "55P03"}


def worth_repeating(error: DBAPIError) -> bool:
    """Tell whether the same transaction may succeed when it is run again from its start."""
    if error.connection_invalidated:
        return True  # The server went away, or was started anew, and the pool had not noticed.
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate is not None:
        return sqlstate in _TRY_AGAIN
    return isinstance(error, OperationalError) and "locked" in str(error.orig)
