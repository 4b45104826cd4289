"""Reports: indexes for what was done, and what was written, in a stretch of time; and what a
picture shows, with the message that it goes with.

A column and indexes are added, no table is rebuilt.
"""

from alembic import op
from sqlalchemy import Column, LargeBinary

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index("ix_appointment_events_at", "appointment_events", ["at"])
    op.create_index("ix_messages_created_at", "messages", ["created_at"])
    op.add_column("messages", Column("picture", LargeBinary))
