"""What all tables share: the metadata, the id, the times, and the checks of their values."""

import secrets
from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Integer,
    MetaData,
    Text,
    true,
)

from core.database.types import Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BigId = BigInteger().with_variant(Integer, "sqlite")


def new_public_id() -> str:
    """Return a random name for a row that leaves the house (links, buttons, events): 96 bits."""
    return secrets.token_urlsafe(12)


def identity() -> Column[int]:
    return Column("id", BigId, Identity(), primary_key=True)


def public_id() -> Column[str]:
    return Column("public_id", Text, nullable=False, unique=True)


def reference(
    name: str, target: str, *, nullable: bool = False, delete: str | None = None
) -> Column[int]:
    """A foreign key to `target`.id; `delete` is what happens to this row when that one goes."""
    return Column(name, BigId, ForeignKey(f"{target}.id", ondelete=delete), nullable=nullable)


def times() -> tuple[Column[object], ...]:
    return (
        Column("created_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
    )


def is_active() -> Column[bool]:
    """Deactivated, never deleted, so that history stays."""
    return Column(
        "is_active",
        Boolean(create_constraint=True, name="is_active"),
        nullable=False,
        server_default=true(),
    )


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """The column holds one of these words (or NULL, where the column allows it)."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def instants(*columns: str, name: str = "instants") -> CheckConstraint:
    """On SQLite, where a column takes any type: these hold integers, never text. A column that
    was added later has a check of its own `name`."""
    test = " AND ".join(f"typeof({column}) IN ('integer', 'null')" for column in columns)
    check = CheckConstraint(test, name=name)
    return check.ddl_if(dialect="sqlite")
