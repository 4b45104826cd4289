"""Broadcasts: what staff write to many patients, and what became of each copy.

Two tables are added, none is rebuilt.
"""

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

revision = "0012"
down_revision = "0011"

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
AGREED = (
    "state = 'draft' OR (purpose IS NOT NULL AND agreed_at IS NOT NULL AND ends_at IS NOT NULL)"
)


def upgrade() -> None:
    create_broadcasts()
    create_recipients()


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


def one_of(column: str, words: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words.split())
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def instants(*columns: str) -> CheckConstraint:
    test = " AND ".join(f"typeof({column}) IN ('integer', 'null')" for column in columns)
    return CheckConstraint(test, name="instants").ddl_if(dialect="sqlite")


def create_broadcasts() -> None:
    op.create_table(
        "broadcasts",
        identity(),
        Column("public_id", Text, nullable=False, unique=True),
        reference("staff_id", "staff"),
        Column("purpose", Text),
        Column("text", LargeBinary, nullable=False),
        Column("filter", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("agreed_at", Instant),
        Column("ends_at", Instant),
        *times(),
        CheckConstraint(AGREED, name="agreed"),
        one_of("purpose", "care operation marketing"),
        one_of("state", "draft sending stopped"),
        instants("created_at", "updated_at", "agreed_at", "ends_at"),
    )


def create_recipients() -> None:
    waiting = text("state = 'waiting'")
    op.create_table(
        "broadcast_recipients",
        identity(),
        reference("broadcast_id", "broadcasts", delete="CASCADE"),
        reference("address_id", "addresses", delete="CASCADE"),
        reference("patient_id", "patients", delete="CASCADE"),
        Column("state", Text, nullable=False),
        Column("note", Text),
        Column("due_at", Instant, nullable=False),
        Column("queued_at", Instant),
        reference("message_id", "messages", nullable=True),
        *times(),
        UniqueConstraint("broadcast_id", "address_id"),
        one_of("state", "waiting queued left_out withdrawn"),
        Index(
            "ix_broadcast_recipients_due",
            "due_at",
            "id",
            postgresql_where=waiting,
            sqlite_where=waiting,
        ),
        Index("ix_broadcast_recipients_queued_at", "queued_at"),
        Index("ix_broadcast_recipients_message_id", "message_id"),
        Index("ix_broadcast_recipients_patient_id", "patient_id"),
        instants("created_at", "updated_at", "due_at", "queued_at"),
    )
