"""By when a patient is to have said whether the time that the clinic gave them suits.

A column and an index are added, no table is rebuilt.
"""

from alembic import op
from sqlalchemy import Column, text

from core.database.types import Instant

revision = "0011"
down_revision = "0010"

WAITS = "answer_by IS NOT NULL"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("occasions", Column("answer_by", Instant))
    else:
        # A check comes with its column: so the table stays as it is.
        op.execute(
            "ALTER TABLE occasions ADD COLUMN answer_by BIGINT CONSTRAINT ck_occasions_answer_by"
            " CHECK (typeof(answer_by) IN ('integer', 'null'))"
        )
    op.create_index(
        "ix_occasions_answer_by",
        "occasions",
        ["answer_by"],
        postgresql_where=text(WAITS),
        sqlite_where=text(WAITS),
    )
