"""Tasks: who closed one, how often somebody was called in vain; and none is closed without an
outcome.

Columns are added, no table is rebuilt.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer

from core.database.types import Instant

revision = "0008"
down_revision = "0007"

BIG_ID = BigInteger().with_variant(Integer, "sqlite")
CLOSED = "closed_at IS NULL OR outcome IS NOT NULL"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        closed_by = Column("closed_by_id", BIG_ID, ForeignKey("staff.id"), nullable=True)
        op.add_column("tasks", closed_by)
        op.add_column("tasks", Column("calls", Integer, nullable=False, server_default="0"))
        op.add_column("tasks", Column("rests_until", Instant))
        op.create_check_constraint("outcome", "tasks", CLOSED)
        return
    # References and checks of the whole row come with a column: so the table stays as it is.
    op.execute("ALTER TABLE tasks ADD COLUMN closed_by_id INTEGER REFERENCES staff (id)")
    op.execute(
        "ALTER TABLE tasks ADD COLUMN calls INTEGER DEFAULT '0' NOT NULL"
        f" CONSTRAINT ck_tasks_outcome CHECK ({CLOSED})"
    )
    op.execute(
        "ALTER TABLE tasks ADD COLUMN rests_until BIGINT CONSTRAINT ck_tasks_rests_until"
        " CHECK (typeof(rests_until) IN ('integer', 'null'))"
    )
