"""What bookings need of the clinic: rooms and devices, same-day hours, where a visit type is
offered, a daily cap; and the version that grows with every change of the set-up, whoever makes it.

Columns are added, no table is rebuilt: on SQLite that would take the guards with it.
"""

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    Time,
    UniqueConstraint,
    text,
    true,
)

from core.database.types import Instant

revision = "0002"
down_revision = "0001"

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
NEEDS_RESOURCE = (
    "status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived') AND resource_id IS NOT NULL"
)

POSTGRESQL_GUARDS = (
    """ALTER TABLE appointments ADD CONSTRAINT resource_taken EXCLUDE USING gist (
        resource_id WITH =, tstzrange(occupied_from, occupied_until) WITH &&
    ) WHERE (status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
        AND resource_id IS NOT NULL)""",
    """ALTER TABLE appointments ADD CONSTRAINT only_holds_move CHECK (
        moves_id IS NULL OR status IN ('held', 'expired'))""",
)
# The first two are made anew: a row that was given the id -1 hid from them.
SQLITE_GUARDS = (
    "DROP TRIGGER slot_taken_insert",
    "DROP TRIGGER slot_taken_update",
    "DROP TRIGGER patient_busy_insert",
    "DROP TRIGGER patient_busy_update",
    """CREATE TRIGGER slot_taken_insert BEFORE INSERT ON appointments
    WHEN NEW.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
        AND NEW.occupied_from < NEW.occupied_until
    BEGIN
        SELECT RAISE(ABORT, 'slot_taken') WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.practitioner_id = NEW.practitioner_id
              AND other.seat = NEW.seat
              AND other.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
              AND other.occupied_from < NEW.occupied_until
              AND other.occupied_until > NEW.occupied_from
              AND other.occupied_from > NEW.occupied_from - 86400000000
              AND other.occupied_from < other.occupied_until);
    END""",
    """CREATE TRIGGER slot_taken_update BEFORE UPDATE ON appointments
    WHEN NEW.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
        AND NEW.occupied_from < NEW.occupied_until
    BEGIN
        SELECT RAISE(ABORT, 'slot_taken') WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.practitioner_id = NEW.practitioner_id
              AND other.seat = NEW.seat
              AND other.id IS NOT OLD.id
              AND other.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
              AND other.occupied_from < NEW.occupied_until
              AND other.occupied_until > NEW.occupied_from
              AND other.occupied_from > NEW.occupied_from - 86400000000
              AND other.occupied_from < other.occupied_until);
    END""",
    """CREATE TRIGGER patient_busy_insert BEFORE INSERT ON appointments
    WHEN NEW.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
        AND NEW.starts_at < NEW.ends_at
    BEGIN
        SELECT RAISE(ABORT, 'patient_busy') WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.patient_id = NEW.patient_id
              AND other.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
              AND other.starts_at < NEW.ends_at
              AND other.ends_at > NEW.starts_at
              AND other.starts_at > NEW.starts_at - 86400000000
              AND other.starts_at < other.ends_at);
    END""",
    """CREATE TRIGGER patient_busy_update BEFORE UPDATE ON appointments
    WHEN NEW.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
        AND NEW.starts_at < NEW.ends_at
    BEGIN
        SELECT RAISE(ABORT, 'patient_busy') WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.patient_id = NEW.patient_id
              AND other.id IS NOT OLD.id
              AND other.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
              AND other.starts_at < NEW.ends_at
              AND other.ends_at > NEW.starts_at
              AND other.starts_at > NEW.starts_at - 86400000000
              AND other.starts_at < other.ends_at);
    END""",
    """CREATE TRIGGER resource_taken_insert BEFORE INSERT ON appointments
    WHEN NEW.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
        AND NEW.occupied_from < NEW.occupied_until
    BEGIN
        SELECT RAISE(ABORT, 'resource_taken') WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.resource_id = NEW.resource_id
              AND other.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
              AND other.occupied_from < NEW.occupied_until
              AND other.occupied_until > NEW.occupied_from
              AND other.occupied_from > NEW.occupied_from - 86400000000
              AND other.occupied_from < other.occupied_until);
    END""",
    """CREATE TRIGGER resource_taken_update BEFORE UPDATE ON appointments
    WHEN NEW.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
        AND NEW.occupied_from < NEW.occupied_until
    BEGIN
        SELECT RAISE(ABORT, 'resource_taken') WHERE EXISTS (
            SELECT 1 FROM appointments AS other
            WHERE other.resource_id = NEW.resource_id
              AND other.id IS NOT OLD.id
              AND other.status IN ('pending', 'held', 'scheduled', 'confirmed', 'arrived')
              AND other.occupied_from < NEW.occupied_until
              AND other.occupied_until > NEW.occupied_from
              AND other.occupied_from > NEW.occupied_from - 86400000000
              AND other.occupied_from < other.occupied_until);
    END""",
    """CREATE TRIGGER only_holds_move_insert BEFORE INSERT ON appointments
    WHEN NEW.moves_id IS NOT NULL AND NEW.status NOT IN ('held', 'expired')
    BEGIN
        SELECT RAISE(ABORT, 'only_holds_move');
    END""",
    """CREATE TRIGGER only_holds_move_update BEFORE UPDATE ON appointments
    WHEN NEW.moves_id IS NOT NULL AND NEW.status NOT IN ('held', 'expired')
    BEGIN
        SELECT RAISE(ABORT, 'only_holds_move');
    END""",
)
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
)
NEWER = "UPDATE organizations SET setup_version = setup_version + 1"


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    create_resources()
    create_places_of_offers()
    create_same_day_hours()
    add_columns("BIGINT" if is_postgresql else "INTEGER")
    for statement in POSTGRESQL_GUARDS if is_postgresql else SQLITE_GUARDS:
        op.execute(statement)
    if is_postgresql:
        create_version_triggers_on_postgresql()
    else:
        create_version_triggers_on_sqlite()


