"""Records: who may see a restricted one, who opened one and why, and two that became one.

Tables and a column are added, a kind of task is one more; no table is rebuilt.
"""

import re
from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)

from core.database.types import Instant

revision = "0007"
down_revision = "0006"

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
AFTER, REVIEW = "duplicate", "review"


def upgrade() -> None:
    create_named_staff()
    create_opened_records()
    create_merges()
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    add_where_it_went(is_postgresql=is_postgresql)
    if is_postgresql:
        add_kind_on_postgresql()
    else:
        add_kind_on_sqlite()


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


def create_named_staff() -> None:
    op.create_table(
        "named_staff",
        identity(),
        reference("patient_id", "patients", delete="CASCADE"),
        reference("staff_id", "staff", delete="CASCADE"),
        Column("added_by", Text, nullable=False),
        Column("added_at", Instant, nullable=False),
        UniqueConstraint("patient_id", "staff_id"),
        Index("ix_named_staff_staff_id", "staff_id"),
        instants("added_at"),
    )


def create_opened_records() -> None:
    op.create_table(
        "opened_records",
        identity(),
        reference("patient_id", "patients", delete="CASCADE"),
        reference("staff_id", "staff", delete="CASCADE"),
        Column("why", LargeBinary, nullable=False),
        Column("opened_at", Instant, nullable=False),
        Column("until", Instant, nullable=False),
        reference("task_id", "tasks"),
        Column("review_note", LargeBinary),
        reference("reviewed_by_id", "staff", nullable=True),
        *times(),
        Index("ix_opened_records_staff_id_until", "staff_id", "until"),
        Index("ix_opened_records_task_id", "task_id"),
        Index("ix_opened_records_patient_id", "patient_id"),
        instants("opened_at", "until", "created_at", "updated_at"),
    )


def create_merges() -> None:
    op.create_table(
        "merges",
        identity(),
        reference("kept_id", "patients", delete="CASCADE"),
        reference("gone_id", "patients", delete="CASCADE"),
        reference("staff_id", "staff", nullable=True),
        Column("merged_at", Instant, nullable=False),
        Column("undone_at", Instant),
        Column("filled", LargeBinary),
        *times(),
        Index("ix_merges_kept_id", "kept_id"),
        Index("ix_merges_gone_id", "gone_id"),
        instants("merged_at", "undone_at", "created_at", "updated_at"),
    )
    op.create_table(
        "merged_rows",
        identity(),
        reference("merge_id", "merges", delete="CASCADE"),
        Column("table_name", Text, nullable=False),
        Column("row_id", BIG_ID, nullable=False),
        Column("was", Text, nullable=False),
        UniqueConstraint("merge_id", "table_name", "row_id"),
    )


def add_where_it_went(*, is_postgresql: bool) -> None:
    op.execute(
        f"ALTER TABLE patients ADD COLUMN merged_into_id {'BIGINT' if is_postgresql else 'INTEGER'}"
        " CONSTRAINT fk_patients_merged_into_id REFERENCES patients (id)"
    )
    merged = text("merged_into_id IS NOT NULL")
    op.create_index(
        "ix_patients_merged_into_id",
        "patients",
        ["merged_into_id"],
        postgresql_where=merged,
        sqlite_where=merged,
    )


def add_kind_on_postgresql() -> None:
    """Beside the kinds that there are, whichever these are."""
    connection = op.get_bind()
    says: str = connection.exec_driver_sql(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_tasks_kind'"
    ).scalar_one()
    wider = re.sub(rf"'{AFTER}'(::\w+)?", rf"'{AFTER}'\1, '{REVIEW}'\1", says)
    op.execute("ALTER TABLE tasks DROP CONSTRAINT ck_tasks_kind")
    op.execute(f"ALTER TABLE tasks ADD CONSTRAINT ck_tasks_kind {wider}")


def add_kind_on_sqlite() -> None:
    """Checks can't be changed, but the text of a table can (sqlite.org/lang_altertable.html, 7)."""
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'tasks'",
        (f"'{AFTER}', ", f"'{AFTER}', '{REVIEW}', "),
    )
    if changed.rowcount != 1:
        raise RuntimeError("expected the table of tasks")
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
