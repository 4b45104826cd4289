"""Being told: what somebody of staff wishes to hear of, the digest of a morning, which events they
were told of, and since when a channel takes nothing.

Tables are added, none is rebuilt.
"""

from collections.abc import Iterable
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
    UniqueConstraint,
)

from core.database.types import Instant

revision = "0013"
down_revision = "0012"

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
HEARS = ("at_once", "digest", "never")


def upgrade() -> None:
    create_staff_wishes()
    create_staff_digests()
    create_staff_news()
    create_channel_failures()


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
    named = columns or ("created_at", "updated_at")
    test = " AND ".join(f"typeof({column}) IN ('integer', 'null')" for column in named)
    return CheckConstraint(test, name="instants").ddl_if(dialect="sqlite")


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def create_staff_wishes() -> None:
    op.create_table(
        "staff_wishes",
        identity(),
        reference("staff_id", "staff", delete="CASCADE"),
        Column("new", Text),
        Column("moved", Text),
        Column("cancelled", Text),
        Column("digest", Boolean(create_constraint=True, name="digest")),
        *times(),
        UniqueConstraint("staff_id"),
        one_of("new", HEARS),
        one_of("moved", HEARS),
        one_of("cancelled", HEARS),
        instants(),
    )


def create_staff_digests() -> None:
    op.create_table(
        "staff_digests",
        identity(),
        reference("staff_id", "staff", delete="CASCADE"),
        Column("day", Date, nullable=False),
        Column("is_whole", Boolean(create_constraint=True, name="is_whole"), nullable=False),
        reference("message_id", "messages", nullable=True),
        *times(),
        UniqueConstraint("staff_id", "day"),
        instants(),
    )


def create_staff_news() -> None:
    op.create_table(
        "staff_news",
        identity(),
        reference("staff_id", "staff", delete="CASCADE"),
        reference("event_id", "appointment_events", delete="CASCADE"),
        reference("message_id", "messages", nullable=True),
        *times(),
        UniqueConstraint("staff_id", "event_id"),
        Index("ix_staff_news_event_id", "event_id"),
        instants(),
    )


def create_channel_failures() -> None:
    op.create_table(
        "channel_failures",
        Column("channel", Text, primary_key=True),
        Column("since", Instant, nullable=False),
        Column("last_at", Instant, nullable=False),
        Column("tries", Integer, nullable=False),
        instants("since", "last_at"),
    )
