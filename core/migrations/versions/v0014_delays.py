"""Somebody runs late: who, where, by how much; and each patient is told of it once.

A table, columns and an index are added, a kind of occasion is one more; no table is rebuilt.
"""

import re

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    text,
)

from core.database.types import Instant

revision = "0014"
down_revision = "0013"

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
AFTER, LATE = "follow_up_due", "running_late"
INSTANTS = ("said_at", "until", "replaced_at", "created_at", "updated_at")


def upgrade() -> None:
    create_delays()
    if op.get_bind().dialect.name == "postgresql":
        op.add_column(
            "occasions",
            Column("delay_id", BIG_ID, ForeignKey("delays.id", ondelete="CASCADE"), nullable=True),
        )
        add_kind_on_postgresql()
    else:
        op.execute(
            "ALTER TABLE occasions ADD COLUMN delay_id INTEGER"
            " REFERENCES delays (id) ON DELETE CASCADE"
        )
        add_kind_on_sqlite()
    op.add_column("occasions", Column("minutes", Integer))
    of_a_delay = text("delay_id IS NOT NULL")
    op.create_index(
        "uq_occasions_delay_id",
        "occasions",
        ["delay_id", "appointment_id"],
        unique=True,
        postgresql_where=of_a_delay,
        sqlite_where=of_a_delay,
    )


def reference(name: str, target: str) -> Column[int]:
    return Column(name, BIG_ID, ForeignKey(f"{target}.id"), nullable=False)


def create_delays() -> None:
    in_force = text("replaced_at IS NULL")
    test = " AND ".join(f"typeof({column}) IN ('integer', 'null')" for column in INSTANTS)
    op.create_table(
        "delays",
        Column("id", BIG_ID, Identity(), primary_key=True),
        reference("practitioner_id", "practitioners"),
        reference("location_id", "locations"),
        reference("staff_id", "staff"),
        Column("minutes", Integer, nullable=False),
        Column("said_at", Instant, nullable=False),
        Column("until", Instant, nullable=False),
        Column("replaced_at", Instant),
        Column("created_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
        CheckConstraint("minutes >= 0", name="minutes"),
        Index(
            "uq_delays_in_force",
            "practitioner_id",
            "location_id",
            unique=True,
            postgresql_where=in_force,
            sqlite_where=in_force,
        ),
        CheckConstraint(test, name="instants").ddl_if(dialect="sqlite"),
    )


def add_kind_on_postgresql() -> None:
    """Beside the kinds that there are, whichever these are."""
    connection = op.get_bind()
    says: str = connection.exec_driver_sql(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_occasions_kind'"
    ).scalar_one()
    wider = re.sub(rf"'{AFTER}'(::\w+)?", rf"'{AFTER}'\1, '{LATE}'\1", says)
    op.execute("ALTER TABLE occasions DROP CONSTRAINT ck_occasions_kind")
    op.execute(f"ALTER TABLE occasions ADD CONSTRAINT ck_occasions_kind {wider}")


def add_kind_on_sqlite() -> None:
    """Checks can't be changed, but the text of a table can (sqlite.org/lang_altertable.html, 7)."""
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?)"
        " WHERE type = 'table' AND name = 'occasions'",
        (f"'{AFTER}')", f"'{AFTER}', '{LATE}')"),
    )
    if changed.rowcount != 1:
        raise RuntimeError("expected the table of occasions")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
