"""What staff's chats have shown of patients is taken off their screens after a while; documents.

Columns and an index are added, no table is rebuilt.
"""

from alembic import op
from sqlalchemy import Column, LargeBinary, text

from core.database.types import Instant

revision = "0010"
down_revision = "0009"

WAITS = "clear_at IS NOT NULL"


def upgrade() -> None:
    op.add_column("messages", Column("document", LargeBinary))
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("messages", Column("clear_at", Instant))
        op.add_column("messages", Column("cleared_at", Instant))
    else:
        # A check comes with its column: so the table stays as it is.
        for name in ("clear_at", "cleared_at"):
            op.execute(
                f"ALTER TABLE messages ADD COLUMN {name} BIGINT CONSTRAINT ck_messages_{name}"
                f" CHECK (typeof({name}) IN ('integer', 'null'))"
            )
    op.create_index(
        "ix_messages_clear_at",
        "messages",
        ["clear_at"],
        postgresql_where=text(WAITS),
        sqlite_where=text(WAITS),
    )
