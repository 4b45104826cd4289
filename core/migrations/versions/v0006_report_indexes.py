"""Reports ask what was done, and what was written, in a stretch of time.

Indexes are added, no table is changed.
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index("ix_appointment_events_at", "appointment_events", ["at"])
    op.create_index("ix_messages_created_at", "messages", ["created_at"])
