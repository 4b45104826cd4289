"""What staff changed of working hours in chat, beside what the clinic file says.

A table is added, none is rebuilt.
"""

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
)

from core.database.types import Instant

revision = "0015"
down_revision = "0014"

BIG_ID = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    are_integers = " AND ".join(
        f"typeof({column}) IN ('integer', 'null')" for column in ("created_at", "updated_at")
    )
    op.create_table(
        "hours_changes",
        Column("id", BIG_ID, Identity(), primary_key=True),
        Column(
            "practitioner_id",
            BIG_ID,
            ForeignKey("practitioners.id", ondelete="CASCADE"),
            nullable=False,
        ),
        Column("location_id", BIG_ID, ForeignKey("locations.id"), nullable=False),
        Column("weekday", Integer, nullable=False),
        Column("since", Date, nullable=False),
        Column("until", Date),
        Column("hours", Text, nullable=False),
        Column("is_extra", Boolean(create_constraint=True, name="is_extra"), nullable=False),
        Column("file_value", Text, nullable=False),
        Column("changed_by", Text, nullable=False),
        Column("created_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("since <= until", name="dates"),
        CheckConstraint("NOT is_extra OR since = until", name="extra"),
        CheckConstraint(are_integers, name="instants").ddl_if(dialect="sqlite"),
        Index("ix_hours_changes_practitioner_id", "practitioner_id"),
    )