def identity() -> Column[int]:
    return Column("id", BIG_ID, Identity(), primary_key=True)


def reference(
    name: str, target: str, *, nullable: bool = False, delete: str | None = None
) -> Column[int]:
    return Column(name, BIG_ID, ForeignKey(f"{target}.id", ondelete=delete), nullable=nullable)


def times() -> tuple[Column[Any], Column[Any]]:
    return (
        Column("created_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
    )


def instants(*columns: str) -> CheckConstraint:
    test = " AND ".join(f"typeof({column}) IN ('integer', 'null')" for column in columns)
    return CheckConstraint(test, name="instants").ddl_if(dialect="sqlite")


def create_resources() -> None:
    op.create_table(
        "resources",
        identity(),
        reference("location_id", "locations"),
        Column("kind", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column(
            "is_active",
            Boolean(create_constraint=True, name="is_active"),
            nullable=False,
            server_default=true(),
        ),
        *times(),
        UniqueConstraint("location_id", "name"),
        instants("created_at", "updated_at"),
    )


def create_places_of_offers() -> None:
    op.create_table(
        "offered_at",
        identity(),
        reference("practitioner_visit_type_id", "practitioner_visit_types", delete="CASCADE"),
        reference("location_id", "locations", nullable=True),
        Column("weekday", Integer),
        *times(),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        Index("ix_offered_at_practitioner_visit_type_id", "practitioner_visit_type_id"),
        instants("created_at", "updated_at"),
    )


def create_same_day_hours() -> None:
    op.create_table(
        "same_day_hours",
        identity(),
        reference("practitioner_id", "practitioners", delete="CASCADE"),
        reference("location_id", "locations"),
        Column("weekday", Integer, nullable=False),
        Column("starts", Time, nullable=False),
        Column("ends", Time, nullable=False),
        Column("valid_from", Date),
        Column("valid_to", Date),
        *times(),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts < ends", name="start_before_end"),
        CheckConstraint("valid_from <= valid_to", name="validity"),
        Index("ix_same_day_hours_practitioner_id", "practitioner_id"),
        instants("created_at", "updated_at"),
    )


def add_columns(big_id: str) -> None:
    op.execute(
        f"ALTER TABLE appointments ADD COLUMN resource_id {big_id}"
        " CONSTRAINT fk_appointments_resource_id REFERENCES resources (id)"
    )
    op.execute(
        "ALTER TABLE practitioners ADD COLUMN visits_a_day INTEGER"
        " CONSTRAINT ck_practitioners_visits_a_day CHECK (visits_a_day > 0)"
    )
    op.create_index(
        "ix_appointments_resource",
        "appointments",
        ["resource_id", "occupied_from", "occupied_until"],
        postgresql_where=text(NEEDS_RESOURCE),
        sqlite_where=text(NEEDS_RESOURCE),
    )


def create_version_triggers_on_postgresql() -> None:
    op.execute(
        f"""CREATE FUNCTION newer_setup() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN {NEWER}; RETURN NULL; END'"""
    )
    for table in KEPT_TABLES:
        op.execute(
            f"""CREATE TRIGGER newer_setup_{table} AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION newer_setup()"""
        )


def create_version_triggers_on_sqlite() -> None:
    for table in KEPT_TABLES:
        for moment in ("INSERT", "UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER newer_setup_{table}_{moment.lower()} AFTER {moment} ON {table} "
                f"BEGIN {NEWER}; END"
            )
